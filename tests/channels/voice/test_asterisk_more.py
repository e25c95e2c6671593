"""An Asterisk on site, beyond calls in: answers aloud, missed calls, beep votes, calls of ours; over real sockets."""

from __future__ import annotations

import logging
import os
import time
from array import array
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest

from channels.voice.carriers.asterisk import AsteriskCalls, open_carrier
from consult import campaign, delivery
from consult.campaign import Plan
from consult.channel import LONGEST_SOUND, Delivery, Owed, SendFailed, Unusable
from consult.config import BadSetting, Settings
from consult.consultation import read, write
from consult.episodes import Episode, material, plan
from consult.episodes.beeps import assign
from consult.figures import figures, frame_of
from consult.house import House, open_house
from consult.letters import seal_number
from consult.publish import publish
from consult.recordings import Listening, look_after
from consult.speech.sound import wav
from consult.store import Tx
from consult.store.records import Enrolment, Message, Recorded
from tests.channels.voice.test_fastagi import AGREED, Site, recorded, serving
from tests.conftest import EXAMPLES
from tests.drills.traces import found_under, of_number
from tests.fakes.asterisk import HER, OURS, Handset
from tests.speech.sounds import tone
from tests.web.conftest import DAY

BACK, BEEPS = "+15005550007", ("+15005550008", "+15005550009", "+15005550010")
SOUND = wav(array("h", Random(7).choices(range(-9000, 9000), k=12_000)))  # like no prompt
WHEN = 'safe_hours = ["09:00", "17:00"]'


def always(toml: str) -> str:
    """Safe hours around the clock of this machine, whatever it is."""
    zone = "UTC" if 1 <= time.gmtime().tm_hour < 22 else "Asia/Tokyo"
    toml = toml.replace('timezone = "Africa/Lagos"', f'timezone = "{zone}"')
    return toml.replace(WHEN, 'safe_hours = ["00:10", "23:50"]')


def house_at(folder: Path, *, aloud: bool = False) -> House:
    spool = folder / "outgoing"
    spool.mkdir(parents=True)
    settings = Settings(
        data=folder / "data",
        country="NG",
        asterisk_voice=f"{OURS} RIVER",
        asterisk_call_back=f"{BACK} RIVER",
        asterisk_beep=", ".join(BEEPS),
        asterisk_spool=spool,
        asterisk_tapes=folder / "tapes",
    )
    house = open_house(settings)
    toml = 'voice = "drafts"\n' + always((EXAMPLES / "safety.toml").read_text(encoding="utf-8"))
    if aloud:
        safety = read(toml)
        first, *others = (replace(each, relevant="") for each in safety.questions)
        toml = write(replace(safety, questions=(replace(first, type="text", choices=()), *others)))
    publish(house, toml, day=DAY, test=True)
    return house


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    yield from _site(house_at(tmp_path))


@pytest.fixture
def aloud(tmp_path: Path) -> Iterator[Site]:
    """The first question is answered in her own words."""
    yield from _site(house_at(tmp_path, aloud=True))


def _site(house: House) -> Iterator[Site]:
    with serving(house) as server:
        site = Site(house, server, recorded(house))
        yield site
        site.leaves()
    house.close()


def carrier_of(site: Site) -> AsteriskCalls:
    carrier = site.house.carrier("voice", "asterisk")
    assert isinstance(carrier, AsteriskCalls)
    return carrier


def tapes(site: Site) -> list[Path]:
    return list(carrier_of(site).tapes.glob("*"))


def states(site: Site) -> list[int]:
    return site.house.store.read(lambda view: [each.state for n in range(4) for each in view.recordings(n)])


# ---- answers aloud


def asked_aloud(site: Site) -> Handset:
    phone = site.phone()
    phone.rings()
    phone.presses(*AGREED)
    assert phone.tape, "it records"
    return phone


@pytest.mark.parametrize("key", ["", "#"])
def test_what_she_says_is_kept_sealed_and_removed_from_asterisks_folder(key: str, aloud: Site) -> None:
    phone = asked_aloud(aloud)
    phone.speaks(SOUND, key)
    assert phone.open, "the call goes on"
    assert aloud.facts()[-1].startswith("Answered")
    assert look_after(aloud.house, int(time.time())) == 1
    assert tapes(aloud) == []
    listening = Listening(aloud.house, "safety", "Amina", int(time.time()))
    assert [listening.sound(each) for each in listening.waiting] == [SOUND]
    assert SOUND[60:200] not in b"".join(file.read_bytes() for file in (aloud.house.settings.data).rglob("*.wav"))


def test_hanging_up_while_she_speaks_keeps_the_part_that_was_given(aloud: Site) -> None:
    asked_aloud(aloud).hangs_up_speaking(SOUND)
    assert aloud.idle()
    assert look_after(aloud.house, int(time.time())) == 1
    assert tapes(aloud) == []


def test_saying_nothing_is_silence_and_leaves_no_file(aloud: Site) -> None:
    phone = asked_aloud(aloud)
    phone.speaks(wav(tone(0.0)), seconds=0)
    while not phone.tape:
        phone.goes_on("")  # slower now, with a pause between the parts
    look_after(aloud.house, int(time.time()))
    assert len(tapes(aloud)) == 0


NO_SOUNDS = {
    "nothing": b"",
    "no wave": b"RIFF....WAVE",
    "a page": b"<html>" * 400,
    "only its head": SOUND[:44],
    "huge": b"RIFF" + bytes(LONGEST_SOUND + 1),
}


@pytest.mark.parametrize("what", NO_SOUNDS.values(), ids=NO_SOUNDS)
def test_what_is_no_sound_is_refused_named_and_removed(
    what: bytes, aloud: Site, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    asked_aloud(aloud).speaks(what)
    assert look_after(aloud.house, int(time.time())) == 0
    look_after(aloud.house, int(time.time()))
    assert tapes(aloud) == []
    assert "a recording was refused" in caplog.text
    assert Recorded.HERE not in states(aloud)


def test_a_file_that_is_gone_is_refused(aloud: Site) -> None:
    asked_aloud(aloud).speaks(SOUND)
    tapes(aloud)[0].unlink()
    assert look_after(aloud.house, int(time.time())) == 0


@pytest.mark.parametrize("how", ["hangs up", "socket closed", "a key", "no reply"])
def test_a_call_that_ends_before_anything_is_named_leaves_a_file_that_is_swept(how: str, aloud: Site) -> None:
    phone = asked_aloud(aloud)
    file = Path(f"{phone.tape}.wav")
    file.write_bytes(SOUND)
    if how == "hangs up":
        phone.sends(b"HANGUP\n")
        phone.dies()
    elif how == "no reply":
        phone.says(b"nonsense\n")
    else:
        phone.dies()
    assert aloud.idle()
    carrier, now = carrier_of(aloud), time.time()
    assert carrier.tidy(now) == 0, "it may still be named"
    os.utime(file, (now - 7200, now - 7200))
    assert carrier.tidy(now) == 1
    assert tapes(aloud) == []


def test_only_names_of_ours_are_opened_or_removed(aloud: Site) -> None:
    carrier = carrier_of(aloud)
    for name in ("../data/consult.db", "/etc/passwd", "a" * 31, ""):
        with pytest.raises(Unusable):
            carrier.fetch(name)
        with pytest.raises(Unusable):
            carrier.forget(name)
    stranger = carrier.tapes / "notes.wav"
    stranger.write_bytes(b"somebody's")
    os.utime(stranger, (1, 1))
    assert carrier.tidy(time.time()) == 0
    assert stranger.exists()


# ---- rung, not answered


def rings_off(site: Site, ours: str, number: str = HER) -> Handset:
    phone = site.phone(number, ours)
    phone.rings()
    assert not phone.up, "it was not picked up"
    assert not phone.open
    assert site.idle()
    return phone


def test_a_missed_call_is_not_picked_up_and_is_rung_back(site: Site) -> None:
    rings_off(site, BACK)
    (file,) = placed(site)
    told = file.read_text()
    assert f"Channel: PJSIP/{HER}@gateway\n" in told
    assert f"CallerID: <{BACK}>\n" in told
    assert "MaxRetries: 0\n" in told
    rings_off(site, BACK)
    assert placed(site) == [file], "once a day"


def placed(site: Site) -> list[Path]:
    """The calls that Asterisk finds in its spool."""
    while delivery.sweep(site.house, lambda: int(time.time())).sent:
        pass
    spool = site.house.settings.asterisk_spool
    assert spool is not None
    return sorted(spool.glob("*.call"))


def picked_up(site: Site, file: Path, amd: str = "HUMAN") -> Handset:
    told = dict(line.removeprefix("Setvar: ").split("=") for line in file.read_text().splitlines() if "Setvar" in line)
    file.unlink()  # as Asterisk does
    phone = site.phone("unknown", told["CONSULT_OURS"])
    phone.more = ("out", told["CONSULT_CALL"], told["CONSULT_HERS"], amd)
    phone.rings()
    return phone


def row(site: Site, id: int = 1) -> Message:
    found = site.house.store.read(lambda view: view.message(id))
    assert found is not None
    return found


def test_who_is_rung_back_comes_to_her_conversation(site: Site) -> None:
    rings_off(site, BACK)
    phone = picked_up(site, placed(site)[0])
    assert site.said(phone.played)[:2] == ["Please choose your language.", "For English, press 1."]
    assert any("To agree" in words for words in site.said(phone.presses("1")))
    phone.presses("1")
    phone.hangs_up()
    assert site.idle()
    assert row(site).state == "delivered"
    assert "Consented" in " ".join(site.facts())


@pytest.mark.parametrize("amd", ["MACHINE", "NOTSURE", "HANGUP"])
def test_a_machine_hears_nothing(amd: str, site: Site) -> None:
    rings_off(site, BACK)
    phone = picked_up(site, placed(site)[0], amd)
    assert (phone.played, phone.open) == ([], False)
    assert site.idle()
    assert row(site).state == "failed"


def test_without_amd_whoever_picks_up_is_a_person(site: Site) -> None:
    rings_off(site, BACK)
    assert picked_up(site, placed(site)[0], "").open


def test_beeps_are_votes_and_nobody_is_answered_or_rung_back(site: Site) -> None:
    published = site.house.store.read(lambda view: view.published("safety"))
    assert published is not None
    edition, at = site.house.library.edition(published), int(time.time())
    given = material(edition, "en", 2, ("moving",))
    day, version = at // 86_400, published.version
    opened = Episode("safety", 2, version, "wave", "en", day, 300, "", "", "", opens_at=at - 60, closes_at=at + 600)
    plan(site.house, opened, given, at, assign(edition, given, "moving", BEEPS))
    for number, ours in ((HER, BEEPS[0]), (HER, BEEPS[1]), ("+2348030000009", BEEPS[1])):
        rings_off(site, ours, number)
    table = frame_of(figures(site.house, "safety"), "beep")
    counts = next(each["counts"] for each in table["questions"] if each["name"] == "moving")
    assert sorted(counts.values(), reverse=True)[:2] == [2, 0], "her last ring counts"
    assert placed(site) == []


# ---- calls of ours


def called(site: Site) -> Path:
    def work(tx: Tx) -> None:
        index = site.house.vault.index(HER)
        address = tx.add_address(index, seal_number(site.house.vault, index, HER), "Africa/Lagos")
        tx.enrol(Enrolment(tx.add_person(address.id, 0, 0).id, "safety", "enrolled", "en", b""))

    site.house.store.write(work)
    started = campaign.start(site.house, "safety", Plan("voice", "asterisk", OURS), int(time.time()))
    campaign.wave(site.house, started.id, int(time.time()), seed=lambda: 0)
    (file,) = placed(site)
    return file


def test_a_campaign_calls_by_files_that_are_whole(site: Site) -> None:
    file = called(site)
    assert file.stat().st_mode & 0o777 == 0o660
    assert list((file.parent / "making").iterdir()) == []
    phone = picked_up(site, file)
    assert [words[:6] for words in site.said(phone.played)] == ["Hello."]
    assert any("To agree" in words for words in site.said(phone.presses("1")))


@pytest.mark.parametrize(("reason", "why"), [("5", "busy"), ("1", "no answer"), ("8", "congestion"), ("", "failed")])
def test_a_call_that_nobody_took_is_told_and_made_again_another_time(reason: str, why: str, site: Site) -> None:
    called(site).unlink()
    phone = site.phone("unknown", OURS)
    phone.more = ("failed", "1", "", reason)
    phone.rings()
    assert (phone.played, phone.up) == ([], False)
    assert site.idle()
    assert (row(site).state, row(site).why) == ("failed", why)
    assert (row(site, 2).kind, row(site, 2).state) == ("redial", "queued")
    assert row(site, 2).not_before > time.time() + 3000


@pytest.mark.parametrize("more", [("out", "x", HER, "HUMAN"), ("out", "99", HER, "HUMAN"), ("failed", "-1", "", "5"),
                                  ("out", "1", "+2348030000009", "HUMAN"), ("out", "1", "", "")])  # fmt: skip
def test_what_the_dialplan_should_not_say_ends_the_call_in_silence(more: tuple[str, ...], site: Site) -> None:
    called(site)
    phone = site.phone("unknown", OURS)
    phone.more = more
    phone.rings()
    assert (phone.played, phone.open) == ([], False)
    assert site.idle()


def test_after_dialling_her_number_lies_nowhere(site: Site) -> None:
    phone = picked_up(site, called(site))
    phone.presses("1", "1")
    phone.hangs_up()
    assert site.idle()
    assert found_under([site.house.settings.data.parent], [of_number(HER)]) == {}


def test_a_spool_that_cannot_be_written_is_tried_later_and_names_nobody(site: Site, tmp_path: Path) -> None:
    settings = replace(site.house.settings, asterisk_spool=tmp_path / "nowhere")
    carrier = open_carrier(settings)
    assert carrier is not None
    with pytest.raises(SendFailed) as failed:
        carrier.send(Owed(1, OURS, HER, ""), "")
    assert (failed.value.retry, failed.value.uncertain, HER in str(failed.value)) == (True, False, False)
    bare = open_carrier(replace(settings, asterisk_spool=None))
    assert bare is not None
    with pytest.raises(SendFailed, match="CONSULT_ASTERISK_SPOOL") as failed:
        bare.send(Owed(1, OURS, HER, ""), "")
    assert failed.value.halt


def test_numbers_and_dial_strings_cannot_be_bent(tmp_path: Path, site: Site) -> None:
    carrier = carrier_of(site)
    for number in ("+234803\nContext: other", "", "abc"):
        with pytest.raises(SendFailed) as failed:
            carrier.send(Owed(1, OURS, number, ""), "")
        assert failed.value.dead
    for dial in ("PJSIP/gateway", "PJSIP/{number}@x\nSetvar: a=b", ""):
        with pytest.raises(BadSetting, match="CONSULT_ASTERISK_DIAL"):
            open_carrier(Settings(data=tmp_path, asterisk_voice=f"{OURS} RIVER", asterisk_dial=dial))
    assert carrier.send(Owed(7, OURS, HER, ""), "").state is Delivery.ACCEPTED
