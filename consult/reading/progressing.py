"""How far people came, in the reader's words."""

from __future__ import annotations

from consult.findings.progress import CHANNEL, LANGUAGE, NODE
from consult.reading.labels import Labels
from consult.wording import Say, UnknownLocale, locale


def steps_in_words(say: Say) -> dict[str, str]:
    """By the names of `consult.findings.progress.STEPS`."""
    return {
        "invited": say("Invited"),
        "started": say("Started"),
        "finished": say("Finished"),
        "stopped": say("Stopped"),
        "partial": say("Part way"),
    }


def breakdown_in_words(say: Say, labels: Labels, by: str) -> str:
    """By what people are told apart."""
    words = {CHANNEL: say("How they answered"), LANGUAGE: say("Language"), NODE: say("Where it was taken in")}
    return words.get(by) or labels.variable(by)


def value_in_words(say: Say, labels: Labels, by: str, value: str) -> str:
    if not value:
        return say("not known")
    if by == CHANNEL:
        return labels.channel(value)
    if by == LANGUAGE:
        try:
            return locale(value).name
        except UnknownLocale:
            return value
    return value[:8] if by == NODE else labels.choice(by, value)
