"""Both halves of a kit, asked for on stdin: typed one after the other, or piped in from two files.

Rule 1: a half ends with an empty line, with the heading of the other, or with the input.
Rule 2: what was typed is rehearsed before it is used, and stands in no error.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from consult.cli.endings import Failed

if TYPE_CHECKING:
    from consult.store.records import Published

_HEADING = re.compile(r"\s*\S+\s+[AB]\s*", re.IGNORECASE)
_MOST = 60  # lines


@dataclass(frozen=True, slots=True)
class Joined:
    """The private key of a consultation and the halves it came from."""

    private: bytes = field(repr=False)
    halves: tuple[str, str] = field(repr=False)


def ask(published: Published) -> Joined:
    """Read both halves and join them. Raises Failed, custody.BadKit naming the half and group to look at."""
    from consult.custody import join, rehearse

    if sys.stdin.isatty():
        print(
            f"Type both halves of the kit of {published.name}, each with its heading and then an empty line:",
            file=sys.stderr,
        )
    found = list(halves(sys.stdin))
    if len(found) != 2:
        raise Failed(f"two halves are needed, {len(found)} came; each begins with a line such as '{published.name} A'")
    rehearse(published.public, found[0], found[1])
    return Joined(join(found[0], found[1]), (found[0], found[1]))


def halves(lines: Iterable[str]) -> Iterator[str]:
    """The blocks of these lines, at most two; see Rule 1."""
    block: list[str] = []
    given = 0
    for _, line in zip(range(_MOST), lines, strict=False):
        ends = not line.strip() or (bool(block) and _HEADING.fullmatch(line))
        if ends and block:
            yield "".join(block)
            given, block = given + 1, []
            if given == 2:
                return
        if line.strip():
            block.append(line)
    if block:
        yield "".join(block)
