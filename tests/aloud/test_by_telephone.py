"""Lines read aloud over a telephone: through Twilio's signed webhooks and through the simulator, with real sounds.

The code lets one telephone in, tells nobody else that it is there, and makes nobody a participant.
"""

from __future__ import annotations

import json
import re
import secrets
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from urllib3 import encode_multipart_formdata

from consult import recordings
from consult.aloud import codes, keeping
from consult.aloud.codes import LIVES, MOST, TRIES, TooMany
from consult.config import Settings
from consult.house import House, open_house
from consult.publish import publish, retire
from consult.speech import recording
from consult.speech.script import Line, lines
from consult.speech.shelf import Shelf, Take
from consult.speech.sound import wav
from consult.store.records import Recorded
from consult.web import create_app
from tests.conftest import EXAMPLES
from tests.fakes.telephone import HER, OURS, Telephone
from tests.fakes.twilio_server import ACCOUNT, TOKEN, Sound, TwilioServer
from tests.speech.sounds import clipped, quiet, tone
from tests.web.conftest import DAY, opened
from tests.web.test_calling import Telephone as OnAPage
from tests.web.test_calls import COVER, PUBLIC, Hub

DECIDE = "For keeping what you said, press 1."
SPEECH = wav(quiet(0.4) + tone(1.0, 0.3) + quiet(0.4))
ANOTHER = "+2348030000002"


@dataclass
class Room:
    """A hub with a number for calls, Twilio behind it, and a code that somebody was given."""

    hub: Hub
    twilio: TwilioServer
    code: str
    name: str = "safety"

    @property
    def house(self) -> House:
        return self.hub.house

    def lines(self, tag: str = "en") -> list[Line]:
        published = self.house.store.read(lambda view: view.published(self.name))
        assert published is not None
        found = lines(self.house.library.edition(published), self.house.speakers)
        return [line for line in found if line.speech.locale == tag]

    def take(self, line: Line) -> Take | None:
        return Shelf(self.house.settings.data).take(line.speech)

    def comes(self, number: str = HER, code: str = "") -> Telephone:
        """Rings, and keys the code at whatever is said first."""
        phone = self.hub.phone(number)
        phone.rings()
        self.keys(phone, code or self.code)
        return phone

    def keys(self, phone: Telephone, code: str) -> list[str]:
        phone.presses("*")
        return phone.presses(f"{code}#")

    def says(self, phone: Telephone, sound: bytes = SPEECH) -> str:
        """After the tone; the recording's identifier."""
        sid = f"RE{secrets.token_hex(16)}"
        self.twilio.sounds[sid] = Sound(body=sound)
        phone.speaks(2, "#", sid)
        return sid

    def goes_on(self, seconds: int = 0) -> None:
        """Two rounds of the worker."""
        for _ in range(2):
            recordings.look_after(self.house, now() + seconds)
            keeping.take_up(self.house, now() + seconds)

    def rows(self) -> list[Recorded]:
        return self.house.store.read(lambda view: [each for state in range(4) for each in view.recordings(state)])


def now() -> int:
    return int(time.time())


def coded(house: House, name: str = "safety", tag: str = "en", at: int = 0) -> str:
    return codes.make(house, name, tag, 7, at or now(), secrets.randbelow)


def kept_codes(house: House) -> str:
    return house.store.read(lambda view: view.setting("aloud:safety")) or ""


def rooms(folder: Path, example: str, keyword: str, door: str = "open = true") -> Iterator[Room]:
    with TwilioServer() as twilio:
        house = open_house(
            Settings(
                data=folder / "data",
                public_url=PUBLIC,
                twilio_account_sid=ACCOUNT,
                twilio_auth_token=TOKEN,
                twilio_from=OURS,
                twilio_voice=f"{OURS} {keyword}",
                twilio_api=twilio.url,
                replies_per_number=1000,
            )
        )
        toml = (EXAMPLES / f"{example}.toml").read_text(encoding="utf-8").replace("open = true", door, 1)
        publish(house, toml, day=DAY, test=True)
        yield Room(Hub(house, create_app(house).test_client()), twilio, coded(house, example), example)
        house.close()


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Room]:
    yield from rooms(tmp_path, "safety", "RIVER")


@pytest.fixture
def closed(tmp_path: Path) -> Iterator[Room]:
    yield from rooms(tmp_path, "safety", "RIVER", "open = false")


# ---- reading


def test_what_she_reads_and_keeps_is_the_line_s_take(room: Room) -> None:
    first, second, third, *_ = room.lines()
    phone = room.comes()
    assert phone.said[:2] == ["Line 1.", first.speech.text]
    assert phone.tape
    sid = room.says(phone)
    assert phone.said[0] == DECIDE
    assert room.take(first) is None
    phone.presses("1")
    assert phone.said[:2] == ["Line 2.", second.speech.text]
    room.says(phone)
    phone.presses("3")
    assert phone.said[0] == "Line 3."
    room.says(phone)
    assert phone.presses("2")[:2] == ["Line 3.", third.speech.text]
    room.says(phone, wav(quiet(0.4) + tone(2.0, 0.3) + quiet(0.4)))
    phone.presses("1")
    phone.presses("9")  # while she could speak: the line again
    assert phone.said[0] == "Line 4."
    room.says(phone)
    phone.presses("9")
    assert not phone.open
    room.goes_on()
    taken = [room.take(line) for line in room.lines()[:4]]
    assert [take and (take.made, take.ms) for take in taken] == [("recorded", 1200), None, ("recorded", 2200), None]
    assert sid not in room.twilio.sounds
    assert room.twilio.sounds == {}
    assert {row.state for row in room.rows()} == {Recorded.GONE}
    assert not list((room.house.settings.data / "recordings").glob("*"))
    trail = [what for _, _, what, _ in room.house.store.read(lambda view: view.audit())]
    assert f"line {first.code} of safety was recorded by telephone" in trail


def test_a_reader_is_nobody_here(room: Room) -> None:
    phone = room.comes()
    room.says(phone)
    phone.presses("1")
    phone.presses("#")
    phone.hangs_up()
    room.goes_on()
    index = room.house.vault.index(HER)
    assert room.house.store.read(lambda view: view.address(index)) is None
    assert room.house.store.read(lambda view: view.last_arrival("safety")) == 0
    assert room.house.store.read(lambda view: view.sessions_of("safety")) == []
    for file in (each for each in room.house.settings.data.rglob("*") if each.is_file()):
        content = file.read_bytes()
        assert HER.encode() not in content, file
        assert room.code.encode() not in content, file


def test_what_she_says_lies_sealed_until_she_keeps_it(room: Room) -> None:
    phone = room.comes()
    room.says(phone)
    recordings.look_after(room.house, now())
    (file,) = (room.house.settings.data / "recordings").glob("*")
    assert b"RIFF" not in file.read_bytes()
    keeping.take_up(room.house, now())
    assert room.take(room.lines()[0]) is None
    phone.presses("1")
    room.goes_on()
    assert room.take(room.lines()[0])
    assert not file.exists()


def test_a_call_that_breaks_off_throws_away_what_was_not_kept(room: Room) -> None:
    phone = room.comes()
    room.says(phone)
    phone.hangs_up()
    room.goes_on()
    room.goes_on(keeping.UNDECIDED + 60)
    assert room.take(room.lines()[0]) is None
    assert room.twilio.sounds == {}
    assert {row.state for row in room.rows()} == {Recorded.GONE}
    assert not list((room.house.settings.data / "recordings").glob("*"))


@pytest.mark.parametrize("sound", [wav(clipped(1.0)), wav(quiet(1.0)), b"no sound at all"])
def test_what_gives_no_take_leaves_the_line_waiting(room: Room, sound: bytes) -> None:
    phone = room.comes()
    room.says(phone, sound)
    phone.presses("1")
    room.goes_on()
    assert room.take(room.lines()[0]) is None
    assert {row.state for row in room.rows()} == {Recorded.GONE}


def test_what_somebody_recorded_meanwhile_stays(room: Room) -> None:
    line, shelf = room.lines()[0], Shelf(room.house.settings.data)
    phone = room.comes()
    room.says(phone)
    phone.presses("1")
    before = shelf.keep(line.speech, "en", tone(0.7))
    room.goes_on()
    assert room.take(line) == before


def test_only_lines_that_wait_are_read_and_then_it_is_over(room: Room) -> None:
    *others, last = room.lines()
    for line in others:
        Shelf(room.house.settings.data).keep(line.speech, "en", tone(0.2))
    phone = room.comes()
    assert phone.said[0] == f"Line {len(others) + 1}."
    room.says(phone)
    phone.presses("1")
    assert not phone.open
    assert len(phone.said) == 1
    room.goes_on()
    assert room.take(last)
    assert not room.house.store.read(lambda view: codes.awaited(view, "safety", now()))


def test_whoever_rings_again_goes_on_where_she_was(room: Room) -> None:
    phone = room.comes()
    room.says(phone)
    phone.presses("1")
    phone.hangs_up()
    assert room.comes().said[0] == "Line 2."
    room.goes_on()
    assert room.comes().said[0] == "Line 2."


def test_the_draft_is_played_where_there_is_one(room: Room) -> None:
    first = room.lines()[0]
    draft = Shelf(room.house.settings.data).keep(first.speech, "en", tone(0.5), "drafted")
    phone = room.comes()
    assert f"{PUBLIC}/audio/{draft.name}".encode() in phone.answer


def test_silence_is_asked_again_and_given_up(room: Room) -> None:
    phone = room.comes()
    for _ in range(3):
        phone.waits()
        assert phone.said[0] == "Line 1."
    phone.waits()
    assert not phone.open
    assert room.rows() == []


def test_a_retry_hears_the_same_and_counts_once(room: Room) -> None:
    phone = room.comes()
    room.says(phone)
    assert phone.retries() == phone.answer
    phone.presses("1")
    assert phone.retries() == phone.answer
    room.goes_on()
    assert room.take(room.lines()[0])
    assert room.take(room.lines()[1]) is None


# ---- the code


def test_a_wrong_code_is_no_answer_like_any_other_key(room: Room) -> None:
    phone = room.hub.phone(ANOTHER)
    first = phone.rings()
    wrong = "1" * 8 if room.code != "1" * 8 else "2" * 8
    assert room.keys(phone, wrong) == first
    phone.presses("1", "1")
    assert any("Do you agree" in each or "press 1" in each for each in phone.said)


def test_whoever_comes_to_answer_comes_in_as_ever(room: Room) -> None:
    with_code = room.hub.phone(ANOTHER)
    heard = [with_code.rings(), with_code.presses("1"), with_code.presses("1")]
    room.house.store.write(lambda tx: tx.set("aloud:safety", ""))
    without = room.hub.phone("+2348030000003")
    assert [without.rings(), without.presses("1"), without.presses("1")] == heard


def test_a_code_lasts_a_day_for_one_telephone(room: Room) -> None:
    assert room.comes().said[0] == "Line 1."
    assert room.comes(ANOTHER).said[0] != "Line 1."
    again = room.comes()
    assert again.said[0] == "Line 1."
    old = coded(room.house, at=now() - LIVES - 1)
    assert room.comes(ANOTHER, old).said[0] != "Line 1."


def test_ten_wrong_codes_end_all(room: Room) -> None:
    phone = room.hub.phone(ANOTHER)
    phone.rings()
    for n in range(TRIES):
        room.keys(phone, f"{(int(room.code) + 1 + n) % 10**8:08}")
    assert room.comes().said[0] != "Line 1."
    assert not room.house.store.read(lambda view: codes.awaited(view, "safety", now()))
    assert f"{TRIES} wrong codes were keyed" in room.house.store.read(lambda view: view.audit())[-1][2]
    assert ended(room.house, now()) == now() - now() % LIVES


def test_that_all_codes_ended_is_remembered_for_a_week_or_until_one_is_made(room: Room) -> None:
    at = now()
    for _ in range(TRIES):
        room.house.store.write(lambda tx: codes.admit(room.house.vault, tx, "safety", "keys 00000000", HER, at))
    assert ended(room.house, at)
    codes.sweep(room.house, at + 6 * LIVES)
    assert ended(room.house, at + 6 * LIVES)
    codes.sweep(room.house, at + 8 * LIVES)
    assert kept_codes(room.house) == ""
    coded(room.house, at=at)
    assert ended(room.house, at) == 0


def test_a_new_code_ends_the_warning(room: Room) -> None:
    room.house.store.write(lambda tx: tx.set("aloud:safety", json.dumps({"live": [], "wrong": 0, "ended": now()})))
    assert ended(room.house, now())
    coded(room.house)
    assert ended(room.house, now()) == 0


def ended(house: House, at: int) -> int:
    return house.store.read(lambda view: codes.ended(view, "safety", at))


def test_a_code_that_is_over_leaves_no_mark_of_whose_it_was(room: Room) -> None:
    room.comes()
    codes.sweep(room.house, now() + LIVES - 60)
    assert codes.Code(**json.loads(kept_codes(room.house))["live"][0]).whose
    later = coded(room.house, at=now() + 120)
    codes.sweep(room.house, now() + LIVES + 60)
    (left,) = json.loads(kept_codes(room.house))["live"]
    assert (left["whose"], len(later)) == ("", codes.DIGITS)
    codes.sweep(room.house, now() + 2 * LIVES)
    assert kept_codes(room.house) == ""


def test_a_code_goes_with_its_consultation(room: Room) -> None:
    room.comes()
    assert kept_codes(room.house)
    retire(room.house, "safety", day=DAY, confirmed_by=("Amina", "Ruth"))
    assert kept_codes(room.house) == ""


def test_codes_are_kept_as_hashes_and_only_so_many(room: Room) -> None:
    kept = room.house.store.read(lambda view: view.setting("aloud:safety")) or ""
    assert room.code not in kept
    for _ in range(MOST - 1):
        coded(room.house)
    with pytest.raises(TooMany):
        coded(room.house)


def test_a_code_is_for_one_language(room: Room) -> None:
    phone = room.comes(code=coded(room.house, tag="fr"))
    assert room.lines("fr")[0].speech.text in phone.said


def test_where_nobody_is_let_in_the_code_is_keyed_after_the_same_words_as_ever(closed: Room) -> None:
    phone = closed.hub.phone()
    assert phone.rings() == [COVER]
    assert phone.presses(f"{closed.code}#")[0] == "Line 1."
    stranger = closed.hub.phone(ANOTHER)
    assert stranger.rings() == [COVER]
    assert stranger.presses("0#") == []
    assert not stranger.open
    closed.house.store.write(lambda tx: tx.set("aloud:safety", ""))
    other = closed.hub.phone("+2348030000003")
    assert other.rings() == [COVER]
    assert not other.open


def test_a_conversation_that_is_open_is_not_disturbed(room: Room) -> None:
    room.house.store.write(lambda tx: tx.set("aloud:safety", ""))
    phone = room.hub.phone()
    phone.rings()
    asked = phone.presses("1")
    code = coded(room.house)
    phone.rings()
    assert phone.said[-len(asked) :] == asked
    assert "Line 1." not in room.keys(phone, code)


# ---- in the simulator


class Reader(OnAPage):
    """Somebody at the demo's telephone, with a microphone."""

    def says(self, sound: bytes) -> str:
        form = {"sender": self.sender, "call": self.call, "turn": self.turn, "act": "speak", "value": "#"}
        body, media = encode_multipart_formdata({**form, "sound": ("said.wav", sound)})
        answer = self.client.post("/demo/call?lang=en", data=body, content_type=media, headers={"Accept": "text/html"})
        assert answer.status_code == 200
        found = re.search(r'name="turn" value="(\d+)"', answer.text)
        self.turn = found[1] if found else self.turn
        return answer.text


def test_a_line_is_read_at_the_simulated_telephone(tmp_path: Path) -> None:
    with opened(tmp_path / "data", works=False, examples=("safety",)) as house:
        code, phone = coded(house, tag="ar"), Reader(house, "+12025550177")
        phone.does("ring", "RIVER")
        phone.does("keys", "*")
        published = house.store.read(lambda view: view.published("safety"))
        assert published is not None
        first, second = recording.rows(
            lines(house.library.edition(published), house.speakers), "ar", "", Shelf(house.settings.data)
        )[:2]
        assert first.line.speech.text in phone.does("keys", f"{code}#")
        assert "1" in phone.says(SPEECH)
        assert second.line.speech.text in phone.does("keys", "1")
        for _ in range(2):
            recordings.look_after(house, now())
            keeping.take_up(house, now())
        take = Shelf(house.settings.data).take(first.line.speech)
        assert take is not None
        assert (take.made, take.ms) == ("recorded", 1200)
        assert not list((house.settings.data / "said").glob("*"))
        assert house.store.read(lambda view: view.last_arrival("safety")) == 0
        played = create_app(house).test_client().get(f"/audio/{take.name}")
        assert played.data[24:28] == (8000).to_bytes(4, "little")
