"""A script on paper: plain text, and HTML that stands alone, is read aloud well by a screen reader and prints on A4.

Rule 1: black on white, no picture, no script, nothing loaded from elsewhere; what is not read aloud is set apart by
its words and its slant, never by colour.
Rule 2: every row says its time and who speaks, so that it can be read in any order.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from html import escape

from channels.radio import words
from channels.radio.script import Row, Script, Short, clock
from consult.wording import Say

STYLE = """
@page{size:A4;margin:14mm}
body{font:13pt/1.5 "Noto Sans","Noto Sans Arabic",sans-serif;color:#000;background:#fff}
body{max-width:48em;margin:1em auto;padding:0 1em}
h1{font-size:1.5em;margin:0 0 .3em}h2{font-size:1.15em;margin:0 0 .2em}
dl{margin:.5em 0}dl div{break-inside:avoid}dt{display:inline;font-weight:bold}dt::after{content:": "}
dd{display:inline;margin:0}
.told{border:2px solid #000;padding:.3em .6em;font-weight:bold}
table{width:100%;border-collapse:collapse}thead{display:table-header-group}
th,td{text-align:start;vertical-align:top;border:1px solid #000;padding:.35em .5em}
tr{break-inside:avoid}tbody th{width:6.5em}time{display:block;font-variant-numeric:tabular-nums}
p{margin:.15em 0}.note{font-style:italic;font-size:.9em}.note::before{content:"[ "}.note::after{content:" ]"}
.cards{break-before:page}.card{border:2px dashed #000;padding:.6em .8em;margin:0 0 .8em;break-inside:avoid}
@media print{body{max-width:none;margin:0;padding:0}}
"""


def as_text(script: Script, say: Say, width: int = 78) -> str:
    """For a terminal, a message or a telephone."""
    out = [_title(script, say), ""]
    out += [f"{label}: {value}" for label, value in _facts(script, say)]
    out += ["", words.read_aloud(say), *_told(script, say), ""]
    for row in script.rows:
        out.append(f"{clock(row.at):>6}  {_cue(row.cue, say)}")
        out += [_indented(line, width) for line in row.lines]
        out += [_indented(f"[{row.note}]", width)] if row.note else []
        out.append("")
    for card in script.cards:
        out += [f"## {card.title}", *(_indented(line, width) for line in card.lines), ""]
    return "\n".join(out)


def _indented(line: str, width: int) -> str:
    return textwrap.fill(line, width, initial_indent=" " * 8, subsequent_indent=" " * 8, break_on_hyphens=False)


def as_html(script: Script, say: Say) -> str:
    """For a printer or a browser; its one style is STYLE."""
    tag, direction = say.locale.tag, say.locale.dir
    return (
        f'<!doctype html>\n<html lang="{tag}" dir="{direction}">\n<head><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width"><title>{escape(_title(script, say))}</title>'
        f"<style>{STYLE}</style></head>\n<body><main>\n{''.join(_main(script, say))}</main></body></html>\n"
    )


def _main(script: Script, say: Say) -> Iterator[str]:
    yield f"<h1>{escape(_title(script, say))}</h1>\n<dl>"
    for label, value in _facts(script, say):
        yield f"<div><dt>{escape(label)}</dt><dd>{escape(value)}</dd></div>"
    yield f"</dl>\n<p>{escape(words.read_aloud(say))}</p>\n"
    yield from (f'<p class="told">{escape(line)}</p>\n' for line in _told(script, say))
    yield f'<table><thead><tr><th scope="col">{escape(words.time_and_cue(say))}</th>'
    yield f'<th scope="col">{escape(words.text(say))}</th></tr></thead>\n<tbody>\n'
    yield from (_row(row, say) for row in script.rows)
    yield '</tbody></table>\n<section class="cards">\n'
    for card in script.cards:
        lines = "".join(f"<p>{escape(line)}</p>" for line in card.lines)
        yield f'<div class="card"><h2>{escape(card.title)}</h2>{lines}</div>\n'
    yield "</section>\n"


def _row(row: Row, say: Say) -> str:
    lines = "".join(f"<p>{escape(line)}</p>" for line in row.lines)
    note = f'<p class="note">{escape(row.note)}</p>' if row.note else ""
    cue = f"<time>{clock(row.at)}</time> {escape(_cue(row.cue, say))}"
    return f'<tr><th scope="row">{cue}</th><td>{lines}{note}</td></tr>\n'


def _cue(cue: Short, say: Say) -> str:
    match cue:
        case "music":
            return words.cue_music(say)
        case "host":
            return words.cue_host(say)
        case "guest":
            return words.cue_guest(say)
        case "calls":
            return words.cue_calls(say)
        case "reader":
            return words.cue_reader(say)
        case "out":
            return words.cue_out(say)


def _title(script: Script, say: Say) -> str:
    return words.heading(say, script.material.title, script.material.episode)


def _facts(script: Script, say: Say) -> Iterator[tuple[str, str]]:
    given = script.material
    yield words.language(say), f"{say.locale.name} ({given.tag})"
    if script.occasion.day:
        yield words.day(say), script.occasion.day
    yield words.length(say), clock(script.occasion.seconds)
    yield words.spoken(say), clock(script.spoken)
    yield words.version(say), str(given.version)
    for item in given.items:
        if item.codes:
            yield words.order(say), f"{item.name}: {', '.join(item.codes)}"
    if given.passed:
        yield words.not_read(say), ", ".join(given.passed)


def _told(script: Script, say: Say) -> tuple[str, ...]:
    return (words.too_long(say, clock(script.over)),) if script.over else ()
