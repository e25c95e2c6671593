"""What may happen to an ask, and what may not: every guard by hand."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from consult.asks.states import Ask, Event, Refused, apply, folded

LANGUAGES, CHANNELS = ("en", "fr"), ("sms", "radio")
BOTH = {"en": "Roads are mended.", "fr": "Les routes sont réparées."}
BEGIN = {"texts": {"en": "Mend the road", "fr": "Réparez la route"}, "addressed_to": {"en": "Mayor", "fr": "Maire"}}


def event(kind: str, by: str = "Amina", seq: int = 1, **values: Any) -> Event:
    return Event("river", 1, seq, 20_800, by, kind, values)


def played(*steps: Event) -> Ask:
    ask: Ask | None = None
    for step in steps:
        ask = apply(ask, step, LANGUAGES, CHANNELS)
    assert ask is not None
    return ask


ASKED = event("asked", **BEGIN, owner="Amina", due="2027-03-31")
HEARD = event("moved", to="heard")


def answered(to: str, **values: Any) -> tuple[Event, ...]:
    return ASKED, HEARD, event("proposed", "Musa", to=to, texts=BOTH, **values), event("approved", "Amina")


def test_the_whole_way() -> None:
    ask = played(
        *(ASKED, HEARD, event("moved", to="delivered"), event("moved", to="acknowledged")),
        *(event("moved", to="considering"), event("proposed", "Musa", to="taken_up", texts=BOTH)),
        *(event("approved", "Amina"), event("returned", channel="sms", sent=40)),
        *(event("returned", channel="radio", heard=12, understood=9), event("moved", to="closed")),
    )
    assert (ask.state, ask.answer, ask.said) == ("closed", BOTH, 1)
    assert ask.returned[1] == {
        **{"channel": "radio", "language": "", "sent": 0, "heard": 12, "understood": 9},
        **{"not_understood": 0, "more": 0},
    }


@pytest.mark.parametrize(
    ("steps", "why"),
    [
        ((event("moved", to="heard"),), "there is no ask 1"),
        ((event("asked", **{**BEGIN, "texts": {"en": "Mend it"}}, owner="A", due="2027-01-01"),), "missing in fr"),
        ((event("asked", **{**BEGIN, "texts": "Mend it"}, owner="A", due="2027-01-01"),), "write it by language"),
        ((event("asked", **BEGIN, owner="", due="2027-01-01"),), "owner: say who"),
        ((event("asked", **BEGIN, owner="A", due=""),), "due: say by when"),
        ((event("asked", **BEGIN, owner="A", due="soon"),), "write a day like"),
        ((event("asked", **BEGIN, owner="A", due="2027-01-01", colour="red"),), "colour: unknown"),
        ((ASKED, event("moved", to="closed")), "it is draft; next can come heard"),
        ((ASKED, HEARD, event("moved", to="taken_up")), "next can come delivered"),
        ((ASKED, event("proposed", to="taken_up", texts=BOTH)), "it is draft: it cannot be answered"),
        ((ASKED, HEARD, event("proposed", to="maybe", texts=BOTH)), "an answer is one of"),
        ((ASKED, HEARD, event("proposed", to="partly", texts=BOTH)), "reason: say why"),
        ((ASKED, HEARD, event("proposed", to="not_taken_up", texts=BOTH, reason="no")), "reason: say why"),
        ((ASKED, HEARD, event("proposed", to="taken_up", texts={"en": "Yes"})), "missing in fr"),
        (
            (ASKED, HEARD, event("proposed", to="cannot_say_now", texts=BOTH, reason="time")),
            "review_on: say",
        ),
        ((ASKED, HEARD, event("proposed", to="done", texts=BOTH)), "it cannot be answered done now"),
        ((ASKED, HEARD, event("approved")), "no answer waits"),
        (
            (ASKED, HEARD, event("proposed", "musa", to="taken_up", texts=BOTH), event("approved", "MUSA")),
            "another",
        ),
        ((ASKED, event("changed", state="done")), "state: cannot be changed"),
        ((ASKED, event("returned", channel="sms", sent=1)), "it is a draft"),
        ((ASKED, HEARD, event("returned", channel="", sent=1)), "channel: say how"),
        ((ASKED, HEARD, event("returned", channel="radio", heard=3, understood=4)), "than heard it"),
        ((ASKED, HEARD, event("returned", channel="sms", sent=-1)), "whole numbers"),
        ((ASKED, event("forgotten")), "nobody knows"),
        ((*answered("taken_up"), event("moved", to="closed")), "not brought back yet by radio, sms"),
        ((*answered("taken_up"), event("returned", channel="sms"), event("moved", to="closed")), "yet by radio"),
    ],
)
def test_what_may_not_happen_says_why(steps: tuple[Event, ...], why: str) -> None:
    with pytest.raises(Refused, match=why):
        played(*steps)


def test_a_new_answer_must_be_brought_back_again() -> None:
    told = (event("returned", channel="sms"), event("returned", channel="radio"))
    done = (event("proposed", "Musa", to="done", texts=BOTH), event("approved", "Amina"))
    with pytest.raises(Refused, match="radio, sms"):
        played(*answered("taken_up"), *told, *done, event("moved", to="closed"))


@pytest.mark.parametrize(
    ("steps", "today", "late"),
    [
        ((ASKED,), date(2028, 1, 1), 0),
        ((ASKED, HEARD), date(2027, 3, 31), 0),
        ((ASKED, HEARD), date(2027, 4, 10), 10),
        (answered("taken_up"), date(2028, 1, 1), 0),
        (answered("cannot_say_now", reason="time", review_on="2027-06-01"), date(2027, 5, 1), 0),
        (answered("cannot_say_now", reason="time", review_on="2027-06-01"), date(2027, 6, 3), 2),
    ],
)
def test_overdue_follows_from_its_day_and_its_state(steps: tuple[Event, ...], today: date, late: int) -> None:
    assert played(*steps).overdue(today) == late


def test_what_was_written_once_is_read_again_without_being_judged() -> None:
    events = [*answered("partly", reason="money")]
    assert folded(events)[1] == played(*events)
