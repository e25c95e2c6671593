"""Who asked is answered: by two people, by text message, in her language and hours, once; nobody learns who she is."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from consult.accounts.members import changed
from consult.consultation import read, write
from consult.moderation import deciding, ending, flags, replies
from consult.moderation.deciding import Decision
from consult.moderation.hers import Hers
from consult.moderation.wording import NotSaid, clean
from consult.store import Tx
from consult.store.moderated import Writing
from tests.coded import with_words
from tests.journeys.stage import Stage, set_up
from tests.moderation.conftest import (
    GUARD,
    MUSA,
    PLANTED,
    RUTH,
    agrees_to_news,
    all_texts,
    asking,
    audited,
    opens,
    writes,
)
from tests.test_releases import OPEN, number

WORDS = {"en": "The leaders meet in spring. We tell you then.", "fr": "Les chefs se réunissent au printemps."}


def asks(stage: Stage, *ids: int) -> None:
    for id in ids or (asking(stage).id,):
        deciding.decide(stage.house, "brief", id, Decision("fine", asks=True), at=stage.at, by=RUTH)


def writes_answer(stage: Stage, texts: dict[str, str] = WORDS, *ids: int) -> int:
    found = ids or tuple(each.id for each in replies.asking(stage.house, "brief"))
    return replies.write(stage.house, "brief", found, texts, at=stage.at, by=RUTH)


def sends(stage: Stage, id: int) -> int:
    return sum(replies.send(stage.house, "brief", id, at=stage.at, by=MUSA))


def answered(stage: Stage) -> int:
    asks(stage)
    id = writes_answer(stage)
    replies.approve(stage.house, "brief", id, at=stage.at, by=MUSA)
    return id


def why(act: Callable[[], object]) -> str:
    with pytest.raises(NotSaid) as told:
        act()
    return told.value.code


def test_it_goes_to_who_asked_and_to_nobody_else_once(opened: Stage) -> None:
    for woman in range(12):
        agrees_to_news(opened, woman)
    id = answered(opened)
    before = len(opened.tape.sent)
    assert sends(opened, id) == 1
    assert sends(opened, id) == 0
    opened.sends()
    (left,) = opened.tape.sent[before:]
    assert (left.receiver, left.text) == (number(0), WORDS["en"])
    (reply,) = replies.replies(opened.house, "brief", opened.at)
    assert (reply.askers, reply.due, reply.words.state) == ("<10", False, "approved")


def test_another_person_approves_it_and_what_was_dropped_waits_again(opened: Stage) -> None:
    agrees_to_news(opened, 0)
    asks(opened)
    id = writes_answer(opened)
    assert replies.asking(opened.house, "brief") == []
    assert why(lambda: sends(opened, id)) == "gone"
    assert why(lambda: replies.approve(opened.house, "brief", id, at=opened.at, by=RUTH)) == "own"
    replies.decline(opened.house, "brief", id, at=opened.at, by=MUSA)
    assert why(lambda: replies.approve(opened.house, "brief", id, at=opened.at, by=MUSA)) == "gone"
    assert why(lambda: sends(opened, id)) == "gone"
    assert len(replies.asking(opened.house, "brief")) == 1


def test_it_waits_for_her_safe_hours(opened: Stage) -> None:
    agrees_to_news(opened, 0)
    id = answered(opened)
    opened.at = int(datetime(2026, 12, 2, 20, 0, tzinfo=UTC).timestamp())
    assert sends(opened, id) == 1
    assert opened.sends() == []
    opened.at = int(datetime(2026, 12, 3, 8, 30, tzinfo=UTC).timestamp())
    assert opened.sends() == [WORDS["en"]]


@pytest.mark.parametrize("leaves", ["never agreed", "STOP", "ERASE"])
def test_who_agreed_to_no_news_or_left_gets_nothing(opened: Stage, leaves: str) -> None:
    if leaves != "never agreed":
        agrees_to_news(opened, 0)
    id = answered(opened)
    if leaves == "STOP":
        opened.says("STOP", sender=number(0))
    if leaves == "ERASE":
        opened.says("ERASE", "1", sender=number(0))
    assert sends(opened, id) == 0
    assert not replies.replies(opened.house, "brief", opened.at)[0].due


def test_she_gets_it_in_the_language_she_speaks(stage: Stage) -> None:
    for said in ("BOUGIE", "1", "qu'est-ce qui va se passer"):
        stage.hears(said, number(0))
        stage.sends()
    for woman in range(1, 10):
        writes(stage, woman, "the water")
    agrees_to_news(stage, 0)
    opens(stage)
    asks(stage, next(each.id for each in all_texts(stage) if "passer" in each.text))
    id = writes_answer(stage)
    replies.approve(stage.house, "brief", id, at=stage.at, by=MUSA)
    sends(stage, id)
    assert stage.sends() == [WORDS["fr"]]


@pytest.fixture
def risky(tmp_path: Path) -> Iterator[Stage]:
    stage = set_up(tmp_path, at=OPEN, replies_per_day=10_000)
    stage.publish(with_words().replace('risk = "normal"', 'risk = "elevated"', 1), test=False)
    yield stage
    stage.house.close()


def text_of(stage: Stage, woman: int, channel: str = "sms") -> int:
    """A text of hers in which she asks something, among nine of others."""
    hers, address = Hers(stage.house, "brief"), stage.address(number(woman))
    assert address is not None
    (person,) = stage.house.store.read(lambda view: view.people_at(address.id, address.generation))
    sealed = hers.seal(person.id, {"text": "what will happen", "channel": channel}, "m" * 32)
    assert sealed is not None

    def work(tx: Tx) -> int:
        for n in range(9):
            tx.keep_writing(Writing(0, "brief", "why", f"{n:032d}", 990 + n, 20_800, "fine", False, 0, RUTH, bytes(9)))
        return tx.keep_writing(Writing(0, "brief", "why", "m" * 32, person.id, 20_800, "fine", True, 0, RUTH, sealed))

    return stage.house.store.write(work)


def written_to(stage: Stage, channel: str) -> int:
    """An approved answer to her who asked so."""
    agrees_to_news(stage, 0)
    id = writes_answer(stage, WORDS, text_of(stage, 0, channel))
    replies.approve(stage.house, "brief", id, at=stage.at, by=MUSA)
    return id


def test_at_elevated_risk_nothing_is_sent(risky: Stage) -> None:
    risky.says("CANDLE", "1", sender=number(0))
    id = written_to(risky, "sms")
    assert not replies.replies(risky.house, "brief", risky.at)[0].due
    assert sends(risky, id) == 0


@pytest.mark.parametrize(("channel", "told"), [("sms", 1), ("voice", 0), ("ussd", 0)])
def test_only_who_asked_by_text_message_is_answered_and_by_one(stage: Stage, channel: str, told: int) -> None:
    stage.says("CANDLE", "1", sender=number(0))
    id = written_to(stage, channel)
    assert replies.replies(stage.house, "brief", stage.at)[0].due == bool(told)
    assert sends(stage, id) == told
    assert len(stage.sends()) == told


def test_it_is_said_by_tens_to_how_many_it_does_not_go(opened: Stage) -> None:
    asks(opened, *(each.id for each in all_texts(opened)))
    writes_answer(opened)
    assert [each.unreached for each in replies.replies(opened.house, "brief", opened.at)] == ["<10"]
    ending.fade(opened.house, opened.at + 31 * 86_400)
    assert [each.unreached for each in replies.replies(opened.house, "brief", opened.at)] == [10]


def test_when_her_words_are_gone_nothing_is_sent_since_nobody_knows_where_she_wrote(opened: Stage) -> None:
    agrees_to_news(opened, 0)
    id = answered(opened)
    ending.fade(opened.house, opened.at + 31 * 86_400)
    assert sends(opened, id) == 0


def test_nothing_goes_to_her_while_a_flag_of_hers_is_open(opened: Stage) -> None:
    agrees_to_news(opened, 0)
    one = asking(opened)
    deciding.decide(opened.house, "brief", one.id, Decision("fine", danger=True), at=opened.at, by=RUTH)
    assert flags.flagged(opened.house, "brief") == {one.id}
    id = answered(opened)
    assert not replies.replies(opened.house, "brief", opened.at)[0].due
    assert sends(opened, id) == 0
    (flag,) = flags.listed(opened.house, "brief", at=opened.at, by=GUARD)
    flags.close(opened.house, "brief", flag.id, ("the line for help was told", 0), at=opened.at, by=GUARD)
    assert sends(opened, id) == 1


def test_who_sent_it_is_in_the_audit(opened: Stage) -> None:
    agrees_to_news(opened, 0)
    id = answered(opened)
    sends(opened, id)
    assert f"answer {id} of brief sent by account {MUSA}" in audited(opened)


def test_who_came_only_after_it_was_written_does_not_approve_it(opened: Stage) -> None:
    asks(opened)
    id = writes_answer(opened)
    opened.house.store.write(lambda tx: changed(tx, MUSA, opened.at + 1))
    assert why(lambda: replies.approve(opened.house, "brief", id, at=opened.at + 2, by=MUSA)) == "new"
    opened.house.store.write(lambda tx: changed(tx, MUSA, opened.at))
    replies.approve(opened.house, "brief", id, at=opened.at + 2, by=MUSA)


@pytest.mark.parametrize(
    ("texts", "code"),
    [
        ({"en": "We tell you."}, "languages"),
        (WORDS | {"en": "Ring 0803 456 7890."}, "betrays"),
        (WORDS | {"en": "See www.example.org."}, "betrays"),
        (WORDS | {"en": "We go to gidan, then."}, "listed"),
        (WORDS | {"en": "word " * 61}, "long"),
        (WORDS | {"fr": "œuvre " * 24}, "long"),  # three parts in UCS-2
    ],
)
def test_words_that_cannot_be_sent_are_not_kept(opened: Stage, texts: dict[str, str], code: str) -> None:
    asks(opened)
    assert why(lambda: writes_answer(opened, texts)) == code
    assert replies.replies(opened.house, "brief", opened.at) == []
    assert len(replies.asking(opened.house, "brief")) == 1


def test_a_text_has_one_answer(opened: Stage) -> None:
    asks(opened)
    one = asking(opened)
    writes_answer(opened)
    assert why(lambda: writes_answer(opened, WORDS, one.id)) == "gone"
    assert why(lambda: writes_answer(opened, WORDS, 9_999)) == "gone"


def test_names_in_it_are_shown_to_the_second_person(opened: Stage) -> None:
    asks(opened)
    writes_answer(opened, WORDS | {"en": "Ask at the house of Amina."})
    (reply,) = replies.replies(opened.house, "brief", opened.at)
    assert "Amina" in reply.words.names


def test_nothing_of_her_is_in_the_audit_the_log_or_what_leaves(opened: Stage, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    agrees_to_news(opened, 0)
    sends(opened, answered(opened))
    left = "".join(opened.sends())
    told = (audited(opened) + caplog.text + left).casefold()
    for planted in (*PLANTED, number(0), "what will happen"):
        assert planted.casefold() not in told


LINE = "0800 000 000, free"  # as the definition has it


@pytest.fixture
def helped(opened: Stage) -> Stage:
    """The consultation tells a line to call for help."""
    published = opened.house.store.read(lambda view: view.published("brief"))
    assert published is not None
    told = replace(read(published.toml), referral={"en": LINE, "fr": LINE})
    opened.publish(write(told), test=False)
    assert opened.edition("brief").consultation.referral["en"] == LINE
    asks(opened)
    return opened


@pytest.mark.parametrize("words", [f"Ring {LINE}.", "Ring 0800 000 000", "(0800 000 000)"])
def test_the_line_for_help_may_stand_in_an_answer(helped: Stage, words: str) -> None:
    assert writes_answer(helped, {"en": words, "fr": words})


@pytest.mark.parametrize(
    "words",
    [
        "Ring 0800 000 001",
        "Ring 0800 000 0001",
        "Ring 10800 000 000",
        "Ring 0800 000 000 99",
        "Ring 0800 000",
        "Ring 0800 000 000 or 0803 555 0101",
    ],
)
def test_no_other_number_and_no_part_of_one_may(helped: Stage, words: str) -> None:
    assert why(lambda: writes_answer(helped, {"en": words, "fr": "Rien."})) == "betrays"


def test_a_paraphrase_holds_no_number_at_all(helped: Stage) -> None:
    assert why(lambda: clean(helped.house, "brief", {"en": LINE, "fr": LINE})) == "betrays"
