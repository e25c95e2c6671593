"""A consultation while it runs: messages by what became of them, and how far people came, cheap to look at again.

Rule 1: everything passes the gate (D19): messages move by tens, people as `consult.findings.progress` says.
Rule 2: facts are opened only when ten people or more have said something since they were opened last, and once a minute
at most; in between what was shown is shown again. Kept is what was shown, and nothing that was not.
Rule 3: where the key is elsewhere, there is traffic only.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from consult.custody import CustodyError
from consult.delivery.reasons import kind
from consult.figures import opened
from consult.findings.gate import by_tens, moved
from consult.findings.progress import Came, broken_down
from consult.house import House
from consult.store import Tx, View
from consult.unsealing import Opening

EVERY: Final = 60  # seconds
SENT: Final = ("accepted", "sent", "delivered")
LOST: Final = ("failed", "expired")
_KEPT: Final = "live:{}"  # setting


@dataclass(frozen=True, slots=True)
class Traffic:
    """Messages of one channel: "<10" or a number by tens. `failed` is by sort of reason (`delivery.reasons`)."""

    channel: str
    waiting: int | str
    sent: int | str
    delivered: int | str
    failed: Mapping[str, int | str]


def traffic(house: House, name: str) -> list[Traffic]:
    """By channel."""
    found: dict[str, Counter[tuple[str, str]]] = {}
    for channel, state, why, n in house.store.read(lambda view: view.outcomes(name)):
        found.setdefault(channel, Counter())[state, kind(why or state) if state in LOST else ""] += n
    return [_traffic(channel, counts) for channel, counts in found.items()]


def _traffic(channel: str, counts: Counter[tuple[str, str]]) -> Traffic:
    states: Counter[str] = Counter()
    lost: Counter[str] = Counter()
    for (state, sort), n in counts.items():
        states[state] += n
        lost[sort] += n if state in LOST else 0
    return Traffic(
        channel=channel,
        waiting=by_tens(states["queued"] + states["handing"] + states["uncertain"]),
        sent=by_tens(sum(states[each] for each in SENT) + states["failed"]),
        delivered=by_tens(states["delivered"]),
        failed={sort: by_tens(n) for sort, n in lost.items() if n},
    )


def progress(house: House, name: str, at: int) -> Mapping[str, Any] | None:
    """ "frame breakdown" -> value -> step -> people; None where the key is not here. Raises figures.NoSuch."""
    kept = house.store.read(partial(_kept, name))
    if at - kept["at"] < EVERY or not moved(house.store.read(partial(_heard_since, name, kept["latest"]))):
        shown: Mapping[str, Any] = kept["shown"]
        return shown
    try:
        opening = opened(house, name)
    except CustodyError:
        return None
    fresh = _fresh(house, opening, kept, at)
    house.store.write(partial(_keep, name, fresh))
    found: Mapping[str, Any] = fresh["shown"]
    return found


def _fresh(house: House, opening: Opening, kept: Mapping[str, Any], at: int) -> dict[str, Any]:
    questions = house.library.edition(opening.published).consultation.questions
    came = (
        (fact.arrival, Came(fact.person, fact.frame, fact.channel, fact.node, tag, fact.verdict == "in_time", event))
        for fact, event, tag in opening.spoken()
    )
    free = broken_down(questions, came, kept["shown"], kept["places"])
    shown = {**kept["shown"], **free}
    places = {**kept["places"], **dict.fromkeys(free, opening.latest)}
    return {"at": at, "latest": opening.latest, "places": places, "shown": shown}


def _kept(name: str, view: View) -> dict[str, Any]:
    text = view.setting(_KEPT.format(name))
    found: dict[str, Any] = json.loads(text) if text else {"at": 0, "latest": 0, "places": {}, "shown": {}}
    return found


def _keep(name: str, fresh: Mapping[str, Any], tx: Tx) -> None:
    tx.set(_KEPT.format(name), json.dumps(fresh, ensure_ascii=False))


def _heard_since(name: str, after: int, view: View) -> int:
    """How many people said something since; opens nothing."""
    return len({fact.person for fact in view.facts(name, after=after)})


def mark(*shown: object) -> str:
    """Changes when what is shown does."""
    return hashlib.sha256(repr(shown).encode()).hexdigest()[:16]
