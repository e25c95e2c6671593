"""Twilio's calls: what is heard of them, and TwiML, for which Twilio's own library is the oracle."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import urlencode
from xml.etree import ElementTree as xml

import pytest
from twilio.twiml.voice_response import Gather as TheirGather
from twilio.twiml.voice_response import VoiceResponse

from channels.voice.carriers.twilio import TwilioCalls, open_carrier
from channels.voice.render import Gather, Spoken
from channels.voice.speech import Speech
from consult.channel import CallCarrier, Delivery, HungUp, Keys, Owed, Rang, Refused, Request, Said, SendFailed, Silence
from consult.config import BadSetting, Settings
from tests.fakes.telephone import HER, OURS
from tests.fakes.twilio_server import ACCOUNT, TOKEN, sign

PUBLIC = "https://consult.example.org"
SETTINGS = Settings(
    public_url=PUBLIC,
    twilio_account_sid=ACCOUNT,
    twilio_auth_token=TOKEN,
    twilio_voice=f"{OURS} RIVER, +15005550007 KIOSK",
)
CALLS = TwilioCalls(SETTINGS)
SID = "CA" + "a" * 32
ADDRESS = f"{PUBLIC}/hooks/voice/twilio"


def request(url: str = ADDRESS, **more: str) -> Request:
    fields = {
        "AccountSid": ACCOUNT, "CallSid": SID, "CallStatus": "ringing", "Direction": "inbound", "From": HER, "To": OURS,
        "CallToken": '{"parentCallInfoToken":"eyJhbGciOiJFUzI1NiJ9"}', "StirVerstat": "TN-Validation-Passed-A",
    } | more  # fmt: skip
    return Request("POST", url, {"x-twilio-signature": sign(url, fields)}, urlencode(fields).encode())


def heard(url: str = ADDRESS, **more: str) -> Said:
    return CALLS.receive(request(url, **more), 5).said


def test_it_is_a_carrier_of_calls_for_the_numbers_it_is_given() -> None:
    assert isinstance(CALLS, CallCarrier)
    assert CALLS.ours == (OURS, "+15005550007")


def test_ringing_stands_for_the_keyword_of_the_number() -> None:
    assert heard() == Rang("RIVER")
    assert heard(To="+15005550007", Called="+15005550007") == Rang("KIOSK")


def test_keys_and_silence_belong_to_a_turn() -> None:
    got = CALLS.receive(request(f"{ADDRESS}?turn=7", Digits="13"), 5)
    assert (got.said, got.ref, got.call) == (Keys("13"), f"{ACCOUNT}:{SID}:7", SID)
    assert (got.channel, got.carrier, got.ours, got.sender) == ("voice", "twilio", OURS, HER)
    assert heard(f"{ADDRESS}?turn=7", Digits="") == Silence()
    assert heard(f"{ADDRESS}?turn=7") == Silence()


@pytest.mark.parametrize("status", ["completed", "busy", "failed", "no-answer", "canceled"])
def test_a_call_that_is_over_says_nothing_more(status: str) -> None:
    assert heard(f"{ADDRESS}?turn=7", Digits="1", CallStatus=status) == HungUp()


@pytest.mark.parametrize("hidden", ["anonymous", "Restricted", "+266696687", "", "12345"])
def test_who_hides_her_number_has_none(hidden: str) -> None:
    assert CALLS.receive(request(From=hidden), 5).sender is None


@pytest.mark.parametrize("missing", ["CallSid", "From", "To", "CallStatus", "Direction"])
def test_a_field_that_is_missing_is_refused(missing: str) -> None:
    with pytest.raises(Refused) as refused:
        CALLS.receive(request(**{missing: "?"}), 5)
    assert refused.value.status == 400


def test_how_far_a_call_got_moves_no_message_of_ours() -> None:
    receipt = CALLS.report(request(f"{ADDRESS}/status", CallStatus="completed", CallDuration="61"), 5)
    assert (receipt.ref, receipt.state, receipt.id) == (SID, Delivery.ACCEPTED, None)


def test_twiml_is_what_twilios_library_makes() -> None:
    said = (Speech("Roads & <land>?", "en"), Speech("مرحبا", "ar"), Speech("Sannu", "ha"))
    mine = CALLS.answer(Spoken(said, Gather(20, "#", 8), 3, slow=True)).body.decode()
    theirs = VoiceResponse()
    gather = TheirGather(
        input="dtmf", action=f"{ADDRESS}?turn=3", method="POST", num_digits=20, finish_on_key="#", timeout=8,
        action_on_empty_result=True,
    )  # fmt: skip
    gather.say(said[0].text, language="en-US")
    gather.pause(length=1)
    gather.say(said[1].text, language="arb", voice="Polly.Zeina")
    gather.pause(length=1)
    gather.say(said[2].text)
    theirs.append(gather)
    assert xml.canonicalize(mine) == xml.canonicalize(str(theirs))


def test_the_end_of_a_call_is_what_twilios_library_makes() -> None:
    theirs = VoiceResponse()
    theirs.say("Goodbye.", language="en-US")
    theirs.hangup()
    mine = CALLS.answer(Spoken((Speech("Goodbye.", "en"),), None, 9)).body.decode()
    assert xml.canonicalize(mine) == xml.canonicalize(str(theirs))
    assert xml.canonicalize(CALLS.acknowledge().body.decode()) == "<Response><Hangup></Hangup></Response>"


def test_a_recording_is_played_from_our_own_address() -> None:
    class Recorded:
        def find(self, speech: Speech) -> str | None:
            return "abc.wav" if speech.text == "Well?" else None

        own = find

    carrier = TwilioCalls(SETTINGS, Recorded())
    body = carrier.answer(Spoken((Speech("Well?", "en"), Speech("Yes", "en")), None, 1)).body.decode()
    assert f'<Play>{PUBLIC}/audio/abc.wav</Play><Say language="en-US">Yes</Say>' in body


def test_without_an_address_to_ask_nobody_is_called() -> None:
    with pytest.raises(SendFailed, match="CONSULT_PUBLIC_URL") as failed:
        CALLS.send(Owed(1, OURS, HER, ""), "")
    assert failed.value.halt


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"twilio_voice": "+15005550006"}, "must be a number and a keyword"),
        ({"twilio_voice": "15005550006 RIVER"}, "must be a number and a keyword"),
        ({"twilio_auth_token": ""}, "CONSULT_TWILIO_AUTH_TOKEN is missing"),
    ],
)
def test_half_a_configuration_names_what_is_missing(given: dict[str, str], says: str) -> None:
    with pytest.raises(BadSetting, match=says):
        open_carrier(replace(SETTINGS, **given))


def test_without_numbers_no_calls_are_taken() -> None:
    assert open_carrier(replace(SETTINGS, twilio_voice="")) is None
