"""Dialled codes by Africa's Talking: whole conversations over sockets, through the real application."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.error import HTTPError
from urllib.parse import urlencode

import pytest
from hypothesis import given as drawn
from hypothesis import strategies as st

from channels.ussd import carrier_names
from channels.ussd.carriers.africastalking import AfricasTalkingCodes, open_carrier
from channels.ussd.screens import ROOM, Screen
from channels.writing.alphabets import measured
from consult import campaign, custody, intake
from consult.channel import (
    CallCarrier,
    CallChannel,
    Delivery,
    Heard,
    Owed,
    Rang,
    Receipt,
    Refused,
    Request,
    SendFailed,
    UnsignedCarrier,
    Unusable,
)
from consult.config import BadSetting, Settings
from consult.house import House, open_house
from consult.publish import publish
from consult.unsealing import Opening
from consult.wording import for_locale
from tests.conftest import EXAMPLES
from tests.fakes import africastalking as fake
from tests.fakes.africastalking import HER, KEY, SECRET, Dialling
from tests.fakes.kannel import free_port
from tests.fakes.post import NOON
from tests.journeys.telling import line

CODE, OTHER = "*384*4455#", "*384*4456#"
PUBLIC = "https://consult.example.org"
HOOK = f"{PUBLIC}/hooks/ussd/africastalking/{SECRET}"
THEIRS = "192.0.2.7"
SETTINGS = Settings(
    public_url=PUBLIC,
    africastalking_username="yourapp",
    africastalking_key=KEY,
    africastalking_secret=SECRET,
    africastalking_allow=f"{THEIRS}, 127.0.0.1",
    africastalking_ussd=f"{CODE} RIVER, {OTHER} KIOSK",
)
CODES = AfricasTalkingCodes(SETTINGS)
FIELDS = {"sessionId": "ATUid_1", "serviceCode": CODE, "phoneNumber": HER, "networkCode": "63902", "text": ""}
DAY, HOUR = 86_400, 3600


def webhook(url: str = HOOK, remote: str = THEIRS, **more: str) -> Request:
    return Request("POST", url, {}, urlencode(FIELDS | more).encode(), remote)


def refusal(call: Callable[[], object]) -> int:
    with pytest.raises(Refused) as refused:
        call()
    assert not {HER, HER[1:], SECRET} & set(refused.value.why.split())
    return refused.value.status


# ---- opening


def test_it_is_a_carrier_of_sessions_for_the_codes_it_is_given() -> None:
    assert isinstance(CODES, CallCarrier)
    assert isinstance(CODES, UnsignedCarrier)
    assert CODES.ours == (CODE, OTHER)
    assert open_carrier(Settings()) is None
    assert carrier_names() == ("africastalking",)


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ({"africastalking_username": ""}, "CONSULT_AFRICASTALKING_USERNAME is missing"),
        ({"africastalking_key": ""}, "CONSULT_AFRICASTALKING_KEY is missing"),
        ({"africastalking_secret": ""}, "CONSULT_AFRICASTALKING_SECRET is missing"),
        ({"africastalking_allow": ""}, "CONSULT_AFRICASTALKING_ALLOW is missing"),
        ({"africastalking_ussd": "384 RIVER"}, "CONSULT_AFRICASTALKING_USSD: '384 RIVER' must be a code and a keyword"),
        ({"africastalking_ussd": CODE}, "CONSULT_AFRICASTALKING_USSD: .* must be a code and a keyword"),
        ({"africastalking_ussd": f"{CODE} news:safety"}, "CONSULT_AFRICASTALKING_USSD: news is told by calls"),
        ({"public_url": "http://consult.example.org"}, "CONSULT_PUBLIC_URL must begin"),
    ],
)
def test_half_a_configuration_names_what_is_missing(wrong: dict[str, str], named: str) -> None:
    with pytest.raises(BadSetting, match=f"^{named}") as bad:
        open_carrier(replace(SETTINGS, **wrong))
    assert KEY not in str(bad.value)
    assert SECRET not in str(bad.value)


# ---- who may call, and what is heard


@pytest.mark.parametrize("url", [HOOK[:-1], HOOK + "x", HOOK.rpartition("/")[0] + "/"])
def test_who_does_not_know_the_secret_is_refused_before_anything_is_read(url: str) -> None:
    for body in (urlencode(FIELDS).encode(), b"\xff" * 70_000, b"text=1&text=2"):
        request = Request("POST", url, {}, body, THEIRS)
        assert refusal(lambda request=request: CODES.receive(request, 5)) == 403
        assert refusal(lambda request=request: CODES.report(request, 5)) == 403


def test_who_comes_from_elsewhere_is_refused() -> None:
    assert refusal(lambda: CODES.receive(webhook(remote="192.0.2.8"), 5)) == 403


def test_dialling_stands_for_the_keyword_of_the_code() -> None:
    heard = CODES.receive(webhook(), 5)
    assert (heard.said, heard.ours, heard.sender, heard.call) == (Rang("RIVER"), CODE, HER, "ATUid_1")
    assert CODES.receive(webhook(serviceCode=OTHER), 5).said == Rang("KIOSK")


def test_the_same_request_has_the_same_ref_and_no_other_has() -> None:
    refs = [CODES.receive(webhook(text=text), 5).ref for text in ("", "1", "1*1", "1*1*", "1*2", "1")]
    assert len(set(refs)) == 5
    assert refs[1] == refs[5]
    assert CODES.receive(webhook(text="1", sessionId="ATUid_2"), 5).ref not in refs
    assert not any("1*2" in ref for ref in refs)


@pytest.mark.parametrize("hidden", ["+2547110*****", "254711000001", "anonymous", "22384"])
def test_who_has_no_number_is_nobody(hidden: str) -> None:
    assert CODES.receive(webhook(phoneNumber=hidden), 5).sender is None


@pytest.mark.parametrize(
    "change",
    [{"sessionId": ""}, {"sessionId": "a b"}, {"serviceCode": "*1#"}, {"phoneNumber": ""}, {"serviceCode": ""}],
)
def test_another_shape_is_refused(change: dict[str, str]) -> None:
    assert refusal(lambda: CODES.receive(webhook(**change), 5)) == 400


@pytest.mark.parametrize("missing", ["sessionId", "serviceCode", "phoneNumber", "text"])
def test_what_is_needed_must_be_there_and_once(missing: str) -> None:
    fields = {name: value for name, value in FIELDS.items() if name != missing}
    for body in (urlencode(fields), urlencode([*FIELDS.items(), (missing, "1")])):
        request = Request("POST", HOOK, {}, body.encode(), THEIRS)
        assert refusal(lambda request=request: CODES.receive(request, 5)) == 400


@drawn(st.binary(max_size=300))
def test_nothing_posted_brings_it_down(body: bytes) -> None:
    for take in (CODES.receive, CODES.report):
        with pytest.raises(Refused):
            take(Request("POST", HOOK, {}, body, THEIRS), 5)


def test_of_the_report_on_a_session_nothing_is_looked_at() -> None:
    over = webhook(
        f"{PUBLIC}/hooks/ussd/africastalking/status/{SECRET}", status="Incomplete", input="1*2", cost="KES 1"
    )
    assert CODES.report(over, 5) == Receipt("ATUid_1", Delivery.ACCEPTED)


def test_screens_are_in_their_words() -> None:
    assert CODES.answer(Screen("Roads?\n1 Yes", False, 1)).body == b"CON Roads?\n1 Yes"
    assert CODES.answer(Screen("شكرا", True, 2)).body.decode() == "END شكرا"
    for nothing in (CODES.answer(Screen("", True, 2)), CODES.acknowledge()):
        assert (nothing.status, nothing.body[:4]) == (200, b"END ")


def test_nothing_is_claimed_that_cannot_be_done() -> None:
    with pytest.raises(SendFailed, match="dialled by her") as failed:
        CODES.send(Owed(1, CODE, HER, "x"), "x")
    assert failed.value.halt
    with pytest.raises(Unusable):
        CODES.fetch("x")
    CODES.forget("x")
    assert (list(CODES.missed(0)), CODES.find(Owed(1, CODE, HER, "x"), 0)) == ([], None)


# ---- whole conversations, over sockets


@dataclass
class Hub:
    """A hub at its own address."""

    house: House
    name: str = "safety"

    def phone(self, number: str = HER, code: str = CODE) -> Dialling:
        return Dialling(f"{self.house.settings.public_url}/hooks/ussd/africastalking/{SECRET}", code, number)

    def facts(self) -> list[str]:
        published = self.house.store.read(lambda view: view.published(self.name))
        assert published is not None
        private = custody.private_key(self.house.settings.data, self.house.vault, self.name)
        return [line(told.event) for told in Opening(self.house.store, published, private).told()]

    def suppressed(self, number: str = HER) -> bool:
        return self.house.store.read(lambda view: view.suppressed(self.house.vault.index(number)))


def hub_of(folder: Path, name: str, keyword: str, *, door: str = "open = true") -> Iterator[Hub]:
    port = free_port()
    settings = replace(SETTINGS, public_url=f"http://127.0.0.1:{port}", africastalking_ussd=f"{CODE} {keyword}")
    house = open_house(replace(settings, data=folder / "data"))
    toml = (EXAMPLES / f"{name}.toml").read_text(encoding="utf-8").replace("open = true", door, 1)
    publish(house, toml, day=NOON // DAY, test=True)
    with fake.served(house, port):
        yield Hub(house, name)
    house.close()


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[Hub]:
    yield from hub_of(tmp_path, "safety", "RIVER")


@pytest.fixture
def wary(tmp_path: Path) -> Iterator[Hub]:
    """At elevated risk."""
    yield from hub_of(tmp_path, "pulse", "BASKET")


@pytest.fixture
def closed(tmp_path: Path) -> Iterator[Hub]:
    """Only who is invited comes in."""
    yield from hub_of(tmp_path, "safety", "RIVER", door="open = false")


def fits(screen: str) -> bool:
    found = measured(screen)
    return found.units <= ROOM[found.encoding]


def asked(hub: Hub) -> Dialling:
    """In English, agreed, at the first question."""
    phone = hub.phone()
    phone.dials()
    phone.types("1")
    agree(phone, "Next")
    return phone


def agree(phone: Dialling, label: str) -> None:
    while phone.screen.endswith(f"0 {label}"):
        assert fits(phone.screen)
        phone.types("0")
    phone.types("1")


WHOLE = [
    "Consented take_part yes", "Answered moving easier", "Answered turn_to elders", "Answered age a30_44",
    "Answered place other", "Finished", "Consented news no",
]  # fmt: skip


def test_it_is_a_channel_in_which_she_is_answered_at_once(hub: Hub) -> None:
    assert isinstance(hub.house.channels["ussd"], CallChannel)


def test_a_whole_consultation_is_held_on_screens(hub: Hub) -> None:
    phone = hub.phone()
    assert phone.dials().startswith("Please choose your language.\n1 English")
    assert phone.types("1").startswith("River Circle asks adults (18+)")
    assert phone.screen.endswith("\n0 Next")
    assert phone.types("0").endswith("1 agree, 2 no.")
    assert phone.types("1").startswith("Any question: 77 not sure")
    phone.types("1", "2", "2", "3")
    assert phone.screen == "May we write to you later with news?\n1 Agree\n2 No"
    assert phone.types("2") == "Thank you. Received. Goodbye."
    assert not phone.open
    assert hub.facts() == ["Began keyword", "Chose en", *WHOLE]
    assert {fact.channel for fact in hub.house.store.read(lambda view: list(view.facts("safety")))} == {"ussd"}


def test_a_whole_consultation_is_held_in_arabic(hub: Hub) -> None:
    phone = hub.phone()
    phone.dials()
    phone.types("3")
    agree(phone, for_locale("ar")("Next"))
    replies = iter(("١", "2", "٢", "3", "2"))  # in either digits
    while phone.open:
        assert fits(phone.screen)
        assert any("\u0600" <= letter <= "\u06ff" for letter in phone.screen)
        phone.types("0" if phone.screen.endswith(f"0 {for_locale('ar')('Next')}") else next(replies))
    assert phone.screen == for_locale("ar")("Thank you. Received. Goodbye.")
    assert hub.facts() == ["Began keyword", "Chose ar", *WHOLE]


def test_a_repeated_request_changes_nothing_and_shows_the_same_to_the_byte(hub: Hub) -> None:
    phone = hub.phone()
    phone.dials()
    for reply in ("1", "0", "1", "9", "1", "77", "BACK", "2"):
        shown, facts = phone.repeats(), hub.facts()
        assert shown == phone.repeats() == f"CON {phone.screen}".encode()
        assert hub.facts() == facts
        phone.types(reply)
    phone.types("STOP")
    assert phone.repeats() == f"END {phone.screen}".encode()


def test_a_session_that_timed_out_goes_on_where_it_was(hub: Hub) -> None:
    phone = asked(hub)
    question = phone.types("1")
    over = phone.fields(status="Incomplete", input=phone.text, durationInMillis="180000", errorMessage="timeout")
    fake.post(phone.hook.replace(SECRET, f"status/{SECRET}"), over)
    assert phone.dials() == question
    phone.types("4")
    assert hub.facts()[-2:] == ["Answered moving easier", "Answered turn_to no_one"]


def test_what_the_older_session_still_posts_is_not_heard(hub: Hub) -> None:
    first, second = asked(hub), hub.phone()
    assert "market" in second.dials()
    facts = hub.facts()
    first.types("3")
    assert not first.open
    assert hub.facts() == facts
    second.types("2")
    assert hub.facts()[-1] == "Answered moving same"


def test_after_three_days_the_code_brings_the_consent_first(hub: Hub) -> None:
    carrier = hub.house.channels["ussd"].carriers["africastalking"]

    def shows(session: str, text: str, at: int) -> str:
        heard = carrier.receive(webhook(f"{HOOK}", remote="127.0.0.1", sessionId=session, text=text), at)
        assert isinstance(heard, Heard)
        taken = intake.take(hub.house, heard, 0)
        assert taken.answer
        return taken.answer.body.decode()

    for text in ("", "1", "1*0", "1*0*1"):
        shows("s1", text, NOON)
    second = shows("s1", "1*0*1*1", NOON)
    assert shows("s2", "", NOON + 71 * HOUR) == second
    menu = shows("s3", "", NOON + 71 * HOUR + 73 * HOUR)
    assert menu.startswith("CON Please choose your language.")


@pytest.mark.parametrize("word", ["STOP", "stop", "ARRET", "Stop."])
def test_a_stop_word_binds_her_number_everywhere(hub: Hub, word: str) -> None:
    phone = asked(hub)
    assert phone.types(word) == "Stopped. You will hear no more from us. Goodbye."
    assert not phone.open
    assert hub.facts()[-1] == "Stopped"
    assert hub.suppressed()


def test_a_stop_word_is_heard_before_the_consent_is_read(hub: Hub) -> None:
    phone = hub.phone()
    phone.dials()
    phone.types("1", "STOP")
    assert not phone.open
    assert hub.suppressed()


def test_a_deletion_destroys_what_she_said(hub: Hub) -> None:
    phone = asked(hub)
    phone.types("1", "ERASE")
    if phone.open:  # asked back
        phone.types("1")
    assert phone.screen.startswith("Deleted; the last copies within 30 days.")
    assert hub.facts() == []
    assert hub.suppressed()


@pytest.mark.parametrize(
    ("reply", "fact"),
    [
        ("77", "Answered moving (not_sure)"),
        ("88", "Answered moving (not_understood)"),
        ("99", "Answered moving (prefer_not)"),
    ],
)
def test_every_question_takes_what_is_no_answer(hub: Hub, reply: str, fact: str) -> None:
    asked(hub).types(reply)
    assert hub.facts()[-1] == fact


def test_a_wrong_reply_names_the_choices_and_the_third_moves_on(hub: Hub) -> None:
    phone = asked(hub)
    assert phone.types("8").startswith("Please reply 1, 2 or 3.\nIn the last month")
    phone.types("7*1", "1*2*3")
    assert hub.facts()[-1] == "Skipped moving misheard"
    assert not any(fact.startswith("Answered") for fact in hub.facts())


def test_what_is_dialled_behind_the_code_is_no_answer(hub: Hub) -> None:
    phone = hub.phone()
    phone.dials("1*0*1*1")
    assert not phone.open
    assert hub.facts() == []


def test_a_stranger_and_who_is_not_let_in_see_the_same(closed: Hub) -> None:
    shown = {closed.phone(number).dials() for number in (HER, "+254711000002", "+254711000002")}
    assert shown == {"Hello. This number works automatically and nobody can take your call. Thank you. Goodbye."}
    assert closed.facts() == []


def test_who_hides_her_number_or_does_not_know_the_way_in_begins_nothing(hub: Hub) -> None:
    masked = hub.phone("+2547110*****")
    masked.dials()
    assert not masked.open
    unknown = hub.phone()
    unknown.hook = unknown.hook[:-1]
    with pytest.raises(HTTPError, match="403"):
        unknown.dials()
    assert hub.facts() == []


def test_at_elevated_risk_her_own_word_closes_and_opens_the_conversation(wary: Hub) -> None:
    phone = asked(wary)
    assert phone.screen.startswith("Choose one word that only you know")
    assert phone.types("papaya").split("\n")[-1].endswith("Q1: 1, 2 or 3")
    question = phone.types("3")
    cover = phone.types("papaya")
    assert (phone.open, cover.startswith("Hello. This number works automatically")) == (False, True)
    phone.dials()
    phone.types("1")
    agree(phone, "Next")
    assert "Q2" not in phone.screen
    assert phone.types("Papaya") == question
    assert wary.facts()[-1] == "Resumed"


def test_codes_of_two_women_do_not_mix(hub: Hub) -> None:
    one, other = asked(hub), hub.phone("+254711000002")
    other.dials()
    other.types("1")
    agree(other, "Next")
    other.types("3")
    one.types("1")
    told = [fact for fact in hub.facts() if fact.startswith("Answered")]
    assert sorted(told) == ["Answered moving easier", "Answered moving harder"]


def test_nothing_of_her_is_logged(hub: Hub, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG, "consult"):
        asked(hub).types("1", "STOP")
    told = "\n".join(record.getMessage() for record in caplog.records if record.name.startswith("consult"))
    assert HER[1:] not in told
    assert SECRET not in told


def test_no_campaign_begins_by_a_code(hub: Hub) -> None:
    with pytest.raises(campaign.CannotStart, match="nobody is reached by africastalking of 'ussd'"):
        campaign.start(hub.house, "safety", campaign.Plan("ussd", "africastalking", CODE), NOON)
