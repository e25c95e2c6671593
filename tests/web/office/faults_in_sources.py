"""Every fault that the checks' sources can make, as samples: what stands in braces there is a "3" here.

A fault is made by `Fault(level, where, what, cure)` or one of the functions that end in it. Its sentence is a text, a
name given one in the same function or module, or what a function returns; other values are the sample.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from functools import cache
from itertools import product
from pathlib import Path

from tests.conftest import EXAMPLES

ROOT = EXAMPLES.parents[1]
SAMPLE = "3"
ROOMS = ("consult/checks", "consult/questions", "consult/speech", "consult/publish.py", "channels", "consult/aloud")
_MAKERS = ("Fault", "fault")
_DEEP = 4  # names followed one behind another


def sources() -> list[Path]:
    """The files in which faults are made."""
    places = (ROOT / each for each in ROOMS)
    return sorted(file for each in places for file in ([each] if each.is_file() else each.rglob("*.py")))


def samples(path: Path) -> Iterator[tuple[int, str]]:
    """(line, sentence) of each fault made in this file, once for each way its parts can read."""
    module = tree(path)
    for function in (each for each in ast.walk(module) if isinstance(each, ast.FunctionDef)):
        given = {each.arg for each in function.args.args}
        for call in (each for each in ast.walk(function) if isinstance(each, ast.Call) and _name(each) in _MAKERS):
            what = _what(call, path)
            if what is None or (isinstance(what, ast.Name) and what.id in given):
                continue  # it hands on what its callers say
            for sentence in read(what, function, path):
                yield call.lineno, sentence


def _what(call: ast.Call, path: Path) -> ast.expr | None:
    """The sentence of a call; questions say theirs without a level and a place before it."""
    place = 1 if _name(call) == "fault" and path.parent.name == "questions" else 2
    return call.args[place] if len(call.args) > place else None


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"))


def _name(call: ast.Call) -> str:
    match call.func:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
        case _:
            return ""


def read(what: ast.expr, function: ast.FunctionDef, path: Path, deep: int = _DEEP) -> list[str]:
    """Each way this expression can read."""
    if deep == 0:
        return [SAMPLE]
    match what:
        case ast.Constant(value=value):
            return [str(value)]
        case ast.JoinedStr(values=values):
            return ["".join(parts) for parts in product(*(read(each, function, path, deep) for each in values))]
        case ast.FormattedValue(value=value, conversion=conversion):
            found = read(value, function, path, deep - 1)
            spec = what.format_spec.values[0].value if isinstance(what.format_spec, ast.JoinedStr) else ""  # type: ignore[attr-defined]
            return [
                format(int(SAMPLE), str(spec)) if spec else repr(each) if conversion > 0 else each for each in found
            ]
        case ast.IfExp(body=body, orelse=orelse):
            return [*read(body, function, path, deep), *read(orelse, function, path, deep)]
        case ast.Name(id=name):
            return _given(name, function, path, deep - 1)
        case ast.Call():
            return _returned(what, path, deep - 1)
        case _:
            return [SAMPLE]


def _given(name: str, function: ast.FunctionDef, path: Path, deep: int) -> list[str]:
    """What a name is given in its function, else in its module."""
    for inside in (function, tree(path)):
        given = [each for each in ast.walk(inside) if _target(each) == name]
        values = [each.value for each in given if isinstance(each, ast.Assign | ast.NamedExpr)]
        if found := [text for value in values for text in read(value, function, path, deep)]:
            return found
    return [SAMPLE]


def _target(node: ast.AST) -> str:
    match node:
        case ast.Assign(targets=[ast.Name(id=name)]) | ast.NamedExpr(target=ast.Name(id=name)):
            return name
        case _:
            return ""


def _returned(call: ast.Call, path: Path, deep: int) -> list[str]:
    """What a function of this module, or of the room `reserved` words are refused in, may return."""
    for place in (path, ROOT / "consult/understand/reserved.py"):
        for function in (each for each in tree(place).body if isinstance(each, ast.FunctionDef)):
            if function.name == _name(call):
                return _returns(function, place, deep)
    return [SAMPLE]


def _returns(function: ast.FunctionDef, place: Path, deep: int) -> list[str]:
    values: Sequence[ast.expr] = [
        each.value for each in ast.walk(function) if isinstance(each, ast.Return) and each.value is not None
    ]
    texts = [text for value in values for text in read(value, function, place, deep)]
    return [text for text in texts if text not in ("None", SAMPLE)] or [SAMPLE]
