"""Tables hold together in every script, and a bar is for people only."""

from __future__ import annotations

import io

from consult.cli.showing import Bar, as_json, table, width


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_columns_stand_under_each_other() -> None:
    lines = table(("word", "n"), [("road", 9), ("a longer one", 12)], right={1}).splitlines()
    assert lines == ["word           n", "road           9", "a longer one  12"]


def test_arabic_does_not_turn_its_line_round() -> None:
    line = table(("", "n"), [("طريق", 5)]).splitlines()[1]
    assert line == "\u2068طريق\u2069  5"
    assert width("\u2068طريق\u2069") == 4
    assert width("é") == 1
    assert width("路") == 2


def test_a_cell_is_one_line() -> None:
    assert len(table(("a",), [("x\ny\tz",)]).splitlines()) == 2


def test_a_bar_is_drawn_on_a_terminal_only() -> None:
    drawn, piped = Terminal(), io.StringIO()
    for out in (drawn, piped):
        bar = Bar("backing up", out)
        bar(0, 10)
        bar(10, 10)
        bar(0, 0)
    assert piped.getvalue() == ""
    assert "100 %\n" in drawn.getvalue()


def test_json_keeps_every_script() -> None:
    assert "طريق" in as_json({"label": "طريق"})
