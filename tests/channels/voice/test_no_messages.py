"""On the telephone nothing is written: no word of messages is said, whatever she does, in any language we can judge."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from channels.voice.saying import by_the_way, said
from consult.edition import Edition
from consult.speech.script import turns
from consult.web import create_app
from tests.conftest import EXAMPLES, example
from tests.web.test_calls import Hub, opened

# Words that ask for a message, in the languages of the examples that the tests can read.
WRITTEN = {
    "en": r"\b(reply|replies|send|sent|text|message|messages|write|SMS|delete these)\b",
    "fr": r"\b(répondez|envoyez|écrivez|message|messages|SMS)\b",
    "es": r"\b(responda|envíe|escriba|mensaje|mensajes|SMS)\b",
    "sw": r"\b(jibu [0-9]|tuma|andika|ujumbe|SMS)\b",
    "ha": r"\b(tura|rubuta|saƙo|saƙonni|SMS)\b",
    "ar": r"(أرسلي|أرسل|رسالة|رسائل|اكتبي)",
}


@pytest.mark.parametrize("tag", WRITTEN)
def test_nothing_that_a_call_says_asks_for_a_message(tag: str, editions: dict[str, Edition]) -> None:
    wrong = []
    for edition in editions.values():
        place = edition.locale(tag)
        assert place is not None
        for where, _, prompts in turns(edition, place):
            speeches = [speech for prompt in prompts for speech in said(prompt)]
            wrong += [(where, each.text) for each in speeches if re.search(WRITTEN[tag], each.text, re.IGNORECASE)]
    wrong += [("keys", each.text) for each in by_the_way(tag) if re.search(WRITTEN[tag], each.text, re.IGNORECASE)]
    assert wrong == []


@pytest.mark.parametrize("name", [file.stem for file in EXAMPLES.glob("*.toml")])
def test_wrong_keys_on_every_question_are_answered_in_words_of_the_telephone(name: str, tmp_path: Path) -> None:
    house = opened(tmp_path, name, example(name).keyword["en"])
    phone = Hub(house, create_app(house).test_client()).phone()
    phone.rings()
    phone.presses("1", "1")
    if name == "pulse":
        phone.presses("4711#")
    for _ in range(80):
        if not phone.open:
            break
        if phone.tape:
            phone.speaks(3)
        else:
            phone.presses("8#" if phone.gather["finishOnKey"] else "8")
    house.close()
    assert not [words for words in phone.heard if re.search(WRITTEN["en"], words, re.IGNORECASE)]
