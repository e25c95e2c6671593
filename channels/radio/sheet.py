"""The call sheet: what is written down of each caller, on paper, with the same fields as at the desk; pure.

Rule 1: there is no place for a name, a number or a village, and the sheet says so.
Rule 2: what is written is a key as it was read in this episode; the totals at its foot show a slip of the pen.
"""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

from channels.radio import words
from consult.episodes import Item, Material
from consult.prompts import Pick
from consult.wording import Say

LINES = 19  # tickets on a sheet, less one for each question: what fits a page with meanings and totals
ESCAPES = ("77", "88", "99")  # not sure, not clear, rather not say, as by message
WHO, AGREES = (
    ("W", "M", "O", "U"),
    ("A", "R", "W", "C"),
)  # woman, man, other, unknown; live, recorded, read out, counted only
STYLE = """
@page{size:A4 landscape;margin:10mm}
body{font:10pt/1.35 "Noto Sans","Noto Sans Arabic",sans-serif;color:#000;background:#fff;margin:1em;padding:0}
h1{font-size:1.3em;margin:0}p{margin:.2em 0}strong{font-size:1.1em}
table{width:100%;border-collapse:collapse;margin:.4em 0}tr,table.sum{break-inside:avoid}
th,td{border:1px solid #000;padding:.15em .3em;text-align:start;vertical-align:top;height:1.5em}
.wide{width:32%}.sum td{width:3.5em}
section{break-after:page}section:last-child{break-after:auto}
@media print{body{margin:0}}
"""


def as_html(given: Material, say: Say, sheets: int = 1, lines: int = 0) -> str:
    """So many numbered sheets, a page each; tickets go on from sheet to sheet. Its one style is STYLE."""
    title = words.call_sheet(say, given.title, given.episode)
    lines = lines or max(8, LINES - len(given.items) - len(given.at_desk))
    pages = "".join(f"<section>{''.join(_sheet(given, say, n, lines))}</section>\n" for n in range(sheets))
    return (
        f'<!doctype html>\n<html lang="{say.locale.tag}" dir="{say.locale.dir}">\n<head><meta charset="utf-8">'
        f"<title>{escape(title)}</title><style>{STYLE}</style></head>\n<body><main>{pages}</main></body></html>\n"
    )


def _sheet(given: Material, say: Say, n: int, lines: int) -> Iterator[str]:
    yield f"<h1>{escape(words.call_sheet(say, given.title, given.episode))}</h1>"
    yield f"<p>{escape(words.sheet(say))} {n + 1}. <strong>{escape(words.never_a_name(say))}</strong></p>"
    for line in (words.who_codes(say, *WHO), words.consent_codes(say, *AGREES), words.mark_danger(say)):
        yield f"<p>{escape(line)}</p>"
    asked = (*given.at_desk, *given.items)
    for item in asked:
        yield f"<p>{escape(_meaning(item))}</p>"
    yield _table(say, n * lines, lines, asked)
    yield f"<p>{escape(words.count_up(say))}</p>"
    yield _totals(given, say)


def _meaning(item: Item) -> str:
    """What each key stands for in this episode."""
    if not isinstance(item.prompt, Pick):
        return f"{item.name}: {item.prompt.text}"
    return f"{item.name}: " + " · ".join(f"\u2068{each.key} = {each.label}\u2069" for each in item.prompt.choices)


def _table(say: Say, first: int, lines: int, asked: tuple[Item, ...]) -> str:
    heads = [words.ticket(say), words.time(say), words.language(say), words.who(say), *(item.name for item in asked)]
    heads += [words.point(say), words.agrees(say), "!", words.before(say), words.state(say)]
    wide = words.point(say)
    cells = "".join(f'<th scope="col"{" class=wide" if head == wide else ""}>{escape(head)}</th>' for head in heads)
    blank = "<td></td>" * (len(heads) - 1)
    rows = "".join(f'<tr><th scope="row">{first + n}</th>{blank}</tr>\n' for n in range(1, lines + 1))
    return f"<table><thead><tr>{cells}</tr></thead><tbody>\n{rows}</tbody></table>"


def _totals(given: Material, say: Say) -> str:
    rows = "".join(_total(item, say) for item in given.items if isinstance(item.prompt, Pick))
    return f'<table class="sum"><tbody>{rows}</tbody></table>'


def _total(item: Item, say: Say) -> str:
    assert isinstance(item.prompt, Pick)
    keys = (*(choice.key for choice in item.prompt.choices), *ESCAPES, words.no_answer(say), words.together(say))
    return f'<tr><th scope="row">{escape(item.name)}</th>{"".join(f"<td>{escape(key)}:</td>" for key in keys)}</tr>\n'
