"""What a correction, a doubt, a late hand-over or another voice leave behind."""

from __future__ import annotations

from dataclasses import replace

import pytest

from consult import engine
from consult.channel import Text
from consult.edition import Edition
from consult.engine import AWAKE, Reply
from consult.events import Answered, Began, Consented, Misheard, Resumed, Skipped, Stopped
from consult.session import Doubt, Passed, Phase, Session


def asking(edition: Edition, at: int = 0) -> Session:
    values = (None,) * len(edition.questions)
    return Session(phase=Phase.ASKING, locale=0, heard=1000, consented=True, at=at, values=values)


def conditional(edition: Edition) -> tuple[Edition, int, int, int]:
    """An edition at normal risk; an index with a condition on the first question, and keys that (un)make it."""
    edition = replace(edition, elevated=False)
    for key in range(1, len(edition.questions[0].codes) + 1):
        turn = engine.hear(edition, asking(edition), Reply(Text(str(key))), 1001)
        if edition.questions[turn.session.at].relevant:
            other = key % len(edition.questions[0].codes) + 1
            return edition, turn.session.at, key, other
    raise AssertionError("no question depends on the first")


def test_a_skip_that_a_correction_takes_back_is_a_fact_too(editions: dict[str, Edition]) -> None:
    edition, index, yes, _ = conditional(editions["pulse"])
    turn = engine.hear(edition, asking(edition), Reply(Text(str(yes))), 1001)
    values = list(turn.session.values)
    values[index] = Passed.SKIPPED
    corrected = turn.session._replace(values=tuple(values), at=0)
    for key in range(1, len(edition.questions[0].codes) + 1):
        turn = engine.hear(edition, corrected, Reply(Text(str(key))), 1002)
        if turn.session.values[index] is None:
            name = edition.questions[index].definition.name
            assert Skipped(name, "withdrawn") in turn.events
            return
    raise AssertionError("no answer makes it irrelevant")


@pytest.mark.parametrize("said", ["1 and 2, I meant the road", "3"])
def test_what_she_adds_to_a_doubted_text_is_not_the_answer_to_the_next(editions: dict[str, Edition], said: str) -> None:
    edition = replace(editions["safety"], elevated=False)
    session = asking(edition, at=1)._replace(doubt=Doubt.STOP, came=0)
    turn = engine.hear(edition, session, Reply(Text(said)), 1001)
    assert not any(isinstance(event, Answered) for event in turn.events)
    assert isinstance(turn.events[0], Misheard)
    assert (turn.session.at, turn.session.doubt) == (1, Doubt.NONE)
    assert [prompt.name for prompt in turn.prompts] == [edition.questions[1].definition.name]


@pytest.mark.parametrize(("waited", "taken"), [(60, True), (AWAKE - 1, True), (AWAKE, False)])
def test_an_invitation_waits_from_when_it_was_handed_over(
    editions: dict[str, Edition], waited: int, taken: bool
) -> None:
    edition = replace(editions["safety"], elevated=True)
    turn = engine.begin(edition, 1000, how="invited", seed=1, locale="en")
    handed = 1000 + 2 * AWAKE
    heard = engine.hear(edition, turn.session, Reply(Text("1"), since=handed), handed + waited)
    assert heard.stranger is not taken
    assert (heard.session.phase is Phase.CONSENT) is taken


def test_after_that_only_her_own_silence_counts(editions: dict[str, Edition]) -> None:
    edition = replace(editions["safety"], elevated=False)
    heard = engine.hear(edition, asking(edition), Reply(Text("1"), since=10**6), 1000 + AWAKE)
    assert heard.stranger


def test_a_shared_phone_comes_back_to_the_first_question_and_sees_no_answer(editions: dict[str, Edition]) -> None:
    edition = replace(editions["safety"], elevated=False)
    turn = engine.hear(edition, asking(edition), Reply(Text("3")), 1001)
    assert any(turn.session.values)
    kept = engine.rejoin(edition, turn.session, 9000, "en")
    fresh = engine.rejoin(edition, turn.session, 9000, "en", fresh=True)
    assert kept.session.values == turn.session.values
    assert not any(fresh.session.values)
    assert fresh.prompts == kept.prompts
    assert (kept.events, fresh.events) == ((), (Began("again", turn.session.seed),))
    told = engine.replay(edition, [Began("keyword"), Consented("take_part", True, ""), *turn.events, *fresh.events])
    assert (told.values, told.consented, told.finished) == (fresh.session.values, False, False)
    consented = engine.hear(edition, fresh.session, Reply(Text("1")), 9001)
    assert consented.session.at == 0


@pytest.mark.parametrize(("mark", "hers"), [(b"herword1", True), (b"another1", False)])
def test_on_a_shared_phone_her_own_word_still_tells_her_from_another(
    editions: dict[str, Edition], mark: bytes, hers: bool
) -> None:
    edition = replace(editions["safety"], elevated=True)
    turn = engine.hear(edition, asking(edition)._replace(word=b"herword1"), Reply(Text("3")), 1001)
    session = engine.rejoin(edition, turn.session, 9000, "en", fresh=True).session
    session = engine.hear(edition, session, Reply(Text("1")), 9001).session
    back = engine.hear(edition, session, Reply(Text("marble"), mark=mark), 9002)
    assert back.voice is not hers
    assert any(back.session.values) is hers


@pytest.mark.parametrize("elevated", [False, True])
def test_a_clock_that_went_back_wakes_nobody_whose_word_is_awaited(
    editions: dict[str, Edition], elevated: bool
) -> None:
    edition = replace(editions["safety"], elevated=elevated)
    session = asking(edition)._replace(word=b"herword1", heard=1000 + 30 * 86_400)
    turn = engine.hear(edition, session, Reply(Text("1")), 1000 + 20 * 86_400)
    assert turn.stranger is elevated
    assert bool(turn.prompts) is not elevated
    if elevated:
        back = engine.hear(edition, turn.session, Reply(Text("marble"), mark=b"herword1"), 1000 + 20 * 86_400 + 5)
        assert back.events == (Resumed(),)
        assert engine.hear(edition, back.session, Reply(Text("1")), 1000 + 20 * 86_400 + 9).prompts


@pytest.mark.parametrize("elevated", [False, True])
def test_what_is_heard_late_sets_nothing_back(editions: dict[str, Edition], elevated: bool) -> None:
    edition = replace(editions["safety"], elevated=elevated)
    session = asking(edition)._replace(word=b"herword1", heard=90_000, came=3)
    turn = engine.hear(edition, session, Reply(Text("1"), late=True, old=True), 50_000)
    assert turn.session == session
    assert (turn.events, turn.prompts, turn.stranger) == ((Misheard("moving", "late"),), (), False)
    assert engine.hear(edition, session, Reply(Text("stop"), late=True, old=True), 50_000).events == (Stopped(),)


def test_a_pass_begun_again_counts_alone_once_it_is_consented_to() -> None:
    before = [Began("keyword"), Consented("take_part", True, ""), Answered("a", "x"), Answered("b", "y")]
    assert dict(engine.counted([*before, Began("again")])) == {"a": "x", "b": "y"}
    fresh = [*before, Began("again"), Consented("take_part", True, "")]
    assert dict(engine.counted(fresh)) == {}
    assert dict(engine.counted([*fresh, Answered("a", "z")])) == {"a": "z"}


def test_what_waited_before_a_doubt_waits_after_it(editions: dict[str, Edition]) -> None:
    edition = replace(editions["safety"], elevated=False)
    session = asking(edition, at=1)._replace(came=0, doubt=Doubt.STOP)
    assert engine.hear(edition, session, Reply(Text("2")), 1001).session.came == 0


def test_an_edition_made_of_another_remembers_nothing_of_it(editions: dict[str, Edition]) -> None:
    codes = editions["pulse"].put(0, 0, 0, "voice").prompt
    words = replace(editions["pulse"], elevated=False).put(0, 0, 0, "voice").prompt
    assert (codes.bare, words.bare) == (True, False)
    assert editions["pulse"].put(0, 0, 0, "voice").prompt == codes
