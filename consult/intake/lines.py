"""A call: every key press is one transaction, and what it answers is kept, so that a retry hears the same.

Rule 1: her number and ours have one line. A newer call takes it over; what the older one presses is not heard any more.
Rule 2: keys are an answer to what was asked on this line. Where something else is open by now (she wrote meanwhile),
        that is said first and the keys count for nothing.
Rule 3: a retry of what was taken gets, byte for byte, what was answered last.
Rule 4: a call of ours on which no key was pressed is ended in silence (`intake.calling`).
Rule 5: at elevated risk a call that reaches a locked conversation hears nothing of it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from typing import cast

from consult import engine
from consult.channel import (
    CallCarrier,
    HungUp,
    Keys,
    Line,
    PickedUp,
    Rang,
    Recording,
    Response,
    Said,
    Silence,
    Text,
    Wish,
)
from consult.intake.call import Call, Taken
from consult.intake.calling import (
    Knocked,
    at_the_door,
    behind,
    behind_it,
    knock,
    news_called,
    news_of,
    picked_up,
    read_aloud,
)
from consult.intake.keeping import affordable, edition_of, session_of
from consult.intake.ringing import channel_of
from consult.intake.spoken import drop
from consult.prompts import Prompt
from consult.store import Tx
from consult.store.records import way
from consult.understand import Lexicon
from consult.vault import Unopenable

LONGEST_CALL = 4 * 3600  # seconds; no carrier keeps a call longer
_NO_ANSWER = "-"  # silence, in words that answer no question
Route = Callable[[Call, Tx], Taken]


@dataclass(frozen=True, slots=True)
class _Held:
    """What is known of a call between two keys."""

    line: Line
    answer: Response


def on_the_line(call: Call, tx: Tx, route: Route) -> Taken:
    """Take what was heard on a call; `route` is what becomes of a message. Without an answer the call is ended."""
    key = call.house.vault.mark("line", call.number, call.heard.ours)
    held = _opened(call, key, tx.line(key))
    if held and held.line.call != call.heard.call:
        held = None
    # The carrier's messages are read after downtime from the newest one heard; calls have no part in that.
    if not tx.take(call.key, call.day, way(call.heard.channel, call.heard.carrier), call.at):
        return Taken(new=False, answer=held.answer if held else None)
    taken = _heard(call, tx, key, held, route)
    drop(call, tx)
    return taken


def _heard(call: Call, tx: Tx, key: bytes, held: _Held | None, route: Route) -> Taken:
    said = call.heard.said
    if isinstance(said, Rang) and (news := news_of(said.keyword)):
        return _news(call, tx, key, news, called=False) if _answers(call, tx) else _ended()
    if isinstance(said, Rang):
        return _rung(call, tx, key, said, route) if _answers(call, tx) else _ended()
    if isinstance(said, PickedUp) and (news := news_called(call, tx, said)):
        return _news(call, tx, key, news, called=True)
    if isinstance(said, PickedUp):
        asked, line = picked_up(call, tx, said)
        return _answered(call, tx, key, Taken(new=True, asked=asked), line) if asked else _ended()
    return _pressed(call, tx, key, held.line, route) if held else _ended()


def _rung(call: Call, tx: Tx, key: bytes, said: Rang, route: Route) -> Taken:
    """She rings: into her conversation, or to the door while somebody may ring to read lines aloud."""
    edition = read_aloud(call, tx, said.keyword)
    asked, line = at_the_door(call, tx, edition) if edition else ((), Line(call.heard.call))
    if asked:
        return _answered(call, tx, key, Taken(new=True, asked=asked), line)
    taken = route(call, tx)
    if edition and not taken.asked:
        asked, line = behind_it(call, edition)
        return _answered(call, tx, key, replace(taken, asked=asked), line)
    return _answered(call, tx, key, taken, Line(call.heard.call))


def _news(call: Call, tx: Tx, key: bytes, name: str, *, called: bool) -> Taken:
    """She is told the news of a consultation, as anybody is who rings."""
    from consult.asks import newscast  # it stands on this room

    try:
        first, line = newscast.begins(call, tx, name, called=called)
    except KeyError:
        return _ended()
    return _answered(call, tx, key, Taken(new=True, prompts=first.told, asked=first.asked), line)


def _answers(call: Call, tx: Tx) -> bool:
    """Whether no flood of calls, from her number or from all, costs more than the operator allows."""
    mine = tx.attempt(call.index, call.day, "call")
    return mine <= call.house.settings.replies_per_number and affordable(call, tx)


def _ended() -> Taken:
    return Taken(new=True)


def _pressed(call: Call, tx: Tx, key: bytes, line: Line, route: Route) -> Taken:
    if line.door:
        return _at_the_door(call, tx, key, line, route)
    asked, lexicon = _open(call, tx)
    if lexicon is None or not asked:
        return _ended()
    if line.asked != digest(asked):
        return _answered(call, tx, key, Taken(new=True, asked=asked), Line(line.call, line.turn))
    said, line = channel_of(call).meant(call.heard.said, asked, line)
    if isinstance(said, HungUp) or (line.untouched and not isinstance(call.heard.said, Keys)):
        return _ended()
    line = replace(line, untouched=False)
    if said is None:
        return _answered(call, tx, key, Taken(new=True, asked=asked), line)
    if isinstance(said, Recording) and call.tape:
        said = replace(said, ref=call.tape.name)
    meant = replace(call, heard=replace(call.heard, said=worded(said, lexicon)))
    return _answered(call, tx, key, route(meant, tx), line)


def _at_the_door(call: Call, tx: Tx, key: bytes, line: Line, route: Route) -> Taken:
    """Before her conversation: whatever is no yes ends the call without a word."""
    knocked = _knock(call, tx, line)
    if knocked.asked or knocked.told:
        taken = Taken(new=True, prompts=knocked.told, asked=knocked.asked)
        return _answered(call, tx, key, taken, knocked.line)
    said = Rang(*behind(call, tx, knocked.line)) if knocked.enters else knocked.said
    if said is None:
        return _ended()
    inside = replace(call, heard=replace(call.heard, said=said))
    return _answered(call, tx, key, route(inside, tx), replace(knocked.line, door="", news=-1))


def _knock(call: Call, tx: Tx, line: Line) -> Knocked:
    if line.read:
        from consult.aloud import reading  # it stands on this room

        return reading.knock(call, tx, line)
    if line.news < 0:
        return knock(call, tx, line)
    from consult.asks import newscast  # it stands on this room

    return newscast.knock(call, tx, line)


def _answered(call: Call, tx: Tx, key: bytes, taken: Taken, line: Line) -> Taken:
    channel = channel_of(call)
    carrier = cast(CallCarrier, channel.carriers[call.heard.carrier])
    spoken, line = channel.speak(taken.prompts, taken.asked, line)
    held = _Held(replace(line, asked=digest(taken.asked)), carrier.answer(spoken))
    tx.hold_line(key, call.house.vault.seal(_frozen(held), _about(key)), call.at)
    return replace(taken, answer=held.answer)


def _open(call: Call, tx: Tx) -> tuple[tuple[Prompt, ...], Lexicon | None]:
    """What is asked in her open conversation here, and the words of its language; nothing while it is locked."""
    _, row, _ = tx.caller(call.index, call.heard.ours) or (None, None, False)
    if row is None:
        return (), None
    edition = edition_of(call.house, tx, row)
    session = session_of(call.house, row, edition)
    if session.locked:
        return (), None
    return engine.current(edition, session, call.heard.channel), edition.tongues[session.locale].lexicon


def worded(said: Said | Wish, lexicon: Lexicon) -> Said:
    """What she asks for by key, in the words that others write; a deletion is asked about once more."""
    match said:
        case Wish.ERASE:
            return Text(f"{lexicon.told[said]}?")
        case Wish():
            return Text(lexicon.told[said])
        case Silence():
            return Text(_NO_ANSWER)
        case _:
            return said


def digest(asked: Sequence[Prompt]) -> str:
    """Tells what is asked from everything else that could be."""
    words = "\n".join(f"{each.name} {each.text}" for each in asked)
    return hashlib.blake2s(words.encode(), digest_size=8).hexdigest()


# ---- as bytes


def _about(key: bytes) -> bytes:
    return b"line|" + key


def _frozen(held: _Held) -> bytes:
    answer = held.answer
    return json.dumps([asdict(held.line), answer.status, answer.media, answer.body.decode()]).encode()


def _opened(call: Call, key: bytes, sealed: bytes | None) -> _Held | None:
    """What was held; None where nothing is, or it was sealed by a key that is gone."""
    if sealed is None:
        return None
    try:
        line, status, media, body = json.loads(call.house.vault.unseal(sealed, _about(key)))
    except Unopenable:
        return None
    return _Held(Line(**line), Response(status, media, body.encode()))
