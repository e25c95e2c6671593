"""Asks in the store: what happened is added, never changed; words are looked at before women could hear them."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import date, timedelta
from functools import partial
from typing import Any, Final

from consult.asks.states import COUNTS, Ask, Event, Refused, apply, folded
from consult.episodes.flagging import betrays
from consult.house import House
from consult.store import Tx, View
from consult.store.records import AskRow

HEARD: Final = "heard:{consultation}:{ask}:{said}"  # what calls counted of one answer: by language
LONGEST: Final = 300  # signs of an ask or an answer: thirty seconds of speech


def asks(view: View, consultation: str) -> dict[int, Ask]:
    """Every ask of a consultation, by its number, with what calls counted of it."""
    found = folded(_event(row) for row in view.ask_events(consultation))
    return {number: _with_calls(view, consultation, ask) for number, ask in found.items()}


def _with_calls(view: View, consultation: str, ask: Ask) -> Ask:
    counted = json.loads(view.setting(HEARD.format(consultation=consultation, ask=ask.id, said=ask.said)) or "{}")
    rows = [
        {"channel": "voice", "language": tag, **dict.fromkeys(COUNTS, 0), **n, "counted": True}
        for tag, n in counted.items()
    ]
    return replace(ask, returned=(*ask.returned, *rows))


def add(house: House, consultation: str, ask: int, kind: str, values: Mapping[str, Any], *, day: int, by: str) -> Ask:
    """Something happened to it; `ask` 0 begins a new one. Raises states.Refused, LookupError for no consultation."""
    published = house.store.read(lambda view: view.published(consultation))
    if published is None:
        raise LookupError(consultation)
    languages = house.library.edition(published).consultation.languages
    for name in ("texts", "addressed_to"):
        _clean(name, values.get(name, {}))
    for name in ("forum", "agenda_item", "hindrance"):  # a release tells these too
        if found := betrays(str(values.get(name, ""))):
            raise Refused("betrays", f"{name}: holds a {found}; word it without")
    return house.store.write(partial(_add, Event(consultation, ask, 0, day, by, kind, values), languages))


def _clean(name: str, texts: Mapping[str, str]) -> None:
    """FINDINGS S9: no number, no address, nothing hidden; names are for the second person to see."""
    for tag, text in texts.items() if isinstance(texts, Mapping) else ():
        if not isinstance(text, str):
            continue  # what it is instead is told with its place
        if len(text) > LONGEST:
            raise Refused("long", f"{name} in {tag}: {LONGEST} signs at most, what is said in half a minute")
        if found := betrays(text):
            raise Refused("betrays", f"{name} in {tag}: holds a {found}; word it without")


def _add(event: Event, languages: Collection[str], tx: Tx) -> Ask:
    rows = [row for row in tx.ask_events(event.consultation) if row.ask == event.ask]
    number = event.ask or 1 + max((row.ask for row in tx.ask_events(event.consultation)), default=0)
    channels = tx.channels_of(event.consultation)
    standing = asks(tx, event.consultation).get(event.ask)
    made = Event(event.consultation, number, len(rows) + 1, event.day, event.by, event.kind, event.values)
    ask = apply(standing, made, languages, channels)
    text = json.dumps(event.values, sort_keys=True, ensure_ascii=False)
    tx.add_ask_event(AskRow(made.consultation, number, made.seq, made.day, made.by, made.kind, text))
    tx.note(made.day, f"ask {number} of {made.consultation}: {made.kind} {event.values.get('to', '')} by {made.by}")
    return ask


def _event(row: AskRow) -> Event:
    return Event(row.consultation, row.ask, row.seq, row.day, row.by, row.kind, json.loads(row.text))


def told(found: Mapping[int, Ask], day: int) -> list[dict[str, Any]]:
    """Published asks as a release tells them, the most overdue first; neither who owns them nor what is proposed."""
    today = date(1970, 1, 1) + timedelta(days=day)
    shown = [ask for ask in found.values() if ask.state != "draft"]
    return [
        {
            "id": ask.id,
            "texts": dict(ask.texts),
            "addressed_to": dict(ask.addressed_to),
            "forum": ask.forum,
            "agenda_item": ask.agenda_item,
            "session": ask.session,
            "tabled_on": ask.tabled_on,
            "hindrance": ask.hindrance,
            "due": ask.due,
            "review_on": ask.review_on,
            "state": ask.state,
            "reason": ask.reason,
            "answer": dict(ask.answer),
            "overdue": ask.overdue(today),
            "release": ask.release,
            "question": ask.question,
            "choice": ask.choice,
            "returned": [_gated(each) for each in ask.returned],
        }
        for ask in sorted(shown, key=lambda ask: (-ask.overdue(today), ask.id))
    ]


def promised(house: House, consultation: str, day: int) -> int:
    """The day (since 1970) by which news was promised, where it has passed and no ask was answered; else 0."""
    published = house.store.read(lambda view: view.published(consultation))
    news_by = house.library.edition(published).consultation.news_by if published else None
    if news_by is None:
        return 0
    owed = (news_by - date(1970, 1, 1)).days
    answered = any(ask.answer for ask in house.store.read(lambda view: asks(view, consultation)).values())
    return owed if day > owed and not answered else 0


def _gated(row: Mapping[str, Any]) -> dict[str, Any]:
    """Counts of ten and more, in tens (D19); None for fewer, zero too."""
    counts = {name: row[name] // 10 * 10 or None for name in COUNTS}
    return {"channel": row["channel"], "language": row["language"], **counts}


def last_launch(session: date, days_open: int, after: int = 7) -> date:
    """The last day on which a consultation of so many days can begin so that its release is there on this day."""
    return session - timedelta(days=after + days_open)
