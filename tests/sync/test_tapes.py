"""What was said aloud at a node is heard at its hub, once, and nowhere else."""

from __future__ import annotations

import io
import json
import math
import wave
from array import array
from collections.abc import Iterator
from pathlib import Path

import cbor2
import pytest
from nacl.bindings import crypto_box_seal

from consult.recordings import KEEPS, Listening, file_of, leaving_file, look_after, sealed_keys, sealed_ref
from consult.speech import opus, sound, taking
from consult.store import Tx
from consult.store.records import Recorded
from consult.sync import tapes
from consult.sync.arriving import take
from consult.sync.keys import node_signing
from consult.sync.pages import NotTaken
from tests.conftest import need_module
from tests.journeys.stage import Houses, Stage
from tests.sync.field import Field, bare, field_of

NAME, KEY = "ab" * 16, b"k" * 32
TONE = sound.wav(array("h", [int(8000 * math.sin(n / 5)) for n in range(8000)]))


@pytest.fixture
def village(tmp_path: Path) -> Iterator[Field]:
    made = field_of(tmp_path, Houses(tmp_path / "houses"), "market")
    made.join("village", bare(tmp_path / "village"))
    yield made
    for stage in (made.hub, *made.nodes.values()):
        stage.house.close()


def spoke(node: Stage) -> Recorded:
    """She is in the middle of a conversation, and said something aloud."""
    node.says("KIOSK", "1", "1")
    row = node.open_session()
    assert row is not None

    def work(tx: Tx) -> Recorded:
        held = tx.key(row.person, "market")
        hers = node.house.vault.open_live(held) if held else None
        assert hers is not None
        wrapped, live = sealed_keys(node.house, NAME, KEY, hers)
        ref = sealed_ref(node.house, NAME, "RE1")
        made = Recorded(
            NAME, "market", row.person, "voice none", ref, wrapped, live, node.at, Recorded.HERE, there=False
        )
        tx.add_recording(made)
        return made

    return node.house.store.write(work)


def sent(field: Field) -> bytes:
    node = field.nodes["village"]
    tapes.make(node.house, spoke(node), TONE, KEY)
    ((_, data),) = tapes.leaving(node.house)
    return data


def samples(content: bytes) -> int:
    with wave.open(io.BytesIO(content)) as file:
        return file.getnframes()


def test_it_is_heard_at_the_hub_whether_its_page_came_before_or_not(village: Field) -> None:
    data, hub = sent(village), village.hub.house
    tapes.arrive(hub, data, village.hub.at)
    tapes.arrive(hub, data, village.hub.at)
    village.up("village")
    listening = Listening(hub, "market", "Amina", village.hub.at)
    (recorded,) = listening.waiting
    heard = listening.sound(recorded)
    assert heard is not None
    assert abs(samples(heard) - samples(TONE)) < 800


def test_the_node_keeps_it_until_the_hub_has_it_and_cannot_open_it(village: Field) -> None:
    data, node = sent(village), village.nodes["village"].house
    assert not file_of(node, NAME).exists()
    assert KEY not in data
    look_after(node, village.hub.at + 2 * KEEPS)
    ((hash, _),) = tapes.leaving(node)
    assert tapes.arrive(village.hub.house, data, village.hub.at) == hash
    tapes.gone(node, hash)
    assert tapes.leaving(node) == []


def test_who_erases_herself_takes_it_along_on_both_sides(village: Field) -> None:
    data, node = sent(village), village.nodes["village"]
    node.says("ERASE")
    look_after(node.house, node.at)
    assert not leaving_file(node.house, NAME).exists()
    village.up("village")
    tapes.arrive(village.hub.house, data, village.hub.at)
    assert village.hub.house.store.read(lambda view: view.recordings_of("market")) == []
    assert not file_of(village.hub.house, NAME).exists()


def test_what_is_no_tape_of_a_node_of_ours_is_refused(village: Field) -> None:
    data = sent(village)
    for place in (0, 20, len(data) // 2, len(data) - 1):
        broken = bytearray(data)
        broken[place] ^= 1
        with pytest.raises(NotTaken):
            tapes.arrive(village.hub.house, bytes(broken), village.hub.at)
    with pytest.raises(NotTaken):
        tapes.arrive(village.hub.house, b"\0" * (tapes.LARGEST + 1), village.hub.at)


def test_opus_is_smaller_and_comes_back_as_sound() -> None:
    need_module("av", "pip install 'consult[audio]'")
    small = opus.smaller(TONE)
    assert taking.kind(small) == "ogg"
    assert len(small) < len(TONE) / 3
    assert abs(samples(opus.playable(small)) - samples(TONE)) < 800
    assert opus.smaller(b"no sound") == b"no sound"
    assert opus.playable(TONE) == TONE


def hostile(village: Field, inside: object, consultation: object = None) -> bytes:
    """A tape that the node signed, with this in its box."""
    house = village.nodes["village"].house
    origin, book, published = house.store.read(
        lambda view: (view.origin_node(), next(iter(view.books("market"))), view.published("market"))
    )
    assert published is not None
    number = book.number if consultation is None else consultation
    box = crypto_box_seal(cbor2.dumps(inside), published.public)
    told = cbor2.dumps(["consult tape 1", bytes.fromhex(origin), number, box, b"x"])
    return told + node_signing(house.vault).sign(b"consult tape\0" + told).signature


@pytest.mark.parametrize(
    ("inside", "consultation"),
    [
        ([1, 5, b"k" * 32], None),
        (["a", NAME, b"k" * 32], None),
        ([2**70, NAME, b"k" * 32], None),
        ([0, NAME, b"k" * 32], None),
        ([1, NAME, 5], None),
        ([1, NAME, b"k" * 32], [1]),
    ],
)
def test_a_tape_of_another_shape_is_refused_and_holds_up_no_other(
    village: Field, inside: list[object], consultation: object
) -> None:
    data, hub = sent(village), village.hub.house
    node = bytes.fromhex(village.nodes["village"].house.store.read(lambda view: view.origin_node()))
    with pytest.raises(NotTaken):
        tapes.arrive(hub, hostile(village, [node, *inside], consultation), village.hub.at)
    tapes.arrive(hub, data, village.hub.at)
    assert len(hub.store.read(lambda view: view.recordings_of("market"))) == 1


def test_a_tape_brings_nobody_back_whom_a_restored_hub_was_told_to_forget(village: Field) -> None:
    data, pages = sent(village), village.close("village")
    hub, node = village.hub.house, village.node("village")
    person = village.nodes["village"].house.store.read(lambda view: view.recordings_of("market"))[0].person
    gone = hub.vault.mark("heard by a node", node.node, str(person)).hex()
    hub.store.write(lambda tx: tx.set("forgotten before they are known", json.dumps([gone])))
    tapes.arrive(hub, data, village.hub.at)
    for page in pages:
        take(hub, page, village.hub.at)
    visitor = hub.store.read(lambda view: view.visitor(node.id, person))
    assert visitor is not None
    assert visitor.erased == 0
    assert hub.store.read(lambda view: view.recordings_of("market")) == []
