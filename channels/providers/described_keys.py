"""The keys of a file that describes a provider, and what each may hold. See `channels.providers.described`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final
from zoneinfo import ZoneInfo

from channels.providers.filled import walk
from consult.consultation import kinds
from consult.consultation.kinds import Kind, Notes, Wrong, shown
from consult.consultation.lines import Path as Place

OUTCOMES: Final = ("accepted", "retry", "permanent", "uncertain", "halt", "opt_out", "dead")
WORDS: Final = ("accepted", "sent", "delivered", "failed", "retry", "halt", "opt_out", "dead")


def _pace(_: Notes, value: Any, __: Place) -> float:
    if isinstance(value, int | float) and not isinstance(value, bool) and 0 < value <= 10_000:
        return float(value)
    raise Wrong("must be segments a second", "write a number such as 1 or 0.5, without quotes")


def _list(pattern: re.Pattern[str], cure: str) -> Kind:
    each = kinds.matching(pattern, cure)

    def kind(notes: Notes, value: Any, path: Place) -> tuple[str, ...]:
        if not isinstance(value, list) or not 1 <= len(value) <= 100:
            raise Wrong("must be a list", f'write {shown(path[-1])} = ["..."]')
        found = (notes.take(each, one, (*path, place)) for place, one in enumerate(value))
        return tuple(one for one in found if one is not None)

    return kind


def _any_key(_: Notes, value: Any, __: Place) -> str:
    return str(value)


def _said(notes: Notes, value: Any, path: Place) -> dict[str, str]:
    """Texts by name, empty ones kept: a provider may want them."""
    if not isinstance(value, dict) or len(value) > 100:
        raise Wrong("must be a table", f'write {shown(path[-1])} = {{ name = "..." }}')
    taken = {key: notes.take(_line, each, (*path, key)) for key, each in value.items()}
    return {key: each for key, each in taken.items() if each is not None}


def _body(notes: Notes, value: Any, path: Place) -> dict[str, Any]:
    """A table of anything that JSON has, too."""
    if not isinstance(value, dict):
        raise Wrong("must be a table", 'write [send.body] and beneath it text = "{text}"')
    for where, leaf in walk(value):
        if not isinstance(leaf, str | int | float | bool):
            notes.refuse((*path, *where), "cannot be sent", "write a text, a number, true or false")
    return value


def _zone(_: Notes, value: Any, __: Place) -> str:
    try:
        ZoneInfo(str(value))
    except (ValueError, OSError, KeyError):
        raise Wrong(f"{shown(value)!r} is no time zone", "write one such as Africa/Nairobi") from None
    return str(value)


def _date_format(_: Notes, value: Any, __: Place) -> str:
    if value in ("iso", "epoch", "epoch_ms") or (isinstance(value, str) and "%" in value and len(value) <= 60):
        return str(value)
    raise Wrong(
        f"{shown(value)!r} is no format of a date", 'write iso, epoch, epoch_ms, or such as "%d/%m/%Y %H:%M:%S"'
    )


_line, _written = kinds.words(2000), kinds.words(2000, blank=False)
_numbers = _list(re.compile(r"\+[1-9][0-9]{6,14}|[0-9]{3,8}"), "write a short code, or a number such as +254711000000")
_FORMATS = {"method": kinds.one_of("POST", "GET"), "format": kinds.one_of("form", "json", "query")}

TOP: Final[Mapping[str, Kind]] = {
    "ours": _numbers,
    "secret": _written,
    "allow": _list(
        re.compile(r"[0-9A-Fa-f:./]{2,60}"), "write an address such as 192.0.2.7, or a network: 192.0.2.0/24"
    ),
    "pace": _pace,
    "answer": _line,
    "values": _said,
    "files": _said,
}
SEND: Final[Mapping[str, Kind]] = {
    "method": kinds.one_of("POST", "GET", "PUT"),
    "url": _written,
    "format": kinds.one_of("form", "json", "query"),
    "query": _said,
    "headers": _said,
    "body": _body,
    "user": _written,
    "password": _written,
    "coding": _list(re.compile(r".{0,40}"), 'write two texts: coding = ["0", "8"]'),
    "reply": kinds.one_of("json", "text"),
    "id": _written,
    "code": _written,
    "statuses": kinds.table(
        kinds.one_of(*OUTCOMES), kinds.matching(re.compile(r"[1-5][0-9]{2}"), 'write "429"'), "statuses"
    ),
    "codes": kinds.table(kinds.one_of(*OUTCOMES), _any_key, "codes"),
    "otherwise": kinds.one_of(*OUTCOMES),
}
INBOUND: Final[Mapping[str, Kind]] = {
    **_FORMATS,
    **dict.fromkeys(("id", "from", "to", "text", "date"), _written),
    "date_format": _date_format,
    "zone": _zone,
    "numbers": kinds.one_of("plus", "digits", "national"),
}
REPORT: Final[Mapping[str, Kind]] = {
    **_FORMATS,
    **dict.fromkeys(("id", "ours", "status"), _written),
    "words": kinds.table(kinds.one_of(*WORDS), _any_key, "words"),
}
