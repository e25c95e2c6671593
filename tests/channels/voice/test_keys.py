"""What keys mean, whatever is pressed: a key is an answer only where it is one of the answers."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.voice import Voice
from channels.voice.keys import LONGEST, MENU, MOST_SILENT, STAR
from channels.voice.render import Gather, gather
from consult.channel import HungUp, Keys, Line, Silence, Text, Wish
from consult.prompts import Choice, Number, Pick, Prompt, Words

VOICE = Voice()


def options(n: int) -> tuple[Choice, ...]:
    return tuple(Choice(str(key), f"c{key}", f"Choice {key}") for key in range(1, n + 1))


ONE = Pick(name="q", text="Which?", locale="en", choices=options(3))
MANY_CHOICES = Pick(name="q", text="Which?", locale="en", choices=options(6))
SEVERAL = Pick(name="q", text="Which?", locale="en", choices=options(4), most=2)
RANKED = Pick(name="q", text="Which?", locale="en", choices=options(4), least=2, most=2, ranked=True)
AGE = Number(name="q", text="How old?", locale="en", low=18, high=99)
DAYS = Number(name="q", text="How many days?", locale="en", low=0, high=7)
BARE = Number(name="q", text="Q3: 0 to 7", locale="en", low=0, high=7, bare=True)
OWN = Words(name="own_word", text="A word.", spoken="A number.", locale="en", limit=40)
PROMPTS: list[Prompt] = [ONE, MANY_CHOICES, SEVERAL, RANKED, AGE, DAYS, BARE, OWN]


def meant(keys: str, prompt: Prompt, line: Line | None = None) -> object:
    said, after = VOICE.meant(Keys(keys) if keys else Silence(), (prompt,), line or Line("call"))
    return said if said is not None else after.mode or after.page


@pytest.mark.parametrize(
    ("keys", "prompt", "means"),
    [
        ("1", ONE, Text("1")),
        ("9", ONE, 0),
        ("0", ONE, MENU),
        ("*", ONE, STAR),
        ("#", MANY_CHOICES, 1),
        ("6", MANY_CHOICES, Text("6")),
        ("13", SEVERAL, Text("1 3")),
        ("42", RANKED, Text("4 2")),
        ("9", SEVERAL, 0),
        ("0", RANKED, MENU),
        ("*", SEVERAL, Wish.BACK),
        ("*0", AGE, MENU),
        ("34", AGE, Text("034")),
        ("99", AGE, Text("099")),
        ("0", AGE, MENU),
        ("9", AGE, 0),
        ("0", DAYS, Text("00")),
        ("*", DAYS, STAR),
        ("*4711", BARE, Text("keys 4711")),
        ("4711", OWN, Text("keys 4711")),
        ("12", OWN, Text("-")),
    ],
)
def test_keys_mean(keys: str, prompt: Prompt, means: object) -> None:
    assert meant(keys, prompt) == means


@pytest.mark.parametrize(("keys", "means"), list(zip("12345678", Wish, strict=False)))
def test_the_menu_has_a_key_for_each_wish(keys: str, means: Wish) -> None:
    assert meant(keys, ONE, Line("call", mode=MENU)) == means


@pytest.mark.parametrize(
    ("keys", "means"),
    [
        ("", Wish.BACK),
        ("#", Wish.BACK),
        ("0", MENU),
        ("9", 0),
        ("4711", Text("keys 4711")),
        ("4711#", Text("keys 4711")),
    ]
    + [("12", Text("-"))],
)
def test_after_a_star(keys: str, means: object) -> None:
    assert meant(keys, ONE, Line("call", mode=STAR)) == means


def test_silence_goes_on_to_the_next_choices_then_fails_then_ends_the_call() -> None:
    line, heard = Line("call"), []
    for _ in range(2 * MOST_SILENT):
        said, line = VOICE.meant(Silence(), (MANY_CHOICES,), line)
        heard.append(type(said))
    assert heard == [type(None), Silence] * (MOST_SILENT - 1) + [type(None), HungUp]


def test_a_call_ends_at_last() -> None:
    assert meant("1", ONE, Line("call", turn=LONGEST)) == HungUp()


@given(
    keys=st.text("0123456789*#", max_size=64), prompt=st.sampled_from(PROMPTS), mode=st.sampled_from(["", MENU, STAR])
)
def test_nothing_pressed_is_ever_an_error_or_an_escape_by_digits(keys: str, prompt: Prompt, mode: str) -> None:
    said, line = VOICE.meant(Keys(keys), (prompt,), Line("call", turn=3, mode=mode, silent=1))
    assert line.call == "call"
    assert not isinstance(said, Text) or said.text not in ("77", "88", "99")


@pytest.mark.parametrize(
    ("prompt", "waits"),
    [
        (ONE, Gather(1, "", 8)),
        (MANY_CHOICES, Gather(1, "", 3)),
        (SEVERAL, Gather(20, "#", 8)),
        (AGE, Gather(2, "#", 8)),
        (DAYS, Gather(1, "", 8)),
        (BARE, Gather(20, "#", 8)),
        (OWN, Gather(20, "#", 8)),
    ],
)
def test_the_keys_that_are_waited_for(prompt: Prompt, waits: Gather) -> None:
    assert gather(prompt) == waits


def test_what_a_call_cannot_ask() -> None:
    nine = Pick(name="q", text="Which?", locale="en", choices=options(9))
    assert [VOICE.asks(prompt) for prompt in (ONE, AGE, OWN, nine, Words(name="q", text="Say.", locale="en"))] == [
        True, True, True, False, True,
    ]  # fmt: skip
