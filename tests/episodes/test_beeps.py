"""Beep votes through the carrier's webhook: the number rung is the answer, the call is never answered."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import urlencode

import pytest
from flask import Flask

from channels.sms import Sms
from channels.voice.carriers.twilio import TwilioCalls
from consult.channel import Heard, Text
from consult.config import BadSetting, Settings
from consult.consultation import Risk, read
from consult.edition import Edition, compile_edition
from consult.episodes import Episode, Material, NotNow, material, plan
from consult.episodes.beeps import MOST, assign
from consult.figures import figures, frame_of
from consult.house import House, open_house
from consult.intake import erase, take
from consult.publish import publish
from consult.store.records import Message
from consult.web import create_app
from consult.wording import packs
from tests.conftest import EXAMPLES
from tests.fakes.post import Post
from tests.fakes.twilio_server import ACCOUNT, TOKEN, sign

PUBLIC = "https://consult.example.org"
NUMBERS = ("+15005550008", "+15005550009", "+15005550010")
HER = "+237650000001"
SETTINGS = Settings(
    public_url=PUBLIC, twilio_account_sid=ACCOUNT, twilio_auth_token=TOKEN, twilio_beep=", ".join(NUMBERS)
)


@dataclass
class Line:
    """A hub whose second episode asks `moving` by beep, and who rings it."""

    house: House
    app: Flask
    calls: int = 0

    def ring(self, ours: str, sender: str = HER, sid: int | None = None) -> str:
        """What the carrier is told."""
        self.calls += 1
        return ringing(self.app, ours, sender, self.calls if sid is None else sid)

    def counts(self) -> dict[str, int]:
        table = frame_of(figures(self.house, "safety"), "beep")
        found: dict[str, int] = next(row["counts"] for row in table["questions"] if row["name"] == "moving")
        return {code: n for code, n in found.items() if n}

    def window(self, opens: int, closes: int | None = None, number: int = 2) -> None:
        published = self.house.store.read(lambda view: view.published("safety"))
        assert published is not None
        edition = self.house.library.edition(published)
        given = material(edition, "en", number, ("moving",))
        at = int(time.time())
        episode = Episode(
            "safety", number, 1, "wave", "en", at // 86_400, 300, "", "", "", opens_at=at + opens, closes_at=None
        )
        if closes is not None:
            episode = replace(episode, closes_at=at + closes)
        plan(self.house, episode, given, at, assign(edition, given, "moving", NUMBERS))


def ringing(app: Flask, ours: str, sender: str, sid: int) -> str:
    fields = {
        "AccountSid": ACCOUNT, "CallSid": f"CA{sid:032x}", "CallStatus": "ringing", "Direction": "inbound",
        "From": sender, "To": ours,
    }  # fmt: skip
    headers = {"X-Twilio-Signature": sign(f"{PUBLIC}/hooks/voice/twilio", fields)}
    form = "application/x-www-form-urlencoded"
    answer = app.test_client().post("/hooks/voice/twilio", data=urlencode(fields), headers=headers, content_type=form)
    assert answer.status_code == 200
    return answer.text


@pytest.fixture
def line(tmp_path: Path) -> Iterator[Line]:
    house = open_house(replace(SETTINGS, data=tmp_path / "data"))
    publish(house, (EXAMPLES / "safety.toml").read_text(encoding="utf-8"), day=20_780, test=True)
    line = Line(house, create_app(house))
    line.window(-60)
    yield line
    house.close()


def meaning(line: Line, episode: int) -> dict[str, str]:
    """Answer -> the number to ring."""
    beeps = line.house.store.read(lambda view: view.beeps_of("safety", episode))
    return {beep.code: beep.ours for beep in beeps}


def test_a_call_is_never_answered_and_what_was_rung_is_the_vote(line: Line) -> None:
    for sender, code in (("+237650000001", "harder"), ("+237650000002", "harder"), ("+237650000003", "easier")):
        told = line.ring(meaning(line, 2)[code], sender)
        assert told == '<?xml version="1.0" encoding="UTF-8"?><Response><Reject reason="busy"/></Response>'
    assert line.counts() == {"harder": 2, "easier": 1}


def test_of_a_telephone_the_last_vote_counts_and_a_retry_counts_for_nothing(line: Line) -> None:
    means = meaning(line, 2)
    for code in ("harder", "easier", "same"):
        line.ring(means[code])
    line.ring(means["easier"], sid=2)  # the carrier repeats the second call
    assert line.counts() == {"same": 1}
    facts = line.house.store.read(lambda view: list(view.facts("safety")))
    assert {fact.frame for fact in facts} == {"beep"}
    assert len({fact.person for fact in facts}) == 1


def test_which_number_means_which_answer_turns_with_the_episode(line: Line) -> None:
    line.window(-30, number=3)
    second, third = meaning(line, 2), meaning(line, 3)
    assert sorted(second) == sorted(third) == ["easier", "harder", "same"]
    assert all(second[code] != third[code] for code in second)
    line.ring(third["easier"])  # the third episode began last
    assert line.counts() == {"easier": 1}


@pytest.mark.parametrize(
    ("opens", "closes", "verdict"), [(60, None, "early"), (-60, 60, "in_time"), (-60, -30, "late")]
)
def test_a_window_tells_when_a_vote_came_and_keeps_it(line: Line, opens: int, closes: int | None, verdict: str) -> None:
    line.window(opens, closes)
    line.ring(meaning(line, 2)["easier"])
    facts = line.house.store.read(lambda view: list(view.facts("safety")))
    assert {fact.verdict for fact in facts} == {verdict}
    assert line.counts() == ({"easier": 1} if verdict == "in_time" else {})


def test_a_hidden_number_s_vote_is_kept_as_invalid(line: Line) -> None:
    for n in range(2):
        line.ring(meaning(line, 2)["easier"], "anonymous", 90 + n)
    facts = line.house.store.read(lambda view: list(view.facts("safety")))
    assert {fact.verdict for fact in facts} == {"invalid"}
    assert len({fact.person for fact in facts}) == 2
    assert line.counts() == {}


def test_one_telephone_cannot_fill_the_journal(line: Line) -> None:
    for _ in range(MOST + 5):
        line.ring(meaning(line, 2)["easier"])
    answered = line.house.store.read(lambda view: len(list(view.facts("safety"))))
    assert answered == 2 * MOST


def test_no_number_is_kept_in_clear_and_erasing_takes_the_vote(line: Line, tmp_path: Path) -> None:
    line.ring(meaning(line, 2)["easier"], "+237651112223")
    line.ring(meaning(line, 2)["easier"], "+237651112224")
    held = b"".join(file.read_bytes() for file in (tmp_path / "data").rglob("*") if file.is_file())
    assert b"651112223" not in held
    assert erase(line.house, "+237651112223", int(time.time()), "console-1")
    assert line.counts() == {"easier": 1}


def test_who_voted_by_beep_comes_in_by_message_as_anybody_does(line: Line) -> None:
    line.ring(meaning(line, 2)["easier"])
    at = int(time.time())
    take(line.house, Heard("sms", "console", "+12025550100", HER, Text("RIVER"), "ref-1", at), 0)
    line.ring(meaning(line, 2)["harder"])
    assert line.counts() == {"harder": 1}
    assert frame_of(figures(line.house, "safety"), "open")["started"] == 1
    facts = line.house.store.read(lambda view: list(view.facts("safety")))
    assert len({fact.person for fact in facts}) == 1
    enrolled = line.house.store.read(lambda view: view.enrolment(facts[0].person, "safety"))
    assert enrolled is not None
    assert enrolled.frame == "open"


def test_a_thousand_beeps_at_once_are_all_kept_and_answered_in_time(line: Line) -> None:
    """The carrier waits fifteen seconds for an answer (https://www.twilio.com/docs/usage/webhooks)."""
    numbers = sorted(meaning(line, 2).items())

    def one(n: int) -> float:
        begun = time.monotonic()
        assert "Reject" in ringing(line.app, numbers[n % 3][1], f"+2376{50_000_000 + n}", n)
        return time.monotonic() - begun

    with ThreadPoolExecutor(16) as pool:
        waits = list(pool.map(one, range(1000)))
    wanted = Counter(numbers[n % 3][0] for n in range(1000))
    assert line.counts() == dict(wanted)
    assert max(waits) < 15


# ---- a thank-you, where the station wants one


def thanked(line: Line, *, hours: str = '["00:00", "23:59"]', **plan_: bool) -> list[Message]:
    """What is owed after two women rang, one of them twice."""
    toml = (EXAMPLES / "safety.toml").read_text(encoding="utf-8").replace('["09:00", "17:00"]', hours)
    publish(line.house, toml, day=20_780, test=True)
    published = line.house.store.read(lambda view: view.published("safety"))
    assert published is not None
    edition, at = line.house.library.edition(published), int(time.time())
    given = material(edition, "en", 2, ("moving",))
    episode = Episode("safety", 2, published.version, "wave", "en", at // 86_400, 300, "", "", "", opens_at=at - 60)
    plan(line.house, episode, given, at, assign(edition, given, "moving", NUMBERS), **plan_)
    for sender in ("+237650000001", "+237650000001", "+237650000002"):
        line.ring(meaning(line, 2)["harder"], sender)
    found = (line.house.store.read(lambda view, id=id: view.message(id)) for id in range(1, 9))
    return [message for message in found if message]


def test_nobody_is_thanked_unless_the_station_wants_it(line: Line) -> None:
    assert thanked(line) == []


def test_who_rings_is_thanked_once_and_her_number_is_sealed(line: Line, tmp_path: Path) -> None:
    owed = thanked(
        replace(line, house=with_messages(line.house), app=create_app(with_messages(line.house))), thanks=True
    )
    assert [(each.channel, each.kind, each.address) for each in owed] == [("sms", "cover", 0)] * 2
    held = b"".join(file.read_bytes() for file in (tmp_path / "data").rglob("*") if file.is_file())
    assert b"650000001" not in held


def test_outside_her_safe_hours_nobody_is_thanked(line: Line) -> None:
    hour = (time.gmtime().tm_hour + 5) % 22
    hours = f'["{hour:02}:00", "{hour:02}:10"]'
    home = with_messages(line.house)
    assert thanked(replace(line, house=home, app=create_app(home)), hours=hours, thanks=True) == []


def with_messages(house: House) -> House:
    return replace(house, channels={**house.channels, "sms": Sms({"post": Post()})})


# ---- what may be asked so


def edition_of(risk: Risk) -> tuple[Edition, Material]:
    consultation = read((EXAMPLES / "safety.toml").read_text(encoding="utf-8"))
    edition = compile_edition(replace(consultation, risk=risk), 1, packs())
    return edition, material(edition, "en", 1, ("moving", "obstacle", "turn_to"))


@pytest.mark.parametrize(
    ("question", "numbers", "risk", "why"),
    [
        ("turn_to", (*NUMBERS, "+15005550011"), Risk.NORMAL, "is sensitive"),
        ("obstacle", (*NUMBERS, "+15005550011"), Risk.NORMAL, "with one answer"),
        ("nothing", NUMBERS, Risk.NORMAL, "with one answer"),
        ("moving", NUMBERS[:2], Risk.NORMAL, "3 answers and the station 2 numbers"),
        ("moving", NUMBERS, Risk.ELEVATED, "no beep votes at elevated risk"),
    ],
)
def test_what_must_not_be_asked_by_beep_is_refused(
    question: str, numbers: tuple[str, ...], risk: Risk, why: str
) -> None:
    edition, given = edition_of(risk)
    with pytest.raises(NotNow, match=why):
        assign(edition, given, question, numbers)


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ({"twilio_beep": "15005550008"}, "must be a number"),
        ({"twilio_voice": f"{NUMBERS[0]} RIVER"}, "another duty already; use another"),
        ({"twilio_auth_token": ""}, "CONSULT_TWILIO_AUTH_TOKEN is missing"),
    ],
)
def test_numbers_for_beeps_are_settings_that_fail_loudly(more: dict[str, str], why: str) -> None:
    with pytest.raises(BadSetting, match=why):
        TwilioCalls(replace(SETTINGS, **more))  # type: ignore[arg-type]
