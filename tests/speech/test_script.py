"""Which lines there are, what a whole call says, and the sheet that a speaker reads from."""

from __future__ import annotations

from dataclasses import replace
from html.parser import HTMLParser

from channels import open_speakers
from channels.voice.saying import said
from channels.voice.speech import Speech
from consult.edition import Edition, compile_edition
from consult.speech.script import Line, call, lines
from consult.speech.sheet import as_html, as_text, page
from consult.wording import Pack, for_locale, locale
from tests.conftest import example


def test_no_line_of_any_turn_is_missing_whatever_order_she_sees(editions: dict[str, Edition]) -> None:
    for edition in editions.values():
        known = {line.speech.key for line in lines(edition, open_speakers())}
        for place in range(len(edition.tongues)):
            for asked in edition.questions:
                for seed in range(12):
                    put = edition.put(asked.index, place, seed, "voice")
                    assert {speech.key for speech in said(put.prompt)} <= known
            for _, _, prompts in call(edition, place):
                assert {speech.key for prompt in prompts for speech in said(prompt)} <= known


def test_a_line_is_listed_once_and_its_code_is_its_own(editions: dict[str, Edition]) -> None:
    for edition in editions.values():
        found = lines(edition, open_speakers())
        assert len({line.code for line in found}) == len(found) == len({line.speech.key for line in found})
        tags = [line.speech.locale for line in found]
        assert list(dict.fromkeys(tags)) == list(edition.consultation.languages)
        assert tags == sorted(tags, key=edition.consultation.languages.index)


def test_the_authors_own_file_stands_with_its_line(languages: dict[str, Pack]) -> None:
    safety = example("safety")
    first, *rest = safety.questions
    named = replace(first, audio={"voice": {"en": "voice/first.wav"}})
    edition = compile_edition(replace(safety, questions=(named, *rest)), 1, languages)
    assert [line.speech.text for line in lines(edition, open_speakers()) if line.file] == [first.label["en"]]


def test_a_call_at_elevated_risk_asks_for_her_own_word_and_not_for_news(editions: dict[str, Edition]) -> None:
    names = {name: {p.name for _, _, ps in call(edition, 0) for p in ps} for name, edition in editions.items()}
    assert "own_word" in names["pulse"]
    assert "news" not in names["pulse"]
    assert "news" in names["safety"]
    assert "own_word" not in names["safety"]


# ---- the sheet


class _Read(HTMLParser):
    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.words.append(data)


def test_the_sheet_numbers_every_line_with_the_name_to_save_it_under(editions: dict[str, Edition]) -> None:
    arabic = [line for line in lines(editions["safety"], open_speakers()) if line.speech.locale == "ar"]
    made = page(locale("ar"), for_locale("ar"), arabic, "ar-SD")
    text, read = as_text(made), _Read(as_html(made))
    for number, line in enumerate(arabic, 1):
        assert f"\n{number}. {line.code}\n   {line.speech.text}\n" in text
        assert line.code in read.words
        assert line.speech.text in read.words
    assert text.startswith("للتسجيل: العربية (ar-SD)")
    assert read.tags[0] == ("html", {"lang": "ar-SD", "dir": "rtl"})
    assert [attrs for tag, attrs in read.tags if tag == "code"] == [{"dir": "ltr"}] * len(arabic)
    assert not {"script", "img", "link", "iframe"} & {tag for tag, _ in read.tags}


def test_words_on_the_sheet_are_never_markup() -> None:
    hostile = Line("x", Speech("<script>alert(1)</script> & {more}", "en"))
    read = _Read(as_html(page(locale("en"), for_locale("en"), [hostile])))
    assert "script" not in {tag for tag, _ in read.tags}
    assert hostile.speech.text in "".join(read.words)
