"""Journeys as data: what a journey's file may say. An unknown key is an error, so that none is misspelled in vain.

about = "one sentence"
consultations = ["safety"]     # definitions/<name>.toml here, else a shipped example
each = ["stop.", "Stop pls"]   # the journey is played once for each; {it} in a step stands for it
never = ["word"]               # no message of ours may contain it

[[steps]]
says = "RIVER"                 # or run = "sweep" | "silence" | "campaign" | ..., or publish = "file"
gets = ["@consent"]            # all messages that leave now, to this phone: see saying.py
facts = ["Began keyword"]      # all facts that are kept now: see telling.py
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent
EXAMPLES = FOLDER.parents[1] / "consult" / "examples"
_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}


@dataclass(frozen=True)
class Step:
    """One thing that happens, and what must follow from it. None: not looked at."""

    says: str | None = None
    by: str = "her"  # whose phone
    to: str = ""
    ref: str = ""
    sent_at: str = ""  # "-4d": before now, where the carrier tells
    opted_out: bool = False
    incomplete: bool = False
    wait: str = ""  # before it happens
    deliver: bool = True  # False: the carrier is down, nothing leaves
    run: str = ""
    publish: str = ""
    enrol: str = ""  # language of someone put on the list of the first consultation
    fails: str = ""  # the carrier refuses what leaves in this step: "retry" or "uncertain"
    silence: bool = False
    gets: list[str] | None = None
    facts: list[str] | None = None
    new: bool | None = None  # whether the message was new to us
    open: bool | None = None  # whether a conversation is open on this phone
    stopped: bool | None = None
    voices: int | None = None
    generation: int | None = None
    queued: int | None = None
    language: str = ""  # of "@..." from here on


@dataclass(frozen=True)
class Journey:
    """One conversation, or a few that meet."""

    name: str
    about: str
    steps: tuple[Step, ...]
    consultations: tuple[str, ...] = ("safety",)
    phones: dict[str, str] | None = None
    codes: int = 0
    each: tuple[str, ...] = ("",)
    never: tuple[str, ...] = ()
    language: str = "en"
    settings: dict[str, Any] | None = None
    at: str = ""  # when it begins, after the usual morning
    figures: tuple[dict[str, Any], ...] = ()


def journeys() -> list[Journey]:
    return [_read(file) for file in sorted(FOLDER.glob("*.toml"))]


def _read(file: Path) -> Journey:
    given = tomllib.loads(file.read_text(encoding="utf-8"))
    steps = tuple(_step(file.name, n, step) for n, step in enumerate(given.pop("steps"), 1))
    known = {each.name for each in fields(Journey)} - {"name", "steps"}
    assert given.keys() <= known, f"{file.name}: unknown {sorted(given.keys() - known)}"
    values = {key: tuple(value) if isinstance(value, list) else value for key, value in given.items()}
    return Journey(name=file.stem, steps=steps, **values)


def _step(file: str, n: int, given: dict[str, Any]) -> Step:
    given = {{"from": "by"}.get(key, key): value for key, value in given.items()}
    known = {each.name for each in fields(Step)}
    assert given.keys() <= known, f"{file}, step {n}: unknown {sorted(given.keys() - known)}"
    return Step(**given)


def definition(name: str) -> str:
    """The text of a consultation's file."""
    own = FOLDER / "definitions" / f"{name}.toml"
    return (own if own.exists() else EXAMPLES / f"{name}.toml").read_text(encoding="utf-8")


def seconds(span: str) -> int:
    """ "-4d", "73h", "15m" in seconds; "2d 3h" is both."""
    return sum(int(n) * _UNITS[unit] for n, unit in re.findall(r"(-?\d+)([smhd])", span))
