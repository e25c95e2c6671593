"""Publishing and retiring: immutable versions under one key, blocked by language, closed for ever by two people."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import pytest

from consult import custody, publish
from consult.consultation import Refused, read
from consult.custody import CustodyError
from consult.publish import Publication, Unpublishable
from consult.store import Store, StoreError, Tx
from consult.store.records import Reading
from consult.translations.strings import mark, strings
from tests.journeys.script import definition
from tests.journeys.stage import Stage, set_up

T = TypeVar("T")
TWO = ("Amina", "Ruth")
DAY = 20_780
KNOWN = ("en", "fr")  # languages that go out although nobody read their words a second time


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    made = set_up(tmp_path)
    yield made
    made.house.close()


def put_out(stage: Stage, toml: str) -> Publication:
    return publish.publish(stage.house, toml, day=DAY, unreviewed=KNOWN)


def audit(stage: Stage) -> list[str]:
    return [what for _, _, what, _ in stage.house.store.read(lambda view: view.audit())]


def test_a_version_is_numbered_hashed_and_kept_as_it_was_given(stage: Stage) -> None:
    text = definition("closed")
    done = put_out(stage, text)
    assert done.new
    assert done.left_out == ()
    kept = stage.house.store.read(lambda view: view.published("closed"))
    assert kept == done.published
    assert (kept.version, kept.toml, kept.day, kept.test) == (1, text, DAY, False)
    assert kept.sha256 == hashlib.sha256(text.encode()).hexdigest()
    assert audit(stage) == [f"published closed version 1 {kept.sha256[:16]}"]


def test_the_same_file_again_changes_nothing(stage: Stage) -> None:
    first = put_out(stage, definition("closed"))
    again = put_out(stage, definition("closed"))
    assert not again.new
    assert again.kit is None
    assert again.published == first.published
    assert len(audit(stage)) == 1


def test_a_corrected_file_is_the_next_version_under_the_same_key(stage: Stage) -> None:
    first = put_out(stage, definition("closed"))
    second = put_out(stage, definition("closed").replace("round = 1", "round = 2"))
    assert (second.published.version, second.kit) == (2, None)
    assert second.published.public == first.published.public
    assert stage.house.store.read(lambda view: view.published("closed", 1)) == first.published
    back = put_out(stage, definition("closed"))
    assert back.published.version == 3, "an older wording published again is the newest version"


def test_the_kit_of_the_first_publication_brings_the_key_back(stage: Stage) -> None:
    kit = put_out(stage, definition("closed")).kit
    private = custody.join(kit.half_a, kit.half_b)
    assert private == custody.private_key(stage.house.settings.data, stage.house.vault, "closed")


def test_under_offline_custody_the_key_is_not_kept(stage: Stage) -> None:
    text = definition("closed").replace("round = 1", 'round = 1\ncustody = "offline"', 1)
    done = put_out(stage, text)
    assert done.published.custody == "offline"
    with pytest.raises(custody.NoKey):
        custody.private_key(stage.house.settings.data, stage.house.vault, "closed")
    custody.rehearse(done.published.public, done.kit.half_a, done.kit.half_b)


def test_custody_and_kind_of_data_do_not_change_with_a_version(stage: Stage) -> None:
    stage.publish(definition("closed"), test=True)
    text = definition("closed").replace("round = 1", 'round = 1\ncustody = "offline"', 1)
    second = put_out(stage, text)
    assert (second.published.custody, second.published.test) == ("hub", True)


def test_an_error_in_one_language_leaves_that_language_out(stage: Stage) -> None:
    text = definition("closed").replace('fr = "Le marché est-il ouvert ?"\n', "")
    done = put_out(stage, text)
    assert done.left_out == ("fr",)
    assert any(fault.language == "fr" and fault.level == "error" for fault in done.faults)
    edition = stage.edition("closed")
    assert edition.consultation.languages == ("en",)
    assert stage.says("ECHELLE") != stage.house.channels["sms"].render(edition.tongues[0].consent)
    assert "LADDER" in done.published.toml


def read_twice(stage: Stage, toml: str, *tags: str) -> None:
    """Account 2 signs every text in these languages, as the page of words lets her."""
    whole = read(toml)
    readings = [
        Reading(whole.name, each.id, tag, mark(whole, each, tag), "reviewed", 2, DAY)
        for each in strings(whole)
        for tag in tags
    ]
    for reading in readings:
        stage.house.store.write(lambda tx, reading=reading: tx.keep_reading(reading))


def test_a_language_without_a_second_reader_is_left_out_unless_somebody_says_so(stage: Stage) -> None:
    text = definition("closed")
    with pytest.raises(Unpublishable) as refused:
        publish.publish(stage.house, text, day=DAY)
    assert {each.language for each in refused.value.faults if each.level == "error"} == {"en", "fr"}
    assert stage.house.store.read(lambda view: view.editions()) == []
    done = publish.publish(stage.house, text, day=DAY, unreviewed=["fr", "xx"])
    assert (done.left_out, done.unchecked) == (("en",), ("fr",))
    assert read(done.published.toml).languages == ("fr",)
    assert stage.house.store.read(lambda view: view.unchecked("closed", 1)) == ("fr",)


def test_what_a_second_person_read_goes_out_without_a_word_also_from_a_file(stage: Stage) -> None:
    text = definition("closed")
    read_twice(stage, text, "en", "fr")
    done = publish.publish(stage.house, text, day=DAY)
    assert (done.left_out, done.unchecked) == ((), ())
    assert stage.house.store.read(lambda view: view.unchecked("closed", 1)) == ()


def test_one_changed_word_wants_a_second_reader_again(stage: Stage) -> None:
    text = definition("closed")
    read_twice(stage, text, "en", "fr")
    changed = text.replace("Le marché est-il ouvert ?", "Le marché est-il ouvert ce jour ?")
    done = publish.publish(stage.house, changed, day=DAY)
    assert done.left_out == ("fr",)
    whole = publish.publish(stage.house, changed, day=DAY, unreviewed=["fr"])
    assert (whole.published.version, whole.unchecked) == (2, ("fr",))


def test_trials_need_no_second_reader(stage: Stage) -> None:
    done = publish.publish(stage.house, definition("closed"), day=DAY, test=True)
    again = publish.publish(stage.house, definition("closed").replace("round = 1", "round = 2"), day=DAY)
    assert (done.unchecked, again.unchecked, again.left_out, again.published.test) == ((), (), (), True)


def test_an_error_in_the_whole_publishes_nothing(stage: Stage) -> None:
    text = definition("closed").replace('name = "market"', 'name = "market"\nrelevant = "${later} = 1"')
    with pytest.raises(Unpublishable) as refused:
        put_out(stage, text)
    assert any(fault.level == "error" and "later" in fault.what for fault in refused.value.faults)
    assert stage.house.store.read(lambda view: view.editions()) == []
    assert not list((stage.house.settings.data / "keys").glob("consultations/*"))
    assert audit(stage) == []


@pytest.mark.parametrize("text", ["", "name = 1", "\x00", "a" * 300_000, "[" * 5000, "name = 'x'\nname = 'y'"])
def test_a_hostile_file_is_refused_and_leaves_nothing(stage: Stage, text: str) -> None:
    with pytest.raises(Refused):
        put_out(stage, text)
    assert stage.house.store.read(lambda view: view.editions()) == []


def test_a_keyword_belongs_to_one_consultation(stage: Stage) -> None:
    put_out(stage, definition("closed"))
    other = definition("brief").replace('"CANDLE"', '"Ladder"').replace('"BOUGIE"', '"échelle"')
    with pytest.raises(Unpublishable) as refused:
        put_out(stage, other)
    assert any("belongs to the consultation closed" in fault.what for fault in refused.value.faults)
    publish.retire(stage.house, "closed", day=DAY, confirmed_by=TWO)
    assert put_out(stage, other).new


def test_a_keyword_taken_in_one_language_leaves_out_that_language(stage: Stage) -> None:
    put_out(stage, definition("closed"))
    done = put_out(stage, definition("brief").replace('"BOUGIE"', '"ECHELLE"'))
    assert done.left_out == ("fr",)
    now = stage.house.store.read(stage.house.library.current)
    assert now.keywords["echelle"] == ("closed", "fr")


def test_many_who_publish_at_once_make_one_version(stage: Stage) -> None:
    def one(_: int) -> str:
        try:
            return "new" if put_out(stage, definition("closed")).new else "same"
        except (StoreError, CustodyError):
            return "late"

    with ThreadPoolExecutor(6) as pool:
        outcomes = list(pool.map(one, range(6)))
    assert outcomes.count("new") == 1
    assert len(stage.house.store.read(lambda view: view.editions())) == 1
    kept = stage.house.store.read(lambda view: view.published("closed"))
    private = custody.private_key(stage.house.settings.data, stage.house.vault, "closed")
    from nacl.bindings import crypto_scalarmult_base

    assert crypto_scalarmult_base(private) == kept.public


def test_retiring_destroys_the_key_and_ends_every_conversation(stage: Stage) -> None:
    stage.publish(definition("market"))
    stage.says("KIOSK", "1", "1", "salt")
    stage.hears("KIOSK", to="4040")
    stage.hears("KIOSK", "+2348030000002")
    publish.retire(stage.house, "market", day=DAY, confirmed_by=TWO)
    assert not (stage.house.settings.data / "keys" / "consultations" / "market.key").exists()
    assert not stage.open_session()
    assert not stage.open_session(ours="4040")
    assert all(row.live is None for row in stage.house.store.read(lambda view: list(view.keys("market"))))
    assert stage.sends() == []
    assert stage.says("1")[0].startswith("Hello. This number works automatically")
    assert stage.says("KIOSK") == []
    assert not stage.house.store.read(lambda view: view.held())
    assert audit(stage)[-1].startswith("retired market")


def test_retiring_ends_the_conversations_on_every_number_and_the_resting_ones(stage: Stage) -> None:
    stage.publish(definition("safety"))
    stage.publish(definition("market"))
    stage.says("RIVER", "1", "3")
    stage.says("KIOSK", sender="+2348030000002")
    for text in ("RIVER", "1", "1"):
        stage.at += 60
        stage.hears(text, to="4040")
        stage.sends()
    rows = stage.house.store.read(lambda view: view.sessions_of("safety"))
    assert len(rows) == 2
    stage.house.store.write(lambda tx: tx.save(replace(rows[0], resting=True)))
    stage.hears("1", to="4040")
    publish.retire(stage.house, "safety", day=DAY, confirmed_by=TWO)
    assert stage.house.store.read(lambda view: view.sessions_of("safety")) == []
    assert {one.state for one in stage.outbox()} == {"accepted", "cancelled"}
    assert all(one.text == b"" for one in stage.outbox())
    assert all(row.live is None for row in stage.house.store.read(lambda view: list(view.keys("safety"))))
    assert stage.open_session("+2348030000002") is not None


def test_of_those_who_took_part_only_the_list_for_news_outlives_retiring(stage: Stage) -> None:
    stage.publish(definition("closed"))
    for n in range(3):
        stage.enrol("closed", f"+234803000000{n}")

    def agree(tx: Tx) -> int:
        rows = list(tx.enrolments("closed"))
        for row in rows:
            tx.enrol(replace(row, segments=b"sealed", news=row is rows[1]))
        return rows[1].person

    her = stage.house.store.write(agree)
    publish.retire(stage.house, "closed", day=DAY, confirmed_by=TWO)
    left = stage.house.store.read(lambda view: list(view.enrolments("closed")))
    assert [(row.person, row.segments) for row in left] == [(her, b"sealed")]


@dataclass(frozen=True)
class Overtaken:
    """A store in which someone else is quicker, once, between what was looked at and what is written."""

    store: Store
    first: list[Callable[[], object]]

    def __getattr__(self, name: str) -> Any:
        return getattr(self.store, name)

    def write(self, work: Callable[[Tx], T]) -> T:
        while self.first:
            self.first.pop()()
        return self.store.write(work)


def test_a_keyword_taken_while_the_file_was_inspected_is_refused(stage: Stage) -> None:
    other = definition("brief").replace('"CANDLE"', '"Ladder"').replace('"BOUGIE"', '"échelle"')
    late = replace(stage.house, store=Overtaken(stage.house.store, [lambda: put_out(stage, definition("closed"))]))
    with pytest.raises(Unpublishable) as refused:
        publish.publish(late, other, day=DAY, unreviewed=KNOWN)
    assert any("belongs to the consultation closed" in fault.what for fault in refused.value.faults)
    assert [one.name for one in stage.house.store.read(lambda view: view.editions())] == ["closed"]


def test_what_was_retired_while_the_next_version_was_inspected_is_refused(stage: Stage) -> None:
    put_out(stage, definition("closed"))
    retire = partial(publish.retire, stage.house, "closed", day=DAY, confirmed_by=TWO)
    late = replace(stage.house, store=Overtaken(stage.house.store, [retire]))
    with pytest.raises(Unpublishable) as refused:
        publish.publish(late, definition("closed").replace("round = 1", "round = 2"), day=DAY, unreviewed=KNOWN)
    assert any("is retired" in fault.what for fault in refused.value.faults)


def test_retiring_needs_two_people_and_something_to_retire(stage: Stage) -> None:
    put_out(stage, definition("closed"))
    for names in (("Amina", "amina "), ("Amina", ""), ("", "")):
        with pytest.raises(CustodyError, match="two different people"):
            publish.retire(stage.house, "closed", day=DAY, confirmed_by=names)
    with pytest.raises(LookupError):
        publish.retire(stage.house, "river", day=DAY, confirmed_by=TWO)
    assert stage.house.store.read(lambda view: view.published("closed")).retired is None
    assert (stage.house.settings.data / "keys" / "consultations" / "closed.key").exists()


def test_what_is_retired_is_not_published_again(stage: Stage) -> None:
    put_out(stage, definition("closed"))
    publish.retire(stage.house, "closed", day=DAY, confirmed_by=TWO)
    with pytest.raises(Unpublishable) as refused:
        put_out(stage, definition("closed").replace("round = 1", "round = 2"))
    assert any("is retired" in fault.what for fault in refused.value.faults)
