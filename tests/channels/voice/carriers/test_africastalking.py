"""Africa's Talking's calls: over real sockets both ways, against telephones and an API that do as its pages say."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.error import HTTPError
from urllib.parse import urlencode

import pytest
from hypothesis import given as drawn
from hypothesis import strategies as st

from channels.voice.carriers.africastalking import AfricasTalkingCalls, open_carrier
from channels.voice.render import TAPE, Gather, Spoken
from channels.voice.speech import Speech
from consult import custody, delivery, intake
from consult.channel import (
    CallCarrier,
    DecliningCarrier,
    Delivery,
    Heard,
    HungUp,
    Keys,
    Owed,
    PickedUp,
    Rang,
    Receipt,
    Recording,
    Refused,
    Request,
    SendFailed,
    Silence,
    UnsignedCarrier,
    Unusable,
)
from consult.config import BadSetting, Settings
from consult.consultation import read, write
from consult.house import House, open_house
from consult.publish import publish
from consult.recordings import Listening, look_after
from consult.store.records import Message, Recorded
from consult.unsealing import Opening
from tests.conftest import EXAMPLES
from tests.fakes import africastalking as fake
from tests.fakes import provider
from tests.fakes.africastalking import HER, KEY, OURS, SECRET, Api, Phone
from tests.fakes.kannel import free_port
from tests.fakes.post import NOON
from tests.fakes.provider import Act
from tests.journeys.telling import line
from tests.speech.sounds import encoded, tone

BACK, BEEP = "+254711000007", "+254711000008"
PUBLIC = "https://consult.example.org"
HOOK = f"{PUBLIC}/hooks/voice/africastalking/{SECRET}"
THEIRS = "192.0.2.7"
TAPES = "https://recordings.example.org/kept"
SETTINGS = Settings(
    public_url=PUBLIC,
    africastalking_username="yourapp",
    africastalking_key=KEY,
    africastalking_secret=SECRET,
    africastalking_allow=f"{THEIRS}, 127.0.0.1",
    africastalking_voice=f"{OURS} RIVER",
    africastalking_call_back=f"{BACK} RIVER",
    africastalking_beep=BEEP,
)
CALLS = AfricasTalkingCalls(SETTINGS)
TAPED = AfricasTalkingCalls(replace(SETTINGS, africastalking_recordings=TAPES))
OWED = Owed(7, OURS, HER, "")
DAY = 86_400
FIELDS = {
    "isActive": "1", "sessionId": "ATVId_1", "direction": "Inbound", "callerNumber": HER, "destinationNumber": OURS,
}  # fmt: skip


def webhook(url: str = HOOK, remote: str = THEIRS, **more: str) -> Request:
    return Request("POST", url, {}, urlencode(FIELDS | more).encode(), remote)


def heard(url: str = HOOK, carrier: AfricasTalkingCalls = CALLS, **more: str) -> Heard:
    found = carrier.receive(webhook(url, **more), 5)
    assert isinstance(found, Heard)
    return found


def receipt(url: str = HOOK, **more: str) -> Receipt:
    found = CALLS.receive(webhook(url, **more), 5)
    assert isinstance(found, Receipt)
    assert CALLS.report(webhook(url, **more), 5) == found  # whichever of both addresses it is told at
    return found


def refusal(call: Callable[[], object]) -> int:
    with pytest.raises(Refused) as refused:
        call()
    assert not {HER, HER[1:], SECRET} & set(refused.value.why.split())
    return refused.value.status


# ---- opening


def test_it_is_a_carrier_of_calls_for_the_numbers_it_is_given() -> None:
    for promise in (CallCarrier, UnsignedCarrier, DecliningCarrier):
        assert isinstance(CALLS, promise)
    assert CALLS.ours == (OURS, BACK, BEEP)
    assert not CALLS.records
    assert TAPED.records
    assert open_carrier(Settings()) is None


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ({"africastalking_username": ""}, "CONSULT_AFRICASTALKING_USERNAME is missing"),
        ({"africastalking_key": ""}, "CONSULT_AFRICASTALKING_KEY is missing"),
        ({"africastalking_secret": ""}, "CONSULT_AFRICASTALKING_SECRET is missing"),
        ({"africastalking_allow": ""}, "CONSULT_AFRICASTALKING_ALLOW is missing"),
        ({"africastalking_voice": OURS}, "CONSULT_AFRICASTALKING_VOICE: .* must be a number and a keyword"),
        ({"africastalking_beep": OURS}, "CONSULT_AFRICASTALKING_BEEP: .* has another duty"),
        ({"africastalking_call_back": f"{OURS} RIVER"}, "CONSULT_AFRICASTALKING_CALL_BACK: .* has another duty"),
        ({"africastalking_calls": "http://voice.africastalking.com"}, "CONSULT_AFRICASTALKING_CALLS must be"),
        ({"africastalking_recordings": "http://recordings.example.org"}, "CONSULT_AFRICASTALKING_RECORDINGS must be"),
        ({"public_url": "http://consult.example.org"}, "CONSULT_PUBLIC_URL must begin"),
    ],
)
def test_half_a_configuration_names_what_is_missing(wrong: dict[str, str], named: str) -> None:
    with pytest.raises(BadSetting, match=f"^{named}") as bad:
        open_carrier(replace(SETTINGS, **wrong))
    assert KEY not in str(bad.value)
    assert SECRET not in str(bad.value)


# ---- who may call, and what is heard


@pytest.mark.parametrize("url", [HOOK[:-1], HOOK + "x", HOOK.rpartition("/")[0] + "/", f"{PUBLIC}/x?turn=/{SECRET}"])
def test_who_does_not_know_the_secret_is_refused_before_anything_is_read(url: str) -> None:
    for body in (urlencode(FIELDS).encode(), b"\xff" * 70_000, b"isActive=1&isActive=1"):
        request = Request("POST", url, {}, body, THEIRS)
        assert refusal(lambda request=request: CALLS.receive(request, 5)) == 403
        assert refusal(lambda request=request: CALLS.report(request, 5)) == 403


def test_who_comes_from_elsewhere_is_refused() -> None:
    assert refusal(lambda: CALLS.receive(webhook(remote="192.0.2.8"), 5)) == 403


def test_ringing_stands_for_the_keyword_of_the_number() -> None:
    wanted = Heard("voice", "africastalking", OURS, HER, Rang("RIVER"), f"{OURS}:ATVId_1:0", 5, call="ATVId_1")
    assert heard() == wanted
    assert heard(destinationNumber=OURS[1:]) == wanted  # they may leave out the +


def test_keys_and_silence_belong_to_a_turn() -> None:
    got = heard(f"{HOOK}?turn=7", dtmfDigits="13")
    assert (got.said, got.ref, got.call) == (Keys("13"), f"{OURS}:ATVId_1:7", "ATVId_1")
    for silent in (heard(f"{HOOK}?turn=7", dtmfDigits=""), heard(f"{HOOK}?turn=7"), heard(f"{HOOK}?tape=7")):
        assert silent.said == Silence()
    assert heard(f"{HOOK}?tape=7", recordingUrl="").said == Silence()


@pytest.mark.parametrize("hidden", ["Anonymous", "", "+2547110*****", "user.app@ke.sip.example.com", "22384"])
def test_who_hides_her_number_has_none(hidden: str) -> None:
    assert heard(callerNumber=hidden).sender is None


@pytest.mark.parametrize("direction", ["Outbound", "outbound"])
@pytest.mark.parametrize("turned", [False, True])
def test_whose_number_is_whose_is_told_by_which_is_ours(direction: str, turned: bool) -> None:
    numbers = {"callerNumber": OURS, "destinationNumber": HER} if turned else {}
    got = heard(direction=direction, clientRequestId="12", **numbers)
    assert (got.said, got.ours, got.sender) == (PickedUp(12, human=True), OURS, HER)
    assert heard(direction=direction, **numbers).said == PickedUp(0, human=True)


def test_the_end_of_her_call_is_heard_once_whatever_the_address() -> None:
    for url in (HOOK, f"{HOOK}?turn=3", f"{HOOK}?tape=3"):
        got = heard(url, isActive="0", durationInSeconds="42", currencyCode="KES", amount="3.5000")
        assert (got.said, got.ref) == (HungUp(), f"{OURS}:ATVId_1:end")


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ({"callSessionState": "Ringing"}, {"state": Delivery.ACCEPTED}),
        (
            {"isActive": "0", "durationInSeconds": "61", "currencyCode": "KES", "amount": "7.0000"},
            {"state": Delivery.DELIVERED, "segments": 2, "price": 7.0},
        ),
        ({"isActive": "0", "durationInSeconds": "0", "hangupCause": "NO_ANSWER"}, {"why": "no answer"}),
        ({"isActive": "0", "hangupCause": "USER_BUSY", "amount": "0"}, {"why": "user busy"}),
        ({"isActive": "0", "hangupCause": HER}, {"why": "not answered"}),
        ({"isActive": "0"}, {"why": "not answered"}),
    ],
)
def test_how_a_call_of_ours_got_on_is_a_receipt(more: dict[str, str], told: dict[str, object]) -> None:
    wanted = Receipt(**({"ref": "ATVId_1", "state": Delivery.FAILED, "id": 9} | told))  # type: ignore[arg-type]
    assert receipt(direction="Outbound", clientRequestId="9", **more) == wanted
    found = receipt(direction="Outbound", clientRequestId="x", **more)  # not ours: by their name of the call
    assert found == replace(wanted, id=None)


def test_how_far_her_call_got_moves_no_message_of_ours() -> None:
    end = webhook(isActive="0", durationInSeconds="61", amount="7.0", clientRequestId="9")
    assert CALLS.report(end, 5) == Receipt("ATVId_1", Delivery.ACCEPTED)


@pytest.mark.parametrize(
    "change",
    [
        {"sessionId": ""}, {"sessionId": "a b"}, {"isActive": "2"}, {"direction": "Sideways"}, {"dtmfDigits": "1a"},
        {"destinationNumber": "+254711999999"}, {"callerNumber": "a\n"},
    ],
)  # fmt: skip
def test_another_shape_is_refused(change: dict[str, str]) -> None:
    assert refusal(lambda: CALLS.receive(webhook(**change), 5)) == 400


@pytest.mark.parametrize("query", ["turn=0", "turn=10000", "turn=1&turn=2", "turn=1&x=1", "call=1", "turn=01", "x"])
def test_an_address_that_is_not_as_we_gave_it_is_refused(query: str) -> None:
    assert refusal(lambda: CALLS.receive(webhook(f"{HOOK}?{query}"), 5)) == 400


@drawn(st.binary(max_size=300))
def test_nothing_posted_brings_it_down(body: bytes) -> None:
    for take in (CALLS.receive, CALLS.report):
        with pytest.raises(Refused):
            take(Request("POST", HOOK, {}, body, THEIRS), 5)


# ---- recordings, by name


def test_a_recording_is_known_by_what_follows_the_configured_address() -> None:
    got = heard(f"{HOOK}?tape=4", TAPED, recordingUrl=f"{TAPES}/2026/abc-1.mp3")
    assert (got.said, got.ref) == (Recording("2026/abc-1.mp3", 1), f"{OURS}:ATVId_1:4")
    broken = heard(f"{HOOK}?tape=4", TAPED, recordingUrl=f"{TAPES}/abc.mp3", isActive="0")
    assert (broken.said, broken.ref) == (Recording("abc.mp3", 1, broken=True), f"{OURS}:ATVId_1:4")
    later = heard(f"{HOOK}?turn=5", TAPED, recordingUrl=f"{TAPES}/abc.mp3", isActive="0")
    assert later.said == HungUp()  # it was told of in its own turn


@pytest.mark.parametrize(
    "address",
    [
        "https://elsewhere.example.org/abc.mp3", f"{TAPES}", f"{TAPES}/", f"{TAPES}/../keys", f"{TAPES}/a/../../b",
        f"{TAPES}//abc", f"{TAPES}/a?b", f"{TAPES}/a#b", f"{TAPES}/.hidden", f"{TAPES}.example.com/abc", "abc.mp3",
        f"{TAPES}/%2e%2e/x", f"{TAPES}/a@b", "file:///etc/passwd",
    ],
)  # fmt: skip
def test_no_other_address_is_ever_taken_for_a_recording(address: str, caplog: pytest.LogCaptureFixture) -> None:
    for carrier in (TAPED, CALLS):
        assert heard(f"{HOOK}?tape=4", carrier, recordingUrl=address).said == Silence()
        assert heard(f"{HOOK}?tape=4", carrier, recordingUrl=address, isActive="0").said == HungUp()
    assert "CONSULT_AFRICASTALKING_RECORDINGS" in caplog.text  # the operator's cure, without the address
    assert "example" not in caplog.text


@pytest.mark.parametrize("name", ["", "../x", "a//b", "a?b", "https://elsewhere.example.org/a"])
def test_what_is_fetched_has_a_name_of_theirs(name: str) -> None:
    with pytest.raises(Unusable):
        TAPED.fetch(name)


# ---- what is answered


class Shelf:
    """Has a sound for whatever begins with S."""

    def find(self, speech: Speech) -> str | None:
        return f"{speech.text.lower()}.wav" if speech.text.startswith("S") else None

    own = find


def answered(spoken: Spoken, carrier: AfricasTalkingCalls = CALLS) -> str:
    head, _, body = carrier.answer(spoken).body.decode().partition("<Response>")
    assert head == '<?xml version="1.0" encoding="UTF-8"?>'
    return body.removesuffix("</Response>")


def test_english_is_read_what_is_recorded_is_played_and_the_rest_is_passed_over() -> None:
    said = (Speech("Roads & <land>?", "en"), Speech("مرحبا", "ar"), Speech("Sannu", "ha"), Speech("Well?", "pcm"))
    whole = answered(Spoken(said, None, 1), AfricasTalkingCalls(SETTINGS, Shelf()))
    assert whole == f'<Say>Roads &amp; &lt;land&gt;?</Say><Play url="{PUBLIC}/audio/sannu.wav"/><Say>Well?</Say>'


def test_the_last_thing_said_stands_inside_and_silence_goes_on_behind() -> None:
    said = (Speech("Roads?", "en"), Speech("For yes, press 1.", "en"))
    at = f"{HOOK}?turn=3"
    assert answered(Spoken(said, Gather(1, "", 8), 3)) == (
        f'<Say>Roads?</Say><GetDigits timeout="8" numDigits="1" callbackUrl="{at}"><Say>For yes, press 1.</Say>'
        f"</GetDigits><Redirect>{at}</Redirect>"
    )
    several = answered(Spoken((), Gather(20, "#", 3), 3))
    assert several.startswith(f'<GetDigits timeout="3" numDigits="20" finishOnKey="#" callbackUrl="{at}"></GetDigits>')


def test_before_she_is_recorded_a_key_is_still_heard() -> None:
    at = f"{HOOK}?tape=3"
    whole = answered(Spoken((Speech("What matters?", "en"),), TAPE, 3))
    assert whole == (
        f'<GetDigits timeout="2" numDigits="1" callbackUrl="{HOOK}?turn=3"><Say>What matters?</Say></GetDigits>'
        f'<Record finishOnKey="#" maxLength="60" timeout="4" trimSilence="true" playBeep="true" callbackUrl="{at}"/>'
        f"<Redirect>{at}</Redirect>"
    )


# ---- asking for a call


@pytest.fixture
def api() -> Iterator[Api]:
    with fake.api() as running:
        yield running


def calls(api: Api, **more: str) -> AfricasTalkingCalls:
    return AfricasTalkingCalls(replace(SETTINGS, africastalking_calls=api.url, **more))


def test_she_is_called_with_our_row(api: Api) -> None:
    assert calls(api).send(OWED, f"{HOOK}/status") == Receipt("ATVId_1", Delivery.ACCEPTED, 7)
    assert api.placed == [{"username": "yourapp", "from": OURS, "to": HER, "clientRequestId": "7"}]


@pytest.mark.parametrize(
    ("act", "flags", "taken"),
    [
        (Act(False, 201, fake.told("InvalidPhoneNumber")), {"dead"}, 0),
        (Act(False, 201, fake.told("DestinationNotSupported")), set(), 0),
        (Act(False, 201, fake.told("InsufficientCredit")), {"halt"}, 0),
        (Act(False, 201, fake.told("Brandnew")), set(), 0),
        (Act(False, 201, fake.told("", f"Invalid callerId: {HER}")), {"halt"}, 0),
        (Act(True, 201, fake.told("Queued")), {"retry", "uncertain"}, 1),  # without a name nobody can follow it
        (Act(True, 201, b"[]"), {"retry", "uncertain"}, 1),
        (Act(True, 201, b'{"entries": [7]}'), {"retry", "uncertain"}, 1),
        (provider.BUSY, {"retry"}, 0),
        (provider.BROKEN_AFTER, {"retry", "uncertain"}, 1),
        (provider.HTML, {"retry", "uncertain"}, 1),
        (provider.HUNG_UP, {"retry", "uncertain"}, 1),
    ],
)
def test_each_failure_says_what_to_do(api: Api, act: Act, flags: set[str], taken: int) -> None:
    api.server.will(act)
    with pytest.raises(SendFailed) as failed:
        calls(api).send(OWED, "x")
    told = failed.value
    assert {name for name in ("retry", "uncertain", "dead", "halt", "opt_out") if getattr(told, name)} == flags
    assert (len(api.server.calls), len(api.placed)) == (1, taken)
    assert told.__context__ is None
    assert HER not in told.why
    assert KEY not in told.why


def test_a_wrong_key_stops_the_run(api: Api) -> None:
    with pytest.raises(SendFailed) as failed:
        calls(api, africastalking_key="another").send(OWED, "x")
    assert failed.value.halt


def test_without_an_address_to_ask_and_from_a_number_for_beeps_nobody_is_called(api: Api) -> None:
    with pytest.raises(SendFailed, match="CONSULT_PUBLIC_URL"):
        calls(api).send(OWED, "")
    with pytest.raises(SendFailed, match="calls nobody"):
        calls(api).send(replace(OWED, sender=BEEP), "x")
    assert (list(CALLS.missed(0)), CALLS.find(OWED, 0), api.placed) == ([], None, [])
    CALLS.forget("abc.mp3")


# ---- whole calls, over sockets


@dataclass
class Hub:
    """A hub at its own address, and theirs."""

    house: House
    api: Api

    def phone(self, number: str = HER, ours: str = OURS) -> Phone:
        return Phone(f"{self.house.settings.public_url}/hooks/voice/africastalking/{SECRET}", number, ours)

    def facts(self, name: str = "safety") -> list[str]:
        published = self.house.store.read(lambda view: view.published(name))
        assert published is not None
        private = custody.private_key(self.house.settings.data, self.house.vault, name)
        return [line(told.event) for told in Opening(self.house.store, published, private).told()]

    def rows(self) -> list[Message]:
        address = self.house.store.read(lambda view: view.address(self.house.vault.index(HER)))
        return self.house.store.read(lambda view: view.traffic(address.id)) if address else []


def hub_of(folder: Path, toml: str) -> Iterator[Hub]:
    port = free_port()
    with fake.api() as theirs:
        house = open_house(
            replace(
                SETTINGS,
                data=folder / "data",
                public_url=f"http://127.0.0.1:{port}",
                africastalking_calls=theirs.url,
                africastalking_recordings=f"{theirs.url}/recordings",
                price_per_minute=1.0,
            )
        )
        publish(house, toml, day=NOON // DAY, test=True)
        with fake.served(house, port):
            yield Hub(house, theirs)
        house.close()


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[Hub]:
    yield from hub_of(tmp_path, (EXAMPLES / "safety.toml").read_text(encoding="utf-8"))


@pytest.fixture
def aloud(tmp_path: Path) -> Iterator[Hub]:
    """Its first question is answered aloud."""
    safety = read((EXAMPLES / "safety.toml").read_text(encoding="utf-8"))
    first, *others = (replace(each, relevant="") for each in safety.questions)
    yield from hub_of(tmp_path, write(replace(safety, questions=(replace(first, type="text", choices=()), *others))))


def test_a_whole_consultation_is_held_by_keys(hub: Hub) -> None:
    phone = hub.phone()
    menu = phone.rings()
    assert menu[:2] == ["Please choose your language.", "For English, press 1."]
    phone.presses("1", "1")
    assert phone.said[0].startswith("To hear a question again")
    phone.presses("1", "2", "2", "3")
    assert phone.said == ["May we let you know later when there is news?", "For Agree, press 1.", "For No, press 2."]
    assert phone.presses("2") == ["Thank you. Received. Goodbye."]
    assert not phone.open
    phone.hangs_up()
    assert hub.facts() == [
        "Began keyword", "Chose en", "Consented take_part yes", "Answered moving easier", "Answered turn_to elders",
        "Answered age a30_44", "Answered place other", "Finished", "Consented news no",
    ]  # fmt: skip


def test_a_retry_changes_nothing_and_hears_the_same_to_the_byte(hub: Hub) -> None:
    phone = hub.phone()
    phone.rings()
    for keys in ("1", "1", "1", "8", "9", "0", "1", "*", ""):
        answer, facts = phone.answer, hub.facts()
        assert phone.retries() == answer
        assert hub.facts() == facts
        phone.presses(keys)


def test_hanging_up_keeps_what_was_given_and_calling_again_goes_on_there(hub: Hub) -> None:
    phone = hub.phone()
    phone.rings()
    question = phone.presses("1", "1", "1")
    phone.hangs_up()
    assert hub.facts()[-1] == "Answered moving easier"
    assert phone.rings() == question


def test_stop_by_key_binds_her_number(hub: Hub) -> None:
    phone = hub.phone()
    phone.rings()
    assert phone.presses("1", "1", "0", "7") == ["Stopped. You will hear no more from us. Goodbye."]
    assert hub.house.store.read(lambda view: view.suppressed(hub.house.vault.index(HER)))


def test_who_does_not_know_the_way_in_gets_nothing_from_the_hub(hub: Hub) -> None:
    phone = hub.phone()
    phone.hook = phone.hook[:-1]
    with pytest.raises(HTTPError, match="403"):
        phone.rings()


def test_a_beep_is_rejected_and_not_charged(hub: Hub) -> None:
    phone = hub.phone(ours=BEEP)
    phone.rings()
    assert phone.rejected


def missed(hub: Hub) -> Phone:
    """She rang a number that rings back, at noon; a call is placed."""
    request = webhook(f"{HOOK}", destinationNumber=BACK, sessionId="ATVId_hers")
    carrier = hub.house.channels["voice"].carriers["africastalking"]
    rang = carrier.receive(request, NOON)
    assert isinstance(rang, Heard)
    taken = intake.take(hub.house, rang, 0)
    assert taken.answer
    assert taken.answer.body.endswith(b"<Response><Reject/></Response>")
    assert intake.take(hub.house, rang, 0).new is False
    assert delivery.sweep(hub.house, lambda: NOON + 1).sent == 1
    return hub.phone(ours=BACK)


@pytest.mark.parametrize("told_row", [True, False])
def test_who_was_missed_is_rung_back_and_the_bill_is_known(hub: Hub, told_row: bool) -> None:
    phone = missed(hub)
    (placed,) = hub.api.placed
    assert (placed["to"], placed["from"]) == (HER, BACK)
    assert phone.picks_up(placed, "ATVId_1", told_row=told_row)[0] == "Please choose your language."
    phone.presses("1")
    assert phone.said[-1].endswith("To agree, press 1. If not, press 2.")
    phone.hangs_up(61)
    id = int(placed["clientRequestId"])
    row = hub.house.store.read(lambda view: view.message(id))
    assert row is not None
    assert (row.state, row.segments, row.price, row.ref) == ("delivered", 2, 2 * fake.PRICE, "ATVId_1")


def test_a_call_that_nobody_took_failed_and_says_why(hub: Hub) -> None:
    phone = missed(hub)
    (placed,) = hub.api.placed
    phone.rings_out(placed, "ATVId_1")
    id = int(placed["clientRequestId"])
    row = hub.house.store.read(lambda view: view.message(id))
    assert row is not None
    assert (row.state, row.why) == ("failed", "no answer")


def test_without_a_key_a_call_of_ours_ends_without_another_word(hub: Hub) -> None:
    phone = missed(hub)
    phone.picks_up(hub.api.placed[0], "ATVId_1")
    first = phone.heard.copy()
    while phone.open:
        phone.presses("")
    assert not {each for each in phone.heard if "survey" in each or "Consent" in each}
    assert phone.heard[: len(first)] == first


# ---- aloud


def at_the_tone(hub: Hub) -> Phone:
    phone = hub.phone()
    phone.rings()
    phone.presses("1", "1")
    return phone


def states(hub: Hub) -> list[int]:
    rows = hub.house.store.read(lambda view: [each for state in range(4) for each in view.recordings(state)])
    return [each.state for each in rows]


def test_what_she_says_aloud_is_fetched_and_can_be_listened_to(aloud: Hub) -> None:
    phone = at_the_tone(aloud)
    aloud.api.recordings["abc.mp3"] = encoded(tone(1.5), 8000, "mp3")
    phone.speaks(f"{aloud.api.url}/recordings/abc.mp3")
    assert phone.open
    assert aloud.facts()[-1].startswith("Answered moving")
    assert phone.retries() == phone.answer
    assert states(aloud) == [Recorded.ASKED]
    assert look_after(aloud.house, NOON) == 1
    listening = Listening(aloud.house, "safety", "Amina", NOON)
    sound = listening.sound(listening.waiting[0])
    assert sound is not None
    assert sound[:4] == b"RIFF"
    assert 20_000 < len(sound) < 30_000  # a second and a half at 8 kHz


def test_what_she_was_saying_when_she_hung_up_is_kept_as_a_part(aloud: Hub) -> None:
    phone = at_the_tone(aloud)
    phone.hangs_up_speaking(f"{aloud.api.url}/recordings/part.mp3")
    assert states(aloud) == [Recorded.ASKED]
    assert look_after(aloud.house, NOON) == 0
    assert states(aloud) == [Recorded.GONE]  # it is not there: given up


def test_before_the_tone_zero_is_the_menu_and_nothing_said_is_silence(aloud: Hub) -> None:
    phone = at_the_tone(aloud)
    assert phone.presses("0")[0].startswith("For help, press 1.")
    phone.presses("4")
    assert aloud.facts()[-1] == "Answered moving (prefer_not)"
    phone.presses("*", "")
    phone.speaks("")
    assert aloud.facts()[-1] == "Misheard moving empty"
