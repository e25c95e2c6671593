"""What was answered: the gated table anybody may see, its releases, and the raw tally of someone at this machine, which
is audited.

Rule 1: findings pass the gate: fewer than ten people are never a number, except in test data (D19).
Rule 2: a frame nobody came by looks like one of fewer than ten: that nobody came discloses as much as that one did.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from consult.cli import asking, coding, protecting, releasing
from consult.cli.commands import Commands, Words, command, who
from consult.cli.endings import DONE

if TYPE_CHECKING:
    import argparse

    from consult.consultation import Question
    from consult.house import House
    from consult.store.records import Published

FRAMES = ("open", "enrolled", "beep", "slip", "assisted")
_CAME = {
    "open": "by the open line",
    "enrolled": "enrolled",
    "beep": "by beep",
    "slip": "by slip",
    "assisted": "assisted",
}
_ANSWERS = {
    "answers": "answered",
    "not_sure": "not sure",
    "not_understood": "did not understand",
    "prefer_not": "prefers not to say",
}


def add(commands: Commands) -> None:
    """Declare findings and its duties, and tally."""
    findings = command(
        commands,
        "findings",
        "what was answered: shown now, or released for good",
        None,
        "consult findings show river",
        "consult findings release river --who Amina",
    )
    duties: Commands = findings.add_subparsers(metavar="DUTY", required=True)
    show = command(
        duties,
        "show",
        "show the answers so far; fewer than 10 people are shown as <10",
        _findings,
        "consult findings show river",
        "consult findings show river --format json",
        "consult findings show river --format csv --frame enrolled --output river.csv",
        "cat half-a.txt half-b.txt | consult findings show river --kit     custody offline: both halves on stdin",
    )
    _add_shape(show)
    releasing.add(duties)
    coding.add(duties)
    asking.add(duties)
    protecting.add(duties)
    tally = command(
        commands,
        "tally",
        "count the answers as they are, at this machine; who looked is recorded",
        _tally,
        "consult tally river --who Amina",
        "consult tally river --who Amina --without-shared     without the voices of shared telephones",
    )
    _add_shape(tally)
    tally.add_argument("--without-shared", action="store_true", help="leave out voices that share a telephone")
    tally.add_argument("--who", metavar="YOURNAME", required=True, help="your name, for the audit trail")


def _add_shape(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", metavar="NAME")
    parser.add_argument("--format", choices=("table", "csv", "json"), default="table")
    parser.add_argument("--frame", choices=FRAMES, help="by which way people came (default: enrolled, else open)")
    parser.add_argument("--output", metavar="FILE", type=Path, help="write here, readable by you alone")
    parser.add_argument("--kit", action="store_true", help="ask for both halves of the recovery kit")


def _findings(words: Words) -> int:
    from consult import figures
    from consult.cli import opening

    with opening.house() as house:
        published = _published(house, words.name)
        document = figures.figures(house, words.name, private=_private(published, words.kit))
        return _give(house, published, document, words)


def _tally(words: Words) -> int:
    from consult import figures
    from consult.cli import opening

    by = who(words)
    with opening.house() as house:
        published = _published(house, words.name)
        private = _private(published, words.kit)
        at, shared = opening.now(), not words.without_shared
        document = figures.raw_tally(house, words.name, who=by, at=at, shared=shared, private=private)
        return _give(house, published, document, words)


def _published(house: House, name: str) -> Published:
    """Also of a retired one: what was last shown of it may be shown again. Raises figures.NoSuch."""
    from consult.figures import NoSuch

    found = house.store.read(lambda view: view.published(name))
    if found is None:
        known = sorted({each.name for each in house.store.read(lambda view: view.editions())})
        raise NoSuch(f"no consultation {name!r}; published: {', '.join(known) or 'none yet'}")
    return found


def _private(published: Published, kit: bool) -> bytes | None:
    from consult.cli import halves

    return halves.ask(published).private if kit else None


def _give(house: House, published: Published, document: dict[str, Any], words: Words) -> int:
    from consult import durable
    from consult.cli.showing import as_json

    questions = house.library.edition(published).consultation.questions
    shown = _of_frame(document, words.frame, questions)
    labels = _labels(house, published)
    if words.format == "json":
        out = as_json(shown)
    elif words.format == "csv":
        out = _csv(shown, labels)
    else:
        out = _table(shown, labels)
    if words.output:
        durable.write(words.output, f"{out}\n".encode("utf-8-sig" if words.format == "csv" else "utf-8"))
    else:
        print(out)
    return DONE


def _of_frame(document: dict[str, Any], frame: str | None, questions: tuple[Question, ...]) -> dict[str, Any]:
    from consult.figures import frame_of

    came = {table["frame"] for table in document["frames"]}
    if (frame and frame not in came) or not came:
        return {**document, **_nobody(frame or "open", questions, raw=document["raw"])}
    return frame_of(document, frame)


def _nobody(frame: str, questions: tuple[Question, ...], *, raw: bool) -> dict[str, Any]:
    """The table of a frame by which nobody came."""
    from consult.findings.gate import shown
    from consult.findings.tally import nobody

    return shown(nobody(frame, questions), raw=raw)


# ---- in words


def _labels(house: House, published: Published) -> dict[tuple[str, str], str]:
    """(question, code) -> words in the hub's language; (question, "") is the question's own."""
    consultation = house.library.edition(published).consultation
    tag = house.settings.locale if house.settings.locale in consultation.languages else consultation.languages[0]
    found: dict[tuple[str, str], str] = {}
    for question in consultation.questions:
        found[question.name, ""] = question.label.get(tag, question.name)
        found |= {(question.name, option.name): option.label.get(tag, option.name) for option in question.choices}
    return found


def _table(shown: dict[str, Any], labels: dict[tuple[str, str], str]) -> str:
    from consult.cli.showing import table
    from consult.findings.gate import PEOPLE, SMALL

    gated = f"fewer than 10 people are shown as {SMALL}; hidden is what would give them away"
    kind = "counts as they are" if shown["raw"] else gated
    lines = [f"{shown['consultation']} version {shown['version']}, {_CAME[shown['frame']]}; {kind}", ""]
    lines += [table(PEOPLE, [[shown[name] for name in PEOPLE]], right=range(len(PEOPLE)))]
    for question in shown["questions"]:
        said = labels.get((question["name"], ""), question["name"])
        rows = [(_label(labels, question["name"], code), n) for code, n in question["counts"].items()]
        rows += [("people who answered", question["people"]), ("skipped", question["skipped"])]
        lines += ["", f"{question['name']} ({question['type']}): {' '.join(said.split())}"]
        lines += [f"  {line}" for line in table(("", "people"), rows, right={1}).splitlines()[1:]]
    others = [each["frame"] for each in shown["frames"] if each["frame"] != shown["frame"]]
    lines += (
        ["", f"people came also by: {', '.join(others)} (--frame shows each; they are never added up)"]
        if others
        else []
    )
    return "\n".join(lines)


def _label(labels: dict[tuple[str, str], str], question: str, code: str) -> str:
    return labels.get((question, code)) or _ANSWERS.get(code, code)


def _csv(shown: dict[str, Any], labels: dict[tuple[str, str], str]) -> str:
    from consult.spreadsheets import as_csv

    head = ("consultation", "version", "frame", "question", "type", "code", "label", "people")
    known = (shown["consultation"], shown["version"], shown["frame"])
    return as_csv([head, *((*known, *row) for row in _rows(shown, labels))])


def _rows(shown: dict[str, Any], labels: dict[tuple[str, str], str]) -> Iterator[tuple[object, ...]]:
    """People first (without a question), then every code of every question."""
    from consult.findings.gate import PEOPLE

    for name in PEOPLE:
        yield "", "", name, "", shown[name]
    for question in shown["questions"]:
        name, kind = question["name"], question["type"]
        yield name, kind, "", labels.get((name, ""), ""), question["people"]
        yield name, kind, "skipped", "", question["skipped"]
        for code, n in question["counts"].items():
            yield name, kind, code, _label(labels, name, code), n
