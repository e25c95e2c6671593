"""Every fault of the checks has its sentence on the pages, in the page's language."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

import pytest

from consult.drafts import keeping
from consult.drafts.looking import Told
from consult.understand import reserved
from consult.web.office.faulting import shown
from consult.web.office.mending import SENTENCES
from consult.wording import Pack, for_pages
from tests.conftest import example
from tests.web.office import faults_in_sources
from tests.web.office.conftest import Hub
from tests.web.office.drafted import PAGE

SAID = [
    pytest.param(sentence, id=f"{file.relative_to(faults_in_sources.ROOT)}:{line} {sentence}")
    for file in faults_in_sources.sources()
    for line, sentence in sorted(set(faults_in_sources.samples(file)))
]
SAY = for_pages("en")
WHOLE = example("safety")


def told(what: str, where: str = "", question: str = "") -> Told:
    return Told("error", question, where, what, "its cure", "")


def test_the_sources_are_read() -> None:
    """A fault of each room, and one whose words are put together of two."""
    found = {each.values[0] for each in SAID}
    assert {"is missing", "has no start and end", "words of it were read by nobody but their writer"} <= found
    assert '"3" (3) has no audio' in found
    assert "a whole call takes about 3:03; most hang up after three minutes" in found
    assert "'3' has no letters or digits" in found
    assert len(found) > 80


@pytest.mark.parametrize("sentence", SAID)
def test_every_fault_a_check_can_give_has_a_sentence_on_the_pages(sentence: str) -> None:
    assert shown(SAY, told(sentence), WHOLE).plain


@pytest.mark.parametrize("word", ["STOP", "STOPP", "arret", "unsubscribe", "help", "please stop now", "ERASE", "..."])
def test_whatever_a_reserved_word_is_reserved_for_has_a_sentence(word: str, languages: Mapping[str, Pack]) -> None:
    why = reserved(word, [pack.lexicon for pack in languages.values()])
    assert why
    assert shown(SAY, told(f"{word!r} {why}"), WHOLE).plain


@pytest.mark.parametrize(
    ("what", "says"),
    [
        ("'Yes' means yes in en", "'Yes' would be taken for YES. Choose another word."),
        ("'stopp' is too near to STOP, which means stop in fr", "'stopp' would be taken for STOP."),
        ("'river' is also the label of a choice", "'river' tells the topic, or is an answer."),
        ("cannot be texted in ha, fr", "No word to join with in: Hausa, Français. Give each its own."),
    ],
)
def test_what_collides_is_named(what: str, says: str) -> None:
    assert shown(SAY, told(what), WHOLE).says.startswith(says)


def test_every_sentence_goes_through_the_catalogue() -> None:
    """None is the checks' English, whatever language it is said in."""

    class Marked:
        def __call__(self, sentence: str, **values: object) -> str:
            return f"*{sentence}"

    marked = Marked()
    for pattern, words in SENTENCES:
        found = re.fullmatch("(.*)(.*)(.*)", "3")
        assert found is not None
        assert words(marked, found).startswith("*"), pattern  # type: ignore[arg-type]  # it says what it is asked to


def test_a_fault_that_nobody_foresaw_is_shown_as_english() -> None:
    one = shown(SAY, told("is a fault of next year"), WHOLE)
    assert (one.plain, one.says) == (False, "is a fault of next year; its cure")


@pytest.mark.parametrize("where", ["help", "own_word", "doubt_stop", "call", "language"])
def test_the_programs_own_lines_are_named_in_words(where: str) -> None:
    assert shown(SAY, told('"Hello" (en-3f9a2c1d) has no audio', where), WHOLE).where == "Lines of the program itself"


def test_a_draft_for_the_telephone_shows_no_english_to_others(hub: Hub) -> None:
    whole = replace(example("safety"), voice="recorded")
    house = hub.house
    keeping.replace_all(house, "safety", whole, 1, 0)
    text = hub.inside("facilitator").get(f"{PAGE}?lang=fr").get_data(as_text=True)
    checks = "".join(re.findall(r'<ul class="checks".*?</ul>', text, re.DOTALL))
    assert checks.count('<li class="error">') > 20
    assert 'lang="en"' not in checks
