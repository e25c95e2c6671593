"""A consultation without its data goes to another hub whole, or not at all."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from nacl.signing import SigningKey

from consult.accounts import NotAllowed
from consult.checks import check
from consult.config import Settings
from consult.consultation import Consultation, read, write
from consult.drafts import keeping
from consult.house import House, open_house
from consult.templates import lending, lessons, sheet
from consult.templates.lessons import Lesson
from consult.templates.localness import LOCAL, bare, faults, kept, segments
from consult.templates.shares import of_release
from consult.templates.sheet import NotTemplate, Template, fingerprint, opened, sealed
from tests.accounts.conftest import Person, joined
from tests.conftest import EXAMPLES, example
from tests.reading.sample import as_kept, document

KEY = SigningKey(b"k" * 32)
LEARNT = (
    Lesson("What worked", "Neighbours invited others.\nEvenings were calm."),
    Lesson("What we would change", "Shorter."),
)
AT = 1_790_000_000
PUBLISHED = [file.stem for file in sorted(EXAMPLES.glob("*.toml"))]


def template(whole: Consultation | None = None, **changes: Any) -> Template:
    made = Template(bare(whole or example("priorities")), LEARNT, (), {"en": True, "fr": False}, "2026-11", code="1.0")
    return replace(made, **changes)


FILE = sealed(template(), KEY).encode()


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    opened_house = open_house(Settings(data=tmp_path / "data"))
    yield opened_house
    opened_house.close()


@pytest.fixture
def ruth(house: House) -> Person:
    return joined(house, "Ruth", "facilitator", "other", AT)


@pytest.mark.parametrize("name", PUBLISHED)
def test_nothing_local_of_the_shipped_consultations_travels(name: str) -> None:
    whole = example(name)
    assert kept(whole)
    assert kept(bare(whole)) == []
    assert faults(whole) == []
    text = sealed(template(whole), KEY)
    for field in ("convenor", "referral", "keyword", "readers", "background"):
        assert not any(json.dumps(words, ensure_ascii=False)[1:-1] in text for words in getattr(whole, field).values())


def test_a_field_is_local_or_was_looked_at() -> None:
    travels = {
        "name",
        "languages",
        "title",
        "questions",
        "risk",
        "open",
        "flash_brief",
        "ask_again",
        "spelling",
        "voice",
    }
    assert {*Consultation.__slots__} - travels - {"compounds", "practice"} == set(LOCAL)


@pytest.mark.parametrize("name", PUBLISHED)
def test_what_is_local_is_owed_before_it_can_be_published(name: str, languages: Any) -> None:
    owed = {fault.what for fault in check(bare(example(name)), languages) if fault.level == "error"}
    assert owed


def test_words_that_tell_something_local_are_named_with_their_place() -> None:
    whole = example("safety")
    first = replace(whole.questions[0], label={**whole.questions[0].label, "en": f"Ask {whole.convenor['en']} why?"})
    told = faults(replace(whole, questions=(first, *whole.questions[1:]), title={"en": "Ring 0800 123 456"}))
    assert [line.split(":")[0] for line in told] == ["title, en", f"question {first.name}, en"]
    with pytest.raises(NotTemplate, match="title, en"):
        sealed(template(replace(whole, title={"en": "Ring 0800 123 456"})), KEY)


def test_a_name_of_who_convenes_or_a_city_is_found_by_itself_and_common_words_are_not() -> None:
    whole = replace(
        example("safety"),
        title={"en": "Women and roads"},
        convenor={"en": "Women of Riverside", "ar": "حلقة النهر"},
        readers={"en": "three women of our group"},
        keyword={"en": "ROAD"},
    )
    more = [
        ("one", "In Riverside it went well."),
        ("two", "Lagos is far."),
        ("three", "Women came."),
        ("four", "broad"),
    ]
    told = [line for line in faults(replace(whole, questions=()), more) if not line.startswith("title")]
    assert [line.partition(";")[0] for line in told] == [
        "one: tells something local (Riverside)",
        "two: tells something local (Lagos)",
    ]


@pytest.mark.parametrize("lesson", ["{convenor} met twice.", "She texted {keyword} at once.", "Lagos was too far."])
def test_a_lesson_that_names_the_team_its_word_or_its_city_makes_no_file(house: House, lesson: str) -> None:
    whole = example("safety")
    text = lesson.format(convenor=whole.convenor["en"], keyword=whole.keyword["en"].lower())
    with pytest.raises(NotTemplate, match="lessons, What worked: tells something local"):
        lending.lent(house, whole, (Lesson("What worked", text),), lending.Terms(), AT)


def test_a_question_that_names_the_team_makes_no_file(house: House) -> None:
    whole = example("safety")
    first = replace(whole.questions[0], label={**whole.questions[0].label, "en": f"Ask {whole.convenor['en']} why?"})
    with pytest.raises(NotTemplate, match=f"question {first.name}, en: tells something local"):
        lending.lent(house, replace(whole, questions=(first, *whole.questions[1:])), LEARNT, lending.Terms(), AT)


def test_answers_that_may_be_places_are_listed_to_be_looked_at() -> None:
    assert ("place", ["Town", "Village", "Another place"]) in segments(example("pulse"))


def test_it_is_read_as_it_was_written() -> None:
    found, key = opened(FILE)
    assert found == template()
    assert key == bytes(KEY.verify_key).hex()
    assert sealed(found, KEY).encode() == FILE


# ---- altered


@given(st.integers(0, len(FILE) - 1), st.integers(1, 255))
def test_one_changed_byte_is_refused(place: int, by: int) -> None:
    altered = bytearray(FILE)
    altered[place] ^= by
    with pytest.raises(NotTemplate):
        opened(bytes(altered))


@pytest.mark.parametrize("part", ["definition", "lessons", "words", "shares"])
def test_an_altered_part_is_named(part: str) -> None:
    told = json.loads(FILE)
    told[part] = {"definition": f"{told['definition']}\n", "lessons": [], "words": {}, "shares": [{}]}[part]
    with pytest.raises(NotTemplate, match=f"the {part} of this template were altered"):
        opened(canonical(told))


@pytest.mark.parametrize("key", ["head", "signature", "key"])
def test_a_head_of_another_is_refused(key: str) -> None:
    told, other = json.loads(FILE), json.loads(sealed(template(made="2026-10"), SigningKey(b"o" * 32)))
    with pytest.raises(NotTemplate, match="do not belong together"):
        opened(canonical({**told, key: other[key]}))


def canonical(told: Any) -> bytes:
    return f"{json.dumps(told, sort_keys=True, ensure_ascii=False, separators=(',', ':'))}\n".encode()


def resigned(**changes: Any) -> bytes:
    """A file whose signature is right, of a hub that means harm."""
    told = json.loads(FILE) | changes
    head = told["head"] | {"parts": {name: sheet._hash(told[name]) for name in sheet._PARTS}}
    signature = KEY.sign(sheet._SIGNED + sheet._canonical(head).encode()).signature.hex()
    return canonical({**told, "head": head, "signature": signature})


def deep(n: int) -> Any:
    found: Any = "x"
    for _ in range(n):
        found = [found]
    return found


TITLE = write(replace(bare(example("priorities")), languages=("en",)))
HOSTILE = {
    "a formula": {"lessons": [{"heading": "What worked", "text": '=HYPERLINK("http://x","y")'}]},
    "a formula of numbers": {"lessons": [{"heading": "What worked", "text": "-2+3"}]},
    "a tag": {"lessons": [{"heading": "<script>", "text": "alert"}]},
    "a hidden sign": {"lessons": [{"heading": "What worked", "text": "a\u0007b"}]},
    "a telephone number": {"lessons": [{"heading": "What worked", "text": "ring 0803 555 0101"}]},
    "too many": {"lessons": [{"heading": f"h{chr(97 + n)}", "text": "t"} for n in range(13)]},
    "nested lessons": {"lessons": deep(50)},
    "a lesson of numbers": {"lessons": [{"heading": 1, "text": 2}]},
    "a path as its name": {"definition": TITLE.replace('name = "priorities"', 'name = "../../etc/passwd"', 1)},
    "a keyword": {"definition": write(replace(bare(example("priorities")), keyword={"en": "RIVER"}))},
    "a formula in a title": {"definition": write(replace(bare(example("priorities")), title={"en": "=cmd|x!A"}))},
    "a tag in a title": {"definition": write(replace(bare(example("priorities")), title={"en": "<img src=x>"}))},
    "no definition": {"definition": "x = ["},
    "a nested definition": {"definition": f"a = {'[' * 5000}"},
    "a share of everybody": {
        "shares": [{"frame": "open", "question": "x", "people": 30, "percent": {"answered": 100}}]
    },
    "a share of few": {"shares": [{"frame": "open", "question": "x", "people": 3, "percent": {"answered": 50}}]},
    "a share with a fraction": {
        "shares": [{"frame": "open", "question": "x", "people": 30.0, "percent": {"answered": 50}}]
    },
    "lessons that are words": {"lessons": ""},
    "a lesson with more": {"lessons": [{"heading": "a", "text": "b", "path": "../x"}]},
    "shares of nothing": {"shares": [1, 2]},
    "words that are no tags": {"words": {"<b>": True}},
    "words that are no flags": {"words": {"en": "yes"}},
}


@pytest.mark.parametrize("changes", HOSTILE.values(), ids=HOSTILE)
def test_what_means_harm_is_refused_though_its_signature_is_right(changes: dict[str, Any]) -> None:
    opened(resigned())
    with pytest.raises(NotTemplate):
        opened(resigned(**changes))


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{}",
        b"[" * 200_000,
        b'{"consult_template":1}',
        b"PK\x03\x04",
        b"\xff" * 100,
        FILE + b" ",
        FILE * 40,
        b"NaN",
    ],
    ids=range(9),
)
def test_what_is_no_template_is_refused(content: bytes) -> None:
    with pytest.raises(NotTemplate):
        opened(content)


ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)


@given(st.sampled_from(sheet._PARTS), ANY)
def test_whatever_stands_in_a_part_is_taken_whole_or_refused(part: str, value: Any) -> None:
    try:
        found, _ = opened(resigned(**{part: value}))
    except NotTemplate:
        return
    assert sealed(found, KEY).encode() == resigned(**{part: value})


# ---- lessons


def test_lessons_are_read_as_they_are_written() -> None:
    assert lessons.read(lessons.written(LEARNT)) == LEARNT
    assert lessons.read("") == ()


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("no heading", "line 1"),
        (" # What worked", "write 1 to"),
        ("# What worked\n", "What worked: write 1 to"),
        ("# A\nring 0803 555 0101", "holds a number"),
        ("# A\nb@example.org", "holds a address"),
        ("# A\n=1+1", "formula"),
        ("# A\n<b>bold</b>", "tag"),
        ("# A\nx\n# a\ny", "twice"),
        ("x" * 20_000, "longer"),
    ],
)
def test_a_lesson_that_may_not_travel_is_named(text: str, told: str) -> None:
    with pytest.raises(lessons.Unclear, match=told):
        lessons.read(text)


@given(st.text(max_size=300))
def test_any_text_is_lessons_or_told_why_not(text: str) -> None:
    try:
        found = lessons.read(text)
    except lessons.Unclear:
        return
    assert lessons.read(lessons.written(found)) == found


# ---- what a release told


def table(columns: list[list[str]], percent: list[int], people: int = 100, **more: Any) -> dict[str, Any]:
    return {"variable": "", "columns": columns, "percent": [percent], "people": people, "band": None} | more


def chapter(*tables: dict[str, Any]) -> dict[str, Any]:
    items = [{"question": f"q{n}", "tables": [each]} for n, each in enumerate(tables)]
    return {"kind": "release", "chapters": [{"frame": "open", "questions": items}]}


@pytest.mark.parametrize(
    ("given_", "percent"),
    [
        (table([["a"], ["b"], ["not_sure"]], [45, 40, 15]), {"answered": 85, "not_sure": 15}),
        (table([["a", "b"], ["not_sure", "prefer_not"]], [80, 20]), {"answered": 80, "not_answered": 20}),
        (table([["a"], ["b"]], [60, 40]), {"answered": 95}),
        (table([["a", "not_sure"], ["b"]], [60, 40]), None),
        (table([["a"]], [100], band=["a"]), None),
        (table([["a"]], [50], variable="place"), None),
    ],
)
def test_of_a_release_only_how_a_question_went_is_told(given_: dict[str, Any], percent: dict[str, int] | None) -> None:
    found = of_release(chapter(given_))
    assert [each["percent"] for each in found] == ([percent] if percent else [])
    assert of_release(chapter(given_) | {"kind": "flash"}) == []


# ---- from hub to hub


def test_what_was_released_goes_along_and_what_was_not_does_not(house: House) -> None:
    whole = example("safety")
    assert opened(lending.lent(house, whole, (), lending.Terms(), AT).encode())[0].shares == ()
    house.store.write(lambda tx: tx.keep_release(as_kept(document())))
    found = opened(lending.lent(house, whole, (), lending.Terms(), AT).encode())[0].shares
    known = {each["question"] for each in of_release(document())}
    assert {each["question"] for each in found} == known & {each.name for each in whole.questions}


def test_a_new_hub_shows_its_fingerprint_and_is_known_from_then_on(house: House) -> None:
    with pytest.raises(lending.Unknown) as first:
        lending.taken(house, FILE, "")
    assert first.value.fingerprint == fingerprint(bytes(KEY.verify_key).hex())
    assert not first.value.typed
    with pytest.raises(lending.Unknown) as wrong:
        lending.taken(house, FILE, "11111 22222 33333 44444")
    assert wrong.value.typed
    typed = first.value.fingerprint.replace(" ", "-")
    assert lending.taken(house, FILE, typed) == lending.taken(house, FILE, "") == template()


def test_it_becomes_a_draft_with_its_lessons_and_nothing_is_published(house: House, ruth: Person) -> None:
    draft = lending.begin(house, template(), "lake", ruth.id, AT)
    assert read(draft.toml) == replace(bare(example("priorities")), name="lake")
    came = lending.beside(house, "lake")
    assert came
    assert [each["heading"] for each in came["lessons"]] == ["What worked", "What we would change"]
    assert came["name"] == "priorities"
    assert house.store.read(lambda view: view.editions()) == []
    with pytest.raises(NotAllowed):
        lending.begin(house, template(), "lake", ruth.id, AT)


def test_in_place_of_a_draft_it_can_be_undone(house: House, ruth: Person) -> None:
    keeping.begin(house, example("pulse"), ruth.id, AT)
    lending.put(house, template(), "pulse", ruth.id, AT)
    assert keeping.opened(keeping.step(house, "pulse", "undo").toml) == example("pulse")


@pytest.mark.parametrize("n", range(2))
def test_a_hub_knows_its_own(house: House, n: int) -> None:
    text = lending.lent(house, example("pulse"), LEARNT[:n], lending.Terms("Hands of\n the lake", "CC BY 4.0"), AT)
    found = lending.taken(house, text.encode(), "")
    assert (found.origin, found.licence, found.lessons) == ("Hands of the lake", "CC BY 4.0", LEARNT[:n])
