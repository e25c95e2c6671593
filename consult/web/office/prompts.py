"""The room in which lines are read aloud: what is to be recorded, how far it has come, and one line at a time.

Rule 1: a line is one of this consultation's, as it is live or as its draft stands; any other address is no page.
Rule 2: a take that is there stays until the new one is whole, and whoever put another in its place is in the audit.
Rule 3: words are recorded once for all consultations (`consult.speech`, rule 2), so what others say too is replaced
only by who may record for all of them.
Rule 4: a file is sent without script; the script records on the page and sends the same form.
Rule 5: sounds are served as to every caller (`consult.web.audio`): by a name that nobody can guess.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

from flask import Blueprint, abort, redirect, request, url_for
from flask.typing import ResponseReturnValue

from consult.accounts import members
from consult.accounts.roles import Right, may, rights
from consult.aloud import codes
from consult.asks import newscast
from consult.channel import CallCarrier, CallChannel
from consult.drafts import keeping, looking
from consult.edition import Edition, compile_edition
from consult.reading.recording import states_in_words
from consult.speech import recording, sheet, taking
from consult.speech.recording import Row
from consult.speech.script import Line, lines
from consult.speech.shelf import Shelf
from consult.sync.keys import hub_of
from consult.web import answers
from consult.web.office.doors import house
from consult.web.office.printed import printed
from consult.web.office.telling import page, tongue
from consult.web.office.uploads import sent
from consult.web.office.visit import holder
from consult.wording import Locale, for_locale, for_pages, locale

LIVE, DRAFT = "live", "draft"
blueprint = Blueprint("prompts", __name__, url_prefix="/office/prompts")


@dataclass(frozen=True, slots=True)
class Script:
    """Everything that one consultation says aloud, as it is live or as its draft stands (`of`)."""

    name: str
    of: str
    edition: Edition
    lines: list[Line]

    def dialect(self, tag: str) -> str:
        return recording.dialect_of(self.edition.consultation.dialect, tag)

    def rows(self, tag: str) -> list[Row]:
        """The lines of this language, each with the take that is there."""
        return recording.rows(self.lines, tag, self.dialect(tag), Shelf(house().settings.data))


@blueprint.get("", endpoint="list")
def overview() -> ResponseReturnValue:
    """Every consultation and draft for which one may record."""
    mine = holder().grants
    current, drafts = house().store.read(lambda view: (house().library.current(view), view.drafts()))
    names = sorted({*current.newest, *(each.name for each in drafts)})
    return page("prompts.html", names=[name for name in names if may(mine, Right.RECORD, name)])


@blueprint.get("/<name>", endpoint="page")
def one(name: str) -> ResponseReturnValue:
    """How far each language has come, as it is live and as its draft stands."""
    scripts = [script for of in (LIVE, DRAFT) if (script := _script(name, of))] or abort(404)
    at = int(time.time())
    first = scripts[0].edition.consultation
    return page(
        "prompts_of.html",
        name=name,
        title=answers.said(first.title, first, tongue()),
        scripts=[(script, _languages(script)) for script in _differing(scripts)],
        ended=house().store.read(lambda view: codes.ended(view, name, at)),
        tries=codes.TRIES,
        makes=Right.DESIGN in rights(holder().grants, name),
    )


def _differing(scripts: list[Script]) -> list[Script]:
    """Without a draft that says nothing which is not live already."""
    live = {line.speech.key for script in scripts if script.of == LIVE for line in script.lines}
    return [each for each in scripts if each.of == LIVE or not live.issuperset(line.speech.key for line in each.lines)]


def _languages(script: Script) -> list[tuple[Locale, recording.Progress]]:
    tags = script.edition.consultation.languages
    return [(locale(tag), recording.progress(script.rows(tag))) for tag in tags]


@blueprint.get("/<name>/<of>/<tag>", endpoint="lines")
def listed(name: str, of: str, tag: str, refused: str = "") -> ResponseReturnValue:
    """Every line of a language."""
    script = _demand(name, of, tag)
    found = script.rows(tag)
    return page(
        "prompts_lines.html",
        refused=refused,
        script=script,
        telephones=_telephones(script) if Right.DESIGN in rights(holder().grants, name) else [],
        place=locale(tag),
        rows=found,
        progress=recording.progress(found),
        next=recording.following(found, 0),
        states=states_in_words(for_pages(tongue())),
    )


@blueprint.get("/<name>/<of>/<tag>/sheet", endpoint="sheet")
def on_paper(name: str, of: str, tag: str) -> ResponseReturnValue:
    """The record sheet, to be printed: numbered as the page is."""
    script = _demand(name, of, tag)
    wanted = [line for line in script.lines if line.speech.locale == tag]
    return printed(sheet.as_html(sheet.page(locale(tag), for_locale(tag), wanted, script.dialect(tag))))


@blueprint.get("/<name>/<of>/<tag>/<code>", endpoint="line")
def shown(name: str, of: str, tag: str, code: str, refused: str = "") -> ResponseReturnValue:
    """One line: its words, the take that is there, and the ways to record it."""
    script = _demand(name, of, tag)
    found = script.rows(tag)
    row = _row(found, code)
    kept = next((each for each in found if each.code == request.args.get("kept") and not each.waits), None)
    return page(
        "prompt.html",
        refused=refused,
        script=script,
        place=locale(tag),
        row=row,
        all=len(found),
        kept=kept,
        before=found[row.number - 2] if row.number > 1 else None,
        after=found[row.number] if row.number < len(found) else None,
        next=recording.following(found, row.number),
        waiting=sum(each.waits for each in found),
        states=states_in_words(for_pages(tongue())),
        longest=taking.LONGEST,
        largest=recording.SENT,
    )


@blueprint.post("/<name>/<of>/<tag>/<code>", endpoint="keep")
def keep(name: str, of: str, tag: str, code: str) -> ResponseReturnValue:
    """A take of this line: kept, and on to the next one; or refused with the cure."""
    script = _demand(name, of, tag)
    row = _row(script.rows(tag), code)
    content = sent("sound")
    if not content:
        return shown(name, of, tag, code, "take none")
    if not row.waits and not _may_replace(row.line, name):
        return shown(name, of, tag, code, "take others")
    try:
        samples = taking.take(content)
    except taking.Unusable as unusable:
        return shown(name, of, tag, code, f"take {unusable.code}")
    recording.keep(Shelf(house().settings.data), row.line, script.dialect(tag), samples)
    _noted(name, row.line)
    return redirect(_after(script, tag, row), 303)


def _after(script: Script, tag: str, row: Row) -> str:
    """Where she goes on: the next line that waits, or the list where none does."""
    where: dict[str, Any] = {"name": script.name, "of": script.of, "tag": tag, "kept": row.code}
    following = recording.following(script.rows(tag), row.number)
    if following is None:
        return url_for("prompts.lines", **where)
    return url_for("prompts.line", code=following.code, **where)


def _noted(name: str, line: Line) -> None:
    at, who = int(time.time()), holder().id
    house().store.write(lambda tx: members.note(tx, at, who, f"recorded line {line.code} of {name}"))


@blueprint.post("/<name>/live/<tag>/code", endpoint="code")
def code(name: str, tag: str) -> ResponseReturnValue:
    """A code for somebody who reads this language aloud over a telephone, shown once."""
    script = _demand(name, LIVE, tag)
    numbers = _telephones(script) or abort(404)
    try:
        made = codes.make(house(), name, tag, holder().id, int(time.time()), secrets.randbelow)
    except codes.TooMany:
        return listed(name, LIVE, tag, "take codes")
    return page("prompts_code.html", name=name, place=locale(tag), code=made, numbers=numbers)


def _telephones(script: Script) -> list[str]:
    """The numbers that can be rung to read aloud: of what is live, on a hub, where calls record."""
    if script.of != LIVE or house().store.read(hub_of):
        return []
    calls = [channel for channel in house().channels.values() if isinstance(channel, CallChannel)]
    carriers = [each for channel in calls for each in channel.carriers.values() if isinstance(each, CallCarrier)]
    return sorted({number for each in carriers if each.records for number in each.ours})


# ---- what is to be recorded


def _demand(name: str, of: str, tag: str) -> Script:
    """The script, where it has this language; else there is no such page."""
    script = _script(name, of)
    if script is None or tag not in script.edition.consultation.languages:
        abort(404)
    return script


def _script(name: str, of: str) -> Script | None:
    match of:
        case "live":
            return _live(name)
        case "draft":
            return _draft(name)
        case _:
            return None


def _live(name: str) -> Script | None:
    published = house().store.read(house().library.current).newest.get(name)
    if published is None:
        return None
    edition = house().library.edition(published)
    news = house().store.read(partial(newscast.items, edition=edition))
    return Script(name, LIVE, edition, lines(edition, house().speakers, news))


def _draft(name: str) -> Script | None:
    """What its draft says already: a line in which words are missing is not read aloud yet."""
    draft = house().store.read(lambda view: view.draft(name))
    if draft is None:
        return None
    whole, packs = keeping.opened(draft.toml), house().library.packs
    filled = looking.filled(whole, packs)
    edition = compile_edition(filled, 0, packs)
    found = lines(edition, house().speakers)
    if filled != whole:
        found = [line for line in found if looking.BLANK not in line.speech.text]
    return Script(name, DRAFT, edition, found)


def _row(rows: list[Row], code: str) -> Row:
    return next((row for row in rows if row.code == code), None) or abort(404)


def _may_replace(line: Line, name: str) -> bool:
    """Whether nobody else's consultation says this line."""
    mine = holder().grants
    return all(may(mine, Right.RECORD, other) for other in _saying(line.speech.key) if other != name)


def _saying(key: str) -> Iterator[str]:
    """The live consultations that say this line."""
    for name, published in house().store.read(house().library.current).newest.items():
        said = lines(house().library.edition(published), house().speakers)
        if any(line.speech.key == key for line in said):
            yield name
