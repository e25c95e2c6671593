"""From an XLSForm to a definition and back, as commands."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from consult.consultation import read
from tests.cli.conftest import EXAMPLES, Run
from tests.forms.books import saved

SHEETS = {
    "survey": [
        ["type", "name", "label::English (en)", "hint", "relevant"],
        ["select_one yn", "way", "Is the way easy?", "Read slowly", ""],
        ["geopoint", "place", "Where?", "", ""],
        ["text", "why", "Why?", "", "${way} = '0'"],
    ],
    "choices": [["list_name", "name", "label::English (en)"], ["yn", 1, "Yes"], ["yn", 0, "No"]],
    "settings": [["form_title", "form_id"], ["Roads", "Road Survey"]],
    "notes": [["remember"], ["the milk"]],
}


@pytest.fixture
def form(tmp_path: Path) -> Path:
    return saved(tmp_path, SHEETS)


def test_a_form_becomes_a_definition_and_every_loss_is_told(run: Run, form: Path) -> None:
    ended = run("import", form, "--into", "river.toml")
    assert (ended.code, ended.err) == (0, "")
    for line in (
        "written: river.toml: 2 questions in en",
        "survey, row 2, column hint: left out: Read slowly",
        "survey, row 3, column type: left out: place: geopoint cannot be answered",
        "choices, row 2, column name: approximated: 1 is named c1 here",
        "settings, row 2, column form_id: approximated: Road Survey: the consultation is named road_survey",
        "notes: left out: this sheet is none of survey, choices, settings",
        "convenor, readers, can_promise, cannot_promise, referral, keyword, news_by",
    ):
        assert line in ended.out
    found = read(Path("river.toml").read_text(encoding="utf-8"))
    assert [(each.name, each.relevant) for each in found.questions] == [("way", ""), ("why", "${way} = 'c0'")]
    assert found.title == {"en": "Roads"}


def test_what_is_owed_keeps_it_from_being_published(run: Run, form: Path) -> None:
    run("import", form, "--into", "river.toml")
    ended = run("check", "river.toml")
    assert ended.code == 1
    for key in ("convenor", "readers", "can_promise", "cannot_promise", "referral", "news_by"):
        assert key in ended.out
    assert run("publish", "river.toml").code == 1


@pytest.mark.parametrize("name", ["priorities", "pulse", "safety"])
def test_there_and_back(run: Run, name: str) -> None:
    ended = run("export-form", EXAMPLES / f"{name}.toml", "--into", "FORM.xlsx")
    assert ended.code == 0
    assert "column convenor: left out" in ended.out
    assert stat.S_IMODE(Path("FORM.xlsx").stat().st_mode) == 0o600
    assert run("import", "FORM.xlsx", "--into", "back.toml").code == 0
    given = read((EXAMPLES / f"{name}.toml").read_text(encoding="utf-8"))
    assert read(Path("back.toml").read_text(encoding="utf-8")).questions == given.questions


def test_nothing_is_written_over(run: Run, form: Path) -> None:
    Path("river.toml").write_text("mine", encoding="utf-8")
    for words in (("import", form), ("export-form", EXAMPLES / "pulse.toml")):
        ended = run(*words, "--into", "river.toml")
        assert ended.code == 2
        assert "is there already" in ended.err
    assert Path("river.toml").read_text(encoding="utf-8") == "mine"


@pytest.mark.parametrize(
    ("more", "code", "why"),
    [
        (("--name", "Road Survey"), 2, "--name takes"),
        (("--language", "English!"), 2, "--language takes"),
    ],
)
def test_words_that_cannot_be_used_are_refused(
    run: Run, form: Path, more: tuple[str, ...], code: int, why: str
) -> None:
    ended = run("import", form, "--into", "river.toml", *more)
    assert (ended.code, Path("river.toml").exists()) == (code, False)
    assert why in ended.err


def test_a_hostile_form_ends_in_one_line_and_no_file(run: Run, tmp_path: Path) -> None:
    path = saved(tmp_path, {"survey": [["type", "name", "label"], ["text", "a", "=1+1"]]})
    ended = run("import", path, "--into", "river.toml")
    assert ended.code == 1
    assert "row 2, column C: is a formula" in ended.err
    assert ended.err.count("\n") == 1
    assert not Path("river.toml").exists()
