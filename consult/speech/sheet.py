"""The record sheet: what one speaker of one language records, numbered, each with the name to save it under; pure.

Rule 1: it is read by the speaker, so all of it but the file names is in her language and in its direction.
Rule 2: a page stands alone: printed, carried away, no script, nothing loaded from elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from html import escape
from typing import Literal

from consult.speech.script import Line
from consult.wording import Locale, Say

_PAGE = """\
<!doctype html>
<html lang="{tag}" dir="{dir}">
<head><meta charset="utf-8"><title>{title}</title>
<style>
body {{ font: 12pt/1.6 sans-serif; max-width: 42em; margin: 1em auto; padding: 0 1em }}
ol > li {{ break-inside: avoid; margin-block-end: 1em }}
code {{ unicode-bidi: isolate; direction: ltr }}
p {{ margin: 0 }}
</style></head>
<body><h1>{title}</h1>
<ul>{how}</ul>
<ol>
{rows}
</ol></body></html>
"""


@dataclass(frozen=True, slots=True)
class Page:
    """One language, or one dialect of it (`tag`). `rows`: the name to save as, and the words."""

    tag: str
    dir: Literal["ltr", "rtl"]
    title: str
    how: tuple[str, ...]
    rows: tuple[tuple[str, str], ...]


def page(locale: Locale, say: Say, lines: Iterable[Line], dialect: str = "") -> Page:
    """The page for these lines, which are all of this language."""
    title = record_these(say, f"{locale.name} ({dialect})" if dialect else locale.name)
    how = (read_calmly(say), be_near(say), save_each(say))
    return Page(dialect or locale.tag, locale.dir, title, how, tuple((line.code, line.speech.text) for line in lines))


def as_text(page: Page) -> str:
    """For a terminal, a message or a telephone."""
    rows = (f"{number}. {name}\n   {words}\n" for number, (name, words) in enumerate(page.rows, 1))
    return "\n".join((page.title, "", *(f"- {line}" for line in page.how), "", *rows))


def as_html(page: Page) -> str:
    """For a printer."""
    rows = (f'<li><code dir="ltr">{escape(name)}</code><p>{escape(words)}</p></li>' for name, words in page.rows)
    return _PAGE.format(
        tag=escape(page.tag),
        dir=page.dir,
        title=escape(page.title),
        how="".join(f"<li>{escape(line)}</li>" for line in page.how),
        rows="\n".join(rows),
    )


# ---- sentences


def record_these(say: Say, language: str) -> str:
    # Tr: heading of the page that a speaker reads from; {language} is the language's own name
    return say("To be recorded: {language}", language=language)


def read_calmly(say: Say) -> str:
    # Tr: to the speaker who records
    return say("Read calmly and clearly, as you speak to a neighbour. Wait a second before and after.")


def be_near(say: Say) -> str:
    # Tr: to the speaker who records
    return say("Choose a quiet room without echo. Hold the microphone a hand's breadth from your mouth.")


def save_each(say: Say) -> str:
    # Tr: to the speaker who records
    return say("Save each text as a file of its own, with the name that stands above it.")
