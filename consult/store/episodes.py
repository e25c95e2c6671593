"""Episodes of a consultation on the air, and the slips that were written for their callers.

Rule 1: a slip's row holds no answer (those are facts, under her key) and no number; its words lie sealed.
Rule 2: when the books close the words are overwritten where they stand, and the rows stay, to be counted.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from consult.store.aired import Beep, Episode, SlipRow
from consult.store.rows import Changes, Row, Rows
from consult.store.schema import Index, Table, blob, integer, maybe, text, to

EPISODES: Final = Table(
    "episodes",
    (*text("consultation"), *integer("number", "version"), *text("channel", "locale"), *integer("day", "seconds"))
    + (*text("station", "asks", "orders", "feedback", "listed", "state"), *maybe("opens_at", "closes_at")),
    key=("consultation", "number"),
)
SLIPS: Final = Table(
    "slips",
    (*integer("id"), *blob("mark"), *text("consultation"), *integer("episode"), *to("people", "person"))
    + (*text("verdict", "agreed"), *integer("danger"), *blob("sealed")),
    key=("id",),
    indexes=(Index(("mark",), unique=True), Index(("consultation", "episode"))),
    serial=True,
)
BEEPS: Final = Table(
    "beeps",
    (*text("consultation"), *integer("episode"), *text("ours", "question", "code")),
    key=("consultation", "episode", "ours"),
    indexes=(Index(("ours",)),),
)
TABLES: Final = (EPISODES, SLIPS, BEEPS)

_EPISODE: Final = EPISODES.select("WHERE consultation = ? AND number = ?")
_EPISODES: Final = EPISODES.select("WHERE consultation = ? ORDER BY number")
_PLAN: Final = EPISODES.upsert()
_BEEPS: Final = BEEPS.select("WHERE ours = ?")
_BEEPS_OF: Final = BEEPS.select("WHERE consultation = ? AND episode = ? ORDER BY ours")
_BLANK: Final = "UPDATE slips SET sealed = ? WHERE id = ?"
_OLD: Final = (
    "SELECT s.id, s.sealed FROM episodes e JOIN slips s ON s.consultation = e.consultation AND s.episode = e.number "
    "WHERE e.state <> 'booked' AND e.closes_at <= ?"
)
_SLIPS: Final = SLIPS.select("WHERE consultation = ? AND episode = ? ORDER BY id")


class EpisodesView(Rows):
    __slots__ = ()

    def episode(self, consultation: str, number: int) -> Episode | None:
        return self._get(_to_episode, _EPISODE, consultation, number)

    def episodes(self, consultation: str) -> list[Episode]:
        return self._all(_to_episode, _EPISODES, consultation)

    def slips(self, consultation: str, number: int) -> list[SlipRow]:
        return self._all(_to_slip, _SLIPS, consultation, number)

    def beeps(self, ours: str) -> list[Beep]:
        return self._all(_to_beep, _BEEPS, ours)

    def beeps_of(self, consultation: str, number: int) -> list[Beep]:
        return self._all(_to_beep, _BEEPS_OF, consultation, number)


class EpisodesTx(Changes, EpisodesView):
    __slots__ = ()

    def plan(self, episode: Episode) -> None:
        self._change(_PLAN, *(getattr(episode, name) for name in EPISODES.names()))

    def plan_beeps(self, consultation: str, number: int, beeps: Sequence[Beep]) -> None:
        self._change("DELETE FROM beeps WHERE consultation = ? AND episode = ?", consultation, number)
        for beep in beeps:
            self._change(BEEPS.insert(), *(getattr(beep, name) for name in BEEPS.names()))

    def keep_slip(self, slip: SlipRow) -> None:
        self._change(SLIPS.insert("id"), *(getattr(slip, name) for name in SLIPS.names("id")))

    def blank_slips(self, consultation: str, number: int, person: int | None = None) -> int:
        rows = [row for row in self.slips(consultation, number) if person in (None, row.person)]
        for row in rows:
            self._change(_BLANK, bytes(len(row.sealed)), row.id)
        return len(rows)

    def blank_old_slips(self, before: int) -> int:
        old = [(id, sealed) for id, sealed in self._all(tuple, _OLD, before) if any(sealed)]
        for id, sealed in old:
            self._change(_BLANK, bytes(len(sealed)), id)
        return len(old)


def _to_episode(row: Row) -> Episode:
    return Episode(**dict(zip(EPISODES.names(), row, strict=True)))


def _to_beep(row: Row) -> Beep:
    return Beep(*row)


def _to_slip(row: Row) -> SlipRow:
    return SlipRow(*row)
