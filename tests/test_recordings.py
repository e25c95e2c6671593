"""What she says aloud on a call: fetched by its identifier, sealed, deleted there, written down, destroyed."""

from __future__ import annotations

import io
import logging
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from consult import figures, intake
from consult.cli import main
from consult.config import Settings
from consult.consultation import read, write
from consult.house import House, open_house
from consult.publish import publish
from consult.recordings import KEEPS, Listening, look_after
from consult.speech.sound import wav
from consult.store.records import Recorded
from consult.web import create_app
from tests.conftest import EXAMPLES
from tests.fakes.telephone import HER, OURS, Telephone
from tests.fakes.twilio_server import ACCOUNT, TOKEN, Sound, TwilioServer
from tests.journeys.telling import line
from tests.speech.sounds import tone
from tests.web.conftest import DAY
from tests.web.test_calls import PUBLIC, Hub

SID = "RE" + "a" * 32
DAY_LONG = 86_400
WORDS = "The road by the river floods."


@dataclass
class Said:
    """A hub whose first question is answered aloud, and Twilio."""

    hub: Hub
    twilio: TwilioServer
    data: Path

    @property
    def house(self) -> House:
        return self.hub.house

    def asked(self) -> Telephone:
        phone = self.hub.phone()
        phone.rings()
        phone.presses("1", "1")
        assert phone.tape
        return phone

    def holds(self, sid: str = SID, **more: object) -> bytes:
        """Twilio has this recording."""
        sound = wav(tone(1.5))
        self.twilio.sounds[sid] = Sound(**{"body": sound} | more)  # type: ignore[arg-type]
        return sound

    def look(self, days: int = 0) -> int:
        return look_after(self.house, self.now() + days * DAY_LONG)

    def now(self) -> int:
        return max(each.at for each in self.rows())

    def rows(self) -> list[Recorded]:
        return self.house.store.read(lambda view: [each for state in range(4) for each in view.recordings(state)])

    def states(self) -> list[int]:
        return [each.state for each in self.rows()]

    def files(self) -> list[Path]:
        return list((self.data / "recordings").glob("*"))

    def listening(self) -> Listening:
        return Listening(self.house, "safety", "Amina", self.now())


@pytest.fixture
def said(tmp_path: Path) -> Iterator[Said]:
    safety = read((EXAMPLES / "safety.toml").read_text(encoding="utf-8"))
    first, *others = (replace(each, relevant="") for each in safety.questions)
    spoken = replace(safety, questions=(replace(first, type="text", choices=()), *others))
    with TwilioServer() as twilio:
        house = open_house(
            Settings(
                data=tmp_path / "data",
                public_url=PUBLIC,
                twilio_account_sid=ACCOUNT,
                twilio_auth_token=TOKEN,
                twilio_from=OURS,
                twilio_voice=f"{OURS} RIVER",
                twilio_api=twilio.url,
            )
        )
        publish(house, write(spoken), day=DAY, test=True)
        yield Said(Hub(house, create_app(house).test_client()), twilio, tmp_path / "data")
        house.close()


def test_a_spoken_answer_is_fetched_written_down_and_destroyed(said: Said) -> None:
    phone, sound = said.asked(), said.holds()
    phone.speaks(4, "#", SID)
    assert phone.open
    assert said.states() == [Recorded.ASKED]
    assert said.look() == 1
    assert SID not in said.twilio.sounds
    assert said.states() == [Recorded.HERE]
    (waiting,) = said.listening().waiting
    assert said.listening().question(waiting) == "moving"
    assert said.listening().sound(waiting) == sound
    assert said.listening().write(waiting, WORDS, said.now())
    assert said.files() == []
    assert said.states() == [Recorded.GONE]
    answers = [told.event for told in said.hub.told() if line(told.event).startswith("Answered moving")]
    assert [line(each) for each in answers][-1] == f"Answered moving {WORDS}"
    (table,) = figures.figures(said.house, "safety")["frames"]
    assert next(each for each in table["questions"] if each["name"] == "moving")["counts"]["answers"] == 1
    facts = said.house.store.read(lambda view: list(view.facts("safety")))
    assert [fact.entered_by for fact in facts if fact.supersedes] == ["Amina"]


def test_nothing_of_the_sound_is_readable_on_the_disk(said: Said) -> None:
    phone, sound = said.asked(), said.holds()
    phone.speaks(4, "", SID)
    said.look()
    for file in (each for each in said.data.rglob("*") if each.is_file()):
        content = file.read_bytes()
        assert sound[44:300] not in content, file
        assert b"RIFF" not in content, file
        assert SID.encode() not in content, file


@pytest.mark.parametrize(("key", "then"), [("0", "For help, press 1."), ("9", "?"), ("*", "")])
def test_a_key_that_asks_for_something_lets_go_what_she_said(said: Said, key: str, then: str) -> None:
    phone = said.asked()
    said.holds()
    heard = phone.speaks(2, key, SID)
    assert any(then in each for each in heard) or not then
    assert said.states() == [Recorded.BURN]
    assert said.look() == 0
    assert SID not in said.twilio.sounds
    assert not [each for each in said.hub.facts() if each.startswith("Answered")]


def test_silence_is_asked_again_and_passed_over_the_third_time(said: Said) -> None:
    phone = said.asked()
    for _ in range(3):
        phone.waits()
    assert "Skipped moving misheard" in said.hub.facts()


def test_a_call_that_breaks_off_keeps_the_part_that_was_said(said: Said) -> None:
    phone = said.asked()
    said.holds()
    phone.speaks(3, "hangup", SID)
    (answered,) = [told.event for told in said.hub.told() if line(told.event).startswith("Answered moving")]
    assert answered.part
    assert said.look() == 1


def test_a_retry_adds_no_second_recording(said: Said) -> None:
    phone = said.asked()
    phone.speaks(3, "#", SID)
    before = phone.answer
    assert phone.retries() == before
    assert said.states() == [Recorded.ASKED]


@pytest.mark.parametrize(
    ("sound", "why"),
    [
        (Sound(b""), "it is no sound"),
        (Sound(wav(tone(0.0))), "it is empty"),
        (Sound(b"<html>", "text/html"), "it is no sound"),
        (Sound(b"\x00" * 2000), "it is no sound"),
        (Sound(b"RIFF" + b"\x00" * (5 << 20)), "it is too large"),
        (Sound(b"\x00" * 65536, endless=True), "it is too large"),
        (None, "it is not there"),
    ],
)
def test_what_is_no_recording_is_refused_and_named(
    said: Said, caplog: pytest.LogCaptureFixture, sound: Sound | None, why: str
) -> None:
    phone = said.asked()
    if sound:
        said.twilio.sounds[SID] = sound
    phone.speaks(3, "#", SID)
    with caplog.at_level(logging.WARNING):
        assert said.look() == 0
    assert [record.getMessage() for record in caplog.records] == [f"a recording was refused: {why}"]
    assert said.states() == [Recorded.GONE]
    assert said.files() == []
    assert said.listening().waiting == []


def test_a_redirect_is_not_followed_and_a_carrier_that_is_silent_is_asked_for_a_day(said: Said) -> None:
    phone = said.asked()
    said.twilio.sounds[SID] = Sound(b"", status=302, headers={"Location": f"{said.twilio.url}/elsewhere"})
    phone.speaks(3, "#", SID)
    assert said.look() == 0
    assert said.states() == [Recorded.ASKED]
    said.look(days=2)
    assert said.states() == [Recorded.BURN] or said.states() == [Recorded.GONE]


def test_her_erasure_closes_and_destroys_it(said: Said) -> None:
    phone = said.asked()
    said.holds()
    phone.speaks(3, "#", SID)
    said.look()
    listening = said.listening()
    (waiting,) = listening.waiting
    assert intake.erase(said.house, HER, said.now(), "1")
    assert said.listening().waiting == []
    assert said.house.store.read(lambda view: view.recording(waiting.name)) == replace(
        waiting, wrapped=bytes(len(waiting.wrapped)), live=bytes(len(waiting.live)), state=Recorded.BURN, there=False,
        ref=bytes(len(waiting.ref)),
    )  # fmt: skip
    assert not listening.write(waiting, WORDS, said.now()) or "Answered moving" not in str(said.hub.facts())
    said.look()
    assert said.files() == []


def test_one_that_was_erased_before_it_was_fetched_only_goes(said: Said) -> None:
    phone = said.asked()
    said.holds()
    phone.speaks(3, "#", SID)
    assert intake.erase(said.house, HER, said.now(), "1")
    assert said.look() == 0
    assert said.files() == []
    assert SID not in said.twilio.sounds


def test_after_seven_days_it_goes_unheard(said: Said) -> None:
    phone = said.asked()
    said.holds()
    phone.speaks(3, "#", SID)
    said.look()
    said.look(days=KEEPS // DAY_LONG - 1)
    assert said.states() == [Recorded.HERE]
    said.look(days=KEEPS // DAY_LONG + 1)
    assert said.states() == [Recorded.GONE]
    assert said.files() == []


def test_words_for_an_answer_she_gave_again_are_not_kept(said: Said) -> None:
    phone, other = said.asked(), "RE" + "b" * 32
    said.holds()
    said.holds(other)
    phone.speaks(3, "#", SID)
    phone.presses("*", "")  # back
    phone.speaks(3, "#", other)
    assert said.look() == 2
    listening = said.listening()
    first, second = listening.waiting
    assert [listening.question(each) for each in (first, second)] == ["", "moving"]
    assert not listening.write(first, "no longer", said.now())
    assert listening.write(second, WORDS, said.now())
    assert "no longer" not in str(said.hub.facts())
    assert f"Answered moving {WORDS}" in said.hub.facts()


def test_an_address_in_the_request_is_never_opened(said: Said) -> None:
    phone = said.asked()
    said.holds()
    told = phone.fields(RecordingSid=SID, RecordingDuration="3", RecordingUrl="http://127.0.0.1:1/evil")
    phone.sends(phone.tape["action"], told)
    assert said.look() == 1


@pytest.mark.parametrize("sid", ["../../Accounts", "RE1", "CA" + "a" * 32, "RE" + "A" * 32])
def test_an_identifier_that_is_none_is_refused(said: Said, sid: str) -> None:
    phone = said.asked()
    told = phone.fields(RecordingSid=sid, RecordingDuration="3")
    assert said.hub.post(phone.tape["action"], told).status_code == 400
    assert said.states() == []


def test_a_recording_lost_from_the_disk_is_told_and_let_go(said: Said) -> None:
    phone = said.asked()
    said.holds()
    phone.speaks(3, "#", SID)
    said.look()
    for file in said.files():
        file.write_bytes(b"altered")
    (waiting,) = said.listening().waiting
    assert said.listening().sound(waiting) is None


def test_a_facilitator_hears_and_writes_it_down_at_the_console(
    said: Said, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    phone, sound = said.asked(), said.holds()
    phone.speaks(3, "#", SID)
    settings = said.house.settings
    for name, value in {
        "DATA": str(settings.data),
        "PUBLIC_URL": PUBLIC,
        "TWILIO_ACCOUNT_SID": ACCOUNT,
        "TWILIO_AUTH_TOKEN": TOKEN,
        "TWILIO_FROM": OURS,
        "TWILIO_VOICE": f"{OURS} RIVER",
        "TWILIO_API": settings.twilio_api,
    }.items():
        monkeypatch.setenv(f"CONSULT_{name}", value)
    words = ["voice", "transcribe", "safety", "--who", "Amina", "--player", f"tee {tmp_path / 'heard.wav'}"]
    monkeypatch.setattr(sys, "stdin", io.StringIO("-\n"))
    assert main(words) == 0
    assert (tmp_path / "heard.wav").read_bytes() == sound
    assert "1 left" in capsys.readouterr().out
    monkeypatch.setattr(sys, "stdin", io.StringIO(f"\n{WORDS}\n"))
    assert main(words) == 0
    assert f"Answered moving {WORDS}" in said.hub.facts()
    assert said.files() == []
    assert main(words) == 0
    assert "nothing waits" in capsys.readouterr().out
    assert any("listened to by Amina" in each[2] for each in said.house.store.read(lambda view: view.audit()))
    assert main([*words[:-1], "no-such-player"]) == 0  # nothing to play
