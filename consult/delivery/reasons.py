"""What sort of reason it is that a message did not arrive for, or that a campaign stands still for.

Carriers word their reasons each in their own way; this goes by the words and codes that they share. The
first that fits counts.
"""

from __future__ import annotations

import re
from typing import Final

from consult.delivery.budget import BUDGET

_KINDS: Final = (
    ("budget", re.compile(re.escape(BUDGET))),
    ("restored", re.compile(r"restored from a backup")),
    ("retired", re.compile(r"retired|consultation is over")),
    ("closed", re.compile(r"it closed on|it opens on|safe_hours")),
    ("late", re.compile(r"^expired$")),
    ("key", re.compile(r"\b(401|403|404)\b|InvalidSenderId|credential|authenti|unauthori", re.I)),
    ("money", re.compile(r"balance|credit|funds|402\b", re.I)),
    ("setting", re.compile(r"\bCONSULT_[A-Z_]+|makes no calls|number for beeps")),
    ("long", re.compile(r"too long", re.I)),
    ("review", re.compile(r"review of its risk")),
    ("invented", re.compile(r"invented numbers only")),
    ("number", re.compile(r"dialled|unknown subscriber|invalid.*number|not a valid|30003|30005|30006", re.I)),
    ("away", re.compile(r"cannot be reached|broke|not readable|answered 5|\b5\d\d\b|time.?out|spool", re.I)),
    ("undelivered", re.compile(r"not delivered|not sent|undelivered|^failed|no answer|busy|a machine", re.I)),
)


def kind(why: str) -> str:
    """What sort of reason this is; "other" for one we do not know."""
    return next((name for name, words in _KINDS if words.search(why)), "other")
