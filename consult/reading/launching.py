"""The launch in the reader's words: lines of the checklist, what becomes of tables, why a campaign cannot start."""

from __future__ import annotations

from consult.wording import Say


def lines_in_words(say: Say) -> dict[str, str]:
    """By the codes of `consult.campaign.readying`: what must be so."""
    return {
        "tried": say("It was played to the end, in every language"),
        "risk": say("The risks were gone through, and the line for help was rung"),
        "drafts": say("Native speakers have read the program's own lines, or these go out unread, knowingly"),
        "checks": say("The definition has no errors"),
        "languages": say("Every language is complete"),
        "readers": say("A second person has read the words of every language"),
        "left": say("No language was left out when it was published"),
        "audio": say("Every recording is there"),
        "consent": say("The consent text is there in every language"),
        "stop": say("Every language has a word to stop"),
        "hours": say("Safe hours and a time zone are set"),
        "window": say("It is open today"),
        "referral": say("There is a line to call for help"),
        "people": say("Somebody on the lists waits to be written to"),
        "consented": say("Of every list it is known how its people agreed"),
        "carrier": say("Somebody carries our messages"),
        "price": say("What a message costs is known"),
        "incidents": say("No incident holds anything back"),
        "going": say("No campaign goes on already"),
    }


def states_of_lines(say: Say) -> dict[str, str]:
    return {"ok": say("Ready"), "look": say("Look at it"), "stop": say("Not ready")}


def verdicts_in_words(say: Say) -> dict[str, str]:
    """By the names of `consult.findings.forecasting`."""
    return {
        "stands": say("each by itself"),
        "merged": say("if merged"),
        "perhaps": say("perhaps"),
        "none": say("not at all"),
    }


def sources_in_words(say: Say) -> dict[str, str]:
    """By the names of `consult.forecasts`."""
    return {
        "list": say("by the lists"),
        "targets": say("by the targets"),
        "even": say("not known: supposed to be as many of each"),
    }


def states_of_campaigns(say: Say) -> dict[str, str]:
    return {
        "scheduled": say("It is scheduled"),
        "running": say("It runs"),
        "paused": say("It is paused: nothing that we start leaves"),
        "stopped": say("It is stopped"),
        "done": say("It is over"),
    }


def launch_refused(say: Say, code: str) -> str:
    """What to do now; `code` is of CannotStart, or of the page's own."""
    match code:
        case "open":
            return say("The checklist has lines that are not ready.")
        case "budget":
            return say("Set a budget: a whole number of messages or minutes, or an amount of money.")
        case "pace":
            return say("The pace is a number above zero, or empty for the carrier's.")
        case "moment":
            return say("This is no day and time that clocks show there. Choose another, in the time zone beside it.")
        case "past":
            return say("This moment is over. Leave it empty to begin now.")
        case "far":
            return say("It can be scheduled 90 days ahead at most.")
        case "early":
            return say("It is not open at that moment yet. Schedule it for its first day or later.")
        case "late":
            return say("It is closed at that moment.")
        case "hours":
            return say("It has no safe hours: ask local women for them, then publish it again.")
        case "carrier" | "number":
            return say("Choose who carries the messages again.")
        case "price":
            return say("What a message costs is not set on this hub. Set a budget in messages instead.")
        case "practice":
            return say("It is not launched: whoever wants to practise writes its word, or rings its number.")
        case "going":
            return say("A campaign goes on already. Resume or stop it.")
        case _:
            return say("This cannot be done. Open the page again and look.")
