"""Who asked is answered: by two people, on her channel, in her language and hours, once; nobody learns who she is."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from consult import phrases
from consult.moderation import deciding, replies
from consult.moderation.deciding import Decision
from consult.moderation.wording import NotSaid
from consult.store import Tx
from consult.store.moderated import Writing
from consult.wording import for_locale
from tests.coded import with_words
from tests.journeys.stage import Stage, set_up
from tests.moderation.conftest import MUSA, PLANTED, RUTH, agrees_to_news, all_texts, asking, audited, opens, writes
from tests.test_releases import OPEN, number

WORDS = {"en": "The leaders meet in spring. We tell you then.", "fr": "Les chefs se réunissent au printemps."}


def asks(stage: Stage, *ids: int) -> None:
    for id in ids or (asking(stage).id,):
        deciding.decide(stage.house, "brief", id, Decision("fine", asks=True), at=stage.at, by=RUTH)


def writes_answer(stage: Stage, texts: dict[str, str] = WORDS, *ids: int) -> int:
    found = ids or tuple(each.id for each in replies.asking(stage.house, "brief"))
    return replies.write(stage.house, "brief", found, texts, at=stage.at, by=RUTH)


def sends(stage: Stage, id: int, ring: str = "") -> int:
    return sum(replies.send(stage.house, "brief", id, ring=ring, at=stage.at))


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


def text_of(stage: Stage, woman: int) -> int:
    """A text of hers in which she asks something, among nine of others."""
    address = stage.address(number(woman))
    assert address is not None

    def work(tx: Tx) -> int:
        (person,) = tx.people_at(address.id, address.generation)
        for n in range(9):
            tx.keep_writing(Writing(0, "brief", "why", f"{n:032d}", 990 + n, 20_800, "fine", False, 0, RUTH, bytes(9)))
        return tx.keep_writing(Writing(0, "brief", "why", "m" * 32, person.id, 20_800, "fine", True, 0, RUTH, bytes(9)))

    return stage.house.store.write(work)


def test_at_elevated_risk_a_message_only_points_to_where_it_is_heard(risky: Stage) -> None:
    risky.enrol("brief", number(0))
    agrees_to_news(risky, 0)
    id = writes_answer(risky, WORDS, text_of(risky, 0))
    replies.approve(risky.house, "brief", id, at=risky.at, by=MUSA)
    assert sends(risky, id) == 0  # without a number nothing
    assert sends(risky, id, ring="0800 123") == 1
    assert risky.sends() == [phrases.news(for_locale("en"), "0800 123")]


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
