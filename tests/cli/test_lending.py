"""A template leaves one hub by command and becomes a draft on another, once its fingerprint was compared."""

from __future__ import annotations

import re
import time
from pathlib import Path

import pytest

from consult.cli import opening
from consult.templates.localness import bare
from tests.accounts.conftest import joined
from tests.cli.conftest import Run, river

LESSONS = "# What worked\nNeighbours invited others.\n\n# What we would change\nFewer questions.\n"


@pytest.fixture
def given(run: Run, hub: Path, tmp_path: Path) -> Path:
    """The template of `river`, written by the hub that published it."""
    (tmp_path / "lessons.txt").write_text(LESSONS, encoding="utf-8")
    done = run("template", "export", "river", "--into", "river.json", "--lessons", "lessons.txt", "--licence", "CC0")
    assert done.code == 0, done.err
    assert "place (" in done.out
    return tmp_path / "river.json"


@pytest.fixture
def elsewhere(given: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Another hub, with Ruth."""
    monkeypatch.setenv("CONSULT_DATA", str(tmp_path / "elsewhere"))
    with opening.house(begin=True) as house:
        joined(house, "Ruth", "facilitator", "other", int(time.time()) - 1000)
    return given


def shown(text: str) -> str:
    found = re.search(r"\d{5} \d{5} \d{5} \d{5}", text)
    assert found
    return found[0]


def test_it_becomes_a_draft_of_whom_it_is_for(run: Run, elsewhere: Path) -> None:
    first = run("template", "import", elsewhere, "--for", "Ruth")
    assert first.code == 1
    assert "new here" in first.err
    wrong = run("template", "import", elsewhere, "--for", "Ruth", "--fingerprint", "11111 22222 33333 44444")
    assert "that is not the fingerprint" in wrong.err
    done = run("template", "import", elsewhere, "--for", "Ruth", "--fingerprint", shown(first.err), "--as", "lake")
    assert done.code == 0, done.err
    assert "Fewer questions." in done.out
    with opening.house() as house:
        draft = house.store.read(lambda view: view.draft("lake"))
        assert draft
        assert 'name = "lake"' in draft.toml
        assert house.store.read(lambda view: view.published("lake")) is None
    again = run("template", "import", elsewhere, "--for", "Ruth", "--as", "lake")
    assert "--as" in again.err


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--for", "Nobody"), "nobody can sign in"),
        (("--for", "Ruth", "--as", "../x"), "new here"),
    ],
)
def test_what_cannot_be_is_told_and_nothing_is_kept(
    run: Run, elsewhere: Path, words: tuple[str, ...], told: str
) -> None:
    ended = run("template", "import", elsewhere, *words)
    assert ended.code == 1
    assert told in ended.err
    with opening.house() as house:
        assert house.store.read(lambda view: view.drafts()) == []


def test_an_altered_file_names_what_was_altered(run: Run, elsewhere: Path) -> None:
    elsewhere.write_bytes(elsewhere.read_bytes().replace(b"Fewer", b"Later"))
    ended = run("template", "import", elsewhere, "--for", "Ruth")
    assert "the lessons of this template were altered" in ended.err
    assert run("template", "import", "nowhere.json", "--for", "Ruth").code == 1


@pytest.mark.parametrize("lessons", ["x", "# A\nring 0803 555 0101"])
def test_lessons_that_may_not_travel_write_no_file(run: Run, hub: Path, tmp_path: Path, lessons: str) -> None:
    (tmp_path / "bad.txt").write_text(lessons, encoding="utf-8")
    ended = run("template", "export", "river", "--into", "bad.json", "--lessons", "bad.txt")
    assert ended.code == 1
    assert not (tmp_path / "bad.json").exists()
    assert run("template", "export", "nowhere", "--into", "bad.json").code == 1


def test_nothing_local_of_it_is_in_the_file(given: Path) -> None:
    text, whole = given.read_text(encoding="utf-8"), river()
    assert bare(whole) != whole
    for field in (whole.convenor, whole.keyword, whole.referral):
        assert not any(words in text for words in field.values())
