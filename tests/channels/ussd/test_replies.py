"""What she types: taken from all that was typed in the session, whatever stars are in it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from channels.ussd.replies import LONGEST, meant, show
from consult.channel import HungUp, Keys, Line, Recording, Said, Silence, Text, Wish
from consult.prompts import Choice, Pick, Prompt, Tell

SHORT = Pick(name="q", text="Roads?", locale="en", choices=(Choice("1", "yes", "Yes"), Choice("2", "no", "No")))
LONG = replace(SHORT, text="A long question about the roads. " * 12)
DIALLED = Line("session")


def shown(prompt: Prompt, line: Line = DIALLED) -> Line:
    screen, line = show((prompt,), (prompt,), line)
    assert not screen.ends
    return line


def said(whole: str, line: Line, prompt: Prompt = SHORT) -> tuple[Said | Wish | None, Line]:
    return meant(Text(whole), (prompt,), line)


@settings(max_examples=40)
@given(st.lists(st.text(alphabet="01a* ", min_size=1, max_size=8), min_size=1, max_size=8))
def test_a_reply_is_what_follows_what_was_known(replies: list[str]) -> None:
    line, whole = shown(SHORT), ""
    for reply in replies:
        whole = f"{whole}*{reply}" if whole else reply
        found, line = said(whole, line)
        assert found == Text(reply)
        line = shown(SHORT, line)


@pytest.mark.parametrize("whole", ["", "1", "12*2", "1 2"])
def test_what_does_not_go_on_from_what_was_known_is_no_answer(whole: str) -> None:
    _, line = said("12", shown(SHORT))
    found, _ = said(whole, shown(SHORT, line))
    assert found == Text("2" if whole == "12*2" else "-")


def test_where_it_is_not_known_what_was_typed_a_star_makes_it_no_answer() -> None:
    fresh = shown(SHORT, Line("session", turn=2))  # something else was open by then
    assert said("1*1*2", fresh)[0] == Text("2")
    assert said("1*1*2*2", fresh)[0] == Text("-")


def test_zero_shows_the_next_screen_and_on_the_last_it_is_a_reply() -> None:
    line = shown(LONG)
    for whole in ("0", "0*\u0660"):
        found, line = said(whole, line, LONG)
        assert found is None
        screen, line = show((), (LONG,), line)
    assert screen.text.endswith("1 Yes\n2 No")
    assert said("0*\u0660*0", line, LONG)[0] == Text("0")


def test_a_choice_can_be_typed_before_its_screen_and_what_was_left_is_gone() -> None:
    found, line = said("2", shown(LONG), LONG)
    assert found == Text("2")
    assert "A long question" in show((SHORT, LONG), (LONG,), line)[0].text


def test_nobody_agrees_before_the_last_screen_of_the_consent() -> None:
    consent = replace(LONG, name="consent")
    line = shown(consent)
    assert said("1", line, consent)[0] is None
    assert said("STOP", line, consent)[0] == Text("STOP")
    for whole in ("0", "0*0"):
        _, line = said(whole, line, consent)
        _, line = show((), (consent,), line)
    assert said("0*0*1", line, consent)[0] == Text("1")


def test_after_a_wrong_reply_the_question_stands_under_what_is_said_of_it() -> None:
    again = Tell(name="again", text="Please reply 1 or 2.", locale="en")
    screen, _ = show((again,), (SHORT,), shown(SHORT))
    assert screen.text == "Please reply 1 or 2.\nRoads?\n1 Yes\n2 No"


def test_where_nothing_is_asked_the_session_ends() -> None:
    screen, _ = show((Tell(name="end", text="Delete these.", locale="en", spoken="Bye."),), (), shown(SHORT))
    assert (screen.text, screen.ends) == ("Bye.", True)


@pytest.mark.parametrize("other", [HungUp(), Silence(), Recording("r", 1)])
def test_what_is_no_reply_ends_it(other: Said) -> None:
    assert meant(other, (SHORT,), shown(SHORT))[0] == HungUp()


def test_a_session_is_not_without_end() -> None:
    assert said("1", replace(shown(SHORT), turn=LONGEST))[0] == HungUp()
    assert meant(Text("1"), (), shown(SHORT))[0] == HungUp()


def test_a_reply_by_itself_is_taken_as_it_is() -> None:
    assert meant(Keys("1*2"), (SHORT,), shown(SHORT))[0] == Text("1*2")
