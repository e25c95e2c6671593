"""What the system says on a telephone where its written words would not do: there is nothing to send or to delete.

Rule 1: as `consult.phrases`, whose rules hold. What is not here is said by telephone as it is written.
"""

from __future__ import annotations

from consult.wording import Say


def invite(say: Say) -> str:
    """What is said first when we call, whoever picks up."""
    return say(
        "Hello. A short survey about life in your area. Is this a private moment? "
        "To go on now, press 1. For another time, press 2. If not, press 3."
    )


def later(say: Say) -> str:
    return say("All right. Another time. Goodbye.")


def consent_terms(say: Say, line: str) -> str:
    """The second half of the consent: what a call cannot hide, the line for help, and how to stop."""
    return say(
        "No names kept. The phone company, or anyone with this phone, can see that you called. "
        "Not for emergencies: {line}. To stop at any time, press 0 and then 7, or hang up. "
        "To agree, press 1. If not, press 2.",
        line=line,
    )


def practice(say: Say) -> str:
    """Before a practice, in the consent's place."""
    return say(
        "This is only to practise: a few easy questions. Your answers are not counted and not kept. "
        "To stop at any time, press 0 and then 7, or hang up. To begin, press 1. If not, press 2."
    )


def practised(say: Say) -> str:
    """After a practice."""
    return say("Thank you. Now you know how to answer. Nothing was counted. Goodbye.")


def ask_own_number(say: Say) -> str:
    """Elevated risk: what her own word is by message."""
    return say(
        "Choose a number of four or more digits that only you know. Press it now, then the hash key. "
        "Later, press star, that number and the hash key: it stops everything at once. "
        "When you call again, press it to go on."
    )


def escapes(say: Say) -> str:
    """Said once, after consent."""
    return say("To hear a question again, press 9. To go back, press star. For other answers or for help, press 0.")


def ask_news(say: Say) -> str:
    """Asked apart from the consent; yes and no follow."""
    return say("May we let you know later when there is news?")


def end(say: Say) -> str:
    return say("Thank you. Received. Goodbye.")


def declined(say: Say) -> str:
    return say("All right. Thank you. Goodbye.")


def stopped(say: Say) -> str:
    return say("Stopped. You will hear no more from us. Goodbye.")


def erased(say: Say) -> str:
    """Honest: backups forget within 30 days."""
    return say("Deleted; the last copies within 30 days. You will hear no more from us. Goodbye.")


def stranger(say: Say) -> str:
    """To everyone outside a conversation, and the cover words when her own number stops one."""
    return say("Hello. This number works automatically and nobody can take your call. Thank you. Goodbye.")


def help(say: Say, line: str) -> str:
    return say("Press the key of your answer. To speak with a person: {line}.", line=line)


def again_stop(say: Say) -> str:
    return say("Do you want to stop? If so, press 1. If not, press 2.")


def again_erase(say: Say) -> str:
    return say("Do you want everything deleted? If so, press 1. If not, press 2.")


# ---- news by telephone


def news_door(say: Say) -> str:
    """What is said first when we call with news, whoever picks up."""
    return say("Hello. News has come. To hear it now, press 1. If not, press 2.")


def news_heard(say: Say) -> str:
    """After each piece of news; the keys follow, as "For yes, it was clear, press 1."."""
    return say("Was this clear?")


def news_clear(say: Say) -> str:
    # Tr: put into "For {label}, press {key}."
    return say("yes, it was clear")


def news_unclear(say: Say) -> str:
    # Tr: put into "For {label}, press {key}."
    return say("no, it was not clear")


def news_more(say: Say) -> str:
    # Tr: put into "For {label}, press {key}."
    return say("adding something of your own")


def news_as_text(say: Say) -> str:
    # Tr: put into "For {label}, press {key}."
    return say("getting this as a text message")


# ---- reading lines aloud, to be recorded


def line_number(say: Say, number: int) -> str:
    # Tr: said to a speaker who records; the words of that line follow, as they stand on her sheet
    return say("Line {number}.", number=number)


def read_after_tone(say: Say) -> str:
    # Tr: said to a speaker who records
    return say("Read it aloud after the tone. Then press the hash key.")


def take_keep(say: Say) -> str:
    # Tr: put into "For {label}, press {key}."
    return say("keeping what you said")


def take_again(say: Say) -> str:
    # Tr: put into "For {label}, press {key}."
    return say("saying it again")


def take_skip(say: Say) -> str:
    # Tr: put into "For {label}, press {key}."
    return say("leaving this line out")


def take_end(say: Say) -> str:
    # Tr: put into "For {label}, press {key}."
    return say("ending here")
