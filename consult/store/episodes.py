"""Episodes of a consultation on the air, the slips written for their callers, and texts that may be read.

Rule 1: a slip's row holds no answer (those are facts, under her key) and no number; its words lie sealed.
Rule 2: when the books close the words are overwritten where they stand, and the rows stay, to be counted.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from consult.store.aired import AiredText, Beep, Episode, SlipRow
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
TEXTS: Final = Table(
    "texts",
    (*integer("id"), *text("consultation"), *integer("episode"), *to("people", "person"), *text("locale", "state"))
    + blob("sealed", "told"),
    key=("id",),
    indexes=(Index(("consultation", "episode")), Index(("person",))),
    serial=True,
)

_EPISODE: Final = EPISODES.select("WHERE consultation = ? AND number = ?")
_EPISODES: Final = EPISODES.select("WHERE consultation = ? ORDER BY number")
_PLAN: Final = EPISODES.upsert()
_BEEPS: Final = BEEPS.select("WHERE ours = ?")
_BEEPS_OF: Final = BEEPS.select("WHERE consultation = ? AND episode = ? ORDER BY ours")
_CHANGE_SLIP: Final = "UPDATE slips SET agreed = ?, danger = ?, sealed = ? WHERE id = ?"
_BLANK: Final = "UPDATE slips SET sealed = ? WHERE id = ?"
_OLD: Final = (
    "SELECT s.id, s.sealed FROM episodes e JOIN slips s ON s.consultation = e.consultation AND s.episode = e.number "
    "WHERE e.state <> 'booked' AND e.closes_at <= ?"
)
_OLD_TEXTS: Final = (
    "SELECT t.id, t.sealed, t.told FROM episodes e JOIN texts t "
    "ON t.consultation = e.consultation AND t.episode = e.number WHERE e.state <> 'booked' AND e.closes_at <= ?"
)
_TEXTS: Final = TEXTS.select("WHERE consultation = ? AND episode = ? ORDER BY id")
_TEXTS_OF: Final = "SELECT id, sealed, told FROM texts WHERE person = ?"
_BLANK_TEXT: Final = "UPDATE texts SET sealed = ?, told = ? WHERE id = ?"
_SLIPS: Final = SLIPS.select("WHERE consultation = ? AND episode = ? ORDER BY id")


class EpisodesView(Rows):
    __slots__ = ()

    def episode(self, consultation: str, number: int) -> Episode | None:
        return self._get(_to_episode, _EPISODE, consultation, number)

    def episodes(self, consultation: str) -> list[Episode]:
        return self._all(_to_episode, _EPISODES, consultation)

    def slips(self, consultation: str, number: int) -> list[SlipRow]:
        return self._all(_to_slip, _SLIPS, consultation, number)

    def texts(self, consultation: str, number: int) -> list[AiredText]:
        return self._all(_to_text, _TEXTS, consultation, number)

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
        return len(old) + self._blank_texts(self._all(tuple, _OLD_TEXTS, before))

    def change_slip(self, slip: SlipRow) -> None:
        self._change(_CHANGE_SLIP, slip.agreed, slip.danger, slip.sealed, slip.id)

    def keep_text(self, row: AiredText) -> None:
        self._change(TEXTS.insert("id"), *(getattr(row, name) for name in TEXTS.names("id")))

    def change_text(self, row: AiredText) -> None:
        self._change("UPDATE texts SET state = ?, told = ? WHERE id = ?", row.state, row.told, row.id)

    def blank_texts(self, consultation: str, number: int) -> int:
        return self._blank_texts((row.id, row.sealed, row.told) for row in self.texts(consultation, number))

    def blank_texts_of(self, person: int) -> int:
        return self._blank_texts(self._all(tuple, _TEXTS_OF, person))

    def _blank_texts(self, rows: Iterable[Row]) -> int:
        held = [row for row in rows if any(row[1]) or any(row[2])]
        for id, sealed, told in held:
            self._change(_BLANK_TEXT, bytes(len(sealed)), bytes(len(told)), id)
        return len(held)


def _to_episode(row: Row) -> Episode:
    return Episode(**dict(zip(EPISODES.names(), row, strict=True)))


def _to_beep(row: Row) -> Beep:
    return Beep(*row)


def _to_text(row: Row) -> AiredText:
    return AiredText(*row)


def _to_slip(row: Row) -> SlipRow:
    return SlipRow(*row)
