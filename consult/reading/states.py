"""The states of an ask and the reasons of an answer, in the reader's words."""

from __future__ import annotations

from consult.wording import Say


def states_in_words(say: Say) -> dict[str, str]:
    """By the name of `consult.asks.states`."""
    return {
        "draft": say("draft"),
        "heard": say("published"),
        "delivered": say("handed over"),
        "acknowledged": say("received"),
        "considering": say("being considered"),
        "taken_up": say("taken up"),
        "partly": say("taken up in part"),
        "not_taken_up": say("not taken up"),
        "cannot_say_now": say("they cannot say now"),
        "done": say("done"),
        "closed": say("closed"),
    }


def incidents_in_words(say: Say) -> dict[str, str]:
    """By the names of `consult.incidents`."""
    return {
        "retaliation": say("Retaliation"),
        "harassment": say("Harassment"),
        "threat": say("A threat"),
        "exposure": say("Somebody was exposed"),
        "other": say("Something else"),
    }


def reasons_in_words(say: Say) -> dict[str, str]:
    """Likewise."""
    return {
        "money": say("no money"),
        "time": say("no time yet"),
        "authority": say("not theirs to decide"),
        "security": say("security"),
        "others_must_agree": say("others must agree"),
        "not_agreed": say("not agreed"),
        "other": say("another reason"),
    }
