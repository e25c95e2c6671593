"""What the hub keeps about its own doing: published versions, campaigns, figures shown, audit, settings, the scheduler.

Rule 1: a published version is never written again; retiring adds a day to it.
Rule 2: audit lines are chained: hash = SHA-256 of (hash before, day, what), each ended by a newline, in UTF-8.
"""

from __future__ import annotations

import hashlib
from datetime import date, timedelta
from typing import Final

from consult.store import StoreError
from consult.store.records import Campaign, Published
from consult.store.rows import Changes, Row, Rows, truths
from consult.store.schema import AUDIT, CAMPAIGNS, EDITIONS, FIGURES, SETTINGS

_VERSION: Final = EDITIONS.select("WHERE name = ? AND version = ?")
_NEWEST: Final = EDITIONS.select("WHERE name = ? ORDER BY version DESC LIMIT 1")
_EDITIONS: Final = EDITIONS.select("ORDER BY arrival")
_CAMPAIGN: Final = CAMPAIGNS.select("WHERE id = ?")
_CAMPAIGNS: Final = CAMPAIGNS.select("ORDER BY id")
_CAMPAIGNS_OF: Final = CAMPAIGNS.select("WHERE consultation = ? ORDER BY id")
_UPDATE: Final = (
    "UPDATE campaigns SET consultation = ?, version = ?, channel = ?, carrier = ?, ours = ?, state = ?, pace = ?, "
    "budget_segments = ?, budget_money = ?, price = ?, spent_segments = ?, spent_money = ?, why = ?, remind = ? "
    "WHERE id = ?"
)
_SETTING: Final = "setting: "  # among what a snapshot knows
_AUDIT: Final = AUDIT.select("WHERE id > ? ORDER BY id")
_NO_END: Final = 2**62
_SCHEDULER: Final = (
    "INSERT INTO scheduler (id, who, until) VALUES (1, ?, ?) ON CONFLICT (id) DO UPDATE "
    "SET who = excluded.who, until = excluded.until WHERE scheduler.who = excluded.who OR scheduler.until <= ? "
    "OR scheduler.until > ?"
)


class LedgerView(Rows):
    __slots__ = ()

    def published(self, name: str, version: int | None = None) -> Published | None:
        if version is None:
            return self._get(_to_published, _NEWEST, name)
        return self._get(_to_published, _VERSION, name, version)

    def editions(self) -> list[Published]:
        return self._all(_to_published, _EDITIONS)

    def campaign(self, id: int) -> Campaign | None:
        return self._get(_to_campaign, _CAMPAIGN, id)

    def campaigns(self, consultation: str | None = None) -> list[Campaign]:
        if consultation is None:
            return self._all(_to_campaign, _CAMPAIGNS)
        return self._all(_to_campaign, _CAMPAIGNS_OF, consultation)

    def figures(self, consultation: str) -> tuple[int, str] | None:
        row = self._one("SELECT arrival, shown FROM figures WHERE consultation = ?", consultation)
        return None if row is None else (row[0], row[1])

    def audit(self, after: int = 0) -> list[tuple[int, str, str, str]]:
        return self._all(_to_line, _AUDIT, after)

    def setting(self, name: str) -> str | None:
        row = self._asked(_SETTING + name, "SELECT value FROM settings WHERE name = ?", name)
        return None if row is None else str(row[0])

    def lease_ends(self) -> int:
        row = self._one("SELECT until FROM scheduler WHERE id = 1")
        return 0 if row is None else int(row[0])


class LedgerTx(Changes, LedgerView):
    __slots__ = ()

    def publish(self, edition: Published) -> None:
        """Raises StoreError if this version of the name is published already."""
        e = edition
        values = (e.name, e.version, e.sha256, e.toml, e.public, e.custody, e.day, int(e.test), e.retired)
        try:
            self._change(EDITIONS.insert("arrival"), *values)
        except self._connection.IntegrityError as error:
            raise StoreError(
                f"{e.name} version {e.version} is published; publish the next version", refused=True
            ) from error

    def retire(self, name: str, day: int) -> None:
        self._change("UPDATE editions SET retired = ? WHERE name = ? AND retired IS NULL", day, name)

    def add_campaign(self, campaign: Campaign) -> int:
        return self._given(CAMPAIGNS.insert("id"), *_values(campaign))

    def update_campaign(self, campaign: Campaign) -> None:
        self._change(_UPDATE, *_values(campaign), campaign.id)

    def show(self, consultation: str, arrival: int, figures: str) -> None:
        self._change(FIGURES.upsert(), consultation, arrival, figures)

    def note(self, day: int, what: str) -> None:
        row = self._one("SELECT hash FROM audit ORDER BY id DESC LIMIT 1")
        written = (date(1970, 1, 1) + timedelta(days=day)).isoformat()
        told = " ".join(what.split())  # one line each, also in an exported file
        line = (written, told, chained(row[0] if row else "", written, told))
        self._change(AUDIT.insert("id"), *line)

    def set(self, name: str, value: str) -> None:
        self._known.pop(_SETTING + name, None)
        self._change(SETTINGS.upsert(), name, value)

    def scheduler(self, who: str, at: int, seconds: int) -> bool:
        """`seconds` 0 gives it back. A lease twice as long as anyone's is of a clock since put right: it is over."""
        longest = at + 2 * seconds if seconds else _NO_END
        return self._change(_SCHEDULER, who, at + seconds, at, longest) == 1


def chained(before: str, day: str, what: str) -> str:
    """The hash of an audit line (hex) after the line whose hash is `before` ("" for the first)."""
    return hashlib.sha256(f"{before}\n{day}\n{what}\n".encode()).hexdigest()


def broken_chain(lines: list[tuple[int, str, str, str]]) -> int | None:
    """The id of the first line that was changed, or stands where another was taken out."""
    before = ""
    for id, day, what, hash in lines:
        if hash != (before := chained(before, day, what)):
            return id
    return None


def _to_published(row: Row) -> Published:
    return Published(*truths(row[:9], 7))


def _to_campaign(row: Row) -> Campaign:
    return Campaign(*truths(row, 14))


def _to_line(row: Row) -> tuple[int, str, str, str]:
    return (row[0], row[1], row[2], row[3])


def _values(c: Campaign) -> Row:
    return (
        *(c.consultation, c.version, c.channel, c.carrier, c.ours, c.state, c.pace, c.budget_segments),
        *(c.budget_money, c.price, c.spent_segments, c.spent_money, c.why, int(c.remind)),
    )
