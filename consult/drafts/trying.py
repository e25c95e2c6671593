"""A draft played: the conversation as the engine has it, over replies that somebody makes up. Pure.

Nothing is kept: the whole conversation is played anew from her replies each time one is added.

Rule 1: what is shown is what the channel would send, word for word; a call shows what is said and which keys it takes.
Rule 2: silence is played too: a message that is not answered rests, a call says its question again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal, cast

from consult import engine
from consult.channel import CallChannel, Channel, Cost, HungUp, Keys, Line, Recording, Said, Silence, Text
from consult.edition import Edition
from consult.engine import Reply, Turn
from consult.events import Erased, Paused, Stopped
from consult.intake.lines import worded
from consult.intake.ringing import passing
from consult.prompts import Prompt
from consult.session import Phase, Session
from consult.understand import normalise

MOST, LONGEST = 60, 300  # replies, characters of one
SILENCE, HANGS_UP, SPEAKS = "-silence", "-hangs up", "-speaks"  # what is no reply in words; those begin with "="

Mark = Literal["", "rests", "stopped", "erased", "over", "hung up", "again", "refused"]


@dataclass(frozen=True, slots=True)
class Bubble:
    """One message or one thing said of ours, and what it costs."""

    text: str
    cost: Cost


@dataclass(frozen=True, slots=True)
class Exchange:
    """What she did (a reply as `trying` takes it, "" at the beginning), what follows, and what that means."""

    hers: str
    ours: tuple[Bubble, ...]
    mark: Mark = ""
    keys: str = ""  # of a call: which keys are waited for; "" where none are
    aloud: bool = False


@dataclass(slots=True)
class Play:
    """A conversation on this channel, in this language; `at`: epoch seconds, moved by silence."""

    edition: Edition
    channel: Channel
    tag: str
    at: int
    session: Session | None = None
    line: Line = field(default_factory=lambda: Line("try"))
    over: bool = False


def played(edition: Edition, channel: Channel, tag: str, replies: Sequence[str], at: int) -> list[Exchange]:
    """The conversation with these replies, beginning with her keyword or her call."""
    play = Play(edition, channel, tag, at)
    return list(_exchanges(play, replies[:MOST]))


def _exchanges(play: Play, replies: Sequence[str]) -> Iterator[Exchange]:
    turn = engine.begin(play.edition, play.at, how="keyword", seed=0, locale=play.tag)
    yield _called(play, "", turn) if isinstance(play.channel, CallChannel) else _written(play, "", turn)
    for hers in replies:
        if play.over:
            return
        play.at += 60
        yield _rung(play, hers[:LONGEST]) if isinstance(play.channel, CallChannel) else _texted(play, hers[:LONGEST])


# ---- by message


def _texted(play: Play, hers: str) -> Exchange:
    assert play.session is not None
    if hers == SILENCE:
        play.at += engine.patience(play.edition, play.session) + 60
        return Exchange(hers, (), "rests")
    said = hers.removeprefix("=")
    keyword = play.edition.consultation.keyword.get(play.tag, "")
    shut = play.session.locked or not engine.awake(play.edition, play.session, play.at)
    if keyword and normalise(said) == normalise(keyword) and shut:
        return _written(play, hers, engine.rejoin(play.edition, play.session, play.at, play.tag))
    reply = Reply(Text(said), mark=_digest(play.edition, said), channel=play.channel.name)
    return _written(play, hers, engine.hear(play.edition, play.session, reply, play.at))


def _digest(edition: Edition, said: str) -> bytes:
    """Her own word, as it is known by at elevated risk. Here it is nobody's, so a plain hash will do."""
    word = normalise(said[:80])
    ours = edition.elevated and word and not word.isdigit()
    return hashlib.sha256(word.encode()).digest()[:8] if ours else b""


def _written(play: Play, hers: str, turn: Turn) -> Exchange:
    play.session = turn.session
    prompts = (play.edition.tongues[turn.session.locale].cover,) if turn.stranger else turn.prompts
    mark = _mark(turn)
    play.over = turn.session.phase is Phase.DONE
    return Exchange(hers, _shown(play, play.channel.render(prompts)), mark)


def _mark(turn: Turn) -> Mark:
    kinds = {type(event) for event in turn.events}
    if Stopped in kinds or Erased in kinds:
        return "stopped" if Stopped in kinds else "erased"
    if turn.session.phase is Phase.DONE:
        return "over"
    return "rests" if Paused in kinds else ""


def _shown(play: Play, texts: Sequence[str]) -> tuple[Bubble, ...]:
    return tuple(Bubble(text, play.channel.cost(text)) for text in texts)


# ---- by telephone


def _rung(play: Play, hers: str) -> Exchange:
    assert play.session is not None
    channel, asked = cast(CallChannel, play.channel), _open(play)
    meant, play.line = channel.meant(_pressed(hers), asked, play.line)
    if isinstance(meant, HungUp) or hers == HANGS_UP:
        play.over = True
        return Exchange(hers, (), "hung up")
    if meant is None:
        return _spoken(play, hers, (), "again")
    said = worded(meant, play.edition.tongues[play.session.locale].lexicon)
    reply = Reply(said, mark=_digest(play.edition, getattr(said, "text", "")), channel=channel.name)
    return _called(play, hers, engine.hear(play.edition, play.session, reply, play.at))


def _pressed(hers: str) -> Said:
    match hers:
        case "-silence":
            return Silence()
        case "-hangs up":
            return HungUp()
        case "-speaks":
            return Recording("try", seconds=5)
        case _:
            return Keys("".join(key for key in hers.removeprefix("=") if key in "0123456789*#"))


def _called(play: Play, hers: str, turn: Turn) -> Exchange:
    channel = cast(CallChannel, play.channel)
    turn = passing(play.edition, turn, channel, lambda _: True)
    play.session = turn.session
    mark = _mark(turn)
    play.over = mark != ""
    return _spoken(play, hers, turn.prompts, mark)


def _open(play: Play) -> tuple[Prompt, ...]:
    assert play.session is not None
    return engine.current(play.edition, play.session, play.channel.name)


def _spoken(play: Play, hers: str, prompts: Sequence[Prompt], mark: Mark) -> Exchange:
    channel = cast(CallChannel, play.channel)
    asked = () if play.over else _open(play)
    spoken, play.line = channel.speak(prompts, asked, play.line)
    texts = [speech.text for speech in spoken.speeches]
    aloud = bool(asked) and channel.aloud(asked[-1])
    keys = "" if spoken.keys is None or aloud else "0-9 * #"
    return Exchange(hers, _shown(play, texts), mark, keys, aloud)
