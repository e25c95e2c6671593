"""Open answers leave with two people, come back as themes, and stand in the next release."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from consult import publish
from consult.store.members import Grant
from tests.cli.conftest import Run, playing, says
from tests.cli.test_admitting import PASSWORD, Person, people, typed
from tests.cli.test_exporting import TWO, audit
from tests.coded import coded, label, scheme, with_words

__all__ = ["people"]
DAY = 20_454  # 2026-01-01, the day of the answers
WHO = ("--who", "Ruth")


@pytest.fixture
def written(hub: Path, tmp_path: Path) -> Path:
    """Forty women wrote: 25 of water, 15 of the road; the consultation ended some months ago."""
    with playing() as house:
        toml = with_words().replace("2026-12-01", "2026-01-01").replace("2026-12-03", "2026-01-05")
        publish.publish(house, toml, day=DAY, unreviewed=("en", "fr"))
        for woman in range(40):
            words = f"the {'water' if woman < 25 else 'road'} and halima, 0803 456 7890"
            says(house, woman, "CANDLE", "1", words, str(1 + woman % 2), "1")
    (tmp_path / "scheme.json").write_text(scheme(), encoding="utf-8")
    (tmp_path / "names.txt").write_text("halima\n", encoding="utf-8")
    return tmp_path


def takes(run: Run, folder: Path) -> None:
    """The texts go out and come back coded."""
    done = run("findings", "texts", "brief", "why", "--into", "why.json", "--names", "names.txt", *WHO, *TWO)
    assert done.code == 0, done.err
    texts = json.loads((folder / "why.json").read_text(encoding="utf-8"))
    (folder / "coded.json").write_text(coded(texts), encoding="utf-8")
    few = {each["MessageID"]: ("code-road",) for each in texts[:5]}
    (folder / "again.json").write_text(coded(texts, few), encoding="utf-8")


def test_texts_are_written_for_two_masked_and_for_ones_own_eyes(run: Run, written: Path) -> None:
    assert run("findings", "texts", "brief", "why", "--into", "why.json", *WHO).code == 2
    assert not (written / "why.json").exists()
    done = run("findings", "texts", "brief", "why", "--into", "why.json", "--names", "names.txt", *WHO, *TWO)
    assert (done.code, done.out.startswith("40 messages, written for your eyes only: why.json")) == (0, True)
    file = written / "why.json"
    assert file.stat().st_mode & 0o077 == 0
    text = file.read_text(encoding="utf-8")
    assert "halima" not in text
    assert "0803" not in text
    assert "the water and [...], [...]" in text
    told = audit()
    assert "texts of brief why confirmed by Amina and Ruth" in told
    assert "what people wrote to why of brief was written, masked, by Ruth" in told


def test_where_two_can_decide_another_approves_this_question(
    run: Run, written: Path, people: tuple[Person, Person]
) -> None:
    amina, ruth = people
    with playing() as house:
        house.store.write(lambda tx: tx.grant(Grant(ruth.id, "facilitator", "brief")))
    words = ("findings", "texts", "brief", "why", "--into", "why.json", *WHO)
    asked = run(*words, typed=typed(ruth))
    assert (asked.code, "approval 1" in asked.out) == (0, True)
    assert not (written / "why.json").exists()
    assert run("approve", "1", typed=typed(amina)).code == 0
    done = run(*words, "--approval", "1", typed=f"Ruth\n{PASSWORD}\n{ruth.paper[0]}\n")
    assert done.code == 0, done.err
    assert (written / "why.json").exists()


def test_themes_come_in_and_stand_in_the_next_release(run: Run, written: Path) -> None:
    takes(run, written)
    (written / "words.toml").write_text('[water]\nen = "The well is far."\n', encoding="utf-8")
    files = ("--scheme", "scheme.json", "--messages", "coded.json")
    done = run("findings", "themes", "brief", "why", *files, "--second", "again.json", "--words", "words.toml", *WHO)
    assert done.code == 0, done.err
    assert "labels of 40 messages kept" in done.out
    assert "unknown" not in done.out
    assert "Water is far or dirty" in done.out
    assert run("findings", "release", "brief", "--who", "Amina").code == 0
    shown = run("findings", "print", "brief", "1").out
    assert "why, themes after Why 0.1" in shown
    assert "Water is far or dirty  (two coders agree: alpha 0." in shown
    assert "The school is shut" not in shown
    assert run("findings", "reproduce", "brief", "1").out == "the same, byte for byte\n"
    document = json.loads(run("findings", "print", "brief", "1", "--format", "json").out)
    (coded_,) = document["chapters"][0]["themes"]
    assert [(each["definition"], each["tables"][0]["cells"]) for each in coded_["themes"]] == [
        ("Water is far or dirty", [[25, 15]]),
        ("The road is not safe", [[15, 25]]),
    ]
    assert run("findings", "print", "brief", "1", "--into", "brief.xlsx").code == 0


def test_unknown_messages_are_counted_and_left_out(run: Run, written: Path) -> None:
    takes(run, written)
    listed = json.loads((written / "coded.json").read_text(encoding="utf-8"))
    listed += [{"MessageID": f"strange-{n}", "Text": "", "Labels": [label("code-road")]} for n in range(3)]
    (written / "coded.json").write_text(json.dumps(listed), encoding="utf-8")
    done = run("findings", "themes", "brief", "why", "--scheme", "scheme.json", "--messages", "coded.json", *WHO)
    assert (done.code, "3 messages are unknown" in done.out) == (0, True)


@pytest.mark.parametrize(
    ("file", "content", "why"),
    [
        ("scheme.json", "{", "scheme.json: the file: not JSON"),
        ("scheme.json", scheme(Name="0803 456 7890"), "scheme.json: Name: holds a number; word it without"),
        ("coded.json", "[7]", "coded.json: message 1, MessageID"),
        ("coded.json", "[]", "no labelled message is an answer to why"),
        ("again.json", "{}", "again.json: the file: messages are one JSON list"),
        ("words.toml", "[fire]\nen = 'x'", "words.toml: fire: no theme of this scheme"),
    ],
)
def test_a_file_that_is_not_understood_changes_nothing(
    run: Run, written: Path, file: str, content: str, why: str
) -> None:
    takes(run, written)
    (written / "words.toml").write_text("", encoding="utf-8")
    (written / file).write_text(content, encoding="utf-8")
    files = ("--scheme", "scheme.json", "--messages", "coded.json", "--second", "again.json", "--words", "words.toml")
    done = run("findings", "themes", "brief", "why", *files, *WHO)
    assert (done.code, why in done.err) == (1, True), done.err
    assert "themes of" not in audit()


@pytest.mark.parametrize(
    ("words", "code", "why"),
    [
        (("texts", "brief", "why", "--into", "x.json", "--who", " "), 2, "--who"),
        (("texts", "brief", "market", "--into", "x.json", *WHO), 1, "there are: why"),
        (("texts", "lake", "why", "--into", "x.json", *WHO), 1, "lake"),
        (("themes", "brief", "market", "--scheme", "scheme.json", "--messages", "m.json", *WHO), 1, "there are: why"),
        (("themes", "brief", "why", "--scheme", "none.json", "--messages", "m.json", *WHO), 2, "none.json"),
    ],
)
def test_what_is_not_there_is_named(run: Run, written: Path, words: tuple[str, ...], code: int, why: str) -> None:
    (written / "m.json").write_text("[]", encoding="utf-8")
    done = run("findings", *words)
    assert (done.code, why in done.err) == (code, True), done.err
