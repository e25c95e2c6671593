"""A provider of text messages described by a file: how it takes messages, and how it brings them and its reports.

Rule 1: every fault is named with its line and its cure, not only the first; nothing unknown is passed over.
Rule 2: addresses come from this file alone. Nothing that was received or is sent can choose where a request goes.
Rule 3: what she and we say goes into values, never into structure: templates are filled leaf by leaf, then encoded.
Rule 4: keys and secrets may stand in files of their own (`[files]`) and are never repeated in a fault.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from channels.providers.described_faults import GIVEN, check_door, check_inbound, check_report, check_send, own
from channels.providers.described_keys import INBOUND, REPORT, SEND, TOP
from channels.providers.filled import fill
from consult.config import BadSetting
from consult.consultation.kinds import Kind, Notes, nearest, shown
from consult.consultation.lines import Path as Place
from consult.consultation.lines import TooDeep, lines

LARGEST: Final = 64 * 1024  # bytes of the file


@dataclass(frozen=True, slots=True)
class Sending:
    """How a message is handed over, and what their answer means. `id` and `code` are paths, or patterns of a text."""

    method: str
    url: str = field(repr=False)  # may hold a key
    format: str = "form"
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Mapping[str, Any] = field(default_factory=dict)
    user: str = ""
    password: str = field(default="", repr=False)
    coding: tuple[str, ...] = ("0", "8")  # their words for GSM-7 and for UCS-2
    reply: str = "json"
    id: str = ""
    code: str = ""
    statuses: Mapping[str, str] = field(default_factory=dict)
    codes: Mapping[str, str] = field(default_factory=dict)
    otherwise: str = "uncertain"


@dataclass(frozen=True, slots=True)
class Inbound:
    """How a message of hers looks: where each thing is found in it."""

    sender: str
    text: str
    method: str = "POST"
    format: str = "form"
    id: str = ""
    to: str = ""
    date: str = ""
    date_format: str = "iso"
    zone: str = "UTC"
    numbers: str = "plus"


@dataclass(frozen=True, slots=True)
class Reports:
    """How a report looks, and what its words mean."""

    status: str
    words: Mapping[str, str]
    method: str = "POST"
    format: str = "form"
    id: str = ""
    ours: str = ""


@dataclass(frozen=True, slots=True)
class Description:
    """All of it. `values` are the file's own, for its templates."""

    ours: tuple[str, ...]
    secret: str = field(repr=False)
    allow: str
    send: Sending
    inbound: Inbound
    report: Reports | None = None
    pace: float = 1.0
    answer: str = ""
    values: Mapping[str, str] = field(default_factory=dict, repr=False)


# ---- reading


def read(path: Path) -> Description:
    """The description in a file. Raises BadSetting with every fault."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or "it is not UTF-8"
        raise BadSetting(f"CONSULT_HTTP_SMS: cannot read {path} ({why}); correct the path or the file") from None
    notes, raw = _parsed(path, text)
    found = _description(notes, raw, path.parent)
    if notes.faults or found is None:
        faults = sorted(notes.faults, key=lambda fault: int(fault.where.removeprefix("line ").partition(":")[0]))
        raise _bad(path, (f"{fault.where}: {fault.what}; {fault.cure}" for fault in faults))
    return found


def _bad(path: Path, faults: Iterable[str]) -> BadSetting:
    return BadSetting("\n  ".join([f"CONSULT_HTTP_SMS: {path.name} cannot be used", *faults]))


def _parsed(path: Path, text: str) -> tuple[Notes, dict[str, Any]]:
    if len(text) > LARGEST:
        raise _bad(path, ["line 1: the file is too large; a description has at most 64 kB"])
    try:
        return Notes(lines(text)), tomllib.loads(text)
    except TooDeep as deep:
        why = f"line {deep.line}: is nested too deeply; use the tables that docs/aggregators.md shows"
    except RecursionError:
        why = "line 1: is nested too deeply; use the tables that docs/aggregators.md shows"
    except ValueError as error:
        why = f"is not TOML: {' '.join(str(error).split())[:120]}; texts stand in quotes, lists in [ ]"
    raise _bad(path, [why])


def _description(notes: Notes, raw: dict[str, Any], folder: Path) -> Description | None:
    top = _row(notes, raw, (), TOP, ("ours", "secret", "allow", "send", "inbound"), ("send", "inbound", "report"))
    values = {**top.pop("values", {}), **_from_files(notes, top.pop("files", {}), folder)}
    if taken := sorted(set(GIVEN) & values.keys()):
        notes.refuse(("values", taken[0]), f"{taken[0]!r} has a meaning already", "give it another name")
    send = _row(notes, raw.get("send", {}), ("send",), SEND, ("method", "url"))
    inbound = _row(notes, raw.get("inbound", {}), ("inbound",), INBOUND, ("from", "text"))
    report = _row(notes, raw["report"], ("report",), REPORT, ("status", "words")) if "report" in raw else None
    check_send(notes, send, values)
    check_inbound(notes, inbound, top.get("ours", ()))
    if report is not None:
        check_report(notes, report, send)
    secret = own(notes, top.get("secret", ""), ("secret",), values)
    check_door(notes, top, secret)
    if notes.faults:
        return None
    for name in ("user", "password"):
        send[name] = fill(send.get(name, ""), values)
    send["url"] = fill(send["url"], {name: quote(each, safe="") for name, each in values.items()})
    inbound["sender"] = inbound.pop("from")
    allow = ",".join(top.pop("allow"))
    kept = {**top, "secret": secret, "allow": allow, "values": values}
    return Description(
        **kept, send=Sending(**send), inbound=Inbound(**inbound), report=Reports(**report) if report else None
    )


def _row(
    notes: Notes,
    value: Any,
    path: Place,
    known: Mapping[str, Kind],
    needed: tuple[str, ...],
    tables: tuple[str, ...] = (),
) -> dict[str, Any]:
    """What a table holds; unknown keys and missing ones are faults."""
    if not isinstance(value, dict):
        notes.refuse(path, "must be a table", f"write [{path[0]}] and its keys beneath it")
        return {}
    kept: dict[str, Any] = {}
    for key, each in value.items():
        if key in known:
            taken = notes.take(known[key], each, (*path, key))
            kept |= {} if taken is None else {key: taken}
        elif key not in tables:
            notes.refuse((*path, key), f"{shown(key)!r} is not a key here", nearest(key, [*known, *tables]))
    for key in needed:
        if key not in value:
            notes.refuse(path, f"{key} is missing", f"write {f'[{key}]' if key in tables else f'{key} = ...'}")
    return kept


def _from_files(notes: Notes, files: Mapping[str, str], folder: Path) -> dict[str, str]:
    found = {}
    for name, file in files.items():
        try:
            found[name] = (folder / file).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError):
            notes.refuse(("files", name), "cannot be read", "correct the path; it counts from this file's folder")
    return found
