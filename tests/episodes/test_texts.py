"""Texts for the air: only of those who agreed, masked, closed with the station's key, gone with the books."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.sms import Sms
from consult import intake
from consult.channel import Heard, Slip, Text
from consult.checks import check
from consult.config import Settings
from consult.consultation import Option, Question, Risk, read, write
from consult.episodes import Episode, close_books, close_window, material, plan, stationkey, texts
from consult.episodes.flagging import MASK, mask
from consult.episodes.windows import WORDS_FOR
from consult.house import House, open_house
from consult.intake.slips import SlipRefused, take_slip
from consult.publish import publish
from consult.store.aired import AiredText
from consult.wording import packs
from tests.conftest import EXAMPLES, example
from tests.drills.traces import found_under
from tests.fakes.post import OURS, Post

HER, OTHER = "+2348030000001", "+2348030000002"
WORDS = "The bridge near Zuma fell, call 0803 123 4567 or quokka@example.org"
NOW = int(time.time())


def asking(**more: object) -> str:
    """`safety` with one more question, and who may be read."""
    safety = example("safety")
    labels = dict.fromkeys(safety.languages, "May your words be read on the radio, without your name?")
    yes_no = tuple(Option(name, dict.fromkeys(safety.languages, name.title())) for name in ("yes", "no"))
    may = Question("select_one", "may_read", labels, choices=yes_no)
    says = Question("text", "says", dict.fromkeys(safety.languages, "What should they know?"), on_air="may_read")
    return write(replace(safety, questions=(may, replace(says, **more)), many_questions=""))


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    opened = open_house(Settings(data=tmp_path / "data", country="NG", replies_per_number=1000))
    opened = replace(opened, channels={"sms": Sms({"post": Post()})})
    publish(opened, asking(), day=20_780, test=True)
    yield opened
    opened.close()


def aired(house: House, opens: int = -60, closes: int = 3600, ask: str = "says", listed: str = "") -> Episode:
    published = house.store.read(lambda view: view.published("safety"))
    assert published is not None
    given_ = material(house.library.edition(published), "en", 2, (ask,))
    episode = Episode(
        "safety", 2, 1, "radio", "en", NOW // 86_400, 300, "", "", "", listed=listed, opens_at=NOW + opens,
        closes_at=NOW + closes,
    )  # fmt: skip
    plan(house, episode, given_, NOW)
    return house.store.read(lambda view: view.episode("safety", 2)) or episode


def says(house: House, *replies: str, number: str = HER) -> None:
    for n, words in enumerate(replies):
        at = NOW + n
        heard = Heard("sms", "post", OURS, number, Text(words), f"{number}-{n}-{len(words)}-{time.monotonic()}", at)
        intake.take(house, heard, 0)
        house.store.write(
            lambda tx: [tx.update_message(replace(one, state="delivered")) for one in _owed(tx, house, number)]
        )


def _owed(tx, house: House, number: str):  # type: ignore[no-untyped-def]
    address = tx.address(house.vault.index(number))
    return tx.traffic(address.id) if address else []


def joins(house: House, agrees: str, words: str = WORDS, number: str = HER) -> None:
    says(house, "RIVER", "1", agrees, words, number=number)


def rows(house: House) -> list[AiredText]:
    return house.store.read(lambda view: view.texts("safety", 2))


def opened(house: House, key: str, episode: Episode, at: int = NOW) -> list[str]:
    return [words for _, words in texts.opened(house, episode, key, "account 1", at)]


# ---- who is read, and what of it


def test_words_of_who_agreed_wait_masked(house: House) -> None:
    key, episode = stationkey.issue(house, "safety", NOW), aired(house)
    joins(house, "1")
    (words,) = opened(house, key, episode)
    assert words.startswith("The bridge near")
    for hidden in ("Zuma", "0803", "4567", "quokka", "example.org"):
        assert hidden not in words


@pytest.mark.parametrize("agrees", ["2", "99", "77"])
def test_words_of_who_did_not_agree_do_not(agrees: str, house: House) -> None:
    stationkey.issue(house, "safety", NOW)
    aired(house)
    joins(house, agrees)
    assert rows(house) == []


def test_a_question_passed_over_is_no_text(house: House) -> None:
    stationkey.issue(house, "safety", NOW)
    aired(house)
    joins(house, "1", "99")
    assert rows(house) == []


@pytest.mark.parametrize(("opens", "closes"), [(60, 3600), (-3600, -60)])
def test_outside_the_window_nothing_waits(opens: int, closes: int, house: House) -> None:
    stationkey.issue(house, "safety", NOW)
    aired(house, opens, closes)
    joins(house, "1")
    assert rows(house) == []


def test_without_a_station_key_or_the_question_nothing_waits(house: House) -> None:
    aired(house)
    joins(house, "1")
    assert rows(house) == []
    stationkey.issue(house, "safety", NOW)
    aired(house, ask="may_read")
    joins(house, "1", number=OTHER)
    assert rows(house) == []


def test_no_word_of_hers_lies_in_clear(house: House) -> None:
    stationkey.issue(house, "safety", NOW)
    aired(house)
    joins(house, "1", "okapimarker")
    assert rows(house)
    assert found_under([house.settings.data], ["okapimarker"]) == {}


def test_lengths_are_told_in_steps_only(house: House) -> None:
    stationkey.issue(house, "safety", NOW)
    aired(house)
    joins(house, "1", "a")
    joins(house, "1", "a" * 100, number=OTHER)
    assert len({len(row.sealed) for row in rows(house)}) == 1


# ---- the key


def test_another_key_opens_nothing_and_a_new_one_takes_its_place(house: House) -> None:
    old, episode = stationkey.issue(house, "safety", NOW), aired(house)
    joins(house, "1")
    for wrong in ("", "nonsense", old[:-1] + ("0" if old[-1] != "0" else "1"), " ".join(old.split()[::-1])):
        with pytest.raises(stationkey.WrongKey):
            opened(house, wrong, episode)
    assert opened(house, old.lower().replace("-", ""), episode), "typed as people type"
    new = stationkey.issue(house, "safety", NOW)
    with pytest.raises(stationkey.WrongKey):
        opened(house, old, episode)
    assert opened(house, new, episode) == []  # what was closed for the old one stays closed


def test_every_opening_stands_in_the_audit(house: House) -> None:
    key, episode = stationkey.issue(house, "safety", NOW), aired(house)
    joins(house, "1")
    opened(house, key, episode)
    told = [what for _, _, what, _ in house.store.read(lambda view: view.audit())]
    assert "texts of episode 2 of safety opened by account 1" in told


# ---- the end of it


def test_the_words_are_gone_with_the_books(house: House) -> None:
    key, episode = stationkey.issue(house, "safety", NOW), aired(house)
    joins(house, "1")
    texts.settle(house, episode, rows(house)[0].id, "read", "the bridge fell", checked=False)
    close_window(house, "safety", 2, NOW + 10)
    close_books(house, "safety", 2, NOW + 20)
    assert [any(row.sealed) or any(row.told) for row in rows(house)] == [False]
    episode = house.store.read(lambda view: view.episode("safety", 2)) or episode
    assert opened(house, key, episode) == []


def test_they_are_gone_a_day_after_the_window_whoever_forgot_the_books(house: House) -> None:
    key, episode = stationkey.issue(house, "safety", NOW), aired(house)
    joins(house, "1")
    late = NOW + 3600 + WORDS_FOR
    assert opened(house, key, episode, late) == []
    assert house.store.write(lambda tx: tx.blank_old_slips(late - WORDS_FOR)) == 1
    assert not any(rows(house)[0].sealed)


def test_they_are_gone_with_her(house: House) -> None:
    stationkey.issue(house, "safety", NOW)
    aired(house)
    joins(house, "1")
    joins(house, "1", number=OTHER)
    says(house, "ERASE", number=HER)
    assert [any(row.sealed) for row in rows(house)] == [False, True]


# ---- what is told


def test_what_the_producer_writes_is_told_and_nothing_else(house: House) -> None:
    stationkey.issue(house, "safety", NOW)
    episode = aired(house, listed="Zuma")
    joins(house, "1")
    row = rows(house)[0]
    texts.settle(house, episode, row.id, "read", "A bridge fell; the road is long now", checked=True)
    assert texts.to_tell(house, episode, NOW) == [("en", "A bridge fell; the road is long now")]
    texts.settle(house, episode, row.id, "no", "", checked=False)
    assert texts.to_tell(house, episode, NOW) == []


@pytest.mark.parametrize(
    ("told", "why"),
    [
        ("one " * 13, "long"),
        ("ring 0803 123", "number"),
        ("at a@b.org", "address"),
        ("it was Zuma who", "name"),
    ],
)
def test_what_must_not_be_said_is_refused(told: str, why: str, house: House) -> None:
    stationkey.issue(house, "safety", NOW)
    episode = aired(house, listed="Zuma")
    joins(house, "1")
    with pytest.raises(texts.NotSaid, match=why):
        texts.settle(house, episode, rows(house)[0].id, "read", told, checked=False)


@given(st.text(max_size=120))
def test_masking_leaves_no_number_and_no_address(words: str) -> None:
    masked = mask(words).replace(MASK, "")
    assert "@" not in masked
    assert "://" not in masked


@pytest.mark.parametrize(
    "hidden",
    ["0803 123 4567", "+234-803-123", "٠٨٠٣١٢٣", "a.b@c.org", "https://x.y/z", "www.x.y", "ev.il.com"],
)
def test_masking_hides(hidden: str) -> None:
    assert hidden not in mask(f"i said {hidden} to her")


# ---- the definition


@pytest.mark.parametrize(
    ("change", "says_"),
    [({"on_air": "nobody"}, "asks whether she agrees"), ({"on_air": "says"}, "asks whether she agrees"),
     ({"sensitive": True}, "is not read on the air")],
)  # fmt: skip
def test_a_definition_that_would_read_without_asking_is_refused(change: dict[str, object], says_: str) -> None:
    faults = check(read(asking(**change)), packs())
    assert any(says_ in fault.what and fault.level == "error" for fault in faults)


def test_at_elevated_risk_nothing_is_read() -> None:
    elevated = replace(read(asking()), risk=Risk.ELEVATED)
    assert any("is not read on the air" in fault.what for fault in check(elevated, packs()))


def test_it_belongs_to_text_only() -> None:
    text = (EXAMPLES / "safety.toml").read_text(encoding="utf-8")
    wrong = text.replace('type = "select_one"', 'type = "select_one"\non_air = "moving"', 1)
    assert any("on_air means nothing" in fault.what for fault in check(read(wrong), packs()))


# ---- at the desk


@pytest.mark.parametrize(
    ("words", "why"),
    [
        ("ring 0803 123 " + "word " * 20, "number"),
        ("to a@b.org", "address"),
        ("the son of Amina " + "said so " * 12, "name"),
    ],
)
def test_words_of_a_caller_typed_as_an_answer_are_looked_at_too(words: str, why: str, house: House) -> None:
    episode = aired(house)
    about = {"ticket": "AB-1", "who": "woman", "agreed": "read", "state": "waiting", "language": "en"}
    slip = Slip((("says", words),), tuple(about.items()))
    heard = Heard("radio", "desk", "", None, slip, "slip-0001", NOW, entered_by="account 1")
    with pytest.raises(SlipRefused, match=f"says: {why}"):
        take_slip(house, "safety", episode.number, heard)
