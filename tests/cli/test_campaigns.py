"""What it will cost comes before anything is started."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from consult.cli import campaigns, opening
from tests.cli.conftest import Run, number


@pytest.fixture
def ready(run: Run, hub: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Four people on the list, and simulated telephones to reach them by."""
    monkeypatch.setenv("CONSULT_DEMO", "1")
    rows = [f"{number(woman)},{tongue}" for woman, tongue in enumerate(("en", "ha", "ha", ""))]
    (tmp_path / "list.csv").write_text("\n".join(["phone,language", *rows]), encoding="utf-8")
    assert run("contacts", "import", "list.csv").code == 0
    return hub


def state() -> list[str]:
    with opening.house() as house:
        return [one.state for one in house.store.read(lambda view: view.campaigns())]


def test_the_forecast_is_shown_and_a_script_goes_on(run: Run, ready: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONSULT_PRICE_PER_SEGMENT", "0.05")
    ended = run("campaign", "start", "river", "--channel", "sms")
    assert ended.code == 0
    forecast = {line.split()[0]: line.split()[1:] for line in ended.out.splitlines()[1:3]}
    assert forecast["en"][0] == forecast["ha"][0] == "2"
    assert int(forecast["en"][1]) < int(forecast["en"][2])
    assert "in all 4 people" in ended.out
    assert "money 0." in ended.out
    assert "await native review" in ended.out
    assert "campaign 1 of river version 1 runs" in ended.out
    assert state() == ["running"]


@pytest.mark.parametrize(("typed", "code", "states"), [("n", 1, []), ("", 1, []), ("y", 0, ["running"])])
def test_on_a_terminal_it_is_asked_about(
    run: Run, ready: Path, monkeypatch: pytest.MonkeyPatch, typed: str, code: int, states: list[str]
) -> None:
    monkeypatch.setattr(campaigns, "_agreed", lambda: typed == "y")
    assert run("campaign", "start", "river", "--channel", "sms").code == code
    assert state() == states


def test_it_is_paused_resumed_and_stopped(run: Run, ready: Path) -> None:
    run(
        "campaign",
        "start",
        "river",
        "--channel",
        "sms",
        "--yes",
        "--budget-segments",
        "40",
        "--pace",
        "2",
        "--no-reminder",
    )
    for order, which, after in (
        *(("pause", "1", "paused"), ("pause", "river", "paused"), ("resume", "river", "running")),
        ("stop", "1", "stopped"),
    ):
        ended = run("campaign", order, which)
        assert (ended.code, ended.out) == (0, f"campaign 1 of river is {after}\n")
    assert run("campaign", "resume", "1").code == 1
    ended = run("campaign", "pause", "river")
    assert (ended.code, "running, paused or scheduled" in ended.err) == (2, True)
    assert run("campaign", "pause", "9").code == 1
    (listed,) = json.loads(run("campaign", "list", "--format", "json").out)
    assert (listed["state"], listed["waiting"], listed["budget_segments"], listed["pace"]) == ("stopped", 4, 40, 2.0)
    assert listed["remind"] is False
    assert "stopped" in run("campaign", "list").out


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        ("river --channel pigeon", 2, "sms"),
        ("river --channel sms --carrier pigeon", 3, "simulator"),
        ("river --channel sms --from +2348031200000", 2, "+1202555"),
        ("lake --channel sms", 1, "river"),
        ("river --channel sms --budget-money 5", 1, "CONSULT_PRICE_PER_SEGMENT"),
    ],
)
def test_what_cannot_start_is_told_in_one_line(run: Run, ready: Path, words: str, code: int, says: str) -> None:
    ended = run("campaign", "start", *words.split())
    assert (ended.code, ended.err.count("\n")) == (code, 1)
    assert says in ended.err
    assert state() == []


def test_two_at_once_are_refused(run: Run, ready: Path) -> None:
    assert run("campaign", "start", "river", "--channel", "sms", "--yes").code == 0
    ended = run("campaign", "start", "river", "--channel", "sms", "--yes")
    assert ended.code == 1
    assert "resume or stop it first" in ended.err


def test_without_a_carrier_the_doctor_is_named(run: Run, hub: Path) -> None:
    ended = run("campaign", "start", "river", "--channel", "sms")
    assert ended.code == 3
    assert "consult doctor" in ended.err
    assert run("campaign", "list").out == "no campaign yet\n"
