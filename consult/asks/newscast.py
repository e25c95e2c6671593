"""News by telephone: whoever rings the number for news, or is called with it, hears what came of each ask.

Rule 1: it is the same for everybody who rings: nothing in it depends on who she is, or on what she answered.
Rule 2: whom we call or ring back hears nothing of the matter before she pressed a key, and without one nothing at all.
Rule 3: after each ask she may press that it was clear, that it was not, that she wants to add something. What is kept
is one count more, and a keyed mark of her number and the day, so that it counts once: no call, no hour, no number.
Rule 4: the words themselves come as a text message only to her who asks for it in this call, and not at elevated risk.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Final

from consult import spoken_phrases
from consult.asks.hearing import lines, nothing
from consult.asks.keeping import HEARD, asks
from consult.asks.sending import NoWay, way
from consult.asks.states import Ask
from consult.channel import HungUp, Line, Said, Silence, Text, Wish
from consult.edition import Edition
from consult.intake.call import Call
from consult.intake.calling import LANGUAGES, Knocked, door
from consult.intake.keeping import affordable
from consult.intake.ringing import channel_of
from consult.letters import seal_farewell, seal_text
from consult.library import window
from consult.prompts import Choice, Pick, Prompt, Tell
from consult.store import Tx, View
from consult.store.records import Message
from consult.understand import Unclear, pick
from consult.wording import for_locale

MOST: Final = 5  # asks told in one call
OVER: Final = 1_000_000  # where there is no more to tell
TEXTS: Final = 3  # a day and number
WITHIN: Final = 900  # seconds: a reply to what she asked for
CLEAR, UNCLEAR, MORE, SEND = "understood", "not_understood", "more", "text"


def begins(call: Call, tx: Tx, name: str, *, called: bool) -> tuple[Knocked, Line]:
    """What she hears first, and the line. `called`: we rang her. Raises KeyError for no such consultation."""
    edition = edition_of(call, tx, name)
    line = Line(call.heard.call, called=name, door=door(call, tx, edition), news=0, untouched=called)
    line = line if called else _next(tx, line)
    return _told(call, tx, edition, line), line


def _next(view: View, line: Line) -> Line:
    """On to the next ask that she was not told of; past all of them `news` is `OVER`."""
    past = (*line.past, line.news) if line.news > 0 else tuple(line.past)
    ask = next((ask for ask in _list(view, line.called) if ask.id not in past), None)
    return replace(line, news=ask.id if ask else OVER, said=ask.said if ask else 0, past=past)


def edition_of(call: Call, tx: Tx, name: str) -> Edition:
    """Raises KeyError for a consultation that is not published, or retired."""
    return call.house.library.edition(call.house.library.current(tx).newest[name])


def knock(call: Call, tx: Tx, line: Line) -> Knocked:
    """A key, or none, while she is told the news."""
    edition = edition_of(call, tx, line.called)
    asked = _told(call, tx, edition, line).asked
    meant, line = channel_of(call).meant(call.heard.said, asked, line)
    line = replace(line, untouched=line.untouched and isinstance(call.heard.said, Silence))
    if line.untouched:
        return Knocked(line)
    if isinstance(meant, Wish):
        return _wished(meant, call, tx, edition, line)
    if line.door == LANGUAGES:
        return _language(meant, call, tx, edition, line)
    return _pressed(meant, call, tx, edition, line, asked)


def _wished(wish: Wish, call: Call, tx: Tx, edition: Edition, line: Line) -> Knocked:
    match wish:
        case Wish.STOP | Wish.ERASE:
            at = None if line.door == LANGUAGES else edition.locale(line.door)
            return Knocked(line, said=Text(edition.tongues[at or 0].lexicon.told[wish]))
        case Wish.LANGUAGE if len(edition.tongues) > 1:
            line = replace(line, door=LANGUAGES)
            return _told(call, tx, edition, line)
        case _:
            return _told(call, tx, edition, line)


def _language(meant: Said | None, call: Call, tx: Tx, edition: Edition, line: Line) -> Knocked:
    if isinstance(meant, HungUp):
        return Knocked(line)
    if isinstance(meant, Text):
        found = pick(meant.text, edition.menu_table, edition.tongues[0].lexicon)
        line = line if isinstance(found, Unclear) else replace(line, door=found)
    return _told(call, tx, edition, line)


def _pressed(
    meant: Said | None, call: Call, tx: Tx, edition: Edition, line: Line, asked: tuple[Prompt, ...]
) -> Knocked:
    key = meant.text if isinstance(meant, Text) else ""
    if line.news == 0:
        return _at_the_door(key, meant, call, tx, edition, line)
    ask = next((ask for ask in _list(tx, line.called) if ask.id == line.news), None)
    if ask is None or ask.said != line.said:  # answered meanwhile: her key was about other words
        return _told(call, tx, edition, _next(tx, replace(line, news=0)))
    if isinstance(meant, HungUp):
        _count(call, tx, line, ask)
        return Knocked(line)
    code = _code(asked, key)
    if not code:
        return _told(call, tx, edition, line)
    _count(call, tx, line, ask, code)
    if code == SEND:
        _owe(call, tx, line, ask)
    if code == MORE and window(edition, call.at) == "in_time":
        return Knocked(line, enters=True)
    line = _next(tx, line)
    return _told(call, tx, edition, line)


def _code(asked: tuple[Prompt, ...], key: str) -> str:
    choices = asked[-1].choices if asked and isinstance(asked[-1], Pick) else ()
    return next((each.code for each in choices if each.key == key), "")


def _at_the_door(key: str, meant: Said | None, call: Call, tx: Tx, edition: Edition, line: Line) -> Knocked:
    if key == "1":
        line = _next(tx, line)
    elif key or isinstance(meant, HungUp):
        return Knocked(line)
    return _told(call, tx, edition, line)


# ---- what is said


def _told(call: Call, tx: Tx, edition: Edition, line: Line) -> Knocked:
    """What is said now, and what is waited for; after the last ask nothing is."""
    if line.door == LANGUAGES:
        return Knocked(line, (edition.menu,))
    if line.news == 0:
        return Knocked(line, (at_the_door(line.door),))
    ask = next((ask for ask in _list(tx, line.called) if ask.id == line.news), None)
    if ask is not None:
        return Knocked(replace(line, said=ask.said), told(ask, line.door, texts=_texts(call, tx, edition)))
    tongue = edition.tongues[edition.locale(line.door) or 0]
    return Knocked(line, told=(tongue.declined,) if line.past else (none_yet(edition, line.door, call.day),))


def at_the_door(tag: str) -> Prompt:
    """Whether it is a good moment: neutral."""
    say = for_locale(tag)
    choices = (Choice("1", "now", ""), Choice("2", "no", ""))
    return Pick(name="news_door", text=spoken_phrases.news_door(say), locale=tag, choices=choices, bare=True)


def told(ask: Ask, tag: str, *, texts: bool) -> tuple[Prompt, ...]:
    """One ask, and what she may press after it."""
    say = for_locale(tag)
    choices = (
        Choice("1", CLEAR, spoken_phrases.news_clear(say)),
        Choice("2", UNCLEAR, spoken_phrases.news_unclear(say)),
        Choice("3", MORE, spoken_phrases.news_more(say)),
        *((Choice("4", SEND, spoken_phrases.news_as_text(say)),) if texts else ()),
    )
    words = Tell(name="news", text=" ".join(lines(ask, say)), locale=tag)
    return words, Pick(name="news_heard", text=spoken_phrases.news_heard(say), locale=tag, choices=choices)


def none_yet(edition: Edition, tag: str, day: int) -> Prompt:
    """There is nothing yet, honestly."""
    today = date(1970, 1, 1) + timedelta(days=day)
    text = nothing(for_locale(tag), edition.consultation.news_by, today)
    return Tell(name="news", text=text, locale=tag)


def items(view: View, edition: Edition) -> list[tuple[str, str, Sequence[Prompt]]]:
    """Everything that is said as news of this consultation, to be recorded: where, language, the prompts of one turn.
    Nothing while nothing was asked."""
    name, tags = edition.consultation.name, edition.consultation.languages
    heard = _list(view, name)
    turns: list[tuple[str, str, Sequence[Prompt]]] = [
        (f"news, ask {ask.id}", tag, told(ask, tag, texts=not edition.elevated)) for ask in heard for tag in tags
    ]
    return [*turns, *(("news", tag, (at_the_door(tag),)) for tag in tags if heard)]


def _list(view: View, name: str) -> list[Ask]:
    """What is told, the newest answer first."""
    heard = [ask for ask in asks(view, name).values() if ask.state != "draft"]
    return sorted(heard, key=lambda ask: (-ask.answered, ask.id))[:MOST]


# ---- what follows a key


def _count(call: Call, tx: Tx, line: Line, ask: Ask, code: str = "") -> None:
    """One more person who heard this answer, and what she pressed: a number counts once, however often it rings."""
    once = call.house.vault.mark("heard", line.called, f"{ask.id}|{ask.said}|{call.number}")
    if tx.taken(once) or not tx.take(once, call.day, "told|voice", 0):
        return
    key = HEARD.format(consultation=line.called, ask=ask.id, said=ask.said)
    counts = json.loads(tx.setting(key) or "{}")
    row = counts.setdefault(line.door, {})
    for each in ("heard", *((code,) if code in (CLEAR, UNCLEAR, MORE) else ())):
        row[each] = row.get(each, 0) + 1
    tx.set(key, json.dumps(counts, sort_keys=True))


def _texts(call: Call, tx: Tx, edition: Edition) -> bool:
    """Whether the words may be sent to her."""
    return not edition.elevated and _sends(call) and not tx.suppressed(call.index)


def _sends(call: Call) -> bool:
    try:
        return bool(way(call.house, "sms"))
    except NoWay:
        return False


def _owe(call: Call, tx: Tx, line: Line, ask: Ask) -> None:
    if not _sends(call) or tx.attempt(call.index, call.day, "news") > TEXTS or not affordable(call, tx):
        return
    carrier, ours = way(call.house, "sms")
    text = " ".join(lines(ask, for_locale(line.door)))
    address = tx.address(call.index)
    known = address is not None and bool(address.sealed)
    vault, segments = call.house.vault, call.house.channels["sms"].cost(text).segments
    tx.owe(
        Message(
            id=0,
            address=address.id if address and known else 0,
            ours=ours,
            channel="sms",
            carrier=carrier,
            kind="news",
            text=seal_text(vault, address.id, text) if address and known else seal_farewell(vault, call.number, text),
            not_before=call.at,
            expires_at=call.at + WITHIN,
            consultation=line.called,
            segments=segments,
            price=segments * call.house.unit_price("sms"),
        )
    )
