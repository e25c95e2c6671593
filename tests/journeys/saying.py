"""What a step expects us to say.

"@consent"            the consent, as this house words and renders it: all its messages
"@escapes + ask age"  prompts of one turn, rendered together
"@pulse/ask change"   of another consultation than the first
"@end:fr"             in another language than the journey's
"=Q1: 1, 2 or 3"      exactly this text
"Q1"                  a text that contains this
"""

from __future__ import annotations

from consult import phrases
from consult.edition import Edition, Tongue
from consult.prompts import Prompt, Tell
from tests.journeys.stage import SEED, Stage

_STRANGERS = ("stranger", "stranger stopped", "stranger erased")
_DOUBTS = ("stop?", "erase?")
_AGAIN = {"invite": "123", "consent": "12", "news": "12"}


def expected(stage: Stage, wanted: str, consultation: str, language: str) -> list[str]:
    """The messages that this stands for; a text that need only be contained begins with an ellipsis."""
    if wanted.startswith("="):
        return [wanted[1:]]
    if not wanted.startswith("@"):
        return [f"…{wanted}"]
    prompts: tuple[Prompt, ...] = ()
    for part in wanted[1:].split(" + "):
        name, _, tag = part.strip().partition(":")
        given, _, rest = name.rpartition("/")
        edition = stage.edition(given or consultation)
        prompts += _prompts(stage, edition, rest, tag or language)
    return stage.house.channels["sms"].render(prompts)


def same(said: list[str], wanted: list[str]) -> bool:
    return len(said) == len(wanted) and all(
        want[1:] in text if want.startswith("…") else want == text for text, want in zip(said, wanted, strict=True)
    )


def _prompts(stage: Stage, edition: Edition, name: str, tag: str) -> tuple[Prompt, ...]:
    if name in _STRANGERS:
        known = stage.house.library.strangers(stage.house.settings.locale)
        return ((known.cover, known.stopped, known.erased)[_STRANGERS.index(name)],)
    locale = edition.locale(tag)
    assert locale is not None, f"{tag} is no language of this consultation"
    tongue = edition.tongues[locale]
    if name == "menu":
        return (edition.menu,)
    if name in _DOUBTS:
        return (tongue.doubts[_DOUBTS.index(name)],)
    verb, _, what = name.partition(" ")
    if verb == "ask":
        return (edition.put(edition.index[what], locale, SEED, "sms").prompt,)
    if verb == "again":
        return (Tell(name="again", text=_again(edition, tongue, locale, what), locale=tag),)
    found = getattr(tongue, name)
    return found if isinstance(found, tuple) else (found,)


def _again(edition: Edition, tongue: Tongue, locale: int, what: str) -> str:
    if what == "language":
        return phrases.again_pick(tongue.say, [str(n) for n in range(1, len(edition.tongues) + 1)])
    if keys := _AGAIN.get(what):
        return phrases.again_pick(tongue.say, list(keys))
    asked = edition.questions[edition.index[what]]
    prompt = edition.put(asked.index, locale, SEED, "sms").prompt
    return asked.type.again(asked.definition, prompt, tongue.say)
