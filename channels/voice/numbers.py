"""Our numbers that take calls, each with the keyword it stands for, as settings give them: pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType

from consult.config import BadSetting

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
