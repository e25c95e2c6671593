"""What differs when she is answered at once: on a call nothing waits to leave, and some questions are not asked."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import cast

from consult import engine
from consult.channel import CallCarrier, CallChannel
from consult.edition import Edition
from consult.engine import Turn
from consult.intake.call import Call
from consult.prompts import Prompt
from consult.session import Phase
from consult.store import Tx
from consult.store.records import SessionRow


def channel_of(call: Call) -> CallChannel:
    """The channel of this call: only such a one's carriers give calls. To ask whether it is one costs 80 us a time."""
    return cast(CallChannel, call.house.channels[call.heard.channel])


def taken_up(call: Call, tx: Tx, row: SessionRow, waits: bool) -> tuple[SessionRow, bool]:
    """A conversation goes on by telephone, wherever it was: what waits to be written to her no longer does."""
    if waits:
        tx.withdraw(row.id)
    return replace(row, channel=call.heard.channel, carrier=call.heard.carrier, owes=False), False


def askable(call: Call, edition: Edition, turn: Turn) -> Turn:
    """The turn, with every question passed over that cannot be asked in this call."""
    channel = channel_of(call)
    records = cast(CallCarrier, channel.carriers[call.heard.carrier]).records
    return passing(edition, turn, channel, lambda asked: records or not channel.aloud(asked))


def passing(edition: Edition, turn: Turn, channel: CallChannel, asks: Callable[[Prompt], bool]) -> Turn:
    """The turn, with every question passed over that this channel, or the line (`asks`), cannot ask."""
    while turn.session.phase is Phase.ASKING:
        asked = engine.current(edition, turn.session, channel.name)
        if turn.session.doubt or (channel.asks(asked[-1]) and asks(asked[-1])):
            break
        before = tuple(prompt for prompt in turn.prompts if prompt not in asked)
        on = engine.pass_over(edition, turn.session, channel.name)
        turn = on._replace(events=turn.events + on.events, prompts=before + on.prompts, voice=turn.voice)
    return turn
