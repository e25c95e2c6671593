"""Publishing and retiring: a checked file becomes an immutable, numbered, hashed version with its own key.

Rule 1: a version is never changed; a corrected file is the next one, and conversations in flight finish on theirs.
Rule 2: all versions of a consultation share one key pair, made at the first, whose kit is rehearsed before use.
Rule 3: an error blocks the language it is in, any other error the whole (D25); warnings are shown and published.
Rule 4: publishing the same file again changes nothing.
Rule 5: a language whose words had no second reader goes out only where somebody says so for it; the version remembers.
It is not asked of test data.
Rule 6: a version keeps the file as it was given; blocked languages are taken out of its `languages` line only.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from pathlib import Path

from consult import custody, incidents
from consult.aloud import codes
from consult.asks import keeping
from consult.channel import Channel
from consult.checks import check
from consult.coding import ending as coding
from consult.consultation import Consultation, Fault, read, write
from consult.edition import Edition, Pack, compile_edition, plain_spellings, spoken
from consult.house import House
from consult.library import COUNTER, Current
from consult.moderation import ending
from consult.speech import checks as speech
from consult.speech.script import Speeches
from consult.speech.shelf import Shelf
from consult.store import Tx, View
from consult.store.records import Published
from consult.sync import giving
from consult.sync.keys import hub_of
from consult.sync.reading_later import read_waiting
from consult.translations import states
from consult.understand import normalise

Calls = Callable[[Edition], Iterable[Fault]]
_EPOCH = date(1970, 1, 1).toordinal()
DAY = 86_400
UNCHECKED = "words of it were read by nobody but their writer"


class Unpublishable(Exception):
    """The definition has errors; `faults` name them all, warnings included."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__(f"{sum(fault.level == 'error' for fault in faults)} errors")
        self.faults = tuple(faults)


@dataclass(frozen=True, slots=True)
class Publication:
    """What publishing gave: the version (`new` False when this very file was published before), the recovery kit when a
    key was made now, what was warned of, the languages that were left out because of errors in them, and those whose
    words went out without a second reader."""

    published: Published
    new: bool
    kit: custody.Kit | None
    faults: tuple[Fault, ...]
    left_out: tuple[str, ...] = ()
    unchecked: tuple[str, ...] = ()


def inspect(
    consultation: Consultation,
    packs: Mapping[str, Pack],
    channels: Mapping[str, Channel],
    day: int | None,
    calls: Calls | None = None,
) -> list[Fault]:
    """Every fault of a definition: its own, and what each channel finds in what it would say; `calls`: of its audio.

    `day` (since 1970-01-01): when it is to be held from; None for one that is only tried.
    """
    faults = check(consultation, packs, today=None if day is None else date.fromordinal(_EPOCH + day))
    sound = _without(consultation, _blocked(consultation, faults))
    if sound is None:
        return faults
    items, spellings = list(spoken(compile_edition(sound, 0, packs))), plain_spellings(packs, sound.languages)
    for name in sorted(channels):
        faults.extend(channels[name].check(items, spellings))
    return faults + _unheard(sound, packs, calls) if calls else faults


def _unheard(consultation: Consultation, packs: Mapping[str, Pack], calls: Calls) -> list[Fault]:
    """Also what is missing once a language is left out: the choice of language then says other keys."""
    found = list(calls(compile_edition(consultation, 0, packs)))
    rest = _without(consultation, _blocked(consultation, found))
    if rest is None or rest.languages == consultation.languages:
        return found
    return found + [fault for fault in _unheard(rest, packs, calls) if fault not in found]


def calls(speakers: Mapping[str, Speeches], data: Path) -> Calls:
    """What there is to say of an edition as calls, with the recordings of this data folder."""
    return partial(speech.check, speakers=speakers, shelf=Shelf(data))


def compiled(consultation: Consultation, packs: Mapping[str, Pack]) -> Edition:
    """The edition of what can be published of it by its own faults, as version 0. Raises Unpublishable."""
    faults = list(check(consultation, packs))
    sound = _without(consultation, _blocked(consultation, faults))
    if sound is None:
        raise Unpublishable(faults)
    return compile_edition(sound, 0, packs)


def _compounded(house: House, latest: Published | None, given: Consultation) -> list[Fault]:
    """Segments are put together before anybody is heard, or not at all (D26)."""
    if latest is None or house.library.edition(latest).consultation.compounds == given.compounds:
        return []
    if not house.store.read(lambda view: view.last_arrival(given.name)):
        return []
    cure = "keep it as it was; a new round, as a consultation of its own, may declare another"
    return [Fault("error", "compounds", "somebody was heard already: what is put together cannot change", cure)]


def _blocked(consultation: Consultation, faults: Sequence[Fault]) -> set[str] | None:
    """The languages with errors; None when an error is in the whole, or in every language."""
    errors = [fault for fault in faults if fault.level == "error"]
    languages = {fault.language for fault in errors}
    if "" in languages or languages >= set(consultation.languages):
        return None
    return languages


def _without(consultation: Consultation, languages: set[str] | None) -> Consultation | None:
    if languages is None:
        return None
    kept = tuple(tag for tag in consultation.languages if tag not in languages)
    return replace(consultation, languages=kept)


def unchecked(house: House, consultation: Consultation) -> tuple[str, ...]:
    """The languages of which some text was read by nobody but its writer."""
    readings = house.store.read(lambda view: view.readings(consultation.name))
    return states.unchecked(consultation, states.known(readings))


def _unchecked_faults(tags: Iterable[str]) -> Iterator[Fault]:
    for tag in tags:
        cure = f"have a second person sign them on the page of words, or say that they go out so: --unreviewed {tag}"
        yield Fault("error", f"languages, {tag}", UNCHECKED, cure, tag)


def publish(
    house: House, toml: str, *, day: int, test: bool = False, unreviewed: Collection[str] | None = None
) -> Publication:
    """Publish this file as the next version; as a `test` also without the recordings it asks for.

    `unreviewed`: languages that go out although their words had no second reader; others without one are left out.
    Test data needs no second reader, unless it is given.
    Raises consultation.Refused, Unpublishable, custody.CustodyError.
    """
    given = read(toml)
    if house.store.read(hub_of):
        what = "this is a field node: its consultations come from its hub"
        raise Unpublishable([Fault("error", "hub", what, "publish it there; the node is given it when they next meet")])
    current = house.store.read(house.library.current)
    held, audio = (None, None) if test else (day, calls(house.speakers, house.settings.data))
    faults = inspect(given, house.library.packs, house.channels, held, audio)
    faults += claimed(given, current)
    latest = house.store.read(lambda view: view.published(given.name))
    unasked = unreviewed is None and (latest.test if latest else test)
    lacking = () if unasked else unchecked(house, given)
    faults += _unchecked_faults(tag for tag in lacking if tag not in (unreviewed or ()))
    blocked = _blocked(given, faults)
    consultation = _without(given, blocked)
    if consultation is None or blocked is None:
        raise Unpublishable(faults)
    kept = write(consultation) if blocked else toml
    left_out, known = tuple(sorted(blocked)), tuple(tag for tag in lacking if tag not in blocked)
    if (
        refused := _practised(house, latest, given)
        + _retired(latest)
        + _unanswered(house, latest, consultation, day)
        + _compounded(house, latest, given)
    ):
        raise Unpublishable([*faults, *refused])
    sha256 = hashlib.sha256(kept.encode()).hexdigest()
    if latest and latest.sha256 == sha256:
        return Publication(latest, False, None, tuple(faults), left_out)
    public, kit = (latest.public, None) if latest else _new_key(house, consultation)
    published = Published(
        name=consultation.name,
        version=latest.version + 1 if latest else 1,
        sha256=sha256,
        toml=kept,
        public=public,
        custody=latest.custody if latest else consultation.custody,
        day=day,
        test=latest.test if latest else test,
    )
    house.store.write(partial(_keep, house, consultation, published, known))
    read_waiting(house, day * DAY, published.name)
    return Publication(published, True, kit, tuple(faults), left_out, known)


def _new_key(house: House, consultation: Consultation) -> tuple[bytes, custody.Kit]:
    public, kit = custody.make(
        house.settings.data, house.vault, consultation.name, consultation.custody, resume=consultation.custody == "hub"
    )
    custody.rehearse(public, kit.half_a, kit.half_b)
    return public, kit


def claimed(consultation: Consultation, current: Current) -> list[Fault]:
    """Keywords that another consultation answers to."""
    taken = []
    for tag, word in consultation.keyword.items():
        owner = current.keywords.get(normalise(word))
        if owner and owner[0] != consultation.name:
            what = f"the keyword {word} belongs to the consultation {owner[0]}"
            taken.append(Fault("error", f"keyword, {tag}", what, "choose another neutral word", language=tag))
    return taken


def _practised(house: House, latest: Published | None, given: Consultation) -> list[Fault]:
    """What is said in earnest is never taken for a practice, nor the other way round."""
    if latest is None or house.library.edition(latest).consultation.practice == given.practice:
        return []
    cure = "publish it under another name, with a word of its own"
    return [Fault("error", "practice", "a practice and a consultation cannot become each other", cure)]


def _retired(latest: Published | None) -> list[Fault]:
    if latest is None or latest.retired is None:
        return []
    return [Fault("error", "name", f"{latest.name} is retired", "give the new consultation another name")]


def _unanswered(house: House, latest: Published | None, consultation: Consultation, day: int) -> list[Fault]:
    """A new round begins by admitting what is still unanswered of the last one: its opening says something new."""
    if latest is None:
        return []
    before = house.library.edition(latest).consultation
    today = date.fromordinal(_EPOCH + day)
    asks = house.store.read(lambda view: keeping.asks(view, consultation.name)).values()
    late = [str(ask.id) for ask in asks if ask.overdue(today)]
    fresh = consultation.background and consultation.background != before.background
    if consultation.round <= before.round or not late or fresh:
        return []
    what = f"says nothing of what is overdue since the last round (ask {', '.join(late)})"
    cure = "say in [background] what was asked and that no answer has come"
    return [Fault("error", "background", what, cure)]


def _keep(house: House, consultation: Consultation, published: Published, known: tuple[str, ...], tx: Tx) -> None:
    """Raises Unpublishable if someone took a keyword or retired it since the file was inspected."""
    taken = [one for one in claimed(consultation, house.library.current(tx)) if one.language in consultation.languages]
    if faults := taken + _retired(tx.published(published.name)):
        raise Unpublishable(faults)
    tx.publish(published)
    if known:
        tx.keep_unchecked(published.name, published.version, known)
    count(tx)
    giving.edition(house, tx, published)
    tx.note(published.day, f"published {published.name} version {published.version} {published.sha256[:16]}")


def count(tx: Tx) -> None:
    """Every process is to look at what is published anew."""
    tx.set(COUNTER, str(int(tx.setting(COUNTER) or 0) + 1))


def changes_safety(house: House, toml: str) -> str:
    """The consultation's name, where this file changes what keeps women safe in its newest version; else "".

    That is the risk, the hours and their clock, whom to call for help, who may come in, and which questions are kept
    to overall figures. Raises consultation.Refused.
    """
    given = read(toml)
    newest = house.store.read(lambda view: view.published(given.name))
    if newest is None or _safety(given) == _safety(house.library.edition(newest).consultation):
        return ""
    return given.name


def _safety(consultation: Consultation) -> tuple[object, ...]:
    c = consultation
    kept = frozenset(question.name for question in c.questions if question.sensitive)
    return c.risk, c.safe_hours, c.timezone, c.area, c.referral, c.open, kept


def retire(house: House, name: str, *, day: int, confirmed_by: tuple[str, str]) -> None:
    """Destroy the consultation's key: its answers are closed for ever, here and in every copy.

    Both people confirm that their half of the kit is destroyed too. Those who agreed to news stay on their list.
    Raises custody.CustodyError, LookupError.
    """
    published = house.store.read(lambda view: _must_exist(view, name))
    if published.custody == "hub":
        custody.retire(house.settings.data, name, confirmed_by)
    else:
        custody.two_people(confirmed_by)
    house.store.write(partial(_retire, name, day))
    house.store.scrub()


def _retire(name: str, day: int, tx: Tx) -> None:
    close(name, day, tx)
    giving.retired(tx, name, day)
    tx.note(day, f"retired {name}: key destroyed, both halves of the kit confirmed destroyed")


def _must_exist(view: View, name: str) -> Published:
    published = view.published(name)
    if published is None:
        raise LookupError(f"no consultation {name!r} is published")
    return published


def close(name: str, day: int, tx: Tx) -> None:
    """No conversation of it goes on, no live key stays, and of those who took part only the list for news (D9)."""
    tx.recall(name)
    incidents.forget(name, tx)
    ending.forget(name, tx)
    coding.forget(name, tx)
    codes.forget(name, tx)
    for session in tx.sessions_of(name):
        tx.close(session.id)
    for key in list(tx.keys(name)):
        tx.forget_live(key.person, name)
    for enrolment in list(tx.enrolments(name)):
        if not enrolment.news:
            tx.unenrol(enrolment.person, name)
    for campaign in tx.campaigns(name):
        if campaign.state in ("running", "paused", "scheduled"):
            tx.update_campaign(replace(campaign, state="stopped", why="retired"))
    tx.retire(name, day)
    count(tx)
