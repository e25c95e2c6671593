"""The shipped examples as scripts, in every language."""

from __future__ import annotations

from functools import lru_cache

from channels.radio.script import Occasion, Script, script
from channels.radio.station import Station
from consult.consultation import read
from consult.edition import Edition
from consult.episodes import material
from consult.publish import compiled
from consult.wording import for_locale, packs
from tests.conftest import EXAMPLES

STATION = Station(name="Radio River", frequency="98.1 FM", sms="+15005550006", call="+15005550007")
NAMES = ("priorities", "pulse", "safety")
LANGUAGES = ("en", "fr", "ar", "ha", "sw")


@lru_cache(maxsize=8)
def edition(name: str) -> Edition:
    return compiled(read((EXAMPLES / f"{name}.toml").read_text(encoding="utf-8")), packs())


def made(
    name: str,
    tag: str = "en",
    seconds: int = 3600,
    episode: int = 1,
    only: tuple[str, ...] = (),
    station: Station = STATION,
    feedback: tuple[str, ...] = (),
) -> Script:
    given = material(edition(name), tag, episode, only)
    return script(given, station, Occasion(seconds, "2026-12-01", "18:00", feedback), for_locale(tag))
