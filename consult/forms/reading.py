"""From the sheets of an XLSForm to a Consultation. What maps to what stands in docs/xlsform.md.

Rule 1: nothing is left out or changed without a Loss that names its sheet, row and column.
Rule 2: nothing that must be promised to her is made up: what a form does not have is owed, and `consult check` insists.
"""

from __future__ import annotations

from consult.consultation import Consultation, Option, Refused
from consult.consultation import read as read_toml
from consult.consultation import write as write_toml
from consult.consultation.kinds import shown
from consult.forms.columns import tag, tags
from consult.forms.surveying import Listed, Survey, named
from consult.forms.tables import Record, Taking, columns, records
from consult.forms.values import FormError, Imported, Loss
from consult.workbooks import Workbook

_MOST_TAGS = 12
_SHEETS = ("survey", "choices", "settings")
_SETTINGS = {"form_title", "form_id", "title", "id_string", "default_language", "version"}
_OWED = {
    "title": "what it is about; never sent",
    "convenor": "who asks",
    "readers": "who reads the answers",
    "can_promise": "what those who answer are promised",
    "cannot_promise": "what nobody can promise",
    "referral": "the line to call for help",
    "keyword": "the word to text to join; neutral, never the topic",
}


def read(book: Workbook, language: str = "", name: str = "") -> Imported:
    """The consultation of this form. `language`: the tag of labels that name none; `name`: in place of form_id.

    Raises FormError where there is nothing to ask or a language cannot be told.
    """
    survey = records(book, "survey")
    settings = next(iter(records(book, "settings")), Record("settings", 0, ()))
    if not survey:
        raise FormError("there is no sheet survey with rows; an XLSForm has sheets survey, choices and settings")
    taking = _taking(book, settings, language)
    _others(book, taking)
    lists = _lists(records(book, "choices"), taking)
    taken = Survey(taking, lists)
    for record in survey:
        taken.take(record)
    if not taken.questions:
        raise FormError("no row of sheet survey is a question that can be asked here; see docs/xlsform.md")
    found = _whole(settings, taken, name)
    return Imported(found, tuple(taking.losses), _owed(found))


def _taking(book: Workbook, settings: Record, language: str) -> Taking:
    heads = columns(book, "survey")
    if missing := {"type", "name"} - {head.kind for head in heads}:
        raise FormError(f"sheet survey has no column {' and '.join(sorted(missing))}; an XLSForm needs it")
    found = tags(heads)
    default = language or tag(settings.plain("default_language"))
    if any(head.kind == "label" and not head.language for head in heads) and not default:
        raise FormError("the column label names no language; say which it is: --language en")
    every = tuple(dict.fromkeys([default, *found])) if default in found or _plain_label(book) else found
    every = tuple(each for each in every if each)
    if not every:
        raise FormError("no label names a language by its tag; head the column label::English (en)")
    return Taking(every[:_MOST_TAGS], default)


def _plain_label(book: Workbook) -> bool:
    return any(head.kind == "label" and not head.language for head in columns(book, "survey"))


def _others(book: Workbook, taking: Taking) -> None:
    """Note the sheets that are no part of what is read here."""
    for title, rows in book.items():
        if rows and title.strip().lower() not in _SHEETS:
            taking.losses.append(Loss(shown(title), 0, "", "this sheet is none of survey, choices, settings"))
    for record in records(book, "settings"):
        taking.rest(record, _SETTINGS if record.number == records(book, "settings")[0].number else ())
        if version := record.plain("version"):
            taking.lose(record, "version", f"{shown(version)}; publishing numbers the versions")


# ---- choices


def _lists(rows: list[Record], taking: Taking) -> dict[str, Listed]:
    lists: dict[str, dict[str, Option]] = {}
    for record in rows:
        into, before = record.plain("list_name"), record.plain("name")
        found = lists.setdefault(into, {})
        if not into or not before or before in found:
            taking.lose(record, "name", f"{shown(before) or 'no name'}: a choice needs a list and a name of its own")
            continue
        found[before] = _option(record, before, {option.name for option in found.values()}, taking)
        taking.rest(record, {"list_name", "name", "label"})
    return {name: Listed(tuple(found.items())) for name, found in lists.items()}


def _option(record: Record, before: str, others: set[str], taking: Taking) -> Option:
    name = named(before, others, "c")
    if name != before:
        taking.lose(record, "name", f"{shown(before)} is named {name} here, in rules too", "approximated")
    return Option(name, taking.words(record, "label", 200))


# ---- the whole


def _whole(settings: Record, taken: Survey, name: str) -> Consultation:
    taking = taken.taking
    title = settings.plain("form_title") or settings.plain("title")
    before = name or settings.plain("form_id") or settings.plain("id_string") or title
    plain = named(before, (), "form")
    if plain != before and not name:
        taking.lose(
            settings, "form_id", f"{shown(before) or 'none'}: the consultation is named {plain}", "approximated"
        )
    first = taking.default if taking.default in taking.tags else taking.tags[0]
    titled = {first: title[:200]} if title else {}
    whole = Consultation(plain, taking.tags, titled, {}, {}, {}, {}, {}, tuple(taken.questions))
    return _readable(whole)


def _readable(whole: Consultation) -> Consultation:
    """As its file will be read. Raises FormError where it would not be."""
    try:
        return read_toml(write_toml(whole))
    except Refused as refused:
        raise FormError(f"the definition would not be readable: {refused}") from None


def _owed(whole: Consultation) -> tuple[tuple[str, str], ...]:
    todo = ", ".join(f'{tag} = "TODO"' for tag in whole.languages)
    return tuple((f"{key} = {{ {todo} }}", what) for key, what in _OWED.items() if not getattr(whole, key))


def definition(imported: Imported) -> str:
    """The text of its file; what is owed stands at its head as TODO lines."""
    lines = [f"# TODO {key}  # {what}" for key, what in imported.owed]
    lines.append("# TODO news_by = 2027-01-31  # the day by which those who answered hear what came of it")
    lines.append('# TODO risk: write "elevated" below where it is dangerous to be seen answering')
    return "\n".join(
        [
            "# From an XLSForm. Write the lines marked TODO, then: consult check",
            *lines,
            "",
            write_toml(imported.consultation),
        ]
    )
