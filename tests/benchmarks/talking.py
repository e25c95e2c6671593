"""The peers' consultation as ours: six questions in three languages, and what woman number i answers."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from consult.consultation import read
from consult.edition import Edition, compile_edition
from consult.wording import packs

FILE = Path(__file__).with_name("village.toml")
LANGUAGES = ("en", "ar", "ha")
KEYWORDS = {"en": "BASKET", "ar": "فانوس", "ha": "KWANDO"}
WORDS = (
    "The borehole near the school has been broken since last month",
    "البئر القريبة من المدرسة معطلة منذ الشهر الماضي ولا ماء عندنا",
    "Rijiyar burtsatse kusa da makaranta ta lalace tun watan jiya",
)


@cache
def village() -> Edition:
    """The consultation, compiled with its three languages."""
    return compile_edition(read(FILE.read_text(encoding="utf-8")), 1, packs(LANGUAGES))


def answers(i: int) -> tuple[str, ...]:
    """Language, consent, one of four, 1 to 5, several of five, her words: the same for every engine."""
    language = i * 7 % 3
    bits = (i * 2654435761 & 0xFFFFFFFF) >> 4
    several = [key for key in range(1, 6) if bits >> (key - 1) & 1] or [1 + i % 5]
    return (
        *(str(1 + language), "1", str(1 + i * 5 % 4), str(1 + i * 3 % 5)),
        *(" ".join(map(str, several)), WORDS[language]),
    )
