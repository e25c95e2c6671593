"""The checklist before the first message: what the machine can see for itself, and what somebody signs for.

Rule 1: "stop" keeps a campaign from starting on the page; "look" is for the facilitator to weigh; the command shows
both and leaves the decision to who is at this machine.
Rule 2: what only people know (it was played to the end, the risks were gone through, drafts go out as they are: D25) is
signed by an account, for this version alone. A new version is signed anew.
Rule 3: at elevated risk whoever signs for the risks and whoever starts are two.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Final, Literal

from consult import hours, incidents
from consult.campaign.running import GOING
from consult.contacts import counting
from consult.edition import Edition
from consult.house import House
from consult.library import day_of, window
from consult.publish import calls, inspect
from consult.store import Tx, View
from consult.store.records import Published

State = Literal["ok", "look", "stop"]
SIGNED: Final = ("tried", "risk", "drafts")  # by people
WORDS: Final[Mapping[str, str]] = {
    "tried": "nobody has signed that it was played to the end in every language",
    "risk": "nobody has signed that the risks were gone through; at elevated risk another person than who starts",
    "drafts": "languages await native review, and nobody has signed that they go out so",
    "checks": "the definition has errors now; consult check FILE names them",
    "languages": "a language is not complete",
    "readers": "words of a language were read by nobody but their writer, and go out so",
    "left": "a language was left out at publishing: it lacked words, or a second reader",
    "audio": "recordings are missing",
    "consent": "the consent text is not whole in every language",
    "stop": "a language has no stop word",
    "hours": "no safe hours or no time zone: we never write first",
    "window": "it is not open today",
    "referral": "a language has no line to call for help",
    "people": "nobody on the lists waits to be written to",
    "consented": "of a list it is not said how its people agreed to be written to",
    "carrier": "no carrier is configured",
    "price": "what a message costs is not set: the budget counts messages only",
    "incidents": "an incident holds back what we start",
    "going": "a campaign goes on already",
}


@dataclass(frozen=True, slots=True)
class Item:
    """A line of the checklist. `by` and `day` where somebody signed it; `about` what there is to see, for the page."""

    code: str
    state: State
    by: int = 0
    day: int = 0
    about: tuple[str, ...] = ()

    @property
    def signs(self) -> bool:
        return self.code in SIGNED


def checklist(house: House, name: str, at: int, *, starter: int = 0) -> list[Item]:
    """Every line, in the order of SIGNED and then of the machine's. `starter`: the account that would start it.

    Raises LookupError for a consultation that takes nobody.
    """
    published = house.store.read(lambda view: view.published(name))
    if published is None or published.retired is not None:
        raise LookupError(name)
    edition = house.library.edition(published)
    kept = house.store.read(partial(_signatures, published))
    return [*_signed(edition, kept, starter), *_seen(house, published, edition, at)]


def sign(house: House, name: str, code: str, *, by: int, at: int) -> None:
    """Somebody answers for it, by name. Raises LookupError for what nobody signs, or no such consultation."""
    if code not in SIGNED:
        raise LookupError(code)
    house.store.write(partial(_sign, name, code, by, day_of(at)))


def _sign(name: str, code: str, by: int, day: int, tx: Tx) -> None:
    published = tx.published(name)
    if published is None or published.retired is not None:
        raise LookupError(name)
    kept = _signatures(published, tx)
    tx.set(_place(published), json.dumps({**kept, code: [by, day]}))
    tx.note(day, f"launch of {name} version {published.version}: {code} signed by account {by}")


def _signatures(published: Published, view: View) -> dict[str, tuple[int, int]]:
    kept = view.setting(_place(published))
    return {code: (by, day) for code, (by, day) in json.loads(kept).items()} if kept else {}


def _place(published: Published) -> str:
    return f"launch:{published.name}:{published.version}"


def _signed(edition: Edition, kept: Mapping[str, tuple[int, int]], starter: int) -> Iterator[Item]:
    drafts = tuple(tongue.tag for tongue in edition.tongues if tongue.lexicon.pending)
    for code in SIGNED:
        by, day = kept.get(code, (0, 0))
        own = code == "risk" and edition.elevated and by == starter
        needless = code == "drafts" and not drafts
        state: State = "ok" if needless or (by and not own) else "stop"
        yield Item(code, state, by, day, drafts if code == "drafts" else ())


def _seen(house: House, published: Published, edition: Edition, at: int) -> Iterator[Item]:
    yield from _texts(house, published, edition)
    definition = edition.consultation
    zone = hours.zone_for(definition.timezone, definition.area, "")
    open_ = definition.safe_hours
    told = tuple(each for each in (f"{open_[0]:%H:%M}–{open_[1]:%H:%M}", zone) if each) if open_ else ()
    yield Item("hours", _stop(open_ is not None and open_[0] < open_[1] and bool(zone)), about=told)
    opens = window(edition, at)
    days = tuple(str(day) for day in (definition.opening, definition.closing) if day)
    yield Item("window", "look" if opens == "early" else _stop(opens != "late"), about=days)
    yield from _people(house, published.name)
    yield from _means(house, published.name)


def _texts(house: House, published: Published, edition: Edition) -> Iterator[Item]:
    """What `consult check` finds in this version today, and in its recordings."""
    definition = edition.consultation
    errors = [each for each in inspect(definition, house.library.packs, house.channels, None) if each.level == "error"]
    part = sorted({fault.language for fault in errors} - {""})
    whole = [fault.where for fault in errors if not fault.language]
    yield Item("checks", _stop(not whole), about=tuple(whole[:3]))
    yield Item("languages", _stop(not part), about=tuple(part) or definition.languages)
    yield from _readers(house, published, edition)
    yield from _audio(house, published, edition)
    own = definition.consent
    yield Item("consent", _stop(all(each.consent and (not own or each.tag in own) for each in edition.tongues)))
    words = tuple(tongue.lexicon.told["stop"] for tongue in edition.tongues)
    yield Item("stop", _stop(all(words)), about=words)
    lines = tuple(dict.fromkeys(definition.referral.get(tag, "").strip() for tag in definition.languages))
    yield Item("referral", _stop(all(lines)), about=tuple(each for each in lines if each))


def _readers(house: House, published: Published, edition: Edition) -> Iterator[Item]:
    """Languages that go out without a second reader, and those that were left out (D25)."""
    alone = house.store.read(lambda view: view.unchecked(published.name, published.version))
    written = edition.consultation
    left = tuple(tag for tag in written.title if tag not in written.languages)
    yield Item("readers", "look" if alone else "ok", about=alone)
    yield Item("left", "look" if left else "ok", about=left)


def _audio(house: House, published: Published, edition: Edition) -> Iterator[Item]:
    """Every line that a call says; where it is not held by telephone, there is none."""
    if not edition.consultation.voice:
        yield Item("audio", "ok")
        return
    faults = list(calls(house.speakers, house.settings.data)(edition))
    missing = sorted({fault.language or fault.where for fault in faults if fault.level == "error"})
    state: State = "stop" if missing and not published.test else "look" if missing else "ok"
    yield Item("audio", state, about=tuple(missing[:3]) or ("*",))


def _people(house: House, name: str) -> Iterator[Item]:
    yield Item("people", _stop(bool(counting.waiting(house, name))))
    lists = [each for each in counting.listed(house, name) if not each.imported.undone and each.states["waiting"]]
    silent = tuple(str(each.imported.id) for each in lists if not each.terms.consented)
    yield Item("consented", "look" if silent else "ok", about=silent)


def _means(house: House, name: str) -> Iterator[Item]:
    ready = [channel for channel, of in house.channels.items() if any(each.ours for each in of.carriers.values())]
    yield Item("carrier", _stop(bool(ready)))
    yield Item("price", "ok" if any(house.unit_price(channel) > 0 for channel in ready) else "look")
    yield Item("incidents", "look" if house.store.read(lambda view: incidents.pauses(view, name)) else "ok")
    going = house.store.read(lambda view: [one.id for one in view.campaigns(name) if one.state in GOING])
    yield Item("going", _stop(not going))


def _stop(fine: bool) -> State:
    return "ok" if fine else "stop"
