"""The journeys on the screens of a dialled code: the same facts, to the letter, as by message."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import count
from pathlib import Path
from types import MappingProxyType
from urllib.parse import urlencode

import pytest

from channels.providers.posted import clean
from channels.ussd import Ussd
from channels.ussd.carriers.africastalking import AfricasTalkingCodes
from channels.ussd.screens import ROOM, next_screen
from channels.writing.alphabets import measured
from consult import intake
from consult.channel import Request
from consult.config import Settings
from consult.library import matching
from consult.session import Phase, decode
from consult.wording import for_locale
from tests.fakes.africastalking import KEY, SECRET
from tests.journeys.calling import keyword
from tests.journeys.script import Journey, Step, journeys, seconds
from tests.journeys.stage import MORNING, SEED, Houses, Stage, set_up
from tests.journeys.telling import Memory
from tests.journeys.test_journeys import NUMBERS, Play

CODE = "*384*4455#"
PUBLIC = "https://consult.example.org"
NEXT = {f"0 {next_screen(for_locale(tag))}" for tag in ("en", "fr", "ar", "ha", "sw", "es", "pcm", "ckb")}

WHOLE = os.environ.get("CONSULT_DRILL") == "whole"  # each way of a journey; otherwise its first

# What these are about is not there on a screen.
NOT_BY_USSD = {
    "another_voice": "who dials again chooses her language again",
    "consent_not_given_unseen": "nothing waits to leave",
    "corrected_before_the_next_left": "nothing waits to leave",
    "doubt_not_seen": "nothing waits to leave",
    "opted_out_in_a_receipt": "nothing is sent that could be refused",
    "part_missing": "what is typed has no parts",
    "two_ones_a_second_apart": "nothing waits to leave",
}


@pytest.fixture(scope="module")
def houses(tmp_path_factory: pytest.TempPathFactory) -> Houses:
    return Houses(tmp_path_factory.mktemp("houses"))


def _playable() -> Iterator[tuple[Journey, str]]:
    for journey in journeys():
        plain = not journey.settings and not journey.codes and len(journey.consultations) == 1
        waits = any(seconds(step.wait) > 60 or step.to or step.ref for step in journey.steps)
        messages = all(step.says is not None and not step.sent_at and not step.opted_out for step in journey.steps)
        if plain and messages and not waits and journey.name not in NOT_BY_USSD:
            ways = [it for it in journey.each if clean(it) == it]  # no provider brings control characters
            yield from ((journey, it) for it in (ways if WHOLE else ways[:1]))


@pytest.mark.parametrize(("journey", "it"), [pytest.param(j, it, id=f"{j.name}-{it}") for j, it in _playable()])
def test_a_session_leaves_the_facts_that_messages_leave(
    tmp_path: Path, houses: Houses, journey: Journey, it: str
) -> None:
    by_sms = _written(tmp_path / "sms", houses, journey, it)
    shown, by_ussd = _dialled(tmp_path / "ussd", houses, journey, it)
    assert by_ussd == by_sms, shown


def test_many_journeys_are_dialled_and_every_other_is_named() -> None:
    assert NOT_BY_USSD.keys() <= {journey.name for journey in journeys()}
    assert len({journey.name for journey, _ in _playable()}) >= 24


def _written(data: Path, houses: Houses, journey: Journey, it: str) -> list[str]:
    houses.furnish(data, journey.consultations)
    stage = set_up(data, at=MORNING + seconds(journey.at))
    try:
        Play(stage, journey, it).play()
        return Memory(stage, journey.consultations).fresh()
    finally:
        stage.house.close()


def _dialled(data: Path, houses: Houses, journey: Journey, it: str) -> tuple[list[str], list[str]]:
    houses.furnish(data, journey.consultations)
    stage = set_up(data, at=MORNING + seconds(journey.at), public_url=PUBLIC)
    codes = AfricasTalkingCodes(
        Settings(
            public_url=PUBLIC,
            africastalking_username="yourapp",
            africastalking_key=KEY,
            africastalking_secret=SECRET,
            africastalking_allow="192.0.2.7",
            africastalking_ussd=f"{CODE} {keyword(journey)}",
        )
    )
    ussd = Ussd(MappingProxyType({codes.name: codes}))
    stage = replace(stage, house=replace(stage.house, channels={**stage.house.channels, ussd.name: ussd}))
    try:
        player = Player(stage, journey, it)
        for step in journey.steps:
            player.play(step)
        return player.shown, Memory(stage, journey.consultations).fresh()
    finally:
        stage.house.close()


@dataclass
class Telephone:
    """Of one woman: her session, what was typed in it, the screen."""

    number: str
    session: str = ""
    typed: str = ""
    screen: str = ""
    open: bool = False


@dataclass
class Player:
    """Plays a journey's steps on telephones that dial; `shown` is every screen."""

    stage: Stage
    journey: Journey
    it: str
    phones: dict[str, Telephone] = field(default_factory=dict)
    shown: list[str] = field(default_factory=list)
    sessions: Iterator[int] = field(default_factory=lambda: count(1))

    def play(self, step: Step) -> None:
        assert step.says is not None
        self.stage.at += 5
        number = (NUMBERS | (self.journey.phones or {})).get(step.by, step.by)
        phone = self.phones.setdefault(number, Telephone(number))
        said = step.says.format_map({"it": self.it})
        joining = matching(self.stage.house.store.read(self.stage.house.library.current), said)
        known = self.stage.open_session(number, CODE) is not None
        if joining and not (joining.rest and known):
            self._dials(phone, joining.locale)
        elif known:
            if not phone.open:
                self._dials(phone, "")
            self._types(phone, said)

    def _dials(self, phone: Telephone, locale: str) -> None:
        """A keyword of one language tells hers, a code does not, so she chooses it."""
        phone.session, phone.typed = f"ATUid_{next(self.sessions)}", ""
        self._asks(phone)
        row = self.stage.open_session(phone.number, CODE)
        if row is None or not locale:
            return
        edition = self.stage.edition(self.journey.consultations[0], row.version)
        session = decode(self.stage.house.vault.unseal(row.state, f"session|{row.id}".encode()), edition)
        if session.phase is Phase.LANGUAGE:
            self._types(phone, str(edition.consultation.languages.index(locale) + 1))

    def _types(self, phone: Telephone, said: str) -> None:
        """Once she has seen all of it."""
        while phone.screen.split("\n")[-1] in NEXT:
            self._sends(phone, "0")
        self._sends(phone, said)

    def _sends(self, phone: Telephone, said: str) -> None:
        phone.typed = f"{phone.typed}*{said}" if phone.typed else said
        self._asks(phone)

    def _asks(self, phone: Telephone) -> None:
        fields = {
            "sessionId": phone.session, "serviceCode": CODE, "phoneNumber": phone.number, "networkCode": "63902",
            "text": phone.typed,
        }  # fmt: skip
        carrier = self.stage.house.channels["ussd"].carriers["africastalking"]
        assert isinstance(carrier, AfricasTalkingCodes)
        url = f"{PUBLIC}/hooks/ussd/africastalking/{SECRET}"
        request = Request("POST", url, {}, urlencode(fields).encode(), "192.0.2.7")
        taken = intake.take(self.stage.house, carrier.receive(request, self.stage.at), SEED)
        kind, _, phone.screen = (taken.answer or carrier.acknowledge()).body.decode().partition(" ")
        phone.open = kind == "CON"
        found = measured(phone.screen)
        assert found.units <= ROOM[found.encoding]
        self.shown.append(phone.screen)
