"""What each of the two coders finds in each text, kept apart from each other.

Rule 1: whoever labels first or second has a seat; a third is refused until a seat is free again, and giving it up takes
the labels with it.
Rule 2: a message that is not here (held back, or she left) and a code that is no code are passed over: a batch coded
without a network may come late. A text without a code left was not coded.
Rule 3: a label may be changed until both are done; then it stands. Texts that come later are coded in their turn.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING, Final

from consult.house import House
from consult.library import day_of
from consult.moderation import batches
from consult.moderation.batches import Text
from consult.store import Tx, View

if TYPE_CHECKING:
    from consult.coding.books import Where

SEATS: Final = 2
SETTING: Final = "coding:{}:{}"  # of the consultation, of the question
Found = Mapping[str, tuple[str, ...]]  # message -> ids of codes


class NotCoded(Exception):
    """Nothing was kept: `code` is "book", "seat", "left", "apart", "done", "unsettled", "nothing" or "gone"."""

    def __init__(self, code: str, why: str) -> None:
        super().__init__(why)
        self.code = code


@dataclass(frozen=True, slots=True)
class State:
    """Who codes a question (accounts, in the order they began) and what each found, who is done, what was settled."""

    found: Mapping[int, Found] = field(default_factory=dict)
    done: tuple[int, ...] = ()
    settled: Found = field(default_factory=dict)

    @property
    def coders(self) -> tuple[int, ...]:
        return tuple(self.found)

    @property
    def both_done(self) -> bool:
        return len(self.found) == SEATS and set(self.done) == set(self.found)


@dataclass(frozen=True, slots=True)
class Task:
    """What one coder has before her. `texts` are to be coded; `coded` of `all` are."""

    texts: tuple[Text, ...]
    coded: int
    all: int


def state(house: House, where: Where, view: View) -> State:
    """How far the coding of this question is. It is for the caller to know who may see what was found."""
    kept = view.setting(SETTING.format(*where))
    if not kept:
        return State()
    told = json.loads(house.vault.unseal(bytes.fromhex(kept), _about(where)))
    found = {account: _found(labels) for account, labels in told["found"]}
    return State(found, tuple(told["done"]), _found(told["settled"]))


def _found(told: Mapping[str, list[str]]) -> Found:
    return {message: tuple(codes) for message, codes in told.items()}


def keep(house: House, where: Where, now: State, tx: Tx) -> None:
    """It stands like this from now on."""
    told = {"found": list(now.found.items()), "done": now.done, "settled": dict(now.settled)}
    sealed = house.vault.seal(json.dumps(told).encode(), _about(where))
    tx.set(SETTING.format(*where), sealed.hex())


def _about(where: Where) -> bytes:
    return f"coding|{where.name}|{where.question}".encode()


def task(house: House, where: Where, account: int) -> Task:
    """What is to be done by this account. Raises as `batches.texts`."""
    texts = fine(house, where)
    mine = house.store.read(partial(state, house, where)).found.get(account, {})
    left = tuple(each for each in texts if each.text and each.message not in mine)
    known = {each.message for each in texts}
    coded = len(known & mine.keys())
    return Task(left, coded, len(left) + coded)


def coded(house: House, where: Where, account: int) -> list[tuple[Text, tuple[str, ...]]]:
    """What this coder found so far, to change it: texts that still have words. Raises as `batches.texts`."""
    mine = house.store.read(partial(state, house, where)).found.get(account, {})
    return [(each, mine[each.message]) for each in fine(house, where) if each.text and each.message in mine]


def fine(house: House, where: Where) -> list[Text]:
    """All texts that may be coded, also those whose words are gone after their thirty days."""
    return batches.texts(house, where.name, where.question, "fine", batches.ALL)


def label(house: House, where: Where, given: Mapping[str, Iterable[str]], codes: Iterable[str], by: int) -> int:
    """Keep what was found; of how many texts. `codes`: those of the codebook. Raises NotCoded("seat")."""
    order = {code: n for n, code in enumerate(codes)}
    known = {each.message for each in fine(house, where)}
    fresh = {
        message: tuple(sorted({each for each in listed if each in order}, key=order.__getitem__))
        for message, listed in given.items()
        if message in known
    }
    return house.store.write(partial(_label, house, where, {m: each for m, each in fresh.items() if each}, by))


def _label(house: House, where: Where, fresh: Found, by: int, tx: Tx) -> int:
    now = state(house, where, tx)
    if by not in now.found and len(now.found) >= SEATS:
        raise NotCoded("seat", "two people code this question already")
    mine = now.found.get(by, {})
    kept = {message: each for message, each in fresh.items() if not (now.both_done and message in mine)}
    if kept:
        keep(house, where, replace(now, found={**now.found, by: {**mine, **kept}}), tx)
    return len(kept)


def pass_over(house: House, where: Where, codes: Collection[str], tx: Tx) -> None:
    """Only labels of these codes count from now on. A text without a code left is to be coded again."""
    now = state(house, where, tx)
    found = {account: _of_codes(labels, codes) for account, labels in now.found.items()}
    if found != now.found:
        done = tuple(each for each in now.done if len(found[each]) == len(now.found[each]))
        keep(house, where, replace(now, found=found, done=done), tx)


def _of_codes(labels: Found, codes: Collection[str]) -> Found:
    left = {message: tuple(each for each in listed if each in codes) for message, listed in labels.items()}
    return {message: listed for message, listed in left.items() if listed}


def finish(house: House, where: Where, by: int, at: int) -> None:
    """This coder has read everything there is. Raises NotCoded("left"), ("seat")."""
    if task(house, where, by).texts:
        raise NotCoded("left", "some texts have no code yet")
    house.store.write(partial(_finish, house, where, by, at))


def _finish(house: House, where: Where, by: int, at: int, tx: Tx) -> None:
    now = state(house, where, tx)
    if by not in now.coders:
        raise NotCoded("seat", "nothing was coded by this account")
    if by not in now.done:
        keep(house, where, replace(now, done=(*now.done, by)), tx)
        tx.note(day_of(at), f"{where.question} of {where.name} coded by account {by}")


def leave(house: House, where: Where, by: int, at: int) -> None:
    """The seat is free again, and what this account found is gone. Raises NotCoded("done") once both are done: who saw
    what the other found does not begin anew."""
    house.store.write(partial(_leave, house, where, by, at))


def _leave(house: House, where: Where, by: int, at: int, tx: Tx) -> None:
    now = state(house, where, tx)
    if by not in now.coders:
        return
    if now.both_done:
        raise NotCoded("done", "both coders are done: what was coded stands")
    rest = {account: each for account, each in now.found.items() if account != by}
    keep(house, where, State(rest, tuple(each for each in now.done if each != by)), tx)
    tx.note(day_of(at), f"account {by} gave up coding {where.question} of {where.name}")
