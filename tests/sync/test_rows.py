"""Facts of the journal become rows, travel, and are the same facts again."""

from __future__ import annotations

from itertools import groupby, pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from consult.events import Answered, Began, Finished
from consult.store.records import Fact
from consult.sync.pages import Contents, unseal, verify
from consult.sync.rows import Heard, facts, rows
from tests.sync import samples
from tests.sync.samples import NODE_KEY, PRIVATE, book, header, page

BASE = Fact("priorities", 1, 1, 1, 1, "sms", "open", 20_000, "in_time", b"")
FACTS = st.builds(
    lambda session, day, verdict, by: BASE._replace(
        person=session + 9, session=session, day=day, verdict=verdict, entered_by=by
    ),
    st.integers(1, 4),
    st.integers(20_000, 20_002),
    st.sampled_from(["in_time", "late"]),
    st.sampled_from([None, "desk"]),
)
HEARD = st.lists(st.builds(Heard, FACTS, samples.events(book()), st.sampled_from(["en", "fr"])), max_size=12)
OLD = b"\x0a\x0b\x0c\x0d"


def numbered(heard: list[Heard], first: int) -> list[Heard]:
    return [each._replace(fact=each.fact._replace(seq=seq)) for seq, each in enumerate(heard, first)]


def through(heard: list[Heard], first: int, epoch: bytes = b"") -> list[Heard]:
    made = page(Contents(first, rows(heard), heard=epoch))
    contents = unseal(verify(made.data, NODE_KEY), PRIVATE, {book().id: book()})
    return list(facts(made.header, contents, book()))


@settings(deadline=None)
@given(heard=HEARD, first=st.integers(1, 2**40), epoch=st.sampled_from([b"", OLD]))
def test_facts_come_back_session_by_session_in_their_order(heard: list[Heard], first: int, epoch: bytes) -> None:
    heard = numbered(heard, first)
    got = through(heard, first, epoch)
    assert sorted(each.fact.seq for each in got) == [each.fact.seq for each in heard]
    for session in {each.fact.session for each in heard}:
        theirs = [bare(each) for each in got if each.fact.session == session]
        assert theirs == [bare(each) for each in heard if each.fact.session == session]
    where = 0x0A0B0C0D if epoch else 0x01020304
    assert {(each.fact.node, each.fact.epoch) for each in got} <= {(b"node-one".hex(), where)}
    assert header().node == b"node-one"


def bare(heard: Heard) -> Heard:
    """Without what the page's header gives."""
    return heard._replace(fact=heard.fact._replace(node="", epoch=0))


@settings(deadline=None)
@given(heard=HEARD)
def test_a_session_has_one_row_for_each_envelope_in_a_run(heard: list[Heard]) -> None:
    made = rows(heard)
    assert sum(len(row.said) for row in made) == len(heard)
    for session, each in groupby(made, lambda row: row.session):
        envelopes = [row._replace(said=()) for row in each]
        assert all(a != b for a, b in pairwise(envelopes)), session


def test_sessions_that_spoke_in_turns_are_a_row_each() -> None:
    one, two = BASE._replace(session=1), BASE._replace(session=2, person=2)
    heard = [Heard(one, Began("keyword"), "en"), Heard(two, Began("keyword"), "en")]
    heard += [Heard(one, Answered("q", "a"), "en"), Heard(two, Finished(), "en")]
    assert [[type(event) for event, _ in row.said] for row in rows(heard)] == [[Began, Answered], [Began, Finished]]
