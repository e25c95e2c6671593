"""Where each key of a TOML text stands: the standard library's parser tells values but not lines.

One pass over tokens keeps a stack of open tables and arrays and notes the line of every key and header. It also finds,
before the parser runs, what would cost the parser too much: deep nesting and endless dotted keys.

Rule 1: linear in the text, for any text. A string that never ends ends the scan: the parser names that fault.
Rule 2: nothing is judged here but depth. A path is the keys and, for arrays, the places (from 0) that lead to a value.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

Path = tuple[str | int, ...]
DEEPEST = 8  # brackets within brackets, and parts of a dotted key; a definition needs four

_TOKEN = re.compile(
    r"""(?P<string>\"{3}(?:[^\\"]|\\.|"(?!""))*+"{3,5} | '{3}(?:[^']|'(?!''))*+'{3,5}
        | "(?!"")(?:[^"\\\n]|\\[^\n])*+" | '(?!'')[^'\n]*+')
    | (?P<broken>["'])
    | (?P<comment>\#[^\n]*)
    | (?P<newline>\n)
    | (?P<bare>[^\s"'\#\[\]{}=.,]+)
    | (?P<mark>[\[\]{}=.,])""",
    re.VERBOSE | re.DOTALL,
)


@dataclass(slots=True)
class _Open:
    """A table or an array that is not closed yet. `value` is the path of what follows: after = or in the array."""

    path: Path
    array: bool = False
    keys: list[str] = field(default_factory=list)
    value: Path | None = None
    line: int = 0
    at: int = 0  # place in the array


class TooDeep(Exception):
    """Nested beyond DEEPEST, on `line`."""

    def __init__(self, line: int) -> None:
        super().__init__(line)
        self.line = line


def lines(text: str) -> dict[Path, int]:
    """The line, from 1, of each key, table and array of tables. Raises TooDeep."""
    scan = _Scan()
    for found in _TOKEN.finditer(text):
        if found.lastgroup == "broken":
            break
        scan.take(str(found.lastgroup), found[0])
    return scan.found


class _Scan:
    def __init__(self) -> None:
        self.found: dict[Path, int] = {}
        self.rows: dict[Path, int] = {}  # array of tables -> its last place
        self.open = [_Open(())]
        self.line = 1
        self.header = 0  # brackets of the header being read

    def take(self, kind: str, text: str) -> None:
        match kind:
            case "newline":
                self.newline()
            case "bare":
                self.word(text)
            case "string":
                self.word(text.strip("\"'"))
                self.line += text.count("\n")
            case "mark":
                self.mark(text)

    def word(self, text: str) -> None:
        here = self.open[-1]
        if here.value is None and not here.array:
            here.line = here.line if here.keys else self.line
            here.keys.append(text)
            if len(here.keys) > DEEPEST:
                raise TooDeep(self.line)

    def newline(self) -> None:
        self.line += 1
        if len(self.open) == 1:
            self.header = 0
            self.fresh(self.open[0])

    def fresh(self, here: _Open) -> None:
        here.keys, here.value = [], None

    def mark(self, text: str) -> None:
        here = self.open[-1]
        match text:
            case "=" if not here.array and here.value is None:
                here.value = (*here.path, *here.keys)
                self.found.setdefault(here.value, here.line)
            case "," if here.array:
                here.at += 1
            case ",":
                self.fresh(here)
            case "[" if len(self.open) == 1 and here.value is None:
                self.header += 1
            case "]" if len(self.open) == 1:
                self.close_header(here)
            case "[" | "{":
                self.enter(here, text == "[")
            case "]" | "}" if len(self.open) > 1:
                self.open.pop()

    def enter(self, here: _Open, array: bool) -> None:
        if len(self.open) > DEEPEST:
            raise TooDeep(self.line)
        path = (*here.path, here.at) if here.array else here.value or here.path
        self.found.setdefault(path, self.line)
        self.open.append(_Open(path, array))

    def close_header(self, here: _Open) -> None:
        if not here.keys:
            return
        here.path = self.resolve(here.keys, self.header > 1)
        self.found.setdefault(here.path, self.line)
        self.fresh(here)

    def resolve(self, keys: list[str], row: bool) -> Path:
        """The path a header opens, within the last row of each array of tables it goes through."""
        path: Path = ()
        for key in keys[:-1]:
            path = (*path, key)
            if path in self.rows:
                path = (*path, self.rows[path])
        path = (*path, keys[-1])
        if row:
            self.rows[path] = self.rows.get(path, -1) + 1
        return (*path, self.rows[path]) if path in self.rows else path
