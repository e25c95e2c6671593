"""What frames cost, by node and day; and that no day costs more than the operator allows.

Rule 1: checked in the transaction that leases a frame, counted when its carrier took it.
Rule 2: this module is light: delivery reads it in every program.
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Final

from consult.house import House
from consult.library import day_of
from consult.store import Tx, View
from consult.store.fieldwork import Texted, Traffic
from consult.store.records import Message

LIMITS: Final = "limits"  # setting: what the hub allows, see `obeying`
DAY: Final = 86_400  # seconds
LETTERS: Final = 160  # of an SMS, at most: what it is counted as


def rationed(house: House, tx: Tx, message: Message, at: int) -> bool:
    """Whether this frame has to wait for tomorrow; then its row says so."""
    row = tx.texted_as(message.id)
    if row is None:
        return False
    segments, money = _spent(tx, row.node, day_of(at))
    limit = house.settings.sync_sms_money
    most = allowed(tx, "segments", house.settings.sync_sms_segments)
    if segments + message.segments <= most and not (limit and money >= limit):
        return False
    tx.update_message(replace(message, not_before=(day_of(at) + 1) * DAY))
    return True


def allowed(view: View, what: str, usual: int) -> int:
    """What the hub allows this node a day of "bytes" or "segments"; `usual` where it said nothing."""
    limits: dict[str, int] = json.loads(view.setting(LIMITS) or "{}")
    return limits.get(what, usual)


def _spent(tx: Tx, node: bytes, day: int) -> tuple[int, float]:
    today = [each for each in tx.traffic_of(node, day) if each.way == "sms" and each.day == day]
    return sum(each.segments for each in today), sum(each.price for each in today)


def left(tx: Tx, message: Message, at: int) -> None:
    """A frame was taken by its carrier. Of what a hub says nothing is kept: it says it anew where it must."""
    row = tx.texted_as(message.id)
    if row is None:
        return
    tx.count_traffic(_traffic(row, message, day_of(at)))
    if tx.node(row.node) is not None:
        tx.drop_texted(row.node, row.counter)


def _traffic(row: Texted, message: Message, day: int) -> Traffic:
    segments = max(message.segments, 1)
    return Traffic(row.node, day, "sms", 1, segments * LETTERS, 0, segments, message.price)
