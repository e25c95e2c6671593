"""Why messages did not arrive, or a campaign stands still, in plain words with the cure.

Rule 1: a reason we do not know is told as such: what a carrier writes is never put on a page.
Rule 2: a carrier is named by nobody here; the facilitator knows who carries for her.
"""

from __future__ import annotations

from consult.wording import Say


def failing_in_words(say: Say, sort: str) -> tuple[str, str]:
    """What happened, and what to do. `sort` is of `consult.delivery.reasons`."""
    match sort:
        case "budget":
            return say("The budget is reached."), say("Start another campaign with a budget of its own for the rest.")
        case "restored":
            return say("The hub was restored from a backup."), say("See what went out since, then go on.")
        case "retired":
            return say("The consultation is over."), say("Nothing is to be done.")
        case "closed":
            return say("It may not be written to now."), say("Look at its days and safe hours, and publish it again.")
        case "late":
            return say("It could not leave in time."), say(
                "Nothing is to be done: it goes first when she writes again."
            )
        case "undelivered":
            return (
                say("The telephone was off, full or out of reach, or nobody picked up."),
                say("Nothing is to be done: it is tried again where that may help."),
            )
        case _:
            return _ours(say, sort)


def _ours(say: Say, sort: str) -> tuple[str, str]:
    """What somebody here can mend."""
    match sort:
        case "key":
            return say("The carrier does not let us in."), say(
                "Ask whoever runs the hub to check its key and number there."
            )
        case "money":
            return say("Our account at the carrier is empty."), say("Pay in there, then go on.")
        case "setting":
            return say("A setting of the hub is missing."), say("Ask whoever runs the hub to run: consult doctor")
        case "long":
            return say("A message is too long for this carrier."), say("Shorten the texts, then publish a new version.")
        case "review":
            return say("The carrier holds the messages back to look at them."), say("Ring the carrier.")
        case "number":
            return say("The number is nobody's, or cannot be written to."), say(
                "Correct it in the list and send it again."
            )
        case "invented":
            return say("This is a demonstration: only its invented telephones are reached."), say(
                "Nothing is to be done: on a hub of your own a carrier takes it there."
            )
        case "away":
            return say("The carrier cannot be reached or is in trouble."), say("Wait: it is tried again by itself.")
        case _:
            return say("The carrier gave a reason that is not known here."), say(
                "Ask whoever runs the hub to look there."
            )
