"""Whom a consultation means to hear, and where it cannot: the facilitator's own file, kept for one consultation.

```toml
[[targets]]
variable = "place"            # a question about who she is
value = "village"
people = 300                  # a floor: who comes after it is reached is heard all the same
share = 0.65                  # of everybody; all values of a variable together 1. For the weighted line only
source = "Census 2019, table 4"
dated = 2019-06-30

[[not_reached]]
area = "North bank"           # in the words of the report, no smaller than a first administrative level
why = "no_network"            # no_network, no_node, no_station, no_facilitator, unsafe
```

Rule 1: it changes while a consultation runs, and no woman sees it, so it is not part of the definition. Each release
keeps it as it was then.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterable, Mapping
from datetime import date
from functools import partial
from typing import Any, Final

from consult.consultation import Question
from consult.house import House
from consult.store import Tx

WHY: Final = ("no_network", "no_node", "no_station", "no_facilitator", "unsafe")
_TARGET: Final = {"variable": str, "value": str, "people": int, "source": str, "dated": date}
_MOST, _LONG = 200, 80


class Unclear(Exception):
    """What is wrong in the file: every fault a line, with its place and cure."""


def read(toml: str, questions: Iterable[Question] = ()) -> dict[str, Any]:
    """The file as plain values. Raises Unclear."""
    try:
        given = tomllib.loads(toml)
    except tomllib.TOMLDecodeError as error:
        raise Unclear(f"not TOML: {error}") from None
    faults = [f"{key}: unknown; there are targets and not_reached" for key in given.keys() - {"targets", "not_reached"}]
    segments = {question.name: question for question in questions if question.segment}
    lists = {key: given.get(key, []) for key in ("targets", "not_reached")}
    for key, listed in lists.items():
        if not isinstance(listed, list) or not all(isinstance(each, dict) for each in listed) or len(listed) > _MOST:
            raise Unclear(f"{key}: write [[{key}]] before each, {_MOST} at most")
    for n, each in enumerate(lists["targets"], 1):
        faults += [f"targets {n}, {fault}" for fault in _target(each, segments)]
    for n, each in enumerate(lists["not_reached"], 1):
        faults += [f"not_reached {n}, {fault}" for fault in _area(each)]
    faults += [] if faults else _sums(lists["targets"])
    if faults:
        raise Unclear("\n".join(faults))
    targets = [{**each, "dated": each["dated"].isoformat()} for each in lists["targets"]]
    return {"targets": targets, "not_reached": lists["not_reached"]}


def _target(each: Mapping[str, Any], segments: Mapping[str, Question]) -> Iterable[str]:
    for key in each.keys() - {*_TARGET, "share"}:
        yield f"{key}: unknown"
    for key, kind in _TARGET.items():
        if not isinstance(each.get(key), kind) or isinstance(each.get(key), bool):
            yield f"{key}: missing, or not {'a day' if kind is date else 'a number' if kind is int else 'a text'}"
        elif isinstance(each[key], str) and not 0 < len(each[key].strip()) <= _LONG:
            yield f"{key}: write 1 to {_LONG} characters"
    if isinstance(each.get("people"), int) and each["people"] < 1:
        yield "people: at least 1"
    share = each.get("share", 0.5)
    if isinstance(share, bool) or not isinstance(share, int | float) or not 0 < share < 1:
        yield "share: between 0 and 1"
    asked = segments.get(str(each.get("variable")))
    if segments and asked is None and each.get("variable"):
        yield f"variable: {each['variable']!r} is no question that tells who she is; there are {', '.join(segments)}"
    known = [option.name for option in asked.choices] if asked else []
    if known and each.get("value") not in known:
        yield f"value: {each.get('value')!r} is no choice of {each['variable']}; there are {', '.join(known)}"


def _area(each: Mapping[str, Any]) -> Iterable[str]:
    area = each.get("area")
    if not isinstance(area, str) or not 0 < len(area.strip()) <= _LONG:
        yield f"area: write 1 to {_LONG} characters"
    if each.get("why") not in WHY:
        yield f"why: one of {', '.join(WHY)}"
    for key in each.keys() - {"area", "why"}:
        yield f"{key}: unknown"


def _sums(targets: Iterable[Mapping[str, Any]]) -> Iterable[str]:
    sums: dict[str, list[Any]] = {}
    for each in targets:
        sums.setdefault(each["variable"], []).append(each.get("share"))
    for variable, shares in sums.items():
        given = [share for share in shares if share is not None]
        if given and (len(given) < len(shares) or abs(sum(given) - 1) > 0.005):
            yield f"targets of {variable}: give every value its share, together 1, or none"


def keep(house: House, name: str, toml: str, *, day: int, by: str) -> dict[str, Any]:
    """From now on this is what `name` means to hear. Raises Unclear, LookupError for a name nobody published."""
    published = house.store.read(lambda view: view.published(name))
    if published is None:
        raise LookupError(name)
    given = read(toml, house.library.edition(published).consultation.questions)
    house.store.write(partial(_keep, name, json.dumps(given, ensure_ascii=False), day, by))
    return given


def _keep(name: str, text: str, day: int, by: str, tx: Tx) -> None:
    tx.set(f"coverage:{name}", text)
    tx.note(day, f"coverage of {name} set by {by}")


def kept(house: House, name: str) -> dict[str, Any]:
    """As it was last set; empty lists where it never was."""
    text = house.store.read(lambda view: view.setting(f"coverage:{name}"))
    found: dict[str, Any] = json.loads(text) if text else {"targets": [], "not_reached": []}
    return found


def progress(given: Mapping[str, Any], live: Mapping[str, Any]) -> list[tuple[str, dict[str, Any], int | str]]:
    """While it runs: frame, target, and how many of its people there are by the gated figures `live`; "<10", "hidden",
    or "?" where only the contact list knows who they are. A floor reached closes no door."""
    return [
        (frame["frame"], target, _so_far(target, frame["questions"]))
        for frame in live["frames"]
        for target in given["targets"]
    ]


def _so_far(target: Mapping[str, Any], questions: Iterable[Mapping[str, Any]]) -> int | str:
    counts: Mapping[str, int | str] = next(
        (each["counts"] for each in questions if each["name"] == target["variable"]), {}
    )
    found: int | str = counts.get(target["value"], "?")
    return found


def margins(given: Mapping[str, Any]) -> dict[str, dict[str, float]]:
    """Variable -> value -> share, of the variables that have shares; three at most, the first ones."""
    found: dict[str, dict[str, float]] = {}
    for each in given["targets"]:
        if "share" in each:
            found.setdefault(each["variable"], {})[each["value"]] = float(each["share"])
    return dict(list(found.items())[:3])
