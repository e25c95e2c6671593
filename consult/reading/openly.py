"""Themes of what people wrote, as a part of the tables' page.

Rule 1: a theme is told by its definition and its paraphrase; nothing that anybody wrote stands here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from html import escape as e
from typing import Any

from consult.findings.persons import YES
from consult.reading.labels import Labels


def themes_of(coded: Mapping[str, Any], labels: Labels) -> Iterator[str]:
    """The themes of one question, the most shared first."""
    say, scheme = labels.say, coded["scheme"]
    asked = labels.question({"question": coded["question"], "choice": ""})
    yield f"<h3><bdi>{e(asked)}</bdi></h3>"
    yield f"<p>{e(_how(coded, labels))}</p>"
    if not coded["themes"]:
        none = say("No theme is shared by ten people and more.")
        yield f"<p>{e(none)}</p>"
        return
    caption = say("Themes of what people said in their own words")
    heads = [say("Theme"), say("People"), say("Agreement of two readers")]
    heads = heads if coded["coders"] == 2 else heads[:2]
    yield f'<h4>{e(caption)}</h4><div class="wide" tabindex="0" role="group" aria-label="{e(caption)}">'
    yield f'<table aria-label="{e(caption)}"><thead><tr>'
    yield "".join(f'<th scope="col">{e(head)}</th>' for head in heads) + "</tr></thead><tbody>"
    for theme in sorted(coded["themes"], key=_most):
        yield from _row(theme, labels, agreed=coded["coders"] == 2)
    yield "</tbody></table></div>"
    version = say("Codebook {name}, version {version}:", name=scheme["name"], version=scheme["version"])
    yield f"<p>{e(version)} <code>{e(scheme['sha256'])}</code></p>"


def _how(coded: Mapping[str, Any], labels: Labels) -> str:
    """What was counted; where not all of it was read, how much was."""
    read = coded["read"]
    counted = labels.say(
        "Found by people who read what was written. Distinct people are counted; a theme of fewer than ten is not "
        "shown, and nobody is quoted."
    )
    if read is None:
        return counted
    n = read["cells"][0][read["columns"].index([YES])]
    some = labels.say("{n} of {people} answers were read.", n=n, people=read["people"])
    return f"{counted} {some}"


def _row(theme: Mapping[str, Any], labels: Labels, *, agreed: bool) -> Iterator[str]:
    say, (table,) = labels.say, theme["tables"]
    words = labels.of(theme["words"])
    told = f'<p dir="auto">{e(words)}</p>' if words else ""
    as_before = say("As in the release before: too few have answered since.")
    stood = f"<p>{e(as_before)}</p>" if theme["frozen"] else ""
    yield f'<tr><th scope="row" dir="auto">{e(theme["definition"])}{told}</th><td>{e(_held(table, labels))}{stood}</td>'
    if agreed:
        yield f"<td>{'–' if theme['agreement'] is None else theme['agreement']}</td>"
    yield "</tr>"


def _held(table: Mapping[str, Any], labels: Labels) -> str:
    if table["band"]:
        return labels.say("90 % or more of {people}", people=table["people"])
    at = table["columns"].index([YES])
    n, share = table["cells"][0][at], table["percent"][0][at]
    return labels.say("{n} of {people} · {share} %", n=n, people=table["people"], share=share)


def _most(theme: Mapping[str, Any]) -> tuple[int, str]:
    (table,) = theme["tables"]
    n = table["people"] if table["band"] else table["cells"][0][table["columns"].index([YES])]
    return -n, theme["id"]
