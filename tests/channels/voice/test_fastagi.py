"""Calls by an Asterisk of ours over real sockets: whoever hangs up, wherever, loses nothing that was given."""

from __future__ import annotations

import logging
import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from shutil import copytree

import pytest

from channels.voice.carriers.asterisk import AsteriskCalls, open_carrier
from channels.voice.fastagi import Server, Sounds
from consult import custody
from consult.channel import Refused, Request
from consult.cli.voice import Ear
from consult.config import BadSetting, Settings
from consult.house import House, open_house
from consult.publish import publish
from consult.speech.script import lines
from consult.speech.shelf import Shelf
from consult.unsealing import Opening
from tests.conftest import EXAMPLES
from tests.fakes.asterisk import HER, OURS, Handset
from tests.journeys.telling import line
from tests.speech.sounds import tone
from tests.web.conftest import DAY

SETTINGS = Settings(asterisk_voice=f"{OURS} RIVER")
AGREED = ("1", "1")  # English, and yes


@dataclass
class Site:
    """A hub and the Asterisk beside it; `words` tells what each sound says."""

    house: House
    server: Server
    words: dict[str, str]
    phones: list[Handset] = field(default_factory=list)

    def phone(self, number: str = HER, ours: str = OURS, server: Server | None = None) -> Handset:
        self.phones.append(Handset((server or self.server).listener.getsockname()[1], number, ours))
        return self.phones[-1]

    def leaves(self) -> None:
        """Whoever still holds the line lets it go."""
        for phone in self.phones:
            phone.dies()

    def said(self, played: list[str]) -> list[str]:
        return [self.words[name] for name in played]

    def facts(self) -> list[str]:
        published = self.house.store.read(lambda view: view.published("safety"))
        assert published is not None
        private = custody.private_key(self.house.settings.data, self.house.vault, "safety")
        return [line(told.event) for told in Opening(self.house.store, published, private).told()]

    def idle(self) -> bool:
        """Whether every call has ended, within five seconds."""
        until = time.monotonic() + 5
        while self.server.open() and time.monotonic() < until:
            time.sleep(0.01)
        return not self.server.open()


def recorded(house: House) -> dict[str, str]:
    """Everything said in English has a sound of its own; sound -> words."""
    published = house.store.read(lambda view: view.published("safety"))
    assert published is not None
    shelf, words = Shelf(house.settings.data), {}
    said = [each.speech for each in lines(house.library.edition(published), house.speakers)]
    for n, speech in enumerate(speech for speech in said if speech.locale == "en"):
        take = shelf.keep(speech, "en", tone(0.02, hertz=200 + 10 * n))
        words[take.name.removesuffix(".wav")] = speech.text
    return words


@contextmanager
def serving(house: House, *, most: int = 300, theirs: Path | None = None, soon: float = 10) -> Iterator[Server]:
    carrier = house.carrier("voice", "asterisk")
    assert isinstance(carrier, AsteriskCalls)
    stopping = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        sounds = Sounds(Shelf(house.settings.data).audio, theirs)
        server = Server(listener, Ear(house, carrier), sounds, time.monotonic, most, soon)
        thread = threading.Thread(target=server.serve, args=(stopping,))
        thread.start()
        try:
            yield server
        finally:
            stopping.set()
            thread.join(10)
        assert not thread.is_alive()


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, str]]:
    """A data folder to be copied, with everything recorded."""
    folder = tmp_path_factory.mktemp("site") / "data"
    house = open_house(replace(SETTINGS, data=folder))
    publish(house, (EXAMPLES / "safety.toml").read_text(encoding="utf-8"), day=DAY, test=True)
    words = recorded(house)
    house.close()
    return folder, words


@pytest.fixture
def site(tmp_path: Path, made: tuple[Path, dict[str, str]]) -> Iterator[Site]:
    copytree(made[0], tmp_path / "data")
    house = open_house(replace(SETTINGS, data=tmp_path / "data"))
    with serving(house) as server:
        site = Site(house, server, made[1])
        yield site
        site.leaves()
    house.close()


# ---- a whole call


def test_a_whole_consultation_is_held_by_keys(site: Site) -> None:
    phone = site.phone()
    assert site.said(phone.rings())[0] == "Please choose your language."
    assert site.said(phone.presses("1"))[-1].endswith("To agree, press 1. If not, press 2.")
    assert site.said(phone.presses("1"))[2] == "For Easier, press 1."
    phone.presses("1", "2", "2", "3")
    assert site.said(phone.presses("2")) == ["Thank you. Received. Goodbye."]
    assert not phone.open
    assert phone.asked[-1] == "HANGUP"
    assert site.facts() == [
        "Began keyword", "Chose en", "Consented take_part yes", "Answered moving easier", "Answered turn_to elders",
        "Answered age a30_44", "Answered place other", "Finished", "Consented news no",
    ]  # fmt: skip


def test_a_key_pressed_into_what_is_said_ends_it_and_counts(site: Site) -> None:
    phone = site.phone()
    phone.into.append("1")
    assert site.said(phone.rings())[-1].endswith("To agree, press 1. If not, press 2.")
    assert len([each for each in phone.asked if each.startswith("STREAM")]) < 10
    assert site.facts()[-1] == "Chose en"


def test_nothing_pressed_is_silence_and_is_said_again_slower(site: Site) -> None:
    phone = site.phone()
    phone.rings()
    question = phone.presses(*AGREED)[1:]
    phone.asked = []
    phone.waits()
    phone.goes_on(*[""] * (len(question) - 1))
    assert phone.played == question
    assert phone.asked.count("WAIT FOR DIGIT 1000") == len(question) - 1
    assert site.facts()[-1] == "Misheard moving unclear"
    assert site.said(phone.presses("1"))
    assert site.facts()[-1] == "Answered moving easier"


def test_a_sound_that_is_gone_is_passed_over_and_the_call_goes_on(site: Site) -> None:
    phone = site.phone()
    first = phone.rings()[0]
    phone.hangs_up()
    (Shelf(site.house.settings.data).audio / f"{first}.wav").rename(site.house.settings.data / "elsewhere.wav")
    other = site.phone("+2348030000002")
    assert first not in other.rings()
    assert site.said(other.presses("1"))[-1].endswith("To agree, press 1. If not, press 2.")


def test_a_sound_that_asterisk_cannot_find_is_passed_over_and_the_call_goes_on(site: Site, tmp_path: Path) -> None:
    with serving(site.house, theirs=tmp_path / "not there") as server:
        phone = site.phone(server=server)
        assert phone.rings() == []
        phone.presses(*AGREED, "1")
        assert site.facts()[-1] == "Answered moving easier"


def test_sounds_are_put_where_asterisk_may_read_them(site: Site, tmp_path: Path) -> None:
    theirs = tmp_path / "sounds"
    theirs.mkdir()
    with serving(site.house, theirs=theirs) as server:
        phone = site.phone(server=server)
        played = phone.rings()
    assert site.said(played)[0] == "Please choose your language."
    assert {file.stem for file in theirs.iterdir()} == set(played)
    assert {file.stat().st_mode & 0o777 for file in theirs.iterdir()} == {0o644}


def test_many_calls_that_need_the_same_sound_at_once_all_hear_it(site: Site, tmp_path: Path) -> None:
    theirs = tmp_path / "sounds"
    theirs.mkdir()
    with serving(site.house, theirs=theirs) as server:
        phones = [site.phone(f"+23480300002{n:02d}", server=server) for n in range(20)]
        with ThreadPoolExecutor(20) as women:
            heard = list(women.map(Handset.rings, phones))
    assert all(played == heard[0] for played in heard)
    assert site.said(heard[0])[0] == "Please choose your language."
    assert not [file.name for file in theirs.iterdir() if file.name.startswith(".")]


# ---- hanging up, at every point


@pytest.mark.parametrize("after", range(7))
@pytest.mark.parametrize("how", ["hangs up", "socket closed"])
def test_whoever_hangs_up_keeps_what_was_given_and_goes_on_there(site: Site, after: int, how: str) -> None:
    keys = (*AGREED, "1", "2", "2", "3", "2")
    phone = site.phone()
    phone.rings()
    phone.presses(*keys[:after])
    phone.hangs_up() if how == "hangs up" else phone.dies()
    assert site.idle()
    facts = site.facts()
    again = site.phone()
    again.rings()
    again.presses(*keys[after:])
    assert site.facts()[: len(facts)] == facts
    assert site.facts()[-1] == "Consented news no"


@pytest.mark.parametrize("what", ["STREAM FILE", "ANSWER", "CHANNEL STATUS"])
def test_hanging_up_while_a_command_runs_ends_the_call(site: Site, what: str) -> None:
    phone = site.phone()
    phone.connects()
    phone.call, phone.open = "1.1", True
    phone.sends(phone.facts())
    while command := phone.reads():
        if command.startswith(what):
            phone.says(b"200 result=-1 endpos=5600\nHANGUP\n")
            break
        missing = what == "CHANNEL STATUS" and command.startswith("STREAM")
        phone.sends(b"200 result=-1 endpos=0\n" if missing else b"200 result=0\n")
    assert site.idle()
    assert site.facts() == ["Began keyword"]


@pytest.mark.parametrize(
    "reply",
    [
        b"HANGUP\n",
        b"511 Command Not Permitted on a dead channel or intercept routine\n",
        b"510 Invalid or unknown command\n",
        b"520-Invalid command syntax.  Proper usage follows:\n520 End of proper usage.\n",
        b"520 Invalid command syntax.  Proper usage not available.\n",
        b"200 result=\n",
        b"200 result=99999999999999999999\n",
        b"\xff\xfe\x00\n",
        b"\n",
        b"A" * 5000,
    ],
)
def test_what_is_no_reply_ends_the_call_at_once_and_keeps_what_was_given(site: Site, reply: bytes) -> None:
    phone = site.phone()
    phone.rings()
    phone.presses(*AGREED, "1")
    started = time.monotonic()
    phone.says(reply)
    assert site.idle()
    assert time.monotonic() - started < 2
    assert site.facts()[-1] == "Answered moving easier"


def test_a_result_that_is_no_key_is_silence(site: Site) -> None:
    phone = site.phone()
    phone.rings()
    phone.presses(*AGREED)
    phone.goes_on("A")
    assert site.facts()[-1] == "Misheard moving unclear"


# ---- what is no call


@pytest.mark.parametrize(
    "facts",
    [
        b"\n",
        b"GET / HTTP/1.1\n\n",
        b"agi_uniqueid: 1.1\n" * 200,
        b"A" * 5000,
        b"agi_arg_1: +15005550999\nagi_uniqueid: 1.1\nagi_callerid: +2348030000001\n\n",
        b"agi_arg_1: +15005550006\nagi_uniqueid: ../../etc\nagi_callerid: +2348030000001\n\n",
    ],
)
def test_what_is_no_call_of_a_person_is_ended_unanswered(site: Site, facts: bytes) -> None:
    phone = site.phone()
    phone.connects()
    phone.says(facts)
    assert phone.asked == []
    assert site.idle()
    assert site.facts() == []


@pytest.mark.parametrize("number", ["unknown", "", "1;DROP", "+2348030000001234567890"])
def test_a_number_that_is_hidden_or_none_is_not_talked_with(site: Site, number: str) -> None:
    phone = site.phone(number)
    assert phone.rings() == []
    assert phone.asked == ["HANGUP"]
    assert site.facts() == []


def test_a_socket_that_says_nothing_is_given_up(site: Site) -> None:
    with serving(site.house, soon=0.2) as server:
        phone = site.phone(server=server)
        phone.connects()
        phone.says(b"agi_network: ye")
        assert site.idle()


def test_a_reply_that_never_comes_ends_the_call(site: Site) -> None:
    with serving(site.house, soon=0.2) as server:
        phone = site.phone(server=server)
        phone.connects()
        phone.call = "1.1"
        phone.says(phone.facts())
        assert site.idle()
        assert site.facts() == ["Began keyword"]


def test_nothing_of_a_call_is_logged(site: Site, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    phone = site.phone()
    phone.rings()
    phone.presses(*AGREED, "1")
    phone.says(b"200 result=+2348030000001\n")
    other = site.phone(ours="+15005550999")
    other.rings()
    assert site.idle()
    assert "is none of CONSULT_ASTERISK_VOICE" in caplog.text
    for secret in (HER, HER.removeprefix("+"), "+15005550999", phone.call):
        assert secret not in caplog.text


# ---- several at once


def test_a_newer_call_of_hers_takes_over_and_the_older_is_not_heard_any_more(site: Site) -> None:
    first, second = site.phone(), site.phone()
    first.rings()
    first.presses(*AGREED)
    second.rings()
    facts = site.facts()
    first.presses("3")
    assert not first.open
    assert site.facts() == facts
    second.presses("2")
    assert site.facts()[-1] == "Answered moving same"


def test_two_calls_of_one_number_at_the_same_moment_leave_one_that_is_heard(site: Site) -> None:
    phones = [site.phone() for _ in range(2)]
    threads = [threading.Thread(target=phone.rings) for phone in phones]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    for phone in phones:
        if phone.open:
            phone.presses("1")
    assert sum(phone.open for phone in phones) == 1
    assert site.facts() == ["Began keyword", "Chose en"]


def test_calls_of_many_women_do_not_mix(site: Site) -> None:
    phones = [site.phone(f"+23480300001{n:02d}") for n in range(20)]

    def calls(phone: Handset, key: str) -> None:
        phone.rings()
        phone.presses(*AGREED, key)

    threads = [threading.Thread(target=calls, args=(phone, str(n % 3 + 1))) for n, phone in enumerate(phones)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    answers = sorted(fact for fact in site.facts() if fact.startswith("Answered"))
    assert [answers.count(f"Answered moving {each}") for each in ("easier", "same", "harder")] == [7, 7, 6]


def test_one_call_too_many_is_ended_unanswered_and_the_others_go_on(site: Site) -> None:
    with serving(site.house, most=1) as server:
        first, second = site.phone(server=server), site.phone("+2348030000002", server=server)
        first.rings()
        second.connects()
        second.says(b"")
        assert site.facts() == ["Began keyword"]
        assert site.said(first.presses("1"))


def test_a_server_that_is_told_to_stop_ends_its_calls_and_keeps_what_was_given(site: Site) -> None:
    with serving(site.house) as server:
        phone = site.phone(server=server)
        phone.rings()
        phone.presses(*AGREED, "1")
    assert phone.reads() == ""
    assert site.facts()[-1] == "Answered moving easier"


# ---- the carrier


def test_it_is_not_heard_by_http() -> None:
    carrier = open_carrier(SETTINGS)
    assert carrier is not None
    with pytest.raises(Refused, match="FastAGI"):
        carrier.receive(Request("POST", "https://consult.example.org/hooks/voice/asterisk", {}, b""), 0)


def test_numbers_without_a_keyword_are_refused() -> None:
    assert open_carrier(Settings()) is None
    with pytest.raises(BadSetting, match=r"CONSULT_ASTERISK_VOICE: .* must be a number and a keyword"):
        open_carrier(Settings(asterisk_voice="+15005550006"))


# ---- keys that need a second one


def test_a_star_and_then_nothing_goes_back(site: Site) -> None:
    phone = site.phone()
    phone.rings()
    question = site.said(phone.presses(*AGREED))[1:]
    phone.presses("1", "*")
    assert phone.played == []
    assert site.said(phone.waits()) == question
    assert site.facts()[-1] == "Returned moving"


def test_her_own_number_ends_it_and_brings_her_back(tmp_path: Path) -> None:
    house = open_house(replace(SETTINGS, data=tmp_path / "data", asterisk_voice=f"{OURS} BASKET"))
    published = publish(house, (EXAMPLES / "pulse.toml").read_text(encoding="utf-8"), day=DAY, test=True).published
    shelf = Shelf(house.settings.data)
    words: dict[str, str] = {}
    for n, each in enumerate(lines(house.library.edition(published), house.speakers)):
        take = shelf.keep(each.speech, each.speech.locale, tone(0.02, hertz=200 + 7 * n))
        words[take.name.removesuffix(".wav")] = each.speech.text
    with serving(house) as server:
        site = Site(house, server, words)
        phone = site.phone()
        phone.rings()
        assert "Choose a number" in site.said(phone.presses(*AGREED))[0]
        asked = site.said(phone.presses("4711#"))
        assert site.said(phone.presses("*4711#"))[0].startswith("Hello. This number works automatically")
        again = site.phone()
        again.rings()
        again.presses(*AGREED)
        assert site.said(again.presses("4711#")) == asked[1:]
        site.leaves()
    house.close()
