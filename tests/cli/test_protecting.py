"""Incidents from the command line."""

from __future__ import annotations

from pathlib import Path

from tests.cli.conftest import Run


def test_an_incident_is_registered_read_and_closed(run: Run, played: Path) -> None:
    assert run("findings", "incidents", "list", "river", "--who", "Amina").out == "no incident is registered\n"
    add = ("findings", "incidents", "add", "river", "--kind", "threat", "--note", "Men asked", "--who", "Amina")
    assert run(*add, "--pause").out == "incident 1 is registered; nothing is started everywhere until it is closed\n"
    assert "paused" in run("findings", "incidents", "list", "river", "--who", "Amina").out
    assert run("findings", "incidents", "close", "river", "1", "--who", "Musa").out == "incident 1 is over\n"
    assert run("findings", "incidents", "close", "river", "1", "--who", "Musa").code == 2
    wrong = run(*add, "--area", "moon=dark")
    assert wrong.code == 2
    assert "moon=dark is no area of river" in wrong.err
    told = run("audit", "list").out
    assert "the incidents of river read by Amina" in told
    assert "Men asked" not in told
