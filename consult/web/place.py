"""Where a visitor of the demo is: page language, consultation shown, two telephones. All of it stands in the address.

Rule 1: an address is a wish. What cannot be had (a number that is none, an unknown language) gives way to the usual.
Rule 2: nothing is kept for a visitor: a second start finds the newest telephones by their threads.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from itertools import islice
from urllib.parse import urlencode

from flask import request

from consult.consultation import Consultation
from consult.house import House
from consult.library import Current, day_of, matching
from consult.web.telephones import Telephones
from consult.wording import UnknownLocale, locale, shipped

SIDES = ("left", "right")
USUAL = ("en", "ar")
MOST = 2000  # numbers looked through for a spare one


@dataclass(frozen=True, slots=True)
class Handset:
    """One of the two telephones: its number (E.164) and the language its owner speaks."""

    side: str
    number: str
    tongue: str


@dataclass(frozen=True, slots=True)
class Place:
    """See the module's head. `show` is a consultation's name."""

    lang: str
    show: str
    handsets: tuple[Handset, ...]

    def fields(self) -> dict[str, str]:
        """The place as the fields of its address."""
        both = {each.side: each.number[1:] for each in self.handsets}
        spoken = {f"{each.side}_in": each.tongue for each in self.handsets}
        return {"lang": self.lang, "show": self.show, **both, **spoken}

    def query(self, **changes: str) -> str:
        return urlencode({**self.fields(), **changes})


def language(house: House) -> str:
    """The page's language: wished for in the address, else by the browser, else the hub's own."""
    told = [tag for tag, quality in request.accept_languages if quality]
    wished = (request.args.get("lang", ""), *told, house.settings.locale)
    return next(filter(None, (_spoken(tag, shipped()) for tag in wished)), "en")


def place(house: House, phones: Telephones, current: Current) -> Place:
    """Where the address leads. There must be a published consultation."""
    names = list(on_show(house, current))
    wished = request.args.get("show", "")
    shown = current.newest[wished if wished in names else names[-1]]  # the latest that was begun
    languages = house.library.edition(shown).consultation.languages
    handsets: list[Handset] = []
    for side in range(len(SIDES)):
        handsets.append(_handset(side, request.args, phones, current, languages))
    return Place(language(house), shown.name, tuple(handsets))


def on_show(house: House, current: Current) -> dict[str, Consultation]:
    """What can be joined from a telephone of the page: what is not over."""
    found = {name: house.library.edition(one).consultation for name, one in current.newest.items()}
    today = date.fromordinal(date(1970, 1, 1).toordinal() + day_of(int(time.time())))
    return {name: one for name, one in found.items() if not one.closing or one.closing >= today} or found


def spare(phones: Telephones, side: int) -> str:
    """A number nobody has used yet. Odd ones lie left and even ones right, so that the two never meet."""
    free = (number for number in islice(phones.spare(), MOST) if _side(number) == side)
    return next(free, "") or [number for number in phones.phones() if _side(number) == side][-1]


def _handset(
    side: int, wished: Mapping[str, str], phones: Telephones, current: Current, languages: tuple[str, ...]
) -> Handset:
    number = _number(side, f"+{wished.get(SIDES[side], '')}", phones)
    tongue = _spoken(wished.get(f"{SIDES[side]}_in", ""), languages)
    heard = next(_tongues(phones, number, current), "")
    usual = USUAL[side] if USUAL[side] in languages else languages[side % len(languages)]
    return Handset(SIDES[side], number, tongue or _spoken(heard, languages) or usual)


def _number(side: int, wished: str, phones: Telephones) -> str:
    try:
        phones.thread(wished)
    except ValueError:
        used = [number for number in phones.phones() if _side(number) == side]
        return used[-1] if used else spare(phones, side)
    return wished


def _tongues(phones: Telephones, number: str, current: Current) -> Iterator[str]:
    """The languages of the keywords she sent, the latest first."""
    for bubble in reversed(phones.thread(number)):
        joining = matching(current, bubble.text) if bubble.by == "her" else None
        if joining and joining[1]:
            yield joining[1]


def _side(number: str) -> int:
    return 1 - int(number[-1]) % 2


def _spoken(tag: str, languages: tuple[str, ...]) -> str:
    try:
        known = locale(tag).tag
    except UnknownLocale:
        return ""
    return known if known in languages else ""


def moved(where: Place, side: int, number: str, tongue: str) -> Place:
    """The same place with another telephone on this side."""
    handsets = list(where.handsets)
    handsets[side] = replace(handsets[side], number=number, tongue=tongue)
    return replace(where, handsets=tuple(handsets))
