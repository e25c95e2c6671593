"""What silence brings: one reminder, then the lapse."""

from __future__ import annotations

import logging
from dataclasses import replace
from functools import partial
from typing import Final

from consult import engine
from consult.campaign.owing import owe, reachable
from consult.delivery import BUDGET, next_safe, spent_out
from consult.house import House
from consult.intake.resting import FORGOTTEN_AFTER, forget, rest
from consult.intake.starting import remind
from consult.store import Tx
from consult.store.records import FARTHEST, Campaign, SessionRow

log = logging.getLogger("consult.campaign")

DAY: Final = 86_400


def silence(house: House, at: int, *, limit: int = 100) -> int:
    """Reminders and lapses whose time has come; how many conversations were looked at (`limit`: there may be more)."""
    due = house.store.read(lambda view: view.due_sessions(at, limit))
    for row in due:
        try:
            house.store.write(partial(_silent, house, row.id, at))
        except Exception as error:  # one broken conversation must not hold up the others
            log.error("a conversation could not be rested and waits a day (%s)", type(error).__name__)
            house.store.write(partial(_put_off, row.id, at + DAY))
    return len(due)


def _silent(house: House, id: int, at: int, tx: Tx) -> None:
    row = tx.session(id)
    if row is None:
        return
    if row.lapse_at is not None and row.lapse_at > at + FARTHEST:
        _put_right(house, tx, row, at)
    elif row.resting:
        forget(tx, row)
    elif row.lapse_at is not None and row.lapse_at <= at:
        rest(house, tx, row, at)
    elif row.remind_at is not None and row.remind_at <= at:
        _remind(house, tx, row, at)


def _put_right(house: House, tx: Tx, row: SessionRow, at: int) -> None:
    """Our clock was ahead when she last wrote: her silence is counted from now, and she is not reminded.

    Unless it is now that the clock is wrong (a machine that wakes up in 1970): then nothing is touched.
    """
    published = tx.published(row.consultation, row.version)
    if published is None or at < published.day * DAY:
        return
    edition = house.library.edition(published)
    waits = engine.AWAKE_ELEVATED if edition.elevated else engine.AWAKE
    lapse_at = at + (FORGOTTEN_AFTER if row.resting else waits)
    tx.save(replace(row, heard_at=at, asked_at=at, remind_at=None, lapse_at=lapse_at))


def _put_off(id: int, at: int, tx: Tx) -> None:
    row = tx.session(id)
    if row:
        remind_at, lapse_at = (max(when, at) if when is not None else None for when in (row.remind_at, row.lapse_at))
        tx.save(replace(row, remind_at=remind_at, lapse_at=lapse_at))


def _remind(house: House, tx: Tx, row: SessionRow, at: int) -> None:
    """One reminder a conversation; `remind_at` is gone once it was owed."""
    campaign = tx.campaign(row.campaign) if row.campaign else None
    address = reachable(tx, row.person)
    opens = next_safe(house, tx, row.consultation, row.version, address, at) if address else None
    if campaign is None or opens is None or campaign.state in ("stopped", "done"):
        tx.save(replace(row, remind_at=None))
    elif campaign.state == "paused" or not _first_left(tx, row):
        tx.save(replace(row, remind_at=at + 3600))
    elif opens > at:
        tx.save(replace(row, remind_at=opens))
    else:
        _send_reminder(house, tx, campaign, row, at)


def _first_left(tx: Tx, row: SessionRow) -> bool:
    waiting = ("queued", "handing", "uncertain")
    return not any(one.session == row.id and one.state in waiting for one in tx.traffic(row.address, 20))


def _send_reminder(house: House, tx: Tx, campaign: Campaign, row: SessionRow, at: int) -> None:
    texts = remind(house, tx, row)
    cost = sum(house.channels[campaign.channel].cost(text).segments for text in texts)
    if spent_out(campaign, cost):
        tx.update_campaign(replace(campaign, state="stopped", why=BUDGET))
    else:
        owe(house, tx, campaign, row, texts, at, "reminder")
