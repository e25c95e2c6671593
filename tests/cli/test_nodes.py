"""`consult node`: two folders that are two machines; files go between them on a stick, or one code over the network."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from waitress.server import create_server

from consult.config import Settings
from consult.house import open_house
from consult.web import create_app
from tests.cli.conftest import EXAMPLES, Run

NUMBER = re.compile(r"\d{5} \d{5} \d{5} \d{5}")


@pytest.fixture
def machines(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, run: Run) -> Run:
    """Run a command on one of two machines: machines("hub", "node", "list")."""

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
    assert machines("hub", "node", "limits", "x").code == 2
