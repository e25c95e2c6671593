"""Catalogues are complete and safe, languages are known, words are opened once."""

from __future__ import annotations

import ast
import contextlib
import gettext
import os
import re
import shutil
import subprocess
import sys
from functools import cache
from io import BytesIO
from pathlib import Path

import pytest
from babel import Locale as CldrLocale
from babel.core import UnknownLocaleError
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from hypothesis import given
from hypothesis import strategies as st

from consult import phrases, wording
from consult.wording import Say, UnknownLocale, for_locale, join_or, locale, locales

HOUSE = Path(wording.__file__).parent.parent
TRANSLATED = ("en", "fr", "ar", "ha", "sw", "es", "pcm", "ckb")
LATER = ("ku", "lg", "yo", "ig", "ff", "am", "so", "ti", "kr", "ach", "din", "luo", "nyn", "teo", "bej", "fvr")


# ---- languages


@pytest.mark.parametrize("tag", TRANSLATED + LATER)
def test_every_language_is_known_by_its_own_name_and_ends_in_english(tag: str) -> None:
    place = locale(tag)
    assert place.tag == tag
    assert place.name
    met = [place.tag]
    while place.fallback:
        place = locale(place.fallback)
        assert place.tag not in met
        met.append(place.tag)
    assert met[-1] == "en"


@pytest.mark.parametrize("tag", TRANSLATED + LATER)
def test_the_registry_agrees_with_cldr(tag: str) -> None:
    place = locale(tag)
    try:
        known = CldrLocale.parse(tag)
    except UnknownLocaleError:
        known = None
    assert place.cldr == (known is not None)
    if known is not None:
        assert place.dir == known.text_direction
        forms = gettext.c2py(re.search(r"plural=(.*);$", place.plural)[1])
        names = [known.plural_form(n) for n in range(1000)]
        assert len(set(zip(names, map(forms, range(1000)), strict=True))) == len(set(names))


@pytest.mark.parametrize("tag", [tag for tag, place in locales().items() if not place.cldr])
def test_a_language_cldr_lacks_has_gettext_s_default_rule(tag: str) -> None:
    assert locale(tag).plural == "nplurals=2; plural=(n != 1);"


def test_only_the_arabic_scripts_run_from_right_to_left() -> None:
    assert {tag for tag, place in locales().items() if place.dir == "rtl"} == {"ar", "ckb"}


@pytest.mark.parametrize(
    ("asked", "found"), [("kmr", "ku"), ("knc", "kr"), ("fr-CM", "fr"), ("ar_IQ", "ar"), ("EN", "en"), (" sw ", "sw")]
)
def test_a_language_goes_by_several_tags(asked: str, found: str) -> None:
    assert locale(asked).tag == found
    assert for_locale(asked).locale.tag == found


@pytest.mark.parametrize("tag", ["", "-", "fur", "../../etc/passwd", "x" * 100_000, "en\n", "\x00", "e n"])
def test_a_stranger_s_tag_is_only_looked_up(tag: str) -> None:
    if tag.strip() == "en":
        assert locale(tag).tag == "en"
        return
    with pytest.raises(UnknownLocale) as refused:
        for_locale(tag)
    assert len(str(refused.value)) < 300


@given(st.text())
def test_any_text_is_a_language_or_refused(tag: str) -> None:
    with contextlib.suppress(UnknownLocale):
        assert locale(tag).tag in locales()


# ---- saying


def spoken(tag: str, rows: str) -> Say:
    """A voice with this catalogue, as it would come from a file."""
    head = f'msgid ""\nmsgstr "Content-Type: text/plain; charset=utf-8\\nPlural-Forms: {locale(tag).plural}\\n"\n\n'
    made = BytesIO()
    write_mo(made, read_po(BytesIO((head + rows).encode())))
    return Say(locale(tag), gettext.GNUTranslations(BytesIO(made.getvalue())))


@given(st.text())
def test_a_value_is_never_a_format(value: str) -> None:
    assert for_locale("en")("Please reply {keys}.", keys=value) == f"Please reply {value}."


@pytest.mark.parametrize(
    "translation",
    ["Réponds {clef}.", "Réponds.", "Réponds {keys} {line}.", "Réponds {keys.__class__}.", "Réponds {0}."],
)
def test_a_wrong_placeholder_falls_back_to_the_source(translation: str) -> None:
    say = spoken("fr", f'msgid "Please reply {{keys}}."\nmsgstr "{translation}"\n')
    assert say("Please reply {keys}.", keys="1") == "Please reply 1."


def test_a_right_placeholder_may_stand_anywhere_and_twice() -> None:
    say = spoken("fr", 'msgid "{a} of {b}"\nmsgstr "{b}, {a}, {b}"\n')
    assert say("{a} of {b}", a=1, b=2) == "2, 1, 2"


def test_one_form_may_leave_out_the_number_and_no_other_value() -> None:
    rows = 'msgid "{n} day in {place}"\nmsgid_plural "{n} days in {place}"\n'
    say = spoken("fr", rows + 'msgstr[0] "un jour, {place}"\nmsgstr[1] "{n} jours"\n')
    assert say.many("{n} day in {place}", "{n} days in {place}", 1, place="X") == "un jour, X"
    assert say.many("{n} day in {place}", "{n} days in {place}", 3, place="X") == "3 days in X"


def test_a_forgotten_value_is_an_error() -> None:
    with pytest.raises(KeyError):
        for_locale("fr")("Please reply {keys}.")


def test_no_message_is_no_header() -> None:
    assert for_locale("fr")("") == ""


def test_a_sentence_nobody_translated_is_said_as_it_is() -> None:
    assert for_locale("ar")("Not in any catalogue: {x}", x=1) == "Not in any catalogue: 1"


@pytest.mark.parametrize(("tag", "like"), [("kr", "ha"), ("bej", "ar"), ("ach", "en"), ("ff", "fr")])
def test_a_language_without_a_catalogue_speaks_its_fallback(tag: str, like: str) -> None:
    assert phrases.end(for_locale(tag)) == phrases.end(for_locale(like))
    assert for_locale(tag).locale.tag == tag


def test_catalogues_are_opened_once() -> None:
    assert for_locale("ha") is for_locale("ha")
    assert wording.packs(["fr"])["fr"] is wording.packs()["fr"]


@pytest.mark.parametrize(
    ("n", "noun"),
    [
        (0, "0 سؤال"),
        (1, "سؤال واحد"),
        (2, "سؤالان"),
        (3, "3 أسئلة"),
        (10, "10 أسئلة"),
        (11, "11 سؤالا"),
        (99, "99 سؤالا"),
    ]
    + [(100, "100 سؤال"), (102, "102 سؤال"), (103, "103 أسئلة")],
)
def test_arabic_counts_in_six_forms(n: int, noun: str) -> None:
    assert f": {noun} لأجل" in phrases.consent_who(for_locale("ar"), "س", n, "ص")


@pytest.mark.parametrize(
    ("tag", "listed"),
    [
        ("en", "1, 2 or 3"),
        ("fr", "1, 2 ou 3"),
        ("ar", "1، 2 أو 3"),
        ("ha", "1, 2 ko 3"),
        ("sw", "1, 2 au 3"),
        ("es", "1, 2 o 3"),
        ("pcm", "1, 2 or 3"),
        ("ckb", "1، 2 یان 3"),
    ],
)
def test_keys_are_listed_in_her_language(tag: str, listed: str) -> None:
    say = for_locale(tag)
    assert join_or(say, ["1", "2", "3"]) == listed
    assert join_or(say, ["1"]) == "1"
    assert join_or(say, []) == ""
    assert join_or(say, ["{first}", "{x}"]) == listed.replace("1، 2", "{first}").replace("1, 2", "{first}").replace(
        "3", "{x}"
    )


# ---- packs


def test_every_shipped_language_has_a_pack() -> None:
    assert set(TRANSLATED) <= set(wording.shipped())
    found = wording.packs()
    assert tuple(found) == wording.shipped()
    assert all(pack.tag == tag == pack.say.locale.tag for tag, pack in found.items())
    assert {tag: pack.lexicon.name for tag, pack in found.items()} == {tag: locale(tag).name for tag in found}


@pytest.mark.parametrize("tag", ["kr", "fur"])
def test_a_language_without_answer_words_is_no_pack(tag: str) -> None:
    with pytest.raises(UnknownLocale):
        wording.packs([tag])


# ---- catalogues


def test_the_catalogues_are_complete() -> None:
    assert wording.check() == []


@pytest.mark.parametrize("tag", TRANSLATED)
def test_every_catalogue_says_that_native_review_is_pending(tag: str) -> None:
    text = (HOUSE / "locales" / tag / "LC_MESSAGES" / "consult.po").read_text(encoding="utf-8")
    assert "native review is pending" in text.partition('msgid ""')[0]


def test_every_sentence_is_a_literal_and_in_the_template() -> None:
    """The extractor overlooks some calls in silence, and a glued sentence cannot be translated."""
    for path in [*(HOUSE / "consult").rglob("*.py"), *(HOUSE / "channels").rglob("*.py")]:
        office = {"office", "reading"} & set(path.parts) or path.name == "closing.py"
        template = "pages.pot" if office and path.parent.name != "sync" else "consult.pot"
        known = _known(template)
        for line, said in _said(_tree(path)):
            assert said in known, f"{path.relative_to(HOUSE)}:{line}: {said!r}: not in {template}; say a whole literal"


def test_a_sentence_is_said_by_a_name_that_the_extractor_knows() -> None:
    for path in [*(HOUSE / "consult").rglob("*.py"), *(HOUSE / "channels").rglob("*.py")]:
        for call in ast.walk(_tree(path)):
            match call:
                case ast.Call(func=ast.Call(func=ast.Name(id="for_pages" | "for_locale"))):
                    raise AssertionError(f"{path.relative_to(HOUSE)}:{call.lineno}: name it say first")


@cache
def _tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


@cache
def _known(template: str) -> set[object]:
    with (HOUSE / "locales" / template).open("rb") as file:
        return {message.id for message in read_po(file)}


@pytest.mark.parametrize("tag", wording.PAGES)
def test_pages_say_that_native_review_is_pending(tag: str) -> None:
    text = (HOUSE / "locales" / tag / "LC_MESSAGES" / "pages.po").read_text(encoding="utf-8")
    assert "native review is pending" in text.partition('msgid ""')[0]


def test_pages_speak_their_own_words_and_respondents_theirs() -> None:
    assert wording.for_pages("fr")("Sign in") == "Se connecter"
    assert wording.for_locale("fr")("Sign in") == "Sign in"


def _said(tree: ast.AST) -> list[tuple[int, object]]:
    """The sentences of each `say(...)` and `say.many(...)`, None for what is not a literal."""
    found: list[tuple[int, object]] = []
    for call in ast.walk(tree):
        match call:
            case ast.Call(func=ast.Name(id="say" | "_") | ast.Attribute(attr="say"), args=[first, *_]):
                found.append((call.lineno, _literal(first)))
            case ast.Call(func=ast.Attribute(attr="many", value=ast.Name(id="say")), args=[one, other, *_]):
                found.append((call.lineno, (_literal(one), _literal(other))))
    return found


def _literal(node: ast.expr) -> object:
    return node.value if isinstance(node, ast.Constant) else None


# ---- the three duties, on a copy of the house


@pytest.fixture(scope="session")
def speaking(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The rooms that say something to respondents, and their catalogues: reading all the others takes seconds."""
    folder = tmp_path_factory.mktemp("house")
    for room in ("consult/understand", "locales"):
        shutil.copytree(HOUSE / room, folder / room, ignore=shutil.ignore_patterns("__pycache__", "*.mo"))
    for file in ("__init__", "wording", "phrases"):
        shutil.copy(HOUSE / "consult" / f"{file}.py", folder / "consult")
    (folder / "channels").mkdir()
    assert duty(folder, "update").returncode == 0
    return folder


@pytest.fixture
def house(tmp_path: Path, speaking: Path) -> Path:
    return Path(shutil.copytree(speaking, tmp_path / "house"))


def duty(house: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return run(house, "-m", "consult.wording", *words)


def run(house: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *words], cwd=house, capture_output=True, text=True, check=False, env={"PYTHONPATH": str(house)}
    )


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


PO = "fr/LC_MESSAGES/consult.po"


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ('msgstr "Merci de répondre {keys}."', 'msgstr "Merci de répondre {clefs}."', "wrong placeholders"),
        ('msgstr "Merci de répondre {keys}."', 'msgstr ""', "not translated"),
        ('#, python-brace-format\nmsgid "Please reply {keys}."', '#, fuzzy\nmsgid "Please reply {keys}."', "fuzzy"),
        ('msgid "Please reply {keys}."', 'msgid "Please do reply {keys}."', "missing"),
    ],
)
def test_check_names_file_and_sentence(house: Path, old: str, new: str, complaint: str) -> None:
    edit(house / "locales" / PO, old, new)
    told = duty(house, "check")
    assert told.returncode == 1
    (line,) = told.stdout.splitlines()
    assert line.startswith(f"{PO}: 'Please reply {{keys}}.'")
    assert complaint in line


def test_check_refuses_another_plural_rule(house: Path) -> None:
    edit(house / "locales" / PO, "plural=(n > 1)", "plural=(n != 1)")
    assert "Plural-Forms" in duty(house, "check").stdout


def test_a_new_sentence_is_stale_until_updated_and_incomplete_until_translated(house: Path) -> None:
    with (house / "consult" / "phrases.py").open("a", encoding="utf-8") as file:
        file.write('\n\ndef parting(say: Say) -> str:\n    # Tr: when parting\n    return say("Go well.")\n')
    assert "consult.pot: lacks 'Go well.'; run update" in duty(house, "check").stdout
    assert duty(house, "update").returncode == 0
    assert "#. when parting" in (house / "locales" / "consult.pot").read_text(encoding="utf-8")
    told = duty(house, "check")
    assert told.returncode == 1
    assert not re.search("consult.pot|^en/", told.stdout, re.M)
    assert len(re.findall(r"^\w+/LC_MESSAGES/consult.po: 'Go well.'", told.stdout, re.M)) == len(TRANSLATED) - 1


def test_update_changes_nothing_when_nothing_changed(house: Path) -> None:
    before = {path: path.read_bytes() for path in (house / "locales").rglob("*.po*")}
    assert duty(house, "update").returncode == 0
    assert {path: path.read_bytes() for path in (house / "locales").rglob("*.po*")} == before


def test_update_begins_a_language(house: Path) -> None:
    assert duty(house, "update", "knc").returncode == 0
    begun = (house / "locales" / "kr" / "LC_MESSAGES" / "consult.po").read_text(encoding="utf-8")
    assert "native review is pending" in begun
    assert "Language: kr" in begun
    told = duty(house, "check").stdout
    assert "kr/LC_MESSAGES" in told
    assert "Plural-Forms" not in told


def test_update_begins_a_language_with_the_plural_rule_of_the_registry(house: Path) -> None:
    assert duty(house, "update", "yo").returncode == 0
    begun = (house / "locales" / "yo" / "LC_MESSAGES" / "consult.po").read_text(encoding="utf-8")
    assert "Plural-Forms: nplurals=1; plural=0" in begun
    assert "Plural-Forms" not in duty(house, "check").stdout


def test_templates_of_pages_are_read_too(house: Path) -> None:
    page = house / "consult" / "web" / "templates" / "page.html"
    page.parent.mkdir(parents=True, exist_ok=True)
    page.write_text('<p>{{ say("Hello {who}", who=who) }} {{ many("{n} bird", "{n} birds", n) }}</p>', encoding="utf-8")
    told = duty(house, "check").stdout
    assert "'Hello {who}'" in told
    assert "'{n} bird'" in told


def test_compiled_catalogues_need_no_babel_and_stale_ones_are_passed_over(house: Path) -> None:
    ask = (
        "import sys; from consult import wording, phrases;"
        "assert not {'babel', 'gettext', 'tomllib', 'consult.understand'} & set(sys.modules);"
        "print(phrases.end(wording.for_locale('fr')), 'babel' in sys.modules)"
    )
    assert run(house, "-c", ask).stdout == "Merci. C'est noté. Vous pouvez effacer ces messages. True\n"
    assert duty(house, "compile").returncode == 0
    assert run(house, "-c", ask).stdout == "Merci. C'est noté. Vous pouvez effacer ces messages. False\n"
    edit(house / "locales" / PO, "C'est noté.", "Noté.")
    os.utime((house / "locales" / PO).with_suffix(".mo"), (1, 1))
    assert run(house, "-c", ask).stdout == "Merci. Noté. Vous pouvez effacer ces messages. True\n"


def test_installed_the_catalogues_lie_inside_the_package(house: Path) -> None:
    (house / "locales").rename(house / "consult" / "locales")
    ask = "from consult import wording, phrases; print(phrases.end(wording.for_locale('sw')))"
    assert run(house, "-c", ask).stdout == "Asante. Imepokelewa. Unaweza kufuta jumbe hizi.\n"


def test_anything_else_is_told_how(capsys: pytest.CaptureFixture[str]) -> None:
    assert wording.main(["compose"]) == 2
    assert "usage" in capsys.readouterr().err
