"""What a hub writes to its log: its own sentences, and of libraries that something failed and where in their code.

Rule 1: no number, word or name of anybody, in either form. Our sentences are written so; a row of digits as long as a
telephone number is struck out all the same.
Rule 2: a library's sentence is never written, nor a traceback: they quote addresses, bodies and values. Its place is.
Rule 3: a record that cannot be written is dropped: logging would print what it was made of.
"""

from __future__ import annotations

import json
import logging
import re
import sys
from datetime import UTC, datetime
from typing import Final

_OURS: Final = "consult"
_NUMBER: Final = re.compile(r"\+?\d(?:[ ().-]{0,2}\d){6,}")


def said(record: logging.LogRecord) -> str:
    """What may be written of a record."""
    if record.name == _OURS or record.name.startswith(f"{_OURS}."):
        return _NUMBER.sub("(number)", record.getMessage())
    kind = record.exc_info[0] if record.exc_info else None
    return f"a library failed at {record.module}:{record.lineno} ({kind.__name__ if kind else 'no exception'})"


class Lines(logging.Formatter):
    """One line a record, for a person."""

    def format(self, record: logging.LogRecord) -> str:
        return f"{_time(record)} {record.levelname} {record.name}: {' '.join(said(record).split())}"


class JsonLines(logging.Formatter):
    """One JSON object a line: time (UTC), level, logger, message."""

    def format(self, record: logging.LogRecord) -> str:
        fields = {"time": _time(record), "level": record.levelname, "logger": record.name, "message": said(record)}
        return json.dumps(fields)


def quiet(form: str = "text") -> None:
    """To stderr, as `text` or `json`: our own warnings, of libraries errors only."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines() if form == "json" else Lines())
    logging.raiseExceptions = False
    logging.basicConfig(level=logging.ERROR, handlers=[handler])
    logging.getLogger(_OURS).setLevel(logging.WARNING)


def _time(record: logging.LogRecord) -> str:
    return datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
