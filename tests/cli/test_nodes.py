"""`consult node`: two folders that are two machines; files go between them on a stick, or one code over the network."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from waitress.server import create_server

from consult.config import Settings
from consult.house import open_house
from consult.sync import meeting, twins
from consult.sync.contact import ack
from consult.sync.greetings import Hello, enclosed
from consult.sync.rationing import allowed
from consult.web import create_app
from tests.cli.conftest import EXAMPLES, Run

NUMBER = re.compile(r"\d{5} \d{5} \d{5} \d{5}")


@pytest.fixture
def machines(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, run: Run) -> Run:
    """Run a command on one of two machines: machines("hub", "node", "list")."""

    monkeypatch.setenv("CONSULT_PUBLIC_URL", "https://hub.example.org")

    def on(machine: str, *words: object) -> object:
        monkeypatch.setenv("CONSULT_DATA", str(tmp_path / machine))
        return run(*words)

    on("hub", "publish", EXAMPLES / "pulse.toml", "--test")
    return on  # type: ignore[return-value]


def test_a_node_joins_by_two_files_on_a_stick(machines: Run, tmp_path: Path) -> None:
    notes = tmp_path / "notes"
    assert machines("hub", "node", "enrol", "village", "--file", notes).code == 0
    asked = machines("village", "node", "join", notes)
    granted = machines("hub", "node", "admit", f"{notes}.ask")
    joined = machines("village", "node", "join", f"{notes}.ask.grant")
    assert (asked.code, granted.code, joined.code) == (0, 0, 0)
    assert "calls it village" in joined.out
    (shown,) = set(NUMBER.findall(asked.out + granted.out))
    assert shown in machines("hub", "node", "list").out


def test_a_code_serves_one_node_and_a_wrong_one_none(machines: Run, tmp_path: Path) -> None:
    notes = tmp_path / "notes"
    machines("hub", "node", "enrol", "village", "--file", notes)
    machines("village", "node", "join", notes)
    machines("hub", "node", "admit", f"{notes}.ask")
    assert machines("hub", "node", "admit", f"{notes}.ask").code == 0  # the same node, whose grant was lost
    machines("town", "node", "join", notes)
    again = machines("hub", "node", "admit", f"{notes}.ask")
    assert again.code == 1
    assert "make a new one" in again.err
    assert "look at it again" in machines("town", "node", "join", "ABCDE FGHIJ", "--url", "https://127.0.0.1:1").err
    assert "already" in machines("hub", "node", "enrol", "village").err


def test_a_grant_for_another_node_or_from_nobody_is_refused(machines: Run, tmp_path: Path) -> None:
    for name in ("village", "town"):
        machines("hub", "node", "enrol", name, "--file", tmp_path / f"{name}.notes")
        machines(name, "node", "join", tmp_path / f"{name}.notes")
        machines("hub", "node", "admit", tmp_path / f"{name}.notes.ask")
    theirs = tmp_path / "town.notes.ask.grant"
    assert "not this node's" in machines("village", "node", "join", theirs).err
    assert "asked nobody" in machines("third", "node", "join", theirs).err


def test_a_folder_that_has_consultations_of_its_own_joins_nobody(machines: Run, tmp_path: Path) -> None:
    machines("hub", "node", "enrol", "village", "--file", tmp_path / "notes")
    machines("other", "publish", EXAMPLES / "safety.toml", "--test")
    refused = machines("other", "node", "join", tmp_path / "notes")
    assert refused.code == 1
    assert "CONSULT_DATA" in refused.err


@pytest.fixture
def hub_online(tmp_path: Path, machines: Run) -> Iterator[str]:
    """The hub's address, served for real."""
    house = open_house(Settings(data=tmp_path / "hub", public_url="https://hub.example.org"))
    server = create_server(create_app(house), host="127.0.0.1", port=0)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    with closing(house):
        yield f"http://127.0.0.1:{server.effective_port}"
        server.close()
        thread.join(5)


def test_a_node_joins_over_the_network_by_one_code(machines: Run, hub_online: str) -> None:
    code = machines("hub", "node", "enrol", "village").out.split("\n\n")[1].strip()
    joined = machines("village", "node", "join", code, "--url", hub_online)
    assert joined.code == 0, joined.err
    (shown,) = NUMBER.findall(joined.out)
    assert shown in machines("hub", "node", "list").out
    assert "already" in machines("village", "node", "join", code, "--url", hub_online).err


def test_a_hub_that_is_not_the_codes_own_learns_nothing(machines: Run, hub_online: str, tmp_path: Path) -> None:
    machines("elsewhere", "publish", EXAMPLES / "safety.toml", "--test")
    code = machines("elsewhere", "node", "enrol", "village").out.split("\n\n")[1].strip()
    refused = machines("village", "node", "join", code, "--url", hub_online)
    assert "not the hub that gave the code" in refused.err
    assert "no node" in machines("hub", "node", "list").out


def test_a_code_does_not_go_over_a_network_in_clear(machines: Run) -> None:
    code = machines("hub", "node", "enrol", "village").out.split("\n\n")[1].strip()
    assert "not https" in machines("village", "node", "join", code, "--url", "http://hub.example.org").err


def test_without_an_address_of_the_hub_no_code_is_made_for_the_network(
    machines: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CONSULT_PUBLIC_URL")
    refused = machines("hub", "node", "enrol", "village")
    assert (refused.code, refused.out) == (2, "")
    assert "CONSULT_PUBLIC_URL" in refused.err
    assert "--file" in refused.err
    assert machines("hub", "node", "enrol", "village", "--file", tmp_path / "notes").code == 0


ODD = (
    "",
    " ",
    " village",
    "-village",
    "x" * 41,
    "vil\u202egal",
    "vil\nlage",
    "vil\x1b[2Jlage",
    "vil\u200blage",
    "a\u2028b",
)


@pytest.mark.parametrize("name", ODD)
def test_a_name_that_would_deceive_or_break_a_line_is_refused_with_the_cure(
    machines: Run, name: str, tmp_path: Path
) -> None:
    refused = machines("hub", "node", "enrol", "--file", tmp_path / "notes", "--", name)
    assert refused.code == 1
    assert "cannot be called so" in refused.err
    assert not (tmp_path / "notes").exists()


@pytest.mark.parametrize("name", ["Bè 2", "قرية الوادي", "\u06af\u0648\u0646\u062f\u200c\u06cc", "x" * 40])
def test_names_of_every_language_are_taken(machines: Run, name: str, tmp_path: Path) -> None:
    assert machines("hub", "node", "enrol", "--file", tmp_path / "notes", "--", name).code == 0


def belongs(machines: Run, folder: Path, name: str = "village") -> None:
    """The node joins by stick."""
    notes = folder / f"{name}.notes"
    machines("hub", "node", "enrol", name, "--file", notes)
    machines(name, "node", "join", notes)
    machines("hub", "node", "admit", f"{notes}.ask")
    assert machines(name, "node", "join", f"{notes}.ask.grant").code == 0


def answer(machines: Run, folder: Path, name: str = "village") -> Path:
    """What the hub tells the node, as a file."""
    folder.mkdir(exist_ok=True)
    for old in folder.iterdir():
        old.unlink()
    machines("hub", "node", "answer", name, folder)
    (file,) = folder.iterdir()
    return file


def test_a_file_for_another_node_is_named_so(machines: Run, tmp_path: Path) -> None:
    for name in ("village", "town"):
        belongs(machines, tmp_path, name)
    theirs = answer(machines, tmp_path / "stick", "town").read_bytes()
    both = tmp_path / "both.bin"
    both.write_bytes(theirs)
    refused = machines("village", "node", "import", both)
    assert refused.code == 1
    assert "this file is for another node" in refused.err
    both.write_bytes(theirs + answer(machines, tmp_path / "stick").read_bytes())
    taken = machines("village", "node", "import", both)
    assert taken.code == 0
    assert "1 letters in it are for other nodes" in taken.err
    assert "orders carried out 1" in taken.out


def test_a_node_shows_what_its_hub_paused(machines: Run, tmp_path: Path) -> None:
    belongs(machines, tmp_path)
    assert "paused" not in machines("village", "node", "list").out
    told = ("--kind", "threat", "--who", "Amina", "--note", "Men asked for the list")
    assert machines("hub", "findings", "incidents", "add", "pulse", *told, "--pause").code == 0
    assert machines("village", "node", "import", answer(machines, tmp_path / "stick")).code == 0
    assert "nothing is started: pulse: everywhere" in machines("village", "node", "list").out


def test_a_node_shows_that_it_is_revoked_and_up_to_which_page_it_is_believed(machines: Run, tmp_path: Path) -> None:
    belongs(machines, tmp_path)
    house = open_house(Settings(data=tmp_path / "hub"))
    with closing(house):
        node = house.store.read(lambda view: view.node_called("village"))
        assert node is not None
        machines("hub", "node", "revoke", "village", "--who", "Amina")
        with closing(open_house(Settings(data=tmp_path / "village"))) as village:
            epoch = village.store.read(lambda view: view.epoch())
            revoked = house.store.read(lambda view: view.node_called("village"))
            assert revoked is not None
            file = tmp_path / "ack.bin"
            file.write_bytes(enclosed([ack(house, revoked, epoch, 1_767_268_800)]))
    assert "revoked" not in machines("village", "node", "list").out
    assert machines("village", "node", "import", file).code == 0
    assert "the hub revoked this node: it believes pages up to 0" in machines("village", "node", "list").out


def test_two_machines_and_an_old_version_stand_in_the_list(machines: Run, tmp_path: Path) -> None:
    belongs(machines, tmp_path)
    now = int(time.time())
    with closing(open_house(Settings(data=tmp_path / "hub"))) as house:
        node = house.store.read(lambda view: view.node_called("village"))
        assert node is not None
        for next in ("00000001", "00000002"):
            said = f"11111111 - {next}"
            house.store.write(lambda tx, said=said: twins.heard(tx, node, said, now // 86_400))
        meeting.answer(house, node, Hello((), program="1", odd=(5,)).write(), now)
    told = " ".join(machines("hub", "node", "list").out.split())
    assert "perhaps two machines" in told
    assert "orders it does not understand (upgrade it): 1" in told


def test_who_is_revoked_again_is_noted_once(machines: Run, tmp_path: Path) -> None:
    belongs(machines, tmp_path)
    revoke = ("node", "revoke", "village", "--who", "Amina")
    assert "is revoked" in machines("hub", *revoke).out
    assert "nothing changes" in machines("hub", *revoke).out
    with closing(open_house(Settings(data=tmp_path / "hub"))) as house:
        lines = house.store.read(lambda view: view.audit())
    assert sum("revoked by Amina" in line[2] for line in lines) == 1


def test_a_node_is_revoked_by_somebody_and_shown_so(machines: Run, tmp_path: Path) -> None:
    machines("hub", "node", "enrol", "village", "--file", tmp_path / "notes")
    machines("village", "node", "join", tmp_path / "notes")
    machines("hub", "node", "admit", f"{tmp_path / 'notes'}.ask")
    assert machines("hub", "node", "revoke", "village").code == 2
    assert machines("hub", "node", "revoke", "village", "--who", "Amina").code == 0
    assert "revoked" in machines("hub", "node", "list").out
    assert "nothing waits" in machines("hub", "node", "quarantine").out
    assert "no node is called" in machines("hub", "node", "revoke", "town", "--who", "Amina").err


def test_limits_are_an_order_for_the_node(machines: Run, tmp_path: Path) -> None:
    machines("hub", "node", "enrol", "village", "--file", tmp_path / "notes")
    machines("village", "node", "join", tmp_path / "notes")
    machines("hub", "node", "admit", f"{tmp_path / 'notes'}.ask")
    assert machines("hub", "node", "limits", "village", "--bytes", "500000").code == 0
    assert "told at its next contact" in machines("hub", "node", "limits", "village", "--segments", "20").out
    assert machines("hub", "node", "limits", "town", "--bytes", "1").code == 1


def test_limits_are_shown_and_lifted_one_by_one_and_the_node_obeys(machines: Run, tmp_path: Path) -> None:
    belongs(machines, tmp_path)
    assert "bytes as the node itself says, segments as the node" in machines("hub", "node", "limits", "village").out
    machines("hub", "node", "limits", "village", "--bytes", "500000")
    both = machines("hub", "node", "limits", "village", "--segments", "20").out
    assert "bytes 500000, segments 20" in both
    stick = tmp_path / "stick"
    machines("village", "node", "import", answer(machines, stick))
    assert allowed_at(tmp_path / "village") == (500_000, 20)
    machines("hub", "node", "limits", "village", "--bytes", "none")
    assert "bytes as the node itself says, segments 20" in machines("hub", "node", "limits", "village").out
    machines("village", "node", "import", answer(machines, stick))
    assert allowed_at(tmp_path / "village") == (7, 20)
    assert machines("hub", "node", "limits", "village", "--bytes", "nothing").code == 2


def allowed_at(folder: Path) -> tuple[int, int]:
    """What a node may spend a day of bytes and segments, where its own setting says 7 of each."""
    with closing(open_house(Settings(data=folder))) as house:
        return house.store.read(lambda view: (allowed(view, "bytes", 7), allowed(view, "segments", 7)))


def test_a_node_says_whose_it_is_and_wants_no_key_of_a_consultation(machines: Run, tmp_path: Path) -> None:
    machines("hub", "node", "enrol", "village", "--file", tmp_path / "notes")
    asked = machines("village", "node", "join", tmp_path / "notes")
    machines("hub", "node", "admit", f"{tmp_path / 'notes'}.ask")
    machines("village", "node", "join", f"{tmp_path / 'notes'}.ask.grant")
    told = machines("village", "node", "list").out
    assert "the node village" in told
    assert NUMBER.findall(told) == NUMBER.findall(asked.out)
    assert "recovery kit" not in machines("village", "doctor").out
    refused = machines("village", "publish", EXAMPLES / "safety.toml", "--test")
    assert refused.code == 1
    assert "come from its hub" in refused.err


def test_what_is_wrongly_said_is_named(machines: Run, tmp_path: Path) -> None:
    assert "is the stick in?" in machines("village", "node", "join", tmp_path / "nowhere").err
    drop = ("--page", "1", "--drop", "--who", "A")
    assert "no epoch" in machines("hub", "node", "quarantine", "x", "--epoch", "zz", *drop).err
    assert "no node is called" in machines("hub", "node", "quarantine", "x", "--epoch", "a", *drop).err
    assert machines("hub", "node", "limits", "x").code == 1
