"""Templates that are filled leaf by leaf, and values found by their path. Pure.

A template holds names in braces, as "{text}"; other braces stand for themselves. A path is names and places joined by
dots, as "messages.0.id".
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

_NAME = re.compile(r"\{([a-z][a-z0-9_]{0,31})\}")


class Unreadable(Exception):
    """Not JSON, not an object or list of it, or it says a thing twice."""


def names(template: str) -> list[str]:
    """The names in a template."""
    return _NAME.findall(template)


def fill(template: Any, values: Mapping[str, str]) -> Any:
    """The template with these values in place of their names, in all its texts. What is put in is not read again."""
    match template:
        case str():
            return _NAME.sub(lambda found: values.get(found[1], found[0]), template)
        case Mapping():
            return {key: fill(each, values) for key, each in template.items()}
        case list():
            return [fill(each, values) for each in template]
    return template


def walk(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[tuple[str | int, ...], Any]]:
    """Every leaf with its path."""
    if not isinstance(value, dict | list):
        yield path, value
        return
    for key, each in value.items() if isinstance(value, dict) else enumerate(value):
        yield from walk(each, (*path, key))


def parsed(body: bytes) -> Any:
    """An object or list of JSON. Raises Unreadable."""
    try:
        data = json.loads(body.decode("utf-8", "replace"), object_pairs_hook=_once)
    except (ValueError, RecursionError):
        raise Unreadable from None
    if not isinstance(data, dict | list):
        raise Unreadable
    return data


def found(data: Any, path: str, *, alone: bool = False) -> str | None:
    """The text or number at the path; None where there is none. With `alone` a list on the way must hold one thing:
    else Unreadable is raised, since the rest would be lost.
    """
    for step in path.split("."):
        if isinstance(data, dict):
            data = data.get(step)
        elif isinstance(data, list) and step.isascii() and step.isdecimal() and len(step) < 4:
            if alone and len(data) != 1:
                raise Unreadable
            data = data[int(step)] if int(step) < len(data) else None
        else:
            return None
    return _written(data)


def _written(leaf: Any) -> str | None:
    if isinstance(leaf, bool):
        return "true" if leaf else "false"
    if isinstance(leaf, int | float):
        return str(leaf)
    return leaf.encode("utf-16", "surrogatepass").decode("utf-16", "replace") if isinstance(leaf, str) else None


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    table = dict(pairs)
    if len(table) < len(pairs):
        raise ValueError("a name is repeated")
    return table
