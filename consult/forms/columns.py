"""Headings of an XLSForm: `label::English (en)` is a kind of column and a language tag.

Rule 1: every spelling of a heading that ODK and Kobo accept is one kind here; what is not known keeps its own name.
Source: https://xlsform.org/en/ and pyxform's aliases.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from consult.consultation import VARIANTS
from consult.consultation.kinds import TAG

NAMES: Mapping[str, str] = {
    "ar": "العربية",
    "ckb": "کوردی",
    "en": "English",
    "es": "Español",
    "fr": "Français",
    "ha": "Hausa",
    "pcm": "Naija",
    "sw": "Kiswahili",
}
_TAGS = {name.lower(): tag for tag, name in NAMES.items()} | {
    "arabic": "ar",
    "sorani": "ckb",
    "french": "fr",
    "spanish": "es",
    "swahili": "sw",
}
_ALIASES = {
    "caption": "label",
    "relevance": "relevant",
    "bind::relevant": "relevant",
    "bind::required": "required",
    "bind::constraint": "constraint",
    "bind::jr:constraintmsg": "constraint_message",
    "constraining_message": "constraint_message",
    "list name": "list_name",
    "value": "name",
}
_CODED = re.compile(r"\(([^()]+)\)$")
WORDED = {f"consult_{medium}": medium for medium in VARIANTS}  # a wording of its own for a medium
SPOKEN = {"audio": "voice"} | {f"consult_{medium}_audio": medium for medium in VARIANTS if medium != "voice"}
TRANSLATED = {"label", "hint", "guidance_hint", "constraint_message", "required_message", "media", *WORDED, *SPOKEN}


@dataclass(frozen=True, slots=True)
class Column:
    """`heading` as written, `kind` as this package calls it, `language` as written, "" for none."""

    heading: str
    kind: str
    language: str = ""


def column(heading: str) -> Column:
    whole = " ".join(heading.split())
    if plain := _ALIASES.get(whole.lower()):
        return Column(heading, plain)
    parts = [part.strip() for part in re.split(r"::", whole)]
    if len(parts) == 1 and whole.lower().partition(":")[0].strip() in TRANSLATED:
        parts = [part.strip() for part in whole.split(":")]  # how forms were written until 2013
    kind = parts[0].lower().replace(" ", "_")
    if kind == "media" and len(parts) > 1:
        parts, kind = parts[1:], parts[1].lower()
    kind = _ALIASES.get(kind, kind)
    if len(parts) > 2 or (len(parts) == 2 and kind not in TRANSLATED):
        return Column(heading, whole.lower())
    return Column(heading, kind, parts[1] if len(parts) == 2 else "")


def tag(language: str) -> str:
    """ "English (en)", "en" or "English" as the tag "en"; "" where it cannot be told."""
    coded = _CODED.search(language)
    if coded:
        return coded[1].strip() if TAG.fullmatch(coded[1].strip()) else ""
    if known := _TAGS.get(language.lower()):
        return known
    return language if TAG.fullmatch(language) and len(re.split("[-_]", language)[0]) <= 3 else ""


def language(tag: str) -> str:
    """The tag as a form names a language: "English (en)"."""
    return f"{NAMES.get(tag, tag)} ({tag})"


def tags(found: Sequence[Column]) -> tuple[str, ...]:
    """The languages that labels are written in, in the form's order."""
    named = (tag(each.language) for each in found if each.kind == "label" and each.language)
    return tuple(dict.fromkeys(each for each in named if each))
