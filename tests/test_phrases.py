"""What a woman reads: short, neutral, complete, in every language."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterator

import pytest

from consult import phrases
from consult.understand.lexicons import spelled
from consult.wording import Say, for_locale, packs

LANGUAGES = ("en", "fr", "ar", "ha", "sw", "es", "pcm", "ckb")
IN_GSM_AS_WRITTEN = ("en", "fr", "sw", "pcm")  # the others need a plain spelling, or another script
RIGHT_TO_LEFT = ("ar", "ckb")

LINE = "0800 555 0100"
KEYS = ("1", "2", "3", "4", "5")
PEOPLE = {  # who asks, who reads: the length such names have
    "en": ("Orchard Circle", "the mediators"),
    "fr": ("Cercle du Verger", "les médiateurs"),
    "ar": ("حلقة البستان", "فريق الوساطة"),
    "ha": ("Zauren Lambu", "masu shiga tsakani"),
    "sw": ("Jukwaa la Bustani", "wapatanishi"),
    "es": ("Foro Huerto", "el equipo mediador"),
    "pcm": ("Orchard Circle", "the mediators"),
    "ckb": ("بازنەی باخچە", "نێوبژیوانان"),
}
PACKS = packs(LANGUAGES)
TELLING = {  # no sentence but the consent may hold one of these
    "en": "violence peace war conflict fight ceasefire weapon weapons army women woman security vote politics",
    "fr": "violence paix guerre conflit combat arme armes armée femme femmes sécurité vote politique",
    "ar": "عنف العنف سلام السلام حرب الحرب نزاع النزاع سلاح نساء النساء امرأة أمن الأمن سياسة",
    "ha": "rikici zaman lafiya yaƙi faɗa makami makamai mata mace tsaro siyasa",
    "sw": "vurugu ghasia amani vita mgogoro silaha jeshi wanawake mwanamke usalama siasa",
    "es": "violencia paz guerra conflicto combate arma armas mujer mujeres seguridad voto política",
    "pcm": "violence peace war fight wahala-people gun guns soldier women woman security politics",
    "ckb": "توندوتیژی ئاشتی شەڕ ململانێ چەک سوپا ژن ژنان ئاسایش سیاسەت",
}
# addressed to nobody's sex: on a shared telephone a verb could tell whom we write to
FEMININE_OR_MASCULINE = re.compile(
    r"(أنتِ|أنتَ|تريدين|أرسلي|اختاري|اكتبي|متأكدة|متأكد\b|\bseule\b|\bseul\b|\bsola\b|\bsolo tú\b)"
)

_GSM = set(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà"
)
_GSM_TWICE = set("^{}\\[~]|€")


def septets(text: str) -> int | None:
    """How many septets the text takes, None when a character forces UCS-2."""
    if not set(text) <= _GSM | _GSM_TWICE:
        return None
    return sum(1 + (character in _GSM_TWICE) for character in text)


def plain(tag: str, text: str) -> str:
    """Hausa without hooks, Spanish with only the accents GSM-7 has: what a consultation in plain spelling sends."""
    return text.translate(dict(PACKS[tag].lexicon.plain))


def units(text: str) -> int:
    return len(text.encode("utf-16-be")) // 2


def told(tag: str) -> tuple[str, str, str]:
    words = PACKS[tag].lexicon.told
    return words["stop"], words["erase"], words["back"]


def consent(tag: str) -> tuple[str, str]:
    say, (who, readers), (stop, erase, _) = for_locale(tag), PEOPLE[tag], told(tag)
    return phrases.consent_who(say, who, 5, readers), phrases.consent_terms(say, LINE, stop, erase)


def sentences(tag: str) -> dict[str, list[str]]:
    """Every sentence but the consent, by the function that says it, with usual values."""
    say, (stop, erase, back) = for_locale(tag), told(tag)
    bounds = [(1, 120), (18, None), (None, 120), (None, None)]
    said: dict[str, list[str]] = {
        "invite": [phrases.invite(say, free) for free in (True, False)],
        "news": [phrases.news(say, LINE)],
        "news_later": [phrases.news_later(say, "31.12.2027")],
        "practice": [phrases.practice(say, stop)],
        "help": [phrases.help(say, LINE, back, stop, erase)],
        "again_pick": [phrases.again_pick(say, KEYS), phrases.again_pick(say, KEYS[:2])],
        "again_many": [phrases.again_many(say, KEYS)],
        "again_rank": [phrases.again_rank(say, n, KEYS) for n in range(1, 6)],
        "again_number": [phrases.again_number(say, *each) for each in bounds],
        "again_words": [phrases.again_words(say, limit) for limit in (1, 2, 70, 160, 500)],
        "hint_rank": [phrases.hint_rank(say, n) for n in range(1, 6)],
        "bare_pick": [phrases.bare_pick(say, 3, KEYS)],
        "bare_many": [phrases.bare_many(say, 3, KEYS)],
        "bare_rank": [phrases.bare_rank(say, 3, n, KEYS) for n in range(1, 6)],
        "bare_number": [phrases.bare_number(say, 3, *each) for each in bounds],
        "bare_words": [phrases.bare_words(say, 3)],
    }
    for name, function in _functions():
        if name not in said and not name.startswith("consent_"):
            said[name] = [function(say)]
    return said


def _functions() -> Iterator[tuple[str, Callable[[Say], str]]]:
    for name, function in inspect.getmembers(phrases, inspect.isfunction):
        if function.__module__ == phrases.__name__:
            yield name, function


def every(tag: str) -> list[tuple[str, str]]:
    return [(name, text) for name, texts in sentences(tag).items() for text in texts]


def lettered(text: str) -> set[str]:
    return set(re.findall(r"[\w-]+", text.lower()))


@pytest.mark.parametrize("tag", LANGUAGES)
def test_nothing_but_the_consent_names_a_topic(tag: str) -> None:
    telling = set(TELLING[tag].split())
    assert [(name, lettered(text) & telling) for name, text in every(tag) if lettered(text) & telling] == []


@pytest.mark.parametrize("tag", LANGUAGES)
def test_no_sentence_tells_the_sex_of_its_reader(tag: str) -> None:
    texts = [text for _, text in every(tag)] + list(consent(tag))
    assert [text for text in texts if FEMININE_OR_MASCULINE.search(text)] == []


@pytest.mark.parametrize("tag", IN_GSM_AS_WRITTEN)
def test_one_segment_as_it_is_written(tag: str) -> None:
    texts = [*(text for _, text in every(tag)), *consent(tag)]
    assert [(septets(text), text) for text in texts if (septets(text) or 999) > 160] == []


@pytest.mark.parametrize("tag", ["ha", "es"])
def test_one_segment_in_plain_spelling(tag: str) -> None:
    texts = [plain(tag, text) for text in [*(text for _, text in every(tag)), *consent(tag)]]
    assert [(septets(text), text) for text in texts if (septets(text) or 999) > 160] == []


@pytest.mark.parametrize("tag", RIGHT_TO_LEFT)
def test_two_unicode_segments_at_most_and_three_for_each_half_of_the_consent(tag: str) -> None:
    assert [(units(text), text) for _, text in every(tag) if units(text) > 134] == []
    assert [(units(text), text) for text in consent(tag) if units(text) > 201] == []


def test_the_measure_itself() -> None:
    assert septets("a" * 160) == 160
    assert septets("{}") == 4
    assert septets("ƙ") is None
    assert septets(plain("ha", "ƙasa")) == septets("kasa") == 4


@pytest.mark.parametrize("tag", LANGUAGES[1:])
def test_every_sentence_is_translated(tag: str) -> None:
    same = {  # short enough to be the same word in both
        "fr": {"Q3: 1, 2, 3, 4 or 5"},
        "es": {"No"},
        "pcm": {text for name, text in every("en") if name in _SAME_IN_PIDGIN},
    }.get(tag, set())
    english = {text for _, text in every("en")} - same
    assert [text for _, text in every(tag) if text in english] == []


_SAME_IN_PIDGIN = {"label_now", "label_later", "label_no", "no_label", "label_disagree", "yes_label"} | {
    name for name in dir(phrases) if name.startswith(("bare_", "hint_rank"))
}


@pytest.mark.parametrize("tag", LANGUAGES)
def test_a_re_ask_names_the_replies_that_are_allowed(tag: str) -> None:
    say = for_locale(tag)
    for ask in (phrases.again_pick, phrases.again_many):
        assert re.findall(r"\d", ask(say, KEYS)) == list(KEYS)
    assert re.findall(r"\d+", phrases.again_number(say, 18, 120)) == ["18", "120"]
    assert set(re.findall(r"\d", phrases.again_rank(say, 3, KEYS))) == set(KEYS)


@pytest.mark.parametrize("tag", LANGUAGES)
def test_the_digits_she_is_told_are_there(tag: str) -> None:
    say = for_locale(tag)
    assert re.findall(r"\d+", phrases.escapes(say)) == ["77", "88", "99"]
    for free in (True, False):
        assert re.findall(r"\d+", phrases.invite(say, free)) == ["1", "2", "3"]
    for doubt in (phrases.again_stop(say), phrases.again_erase(say)):
        assert re.findall(r"\d+", doubt) == ["1", "2"]
    assert re.findall(r"\d+", phrases.consent_terms(say, "LINE", "STOP", "ERASE")) == ["1", "2"]


@pytest.mark.parametrize("tag", LANGUAGES)
def test_free_is_said_only_where_it_is_true(tag: str) -> None:
    free, not_free = (phrases.invite(for_locale(tag), each) for each in (True, False))
    assert lettered(not_free) < lettered(free)
    assert len(lettered(free) - lettered(not_free)) <= 2


@pytest.mark.parametrize("tag", LANGUAGES)
def test_the_consent_says_what_it_must(tag: str) -> None:
    (who, readers), (stop, erase, _) = PEOPLE[tag], told(tag)
    first, second = consent(tag)
    assert all(each in first for each in (who, readers, "18+", "5"))
    assert all(each in second for each in (LINE, stop, erase))


@pytest.mark.parametrize("tag", LANGUAGES)
def test_code_only_prompts_are_codes_and_few_words(tag: str) -> None:
    for name, text in every(tag):
        if name.startswith("bare_"):
            assert re.match(r"^\w3: ", text), text
            assert units(text) <= 50, text


@pytest.mark.parametrize("tag", RIGHT_TO_LEFT)
def test_arabic_scripts_use_their_own_commas(tag: str) -> None:
    texts = [text for _, text in every(tag)] + list(consent(tag))
    assert [text for text in texts if set(",;?") & set(text)] == []


@pytest.mark.parametrize("tag", LANGUAGES)
def test_what_the_labels_say_is_understood(tag: str) -> None:
    say, lexicon = for_locale(tag), PACKS[tag].lexicon
    assert spelled(phrases.yes_label(say)) in lexicon.yes
    assert spelled(phrases.no_label(say)) in lexicon.no


@pytest.mark.parametrize("tag", LANGUAGES)
def test_a_word_she_is_told_is_not_explained_by_itself(tag: str) -> None:
    (stop, erase, back), say = told(tag), for_locale(tag)
    for text in (consent(tag)[1], phrases.help(say, LINE, back, stop, erase)):
        assert not re.search(r"\b(\w{3,})\W+(\w\w )?\1\b", text, re.I), text
