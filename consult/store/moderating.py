"""What people wrote, as those who moderate read it; what may be danger; and words that one wrote and another approves.

Rule 1: the words of a row lie sealed under the key of the woman who wrote them (`consult.moderation.batches`); with her
erasure the row loses them and its name at once, and nothing opens them in any copy. It tells no longer whose it was,
that she asked, or of which kind it was.
Rule 2: a row that was blanked stays where it was, at equal length (`schema`, rule 2).
"""

from __future__ import annotations

from typing import Final

from consult.store.moderated import Flag, Worded, WordedState, Writing, WritingState
from consult.store.rows import Changes, Row, Rows, truths
from consult.store.schema import Index, Table, blob, integer, text

WRITINGS: Final = Table(
    "writings",
    (*integer("id"), *text("consultation", "question", "message"), *integer("person", "day"), *text("state"))
    + (*integer("asks", "reply", "decider"), *blob("sealed")),
    key=("id",),
    indexes=(
        Index(("consultation", "message"), unique=True),
        Index(("consultation", "question", "state")),
        Index(("person",)),
    ),
    serial=True,
)
FLAGS: Final = Table(
    "flags",
    (*integer("id"), *blob("mark"), *text("consultation", "kind"), *integer("person", "writing", "day"))
    + (*text("state"), *blob("sealed")),
    key=("id",),
    indexes=(Index(("mark",), unique=True), Index(("consultation",)), Index(("person",))),
    serial=True,
)
WORDED: Final = Table(
    "worded",
    (*integer("id"), *text("consultation", "kind", "about"), *integer("day"), *text("state"))
    + (*integer("by_account", "approver"), *blob("sealed")),
    key=("id",),
    indexes=(Index(("consultation", "kind")),),
    serial=True,
)
TABLES: Final = (WRITINGS, FLAGS, WORDED)

_OF: Final = WRITINGS.select("WHERE consultation = ? AND question = ? ORDER BY id")
_ONE: Final = WRITINGS.select("WHERE consultation = ? AND id = ?")
_ASKING: Final = WRITINGS.select("WHERE consultation = ? AND asks = 1 AND state <> 'gone' ORDER BY id")
_HELD: Final = "SELECT message FROM writings WHERE consultation = ? AND state = 'held'"
_COUNTS: Final = (
    "SELECT question, state, count(*) FROM writings WHERE consultation = ? AND state <> 'gone' GROUP BY question, state"
)
_SOME: Final = WRITINGS.select("WHERE consultation = ? AND question = ? AND state = ? ORDER BY id LIMIT ? OFFSET ?")
_OLD: Final = "SELECT id, sealed FROM writings WHERE day <= ? AND state <> 'gone'"
_OF_PERSON: Final = "SELECT id, sealed FROM writings WHERE person = ? AND state <> 'gone'"
_OF_CONSULTATION: Final = "SELECT id, sealed FROM writings WHERE consultation = ? AND state <> 'gone'"
_FADE: Final = "UPDATE writings SET sealed = ? WHERE id = ?"
_GONE: Final = (
    "UPDATE writings SET message = ?, person = 0, state = 'gone', asks = 0, reply = 0, decider = 0, sealed = ? "
    "WHERE id = ?"
)
_CHANGE: Final = "UPDATE writings SET state = ?, day = ?, asks = ?, reply = ?, decider = ?, sealed = ? WHERE id = ?"
_FLAGS: Final = FLAGS.select("WHERE consultation = ? AND state <> 'gone' ORDER BY id")
_FLAGS_OF: Final = "SELECT id, mark, sealed FROM flags WHERE person = ? AND state <> 'gone'"
_FLAGS_IN: Final = "SELECT id, mark, sealed FROM flags WHERE consultation = ? AND state <> 'gone'"
_FLAG_GONE: Final = (
    "UPDATE flags SET mark = ?, kind = 'gone', person = 0, writing = 0, state = 'gone', sealed = ? WHERE id = ?"
)
_WORDED: Final = WORDED.select("WHERE consultation = ? AND kind = ? AND state <> 'gone' ORDER BY id")
_WORDED_ONE: Final = WORDED.select("WHERE consultation = ? AND id = ? AND state <> 'gone'")
_WORDED_IN: Final = "SELECT id, sealed FROM worded WHERE consultation = ? AND state <> 'gone'"
_WORDED_GONE: Final = "UPDATE worded SET about = '', state = 'gone', sealed = ? WHERE id = ?"
_PEOPLE: Final = (
    "SELECT count(DISTINCT person) FROM writings WHERE consultation = ? AND question = ? AND state <> 'gone'"
)
_PEOPLE_UNHELD: Final = f"{_PEOPLE} AND state <> 'held'"


class ModeratingView(Rows):
    __slots__ = ()

    def writings(self, consultation: str, question: str) -> list[Writing]:
        return self._all(_to_writing, _OF, consultation, question)

    def some_writings(
        self, consultation: str, question: str, state: WritingState, page: tuple[int, int]
    ) -> list[Writing]:
        limit, after = page
        return self._all(_to_writing, _SOME, consultation, question, state, limit, after)

    def writing(self, consultation: str, id: int) -> Writing | None:
        return self._get(_to_writing, _ONE, consultation, id)

    def writings_asking(self, consultation: str) -> list[Writing]:
        return self._all(_to_writing, _ASKING, consultation)

    def writings_held(self, consultation: str) -> frozenset[str]:
        return frozenset(self._all(_text, _HELD, consultation))

    def writings_counted(self, consultation: str) -> list[tuple[str, str, int]]:
        return self._all(_counted, _COUNTS, consultation)

    def people_who_wrote(self, consultation: str, question: str, *, held: bool) -> int:
        """How many people's texts are left; `held`: with those that are held back."""
        row = self._one(_PEOPLE if held else _PEOPLE_UNHELD, consultation, question)
        return int(row[0]) if row else 0

    def flags(self, consultation: str) -> list[Flag]:
        return self._all(_to_flag, _FLAGS, consultation)

    def worded(self, consultation: str, kind: str) -> list[Worded]:
        return self._all(_to_worded, _WORDED, consultation, kind)

    def worded_one(self, consultation: str, id: int) -> Worded | None:
        return self._get(_to_worded, _WORDED_ONE, consultation, id)


class ModeratingTx(Changes, ModeratingView):
    __slots__ = ()

    def keep_writing(self, row: Writing) -> int:
        return self._given(
            WRITINGS.insert("id"),
            *(row.consultation, row.question, row.message, row.person, row.day, row.state),
            *(int(row.asks), row.reply, row.decider, row.sealed),
        )

    def change_writing(self, row: Writing) -> None:
        self._change(_CHANGE, row.state, row.day, int(row.asks), row.reply, row.decider, row.sealed, row.id)

    def lose_writing(self, id: int, length: int) -> None:
        """Neither words nor a name are left, nor whose it was."""
        self._change(_GONE, f"{id:032d}", bytes(length), id)

    def fade_writings(self, before: int) -> int:
        """Opened on that day or earlier: the words go; what was decided stays with the name."""
        rows = [row for row in self._all(tuple, _OLD, before) if any(row[1])]
        for id, sealed in rows:
            self._change(_FADE, bytes(len(sealed)), id)
        return len(rows)

    def lose_writings_of(self, person: int) -> None:
        for id, sealed in self._all(tuple, _OF_PERSON, person):
            self.lose_writing(id, len(sealed))
        self._lose_flags(_FLAGS_OF, person)

    def lose_writings_in(self, consultation: str) -> None:
        for id, sealed in self._all(tuple, _OF_CONSULTATION, consultation):
            self.lose_writing(id, len(sealed))
        self._lose_flags(_FLAGS_IN, consultation)

    def lose_worded_in(self, consultation: str) -> None:
        for id, sealed in self._all(tuple, _WORDED_IN, consultation):
            self._change(_WORDED_GONE, bytes(len(sealed)), id)

    def _lose_flags(self, which: str, whose: int | str) -> None:
        """A mark is made from what it is of: its place is taken by the row's own number."""
        for id, mark, sealed in self._all(tuple, which, whose):
            self._change(_FLAG_GONE, id.to_bytes(len(mark), "big"), bytes(len(sealed)), id)

    def keep_flag(self, flag: Flag) -> bool:
        """False where it stands already."""
        values = (getattr(flag, name) for name in FLAGS.names("id"))
        return self._change(FLAGS.insert("id", tail="ON CONFLICT (mark) DO NOTHING"), *values) == 1

    def change_flag(self, flag: Flag) -> None:
        self._change("UPDATE flags SET state = ?, sealed = ? WHERE id = ?", flag.state, flag.sealed, flag.id)

    def keep_worded(self, row: Worded) -> int:
        values = (row.consultation, row.kind, row.about, row.day, row.state, row.by, row.approver, row.sealed)
        return self._given(WORDED.insert("id"), *values)

    def decide_worded(self, id: int, state: WordedState, approver: int) -> bool:
        """False when somebody decided it before."""
        sql = "UPDATE worded SET state = ?, approver = ? WHERE id = ? AND state = 'written'"
        return self._change(sql, state, approver, id) == 1


def _to_writing(row: Row) -> Writing:
    return Writing(*truths(row, 7))


def _to_flag(row: Row) -> Flag:
    return Flag(*row)


def _to_worded(row: Row) -> Worded:
    return Worded(*row)


def _text(row: Row) -> str:
    return str(row[0])


def _counted(row: Row) -> tuple[str, str, int]:
    return str(row[0]), str(row[1]), int(row[2])
