"""A coder reads that somebody may be in danger: the text goes to the guardians' list, as from a moderator.

Rule 1: whoever reads a text may say it, with or without a seat and codes; what was ticked is another matter.
Rule 2: nothing tells a coder whether it stood there already, nor what came of it: that is for guardians.
"""

from __future__ import annotations

from functools import partial

from consult.coding.books import Where
from consult.coding.labelling import NotCoded, fine
from consult.house import House
from consult.library import day_of
from consult.moderation import flags
from consult.moderation.batches import row_of
from consult.moderation.hers import Hers
from consult.store import Tx
from consult.store.moderated import Flag


def danger(house: House, where: Where, message: str, *, at: int, by: int) -> None:
    """Somebody in this text may be in danger. Raises NotCoded("gone"), figures.NoSuch, custody.NoKey."""
    text = next((each for each in fine(house, where) if each.message == message), None)
    row = house.store.read(partial(row_of, where.name, text.id)) if text else None
    flag = flags.of_text(Hers(house, where.name), row, day_of(at)) if row else None
    if flag is None:
        raise _gone()
    house.store.write(partial(_raise, where.name, flag, at=at, by=by))


def _raise(name: str, flag: Flag, tx: Tx, *, at: int, by: int) -> None:
    row = row_of(name, flag.writing, tx)
    if row is None or row.state != "fine":
        raise _gone()
    tx.keep_flag(flag)
    tx.note(day_of(at), f"a text of {name} said to tell of danger by account {by}")


def _gone() -> NotCoded:
    return NotCoded("gone", "this text is not here any more")
