"""A release from the command line: made, listed, printed, compiled again, handed out and verified elsewhere."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from consult import publish
from consult.cli import opening
from consult.consultation import write
from tests.cli.conftest import Run, outside, playing, river

DAY = 20_454  # 2026-01-01, the day of the answers


@pytest.fixture
def ended(played: Path) -> Path:
    """The hub after its consultation got a last day, some months ago."""
    with playing() as house:
        text = write(replace(river(), closing=date(2026, 1, 5)))
        publish.publish(house, text, day=DAY, unreviewed=river().languages)
    return played


def test_a_release_is_made_listed_and_printed(run: Run, ended: Path) -> None:
    assert run("findings", "releases", "river").out == "no release yet\n"
    made = run("findings", "release", "river", "--who", "Amina")
    assert made.code == 0
    assert made.out.startswith("release 1 of river, ")
    sha256 = made.out.split()[-1]
    assert sha256 in run("findings", "releases", "river").out
    told = json.loads(run("findings", "print", "river", "1", "--format", "json").out)
    assert (told["consultation"], told["number"], told["chapters"][0]["people"]) == ("river", 1, 25)
    shown = run("findings", "print", "river", "1").out
    assert "open: 25 people took part" in shown
    assert "easier" in shown
    assert any(f"release 1 of river {sha256[:16]} by Amina" in line for line in run("audit", "list").out.splitlines())


def test_while_it_runs_the_coverage_tells_how_many_there_are(run: Run, played: Path, tmp_path: Path) -> None:
    file = tmp_path / "coverage.toml"
    file.write_text(
        '[[targets]]\nvariable = "moving"\nvalue = "easier"\npeople = 90\nsource = "Census"\ndated = 2019-06-30\n'
    )
    refused = run("findings", "coverage", "river", "--set", file, "--who", "Amina")
    assert (refused.code, "'moving' is no question that tells who she is; there are age" in refused.err) == (1, True)
    file.write_text(file.read_text().replace('"moving"', '"age"').replace('"easier"', '"a60"'))
    told = run("findings", "coverage", "river", "--set", file, "--who", "Amina").out
    assert "so far, open: age a60: " in told
    assert "of 90" in told


def test_it_is_compiled_again_to_the_byte(run: Run, ended: Path) -> None:
    run("findings", "release", "river", "--who", "Amina")
    again = run("findings", "reproduce", "river", "1")
    assert (again.code, again.out) == (0, "the same, byte for byte\n")


def test_a_pack_is_verified_without_the_hub(run: Run, ended: Path, tmp_path: Path) -> None:
    run("findings", "release", "river", "--who", "Amina")
    file = tmp_path / "river-1.json"
    assert run("findings", "pack", "river", "1", "--into", file).code == 0
    key = run("findings", "key").out.strip()
    elsewhere = str(tmp_path / "nothing")
    done = outside("findings", "verify", str(file), "--key", key, CONSULT_DATA=elsewhere)
    assert (done.code, done.out) == (0, "release 1 of river, unaltered and signed by this key\n")
    file.write_text(file.read_text().replace("easier", "harder"))
    done = outside("findings", "verify", str(file), "--key", key, CONSULT_DATA=elsewhere)
    assert done.code == 1
    assert "altered" in done.err


@pytest.mark.parametrize(
    ("words", "code", "why"),
    [
        (("release", "river", "--who", "  "), 2, "--who"),
        (("release", "lake", "--who", "A"), 1, "lake"),
        (("releases", "lake"), 1, "lake"),
        (("print", "river", "1"), 2, "no release 1 of river"),
        (("reproduce", "river", "7"), 2, "no release 7 of river"),
        (("pack", "river", "1", "--into", "x.json"), 2, "no release 1 of river"),
        (("verify", "missing.json", "--key", "00"), 2, "missing.json"),
    ],
)
def test_what_is_not_there_is_named(run: Run, hub: Path, words: tuple[str, ...], code: int, why: str) -> None:
    done = run("findings", *words)
    assert done.code == code
    assert why in done.err


def test_too_early_says_from_when(run: Run, ended: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opening, "now", lambda: (DAY + 5) * 86_400)
    done = run("findings", "release", "river", "--who", "Amina")
    assert done.code == 1
    assert "from 2026-01-12 on" in done.err
