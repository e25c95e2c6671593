"""Screens of a dialled code: nothing is lost, nothing is too long, and what ends a session is one."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.ussd import Ussd, screens
from channels.ussd.carriers.africastalking import AfricasTalkingCodes
from channels.ussd.screens import ROOM, cost, farewell, first, render
from channels.writing.alphabets import measured
from channels.writing.lines import RLM
from consult import phrases, spoken_phrases
from consult.consultation import Fault
from consult.prompts import Choice, Pick, Prompt, Tell
from consult.wording import for_locale
from tests.channels.test_channels import AFRICASTALKING

ROADS = Pick(
    name="roads",
    text="What would help most on the way to the market, in the season when the river is high?",
    locale="en",
    choices=tuple(Choice(str(n), f"c{n}", f"The choice that has number {n}") for n in range(1, 8)),
)
LANGUAGES = ("en", "fr", "ar", "ha", "sw", "es", "pcm", "ckb")


def fits(screen: str) -> bool:
    found = measured(screen)
    return 0 < found.units <= ROOM[found.encoding]


def test_what_fits_is_one_screen_as_it_is() -> None:
    short = replace(ROADS, choices=ROADS.choices[:2])
    assert render([short]) == [f"{short.text}\n1 {short.choices[0].label}\n2 {short.choices[1].label}"]


def test_what_does_not_fit_goes_on_by_the_key_that_is_shown_and_no_line_is_broken() -> None:
    shown = render([ROADS])
    assert len(shown) == 2
    assert all(fits(screen) for screen in shown)
    assert [screen.endswith("\n0 Next") for screen in shown] == [True, False]
    lines = [line for screen in shown for line in screen.split("\n") if line != "0 Next"]
    assert lines == [ROADS.text, *(f"{each.key} {each.label}" for each in ROADS.choices)]


def test_arabic_is_cut_for_its_own_letters_and_marked_where_a_line_would_be_turned_round() -> None:
    told = Tell(name="note", text="UNICEF " + "يستمع إلى النساء في السوق كل يوم " * 4, locale="ar")
    shown = render([told])
    assert len(shown) >= 3
    assert all(fits(screen) for screen in shown)
    assert shown[0].startswith(RLM)
    assert sum(screen.count(RLM) for screen in shown) == 1


@given(st.text(alphabet=st.sampled_from("ab ., \n1é€ش🌍"), min_size=1, max_size=600).filter(lambda text: text.strip()))
def test_nothing_is_lost_and_nothing_is_too_long(text: str) -> None:
    rest, shown = text.strip(), []
    while rest:
        screen, rest = first(rest, "en")
        assert fits(screen)
        shown.append(screen.replace(RLM, "").removesuffix("\n0 Next") if rest else screen.replace(RLM, ""))
    assert re.sub(r"\s", "", "".join(shown)) == re.sub(r"\s", "", text)
    assert len(shown) <= len(text)


@given(st.text(min_size=1, max_size=400))
def test_what_ends_a_session_is_one_screen(text: str) -> None:
    shown = farewell([Tell(name="note", text=text, locale="en")])
    assert not shown or fits(shown)


@pytest.mark.parametrize("tag", LANGUAGES)
@pytest.mark.parametrize("name", ["end", "declined", "later", "stopped", "erased", "stranger"])
def test_no_farewell_loses_its_first_sentences(tag: str, name: str) -> None:
    say = for_locale(tag)
    text, spoken = getattr(phrases, name)(say), getattr(spoken_phrases, name)(say)
    shown = farewell([Tell(name=name, text=text, locale=tag, spoken=spoken)])
    assert fits(shown)
    whole = screens.dressed(spoken)
    assert whole.startswith(shown)
    assert len(shown) >= len(whole) / 2  # "Goodbye." may go


def test_a_last_note_stands_before_the_farewell() -> None:
    note = Tell(name="note", text="Help: 0800.", locale="en")
    end = Tell(name="end", text="x", locale="en", spoken="Bye.")
    assert farewell([note, end]) == "Help: 0800.\nBye."
    long = replace(note, text="A sentence that is told. " * 7 + "The last.")
    assert farewell([long, end]).endswith("told.")


def test_screens_are_counted() -> None:
    price = cost("x" * 161)
    assert (price.segments, price.encoding, price.used, price.room) == (2, "GSM-7", 1, 160)
    arabic = cost("ش" * 70)
    assert (arabic.segments, arabic.encoding, arabic.culprit) == (1, "UCS-2", "ش")
    assert cost("").segments == 0


# ---- what check says

CODES = AfricasTalkingCodes(replace(AFRICASTALKING, africastalking_from="", africastalking_ussd="*384*4455# RIVER"))
USSD = Ussd({CODES.name: CODES})


def faults(*prompts: Prompt, channel: Ussd = USSD) -> list[Fault]:
    item = ("line 12, question roads", "en", prompts)
    return list(channel.check([item, item], {}))


def test_a_text_too_long_for_screens_is_told_once_with_the_cure() -> None:
    long = replace(ROADS, text=ROADS.text * 5)
    (fault,) = faults(long)
    assert (fault.level, fault.where, fault.language) == ("warning", "line 12, question roads, en", "en")
    assert "takes 5 screens of a dialled code (160 characters each); 3 at most" in fault.what
    assert fault.cure == "say it in fewer words, or give a shorter text for ussd"
    assert faults(replace(long, variants={"ussd": "Roads?"}, choices=ROADS.choices[:3])) == []


def test_the_consent_may_be_longer() -> None:
    consent = Pick(name="consent", text="word " * 150, locale="en", choices=())
    assert faults(consent) == []
    assert faults(replace(consent, name="other")) != []


def test_where_no_code_is_dialled_nothing_is_said_of_screens() -> None:
    assert faults(replace(ROADS, text=ROADS.text * 9), channel=Ussd()) == []
