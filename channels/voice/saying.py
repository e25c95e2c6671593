"""Prompts as things said: pure. What is listed here is what is recorded, checked and played.

Rule 1: a thing said is whole: its text, each choice with its key, how to reply. Numbers and names are never spliced in.
Rule 2: a bare prompt (elevated risk) says its own text and nothing else: no label, no variant, no file of the author's.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from channels.voice.speech import Speech
from consult.prompts import Choice, Number, Pick, Prompt, Words
from consult.wording import Say, for_locale

Item = tuple[str, str, Sequence[Prompt]]  # where ("line 12, question roads"), locale, the prompts of one turn
_NAME = "voice"
HELP = "help"  # the prompt with which the words are listed that belong to no prompt
LANGUAGE = "language"  # the prompt whose choices are languages
PAGE = 4  # choices said in one breath


def speeches(items: Iterable[Item]) -> Iterator[tuple[str, Speech, str]]:
    """Everything said in these turns: (where, what is said, the author's own file for it or "")."""
    for where, _, prompts in items:
        for prompt in prompts:
            file = "" if prompt.bare else prompt.audio.get(_NAME, "")
            for place, speech in enumerate(said(prompt)):
                yield where, speech, "" if place else file
            if prompt.name == HELP:
                yield from ((where, speech, "") for speech in by_the_way(prompt.locale))


def said(prompt: Prompt) -> list[Speech]:
    """What is said for one prompt, in order: its words, its choices, how to reply."""
    choices = prompt.choices if isinstance(prompt, Pick) and not prompt.bare else ()
    reply = how_to_reply(for_locale(prompt.locale), prompt)
    return [*_words(prompt, opening(prompt)), *(_option(prompt, each) for each in choices), *_words(prompt, reply)]


def pages(prompt: Prompt) -> list[tuple[Choice, ...]]:
    """The choices that are said in one breath each; one empty page where none are said."""
    choices = prompt.choices if isinstance(prompt, Pick) and not prompt.bare else ()
    return [choices[at : at + PAGE] for at in range(0, len(choices), PAGE)] or [()]


def page(prompt: Prompt, shown: int) -> tuple[Speech, ...]:
    """One page of a prompt: its words before the first, how to reply after the last."""
    say, all_pages = for_locale(prompt.locale), pages(prompt)
    before = _words(prompt, opening(prompt)) if shown == 0 else ()
    after = how_to_reply(say, prompt) if shown + 1 == len(all_pages) else hear_more(say)
    return (*before, *(_option(prompt, choice) for choice in all_pages[shown]), *_words(prompt, after))


def by_the_way(locale: str) -> tuple[Speech, ...]:
    """What no prompt says and any call may: the menu of keys, and what goes with choices."""
    say = for_locale(locale)
    words = (key_menu(say), warn(say), no_such_key(say), no_such_number(say), hear_more(say))
    return tuple(Speech(text, locale) for text in words)


def why_not(prompt: Prompt) -> tuple[Speech, ...]:
    """Why what she pressed is no answer to this; the prompt follows. Nothing where she was to speak."""
    say = for_locale(prompt.locale)
    match prompt:
        case Pick():
            return spoken_of(no_such_key(say), prompt.locale)
        case Number():
            return spoken_of(no_such_number(say), prompt.locale)
        case _:
            return ()


def _words(prompt: Prompt, text: str) -> tuple[Speech, ...]:
    return spoken_of(text, prompt.locale)


def _option(prompt: Prompt, choice: Choice) -> Speech:
    """A choice with its key; the meaning comes first. A language is named in its own words."""
    locale = choice.code if prompt.name == LANGUAGE else prompt.locale
    said = press_for(for_locale(locale), choice.label.strip(), choice.key)
    return Speech(" ".join(said.split()), locale)


def spoken_of(text: str, locale: str) -> tuple[Speech, ...]:
    """This text as something said; nothing where it is empty."""
    whole = " ".join(text.split())
    return (Speech(whole, locale),) if whole else ()


def opening(prompt: Prompt) -> str:
    """The words before the choices."""
    return prompt.spoken or prompt.wording(_NAME)


def how_to_reply(say: Say, prompt: Prompt) -> str:
    """The last thing said before she answers, "" where nothing needs saying."""
    match prompt:
        case Number():
            return key_in_number(say)
        case Words(spoken=""):
            return speak_after_tone(say)
        case Pick(bare=False, ranked=True):
            return press_in_order(say)
        case Pick(bare=False, most=most) if most > 1:
            return press_several(say)
        case _:
            return ""


# ---- sentences


def press_for(say: Say, label: str, key: str) -> str:
    # Tr: spoken by telephone; the meaning comes before the key
    return say("For {label}, press {key}.", label=label, key=key)


def press_several(say: Say) -> str:
    # Tr: spoken by telephone
    return say("You can choose more than one. Then press the hash key.")


def press_in_order(say: Say) -> str:
    # Tr: spoken by telephone, after the choices
    return say("Press the most important first, then the next. Then press the hash key.")


def key_in_number(say: Say) -> str:
    # Tr: spoken by telephone
    return say("Press the keys of your number. Then press the hash key.")


def speak_after_tone(say: Say) -> str:
    # Tr: spoken by telephone
    return say("Speak after the tone. Then press the hash key.")


def hear_more(say: Say) -> str:
    # Tr: spoken by telephone, between the first four choices and the next
    return say("To hear more choices, wait.")


def no_such_key(say: Say) -> str:
    # Tr: spoken by telephone; the question and its choices follow
    return say("That key is not one of the choices.")


def no_such_number(say: Say) -> str:
    # Tr: spoken by telephone; the question follows
    return say("That number cannot be an answer here.")


def key_menu(say: Say) -> str:
    # Tr: spoken by telephone when she presses 0
    return say(
        "For help, press 1. If you are not sure, press 2. If the question is not clear, press 3. "
        "If you would rather not say, press 4. For another person on this phone, press 5. "
        "For another language, press 6. To stop, press 7. To delete everything, press 8. "
        "To hear the question again, press 9."
    )


def warn(say: Say) -> str:
    # Tr: spoken by telephone, after the menu of keys; the answer is the line for help
    return say("To warn of something that may happen, press 0.")
