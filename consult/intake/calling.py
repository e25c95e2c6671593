"""We call her: who picked up, what she hears first, and how she comes to her conversation.

Rule 1: nothing tells the topic before a key was pressed: first the languages, each naming itself, where hers is not
known, and whether it is a good moment.
Rule 2: without a key, and with a machine, the call ends without another word: no voicemail is left.
Rule 3: who is called for a conversation that we began hears its own first question, which is this one. Who rang and is
rung back stands at a door: behind it is what she would have heard had she been answered.
Rule 4: at elevated risk, and where no language was to be chosen, the door asks whether it is a good moment.
Rule 5: while somebody may ring to read lines aloud (`consult.aloud`), who rings and is in no conversation stands at a
door too, so that a reader does not become a participant; who is not let in hears the same as ever, then silence.
Nothing there tells that there is a code, and a wrong one is no answer to anything.
"""

from __future__ import annotations

from dataclasses import replace
from typing import cast

from consult import engine
from consult.aloud import codes
from consult.channel import CallCarrier, Line, PickedUp, Silence, Text, Wish
from consult.edition import Edition
from consult.intake.call import Call
from consult.intake.keeping import edition_of, session_of
from consult.intake.ringing import channel_of
from consult.library import matching, window
from consult.light import light
from consult.prompts import Prompt, Words
from consult.store import Tx
from consult.store.records import CALLS, Message
from consult.understand import Lexicon, Unclear, pick

NEWS = "news:"  # what a number stands for that tells the news: this, and the consultation's name
LANGUAGES = "?"  # the door that asks for the language
SILENT = "~"  # the door behind which is nothing: only a code is heard there


@light(frozen=True, slots=True)
class Knocked:
    """What becomes of a key at the door: `asked` next, or `said` into the conversation behind it; neither ends it,
    with what is `told`."""

    line: Line
    asked: tuple[Prompt, ...] = ()
    said: Text | None = None
    enters: bool = False
    told: tuple[Prompt, ...] = ()  # said where nothing more is asked


def picked_up(call: Call, tx: Tx, said: PickedUp) -> tuple[tuple[Prompt, ...], Line]:
    """What is asked first, and the line; nothing where it is no person, or no call of ours to her."""
    line = Line(call.heard.call, untouched=True)
    message = _placed(call, tx, said)
    if not said.human or message is None or message.kind not in CALLS or not _of_this_line(call, message):
        return (), line
    if message.kind == "callback":
        edition = call.house.library.edition(call.house.library.current(tx).newest[message.consultation])
        line = replace(line, called=message.consultation, door=door(call, tx, edition))
        return _asked(edition, line), line
    _, row, _ = tx.caller(call.index, call.heard.ours) or (None, None, False)
    if row is None or row.id != message.session:
        return (), line
    edition = edition_of(call.house, tx, row)
    session = session_of(call.house, row, edition)
    return (() if session.locked else engine.current(edition, session, call.heard.channel)), line


def news_of(keyword: str) -> str:
    """The consultation whose news a number of ours tells; "" for a number that stands for a keyword."""
    return keyword[len(NEWS) :] if keyword.lower().startswith(NEWS) else ""


def news_called(call: Call, tx: Tx, said: PickedUp) -> str:
    """The consultation whose news a person has picked up for; "" where it is another call, or no person."""
    message = _placed(call, tx, said)
    if not said.human or message is None or message.kind != "news" or not _of_this_line(call, message):
        return ""
    return message.consultation


def _placed(call: Call, tx: Tx, said: PickedUp) -> Message | None:
    """The row of the call that was picked up: by its number, else by the carrier's name of the call."""
    return tx.message(said.owed) if said.owed else tx.message_by_ref(call.heard.carrier, call.heard.call)


def _of_this_line(call: Call, message: Message) -> bool:
    heard = call.heard
    return (message.channel, message.carrier, message.ours) == (heard.channel, heard.carrier, heard.ours)


def door(call: Call, tx: Tx, edition: Edition) -> str:
    """The language she is known to speak, or the door that asks for it."""
    address = tx.address(call.index)
    known = edition.locale(address.locale) if address else None
    if known is None and len(edition.tongues) > 1:
        return LANGUAGES
    return edition.tongues[known or 0].tag


def read_aloud(call: Call, tx: Tx, keyword: str) -> Edition | None:
    """What this number stands for, while somebody may ring it to read lines aloud and she is in no conversation."""
    current = call.house.library.current(tx)
    joining = matching(current, keyword)
    records = cast(CallCarrier, channel_of(call).carriers[call.heard.carrier]).records
    if joining is None or not records or not codes.awaited(tx, joining.name, call.at):
        return None
    _, row, _ = tx.caller(call.index, call.heard.ours) or (None, None, False)
    if row is not None:
        return None
    return call.house.library.edition(current.newest[joining.name])


def at_the_door(call: Call, tx: Tx, edition: Edition) -> tuple[tuple[Prompt, ...], Line]:
    """What she is asked before she comes in, and the line; nothing where the door is not open."""
    line = Line(call.heard.call, called=edition.consultation.name, door=door(call, tx, edition))
    if not edition.consultation.open or window(edition, call.at) != "in_time":
        return (), line
    return _asked(edition, line), line


def behind_it(call: Call, edition: Edition) -> tuple[tuple[Prompt, ...], Line]:
    """What is waited for, without a word, once she was told that nobody can take her call."""
    line = Line(call.heard.call, called=edition.consultation.name, door=SILENT)
    return _asked(edition, line), line


def _asked(edition: Edition, line: Line) -> tuple[Prompt, ...]:
    if line.door == LANGUAGES:
        return (edition.menu,)
    if line.door == SILENT:
        return (Words(name="own_word", text="", spoken=" ", locale=edition.tongues[0].tag),)
    return (edition.tongues[edition.locale(line.door) or 0].invite,)


def knock(call: Call, tx: Tx, line: Line) -> Knocked:
    """A key, or none, at the door."""
    published = call.house.library.current(tx).newest.get(line.called)
    if published is None:
        return Knocked(line)
    edition = call.house.library.edition(published)
    asked = _asked(edition, line)
    meant, line = channel_of(call).meant(call.heard.said, asked, line)
    line = replace(line, untouched=line.untouched and isinstance(call.heard.said, Silence))
    if isinstance(meant, Text) and (reads := _reads(call, tx, edition, line, meant.text)):
        return reads
    if meant is None:
        return Knocked(line, () if line.door == SILENT else asked)  # once more, or the next languages
    lexicon = edition.tongues[edition.locale(line.door) or 0].lexicon
    if isinstance(meant, Wish):
        return _wished(meant, edition, line, lexicon)
    return _chosen(meant.text, edition, line, lexicon) if isinstance(meant, Text) else Knocked(line)


def _reads(call: Call, tx: Tx, edition: Edition, line: Line, said: str) -> Knocked | None:
    """She keyed a code to read aloud with."""
    name = edition.consultation.name
    code = codes.admit(call.house.vault, tx, name, said, call.number, call.at) if not line.untouched else None
    if code is None:
        return Knocked(line) if line.door == SILENT else None
    from consult.aloud import reading  # it stands on this room

    return reading.begins(call, tx, edition, line, code)


def _wished(wish: Wish, edition: Edition, line: Line, lexicon: Lexicon) -> Knocked:
    match wish:
        case Wish.STOP | Wish.ERASE:
            return Knocked(line, said=Text(lexicon.told[wish]))
        case Wish.LANGUAGE if len(edition.tongues) > 1:
            line = replace(line, door=LANGUAGES)
            return Knocked(line, _asked(edition, line))
        case _:
            return Knocked(line)


def _chosen(key: str, edition: Edition, line: Line, lexicon: Lexicon) -> Knocked:
    at_languages = line.door == LANGUAGES
    table = edition.menu_table if at_languages else edition.tongues[edition.locale(line.door) or 0].tables["invite"]
    found = pick(key, table, lexicon)
    if isinstance(found, Unclear):
        return Knocked(line, _asked(edition, line))
    if not at_languages:
        return Knocked(line, enters=found == "now")
    line = replace(line, door=found)
    return Knocked(line, _asked(edition, line)) if edition.elevated else Knocked(line, enters=True)


def behind(call: Call, tx: Tx, line: Line) -> tuple[str, str]:
    """The keyword and the language she comes in by."""
    published = call.house.library.current(tx).newest[line.called]
    keywords = call.house.library.edition(published).consultation.keyword
    return next(filter(None, (keywords.get(line.door, ""), *keywords.values()))), line.door
