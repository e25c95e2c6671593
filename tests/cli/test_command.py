"""The command itself: light, quiet, and with exit codes that scripts can use."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from consult import __version__, publish
from consult.cli import main, opening
from consult.cli.endings import told
from consult.config import BadSetting
from consult.store import StoreError
from consult.vault import Locked
from tests.cli.conftest import ROOT, Run, outside, surroundings

HEAVY = [
    *("flask", "babel", "sqlite_utils", "twilio", "nacl", "phonenumbers", "rapidfuzz", "redis", "rq", "waitress"),
    *(
        "sqlite3",
        "channels.sms",
        "channels.voice",
        "consult.wording",
        "consult.house",
        "consult.engine",
        "consult.store",
    ),
]
DUTIES = [
    *("demo", "try", "check", "publish", "kit", "contacts", "campaign", "serve", "work", "findings", "tally"),
    *("passphrase", "unlock", "lock", "panic", "template"),
    *("retire", "erase", "backup", "restore", "account", "approve", "audit", "doctor", "version", "radio", "voice"),
]


def test_help_imports_nothing_heavy() -> None:
    asking = (
        "import sys; from consult.cli import main; assert main(['--help']) == 0; "
        f"print(sorted(name for name in {HEAVY!r} if name in sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", asking], capture_output=True, text=True, cwd=ROOT, env=surroundings())
    assert done.stdout.splitlines()[-1] == "[]"


@pytest.mark.parametrize("duty", DUTIES)
def test_every_duty_has_help(run: Run, duty: str) -> None:
    assert duty in run("--help").out
    ended = run(duty, "--help")
    assert ended.code == 0
    assert duty == "version" or "consult " + duty in ended.out


@pytest.mark.parametrize("duty", sorted({*DUTIES} - {"contacts", "campaign", "radio", "template", "version"}))
def test_help_has_examples(run: Run, duty: str) -> None:
    assert "examples:" in run(duty, "--help").out


def test_the_version_is_told(run: Run) -> None:
    assert run("version").out == run("--version").out == f"consult {__version__}\n"


@pytest.mark.parametrize(
    "words",
    [
        "",
        "dance",
        "publish",
        "serve --port x",
        "serve --port 70000",
        "findings river --format xls",
        "contacts",
        "campaign start river",
        "campaign start river --channel sms --pace -1",
        "contacts codes river --count 0",
        "contacts undo one",
    ],
)
def test_what_is_no_command_is_usage(run: Run, words: str) -> None:
    ended = run(*words.split())
    assert ended.code == 2
    assert ended.err.startswith("usage:")


@pytest.mark.parametrize(
    "words",
    [
        "findings show river",
        "tally river --who Amina",
        "contacts list",
        "campaign list",
        "kit river",
        "retire river --confirmed-by Amina --confirmed-by Ruth",
        "backup elsewhere",
        "erase +2348031200000",
    ],
)
def test_a_folder_is_never_made_by_mistake(run: Run, words: str, tmp_path: Path) -> None:
    ended = run(*words.split())
    assert ended.code == 3
    assert "CONSULT_DATA" in ended.err
    assert len(ended.err.splitlines()) == 1
    assert not (tmp_path / "data").exists()


def test_a_bad_setting_names_the_variable(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONSULT_PUBLIC_URL", "nonsense")
    for words in (("findings", "show", "river"), ("serve",), ("work",)):
        ended = run(*words)
        assert (ended.code, ended.err.count("\n")) == (3, 1)
        assert "CONSULT_PUBLIC_URL" in ended.err


@pytest.mark.parametrize("error", [BadSetting("a"), StoreError("a"), Locked("a"), PermissionError(13, "denied", "/x")])
def test_surroundings_are_told_apart(error: Exception, capsys: pytest.CaptureFixture[str]) -> None:
    assert told(error) == 3
    assert capsys.readouterr().err.count("\n") == 1


def test_a_fault_of_ours_shows_no_words_of_hers(run: Run, hub: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("+2348031200000 said: afraid")

    monkeypatch.setattr(publish, "retire", broken)
    ended = run("retire", "river", "--confirmed-by", "A", "--confirmed-by", "B")
    assert ended.code == 1
    assert "RuntimeError" in ended.err
    assert "leaving.py" in ended.err
    assert "afraid" not in ended.err + ended.out


def test_a_lost_key_is_told_with_its_cure(run: Run, hub: Path) -> None:
    (hub / "keys" / "hub.key").unlink()
    ended = run("findings", "show", "river")
    assert (ended.code, ended.err.count("\n")) == (3, 1)
    assert "consult restore" in ended.err


def test_being_interrupted_is_no_fault(run: Run, hub: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(publish, "retire", interrupted)
    ended = run("retire", "river", "--confirmed-by", "A", "--confirmed-by", "B")
    assert ended.code == 130
    assert "resume" in ended.err


def test_a_reader_that_goes_away_is_no_fault(hub: Path) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "w") as gone:
        done = subprocess.run(
            [sys.executable, "-m", "consult.cli", "contacts", "codes", "river", "--count", "20000"],
            stdout=gone, stderr=subprocess.PIPE, text=True, cwd=ROOT, env=surroundings(CONSULT_DATA=str(hub)),
        )  # fmt: skip
    assert done.returncode == 141
    assert "Traceback" not in done.stderr
    assert "Exception" not in done.stderr


def test_a_terminal_without_arabic_shows_it_anyhow() -> None:
    ended = outside("check", str(ROOT / "consult" / "examples" / "priorities.toml"), PYTHONIOENCODING="ascii:strict")
    assert ended.code == 0


def test_no_command_leaves_a_core_file(hub: Path) -> None:
    import resource

    with opening.house():
        assert resource.getrlimit(resource.RLIMIT_CORE)[0] == 0


def test_main_gives_back_a_code_and_never_leaves() -> None:
    assert main(["--help"]) == 0
    assert main(["nothing"]) == 2
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
