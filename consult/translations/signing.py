"""The second reader: she signs texts that somebody else wrote. And what a facilitator says is not needed.

Rule 1: what is signed is what she was shown: its mark comes with her form, and another text since is not signed.
Rule 2: the audit has her account's number, the language and how many; never the words.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from consult.accounts.members import DAY, note
from consult.consultation import Consultation
from consult.drafts.keeping import opened, standing_of
from consult.house import House
from consult.store import Tx
from consult.store.records import Reading
from consult.translations import states, writers
from consult.translations.strings import SHORT, String, strings


@dataclass(frozen=True, slots=True)
class Signed:
    """How many `texts` she signed; by string, her `own`, and those that `moved` since she was shown them."""

    texts: int
    own: tuple[str, ...] = ()
    moved: tuple[str, ...] = ()


def sign(house: House, name: str, tag: str, shown: Mapping[str, str], *, by: int, at: int) -> Signed:
    """Sign these strings in this language. `shown`: by string, the first digits of the mark. Raises LookupError."""

    def work(tx: Tx) -> Signed:
        draft = standing_of(tx, name)
        whole = opened(draft.toml)
        wrote = writers.of(tx, draft, whole)
        here = _here(whole, tag, shown, states.known(tx.readings(name)))
        own = {each.string.id for each in here if wrote.get(each.string.field(tag), by) == by}
        right = [each for each in here if each.string.id not in own and shown[each.string.id] == each.mark[:SHORT]]
        fresh = [each for each in right if each.state == "draft"]
        for each in fresh:
            tx.keep_reading(Reading(name, each.string.id, tag, each.mark, "reviewed", by, at // DAY))
        if fresh:
            note(tx, at, by, f"read {len(fresh)} texts of {name} in {tag} as second reader")
        done = own | {each.string.id for each in right}
        return Signed(len(fresh), tuple(sorted(own)), tuple(id for id in shown if id not in done))

    return house.store.write(work)


def _here(whole: Consultation, tag: str, shown: Mapping[str, str], readings: states.Known) -> list[states.Standing]:
    """Those of the strings that have a text in this language now."""
    if tag not in whole.languages:
        return []
    chosen = [string for string in strings(whole) if string.id in shown and string.text(tag)]
    return [states.standing(whole, string, tag, readings) for string in chosen]


def waive(
    house: House, name: str, tag: str, offered: Collection[str], needless: Collection[str], *, by: int, at: int
) -> None:
    """Of the strings that were `offered`, those chosen are not needed in this language, the others are.

    Raises LookupError.
    """

    def work(tx: Tx) -> None:
        whole = opened(standing_of(tx, name).toml)
        readings = states.known(tx.readings(name))
        for string in _waivable(whole, tag, offered):
            here = states.standing(whole, string, tag, readings)
            wanted = string.id in needless
            reading = Reading(name, string.id, tag, here.mark, "needless", by, at // DAY)
            if wanted and here.state == "empty":
                tx.keep_reading(reading)
                note(tx, at, by, f"said that a text of {name} is not needed in {tag}")
            elif not wanted and here.state == "needless":
                tx.drop_reading(reading)
                note(tx, at, by, f"said that a text of {name} is needed in {tag} after all")

    house.store.write(work)


def _waivable(whole: Consultation, tag: str, offered: Collection[str]) -> Iterable[String]:
    here = tag in whole.languages
    return [each for each in strings(whole) if here and each.id in offered and not each.owed and not each.text(tag)]
