"""Code schemes and coded messages in the shape of Coda V2, read from files that people made elsewhere. Pure.

https://github.com/AfricasVoices/CodaV2, docs/data_formats.md: a scheme has codes; a message has labels, newest first.

Rule 1: of each scheme the newest label of a message counts, and only where a person checked it. What was uncoded by
hand has none. A second theme of a message is a label of a copy of the scheme, whose id ends in a number ("Scheme-1-2").
Rule 2: codes of the type Normal are themes. Control codes ("nothing said") and Meta codes (greetings) are none: a
message that has only such a code was read all the same.
Rule 3: what will be read by others (the scheme's name, each theme's definition and short name, its paraphrases) tells
who nobody is.
Rule 4: the text of a message is not looked at, and is kept nowhere.
"""

from __future__ import annotations

import hashlib
import json
import re
import tomllib
from collections.abc import Callable, Container, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

Betrays = Callable[[str], str]  # what in words may tell who somebody is; "" for nothing
LARGEST: Final = 64 * 1024 * 1024  # bytes of a file of messages
LARGEST_SCHEME: Final = 256 * 1024  # of a scheme, and of paraphrases
MOST_CODES, MOST_LABELS = 200, 1_000
LONGEST, PARAPHRASE = 120, 300  # signs
UNCODED: Final = "SPECIAL-MANUALLY_UNCODED"  # Coda's label that takes one back
TYPES: Final = ("Normal", "Control", "Meta")
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:-]{0,99}")
_VERSION = re.compile(r"\d{1,2}(\.\d{1,2}){0,3}")
_TAG = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")
Labels = Mapping[str, tuple[str, ...]]  # message -> the codes that count, in the scheme's order; () was read, has none


class Unclear(Exception):
    """What is wrong in a file: every fault a line, with its place and cure."""


@dataclass(frozen=True, slots=True)
class Code:
    """One code. `name`: what it may also be called where somebody writes paraphrases (Coda's StringValue)."""

    id: str
    type: str
    definition: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class Scheme:
    """A code scheme. `sha256`: of its file, so that it can be recognised."""

    id: str
    name: str
    version: str
    sha256: str
    codes: tuple[Code, ...]

    def themes(self) -> tuple[Code, ...]:
        """The codes that are themes."""
        return tuple(code for code in self.codes if code.type == "Normal")


# ---- schemes


def scheme(text: str, betrays: Betrays) -> Scheme:
    """The scheme in this file. Raises Unclear."""
    given = _json(text, LARGEST_SCHEME)
    if not isinstance(given, dict):
        raise Unclear("the file: a scheme is one JSON object with SchemeID, Name, Version and Codes")
    faults = [*_head(given, betrays)]
    codes = given.get("Codes")
    if not isinstance(codes, list) or not 0 < len(codes) <= MOST_CODES:
        raise Unclear("\n".join([*faults, f"Codes: a list of 1 to {MOST_CODES} codes"]))
    for n, each in enumerate(codes, 1):
        faults += [f"Codes {n}, {fault}" for fault in _code_faults(each, betrays)]
    faults += [] if faults else [*_twice(codes)]
    if faults:
        raise Unclear("\n".join(faults))
    sha256 = hashlib.sha256(text.encode()).hexdigest()
    made = tuple(_code(each) for each in codes)
    return Scheme(given["SchemeID"], _line(given["Name"]), given["Version"], sha256, made)


def _head(given: Mapping[str, Any], betrays: Betrays) -> Iterator[str]:
    if not _is(given.get("SchemeID"), _ID):
        yield "SchemeID: missing, or not letters, digits, '-' and '_'"
    yield from (f"Name: {fault}" for fault in _words(given.get("Name"), LONGEST, betrays))
    if not _is(given.get("Version"), _VERSION):
        yield "Version: write it like 0.0.1, at most two digits between points"


def _code_faults(each: object, betrays: Betrays) -> Iterator[str]:
    if not isinstance(each, dict):
        yield "it is no object: write {CodeID, CodeType, DisplayText}"
        return
    if not _is(each.get("CodeID"), _ID):
        yield "CodeID: missing, or not letters, digits, '-' and '_'"
    if each.get("CodeType", "Normal") not in TYPES:
        yield f"CodeType: one of {', '.join(TYPES)}"
    yield from (f"DisplayText: {fault}" for fault in _words(each.get("DisplayText"), LONGEST, betrays))
    name = each.get("StringValue", "")
    if not isinstance(name, str):
        yield "StringValue: a text"
    elif name:
        yield from (f"StringValue: {fault}" for fault in _words(name, LONGEST, betrays))


def _twice(codes: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    """Two codes of one id, or two themes of one definition, could not be told apart."""
    ids, definitions = set[str](), set[str]()
    for n, each in enumerate(codes, 1):
        definition = _line(each["DisplayText"]).casefold()
        if each["CodeID"] in ids:
            yield f"Codes {n}, CodeID: {each['CodeID']} stands twice; each code has its own"
        if definition in definitions:
            yield f"Codes {n}, DisplayText: stands twice; word each code differently"
        ids.add(each["CodeID"])
        definitions.add(definition)


def _code(each: Mapping[str, Any]) -> Code:
    return Code(each["CodeID"], each.get("CodeType", "Normal"), _line(each["DisplayText"]), each.get("StringValue", ""))


# ---- messages


def labels(text: str, coded: Scheme) -> Labels:
    """By message, the themes of its labels that count. Raises Unclear."""
    themes = {code.id for code in coded.themes()}
    return {message: tuple(code for code in codes if code in themes) for message, codes in found(text, coded).items()}


def found(text: str, coded: Scheme) -> Labels:
    """By message, all codes of its labels that count, also those that are no themes. Raises Unclear."""
    given = _json(text, LARGEST)
    if not isinstance(given, list):
        raise Unclear("the file: messages are one JSON list of {MessageID, Labels}")
    order = {code.id: n for n, code in enumerate(coded.codes)}
    read: dict[str, tuple[str, ...]] = {}
    seen: set[str] = set()
    for n, each in enumerate(given, 1):
        if fault := _message_fault(each, seen):
            raise Unclear(f"message {n}, {fault}")
        seen.add(each["MessageID"])
        if counted := set(_counted(each["Labels"], coded, order, f"message {n}, ")):
            read[each["MessageID"]] = tuple(sorted(counted, key=order.__getitem__))
    return read


def _message_fault(each: Any, seen: Container[str]) -> str:
    if not isinstance(each, dict) or not _is(each.get("MessageID"), _ID):
        return "MessageID: missing; leave each message as it was written"
    if each["MessageID"] in seen:
        return f"MessageID: {each['MessageID']} stands twice; keep the message with the newest labels"
    if not isinstance(each.get("Labels"), list) or len(each["Labels"]) > MOST_LABELS:
        return f"Labels: a list of at most {MOST_LABELS}, the newest first, [] for none"
    return ""


def _counted(listed: Iterable[object], coded: Scheme, known: Mapping[str, int], where: str) -> Iterator[str]:
    """The codes of the newest label of each copy of the scheme, where a person checked it."""
    seen: set[str] = set()
    for n, label in enumerate(listed, 1):
        if not isinstance(label, dict) or not isinstance(label.get("SchemeID"), str):
            raise Unclear(f"{where}label {n}: write {{SchemeID, CodeID, DateTimeUTC, Checked}}")
        which, code = label["SchemeID"], label.get("CodeID")
        if not _copy(which, coded.id) or which in seen:
            continue
        seen.add(which)
        if not isinstance(label.get("Checked", False), bool):
            raise Unclear(f"{where}label {n}, Checked: true or false")
        if code != UNCODED and (not isinstance(code, str) or code not in known):
            raise Unclear(f"{where}label {n}, CodeID: no code of this scheme; export both at the same time")
        if label.get("Checked", False) and code != UNCODED:
            yield str(code)


def _copy(id: str, of: str) -> bool:
    """Whether this is the scheme, or a numbered copy of it for a further theme of the same message."""
    return id == of or (id.startswith(f"{of}-") and id[len(of) + 1 :].isdecimal())


# ---- paraphrases


def words(toml: str, coded: Scheme, betrays: Betrays) -> dict[str, dict[str, str]]:
    """Code -> language -> paraphrase; a code by its CodeID or its StringValue. Raises Unclear.

    ```toml
    [water]
    en = "The well is broken and the next is far."
    ```
    """
    if len(toml.encode()) > LARGEST_SCHEME:
        raise Unclear(f"the file: larger than {LARGEST_SCHEME // 1024} kB; write one sentence a theme and language")
    try:
        given = tomllib.loads(toml)
    except tomllib.TOMLDecodeError as error:
        raise Unclear(f"the file: not TOML: {error}") from None
    ids = {name: code.id for code in coded.themes() for name in (code.name, code.id) if name}
    faults: list[str] = []
    found: dict[str, dict[str, str]] = {}
    for name, texts in given.items():
        if name not in ids or not isinstance(texts, dict):
            faults.append(f'{name}: no theme of this scheme; write [CODE] and below it en = "..."')
            continue
        found[ids[name]] = texts
        faults += [f"{name}, {tag}: no language; write a tag like en" for tag in texts if not _TAG.fullmatch(tag)]
        faults += [f"{name}, {tag}: {why}" for tag, each in texts.items() for why in _words(each, PARAPHRASE, betrays)]
    if faults:
        raise Unclear("\n".join(faults))
    return {id: {tag: _line(each) for tag, each in texts.items()} for id, texts in found.items()}


# ---- of all of them


def _json(text: str, largest: int) -> Any:
    if len(text) > largest or len(text.encode()) > largest:
        raise Unclear(f"the file: larger than {largest // 1024} kB; export this question alone")
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise Unclear(f"the file: not JSON ({error}); export it again") from None


def _is(value: object, shape: re.Pattern[str]) -> bool:
    return isinstance(value, str) and shape.fullmatch(value) is not None


def _words(value: object, longest: int, betrays: Betrays) -> Iterator[str]:
    if not isinstance(value, str) or not 0 < len(_line(value)) <= longest:
        yield f"write 1 to {longest} characters"
    elif found := betrays(value):
        yield f"holds a {found}; word it without"


def _line(words: str) -> str:
    return " ".join(words.split())
