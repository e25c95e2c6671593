"""We call: who missed us is rung back, campaigns call and call again; through Twilio's real client and signed webhooks,
at hours that the test chooses.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field, replace
from pathlib import Path
from urllib.parse import urlencode

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from channels.voice.carriers.twilio import TwilioCalls
from consult import campaign, delivery, intake
from consult.campaign import CannotStart, Plan
from consult.channel import Heard, Refused, Request, Text
from consult.config import BadSetting, Settings
from consult.delivery.redialling import CALLED
from consult.delivery.settling import HALTED
from consult.house import House, open_house
from consult.intake.returning import WITHIN
from consult.letters import seal_number
from consult.publish import publish
from consult.store import Tx
from consult.store.records import Enrolment, Message
from tests.conftest import EXAMPLES
from tests.fakes.post import NOON
from tests.fakes.telephone import HER, Telephone
from tests.fakes.twilio_server import (
    ACCOUNT,
    BUSY,
    HTML,
    HUNG_UP,
    NO_SUCH_NUMBER,
    TOKEN,
    Placed,
    TwilioServer,
    sign,
)

ANSWERED, BACK, BEEP = "+15005550006", "+15005550007", "+15005550008"
PUBLIC = "https://consult.example.org"
MINUTE, HOUR, DAY = 60, 3600, 86_400
KEYWORDS = {"safety": "RIVER", "pulse": "BASKET"}
FIRST = "Hello. A short survey about life in your area. Is this a private moment?"


@dataclass
class Exchange:
    """A hub, Twilio, and a clock that the test turns."""

    house: House
    twilio: TwilioServer
    now: int = NOON
    answers: list[bytes] = field(default_factory=list)

    @property
    def carrier(self) -> TwilioCalls:
        carrier = self.house.carrier("voice", "twilio")
        assert isinstance(carrier, TwilioCalls)
        return carrier

    def post(self, url: str, fields: dict[str, str], signature: str) -> bytes:
        """As the webhooks do, at the hour of the test."""
        request = Request("POST", url, {"x-twilio-signature": signature}, urlencode(fields).encode())
        if "/status" in url:
            delivery.report(self.house, "twilio", self.carrier.report(request, self.now), self.now)
            return self.carrier.acknowledge().body
        taken = intake.take(self.house, self.carrier.receive(request, self.now), 0)
        self.answers.append((taken.answer or self.carrier.acknowledge()).body)
        return self.answers[-1]

    def phone(self, number: str = HER, ours: str = BACK) -> Telephone:
        return Telephone(self.post, PUBLIC, number, ours)

    def misses(self, number: str = HER, ours: str = BACK) -> bytes:
        """She rings a number that rings back; what Twilio is told."""
        phone = self.phone(number, ours)
        phone.call = f"CA{len(self.answers):032x}"
        fields = phone.fields(CallStatus="ringing")
        url = f"{PUBLIC}/hooks/voice/twilio"
        return self.post(url, fields, sign(url, fields))

    def goes_on(self, seconds: int = 0) -> list[Placed]:
        """Time passes; the calls that were placed meanwhile."""
        before = len(self.twilio.placed)
        self.now += seconds
        while delivery.sweep(self.house, lambda: self.now).sent:
            self.now += 1
        return self.twilio.placed[before:]

    def picked_up(self, placed: Placed, by: str = "human") -> Telephone:
        phone = self.phone(placed.fields["To"], placed.fields["From"])
        phone.picks_up(placed.sid, placed.fields, by)
        return phone

    def rows(self, number: str = HER) -> list[Message]:
        address = self.house.store.read(lambda view: view.address(self.house.vault.index(number)))
        return self.house.store.read(lambda view: view.traffic(address.id)) if address else []


SPOKEN = 'voice = "drafts"\n'  # held by telephone too


@contextmanager
def exchange(folder: Path, name: str = "safety", edit: tuple[str, str] = ("", "")) -> Iterator[Exchange]:
    with TwilioServer(numbers=(ANSWERED, BACK, BEEP)) as twilio:
        opened = open_house(given_settings(folder, name, twilio.url))
        toml = (EXAMPLES / f"{name}.toml").read_text(encoding="utf-8")
        publish(opened, (SPOKEN + toml).replace(*edit), day=NOON // DAY, test=True)
        try:
            yield Exchange(opened, twilio)
        finally:
            opened.close()


def given_settings(folder: Path, name: str = "safety", api: str = "https://api.twilio.com") -> Settings:
    return Settings(
        data=folder / "data",
        public_url=PUBLIC,
        country="NG",
        twilio_account_sid=ACCOUNT,
        twilio_auth_token=TOKEN,
        twilio_from=ANSWERED,
        twilio_voice=f"{ANSWERED} {KEYWORDS[name]}",
        twilio_call_back=f"{BACK} {KEYWORDS[name]}",
        twilio_beep=BEEP,
        twilio_api=api,
        price_per_minute=0.1,
    )


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[Exchange]:
    with exchange(tmp_path) as opened:
        yield opened


@pytest.fixture
def wary(tmp_path: Path) -> Iterator[Exchange]:
    with exchange(tmp_path / "wary", "pulse") as opened:
        yield opened


# ---- she rings and is rung back


def test_a_missed_call_is_refused_on_the_line_and_returned_at_once(hub: Exchange) -> None:
    assert b"<Reject" in hub.misses()
    (placed,) = hub.goes_on(5)
    assert placed.fields["To"] == HER
    assert placed.fields["From"] == BACK
    assert placed.fields["MachineDetection"] == "Enable"
    assert HER.strip("+") not in placed.fields["Url"] + placed.fields["StatusCallback"]


def test_a_call_that_rings_back_leads_through_the_language_to_her_conversation(hub: Exchange) -> None:
    hub.misses()
    (placed,) = hub.goes_on(5)
    phone = hub.picked_up(placed)
    assert phone.said[:2] == ["Please choose your language.", "For English, press 1."]
    assert hub.rows() == []  # nothing is begun before a key is pressed
    said = phone.presses("1")
    assert "asks" in " ".join(said)  # the consent
    assert phone.open
    assert "To agree" in " ".join(said)
    phone.presses("1")
    assert phone.open
    phone.reports("completed", AnsweredBy="human", CallDuration="61")
    assert hub.goes_on(DAY) == []


def test_who_is_known_hears_first_whether_it_is_a_good_moment(hub: Exchange) -> None:
    hub.misses()
    hub.picked_up(hub.goes_on(5)[0]).presses("1", "1")
    hub.now += DAY
    hub.misses()
    phone = hub.picked_up(hub.goes_on(5)[0])
    assert len(phone.said) == 1
    assert phone.said[0].startswith(FIRST)
    assert "How" in " ".join(phone.presses("1")) or phone.open  # on where she was
    facts = [row.kind for row in hub.rows()]
    assert facts == ["callback"]


def test_at_elevated_risk_a_language_is_not_yet_a_yes(wary: Exchange) -> None:
    wary.misses()
    phone = wary.picked_up(wary.goes_on(5)[0])
    assert phone.presses("1")[0].startswith(FIRST)
    assert "asks" in " ".join(phone.presses("1"))


@pytest.mark.parametrize("key", ["2", "3"])
def test_another_time_or_no_ends_it_without_a_word_and_leaves_nothing(key: str, wary: Exchange) -> None:
    wary.misses()
    phone = wary.picked_up(wary.goes_on(5)[0])
    phone.presses("1")
    assert phone.presses(key) == []
    assert not phone.open
    assert wary.rows() == []


@pytest.mark.parametrize("by", ["machine_start", "machine_end_beep", "fax", "unknown"])
def test_a_machine_hears_nothing(by: str, hub: Exchange) -> None:
    hub.misses()
    phone = hub.picked_up(hub.goes_on(5)[0], by)
    assert (phone.said, phone.open) == ([], False)


def test_without_a_key_the_call_ends_in_silence(wary: Exchange, hub: Exchange) -> None:
    for each in (hub, wary):
        each.misses()
        phone = each.picked_up(each.goes_on(5)[0])
        while phone.open:
            said = phone.waits()
        assert said == []
        assert all("survey" not in words for words in phone.heard)
        assert each.rows() == []


def test_every_language_is_named_before_silence_ends_it(hub: Exchange) -> None:
    hub.misses()
    phone = hub.picked_up(hub.goes_on(5)[0])
    while phone.open:
        phone.waits()
    edition = hub.house.library.edition(hub.house.store.read(lambda view: view.published("safety")))
    assert len([words for words in phone.heard if words != "Please choose your language."]) >= len(edition.tongues)


def test_stop_and_delete_are_heard_at_the_door(hub: Exchange) -> None:
    hub.misses()
    phone = hub.picked_up(hub.goes_on(5)[0])
    said = phone.presses("0", "7")
    assert "Stopped" in " ".join(said)
    hub.now += DAY
    hub.misses()
    assert hub.goes_on(5) == []  # who stopped is not rung


def test_once_a_day_however_often_she_rings(hub: Exchange) -> None:
    for _ in range(5):
        hub.misses()
    assert len(hub.goes_on(5)) == 1
    hub.now += HOUR
    hub.misses()
    assert hub.goes_on(5) == []
    hub.now += DAY
    hub.misses()
    assert len(hub.goes_on(5)) == 1


def test_a_retried_webhook_owes_nothing_more(hub: Exchange) -> None:
    url = f"{PUBLIC}/hooks/voice/twilio"
    phone = hub.phone()
    phone.call = "CA" + "7" * 32
    fields = phone.fields(CallStatus="ringing")
    assert len({hub.post(url, fields, sign(url, fields)) for _ in range(3)}) == 1
    assert len(hub.goes_on(5)) == 1


def test_later_than_three_minutes_is_never(hub: Exchange) -> None:
    hub.misses()
    assert hub.goes_on(WITHIN + 1) == []
    assert hub.goes_on(HOUR) == []


def test_a_call_that_may_have_been_placed_is_found_and_not_placed_again(hub: Exchange) -> None:
    hub.twilio.will(HER, HUNG_UP)
    hub.misses()
    assert len(hub.goes_on(1)) == 1
    for _ in range(20):
        hub.now += MINUTE
        delivery.settle_uncertain(hub.house, hub.now)
        assert hub.goes_on() == []


def test_a_call_that_was_not_placed_is_tried_again_but_never_late(hub: Exchange) -> None:
    hub.twilio.will(HER, BUSY, HTML, *[BUSY] * 20)
    hub.misses()
    start = hub.now
    while hub.now < start + HOUR:
        assert all(hub.now <= start + WITHIN + 1 for _ in hub.goes_on(7))
        delivery.settle_uncertain(hub.house, hub.now)


def test_at_night_nobody_is_rung_back(hub: Exchange) -> None:
    hub.now = NOON + 10 * HOUR
    hub.misses()
    assert hub.goes_on(5) == []


def test_without_safe_hours_nobody_is_rung_back(tmp_path: Path) -> None:
    with exchange(tmp_path, edit=('safe_hours = ["09:00", "17:00"]', "")) as hub:
        hub.misses()
        assert hub.goes_on(5) == []


@pytest.mark.parametrize("number", ["+266696687", "anonymous", "5050"])
def test_who_has_no_number_is_not_rung_back(number: str, hub: Exchange) -> None:
    assert b"<Reject" in hub.misses(number)
    assert hub.goes_on(5) == []


def test_strangers_and_the_enrolled_are_rung_back_alike(tmp_path: Path) -> None:
    """Whoever holds her telephone learns nothing from its ringing."""
    with exchange(tmp_path, edit=("open = true", "open = false")) as hub:
        enrol(hub, HER)
        other = "+2348030000009"
        heard = []
        for number in (HER, other):
            hub.misses(number)
            phone = hub.picked_up(hub.goes_on(5)[0])
            heard.append(phone.said)
        assert heard[0] == heard[1]


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rings=st.lists(st.integers(0, 2 * DAY), min_size=1, max_size=12), lag=st.integers(0, 400))
def test_never_late_and_once_a_day_whenever_she_rings(
    rings: list[int], lag: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    with exchange(tmp_path_factory.mktemp("hub")) as hub:
        rang: list[int] = []
        for at in sorted(rings):
            hub.now = NOON + at
            hub.misses()
            rang.append(hub.now)
            hub.goes_on(lag)
        for placed_at in (row.handed_at for row in all_rows(hub)):
            assert any(0 <= placed_at - each <= WITHIN for each in rang)
        days = [row.not_before // DAY for row in all_rows(hub)]
        assert len(days) == len(set(days))


def all_rows(hub: Exchange) -> list[Message]:
    count = range(1, len(hub.twilio.placed) + 5)
    rows = (hub.house.store.read(lambda view, id=id: view.message(id)) for id in count)
    return [row for row in rows if row and row.state == "accepted"]


# ---- campaigns that call


def enrol(hub: Exchange, *numbers: str, name: str = "safety") -> None:
    def work(tx: Tx) -> None:
        for number in numbers:
            index = hub.house.vault.index(number)
            address = tx.add_address(index, seal_number(hub.house.vault, index, number), "Africa/Lagos")
            person = tx.add_person(address.id, 0, address.generation)
            tx.enrol(Enrolment(person.id, name, "enrolled", "en", b""))

    hub.house.store.write(work)


def calls(hub: Exchange, *numbers: str, name: str = "safety", **more: object) -> list[Placed]:
    enrol(hub, *numbers, name=name)
    plan = replace(Plan("voice", "twilio", ANSWERED), **more)  # type: ignore[arg-type]
    started = campaign.start(hub.house, name, plan, hub.now)
    campaign.wave(hub.house, started.id, hub.now, seed=lambda: 0)
    return hub.goes_on()


def test_what_is_not_held_by_telephone_calls_nobody(tmp_path: Path) -> None:
    with exchange(tmp_path, edit=(SPOKEN, "")) as hub:
        with pytest.raises(CannotStart, match="not held by telephone") as refused:
            calls(hub, HER)
        assert refused.value.code == "carrier"


def test_a_campaign_calls_and_says_nothing_of_the_topic_before_a_key(hub: Exchange) -> None:
    (placed,) = calls(hub, HER)
    phone = hub.picked_up(placed)
    assert len(phone.said) == 1
    assert phone.said[0].startswith(FIRST)
    assert "asks" in " ".join(phone.presses("1"))
    phone.presses("1")
    assert phone.open
    phone.reports("completed", AnsweredBy="human", CallDuration="100")
    assert [(row.kind, row.state, row.segments) for row in hub.rows()] == [("invite", "delivered", 2)]
    assert hub.goes_on(5 * DAY) == []


@pytest.mark.parametrize(
    ("status", "by"),
    [("busy", ""), ("no-answer", ""), ("failed", ""), ("canceled", ""), ("completed", "machine_start"),
     ("completed", "unknown"), ("completed", "human")],
)  # fmt: skip
def test_whoever_was_not_reached_is_called_at_another_hour_a_few_times(status: str, by: str, hub: Exchange) -> None:
    (placed,) = calls(hub, HER)
    hours = []
    for n in range(CALLED):
        hours.append(hub.now)
        phone = hub.phone(ours=ANSWERED)
        phone.call, phone.placed = placed.sid, placed.fields
        if by:
            phone.picks_up(placed.sid, placed.fields, by)
        phone.reports(status, **({"AnsweredBy": by} if by else {}), CallDuration="9" if by else "0")
        phone.reports(status, **({"AnsweredBy": by} if by else {}), CallDuration="9" if by else "0")  # told twice
        found = []
        for _ in range(4 * 48):
            found += hub.goes_on(HOUR // 2)
        assert len(found) == (n + 1 < CALLED), "one more call, or none after the last"
        placed = found[0] if found else placed
    assert len(hub.twilio.placed) == CALLED


def test_calls_again_lie_at_different_hours_within_the_safe_ones(hub: Exchange) -> None:
    calls(hub, HER)
    times = [hub.now]
    for _ in range(CALLED - 1):
        placed = hub.twilio.placed[-1]
        phone = hub.phone(ours=ANSWERED)
        phone.call, phone.placed = placed.sid, placed.fields
        phone.reports("no-answer", CallDuration="0")
        before = len(hub.twilio.placed)
        while len(hub.twilio.placed) == before:
            hub.goes_on(5 * MINUTE)
        times.append(hub.now)
    clock = [(each + HOUR) % DAY // HOUR for each in times]  # Lagos is an hour ahead
    assert all(9 <= hour < 17 for hour in clock)
    assert len(set(clock)) == CALLED


def test_another_time_is_kept(hub: Exchange) -> None:
    (placed,) = calls(hub, HER)
    phone = hub.picked_up(placed)
    assert "Another time" in " ".join(phone.presses("2"))
    assert not phone.open
    phone.reports("completed", AnsweredBy="human", CallDuration="12")
    found: list[Placed] = []
    while not found:
        found = hub.goes_on(HOUR)
        assert hub.now < NOON + 5 * DAY
    assert "asks" in " ".join(hub.picked_up(found[0]).presses("1"))


def test_no_is_kept(hub: Exchange) -> None:
    (placed,) = calls(hub, HER)
    phone = hub.picked_up(placed)
    phone.presses("3")
    assert not phone.open
    phone.reports("completed", AnsweredBy="human", CallDuration="12")
    assert hub.goes_on(5 * DAY) == []


def test_who_came_by_herself_meanwhile_is_not_called_again(hub: Exchange) -> None:
    (placed,) = calls(hub, HER)
    phone = hub.phone(ours=ANSWERED)
    phone.call, phone.placed = placed.sid, placed.fields
    phone.reports("no-answer", CallDuration="0")
    herself = hub.phone(ours=ANSWERED)
    herself.rings()
    herself.presses("1", "1")
    assert herself.open
    for _ in range(100):
        assert hub.goes_on(HOUR) == []


def test_who_stops_between_is_not_called(hub: Exchange) -> None:
    enrol(hub, HER)
    started = campaign.start(hub.house, "safety", Plan("voice", "twilio", ANSWERED), hub.now)
    campaign.wave(hub.house, started.id, hub.now, seed=lambda: 0)
    herself = hub.phone(ours=ANSWERED)
    herself.rings()
    herself.presses("0", "7")
    assert hub.goes_on() == []


def test_who_stops_after_the_first_call_is_not_called_again(hub: Exchange) -> None:
    (placed,) = calls(hub, HER)
    phone = hub.picked_up(placed)
    phone.presses("0", "7")
    phone.reports("completed", AnsweredBy="human", CallDuration="12")
    for _ in range(100):
        assert hub.goes_on(HOUR) == []


def test_two_calls_of_one_number_do_not_mix(hub: Exchange) -> None:
    first, second = calls(hub, HER, "+2348030000009")
    hers, other = hub.picked_up(first), hub.picked_up(second)
    hers.presses("1", "1")
    other.presses("1")
    assert "To agree" in " ".join(other.said)
    assert "To agree" not in " ".join(hers.said)


def test_a_budget_of_minutes_stops_it_and_the_bill_puts_it_right(hub: Exchange) -> None:
    numbers = [f"+23480300000{n:02d}" for n in range(5)]
    placed = calls(hub, *numbers, budget_segments=7)
    assert len(placed) == 2  # three minutes are reckoned for each
    found = hub.house.store.read(lambda view: view.campaigns())[0]
    assert (found.state, found.spent_segments) == ("stopped", 6)
    phone = hub.picked_up(placed[0])
    phone.presses("1", "1")
    phone.reports("completed", AnsweredBy="human", CallDuration="59")
    found = hub.house.store.read(lambda view: view.campaigns())[0]
    assert (found.spent_segments, round(found.spent_money, 2)) == (4, 0.4)


def test_calls_keep_a_pace_of_their_own_and_hold_up_no_message(hub: Exchange) -> None:
    numbers = [f"+23480300000{n:02d}" for n in range(6)]
    enrol(hub, *numbers)
    started = campaign.start(hub.house, "safety", Plan("voice", "twilio", ANSWERED, pace=0.5), hub.now)
    campaign.wave(hub.house, started.id, hub.now, seed=lambda: 0)
    delivery.sweep(hub.house, lambda: hub.now)
    assert len(hub.twilio.placed) == 1
    hub.house.store.write(lambda tx: tx.set(HALTED + "voice twilio", "calls are refused"))
    intake.take(hub.house, heard_by_sms(hub), 0)
    delivery.sweep(hub.house, lambda: hub.now)
    assert hub.twilio.accepted, "a reply by message leaves though calls are halted"


def heard_by_sms(hub: Exchange) -> Heard:
    return Heard("sms", "twilio", ANSWERED, "+2348039999999", Text("RIVER"), "one", hub.now)


def test_a_number_nobody_has_is_not_called_again(hub: Exchange) -> None:
    hub.twilio.will(HER, NO_SUCH_NUMBER)
    assert calls(hub, HER) == []
    assert [row.state for row in hub.rows()] == ["failed"]
    assert hub.goes_on(5 * DAY) == []


# ---- what is no call of ours


@pytest.mark.parametrize(
    "query", ["?call=0", "?call=99999", "?call=1&turn=1", "?call=x", "?id=1", "?turn=0", "?turn=99999", ""]
)
def test_an_address_that_is_none_of_ours_says_nothing(query: str, hub: Exchange) -> None:
    phone = hub.phone()
    phone.call, phone.placed = "CA" + "5" * 32, {"Url": f"{PUBLIC}/hooks/voice/twilio{query}"}
    with nullcontext() if query == "?call=99999" else pytest.raises(Refused, match=r"malformed|did not make|none of"):
        phone.picks_up(phone.call, phone.placed)
    assert (phone.said, phone.open) == ([], False)


def test_a_call_to_another_is_not_told_what_was_meant_for_her(hub: Exchange) -> None:
    (placed,) = calls(hub, HER)
    phone = hub.phone("+2348030000009", ANSWERED)
    phone.picks_up(placed.sid, placed.fields)
    assert (phone.said, phone.open) == ([], False)


def test_a_retry_while_she_listens_hears_the_same(hub: Exchange) -> None:
    (placed,) = calls(hub, HER)
    phone = hub.picked_up(placed)
    first = phone.answer
    assert phone.retries() == first
    phone.presses("1")
    assert phone.retries() == phone.answer


def test_numbers_with_two_duties_are_refused(tmp_path: Path) -> None:
    for given_back, given_beep in ((f"{ANSWERED} RIVER", BEEP), (f"{BACK} RIVER", BACK), (f"{BACK} RIVER", ANSWERED)):
        with pytest.raises(BadSetting, match="another duty"):
            TwilioCalls(replace(given_settings(tmp_path), twilio_call_back=given_back, twilio_beep=given_beep))


def test_without_a_public_address_calls_are_halted_and_say_why(tmp_path: Path) -> None:
    with exchange(tmp_path) as hub:
        bare = replace(hub.house, settings=replace(hub.house.settings, public_url=""))
        hub = Exchange(bare, hub.twilio)
        assert calls(hub, HER) == []
        assert "CONSULT_PUBLIC_URL" in (bare.store.read(lambda view: view.setting(HALTED + "voice twilio")) or "")
