"""What holds for every conversation, whatever she sends: found by trying."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from consult import engine
from consult.channel import Text
from consult.edition import Edition
from consult.engine import Reply, Turn
from consult.events import Answered, Consented, Erased, Event, Finished, Returned, Skipped, Stopped
from consult.session import Passed, Phase, Session, decode, encode

REPLIES = st.one_of(
    st.sampled_from(
        [
            "1",
            "2",
            "3",
            "4",
            "5",
            "77",
            "88",
            "99",
            "back",
            "help",
            "1 2",
            "2 1 3",
            "7",
            "language",
            "x",
            "",
            "?",
            "اثنان",
        ]
    ),
    st.sampled_from(["I do not want you to stop the market", "please erase my bad memories"]),
    st.text(max_size=40),
)
NAMES = ("safety", "priorities", "pulse")


def converse(edition: Edition, seed: int, replies: list[str], how: str = "keyword") -> tuple[list[Turn], list[Event]]:
    turn = engine.begin(edition, 1000, how=how, seed=seed, locale="en")  # type: ignore[arg-type]
    turns, events = [turn], list(turn.events)
    for n, text in enumerate(replies):
        reply = Reply(Text(text), mark=(text.encode() + b"12345678")[:8] if text else b"", channel="sms")
        turn = engine.hear(edition, turn.session, reply, 1000 + n)
        if turn.voice:
            events = []  # another woman's facts begin
        turns.append(turn)
        events += turn.events
    return turns, events


@pytest.mark.parametrize("name", NAMES)
@given(seed=st.integers(0, 255), replies=st.lists(REPLIES, max_size=30))
def test_each_question_is_answered_at_most_once_a_pass_and_in_order(
    editions: dict[str, Edition], name: str, seed: int, replies: list[str]
) -> None:
    edition = editions[name]
    _, events = converse(edition, seed, replies)
    done: list[int] = []
    for event in events:
        match event:
            case Returned():
                done = []
            case Answered(question) | Skipped(question, "misheard" | "optional"):
                index = edition.index[question]
                assert index not in done
                assert not done or index > done[-1]
                done.append(index)


@pytest.mark.parametrize("name", NAMES)
@given(seed=st.integers(0, 255), replies=st.lists(REPLIES, max_size=40))
def test_nothing_follows_the_end(editions: dict[str, Edition], name: str, seed: int, replies: list[str]) -> None:
    turns, events = converse(editions[name], seed, replies)
    ended = False
    for turn in turns:
        if ended:
            assert all(isinstance(event, Stopped | Erased) for event in turn.events)
            assert turn.events or not turn.prompts
        ended = ended or turn.session.phase is Phase.DONE
    assert sum(isinstance(event, Finished) for event in events) <= 1


@pytest.mark.parametrize("name", NAMES)
@given(seed=st.integers(0, 255), replies=st.lists(REPLIES, max_size=30))
def test_replaying_the_facts_gives_the_state(
    editions: dict[str, Edition], name: str, seed: int, replies: list[str]
) -> None:
    edition = editions[name]
    turns, events = converse(edition, seed, replies)
    told, lived = engine.replay(edition, events), turns[-1].session
    assert told.locale == lived.locale
    assert told.consented == lived.consented
    assert told.finished == lived.finished
    assert _answers(told) == _answers(lived)
    if lived.phase is Phase.ASKING and not lived.finished:
        assert told.at == lived.at


def _answers(session: Session) -> list[object]:
    return [None if isinstance(value, Passed) else value for value in session.values]


@pytest.mark.parametrize("name", NAMES)
@given(seed=st.integers(0, 255), replies=st.lists(REPLIES, max_size=25))
def test_state_survives_its_bytes_and_is_small(
    editions: dict[str, Edition], name: str, seed: int, replies: list[str]
) -> None:
    edition = editions[name]
    turns, _ = converse(edition, seed, replies)
    for turn in turns:
        packed = encode(turn.session, edition)
        assert len(packed) <= 64
        assert decode(packed, edition) == turn.session


@pytest.mark.parametrize("name", NAMES)
@settings(max_examples=60)
@given(replies=st.lists(REPLIES, max_size=25), how=st.sampled_from(["keyword", "invited"]))
def test_what_is_said_never_echoes_her(editions: dict[str, Edition], name: str, replies: list[str], how: str) -> None:
    secret = "Zanuba777 hides"
    turns, _ = converse(editions[name], 1, [*replies, secret, secret], how)
    assert not any("Zanuba777" in getattr(prompt, "text", "") for turn in turns for prompt in turn.prompts)


@given(data=st.binary(max_size=60))
def test_damaged_state_is_refused_not_misread(editions: dict[str, Edition], data: bytes) -> None:
    from consult.session import Unreadable

    try:
        session = decode(data, editions["safety"])
    except (Unreadable, ValueError, IndexError):
        return
    assert len(session.values) == len(editions["safety"].questions)


def test_a_correction_that_makes_a_question_irrelevant_withdraws_its_answer(editions: dict[str, Edition]) -> None:
    edition = editions["pulse"]
    relevant = [asked for asked in edition.questions if asked.relevant]
    assert relevant, "the pulse has skip logic"
    first = edition.questions[0]
    outcomes = set()
    for before in first.codes:
        for after in first.codes:
            session = Session(
                phase=Phase.ASKING, locale=0, heard=1000, consented=True, values=(None,) * len(edition.questions)
            )
            turn = _answer(edition, session, first.codes.index(before) + 1)
            went_on = turn.session.at
            turn = _answer(edition, turn.session, 1)
            session = turn.session._replace(at=0)
            turn = _answer(edition, session, first.codes.index(after) + 1)
            withdrawn = [event for event in turn.events if isinstance(event, Skipped) and event.why == "withdrawn"]
            outcomes.add((went_on, bool(withdrawn)))
    assert any(withdrawn for _, withdrawn in outcomes)
    assert any(not withdrawn for _, withdrawn in outcomes)


def _answer(edition: Edition, session: Session, key: int) -> Turn:
    return engine.hear(replace_elevated(edition), session, Reply(Text(str(key))), session.heard + 1)


def replace_elevated(edition: Edition) -> Edition:
    return replace(edition, elevated=False)


STOPPING = "I do not want you to stop the market"
IMPATIENT = st.lists(st.tuples(REPLIES, st.booleans()), max_size=30)


@pytest.mark.parametrize("name", [*NAMES])
@given(seed=st.integers(0, 255), said=IMPATIENT)
@example(seed=0, said=[("1", True), ("1", True), (STOPPING, False), (STOPPING, True), ("1", False)])
def test_no_answer_is_bound_to_a_question_that_had_not_left(
    editions: dict[str, Edition], name: str, seed: int, said: list[tuple[str, bool]]
) -> None:
    """Each reply comes with whether our last answer had left by then; an answer is always to a question she has had."""
    edition = editions[name]
    turn = engine.begin(edition, 1000, how="keyword", seed=seed, locale="en")
    seen, waiting, consent_seen = set[str](), list(turn.prompts), False
    for n, (text, left) in enumerate(said):
        if left:
            seen.update(prompt.name for prompt in waiting)
            waiting = []
        consent_seen = consent_seen or "consent" in seen
        reply = Reply(
            Text(text), mark=(text.encode() + b"12345678")[:8] if text else b"", unseen=bool(waiting), channel="sms"
        )
        turn = engine.hear(edition, turn.session, reply, 1000 + n)
        if turn.voice:
            seen = set()
        for event in turn.events:
            if isinstance(event, Answered):
                assert event.question in seen
            if isinstance(event, Consented) and event.scope == "take_part" and not turn.voice:
                assert consent_seen
        if turn.prompts:
            waiting = list(turn.prompts)


@pytest.mark.parametrize("name", [*NAMES])
@given(seed=st.integers(0, 255), said=IMPATIENT)
def test_impatience_changes_neither_replay_nor_bytes(
    editions: dict[str, Edition], name: str, seed: int, said: list[tuple[str, bool]]
) -> None:
    edition = editions[name]
    turn = engine.begin(edition, 1000, how="keyword", seed=seed, locale="en")
    events, waiting = list(turn.events), bool(turn.prompts)
    for n, (text, left) in enumerate(said):
        waiting = waiting and not left
        reply = Reply(Text(text), mark=b"12345678" if text else b"", unseen=waiting, channel="sms")
        turn = engine.hear(edition, turn.session, reply, 1000 + n)
        events = events + list(turn.events) if not turn.voice else list(turn.events)
        waiting = waiting or bool(turn.prompts)
        packed = encode(turn.session, edition)
        assert len(packed) <= 64
        assert decode(packed, edition) == turn.session
    assert _answers(engine.replay(edition, events)) == _answers(turn.session)


@pytest.mark.parametrize("name", NAMES)
@given(replies=st.lists(REPLIES, max_size=12), late=st.booleans(), owed=st.booleans())
def test_what_is_late_or_owed_is_never_an_answer_but_stop_stops(
    editions: dict[str, Edition], name: str, replies: list[str], late: bool, owed: bool
) -> None:
    edition = editions[name]
    turns, _ = converse(edition, 3, replies)
    session = turns[-1].session
    for text in ("1", "2", "yes", "harder", "back", "language", "3 1"):
        turn = engine.hear(edition, session, Reply(Text(text), late=late, owed=owed, channel="sms"), session.heard + 1)
        if late or owed:
            assert not any(isinstance(event, Answered | Consented | Skipped) for event in turn.events)
            assert (turn.session.phase, turn.session.at) == (session.phase, session.at)
    stopped = engine.hear(edition, session, Reply(Text("STOP"), late=late, owed=owed), session.heard + 1)
    assert any(isinstance(event, Stopped) for event in stopped.events)


@pytest.mark.parametrize("word", ["zebra", "Zebra two", "ظرف"])
@given(replies=st.lists(REPLIES, max_size=15), tries=st.lists(REPLIES, min_size=1, max_size=5))
def test_once_locked_nothing_but_her_word_brings_a_question(
    editions: dict[str, Edition], word: str, replies: list[str], tries: list[str]
) -> None:
    edition = editions["pulse"]
    mark = word.encode()[:8].ljust(8)
    said = [("1", b""), (word, mark), *((text, b"") for text in replies), (word, mark)]
    session = engine.begin(edition, 1000, how="keyword", seed=1, locale="en").session
    for n, (text, own) in enumerate(said):
        session = engine.hear(edition, session, Reply(Text(text), mark=own or b"x" * 8), 1000 + n).session
    if session.phase is Phase.DONE or not session.locked:
        return
    for text in tries:
        turn = engine.hear(edition, session, Reply(Text(text), mark=b"y" * 8), 1100)
        if any(isinstance(event, Stopped | Erased) for event in turn.events):
            continue
        assert turn.stranger
        assert not turn.prompts
    opened = engine.hear(edition, session, Reply(Text(word), mark=mark), 1200)
    assert opened.prompts
    assert not opened.session.locked
