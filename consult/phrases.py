"""Every sentence the system itself says to a woman. The drafts are D7's; translators see them in this order.

Rule 1: whole sentences with named values; no earlier answer, name or number of hers, ever.
Rule 2: neutral. Nothing but the consent names a topic or that someone asks; what is said to a stranger is said to all.
Rule 3: short. In GSM-7 languages each fits one segment of 160 septets with usual values, the consent two messages.
"""

from __future__ import annotations

from collections.abc import Sequence

from consult.wording import Say, join_or

# ---- opening


def invite(say: Say, free: bool) -> str:
    """The first message and the reminder. `free` only where it was verified that answering costs her nothing."""
    if free:
        return say(
            "Hello. A short survey about life in your area. Free. Private moment? "
            "Reply 1 now, 2 another time, 3 no. You can ignore this."
        )
    return say(
        "Hello. A short survey about life in your area. Private moment? "
        "Reply 1 now, 2 another time, 3 no. You can ignore this."
    )


def label_now(say: Say) -> str:
    # Tr: answer to "Private moment?": yes, now
    return say("Now")


def label_later(say: Say) -> str:
    # Tr: answer to "Private moment?": another time
    return say("Another time")


def label_no(say: Say) -> str:
    return no_label(say)


def choose_language(say: Say) -> str:
    """The line above the languages' own names."""
    return say("Please choose your language.")


def consent_who(say: Say, who: str, n: int, readers: str) -> str:
    """The first half of the consent: who asks adults how many questions, and for whom."""
    return say.many(
        "{who} asks adults (18+) {n} question for {readers}. They will listen; they cannot promise change. "
        "Skip or stop any time. No reward, no penalty.",
        "{who} asks adults (18+) {n} questions for {readers}. They will listen; they cannot promise change. "
        "Skip or stop any time. No reward, no penalty.",
        n,
        who=who,
        readers=readers,
    )


def consent_terms(say: Say, line: str, stop: str, erase: str) -> str:
    """The second half: what a phone cannot hide, the line for help, the words that stop and erase."""
    return say(
        "No names kept. The phone company, or anyone with this phone, can see messages. "
        "Not for emergencies: {line}. {stop} ends, {erase} deletes. 1 agree, 2 no.",
        line=line,
        stop=stop,
        erase=erase,
    )


def practice(say: Say, stop: str) -> str:
    """Before a practice, in the consent's place: what she sends is not kept."""
    return say(
        "Only to practise: easy questions. Answers are not counted or kept. Anyone with this phone sees messages. "
        "{stop} ends. 1 yes, 2 no.",
        stop=stop,
    )


def practised(say: Say) -> str:
    """After a practice."""
    return say("Thank you. Now you know how to answer. Nothing was counted. You can delete these messages.")


def label_agree(say: Say) -> str:
    # Tr: she agrees to take part
    return say("Agree")


def label_disagree(say: Say) -> str:
    return no_label(say)


def ask_own_word(say: Say) -> str:
    """Elevated risk: a word of hers that stops at once and later lets her go on."""
    return say(
        "Choose one word that only you know and send it now. Later, that word stops everything at once. "
        "Send it again to go on."
    )


def escapes(say: Say) -> str:
    """Said once, after consent: the three answers that every question accepts."""
    return say("Any question: 77 not sure, 88 not clear, 99 rather not say.")


def ask_news(say: Say) -> str:
    """Asked apart from the consent, with yes_label and no_label."""
    return say("May we write to you later with news?")


def yes_label(say: Say) -> str:
    # Tr: answer to a question
    return say("Yes")


def no_label(say: Say) -> str:
    # Tr: answer to a question
    return say("No")


# ---- endings


def end(say: Say) -> str:
    """The same whatever was answered."""
    return say("Thank you. Received. You can delete these messages.")


def declined(say: Say) -> str:
    return say("All right. Thank you. You can delete these messages.")


def later(say: Say) -> str:
    return say("All right. Write to this number any time it suits you.")


def stopped(say: Say) -> str:
    return say("Stopped. No more messages will come. You can delete these messages.")


def erased(say: Say) -> str:
    """Honest: backups forget within 30 days."""
    return say("Deleted; the last copies within 30 days. No more messages will come. You can delete these messages.")


def news(say: Say, number: str) -> str:
    """A pointer only: what the news is about is heard, not read. `number` as she dials it."""
    return say("News has come. Ring {number} free, any time you like, to hear it.", number=number)


def no_news(say: Say) -> str:
    """The day that was promised has passed, and nobody has answered: said honestly, without a matter."""
    return say("There is no news yet. It takes longer than was said.")


def news_later(say: Say, day: str) -> str:
    # Tr: day like 31.3.2027
    return say("There is no news yet. It will come by {day}.", day=day)


def stranger(say: Say) -> str:
    """To everyone outside a conversation, and the cover text when her own word stops one."""
    return say("Hello. This number works automatically and cannot answer this message. Thank you.")


# ---- on the way


def help(say: Say, line: str, back: str, stop: str, erase: str) -> str:
    return say(
        "Reply with the number of your answer. {back} goes back, {stop} ends, {erase} deletes. "
        "To speak with a person: {line}.",
        line=line,
        back=back,
        stop=stop,
        erase=erase,
    )


def again_pick(say: Say, keys: Sequence[str]) -> str:
    return say("Please reply {keys}.", keys=join_or(say, keys))


def again_many(say: Say, keys: Sequence[str]) -> str:
    return say("Please reply with one or more of {keys}, with a space between.", keys=join_or(say, keys))


def again_rank(say: Say, n: int, keys: Sequence[str]) -> str:
    listed = join_or(say, keys)  # the extractor loses `many` where another call inside it names `say`
    return say.many(
        "Please reply with {n} number, the most important: {keys}.",
        "Please reply with {n} different numbers, most important first, with a space between: {keys}.",
        n,
        keys=listed,
    )


def again_number(say: Say, low: int | None, high: int | None) -> str:
    if low is not None and high is not None:
        return say("Please reply with a number from {low} to {high}.", low=low, high=high)
    if low is not None:
        return say("Please reply with a number, {low} or more.", low=low)
    if high is not None:
        return say("Please reply with a number, {high} or less.", high=high)
    return say("Please reply with a number.")


def again_words(say: Say, limit: int) -> str:
    return say.many(
        "Please reply in your own words, at most {n} letter.",
        "Please reply in your own words, at most {n} letters.",
        limit,
    )


def again_stop(say: Say) -> str:
    return say("Do you want to stop? 1 yes, 2 no.")


def again_erase(say: Say) -> str:
    return say("Do you want everything deleted? 1 yes, 2 no.")


def hint_many(say: Say) -> str:
    return say("You can choose more than one, with a space between.")


def hint_rank(say: Say, n: int) -> str:
    return say.many(
        "Send {n} number, the most important.",
        "Send {n} numbers, most important first, with a space between.",
        n,
    )


# ---- elevated risk: the question's number and what may be replied, never its words


def bare_pick(say: Say, number: int, keys: Sequence[str]) -> str:
    # Tr: Q3 = question 3; as short as can be
    return say("Q{number}: {keys}", number=number, keys=join_or(say, keys))


def bare_many(say: Say, number: int, keys: Sequence[str]) -> str:
    return say("Q{number}: one or more of {keys}", number=number, keys=join_or(say, keys))


def bare_rank(say: Say, number: int, n: int, keys: Sequence[str]) -> str:
    listed = join_or(say, keys)
    return say.many(
        "Q{number}: {n} of {keys}",
        "Q{number}: {n} of {keys}, in order",
        n,
        number=number,
        keys=listed,
    )


def bare_number(say: Say, number: int, low: int | None, high: int | None) -> str:
    if low is not None and high is not None:
        return say("Q{number}: {low} to {high}", number=number, low=low, high=high)
    if low is not None:
        return say("Q{number}: a number, {low} or more", number=number, low=low)
    if high is not None:
        return say("Q{number}: a number, {high} or less", number=number, high=high)
    return say("Q{number}: a number", number=number)


def bare_words(say: Say, number: int) -> str:
    return say("Q{number}: your words", number=number)
