"""Our numbers for calls as settings give them: those that stand for a keyword, and those that are only rung. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from types import MappingProxyType

from consult.config import BadSetting

_E164 = re.compile(r"\+[1-9][0-9]{6,14}")
_OURS = re.compile(r"(\+[1-9][0-9]{6,14})\s+(\S{1,40})")


def keywords(given: str, setting: str) -> Mapping[str, str]:
    """ "+15005550006 RIVER, +15005550007 KIOSK" -> our number -> its keyword. Raises BadSetting naming the setting."""
    found: dict[str, str] = {}
    for each in filter(None, (each.strip() for each in given.split(","))):
        read = _OURS.fullmatch(each)
        if read is None:
            raise BadSetting(f"{setting}: {each!r} must be a number and a keyword, like +15005550006 RIVER")
        found[read[1]] = read[2]
    return MappingProxyType(found)


def beeps(given: str, setting: str) -> frozenset[str]:
    """Numbers that are rung and never answered. Raises BadSetting naming the setting."""
    numbers = [each.strip() for each in given.split(",") if each.strip()]
    for each in numbers:
        if not _E164.fullmatch(each):
            raise BadSetting(f"{setting}: {each!r} must be a number like +15005550008")
    return frozenset(numbers)


def apart(setting: str, numbers: Collection[str], *others: Collection[str]) -> None:
    """One number has one duty. Raises BadSetting naming the setting of the number that has two."""
    taken = {number for each in others for number in each}
    if both := sorted(taken & set(numbers)):
        raise BadSetting(f"{setting}: {both[0]} has another duty already; use another number")
