"""The words of a draft in all its languages: what stands where, one language beside its source, and files of it.

Rule 1: whoever comes here writes words and nothing else: of a form only the texts of this language are taken.
Rule 2: what was typed is kept through `drafts.keeping` first, as the designer does; then it is signed.
Rule 3: a long table comes in parts, so that a page stays light; what is missing, or waits to be read, by itself.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from flask import Blueprint, Response, abort, redirect, request, url_for
from flask.typing import ResponseReturnValue

from consult.accounts import members
from consult.accounts.roles import HUB, Right, may
from consult.consultation import Consultation, Refused
from consult.drafts import keeping
from consult.drafts.keeping import Kept
from consult.store.records import Draft
from consult.translations import signing, states, writers
from consult.translations.heard import heard
from consult.translations.signing import Signed
from consult.translations.states import Standing
from consult.translations.strings import SHORT, source, strings
from consult.web.office import designing, rendering
from consult.web.office.designer import standing
from consult.web.office.doors import house
from consult.web.office.telling import page, tongue
from consult.web.office.visit import holder
from consult.wording import for_pages, locale

blueprint = Blueprint("translating", __name__, url_prefix="/office/designs/<name>/words")
PART: Final = 24  # strings on a page
OVERVIEW: Final = 40  # strings of all languages on a page
SHOWS: Final = ("all", "empty", "draft")


@dataclass(frozen=True, slots=True)
class Place:
    """Which strings of a language are looked at: a state or all of them, and which part of these."""

    show: str
    part: int

    @property
    def values(self) -> dict[str, Any]:
        """As an address carries it; what is usual is left out."""
        return ({"show": self.show} if self.show != "all" else {}) | ({"part": self.part} if self.part else {})


# ---- all languages


@blueprint.get("", endpoint="page")
def overview(name: str) -> ResponseReturnValue:
    """A row for each string, a column for each language: where it stands."""
    draft = standing(name)
    whole = keeping.opened(draft.toml)
    found = states.standings(whole, readings(name))
    rows = [found[n : n + len(whole.languages)] for n in range(0, len(found), len(whole.languages))]
    first = _part() * OVERVIEW
    return page(
        "translations.html",
        counts=states.counted(found),
        rows=[(called(whole, row[0]), row) for row in rows[first : first + OVERVIEW]],
        parts=_parts(len(rows), OVERVIEW),
        part=_part(),
        heard=heard(house(), whole, whole.languages),
        **common(draft, whole),
    )


def _part() -> int:
    given = request.values.get("part", "0")
    return int(given) if given.isdecimal() and len(given) < 4 else 0


def _parts(rows: int, size: int) -> range:
    return range(-(-rows // size))


def common(draft: Draft, whole: Consultation) -> dict[str, Any]:
    """What every page here is given."""
    say = for_pages(tongue())
    return {
        "draft": draft,
        "whole": whole,
        "first": source(whole),
        "called": {tag: designing.tongue_name(tag) for tag in whole.languages},
        "designs": may(holder().grants, Right.DESIGN, draft.name),
        "invites": may(holder().grants, Right.PEOPLE, HUB),
        "state": rendering.states(say),
        "place_of": _place_of,
    }


def _place_of(tag: str) -> dict[str, str]:
    """Tag and direction of a language, for the elements that hold its words."""
    known = locale(tag) if tag in house().library.packs else None
    return {"lang": known.tag, "dir": known.dir} if known else {"lang": tag, "dir": "auto"}


def readings(name: str) -> states.Known:
    """What second readers said of this draft."""
    return states.known(house().store.read(lambda view: view.readings(name)))


def called(whole: Consultation, each: Standing) -> str:
    """Where a string is, in words."""
    return designing.field_in_words(for_pages(tongue()), whole, each.string.id)


# ---- one language


@blueprint.get("/<tag>", endpoint="tongue")
def one(name: str, tag: str) -> ResponseReturnValue:
    return written(Kept(spoken(name, tag)), tag)


def spoken(name: str, tag: str) -> Draft:
    """The draft, if it is in this language; else there is no such page."""
    draft = standing(name)
    if tag not in keeping.opened(draft.toml).languages:
        abort(404)
    return draft


def _where() -> Place:
    show = request.values.get("show", "all")
    return Place(show if show in SHOWS else "all", _part())


def written(kept: Kept, tag: str, signed: Signed | None = None, refused: str = "", why: str = "") -> Response:
    """The page of one language. `refused`: a word for a sentence; `why`: one that is whole, of a file not taken."""
    draft = kept.draft
    whole = keeping.opened(draft.toml)
    done = request.args.get("signed", "")
    told = _rows(draft, whole, tag) | _trouble(kept, whole) | common(draft, whole)
    own, moved = (_named(whole, ids) for ids in ((signed.own, signed.moved) if signed else ((), ())))
    response = page(
        "tongue.html",
        refused=refused,
        not_taken=why,
        tag=tag,
        own=own,
        moved=moved,
        signed=int(done) if done.isdecimal() and len(done) < 4 else 0,
        **told,
    )
    if kept.clashes or kept.unkept or why:
        response.status_code = 409 if kept.clashes else 400
    return response


def _rows(draft: Draft, whole: Consultation, tag: str) -> dict[str, Any]:
    """What the table shows: each string with its place and whether somebody else wrote it."""
    place, found = _where(), states.standings(whole, readings(draft.name), (tag,))
    shown = [each for each in found if place.show in ("all", each.state)]
    part = shown[place.part * PART : (place.part + 1) * PART]
    wrote = house().store.read(lambda view: writers.of(view, draft, whole))
    return {
        "rows": [(called(whole, each), each, wrote.get(each.string.field(tag), 0) != holder().id) for each in part],
        "counts": states.counted(found)[tag],
        "place": place,
        "parts": _parts(len(shown), PART),
        "heard": heard(house(), whole, (tag,)),
        "short": SHORT,
    }


def _trouble(kept: Kept, whole: Consultation) -> dict[str, Any]:
    """What could not be kept, and what two people wrote."""
    say = for_pages(tongue())
    return {
        "theirs": members.named(house(), kept.theirs) if kept.clashes else "",
        "unkept": [(designing.field_in_words(say, whole, each.field), each) for each in kept.unkept],
        "clashes": [(designing.field_in_words(say, whole, each.field), each) for each in kept.clashes],
        "unkept_why": lambda why: designing.why_unkept(say, why),
    }


def _named(whole: Consultation, ids: Iterable[str]) -> list[str]:
    """In words; a string that is gone has no place."""
    say, known = for_pages(tongue()), {each.id for each in strings(whole)}
    return [designing.field_in_words(say, whole, id) for id in ids if id in known]


@blueprint.post("/<tag>", endpoint="save")
def save(name: str, tag: str) -> ResponseReturnValue:
    """What was typed; then what is signed, and what is not needed."""
    spoken(name, tag)
    kept = laid(name, tag, request.form)
    signed = _signed(name, tag)
    if may(holder().grants, Right.DESIGN, name):
        form, at = request.form, int(time.time())
        signing.waive(house(), name, tag, form.getlist("offered"), form.getlist("needless"), by=holder().id, at=at)
    if kept.unkept or kept.clashes or (signed and (signed.own or signed.moved)):
        return written(kept, tag, signed)
    told: dict[str, Any] = {"signed": signed.texts} if signed and signed.texts else {}
    return redirect(url_for("translating.tongue", name=name, tag=tag, **_where().values, **told), 303)


def laid(name: str, tag: str, given: Mapping[str, str]) -> Kept:
    """What stands once these are laid on it: only texts of this language are."""
    base = request.form.get("base", "0")
    if not base.isdecimal() or len(base) > 9:
        abort(400)
    whole = keeping.opened(standing(name).toml)
    fields = [each.field(tag) for each in strings(whole)]
    texts = {field: given[field] for field in fields if field in given}
    try:
        return keeping.save(house(), name, int(base), texts, lambda stays: stays, holder().id, int(time.time()))
    except LookupError:
        abort(404)
    except Refused:
        abort(413)


def _signed(name: str, tag: str) -> Signed | None:
    """What the button or the ticks sign; None where nothing is."""
    chosen = request.form.getlist("seen" if request.form.get("do") == "sign all" else "read")
    shown = dict(_pair(each) for each in chosen[: 4 * PART])
    return signing.sign(house(), name, tag, shown, by=holder().id, at=int(time.time())) if shown else None


def _pair(given: str) -> tuple[str, str]:
    """A string and the mark it was shown with."""
    id, _, mark = given.partition(" ")
    return id, mark
