"""The words of the translations' pages: states, what a file would change, why it is refused. No routes here."""

from __future__ import annotations

from consult.translations.bringing import What
from consult.translations.states import State
from consult.web.office.designing import tongue_name
from consult.wording import Say


def states(say: Say) -> dict[State, str]:
    """Where a text stands in a language."""
    return {
        "empty": say("Missing"),
        "draft": say("Draft"),
        "reviewed": say("Checked"),
        "needless": say("Not needed"),
    }


def whats(say: Say) -> dict[What, str]:
    """What becomes of a row of a file."""
    return {
        "changed": say("It would stand"),
        "source": say("It would stand, but the source was changed since: read it again"),
        "others": say("Somebody else wrote here since: only if you tick it"),
        "long": say("Too long: it is not taken"),
        "empty": say("Empty in the file: what stands stays"),
        "unknown": say("Not in this draft: it is not taken"),
        "same": say("The same"),
    }


def unfit(say: Say, why: str, about: str) -> str:
    """Why a file is not taken, and what to do."""
    match why:
        case "language":
            return say("This file is of another language ({tag}). Bring it in on the page of that language.", tag=about)
        case "consultation":
            return say("This file is of another consultation ({name}).", name=about)
        case "script":
            return say(
                "These words are written in another script than this language. Look whether it is the right file."
            )
        case "column":
            return say(
                "These are the words in {language}. Look whether it is the right file.", language=tongue_name(about)
            )
        case "twice":
            return say("A line stands twice: {line}. Take one of them out.", line=about)
        case "sheets":
            return say("The file has more than one sheet. Keep the one with the words.")
        case _:
            return say("This is not a file of words from here. Download one, and write into its column “translation”.")
