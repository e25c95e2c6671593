"""A draft given to another team on the page, and taken from one: what is local is named, a new hub is compared."""

from __future__ import annotations

import html
import io
import json
import re
from typing import Any

import pytest

from consult import releases
from consult.consultation import read
from consult.templates.localness import bare
from consult.templates.sheet import fingerprint, opened
from consult.web.office.unlendable import unlendable
from consult.wording import for_pages
from tests.conftest import example
from tests.test_templates import FILE, KEY
from tests.web.office.conftest import Hub, Visitor
from tests.web.office.drafted import standing

AT = "/office/designs/safety/template"
LESSONS = "# What worked\r\nNeighbours invited others.\r\n"


@pytest.fixture
def amina(hub: Hub) -> Visitor:
    visitor = hub.inside("facilitator")
    visitor.get(f"{AT}?lang=en")
    return visitor


def brings(visitor: Visitor, content: bytes, **form: str) -> Any:
    return visitor.post(f"{AT}?lang=en", file=(io.BytesIO(content), "../../x.json"), **form)


def test_the_file_is_signed_and_holds_lessons_and_nothing_local(hub: Hub, amina: Visitor) -> None:
    answer = amina.post(f"{AT}/file", lessons=LESSONS, origin="Weavers", licence="CC BY 4.0")
    assert answer.status_code == 200
    assert answer.headers["Content-Disposition"] == "attachment; filename=safety.template.json"
    found, key = opened(answer.data)
    assert key == releases.public_key(hub.house)
    assert found.whole == bare(standing(hub.house))
    assert (found.lessons[0].heading, found.origin, found.licence) == ("What worked", "Weavers", "CC BY 4.0")
    assert found.shares  # what release 1 told
    for word in ("0800000000", "RIVER", example("safety").convenor["en"]):
        assert word not in answer.text


@pytest.mark.parametrize(
    "lessons", ["no heading", "# A\nring 0803 555 0101", "# A\n=1+1", "# <script>\nx", "# A\n" + "x" * 20_000]
)
def test_a_lesson_that_may_not_travel_is_named_and_what_was_typed_stays(amina: Visitor, lessons: str) -> None:
    answer = amina.post(f"{AT}/file?lang=en", lessons=lessons)
    assert answer.status_code == 400
    assert "No file was made" in answer.text
    assert "<script>\nx" not in answer.text
    assert lessons[-20:].replace("<", "&lt;").replace(">", "&gt;") in answer.text


@pytest.mark.parametrize("tag", ["en", "fr", "ar"])
def test_the_form_is_taken_as_the_page_gives_it(amina: Visitor, tag: str) -> None:
    told = amina.get(f"{AT}?lang={tag}").text
    given = re.findall(r"<textarea[^>]*>\n?(.*?)</textarea>", told, re.DOTALL)[0]
    assert given.count("# ") == 2
    as_sent = html.unescape(given).replace("\n", "\r\n")
    answer = amina.post(f"{AT}/file?lang={tag}", lessons=as_sent)
    assert answer.status_code == 200
    assert opened(answer.data)[0].lessons == ()
    first = html.unescape(given).split("\n")[0]
    one = amina.post(f"{AT}/file?lang={tag}", lessons=as_sent.replace(first, f"{first}\r\nNeighbours came."))
    assert [each.text for each in opened(one.data)[0].lessons] == ["Neighbours came."]


def test_a_new_hub_is_compared_once_and_the_draft_is_replaced(hub: Hub, amina: Visitor) -> None:
    before = standing(hub.house)
    shown = fingerprint(bytes(KEY.verify_key).hex())
    first = brings(amina, FILE)
    assert first.status_code == 400
    assert shown not in first.text
    assert standing(hub.house) == before
    wrong = brings(amina, FILE, fingerprint="12345 12345 12345 12345")
    assert "This is not the fingerprint" in wrong.text
    assert shown not in wrong.text
    assert brings(amina, FILE, fingerprint=shown).status_code == 303
    found = standing(hub.house)
    assert found.questions == read(json.loads(FILE)["definition"]).questions
    assert found.name == "safety"
    page = amina.get(f"{AT}?lang=en").text
    assert "What another team learnt" in page
    assert "Neighbours invited others." in page
    assert brings(amina, FILE).status_code == 303


@pytest.mark.parametrize(
    "content", [b"", FILE[:-40], FILE.replace(b"Neighbours", b"Strangers!"), b"<html>", b"\x00" * 300_000]
)
def test_a_file_that_was_altered_changes_nothing(hub: Hub, amina: Visitor, content: bytes) -> None:
    before = standing(hub.house)
    answer = brings(amina, content, fingerprint=fingerprint(bytes(KEY.verify_key).hex()))
    assert answer.status_code in (400, 413)
    assert standing(hub.house) == before


def test_it_is_another_s_and_a_form_needs_its_mark(hub: Hub, amina: Visitor) -> None:
    assert hub.inside("outsider").get(AT).status_code == 404
    amina.mark = ""
    assert amina.post(f"{AT}/file", lessons=LESSONS).status_code == 400
    assert brings(amina, FILE).status_code == 400


WRONG = {
    "# What worked\nSince 2025 it is calm.": "A number of three or more digits stands here: a year too.",
    "# What worked\nWrite to a@example.org": "An address stands here.",
    "# What worked\n=1+1": "A line begins like a formula.",
    "# <b>\nx": "Signs of a web page stand here",
    "# A": "Write something here, 4000 characters at most.",
    "no heading": "Line 1 stands below no heading.",
    "# A\nx\n# a\ny": "A heading stands twice.",
    "# A\n" + "x" * 17_000: "The lessons are longer than 16384 characters.",
    "\n".join(f"# {chr(97 + n)}\nx" for n in range(13)): "There are more than 12 headings.",
    "# A\nRIVER was the word": "“RIVER” is known at your place only.",
}


@pytest.mark.parametrize("lessons", WRONG, ids=range(len(WRONG)))
def test_why_lessons_may_not_travel_is_said_in_the_page_s_words(amina: Visitor, lessons: str) -> None:
    answer = amina.post(f"{AT}/file?lang=en", lessons=lessons)
    assert answer.status_code == 400
    told = html.unescape(answer.text.partition('role="alert"')[2].partition("</div>")[0])
    assert WRONG[lessons] in told
    assert 'lang="en"' not in told


def test_a_line_that_is_too_long_is_said_too(amina: Visitor) -> None:
    answer = amina.post(f"{AT}/file?lang=en", lessons=LESSONS, origin="x" * 130)
    assert "one line each, 120 characters at most" in answer.text


def test_what_nobody_foresaw_stays_english() -> None:
    one = unlendable(for_pages("ar"), "a fault of next year")
    assert (one.says, one.plain) == ("a fault of next year", False)
