"""What was done to somebody is registered, sealed; where it is paused nothing starts; whoever writes is answered."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from consult import campaign, delivery, incidents, intake
from consult.campaign import Plan
from consult.house import House
from consult.incidents import EVERYWHERE, Unclear
from consult.letters import seal_number
from consult.store import Tx
from consult.store.records import Enrolment
from tests.fakes.post import NOON, OURS, Post, house, published, said
from tests.test_campaign import number, seeds, wave

DAY = 20_000
TOWN, VILLAGE = ("place", "town"), ("place", "village")


@pytest.fixture
def post() -> Post:
    return Post()


@pytest.fixture
def home(tmp_path: Path, post: Post) -> Iterator[House]:
    opened = house(tmp_path, post)
    published(opened)
    yield opened
    opened.close()


def places(home: House) -> list[tuple[str, str]]:
    """The example's own areas."""
    now = home.store.read(lambda view: view.published("safety"))
    assert now is not None
    questions = home.library.edition(now).consultation.questions
    return [(each.name, option.name) for each in questions if each.segment for option in each.choices]


def enrol(home: House, n: int, area: tuple[str, str]) -> None:
    def work(tx: Tx) -> None:
        index = home.vault.index(number(n))
        address = tx.add_address(index, seal_number(home.vault, index, number(n)), "Africa/Lagos")
        known = home.vault.seal(json.dumps(dict([area])).encode(), b"segments")
        tx.enrol(Enrolment(tx.add_person(address.id, 0, 0).id, "safety", "enrolled", "en", known))

    home.store.write(work)


def begun(home: House) -> int:
    return campaign.start(home, "safety", Plan("sms", "post", OURS), NOON).id


def receivers(post: Post) -> list[str]:
    return [owed.receiver for owed in post.sent]


def add(home: House, area: tuple[str, str] = EVERYWHERE, *, pauses: bool = True, note: str = "A threat") -> int:
    return incidents.add(home, "safety", "threat", area, note, pauses=pauses, day=DAY, by="Amina").id


def test_nobody_in_a_paused_area_is_invited_until_it_is_over(home: House, post: Post) -> None:
    here, there, *_ = places(home)
    enrol(home, 1, here)
    enrol(home, 2, there)
    made = add(home, here)
    id = begun(home)
    wave(home, id)
    delivery.sweep(home, lambda: NOON)
    assert receivers(post) == [number(2)]
    incidents.close(home, "safety", made, day=DAY + 1, by="Amina")
    wave(home, id)
    delivery.sweep(home, lambda: NOON)
    assert receivers(post) == [number(2), number(1)]


def test_what_waits_to_leave_when_an_area_is_paused_does_not(home: House, post: Post) -> None:
    here, *_ = places(home)
    enrol(home, 1, here)
    id = begun(home)
    wave(home, id)
    add(home, here)
    delivery.sweep(home, lambda: NOON)
    assert receivers(post) == []
    incidents.close(home, "safety", 1, day=DAY, by="Amina")
    campaign.wave(home, id, NOON, seed=seeds())  # she waits to be invited again
    delivery.sweep(home, lambda: NOON)
    assert receivers(post) == [number(1)]


def test_whoever_writes_herself_is_answered_while_everything_is_paused(home: House, post: Post) -> None:
    add(home)
    for at, text in enumerate(("RIVER", "STOP")):
        intake.take(home, said(text, number(7), NOON + at), seed=1)
        delivery.sweep(home, lambda at=at: NOON + at)  # type: ignore[misc]
    assert receivers(post)
    assert "Stopped." in post.sent[-1].text


def test_a_pause_lasts_while_any_open_incident_holds_it(home: House) -> None:
    here, *_ = places(home)
    first, second = add(home, here), add(home, here)
    address = home.store.write(lambda tx: tx.add_address(b"x" * 16, b"", "Africa/Lagos"))
    assert not home.store.read(lambda view: incidents.paused(home, view, "safety", address))
    enrol(home, 1, here)
    hers = home.store.read(lambda view: view.address(home.vault.index(number(1))))
    for number_, still in ((first, True), (second, False)):
        incidents.close(home, "safety", number_, day=DAY, by="Amina")
        assert home.store.read(lambda view: incidents.paused(home, view, "safety", hers)) is still
    assert not home.store.read(lambda view: incidents.paused(home, view, "another", hers))


def test_what_happened_lies_sealed_and_the_audit_tells_that_it_was_registered(home: House) -> None:
    add(home, note="Beaten at the bridge", pauses=False)
    (kept,) = incidents.incidents(home, "safety")
    assert (kept.note, kept.kind, kept.pauses, kept.closed) == ("Beaten at the bridge", "threat", False, None)
    held = [path.read_bytes() for path in home.settings.data.rglob("*") if path.is_file()]
    assert not any(b"bridge" in each for each in held)
    lines = [what for _, _, what, _ in home.store.read(lambda view: view.audit())]
    assert "incident 1 of safety registered by Amina" in lines


@pytest.mark.parametrize(
    ("kind", "area", "note", "code"),
    [
        ("war", EVERYWHERE, "x", "kind"),
        ("threat", ("place", "moon"), "x", "area"),
        ("threat", ("place", ""), "x", "area"),
        ("threat", EVERYWHERE, " ", "note"),
        ("threat", EVERYWHERE, "call 0803 123 4567", "note"),
        ("threat", EVERYWHERE, "x" * 501, "note"),
    ],
)
def test_what_is_unclear_is_not_registered(home: House, kind: str, area: tuple[str, str], note: str, code: str) -> None:
    with pytest.raises(Unclear) as unclear:
        incidents.add(home, "safety", kind, area, note, pauses=True, day=DAY, by="Amina")
    assert unclear.value.code == code
    assert incidents.incidents(home, "safety") == []
    with pytest.raises(Unclear):
        incidents.close(home, "safety", 1, day=DAY, by="Amina")
