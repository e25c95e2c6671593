"""The alphabets that networks carry text in (3GPP TS 23.038), for every channel that is read. Pure.

Rule 1: text is counted, cut and sent in NFC; a decomposed é would otherwise cost a Unicode message.
Rule 2: a sign is made plain only where that loses nothing, and only where it makes the whole text fit GSM-7.

National shift tables (Turkish, Hindi, ...) are deliberately not used: carriers' gateways do not offer them, and there
is none for Arabic, Kurdish or an African language.
"""

from __future__ import annotations

import re
from typing import NamedTuple
from unicodedata import is_normalized, normalize

# 0x1B, the escape itself, is no character. 0x09 is capital Ç: there is no ç.
BASIC = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
EXTENSION = "\f^{}\\[~]|€"  # two septets each

GSM7, UCS2 = "GSM-7", "UCS-2"

FOREIGN = re.compile(f"[^{re.escape(BASIC + EXTENSION)}]")
ESCAPED = re.compile(f"[{re.escape(EXTENSION)}]")
ASTRAL = re.compile("[\U00010000-\U0010ffff]")

# Spellings that lose nothing: word processors and telephones put the left one in unasked.
TIDY = str.maketrans(
    {
        **dict.fromkeys("‘’‚‛ʼ′`´", "'"),
        **dict.fromkeys("“”„‟″«»", '"'),
        **dict.fromkeys("‐‑‒–—―−", "-"),
        **dict.fromkeys("\u00a0\u2002\u2003\u2007\u2009\u202f\t", " "),
        **dict.fromkeys("\u00ad\u200b\u2060\ufeff", ""),
        "…": "...",
        "•": "-",
        "×": "x",
    }
)


class Measured(NamedTuple):
    """A text: its `encoding`, its `units` (septets, or 16-bit ones), the first character that forces UCS-2 or ""."""

    encoding: str
    units: int
    culprit: str


def measured(text: str) -> Measured:
    """What this text, in NFC, takes."""
    foreign = FOREIGN.search(text)
    encoding, wide = (UCS2, ASTRAL) if foreign else (GSM7, ESCAPED)
    return Measured(encoding, len(text) + len(wide.findall(text)), foreign.group() if foreign else "")


def tidy(text: str) -> str:
    """The text in NFC, with typographic signs made plain where that alone makes it fit GSM-7; otherwise as written."""
    text = nfc(text)
    if not FOREIGN.search(text):
        return text
    tidied = text.translate(TIDY)
    return text if FOREIGN.search(tidied) else tidied


def nfc(text: str) -> str:
    """The text in NFC."""
    return text if text.isascii() or is_normalized("NFC", text) else normalize("NFC", text)
