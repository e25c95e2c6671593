"""Moderating in the reader's words: why something was not done there, and what a text is."""

from __future__ import annotations

from consult.wording import Say


def states_of_texts(say: Say) -> dict[str, str]:
    """By the names of `consult.store.moderated`."""
    return {"wait": say("Waiting"), "fine": say("Fine"), "held": say("Held back")}


def moderating_refused(say: Say, code: str) -> str:
    """What to do now."""
    match code:
        case "soon":
            return say("Too few people wrote, or too few since the last time: beside those, new texts would show who.")
        case "key":
            return say("The key of this consultation is not on this machine: its texts are not opened here.")
        case "question":
            return say("What was written to this question goes to nobody, or nothing is written to it.")
        case "own":
            return say("Somebody else must do this: you held it back, or wrote it.")
        case "new":
            return say("You joined, or got your role, after this was asked. Somebody else must approve it.")
        case "gone":
            return say("It is not here any more, or somebody decided it already. Look at the list again.")
        case "languages":
            return say("Write it in every language of the consultation.")
        case "long":
            return say("Use fewer words: at most 300 signs, and two text messages.")
        case "betrays":
            return say("Leave out numbers and addresses.")
        case "listed":
            return say("Leave out the words that are masked in texts.")
        case "outcome":
            return say("Say what was done in at most 500 signs, without names or numbers.")
        case "incident":
            return say("There is no such incident. Register it first, then choose it here.")
        case "several":
            return say("Some were not called fine: somebody decided them, or they are gone. Look at the list again.")
        case _:
            return say("Choose one of the answers to this text.")
