"""A journey over the telephone: what she writes by message becomes the keys that mean the same.

The keys are found by meaning: what the question makes of her words is looked up among the keys of what is asked.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType
from urllib.parse import urlencode

from channels.voice import Voice
from channels.voice.carriers.twilio import TwilioCalls
from channels.voice.saying import opening
from consult import engine, intake
from consult.channel import Request
from consult.config import Settings
from consult.consultation import read
from consult.edition import Edition, Put
from consult.events import Escape, Value
from consult.library import matching
from consult.prompts import Number, Pick, Prompt, Words
from consult.session import Phase, Session, decode
from consult.understand import Command, Unclear, command, pick, skips
from tests.fakes.telephone import Telephone
from tests.fakes.twilio_server import ACCOUNT, TOKEN
from tests.journeys.script import Journey, Step, definition
from tests.journeys.stage import OURS, SEED, Stage, set_up

PUBLIC = "https://consult.example.org"
OWN = "4711"
ORDERS = {
    Command.STOP: "7",
    Command.ERASE: "8",
    Command.MAYBE_ERASE: "8",
    Command.HELP: "1",
    Command.ALERT: "0",
    Command.LANGUAGE: "6",
    Command.VOICE: "5",
}
ESCAPES = {Escape.NOT_SURE: "2", Escape.NOT_UNDERSTOOD: "3", Escape.PREFER_NOT: "4"}


def opened(folder: Path, keyword: str, at: int) -> Stage:
    """A house that takes messages and calls; its number for calls stands for this keyword."""
    stage = set_up(folder, at=at, public_url=PUBLIC)
    calls = TwilioCalls(
        Settings(
            public_url=PUBLIC,
            twilio_account_sid=ACCOUNT,
            twilio_auth_token=TOKEN,
            twilio_voice=f"{OURS} {keyword}",
        )
    )
    voice = Voice(MappingProxyType({calls.name: calls}))
    return replace(stage, house=replace(stage.house, channels={**stage.house.channels, voice.name: voice}))


def answer(stage: Stage, url: str, fields: dict[str, str], signature: str) -> bytes:
    """What a webhook is answered, at the stage's own time."""
    carrier = stage.house.channels["voice"].carriers["twilio"]
    request = Request("POST", url, {"x-twilio-signature": signature}, urlencode(fields).encode())
    taken = intake.take(stage.house, carrier.receive(request, stage.at), SEED)
    return (taken.answer or carrier.acknowledge()).body


def keyword(journey: Journey) -> str:
    """The first keyword of the journey's first consultation."""
    return next(iter(read(definition(journey.consultations[0])).keyword.values()))


def open_question(stage: Stage, name: str, number: str) -> Prompt | None:
    """What her next message is about."""
    row = stage.open_session(number, OURS)
    if row is None:
        return None
    edition = stage.edition(name, row.version)
    session = decode(stage.house.vault.unseal(row.state, f"session|{row.id}".encode()), edition)
    return engine.current(edition, session, "sms")[-1]


@dataclass
class Caller:
    """Plays a journey's steps on telephones; what each step said is kept for looking at."""

    stage: Stage
    journey: Journey
    phones: dict[str, str]
    it: str = ""
    lines: dict[str, Telephone] = field(default_factory=dict)
    said: list[str] = field(default_factory=list)
    before: list[str] = field(default_factory=list)
    own: str = "no word yet"

    def play(self, step: Step) -> None:
        assert step.says is not None
        self.stage.at += 5
        phone = self._line(self.phones.get(step.by, step.by))
        begun = len(phone.heard)
        said = step.says.format_map({"it": self.it})
        joining = matching(self.stage.house.store.read(self.stage.house.library.current), said)
        known = self.stage.open_session(phone.number, OURS) is not None
        self.before = self.said
        if joining and not (joining.rest and known):
            begun = self._rings(phone, joining.locale)
        elif known:
            begun = begun if phone.open else self._rings(phone, "")
            self._presses(phone, said)
        self.said = phone.heard[begun:]

    def expects(self, prompts: tuple[Prompt, ...]) -> list[str]:
        """The words with which these prompts begin when they are said; none for what a call cannot ask."""
        voice = self.stage.house.channels["voice"]
        assert isinstance(voice, Voice)
        return [" ".join(opening(each).split()) for each in prompts if voice.asks(each)]

    def edition(self) -> Edition:
        return self.stage.edition(self.journey.consultations[0])

    def _line(self, number: str) -> Telephone:
        fresh = Telephone(lambda *request: answer(self.stage, *request), PUBLIC, number, OURS)
        return self.lines.setdefault(number, fresh)

    def _session(self, phone: Telephone) -> Session:
        row = self.stage.open_session(phone.number, OURS)
        assert row is not None
        return decode(self.stage.house.vault.unseal(row.state, f"session|{row.id}".encode()), self.edition())

    def _rings(self, phone: Telephone, locale: str) -> int:
        """She rings. A keyword of one language tells hers, a number does not, so she chooses it."""
        phone.rings()
        edition = self.edition()
        if locale and len(edition.tongues) > 1 and self._session(phone).phase is Phase.LANGUAGE:
            phone.presses(str(edition.consultation.languages.index(locale) + 1))
        return 0

    def _presses(self, phone: Telephone, said: str) -> None:
        edition, session = self.edition(), self._session(phone)
        tongue = edition.tongues[session.locale]
        asked = engine.current(edition, session, "voice")[-1]
        tongues = edition.tongues if session.phase is Phase.LANGUAGE else (tongue,)
        order = next((found for each in tongues if (found := command(said, each.lexicon))), None)
        one = _one(phone)
        if said == self.own:
            phone.presses(*(("*", f"{OWN}#") if one else (f"*{OWN}#",)))
        elif order is Command.BACK:
            phone.presses(*(("*", "") if one else ("*#",)))
        elif order:
            phone.presses(*_menu(phone, asked), ORDERS[order], *("1" if order is Command.ERASE else ""))
        elif session.doubt or session.phase in (Phase.CONSENT, Phase.NEWS):
            phone.presses(_choice(asked, pick(said, tongue.tables["yes_no"], tongue.lexicon)))
        elif session.phase is Phase.LANGUAGE:
            phone.presses(_choice(asked, pick(said, edition.menu_table, edition.tongues[0].lexicon)))
        elif session.phase is Phase.OWN_WORD:
            good = len(said) > 3
            self.own = said if good else self.own
            phone.presses(f"{OWN}#" if good else "12#")
        else:
            phone.presses(*_replies(phone, said, edition, session))


def _one(phone: Telephone) -> bool:
    """Whether a single key is heard at once."""
    return bool(phone.tape) or phone.gather["numDigits"] == "1"


def _replies(phone: Telephone, said: str, edition: Edition, session: Session) -> tuple[str, ...]:
    tongue, asked = edition.tongues[session.locale], edition.questions[session.at]
    put = edition.put(session.at, session.locale, session.seed, "voice")
    if isinstance(put.prompt, Words) and not asked.definition.required and skips(said, tongue.lexicon):
        return ("", "", "")
    value = asked.type.value(asked.definition, said, put.prompt, tongue.lexicon, put.table)
    if isinstance(value, Escape):
        return (*_menu(phone, put.prompt), ESCAPES[value])
    if isinstance(put.prompt, Words):
        return ("" if isinstance(value, Unclear) else "#",)  # what she says is not heard here, only that she does
    return (_wrong(put, value) if isinstance(value, Unclear) else _keys(put, value),)


def _choice(asked: Prompt, code: str | Unclear) -> str:
    assert isinstance(asked, Pick)
    if isinstance(code, Unclear):
        keys = {choice.key for choice in asked.choices}
        return next(key for key in "87654321" if key not in keys)
    return next(choice.key for choice in asked.choices if choice.code == code)


def _keys(put: Put, value: Value) -> str:
    match put.prompt:
        case Pick(most=1, ranked=False):
            return _choice(put.prompt, str(value))
        case Pick():
            codes = value if isinstance(value, tuple) else (str(value),)
            return "".join(_choice(put.prompt, code) for code in codes) + "#"
        case _:
            return f"{value}#"


def _menu(phone: Telephone, asked: Prompt) -> tuple[str, ...]:
    """0, or where 0 is an answer, star and 0."""
    one = _one(phone)
    if isinstance(asked, Number) and (asked.low or 0) <= 0:
        return ("*", "0#") if one else ("*0#",)
    return ("0",) if one else ("0#",)


def _wrong(put: Put, why: Unclear) -> str:
    """Keys that are as wrong, for the same reason where keys can be."""
    match put.prompt, why.why:
        case Pick(most=1, ranked=False), _:
            return _choice(put.prompt, why)
        case Pick() as asked, "too_few":
            return f"{asked.choices[0].key}#"
        case Pick() as asked, "repeated":
            return f"{asked.choices[0].key * 2}#"
        case Pick() as asked, "too_many":
            return "".join(choice.key for choice in asked.choices[: asked.most + 1]) + "#"
        case Number(), _:
            return "99#"
        case _:
            return "8#"
