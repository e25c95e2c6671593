"""Calls by Twilio from end to end: what is not Twilio's is refused, a key counts once, calls never mix."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path
from typing import Any, cast
from urllib.parse import urlencode

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from channels.voice.speech import Speech
from consult import custody, intake
from consult.channel import Heard, Text
from consult.config import Settings
from consult.findings.tally import Told
from consult.house import House, open_house
from consult.publish import publish
from consult.speech.shelf import Shelf
from consult.store import Store, StoreError, Tx
from consult.unsealing import Opening
from consult.web import create_app
from consult.wording import for_locale
from tests.conftest import EXAMPLES
from tests.fakes.telephone import HER, OURS, Telephone
from tests.fakes.twilio_server import ACCOUNT, TOKEN, sign
from tests.journeys.telling import line
from tests.speech.sounds import tone
from tests.web.conftest import DAY

PUBLIC = "https://consult.example.org"
INBOUND = "/hooks/voice/twilio"
HIDDEN = "+266696687"
NUMBERS = count(10)
COVER = "Hello. This number works automatically and nobody can take your call. Thank you. Goodbye."


@dataclass
class Hub:
    """A hub that takes calls at its public address."""

    house: House
    client: FlaskClient

    def phone(self, number: str = HER, ours: str = OURS) -> Telephone:
        return Telephone(self.answer, PUBLIC, number, ours)

    def answer(self, url: str, fields: dict[str, str], signature: str) -> bytes:
        response = self.post(url, fields, signature)
        assert (response.status_code, response.mimetype) == (200, "text/xml")
        return response.data

    def post(self, url: str, fields: dict[str, str], signature: str = "") -> TestResponse:
        body, head = urlencode(fields).encode(), {"X-Twilio-Signature": signature or sign(url, fields)}
        form = "application/x-www-form-urlencoded"
        return self.client.post(url.removeprefix(PUBLIC), data=body, content_type=form, headers=head)

    def told(self, name: str = "safety") -> list[Told]:
        published = self.house.store.read(lambda view: view.published(name))
        assert published is not None
        private = custody.private_key(self.house.settings.data, self.house.vault, name)
        return list(Opening(self.house.store, published, private).told())

    def facts(self, name: str = "safety") -> list[str]:
        return [line(told.event) for told in self.told(name)]


def opened(folder: Path, example: str, keyword: str, *, door: str = "open = true") -> House:
    settings = Settings(
        data=folder / "data",
        public_url=PUBLIC,
        twilio_account_sid=ACCOUNT,
        twilio_auth_token=TOKEN,
        twilio_from=OURS,
        twilio_voice=f"{OURS} {keyword}",
    )
    house = open_house(settings)
    toml = (EXAMPLES / f"{example}.toml").read_text(encoding="utf-8").replace("open = true", door, 1)
    publish(house, toml, day=DAY, test=True)
    return house


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[Hub]:
    house = opened(tmp_path, "safety", "RIVER")
    yield Hub(house, create_app(house).test_client())
    house.close()


@pytest.fixture
def wary(tmp_path: Path) -> Iterator[Hub]:
    """At elevated risk."""
    house = opened(tmp_path, "pulse", "BASKET")
    yield Hub(house, create_app(house).test_client())
    house.close()


def asked(hub: Hub) -> Telephone:
    """In English, agreed, at the first question."""
    phone = hub.phone()
    phone.rings()
    phone.presses("1", "1")
    return phone


# ---- a whole call


def test_a_whole_consultation_is_held_by_keys(hub: Hub) -> None:
    phone = hub.phone()
    menu = phone.rings()
    assert menu[0] == "Please choose your language."
    assert menu[1:5] == [
        "For English, press 1.",
        "Pour Français, appuyez sur 2.",
        for_locale("ar")("For {label}, press {key}.", label="العربية", key="3"),
        "Hausa, danna 4.",
    ]
    assert menu[5] == "To hear more choices, wait."
    assert phone.waits()[0] == for_locale("sw")("For {label}, press {key}.", label="Kiswahili", key="5")
    consent = phone.presses("1")
    assert consent[-1].endswith("To agree, press 1. If not, press 2.")
    begun = phone.presses("1")
    assert begun[0].startswith("To hear a question again, press 9.")
    assert begun[2] == "For Easier, press 1."
    phone.presses("1", "2", "2", "3")
    assert phone.said == ["May we let you know later when there is news?", "For Agree, press 1.", "For No, press 2."]
    assert phone.presses("2") == ["Thank you. Received. Goodbye."]
    assert not phone.open
    assert hub.facts() == [
        "Began keyword", "Chose en", "Consented take_part yes", "Answered moving easier", "Answered turn_to elders",
        "Answered age a30_44", "Answered place other", "Finished", "Consented news no",
    ]  # fmt: skip
    assert {fact.channel for fact in hub.house.store.read(lambda view: list(view.facts("safety")))} == {"voice"}


def test_hanging_up_keeps_what_was_given_and_calling_again_goes_on_there(hub: Hub) -> None:
    phone = asked(hub)
    question = phone.presses("1")
    phone.hangs_up()
    assert hub.facts()[-1] == "Answered moving easier"
    assert phone.rings() == question
    phone.presses("4")
    assert hub.facts()[-1] == "Answered turn_to no_one"


# ---- keys


def test_nine_says_it_again_and_counts_for_nothing(hub: Hub) -> None:
    phone = asked(hub)
    facts, question = hub.facts(), phone.said[1:]
    assert phone.presses("9", "9") == question
    assert hub.facts() == facts


def test_a_wrong_key_names_the_choices_and_the_third_moves_on(hub: Hub) -> None:
    phone = asked(hub)
    question = phone.said[1:]
    assert phone.presses("8") == ["That key is not one of the choices.", *question]
    phone.presses("7", "6")
    assert hub.facts()[-4:] == ["Misheard moving unclear"] * 3 + ["Skipped moving misheard"]


def test_silence_is_answered_slower_and_a_silent_line_is_given_up(hub: Hub) -> None:
    phone = asked(hub)
    question = phone.said[1:]
    assert b"<Pause" not in phone.answer
    assert phone.waits() == question
    assert b"<Pause" in phone.answer
    phone.waits()
    phone.waits()
    assert hub.facts()[-1] == "Skipped moving misheard"
    facts = hub.facts()
    assert phone.waits() == []
    assert not phone.open
    assert hub.facts() == facts
    phone.rings()
    phone.presses("1")
    assert hub.facts()[-1] == "Answered turn_to family"


def test_zero_opens_the_menu_of_what_is_no_answer(hub: Hub) -> None:
    phone = asked(hub)
    question = phone.said[1:]
    assert phone.presses("0")[0].startswith("For help, press 1.")
    assert phone.presses("9") == question
    helped = phone.presses("0", "1")
    assert helped[0].startswith("Press the key of your answer. To speak with a person:")
    assert helped[1:] == question
    phone.presses("0", "2", "0", "3", "0", "4")
    wanted = ["moving (not_sure)", "turn_to (not_understood)", "age (prefer_not)"]
    assert hub.facts()[-3:] == [f"Answered {each}" for each in wanted]


def test_the_star_goes_back(hub: Hub) -> None:
    phone = asked(hub)
    question = phone.said[1:]
    phone.presses("1")
    assert phone.presses("*", "") == question
    assert hub.facts()[-1] == "Returned moving"


def test_seven_in_the_menu_stops_for_good(hub: Hub) -> None:
    phone = asked(hub)
    assert phone.presses("0", "7") == ["Stopped. You will hear no more from us. Goodbye."]
    assert not phone.open
    assert hub.facts()[-1] == "Stopped"


def test_a_deletion_is_asked_about_before_it_is_done(hub: Hub) -> None:
    phone = asked(hub)
    assert phone.presses("0", "8") == ["Do you want everything deleted? If so, press 1. If not, press 2."]
    phone.presses("2", "0", "8")
    assert phone.presses("1")[0].startswith("Deleted; the last copies within 30 days.")
    assert hub.facts() == []
    assert hub.house.store.read(lambda view: view.suppressed(hub.house.vault.index(HER)))


@pytest.mark.parametrize("keys", ["*#", "12345678901234567890", "###", "****", "0" * 64, "*0*9#1"])
def test_keys_at_random_never_become_an_answer_that_was_not_given(hub: Hub, keys: str) -> None:
    phone = asked(hub)
    phone.sends(phone.gather["action"], phone.fields(Digits=keys))
    assert not any(fact.startswith("Answered") for fact in hub.facts())
    assert phone.open


# ---- elevated risk


def test_at_elevated_risk_her_own_number_closes_and_opens_the_conversation(wary: Hub) -> None:
    phone = wary.phone()
    phone.rings()
    phone.presses("1", "1")
    assert phone.said[0].startswith("Choose a number of four or more digits that only you know.")
    phone.presses("12#")
    assert wary.facts("pulse")[-1] == "Misheard own_word unclear"
    phone.presses("4711#")
    assert phone.said[1] == "Q1: 1, 2 or 3"
    question = phone.presses("3")
    assert phone.presses("*", "4711#") == [COVER]
    assert not phone.open
    assert wary.facts("pulse")[-1] == "Paused word"
    phone.rings()
    phone.presses("1", "1")
    assert not any("Q2" in said for said in phone.heard)
    assert phone.presses("4711#") == question
    assert wary.facts("pulse")[-1] == "Resumed"


def test_at_elevated_risk_who_rings_next_hears_no_question_without_the_number(wary: Hub) -> None:
    phone = wary.phone()
    phone.rings()
    phone.presses("1", "1", "4711#", "3")
    phone.hangs_up()
    phone.rings()
    phone.presses("1", "1")
    assert not any("Q2" in said for said in phone.heard)
    phone.presses("9999#")
    assert not any("Q2" in said for said in phone.heard)


# ---- once, and unmixed


def test_a_retry_changes_nothing_and_hears_the_same_to_the_byte(hub: Hub) -> None:
    phone = hub.phone()
    phone.rings()
    for keys in ("1", "1", "1", "8", "9", "0", "1", "", "*", ""):
        answer, facts = phone.answer, hub.facts()
        assert phone.retries() == answer
        assert hub.facts() == facts
        phone.presses(keys)
    phone.presses("0", "7")
    assert phone.retries() == phone.answer


def test_a_newer_call_of_hers_takes_over_and_the_older_is_not_heard_any_more(hub: Hub) -> None:
    first = asked(hub)
    second = hub.phone()
    assert second.rings() == first.said[1:]
    facts = hub.facts()
    assert first.presses("3") == []
    assert not first.open
    assert hub.facts() == facts
    second.presses("2")
    assert hub.facts()[-1] == "Answered moving same"


def test_calls_of_two_women_do_not_mix(hub: Hub) -> None:
    one, other = asked(hub), hub.phone("+2348030000002")
    other.rings()
    other.presses("2", "1", "3")
    one.presses("1")
    told = [(each.person, line(each.event)) for each in hub.told() if line(each.event).startswith("Answered moving")]
    assert sorted(what for _, what in told) == ["Answered moving easier", "Answered moving harder"]
    assert len({who for who, _ in told}) == 2


def test_a_key_is_no_answer_to_what_she_was_not_asked(hub: Hub) -> None:
    """She writes to the number that she is speaking with: the call then says what is open by now."""
    phone = asked(hub)
    written = Heard("sms", "twilio", OURS, HER, Text("1"), "a message", int(time.time()))
    intake.take(hub.house, written, 0)
    assert hub.facts()[-1] == "Answered moving easier"
    facts = hub.facts()
    assert phone.presses("3")[0].startswith("When there is a problem in your area")
    assert hub.facts() == facts
    phone.presses("3")
    assert hub.facts()[-1] == "Answered turn_to officials"


def test_lines_are_forgotten_when_no_call_can_be_open_any_more(hub: Hub) -> None:
    asked(hub)
    mark = hub.house.vault.mark("line", HER, OURS)
    now = int(time.time())
    hub.house.store.write(lambda tx: tx.drop_lines(now - intake.LONGEST_CALL))
    assert hub.house.store.read(lambda view: view.line(mark)) is not None
    hub.house.store.write(lambda tx: tx.drop_lines(now + 2))
    assert hub.house.store.read(lambda view: view.line(mark)) is None


def test_what_is_held_of_a_call_is_sealed(hub: Hub) -> None:
    phone = asked(hub)
    mark = hub.house.vault.mark("line", HER, OURS)
    held = hub.house.store.read(lambda view: view.line(mark))
    assert held is not None
    for secret in (phone.call, "moving", "Easier", HER):
        assert secret.encode() not in held


def test_a_call_leaves_nothing_to_send(hub: Hub) -> None:
    phone = asked(hub)
    phone.presses("1", "0", "7")
    address = hub.house.store.read(lambda view: view.address(hub.house.vault.index(HER)))
    assert address is not None
    assert hub.house.store.read(lambda view: view.traffic(address.id)) == []


# ---- recorded words


def test_what_was_recorded_is_played_and_the_rest_is_read(hub: Hub) -> None:
    question = asked(hub).said[1:]
    take = Shelf(hub.house.settings.data).keep(Speech(question[0], "en"), "en", tone(0.2))
    phone = hub.phone()
    assert phone.rings() == [f"{PUBLIC}/audio/{take.name}", *question[1:]]
    assert hub.client.get(f"/audio/{take.name}").mimetype in ("audio/wav", "audio/x-wav")


def test_a_dialect_goes_first_and_where_her_language_has_no_sound_the_next_she_knows_is_played(tmp_path: Path) -> None:
    house = opened(tmp_path, "safety", "RIVER", door='open = true\ndialect = { ha = "ha-GH" }')
    hub, shelf = Hub(house, create_app(house).test_client()), Shelf(house.settings.data)
    consent = {tag: answered(hub, tag) for tag in ("en", "fr", "ha")}
    english = shelf.keep(Speech(consent["en"][0], "en"), "en", tone(0.2))
    usual = shelf.keep(Speech(consent["ha"][0], "ha"), "ha", tone(0.3))
    assert answered(hub, "en")[0] == f"{PUBLIC}/audio/{english.name}"
    assert answered(hub, "fr") == consent["fr"]  # Twilio reads French: a language of hers before another's recording
    assert answered(hub, "ha")[0] == f"{PUBLIC}/audio/{usual.name}"
    dialect = shelf.keep(Speech(consent["ha"][0], "ha"), "ha-GH", tone(0.4))
    assert answered(hub, "ha")[0] == f"{PUBLIC}/audio/{dialect.name}"
    assert answered(hub, "sw")[0] == f"{PUBLIC}/audio/{english.name}"
    house.close()


def answered(hub: Hub, tag: str) -> list[str]:
    """What somebody new hears of the consent in this language."""
    phone = hub.phone(f"+23480300001{next(NUMBERS):02}")
    phone.rings()
    return phone.presses({"en": "1", "fr": "2", "ha": "4", "sw": "5"}[tag])


# ---- who is not taken


def test_where_the_door_is_closed_every_stranger_hears_the_same(tmp_path: Path) -> None:
    house = opened(tmp_path, "safety", "RIVER", door="open = false")
    hub = Hub(house, create_app(house).test_client())
    one, other = hub.phone(), hub.phone("+2348030000002")
    assert one.rings() == other.rings() == one.rings() == [COVER]
    assert one.answer == other.answer
    assert not one.open
    assert hub.facts() == []
    house.close()


def test_a_hidden_number_is_not_talked_with(hub: Hub) -> None:
    phone = hub.phone(HIDDEN)
    assert phone.rings() == []
    assert not phone.open
    assert hub.facts() == []


def test_a_flood_of_calls_from_one_number_is_ended_unanswered(hub: Hub) -> None:
    house = replace(hub.house, settings=replace(hub.house.settings, replies_per_number=2))
    phone = Hub(house, create_app(house).test_client()).phone()
    assert phone.rings()
    assert phone.rings()
    assert phone.rings() == []
    assert not phone.open


@pytest.mark.parametrize(
    "wrong",
    [
        {"Direction": "outbound-api"},
        {"To": "+15005550999"},
        {"CallSid": "CA1"},
        {"Digits": "<1>"},
        {"AccountSid": "AC" + "9" * 32},
        {"From": "+23480300000011234567890"},
        {"CallerName": "From+2348030000002"},
    ],
)
def test_a_request_that_does_not_say_one_thing_is_refused(hub: Hub, wrong: dict[str, str]) -> None:
    phone = hub.phone()
    phone.call = "CA" + "a" * 32
    assert hub.post(PUBLIC + INBOUND, phone.fields(**wrong)).status_code == 400
    assert hub.facts() == []


def test_a_request_that_twilio_did_not_sign_is_refused(hub: Hub) -> None:
    phone = hub.phone()
    phone.call = "CA" + "a" * 32
    assert hub.post(PUBLIC + INBOUND, phone.fields(), "nonsense").status_code == 403
    assert hub.facts() == []


@pytest.mark.parametrize("turn", ["0", "-1", "x", "1&turn=2", "99999", "1%00"])
def test_a_turn_that_we_never_gave_is_refused(hub: Hub, turn: str) -> None:
    phone = asked(hub)
    assert hub.post(f"{PUBLIC}{INBOUND}?turn={turn}", phone.fields(Digits="1")).status_code == 400


def test_keys_of_a_call_we_do_not_know_end_it(hub: Hub) -> None:
    phone = hub.phone()
    phone.call = "CA" + "b" * 32
    answer = hub.post(f"{PUBLIC}{INBOUND}?turn=3", phone.fields(Digits="1")).data
    assert answer.endswith(b"<Hangup/></Response>")
    assert hub.facts() == []


# ---- a full disk


@dataclass
class Full:
    """A store on a disk that has room only while the ballast is overboard."""

    store: Store
    ballast: Path

    def write(self, work: Callable[[Tx], Any], hearing: Any = None) -> Any:
        if self.ballast.exists():
            raise StoreError("the disk is full", full=True)
        return self.store.write(work, hearing)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.store, name)


def test_on_a_full_disk_a_key_that_stops_is_obeyed_and_no_other(hub: Hub) -> None:
    phone = asked(hub)
    ballast = hub.house.settings.data / "ballast"
    full = replace(hub.house, store=cast(Store, Full(hub.house.store, ballast)))
    called = Hub(full, create_app(full).test_client())
    before = hub.facts()
    told = phone.fields(Digits="1")
    assert called.post(phone.gather["action"], told).status_code == 503
    assert hub.facts() == before
    assert ballast.exists()
    phone.presses("0")
    line = Telephone(called.answer, PUBLIC, HER, OURS, phone.call, open=True, gather=phone.gather)
    assert line.presses("7") == ["Stopped. You will hear no more from us. Goodbye."]
    assert ballast.exists()
    assert hub.facts()[-1] == "Stopped"
