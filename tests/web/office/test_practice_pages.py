"""A practice on the facilitator's pages: it says what it is, and offers nothing that is for answers in earnest."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from consult.publish import publish
from tests.accounts.conftest import joined
from tests.conftest import EXAMPLES
from tests.web.office.conftest import LONG_AGO, Hub, Visitor, opened_hub

AT = "/office/consultations/practice"
SAID = "No answer is kept or counted, and none is ever released."
EARNEST = ("/launch", "/contacts", "/releases", "/asks", "/episodes", "/office/coding", "/office/moderation")


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    for hub in opened_hub(tmp_path_factory.mktemp("hub") / "data"):
        publish(hub.house, (EXAMPLES / "practice.toml").read_text(encoding="utf-8"), day=20_780, test=True)
        hub.people["teacher"] = joined(hub.house, "Teacher", "facilitator", "practice", int(time.time()) - LONG_AGO)
        yield hub


@pytest.fixture
def teacher(hub: Hub) -> Visitor:
    visitor = hub.inside("teacher")
    visitor.get("/office/?lang=en")
    return visitor


@pytest.mark.parametrize("path", ["", "/live", "/launch", "/releases"])
def test_every_page_of_it_says_what_it_is(teacher: Visitor, path: str) -> None:
    page = teacher.get(f"{AT}{path}")
    assert page.status_code == 200
    assert SAID in page.text


@pytest.mark.parametrize("path", ["", "/live", "/launch", "/releases"])
def test_a_consultation_in_earnest_does_not(hub: Hub, path: str) -> None:
    assert SAID not in hub.inside("facilitator").get(f"/office/consultations/safety{path}?lang=en").text


def test_what_is_for_answers_in_earnest_is_not_offered(hub: Hub, teacher: Visitor) -> None:
    page, other = teacher.get(AT).text, hub.inside("facilitator").get("/office/consultations/safety?lang=en").text
    offered = [each for each in EARNEST if f"{each}" in other]
    assert {"/launch", "/contacts", "/releases", "/asks"} <= set(offered)
    assert [each for each in EARNEST if each in page] == []
    assert "Answers</h2>" not in page
    assert "(practice)" in teacher.get("/office/").text


def test_nothing_is_launched_or_released(teacher: Visitor) -> None:
    page = teacher.get(f"{AT}/launch").text
    assert "Checklist" not in page
    assert "It is not launched" in page
    assert "<button>Make the next release" not in teacher.get(f"{AT}/releases").text
    refused = teacher.post(f"{AT}/launch", means="x", units="5")
    assert refused.status_code == 400
    assert "It is not launched" in refused.text


def test_its_draft_and_its_publication_are_no_live_banner(hub: Hub, teacher: Visitor) -> None:
    teacher.post("/office/designs/practice/from-live")
    assert "<b>PRACTICE</b>" in teacher.get("/office/designs/practice").text
    assert SAID in teacher.get("/office/designs/practice/publish").text
    assert "Practice: version 1" in teacher.get("/office/designs").text
    read = {"unreviewed": ["en", "fr", "ar", "ha", "sw", "es", "pcm", "ckb"]}
    published = teacher.post("/office/designs/practice/publish", number="1", **read).text
    assert "PRACTICE: version 2" in published
    assert "LIVE: version" not in published
