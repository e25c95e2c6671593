"""On the line with somebody who reads aloud: the next line that waits is named and played, she says it, and decides.

Which line she is at stands in the call (`Line.read`, its number on the sheet), the lines she is done with in
`Line.past`, her take that waits for her word in `Line.tape`.

Rule 1: a take counts only once she has said so by key; until then it is hers to throw away, and a call that breaks off
throws it away.
Rule 2: nothing is heard here but the script, its numbers and four keys.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from consult import spoken_phrases
from consult.aloud import keeping
from consult.aloud.codes import Code, end
from consult.channel import HungUp, Line, Recording, Said, Text, Wish
from consult.edition import Edition
from consult.intake.call import Call
from consult.intake.calling import Knocked
from consult.intake.ringing import channel_of
from consult.prompts import Choice, Pick, Prompt, Tell, Words
from consult.speech import recording
from consult.speech.recording import Row
from consult.speech.script import lines
from consult.speech.shelf import Shelf
from consult.store import Tx
from consult.wording import for_locale


def begins(call: Call, tx: Tx, edition: Edition, line: Line, code: Code) -> Knocked:
    """She keyed her code: the first line that waits in its language."""
    name = edition.consultation.name
    return _on(call, tx, edition, replace(line, called=name, door=code.tag, code=code.hashed))


def knock(call: Call, tx: Tx, line: Line) -> Knocked:
    """What she said, or pressed."""
    published = call.house.library.current(tx).newest.get(line.called)
    if published is None:
        return Knocked(line)
    edition = call.house.library.edition(published)
    row = next((row for row in _rows(call, edition, line.door) if row.number == line.read), None)
    if row is None:
        return _on(call, tx, edition, line)
    asked = _judged(line.door) if line.tape else _asked(row)
    meant, line = channel_of(call).meant(call.heard.said, asked, line)
    if line.tape:
        return _decided(call, tx, edition, line, row, meant)
    return _read(call, tx, line, row, meant)


def _read(call: Call, tx: Tx, line: Line, row: Row, meant: Said | Wish | None) -> Knocked:
    """After the tone."""
    match meant:
        case HungUp() | Wish.STOP | Wish.ERASE:
            return Knocked(line)
        case Recording(broken=False) if call.tape:
            keeping.hold(call, tx, call.tape)
            return Knocked(replace(line, tape=call.tape.name), _judged(line.door))
        case _:
            return Knocked(line, _asked(row))


def _decided(call: Call, tx: Tx, edition: Edition, line: Line, row: Row, meant: Said | Wish | None) -> Knocked:
    """What becomes of her take."""
    match meant:
        case Text(text="1"):
            keeping.keep(tx, line.called, line.tape, row.line.speech, _dialect(edition, line.door))
            return _next(call, tx, edition, line)
        case Text(text="2"):
            tx.burn(line.tape)
            return Knocked(replace(line, tape=""), _asked(row))
        case Text(text="3"):
            tx.burn(line.tape)
            return _next(call, tx, edition, line)
        case Text(text="9") | HungUp() | Wish.STOP | Wish.ERASE:
            tx.burn(line.tape)
            return _ended(replace(line, tape=""))
        case _:
            return Knocked(line, _judged(line.door))


def _next(call: Call, tx: Tx, edition: Edition, line: Line) -> Knocked:
    """She is done with this line."""
    return _on(call, tx, edition, replace(line, tape="", past=(*line.past, line.read)))


def _on(call: Call, tx: Tx, edition: Edition, line: Line) -> Knocked:
    """The next line that waits and that she did not leave out; where none waits, her code has done its work."""
    coming = keeping.coming(tx)
    waiting = [row for row in _rows(call, edition, line.door) if row.waits and row.line.speech.key not in coming]
    if not waiting:
        end(tx, line.called, line.code, call.at)
    left = [row for row in waiting if row.number not in line.past]
    if not left:
        return _ended(line)
    row = next((row for row in left if row.number > line.read), left[0])
    return Knocked(replace(line, read=row.number), _asked(row))


def _ended(line: Line) -> Knocked:
    say = for_locale(line.door)
    text = spoken_phrases.end(say)
    return Knocked(line, told=(Tell(name="end", text=text, locale=line.door),))


# ---- what she hears


def _asked(row: Row) -> tuple[Prompt, ...]:
    """The line's number, the line as it is heard now, and the tone."""
    speech, say = row.line.speech, for_locale(row.line.speech.locale)
    number, speak = spoken_phrases.line_number(say, row.number), spoken_phrases.read_after_tone(say)
    return (
        Tell(name="line", text=number, locale=speech.locale, leads=True),
        Tell(name="draft", text=speech.text, locale=speech.locale, leads=True),
        Words(name="read", text=speak, spoken=speak, locale=speech.locale),
    )


def _judged(tag: str) -> tuple[Prompt, ...]:
    say = for_locale(tag)
    choices = (
        Choice("1", "keep", spoken_phrases.take_keep(say)),
        Choice("2", "again", spoken_phrases.take_again(say)),
        Choice("3", "skip", spoken_phrases.take_skip(say)),
        Choice("9", "end", spoken_phrases.take_end(say)),
    )
    return (Pick(name="take", text="", locale=tag, choices=choices),)


def _rows(call: Call, edition: Edition, tag: str) -> Sequence[Row]:
    shelf = Shelf(call.house.settings.data)
    return recording.rows(lines(edition, call.house.speakers), tag, _dialect(edition, tag), shelf)


def _dialect(edition: Edition, tag: str) -> str:
    return recording.dialect_of(edition.consultation.dialect, tag)
