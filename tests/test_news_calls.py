"""News by telephone, through Twilio's signed webhooks: whoever rings hears it, presses a key, and is one count more."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from consult import incidents, intake
from consult.asks import keeping, sending
from consult.channel import Heard, Text
from consult.house import open_house
from consult.incidents import EVERYWHERE
from consult.letters import seal_number
from consult.library import day_of
from consult.publish import publish
from consult.store.records import Enrolment
from consult.wording import for_locale
from tests.conftest import EXAMPLES
from tests.fakes.post import NOON
from tests.fakes.telephone import HER, Telephone
from tests.fakes.twilio_server import TwilioServer
from tests.test_calling_out import ANSWERED, BACK, BEEP, DAY, Exchange, given_settings

LANGUAGES = ("en", "fr", "ar", "ha", "sw", "es", "pcm", "ckb")
LISTEN = "For yes, it was clear, press 1."


@contextmanager
def told(folder: Path, edit: tuple[str, str] = ("", ""), name: str = "safety") -> Iterator[Exchange]:
    """A hub of which one number tells the news, and another is rung and rings back with it."""
    with TwilioServer(numbers=(ANSWERED, BACK, BEEP)) as twilio:
        settings = replace(
            given_settings(folder, name, twilio.url),
            twilio_voice=f"{ANSWERED} news:{name}",
            twilio_call_back=f"{BACK} NEWS:{name}",
        )
        opened = open_house(settings)
        toml = (EXAMPLES / f"{name}.toml").read_text(encoding="utf-8").replace(*edit)
        publish(opened, toml, day=NOON // 86_400, test=True)
        try:
            yield Exchange(opened, twilio)
        finally:
            opened.close()


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[Exchange]:
    with told(tmp_path) as opened:
        yield opened


def happens(hub: Exchange, ask: int, kind: str, by: str = "Amina", **values: Any) -> int:
    return keeping.add(hub.house, "safety", ask, kind, values, day=day_of(hub.now), by=by).id


def in_all(text: str) -> dict[str, str]:
    return {tag: f"{text} {tag}" for tag in LANGUAGES}


def asked(hub: Exchange, text: str = "Mend the road", *, answered: str = "") -> int:
    number = happens(
        hub, 0, "asked", texts=in_all(text), addressed_to=in_all("the mayors"), owner="A", due="2026-12-31"
    )
    happens(hub, number, "moved", to="heard")
    if answered:
        happens(hub, number, "proposed", to="taken_up", texts=in_all(answered))
        happens(hub, number, "approved", by="Musa")
    return number


def rings(hub: Exchange, number: str = HER, language: str = "1") -> Telephone:
    phone = hub.phone(number, ANSWERED)
    phone.rings()
    phone.presses(language)
    return phone


def counts(hub: Exchange, ask: int = 1) -> list[dict[str, Any]]:
    found = hub.house.store.read(lambda view: keeping.asks(view, "safety"))[ask].returned
    return [dict(each) for each in found]


def test_whoever_rings_hears_every_ask_in_her_language_and_what_she_presses_is_counted(hub: Exchange) -> None:
    asked(hub, "Guard the well")
    asked(hub, answered="After the rains")
    phone = hub.phone(HER, ANSWERED)
    assert "Please choose your language." in phone.rings()
    said = phone.presses("1")
    assert said[0].startswith("You said: Mend the road en")
    assert "They answer: After the rains" in said[0]
    assert LISTEN in said
    said = phone.presses("1")
    assert said[0].startswith("You said: Guard the well en")  # what is not answered comes after
    assert "They have not answered yet." in said[0]
    assert phone.presses("2") == ["All right. Thank you. Goodbye."]
    assert not phone.open
    assert counts(hub, 2) == [
        {"channel": "voice", "language": "en", "sent": 0, "heard": 1, "understood": 1, "not_understood": 0, "more": 0}
        | {"counted": True}
    ]
    assert (counts(hub, 1)[0]["heard"], counts(hub, 1)[0]["not_understood"]) == (1, 1)


def test_a_number_counts_once_however_often_it_rings(hub: Exchange) -> None:
    asked(hub)
    for _ in range(4):
        rings(hub).presses("1")
        hub.now += 60
    rings(hub, "+2348030000002").presses("1")
    assert counts(hub)[0]["heard"] == 2


def test_what_is_answered_in_the_middle_of_her_call_is_told_anew_and_her_key_counts_for_nothing(hub: Exchange) -> None:
    asked(hub)
    asked(hub, "Guard the well")
    phone = rings(hub)
    assert phone.said[0].startswith("You said: Mend the road")
    happens(hub, 1, "proposed", to="taken_up", texts=in_all("Yes"))
    happens(hub, 1, "approved", by="Musa")
    said = phone.presses("1")
    assert "They answer: Yes en" in said[0]
    assert counts(hub, 1) == []
    assert phone.presses("1")[0].startswith("You said: Guard the well")
    assert [each["heard"] for each in counts(hub, 1)] == [1]


def test_the_newest_answers_are_told_where_there_are_many(hub: Exchange) -> None:
    for n in range(7):
        asked(hub, f"Wish {n}", answered=f"Answer {n}")
        hub.now += DAY
    assert rings(hub).said[0].startswith("You said: Wish 6")


def test_who_stopped_between_her_ring_and_ours_is_not_called(hub: Exchange) -> None:
    asked(hub)
    hub.misses()
    intake.take(hub.house, Heard("sms", "twilio", ANSWERED, HER, Text("STOP"), "s1", hub.now), 0)
    assert hub.goes_on(5) == []


def test_a_row_that_cannot_be_read_any_more_fails_and_holds_up_nobody(hub: Exchange) -> None:
    asked(hub)
    hub.misses()
    (row,) = hub.house.store.read(lambda view: view.payable("voice", "twilio", hub.now + 1))
    kept = hub.house.store.read(lambda view: view.message(row))
    assert kept is not None
    hub.house.store.write(lambda tx: tx.update_message(replace(kept, text=b"x" * len(kept.text))))
    hub.misses("+2348030000002")
    assert [each.fields["To"] for each in hub.goes_on(5)] == ["+2348030000002"]


def test_who_rang_is_not_called_once_everything_is_paused(hub: Exchange) -> None:
    asked(hub)
    hub.misses()
    incidents.add(hub.house, "safety", "threat", EVERYWHERE, "A threat", pauses=True, day=1, by="A")
    assert hub.goes_on(5) == []


def test_nothing_is_kept_of_who_rang(hub: Exchange) -> None:
    asked(hub)
    rings(hub).presses("1")
    assert hub.rows() == []
    assert hub.house.store.read(lambda view: view.last_arrival("safety")) == 0
    assert [each["heard"] for each in counts(hub)] == [1]


def test_a_retry_counts_nobody_twice_and_hears_the_same(hub: Exchange) -> None:
    asked(hub)
    asked(hub, "Guard the well")
    phone = rings(hub)
    phone.presses("1")
    assert phone.retries() == phone.answer
    assert counts(hub)[0]["heard"] == 1


def test_silence_is_told_again_and_then_let_go_heard_once(hub: Exchange) -> None:
    asked(hub)
    phone = rings(hub)
    first = phone.said
    for _ in range(3):
        assert phone.waits()[0] == first[0]
    phone.waits()
    assert not phone.open
    assert counts(hub)[0] == {
        **{"channel": "voice", "language": "en", "sent": 0},
        **{"heard": 1, "understood": 0, "not_understood": 0, "more": 0, "counted": True},
    }


def test_a_wrong_key_is_told_the_same_again_and_counts_nothing(hub: Exchange) -> None:
    asked(hub)
    phone = rings(hub)
    assert phone.presses("5")[0].startswith("You said:")
    assert counts(hub) == []


def test_who_wants_to_add_something_comes_into_the_conversation_while_it_is_open(hub: Exchange) -> None:
    asked(hub)
    said = " ".join(rings(hub).presses("3"))
    assert "asks" in said  # the consent
    assert counts(hub)[0]["more"] == 1
    hub.now += 20 * 365 * DAY  # long closed
    assert rings(hub, "+2348030000002").presses("3") == ["All right. Thank you. Goodbye."]


def test_the_words_come_as_a_text_message_only_to_her_who_asks_for_them(hub: Exchange) -> None:
    asked(hub, answered="After the rains")
    rings(hub, "+2348030000002").presses("1")
    phone = rings(hub)
    assert "For getting this as a text message, press 4." in phone.said
    phone.presses("4")
    hub.goes_on(5)
    (sent,) = hub.twilio.accepted
    assert sent.receiver == HER
    assert "They answer: After the rains en" in sent.body
    for _ in range(5):
        rings(hub).presses("4")
    hub.goes_on(5)
    assert len(hub.twilio.accepted) == 3  # a day


def test_a_telephone_that_stopped_is_offered_no_text_message(hub: Exchange) -> None:
    asked(hub)
    phone = rings(hub)
    phone.presses("0", "7")
    assert "Stopped." in phone.said[0]
    assert not any("press 4" in each for each in rings(hub).said)


def test_without_news_it_says_so_and_whether_its_day_has_passed(tmp_path: Path) -> None:
    with told(tmp_path, ("news_by = 2036-01-31", "news_by = 2026-11-20")) as hub:
        assert rings(hub).said == ["There is no news yet. It will come by 20.11.2026."]
        hub.now += 30 * DAY
        assert rings(hub).said == ["There is no news yet. It takes longer than was said."]


def test_who_rings_without_being_answered_is_rung_back_and_hears_nothing_before_a_key(hub: Exchange) -> None:
    asked(hub)
    assert b"<Reject" in hub.misses()
    (placed,) = hub.goes_on(5)
    phone = hub.picked_up(placed)
    assert phone.presses("1") == ["Hello. News has come. To hear it now, press 1. If not, press 2."]
    assert phone.presses("1")[0].startswith("You said: Mend the road en")
    phone.reports("completed", AnsweredBy="human", CallDuration="61")
    assert hub.goes_on(3 * DAY) == []


@pytest.mark.parametrize("key", ["", "2", "hangs up"])
def test_who_does_not_want_it_now_hears_nothing(hub: Exchange, key: str) -> None:
    asked(hub)
    hub.misses()
    phone = hub.picked_up(hub.goes_on(5)[0])
    if key == "":
        assert phone.waits() == []
    else:
        phone.presses("1")
        phone.hangs_up() if key == "hangs up" else phone.presses(key)
    assert not phone.open
    assert not any("Mend" in each for each in phone.heard)
    assert counts(hub) == []


def test_a_machine_hears_nothing(hub: Exchange) -> None:
    asked(hub)
    hub.misses()
    assert hub.picked_up(hub.goes_on(5)[0], "machine_start").heard == []


def test_everybody_who_agreed_can_be_called_with_it_once(hub: Exchange) -> None:
    def enrol(tx: Any) -> None:
        for n in range(3):
            number = f"+23480300000{n:02}"
            index = hub.house.vault.index(number)
            address = tx.add_address(index, seal_number(hub.house.vault, index, number), "Africa/Lagos")
            person = tx.add_person(address.id, 0, 0).id
            tx.enrol(Enrolment(person, "safety", "open", "en", b"", state="begun", news=n > 0))

    hub.house.store.write(enrol)
    asked(hub)
    news = sending.News("safety", 1, 0, "voice")
    cost = sending.forecast(hub.house, news, hub.now)
    assert (cost.people, cost.units) == (2, 6)
    assert sum(sending.send(hub.house, news, hub.now)) == 2
    assert sum(sending.send(hub.house, news, hub.now)) == 0
    placed = hub.goes_on(5)
    assert {each.fields["To"] for each in placed} == {"+2348030000001", "+2348030000002"}
    phone = hub.picked_up(placed[0])
    phone.presses("1", "1")
    assert phone.said[0].startswith("You said: Mend the road")


def test_at_elevated_risk_the_words_are_never_sent(tmp_path: Path) -> None:
    with told(tmp_path, name="pulse") as hub:
        values = {"texts": in_all("Mend"), "addressed_to": in_all("them"), "owner": "A", "due": "2026-12-31"}
        tags = hub.house.library.edition(
            hub.house.store.read(lambda view: view.published("pulse")) or pytest.fail("none")
        ).consultation.languages
        for name in ("texts", "addressed_to"):
            values[name] = dict.fromkeys(tags, "Mend")
        keeping.add(hub.house, "pulse", 0, "asked", values, day=1, by="A")
        keeping.add(hub.house, "pulse", 1, "moved", {"to": "heard"}, day=1, by="A")
        phone = hub.phone(HER, ANSWERED)
        phone.rings()
        if not any(each.startswith("You said") for each in phone.said):
            phone.presses("1")
        assert any(each.startswith("You said") for each in phone.said)
        assert not any("press 4" in each for each in phone.said)


def test_what_is_late_is_said_on_every_channel(tmp_path: Path) -> None:
    with told(tmp_path, ("news_by = 2036-01-31", "news_by = 2026-11-20")) as hub:
        assert keeping.promised(hub.house, "safety", day_of(hub.now)) == 0
        late = day_of(hub.now) + 30
        owed = keeping.promised(hub.house, "safety", late)
        assert owed == 20_777
        for tag in LANGUAGES:
            text = sending.News("safety", 0, owed).words(tag)
            assert hub.house.channels["sms"].cost(text).segments == 1
            assert text == for_locale(tag)("There is no news yet. It takes longer than was said.")
        asked(hub, answered="Yes")
        assert keeping.promised(hub.house, "safety", late) == 0
