"""No word and no number of hers lies anywhere in clear: not in the data folder of a hub that was killed in the midst of
a campaign, not in its backup, its log, its temporary files; and no error of ours repeats her.
"""

from __future__ import annotations

import logging
import os
import time
import traceback
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime
from itertools import zip_longest
from pathlib import Path

import pytest

from consult import backup, campaign, contacts, facts
from consult.campaign import Plan
from consult.channel import Heard, Text
from consult.config import Settings
from consult.delivery.leasing import LEASE
from consult.house import House, open_house
from consult.intake import take
from consult.jobs import SWEEP_EVERY
from consult.letters import number_of, text_of
from consult.library import day_of
from consult.publish import publish
from consult.store import StoreError, Tx, View, records
from consult.store.records import Stats
from consult.vault import open_fact
from consult.web import create_app
from tests.drills.node import OURS, Process, running, until
from tests.drills.nursery import PATIENCE
from tests.drills.scene import NAME, Scene, Woman, definition, environment, scene
from tests.drills.traces import forms, found_in, found_under, of_number
from tests.fakes.modem import Modem, modem
from tests.fakes.twilio_server import ACCOUNT, NUMBER, Message, inbound, sign

WHOLE = os.environ.get("CONSULT_DRILL") == "whole"
WORDS = ("quokkamarker", "زرافةعلامة", "tamarinmarker", "okapimarker", "axolotlmarker", "numbatmarker")
NUMBERS = tuple(f"+2547{11_223_344 + 1_000_003 * n}" for n in range(6))
MARKERS = (*WORDS, *map(of_number, NUMBERS))
INVITED = tuple(Woman(number, "") for number in NUMBERS[:4])
DROPPED = SWEEP_EVERY + LEASE + PATIENCE  # seconds
STRANGER, CAUGHT = Woman(NUMBERS[4], ""), Woman(NUMBERS[5], "")


# ---- what a killed hub leaves on the disk


@pytest.mark.timeout(300)
def test_a_killed_hub_holds_no_word_and_no_number(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setenv("TMPDIR", str(temporary))
    with scene(tmp_path) as stage:
        _converse(stage)
        _back_up(stage)
        assert stage.house.store.read(lambda view: view.held()), "what could not be applied must be there, sealed"
        found = found_under([stage.folder, tmp_path / "backup", temporary, tmp_path / "log"], MARKERS)
        spoken = "\n".join(f"{message.sender} {message.body}" for message in stage.messages.values())
    assert found == {}
    assert found_in(spoken.encode(), MARKERS) == set(MARKERS), "every marker was said to the hub"


def _converse(stage: Scene) -> None:
    """A campaign, whole conversations, wrong replies, a stop, a stranger, an error; killed idle, and while it sends."""
    _invite(stage)
    server = stage.server(worker=True)
    for woman in INVITED:
        _reaches(stage, woman, 1)
        for said, so_far in (("1", 3), ("1", 4), (WORDS[0], 5), ("2", 6)):
            _says(stage, woman, said, so_far)
    stage.kill(server)
    _spoil(stage.house, INVITED[3])
    server = stage.server(worker=True)
    for woman, words in zip(INVITED[:2], WORDS[1:3], strict=True):
        for said, so_far in (("4", 7), ("1 3", 8), (f"{words} {NUMBERS[0]}", 9)):
            _says(stage, woman, said, so_far)
    _says(stage, INVITED[2], f"stop {WORDS[3]}", 7)
    _says(stage, INVITED[3], WORDS[4], 6)
    _says(stage, STRANGER, f"{WORDS[5]} who is this?", 1)
    stage.twilio.catch(1, "before")
    stage.post(replace(CAUGHT, said="BASKET"))
    assert stage.twilio.caught.wait(PATIENCE)
    stage.kill(server)


def _invite(stage: Scene) -> None:
    listed = stage.folder.with_name("list.csv")
    listed.write_text("number,language\n" + "".join(f"{woman.number},en\n" for woman in INVITED), encoding="utf-8")
    contacts.apply(stage.house, contacts.plan(stage.house, NAME, listed), int(time.time()))
    listed.unlink()
    campaign.start(stage.house, NAME, Plan("sms", "twilio", NUMBER), int(time.time()))


def _says(stage: Scene, woman: Woman, said: str, so_far: int) -> None:
    """She writes, and has then had so many messages of ours."""
    stage.post(replace(woman, said=said, turn=so_far))
    _reaches(stage, woman, so_far)


def _reaches(stage: Scene, woman: Woman, messages: int) -> None:
    """What the doorbell or a hand dropped, the sweep and the end of a lease bring: longer than both is a fault."""
    deadline = time.monotonic() + DROPPED
    while sum(each.receiver == woman.number for each in list(stage.twilio.accepted)) < messages:
        assert time.monotonic() < deadline, f"a message of ours did not leave: {stage.house.store.read(_states)}"
        time.sleep(0.005)


def _states(view: View) -> Stats:
    return view.stats(NAME)


def _spoil(house: House, woman: Woman) -> None:
    """Her conversation's state becomes unreadable: whatever she says next cannot be applied."""

    def work(tx: Tx) -> None:
        address = tx.address(house.vault.index(woman.number))
        assert address is not None
        row = tx.open_session(address.id, NUMBER)
        assert row is not None
        tx.save(replace(row, state=b"\0" * len(row.state)))

    house.store.write(work)


def _back_up(stage: Scene) -> None:
    target = stage.folder.with_name("backup")
    backup.new_backup_key(stage.folder)
    public = backup.backup_key(stage.folder)
    assert public is not None
    backup.back_up(stage.house.store, stage.house.vault, stage.folder, target, public, int(time.time()))


@pytest.mark.parametrize("marker", MARKERS)
def test_looking_finds_what_is_there(marker: str, tmp_path: Path) -> None:
    for n, form in enumerate(forms(marker)):
        (tmp_path / f"{n}").write_bytes(b"before" + form + b"after")
    found = found_under([tmp_path], MARKERS)
    assert found == {str(n): {marker} for n in range(7)}


# ---- what a seized node holds


@pytest.mark.timeout(300)
def test_a_seized_node_holds_no_word_and_no_number_while_locked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A campaign over a real gammu-smsd, killed in its midst, begun again locked, and killed once more."""
    temporary, said = tmp_path / "temporary", list[str]()
    temporary.mkdir()
    monkeypatch.setenv("TMPDIR", str(temporary))
    with running(tmp_path) as node, modem(node.modem) as sim:
        node.unlock()
        _talk(node, sim, said)
        node.kill()
        node.start()
        for number, word in zip(NUMBERS[3:], WORDS[3:], strict=True):
            _texts(sim, number, f"{word} who is this?", said)
        until(lambda: node.state()["waiting"] >= 3)  # what the killed process had not deleted yet comes twice
        until(lambda: not found_under([node.modem], MARKERS))
        node.kill()
    assert found_in("\n".join(said).encode(), MARKERS) == set(MARKERS), "every marker was said to the node"
    assert found_under([tmp_path], MARKERS) == {}
    with node.house() as house:
        opened = found_in(opened_by_the_passphrase(house), MARKERS)
    assert opened >= {*WORDS[3:], *map(of_number, NUMBERS[1:])}, "the passphrase brings back who waits, and what came"


def _talk(node: Process, sim: Modem, said: list[str]) -> None:
    """Three are invited: one answers to the end, one half-way, one only begins."""
    listed = node.place / "list.csv"
    listed.write_text("number,language\n" + "".join(f"{number},en\n" for number in NUMBERS[:3]), encoding="utf-8")
    with node.house() as house:
        contacts.apply(house, contacts.plan(house, NAME, listed), int(time.time()))
        listed.unlink()
        campaign.start(house, NAME, Plan("sms", "gammu", OURS), int(time.time()))
        campaign.waves(house, int(time.time()), lambda: 0)
        for texts in zip_longest(*SAID_ON_A_NODE):
            _turn(house, sim, [(number, text) for number, text in zip(NUMBERS, texts, strict=False) if text], said)


_ANSWERS = ("1", "2", "1 3", f"{WORDS[0]} {NUMBERS[0]}") if WHOLE else (WORDS[0],)
SAID_ON_A_NODE = (("1", "1", *_ANSWERS), ("1", "1", WORDS[1]), ("1", WORDS[2]))


def _turn(house: House, sim: Modem, texts: list[tuple[str, str]], said: list[str]) -> None:
    """Each writes once all that was owed to her is with the modem; it ends when each has another message."""
    until(lambda: all(_left(house, number) for number, _ in texts))
    before = {number: len(_traffic(house, number)) for number, _ in texts}
    for number, text in texts:
        _texts(sim, number, text, said)
    until(lambda: all(len(_traffic(house, number)) > had for number, had in before.items()))


def _texts(sim: Modem, number: str, text: str, said: list[str]) -> None:
    said.append(f"{number} {text}")
    sim.receives(number, text, when=datetime.now().strftime("%Y%m%dT%H%M%S"))


def _left(house: House, number: str) -> bool:
    """Whether something was owed to her, and all of it is with the modem."""
    owed = _traffic(house, number)
    return bool(owed) and not any(each.state in ("queued", "handing") for each in owed)


def _traffic(house: House, number: str) -> list[records.Message]:
    address = house.store.read(lambda view: view.address(house.vault.index(number)))
    return house.store.read(lambda view: view.traffic(address.id)) if address else []


def opened_by_the_passphrase(house: House) -> bytes:
    """All that the keys of a node open of women, one after the other: numbers, messages, live facts, what was kept."""
    vault = house.vault

    def look(view: View) -> Iterator[bytes]:
        yield from (vault.unbox(sealed) for _, sealed in view.captured())
        keys = {row.person: vault.open_live(row) for row in view.keys(NAME)}
        for fact in view.facts(NAME):
            if key := keys.get(fact.person):
                yield open_fact(key, fact.sealed, facts.about(fact))
        for row in view.sessions_of(NAME):
            address = view.address_of(row.address)
            assert address is not None
            yield number_of(vault, address.index, address.sealed).encode()
            yield from (text_of(vault, address.id, one.text).encode() for one in view.traffic(address.id) if one.text)

    return house.store.read(lambda view: b"\n".join(look(view)))


# ---- what errors say


SAID = f"{WORDS[0]} {WORDS[1]} {NUMBERS[1]}"


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    """Somebody has joined and agreed; nothing leaves."""
    opened = open_house(Settings.from_env(environment(tmp_path / "data", 8000, "http://127.0.0.1:9")))
    publish(opened, definition(), day=day_of(int(time.time())), test=True)
    yield opened
    opened.close()


def _posts(house: House, said: str, *, without: str = "", signed: bool = True) -> tuple[int, str]:
    """She writes; what the webhook answers."""
    url = f"{house.settings.public_url}/hooks/sms/twilio"
    fields = inbound(ACCOUNT, Message(f"SM{hash(said) & 0xFFFFFFFF:032x}", "inbound", NUMBERS[0], NUMBER, said, 0.0))
    fields.pop(without, None)
    headers = {"X-Twilio-Signature": sign(url, fields if signed else {})}
    answer = create_app(house).test_client().post("/hooks/sms/twilio", data=fields, headers=headers)
    return answer.status_code, answer.get_data(as_text=True)


def _with_bad_state(house: House) -> tuple[int, str]:
    for said in ("BASKET", "1"):
        assert _posts(house, said)[0] == 200
    _spoil(house, Woman(NUMBERS[0], ""))
    return _posts(house, SAID)


def _with_the_store_closed(house: House) -> tuple[int, str]:
    house.store.close()
    return _posts(house, SAID)


def _with_the_vault_locked(house: House) -> tuple[int, str]:
    house.vault.forget()
    return _posts(house, SAID)


def _too_long(house: House) -> tuple[int, str]:
    return _posts(house, SAID * 5_000)


def _short_of_a_field(house: House) -> tuple[int, str]:
    return _posts(house, SAID, without="MessageSid")


def _unsigned(house: House) -> tuple[int, str]:
    return _posts(house, SAID, signed=False)


@pytest.mark.parametrize(
    ("broken", "status"),
    [
        (_with_bad_state, 200),  # kept, sealed, and tried again
        (_with_the_store_closed, 503),
        (_with_the_vault_locked, 503),
        (_too_long, 413),
        (_short_of_a_field, 400),
        (_unsigned, 403),
    ],
)
def test_no_error_repeats_her(
    broken: Callable[[House], tuple[int, str]],
    status: int,
    house: House,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    caplog.set_level(logging.DEBUG)
    answered, body = broken(house)
    shown = "\n".join((body, caplog.text, *capfd.readouterr()))
    assert answered == status
    assert found_in(shown.encode(), MARKERS) == set()


def test_an_error_that_is_raised_repeats_nothing(house: House) -> None:
    house.store.close()
    with pytest.raises(StoreError) as raised:
        take(house, Heard("sms", "twilio", NUMBER, NUMBERS[0], Text(SAID), f"{ACCOUNT}:SM1", int(time.time())), 0)
    shown = "".join(traceback.format_exception(raised.value, chain=True)) + repr(raised.value)
    assert found_in(shown.encode(), MARKERS) == set()
