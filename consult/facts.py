"""The payload of a fact: an event as bytes, and back. What the vault seals is exactly this.

JSON with short fixed keys: it must be readable in ten years by someone who has only the key and this page.
Rule 1: `unpack(pack(event, ...)) == (event, ...)` for every event.
Rule 2: a sealed payload is bound to the envelope it lies in (`about`): who may write the database can change neither
the day, the frame or the verdict of a fact nor its place, without its payload no longer opening.
Rule 3: `Began` carries who she is (segments); the other facts of a session inherit it.
"""

from __future__ import annotations

import json
from dataclasses import fields
from functools import lru_cache
from typing import Any, get_args

from consult.events import Answered, Began, Escape, Event
from consult.store.records import Fact

KINDS: dict[str, type] = {kind.__name__: kind for kind in get_args(Event)}
FIELDS: dict[type, tuple[tuple[str, Any], ...]] = {
    kind: tuple((field.name, field.default) for field in fields(kind)) for kind in KINDS.values()
}


ROOM = 255  # bytes: a payload of at most this many fills the vault's smallest bucket, so its length tells nothing

_payload = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
_envelope = json.JSONEncoder().encode


class UnreadableFact(Exception):
    """A payload that is no fact this version knows."""


def pack(event: Event, locale: str) -> bytes:
    """`{"e": kind, "l": locale, ...the event's own fields}` as UTF-8 JSON; fields at their default are left out."""
    out: dict[str, Any] = {"e": type(event).__name__, "l": locale}
    for name, usual in FIELDS[type(event)]:
        value = getattr(event, name)
        if value != usual:
            out[name] = value
    if isinstance(event, Answered) and isinstance(event.value, Escape):
        out["escape"] = True
    return _payload(out).encode()


def unpack(data: bytes) -> tuple[Event, str]:
    """The event and the language it happened in. Raises UnreadableFact."""
    try:
        out = json.loads(data)
        kind = KINDS[out.pop("e")]
        locale = out.pop("l")
        if out.pop("escape", False):
            out["value"] = Escape(out["value"])
        event = kind(**{name: _frozen(value) for name, value in out.items()})
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise UnreadableFact(f"not a fact: {type(error).__name__}") from None
    return event, locale


def _frozen(value: Any) -> Any:
    return tuple(_frozen(item) for item in value) if isinstance(value, list) else value


def segments_of(event: Event) -> dict[str, str]:
    """What was known of who she is when the conversation began; empty for other events."""
    return dict(event.segments) if isinstance(event, Began) else {}


def about(fact: Fact) -> bytes:
    """What a sealed fact is bound to, its whole envelope: it opens under no other, and in no other's place."""
    return b"%s, %d]" % (_all_but_seq(fact[:9] + fact[10:14]), fact.seq)


@lru_cache(64)  # the facts of one turn differ in nothing else
def _all_but_seq(envelope: tuple[object, ...]) -> bytes:
    return _envelope(envelope)[:-1].encode()
