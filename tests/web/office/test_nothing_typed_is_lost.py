"""Buttons in the place of links: what was typed into a draft or a trial is not lost on the way, without script too."""

from __future__ import annotations

import re
from html import unescape

import pytest

from tests.web.office.conftest import Hub, Visitor
from tests.web.office.drafted import PAGE, standing


@pytest.fixture
def amina(ready_hub: Hub) -> Visitor:
    """A facilitator before the first version of the draft of `safety`."""
    visitor = ready_hub.inside("facilitator")
    visitor.get(PAGE)
    return visitor


@pytest.mark.parametrize(
    ("button", "to"),
    [
        ("go try", f"{PAGE}/try?in=en"),
        ("go words", f"{PAGE}/words"),
        ("go publish", f"{PAGE}/publish"),
        ("go recording", "/office/prompts/safety"),
        ("go template", f"{PAGE}/template"),
        ("in ar", f"{PAGE}?in=ar"),
    ],
)
def test_the_ways_to_other_pages_keep_what_was_typed(ready_hub: Hub, amina: Visitor, button: str, to: str) -> None:
    given = {"in": "en", "label.moving.en": "Easier, or harder?"}
    answer = amina.post(PAGE, base="1", do=button, **given)
    assert (answer.status_code, answer.headers["Location"]) == (303, to)
    assert standing(ready_hub.house).questions[0].label["en"] == "Easier, or harder?"


def test_what_could_not_be_kept_is_shown_before_anything_else(amina: Visitor) -> None:
    answer = amina.post(PAGE, base="1", do="go publish", **{"in": "en", "top.news_by": "soon"})
    assert answer.status_code == 400
    assert "soon" in answer.text


def test_no_link_of_the_form_leads_away_from_what_was_typed(amina: Visitor) -> None:
    page = amina.get(f"{PAGE}?lang=en").text
    form = page.partition('id="design"')[2].partition("</form>")[0]
    links = [each for each in re.findall(r'<a [^>]*href="([^"]+)"', form) if not each.startswith("#")]
    assert links == []
    assert "<noscript>" in page  # of the links beside it


def test_a_trial_goes_on_in_another_language_and_by_another_channel(amina: Visitor) -> None:
    page = amina.post(f"{PAGE}/try?lang=en", channel="sms", said=["=1", "=2"], **{"in": "en"}).text
    chooser = page.partition('id="channel"')[0].rpartition("<form")[2]
    said = re.findall(r'name="said" value="([^"]+)"', chooser)
    assert said == ["=1", "=2"]
    other = amina.post(f"{PAGE}/try", channel="sms", said=said, **{"in": "fr"}).text
    assert re.findall(r'name="said" value="([^"]+)"', other.partition('id="channel"')[0]) == said


# ---- the pages' own language


def test_a_page_in_another_language_keeps_its_filter_and_its_place(amina: Visitor) -> None:
    page = amina.get(f"{PAGE}/words/ar?show=draft&after=7&lang=en&lang=ar").text
    links = {unescape(each) for each in re.findall(r'hreflang="\w+" href="([^"]+)"', page)}
    assert "?show=draft&after=7&lang=fr" in links
    assert all(each.startswith("?show=draft&after=7&lang=") for each in links)


def test_nothing_of_an_address_reaches_a_link_unwritten(amina: Visitor) -> None:
    page = amina.get(f'{PAGE}?x="><script>1</script>&y=a%26lang=zz').text
    assert "<script>1" not in page
    assert "y=a%26lang%3Dzz&amp;lang=fr" in page
