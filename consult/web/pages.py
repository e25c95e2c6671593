"""The demo page's values: two telephones with their messages and costs, and the table of answers.

Rule 1: what changes while the page is open (threads, sums, the table) is one fragment, with a tag that changes with it.
Rule 2: a form is made with its `ref`: what is sent twice from it is one message.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from consult import __version__
from consult.edition import Edition
from consult.house import House
from consult.library import Current
from consult.store import View
from consult.understand import Lexicon
from consult.web import answers
from consult.web.place import SIDES, Handset, Place, moved, on_show, spare
from consult.web.telephones import Bubble, Telephones
from consult.wording import Locale, Say, for_locale, locale, shipped

NEWEST = 30  # messages of a thread that are shown: a page stays light however long one plays
PATIENCE = 3  # seconds after which a text without an answer is called that
_BORN = secrets.token_hex(4)  # pages of an earlier start are never taken for this one's


@dataclass(frozen=True, slots=True)
class Line:
    """A message as shown; `n` counts from 1 in its thread."""

    n: int
    by: str
    text: str
    moment: datetime
    segments: int
    encoding: str


@dataclass(frozen=True, slots=True)
class Phone:
    """One telephone: its newest messages, what all that we sent it cost, and what its owner may want to send."""

    side: str
    number: str
    locale: Locale
    lines: tuple[Line, ...]
    earlier: int
    segments: int
    silent: bool
    keyword: str
    quick: tuple[str, ...]
    languages: tuple[Locale, ...]
    fresh: Place

    @property
    def spaced(self) -> str:
        """The number in groups, as people read it."""
        return f"{self.number[:2]} {self.number[2:5]} {self.number[5:8]} {self.number[8:]}"


@dataclass(frozen=True, slots=True)
class Scene:
    """Everything the page and its fragment are made of."""

    house: House
    phones: Telephones
    current: Current
    where: Place
    at: int

    @property
    def say(self) -> Say:
        return for_locale(self.where.lang)

    @property
    def edition(self) -> Edition:
        return self.house.library.edition(self.current.newest[self.where.show])


def fragment(scene: Scene) -> dict[str, Any]:
    """What `live.html` needs."""
    say = scene.say
    invented = scene.current.newest[scene.where.show].test
    frames = answers.frames(scene.house, scene.edition, say)
    return {
        "say": say,
        "many": say.many,
        "lang": say.locale,
        "where": scene.where,
        "phones": [_phone(scene, side) for side in range(len(SIDES))],
        "frames": frames or ((answers.blank(scene.edition, say),) if invented and frames is not None else frames),
        "nobody": not frames,
        "elevated": scene.edition.elevated,
        "invented": invented,
        "today": _moment(scene.at).date(),
    }


def whole(scene: Scene, focus: str) -> dict[str, Any]:
    """What `demo.html` needs. `focus`: the side whose text field has it, "" for none."""
    definitions = on_show(scene.house, scene.current)
    return {
        **fragment(scene),
        "tag": tag(scene),
        "titles": {name: answers.said(one.title, one, scene.where.lang) for name, one in definitions.items()},
        "interface": [locale(each) for each in shipped()],
        "new_ref": lambda: secrets.token_hex(8),
        "focus": focus,
    }


def tag(scene: Scene) -> str:
    """Changes whenever the fragment would: cheap, since nothing is opened for it."""
    name = scene.where.show
    kept = scene.house.store.read(lambda view: _state(view, name))
    threads = [scene.phones.thread(each.number) for each in scene.where.handsets]
    seen = [(len(thread), _silent(thread, scene.at)) for thread in threads]
    state = repr((_BORN, __version__, scene.where.query(), scene.current.counter, kept, seen))
    return hashlib.sha256(state.encode()).hexdigest()[:16]


def _state(view: View, name: str) -> tuple[int, int]:
    """How much the journal holds, and of how many people it can still be opened."""
    return view.last_arrival(name), sum(1 for _ in view.keys(name))


def _phone(scene: Scene, side: int) -> Phone:
    handset = scene.where.handsets[side]
    thread = scene.phones.thread(handset.number)
    earlier = max(0, len(thread) - NEWEST)
    return Phone(
        side=handset.side,
        number=handset.number,
        locale=locale(handset.tongue),
        lines=tuple(_line(n, bubble) for n, bubble in enumerate(thread[earlier:], earlier + 1)),
        earlier=earlier,
        segments=sum(bubble.segments for bubble in thread if bubble.by == "us"),
        silent=_silent(thread, scene.at),
        keyword=_keyword(scene.edition, handset),
        quick=_quick(scene.house.library.packs[handset.tongue].lexicon),
        languages=tuple(locale(each) for each in scene.edition.consultation.languages),
        fresh=moved(scene.where, side, spare(scene.phones, side), handset.tongue),
    )


def _keyword(edition: Edition, handset: Handset) -> str:
    words = edition.consultation.keyword
    return words.get(handset.tongue) or next(iter(words.values()), "")


def _quick(lexicon: Lexicon) -> tuple[str, ...]:
    told = lexicon.told
    return ("1", "2", "3", "4", "5", told["back"], told["help"], told["stop"])


def _line(n: int, bubble: Bubble) -> Line:
    return Line(n, bubble.by, bubble.text, _moment(bubble.at), bubble.segments, bubble.encoding)


def _silent(thread: Sequence[Bubble], at: int) -> bool:
    return bool(thread) and thread[-1].by == "her" and at - thread[-1].at >= PATIENCE


def _moment(at: int) -> datetime:
    return datetime.fromtimestamp(at, UTC).astimezone()
