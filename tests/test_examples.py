"""The shipped consultations: complete in every language, cheap to send, fit to be seen on a phone.

The segment count here is written apart from the product's own, so that the two cannot be wrong together.
"""

import re
import tomllib
from itertools import combinations
from pathlib import Path

import pytest
from rapidfuzz.distance import OSA

from channels.sms import Sms
from consult import wording
from consult.checks import check
from consult.consultation import read, write
from consult.publish import inspect

FOLDER = Path(__file__).parents[1] / "consult" / "examples"
ALL = {path.stem: tomllib.loads(path.read_text(encoding="utf-8")) for path in sorted(FOLDER.glob("*.toml"))}
FILES = {name: file for name, file in ALL.items() if not file.get("practice")}
LANGUAGES = ("en", "fr", "ar", "ha", "sw", "es", "pcm", "ckb")
RIGHT_TO_LEFT = ("ar", "ckb")
LOCALES = Path(__file__).parents[1] / "locales"
PLAIN = {
    tag: str.maketrans(tomllib.loads((LOCALES / tag / "words.toml").read_text(encoding="utf-8")).get("plain", {}))
    for tag in LANGUAGES
}
TABLES = ["title", "convenor", "readers", "can_promise", "cannot_promise", "referral", "background", "keyword"]
SCALARS = [
    "risk",
    "open",
    "free",
    "opening",
    "closing",
    "news_by",
    "area",
    "timezone",
    "safe_hours",
    "round",
    "spelling",
]
TYPES = {"select_one", "select_multiple", "range", "integer", "text", "rank", "note"}
PICKS = {"select_one", "select_multiple", "rank"}

GSM = set(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§"
    "¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
GSM_TWICE = set("\f^{}\\[~]|€")

# What nobody should be found reading: whole words, in Arabic with what is written onto them, in Sorani with any ending.
LISTED = {
    "en": "war peace violence ceasefire weapon gun soldier army rebel attack militia party",
    "fr": "guerre paix violence cessez-le-feu arme soldat armée rebelle attaque milice parti",
    "ar": "حرب سلام عنف هدنة سلاح جيش جندي هجوم ميليشيا حزب",
    "ha": "yaki zaman.lafiya sulhu rikici makami bindiga soja hari jam'iyya",
    "sw": "vita amani vurugu silaha bunduki askari jeshi shambulio chama waasi",
    "es": "guerra paz violencia arma soldado ejército rebelde ataque milicia partido",
    "pcm": "war peace fight gun soldier army rebel attack party",
    "ckb": "شەڕ ئاشتی توندوتیژی چەک سەرباز هێرش حیزب پارت",
}
# Stop words, commands and what carriers catch by themselves: a keyword must not be one, nor one slip away from one.
RESERVED = """
    stop stopall unsubscribe end quit cancel optout revoke start yes unstop help info join leave alert back erase skip
    arret arrete arrêt aide oui non parar alto dejar ayuda si no tsaya dakata taimako eh a'a acha simama msaada
    ndiyo hapana توقف إيقاف قف مساعدة نعم لا بوەستە وەستان یارمەتی بەڵێ نەخێر
"""


def questions():
    return [pytest.param(file, asked, id=f"{name}-{asked['name']}") for name, file in ALL.items() for asked in
            file["questions"]]  # fmt: skip


def outgoing(file):
    """(where, language, words) of everything that may reach a phone; the title never does."""
    for table in ("convenor", "readers", "referral", "background"):
        yield from ((table, tag, words) for tag, words in file.get(table, {}).items())
    for asked in file["questions"]:
        texts = [asked["label"], asked.get("sms", {}), asked.get("constraint_message", {})]
        for text in texts + [choice["label"] for choice in asked.get("choices", [])]:
            yield from ((asked["name"], tag, words) for tag, words in text.items())


def message(asked, tag):
    """The question as an SMS shows it, in plain spelling, without what the system adds (how to reply)."""
    choices = [f"{n} {choice['label'][tag]}" for n, choice in enumerate(asked.get("choices", []), 1)]
    return "\n".join([asked.get("sms", {}).get(tag, asked["label"][tag]), *choices]).translate(PLAIN[tag])


def units(text):
    """(units, room for one segment, room for two) in the cheapest alphabet that holds the text."""
    if set(text) <= GSM | GSM_TWICE:
        return len(text) + sum(letter in GSM_TWICE for letter in text), 160, 2 * 153
    return len(text.encode("utf-16-le")) // 2, 70, 2 * 67


def seen(words, tag):
    """The listed words of this language that a text shows."""
    before, after = {"ar": (r"\b(?:[وفبكل]|ال|وال|بال|لل)?", r"\b"), "ckb": (r"\b", "")}.get(tag, (r"\b", r"s?\b"))
    return [listed for listed in LISTED[tag].split() if re.search(before + listed + after, words, re.IGNORECASE)]


@pytest.mark.parametrize("name", ALL)
def test_a_file_is_read_and_written_back_without_loss(name):
    consultation = read((FOLDER / f"{name}.toml").read_text(encoding="utf-8"))
    assert read(write(consultation)) == consultation


@pytest.mark.parametrize("name", ALL)
def test_the_check_has_nothing_to_mend(name):
    consultation, packs = read((FOLDER / f"{name}.toml").read_text(encoding="utf-8")), wording.packs()
    assert [fault for fault in check(consultation, packs) if fault.level != "note"] == []
    assert [fault for fault in inspect(consultation, packs, {"sms": Sms()}, None) if fault.level == "error"] == []


def test_three_consultations_and_a_practice_ship():
    assert set(FILES) == {"safety", "priorities", "pulse"}
    assert set(ALL) - set(FILES) == {"practice"}


@pytest.mark.parametrize("name", FILES)
def test_a_file_says_all_that_a_definition_must(name):
    file = FILES[name]
    assert file["name"] == name
    assert tuple(file["languages"]) == LANGUAGES
    assert file["spelling"] == "plain"
    assert set(SCALARS + TABLES) <= set(file)
    assert file["opening"] < file["closing"] < file["news_by"]
    assert all(set(file[table]) == set(LANGUAGES) for table in TABLES)


@pytest.mark.parametrize(("file", "asked"), questions())
def test_a_question_is_complete_in_every_language(file, asked):
    assert asked["type"] in TYPES
    assert re.fullmatch("[a-z][a-z0-9_]*", asked["name"])
    assert set(asked["label"]) == set(LANGUAGES)
    assert set(asked.get("sms", {})) <= set(LANGUAGES)
    assert bool(asked.get("choices")) == (asked["type"] in PICKS)
    assert all(set(choice["label"]) == set(LANGUAGES) for choice in asked.get("choices", []))
    assert ("start" in asked and "end" in asked) == (asked["type"] in {"range", "integer"})


@pytest.mark.parametrize(("file", "asked"), questions())
def test_two_to_four_choices_that_nobody_can_confuse(file, asked):
    choices = asked.get("choices", [])
    assert len(choices) in ((2, 3, 4) if asked["type"] in PICKS else (0,))
    assert len({choice["name"] for choice in choices}) == len(choices)
    for tag in LANGUAGES:
        assert len({choice["label"][tag].casefold() for choice in choices}) == len(choices), tag


@pytest.mark.parametrize("name", FILES)
def test_short_and_the_questions_about_her_come_last(name):
    asking = [asked for asked in FILES[name]["questions"] if asked["type"] != "note"]
    segments = [bool(asked.get("segment")) for asked in asking]
    assert len(asking) <= 5
    assert 1 <= sum(segments) <= 2
    assert segments == sorted(segments)
    assert not segments[0]
    assert FILES[name]["questions"][0]["type"] != "note"
    assert len({asked["name"] for asked in FILES[name]["questions"]}) == len(FILES[name]["questions"])


@pytest.mark.parametrize("name", FILES)
def test_a_skip_rule_looks_back_at_a_choice_that_exists(name):
    earlier = {}
    for asked in FILES[name]["questions"]:
        for source, code in re.findall(r"\$\{(\w+)\} = '(\w+)'", asked.get("relevant", "")):
            assert code in earlier[source]
        assert not asked.get("relevant") or "${" in asked["relevant"]
        earlier[asked["name"]] = {choice["name"] for choice in asked.get("choices", [])}


def test_together_they_show_every_question_type_and_setting():
    shown = [asked for file in FILES.values() for asked in file["questions"]]
    assert {asked["type"] for asked in shown} == TYPES
    for setting in ("relevant", "segment", "sensitive", "sms", "order", "limit", "least", "most"):
        assert any(setting in asked for asked in shown), setting
    assert sorted(file["risk"] for file in FILES.values()) == ["elevated", "normal", "normal"]


def test_where_only_codes_are_shown_the_order_is_the_leaflets_and_nothing_is_written():
    for file in FILES.values():
        if file["risk"] == "elevated":
            assert all(asked.get("order", "fixed") == "fixed" for asked in file["questions"])
            assert all(asked["type"] not in {"text", "note"} for asked in file["questions"])


@pytest.mark.parametrize("name", ALL)
def test_words_are_clean_and_in_the_script_of_their_language(name):
    for where, tag, words in outgoing(ALL[name]):
        assert words == " ".join(words.split()), (where, tag)
        assert words, (where, tag)
        assert words.isprintable(), (where, tag)
        assert not re.search(r"[{}<>$%#|]|TODO|XXX", words), (where, tag)
        letters = re.sub(r"[^\w]|[\d_]", "", words)
        arabic = [letter for letter in letters if "\u0600" <= letter <= "\u06ff"]
        assert len(arabic) == (len(letters) if tag in RIGHT_TO_LEFT else 0), (where, tag, words)


@pytest.mark.parametrize("name", ALL)
def test_nothing_that_reaches_a_phone_names_what_must_not_be_seen(name):
    for where, tag, words in outgoing(ALL[name]):
        assert seen(words, tag) == [], (where, tag)


def test_a_title_may_name_it_since_it_is_never_sent():
    assert all(seen(words, tag) for tag, words in FILES["priorities"]["title"].items())


@pytest.mark.parametrize(("file", "asked"), questions())
def test_a_question_costs_two_segments_at_most(file, asked):
    for tag in LANGUAGES:
        used, one, two = units(message(asked, tag))
        assert used <= two, (tag, used)
        assert tag in RIGHT_TO_LEFT or used <= one, (tag, used)


def test_a_note_still_fits_with_the_question_it_leads_to():
    for file in FILES.values():
        for note, asked in zip(file["questions"], file["questions"][1:], strict=False):
            for tag in LANGUAGES if note["type"] == "note" else ():
                used, _, two = units(f"{message(note, tag)}\n{message(asked, tag)}")
                assert used <= two, (tag, used)


def test_keywords_tell_consultation_and_language_apart():
    words = [word for file in ALL.values() for word in file["keyword"].values()]
    assert len(words) == 4 * len(LANGUAGES)
    for one, other in combinations([word.casefold() for word in words], 2):
        assert OSA.distance(one, other) >= 2, (one, other)


@pytest.mark.parametrize("name", ALL)
def test_a_keyword_is_one_plain_word_far_from_every_command(name):
    for tag, word in ALL[name]["keyword"].items():
        assert word.isalpha(), (tag, word)
        assert len(word) >= 3
        assert word == word.upper()
        assert min(OSA.distance(word.casefold(), reserved) for reserved in RESERVED.split()) >= 2, (tag, word)
        assert word.casefold() not in {text.casefold() for text in LISTED[tag].split()}


@pytest.mark.parametrize("name", ALL)
def test_the_line_for_help_is_plainly_invented(name):
    assert set(ALL[name]["referral"].values()) == {"0800000000"}
    assert "INVENTED" in (FOLDER / f"{name}.toml").read_text(encoding="utf-8")
