"""Runs: an episode is planned, its window opens and closes, its books are closed.

Rule 1: planning records what is read and in which order; a window decides when an answer came, and drops none: what
came early or late is kept and counted apart.
Rule 2: an open or closed episode is planned no more; closed books open no more.
Rule 3: closing the books destroys the words of the slips; answers stay with their facts. Numbers of slips and of people
by channel are traffic; how they answered is not told here (D19).
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import partial
from zoneinfo import ZoneInfo

from consult.consultation import Consultation
from consult.episodes.material import Material
from consult.house import House
from consult.library import day_of
from consult.numbers import zone_of_area
from consult.prompts import Pick
from consult.store import Tx, View
from consult.store.aired import Beep, Episode
from consult.store.records import Verdict

WORDS_FOR = 86_400  # seconds after the window closed for which the words of slips can be read


class NotNow(Exception):
    """It cannot be done as things stand; the message says why and what can."""


@dataclass(frozen=True, slots=True)
class Books:
    """What came in. `slips` by verdict, `agreed` by what their callers agreed to, `people` by (channel, frame) on the
    episode's day, slips left out. `missing`: slips whose answers are in no fact; there must be none."""

    slips: dict[str, int]
    agreed: dict[str, int]
    danger: int
    people: dict[tuple[str, str], int]
    missing: int


def plan(
    house: House, episode: Episode, given: Material, at: int, beeps: Sequence[Beep] = (), *, thanks: bool = False
) -> None:
    """Record this episode with the order of the answers it reads, and what its numbers mean. Raises NotNow.

    `thanks`: who rings a number is thanked once, by a message.
    """
    orders = {item.name: item.codes for item in given.items if item.codes}
    planned = replace(episode, asks=" ".join(item.name for item in given.items), orders=json.dumps(orders))
    if planned.opens_at is not None and planned.closes_at is not None and planned.closes_at <= planned.opens_at:
        raise NotNow("the window closes before it opens; give the later time second")
    house.store.write(partial(_plan, planned, beeps, at, thanks=thanks))


def thanks_setting(name: str, number: int) -> str:
    """The setting that says whether who rings is thanked."""
    return f"thanks:{name}:{number}"


def _plan(episode: Episode, beeps: Sequence[Beep], at: int, tx: Tx, *, thanks: bool) -> None:
    before = tx.episode(episode.consultation, episode.number)
    if before and before.state != "planned":
        raise NotNow(f"episode {episode.number} is {before.state}; plan another one")
    tx.plan(episode)
    tx.plan_beeps(episode.consultation, episode.number, beeps)
    tx.set(thanks_setting(episode.consultation, episode.number), "1" if thanks and beeps else "")
    tx.note(day_of(at), f"planned episode {episode.number} of {episode.consultation}")


def open_window(house: House, name: str, number: int, at: int) -> None:
    """From now on answers are in time. Raises NotNow."""
    house.store.write(partial(_turn, name, number, ("planned",), "open", at))


def close_window(house: House, name: str, number: int, at: int) -> None:
    """From now on answers are late; also where the window opened by the clock. Raises NotNow."""
    house.store.write(partial(_turn, name, number, ("open", "planned"), "closed", at))


def close_books(house: House, name: str, number: int, at: int) -> Books:
    """Count what came in and destroy the words of the slips. Raises NotNow."""
    books = house.store.write(partial(_book, name, number, at))
    house.store.scrub()
    return books


def _book(name: str, number: int, at: int, tx: Tx) -> Books:
    _turn(name, number, ("closed", "booked"), "booked", at, tx)
    books = count(tx, name, number)
    tx.blank_slips(name, number)
    tx.blank_texts(name, number)
    return books


def _turn(name: str, number: int, before: tuple[str, ...], after: str, at: int, tx: Tx) -> None:
    episode = tx.episode(name, number)
    if episode is None:
        raise NotNow(f"episode {number} is not planned; plan it first")
    if episode.state not in before:
        raise NotNow(f"episode {number} is {episode.state}; it must be {before[0]} for this")
    changed = replace(episode, state=after)  # type: ignore[arg-type]  # one of State, by the callers above
    if after == "open":
        changed = replace(changed, opens_at=at, closes_at=None if _over(episode, at) else episode.closes_at)
    elif after == "closed":
        changed = replace(changed, closes_at=at)
    tx.plan(changed)
    tx.note(day_of(at), f"episode {number} of {name} is {after}")


def _over(episode: Episode, at: int) -> bool:
    return episode.closes_at is not None and episode.closes_at <= at


def verdict(episode: Episode, at: int) -> Verdict:
    """When an answer given at this moment came. A window whose times were never set takes nothing in time."""
    if episode.opens_at is None or at < episode.opens_at:
        return "early"
    return "late" if episode.closes_at is not None and at >= episode.closes_at else "in_time"


def zone(consultation: Consultation) -> ZoneInfo:
    """Whose clock its times are told by: its own, its area's, else UTC."""
    return ZoneInfo(consultation.timezone or zone_of_area(consultation.area) or "UTC")


def until(episode: Episode, consultation: Consultation) -> str:
    """Until when answers are taken, as a presenter reads it: "18:00", on another day "2026-12-02 18:00"; "" unknown."""
    if episode.closes_at is None:
        return ""
    closes = datetime.fromtimestamp(episode.closes_at, zone(consultation))
    opens = closes if episode.opens_at is None else datetime.fromtimestamp(episode.opens_at, closes.tzinfo)
    same = opens.date() == closes.date()
    return closes.strftime("%H:%M" if same else "%Y-%m-%d %H:%M")


def day_told(episode: Episode) -> str:
    """2026-12-01."""
    return (date(1970, 1, 1) + timedelta(days=episode.day)).isoformat()


def rung(view: View, episode: Episode, given: Material) -> tuple[tuple[str, str], ...]:
    """What is rung in this episode for which answer, in the order read: the answer's words, the number."""
    numbers = {(beep.question, beep.code): beep.ours for beep in view.beeps_of(episode.consultation, episode.number)}
    return tuple(
        (choice.label, numbers[item.name, choice.code])
        for item in given.items
        if isinstance(item.prompt, Pick)
        for choice in item.prompt.choices
        if (item.name, choice.code) in numbers
    )


def readable(episode: Episode, at: int) -> bool:
    """Whether the words of its slips may still be shown."""
    over = episode.closes_at is not None and at >= episode.closes_at + WORDS_FOR
    return episode.state != "booked" and not over


def count(view: View, name: str, number: int) -> Books:
    """What came in so far."""
    episode = view.episode(name, number)
    rows = view.slips(name, number)
    told = {fact.person for fact in view.facts(name) if fact.frame == "slip"}
    return Books(
        slips=dict(Counter(row.verdict for row in rows)),
        agreed=dict(Counter(row.agreed for row in rows)),
        danger=sum(row.danger for row in rows),
        people=_others(view, name, episode.day) if episode else {},
        missing=sum(row.person not in told for row in rows),
    )


def _others(view: View, name: str, day: int) -> dict[tuple[str, str], int]:
    """How many people each channel brought on that day, frame by frame."""
    seen = set(_came(view, name, day))
    return dict(sorted(Counter((channel, frame) for channel, frame, _ in seen).items()))


def _came(view: View, name: str, day: int) -> Iterator[tuple[str, str, int]]:
    for fact in view.facts(name):
        if fact.day == day and fact.frame != "slip":
            yield fact.channel, fact.frame, fact.person
