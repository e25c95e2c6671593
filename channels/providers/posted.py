"""What a provider that signs nothing posts: a form, or a query, as fields. Read strictly: one meaning, or none.

Rule 1: no field twice, not more than `MOST_FIELDS`: 400. Fields nobody asked for are passed over.
Rule 2: broken UTF-8 becomes U+FFFD and is no reason to lose what she wrote.
Rule 3: a refusal never repeats what was posted.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final
from urllib.parse import unquote_to_bytes

from consult.channel import Refused

LARGEST: Final = 64 * 1024  # bytes of body
MOST_FIELDS: Final = 100

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")


def clean(text: str) -> str:
    """Her text without control characters and without halves of characters."""
    return _CONTROL.sub("", text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace"))


def form(body: bytes) -> Mapping[str, str]:
    """The fields of a body or query (application/x-www-form-urlencoded). Raises Refused: 413, 400."""
    if len(body) > LARGEST:
        raise Refused(413, "larger than 64 kB")
    parts = body.replace(b"+", b" ").split(b"&", MOST_FIELDS)
    if len(parts) > MOST_FIELDS:
        raise Refused(400, "too many fields")
    fields = [part.partition(b"=") for part in parts if part]
    found = {_text(name): _text(value) for name, _, value in fields}
    if len(found) < len(fields):
        raise Refused(400, "a field is repeated")
    return found


def field(fields: Mapping[str, str], name: str, pattern: re.Pattern[str]) -> str:
    """A field that must be there and match whole. Raises Refused."""
    if name not in fields:
        raise Refused(400, f"{name} is missing")
    if not pattern.fullmatch(fields[name]):
        raise Refused(400, f"{name} is malformed")
    return fields[name]


def moment(written: str) -> int | None:
    """Epoch seconds of an ISO 8601 date and time, in UTC where it names no zone; None where it is none."""
    try:
        read = datetime.fromisoformat(written.strip())
        return int((read if read.tzinfo else read.replace(tzinfo=UTC)).timestamp())
    except (ValueError, OverflowError):
        return None


def _text(raw: bytes) -> str:
    return unquote_to_bytes(raw).decode("utf-8", "replace")
