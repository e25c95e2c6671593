"""Checking, publishing, and the kit that is the only copy of a key."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from consult.cli import opening
from consult.consultation import write
from tests.cli.conftest import EXAMPLES, KNOWING, Run, river


def audit() -> list[str]:
    with opening.house() as house:
        return [line for _, _, line, _ in house.store.read(lambda view: view.audit())]


@pytest.fixture
def faulty(definition: Path) -> Path:
    text = definition.read_text(encoding="utf-8")
    file = definition.with_name("faulty.toml")
    file.write_text(text.replace("${moving} = 'harder'", "${mooving} = 'harder'"), encoding="utf-8")
    return file


def test_the_examples_pass(run: Run) -> None:
    ended = run("check", *sorted(EXAMPLES.glob("*.toml")))
    assert ended.code == 0
    assert ended.out.count(" 0 errors") == 4


def test_a_fault_has_its_line_and_its_cure(run: Run, faulty: Path) -> None:
    ended = run("check", faulty)
    assert ended.code == 1
    assert "1 error" in ended.out
    assert "question obstacle" in ended.out
    assert "did you mean ${moving}?" in " ".join(ended.out.split())


def test_a_script_reads_faults(run: Run, faulty: Path, definition: Path) -> None:
    ended = run("check", faulty, definition, "--format", "json")
    assert ended.code == 1
    bad, good = json.loads(ended.out)
    assert (bad["errors"], good["errors"]) == (1, 0)
    fault = next(fault for fault in bad["faults"] if fault["level"] == "error")
    assert set(fault) == {"level", "where", "what", "cure", "language"}


@pytest.mark.parametrize(
    ("content", "code", "says"),
    [
        (b"\xff\xfe\x00", 1, "UTF-8"),
        (b"name = ", 1, "error"),
        (b"a = 1\n" * 200_000, 1, "error"),
        (b"\x1b[31m", 1, "error"),
        ("a = 'é'\n".encode() * 60_000, 1, "error"),
        (b"", 1, "error"),
    ],
)
def test_a_hostile_file_is_refused(run: Run, tmp_path: Path, content: bytes, code: int, says: str) -> None:
    (tmp_path / "bad.toml").write_bytes(content)
    for duty in ("check", "publish", "try"):
        ended = run(duty, "bad.toml")
        assert ended.code == code, duty
        assert says in ended.out + ended.err
        assert "\x1b" not in ended.out + ended.err
    assert "Traceback" not in ended.err


def test_a_file_that_is_not_there_is_usage(run: Run) -> None:
    for duty in ("check", "publish", "try"):
        ended = run(duty, "nowhere.toml")
        assert (ended.code, ended.err.count("\n")) == (2, 1)
        assert "nowhere.toml" in ended.err


def test_a_definition_comes_from_stdin_too(run: Run, definition: Path) -> None:
    assert run("check", "-", typed=definition.read_text(encoding="utf-8")).code == 0


def test_publishing_tells_version_hash_and_hands_over_the_kit(run: Run, definition: Path) -> None:
    ended = run("publish", *KNOWING, definition)
    assert ended.code == 0
    assert "published river version 1" in ended.out
    assert "sha256 " in ended.out
    assert "ONLY copy" in ended.out
    halves = ended.out.split("for the first person:")[1].split("for the second person:")
    assert [half.split()[:2] for half in halves] == [["river", "A"], ["river", "B"]]
    again = run("publish", *KNOWING, definition)
    assert "nothing changed" in again.out
    assert "river A" not in again.out


def test_words_that_nobody_read_a_second_time_go_out_only_if_it_is_said(run: Run, definition: Path) -> None:
    refused = run("publish", definition)
    assert refused.code == 1
    assert "--unreviewed ha" in refused.err
    ended = run("publish", definition, "--unreviewed", "en")
    assert ended.code == 0
    assert "left out, because of errors in them: ar, ckb, es, fr, ha, pcm, sw" in ended.out
    assert "without a second reader, knowingly: en" in ended.out


def test_the_next_version_has_the_same_key_and_no_new_kit(run: Run, hub: Path, definition: Path) -> None:
    definition.write_text(write(river(round=2)), encoding="utf-8")
    ended = run("publish", *KNOWING, definition)
    assert "published river version 2" in ended.out
    assert "ONLY copy" not in ended.out


def test_a_kit_is_written_for_its_owner_only(run: Run, definition: Path, tmp_path: Path) -> None:
    ended = run("publish", definition, "--kit", "stick", "--test")
    assert ended.code == 0
    assert "(test data)" in ended.out
    files = sorted((tmp_path / "stick").iterdir())
    assert [file.name for file in files] == ["river-kit-A.txt", "river-kit-B.txt"]
    assert {file.stat().st_mode & 0o777 for file in files} == {0o600}
    groups = files[0].read_text().split()[2:]
    assert not any(group in ended.out for group in groups)


def test_without_a_place_for_the_kit_nothing_is_published(run: Run, definition: Path, tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("a file")
    ended = run("publish", *KNOWING, definition, "--kit", "taken")
    assert (ended.code, ended.err.count("\n")) == (2, 1)
    assert not (tmp_path / "data").exists()


def test_a_kit_that_cannot_be_written_is_printed(run: Run, definition: Path, tmp_path: Path) -> None:
    (tmp_path / "stick").mkdir()
    (tmp_path / "stick" / "river-kit-B.txt").write_text("of another hub")
    ended = run("publish", *KNOWING, definition, "--kit", "stick")
    assert ended.code == 0
    assert "river A" in ended.out
    assert (tmp_path / "stick" / "river-kit-B.txt").read_text() == "of another hub"


def test_an_error_publishes_nothing(run: Run, faulty: Path, tmp_path: Path) -> None:
    ended = run("publish", *KNOWING, faulty)
    assert ended.code == 1
    assert "obstacle" in ended.err
    assert run("findings", "show", "river").code == 1


def test_a_key_is_put_back_from_both_halves(run: Run, hub: Path, tmp_path: Path) -> None:
    key = hub / "keys" / "consultations" / "river.key"
    key.unlink()
    first, second = (file.read_text() for file in sorted((tmp_path / "kit").iterdir()))
    wrong = run("kit", "river", typed=f"{first}\n{first}")
    assert wrong.code == 1
    assert "half A" in wrong.err
    assert not key.exists()
    assert run("kit", "river", "--rehearse", typed=second + first).code == 0
    assert not key.exists()
    assert run("kit", "river", typed=second + first).code == 0
    assert key.exists()
    assert audit()[-1] == "the key of river was put back from its kit"


TWO = ("--confirmed-by", "Amina", "--confirmed-by", "Ruth")


def test_a_lost_half_is_replaced_by_a_new_kit(run: Run, hub: Path) -> None:
    assert run("kit", "river", "--again").code == 2
    ended = run("kit", "river", "--again", *TWO)
    assert ended.code == 0
    halves = ended.out.split("for the first person:")[1].split("halves of the earlier kit")[0]
    typed = halves.replace("for the second person:", "")
    assert run("kit", "river", "--rehearse", typed=typed).code == 0
    assert audit()[-1] == "a new kit of river was made"
    (hub / "keys" / "consultations" / "river.key").unlink()
    assert run("kit", "river", "--again", *TWO).code == 1
    assert not (hub / "keys" / "consultations" / "river.key").exists()


def test_what_cannot_be_read_hides_no_fault_of_what_can(run: Run, definition: Path) -> None:
    text = definition.read_text(encoding="utf-8")
    text = text.replace('risk = "normal"', 'risk = "hgh"').replace('type = "select_one"', 'type = "selct_one"', 1)
    definition.write_text(text.replace("sensitive = true", "sensitive = true\nsurprise = 1", 1), encoding="utf-8")
    found = run("check", definition)
    assert found.code == 1
    told = found.out
    assert "risk: 'hgh' is not known here" in told
    assert "'surprise' is not a key here" in told
    assert "'selct_one' is no type here" in told
