"""The page that describes the file: its example is whole and right, and it names every key there is."""

import re
from dataclasses import fields
from pathlib import Path

from consult.checks import check
from consult.consultation import Consultation, Question, read
from consult.questions import TYPES
from consult.wording import packs

PAGE = (Path(__file__).parents[1] / "docs" / "definition.md").read_text("utf-8")
EXAMPLE = PAGE.split("```toml\n")[1].split("```")[0]


def test_its_example_can_be_published() -> None:
    assert [fault for fault in check(read(EXAMPLE), packs()) if fault.level != "note"] == []


def test_it_names_every_key_and_every_type() -> None:
    ours = {"low": "start", "high": "end", "variants": "sms", "line": "type"}
    keys = {ours.get(each.name, each.name) for whole in (Consultation, Question) for each in fields(whole)}
    assert not [key for key in (keys | set(TYPES)) if not re.search(rf"\b{key}\b", PAGE)]
