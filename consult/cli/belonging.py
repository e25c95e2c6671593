"""How a field node comes to belong to a hub: enrol, admit, join. What follows is in `overseeing`.

Rule 1: over HTTPS one code is enough; without a network two files on a stick go forth and back.
Rule 2: what an operator must compare or carry is said in one line each, and nothing else.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from consult.cli.commands import Commands, Words, command
from consult.cli.endings import DONE, USAGE, Failed

if TYPE_CHECKING:
    from consult.house import House
    from consult.sync.codes import Code

LARGEST = 4096  # bytes of a file of joining
NO_WAY = (
    "no code was made: CONSULT_PUBLIC_URL is not set, so no node could come with it over the network. "
    "Set it to this hub's https address, or write the code for a stick: --file /media/stick/notes"
)


def declare(duties: Commands) -> None:
    """Declare these duties of `consult node`."""
    enrol = command(
        duties,
        "enrol",
        "at the hub: a one-time code for one node",
        _enrol,
        "consult node enrol village",
        "consult node enrol village --file /media/stick/notes     where the node has no network",
    )
    enrol.add_argument("name", metavar="NAME", help="what the node is called here")
    enrol.add_argument("--file", metavar="FILE", help="write the code for a stick, with what the node must know")
    enrol.add_argument("--qr", metavar="FILE.svg", help="write the code as a picture to scan")
    admit = command(
        duties,
        "admit",
        "at the hub: let in the node that wrote this file",
        _admit,
        "consult node admit /media/stick/ask",
    )
    admit.add_argument("file", metavar="FILE")
    admit.add_argument("--out", metavar="FILE", help="where the grant goes (default: FILE.grant)")
    join = command(
        duties,
        "join",
        "at the node: belong to a hub",
        _join,
        'consult node join "ABCDE FGHIJ ..." --url https://hub.example.org',
        "consult node join /media/stick/notes            writes the request beside it",
        "consult node join /media/stick/notes.ask.grant  the hub's answer to it",
    )
    join.add_argument("code", metavar="CODE|FILE")
    join.add_argument("--url", metavar="https://...", help="where the hub is, unless the picture says it")


# ---- joining


def _enrol(words: Words) -> int:
    from consult.cli import opening
    from consult.sync import codes

    with opening.house() as house, _told():
        url = house.settings.public_url
        if not (url or words.file):
            raise Failed(NO_WAY, USAGE)
        code = codes.offer(house, words.name, opening.now())
        if words.file:
            _write(Path(words.file), codes.stick_letter(house, code, url))
    if words.qr:
        _write(Path(words.qr), _picture(f"{url}#{code.text()}"))
    _say_code(words, code, url)
    return DONE


def _say_code(words: Words, code: Code, url: str) -> None:
    print(f"For {words.name}, once, within two days:\n\n    {code.text()}\n")
    if words.file:
        print(f"On the node: consult node join {words.file}")
    else:
        print(f'On the node: consult node join "{code.text()}" --url {url}')
    if sys.stdout.isatty() and not words.file:
        import segno

        segno.make(f"{url}#{code.text()}", micro=False).terminal(compact=True)


def _picture(text: str) -> bytes:
    import io

    import segno

    out = io.BytesIO()
    segno.make(text, micro=False).save(out, kind="svg", scale=6)
    return out.getvalue()


def _admit(words: Words) -> int:
    from consult.cli import opening
    from consult.sync import codes, enrolling

    source = Path(words.file)
    with opening.house() as house, _told():
        grant, node, asked = codes.answer(house, _read(source), house.settings.public_url, opening.now())
        shown = enrolling.fingerprint(asked, *enrolling.keys_of_hub(house))
    out = Path(words.out) if words.out else source.with_name(f"{source.name}.grant")
    _write(out, grant)
    print(f"{node.name} is let in. Carry {out} to it: consult node join {out}")
    print(f"Both sides must show the same number: {shown}")
    return DONE


def _join(words: Words) -> int:
    from consult.cli import opening
    from consult.sync import asking, codes

    with opening.house(begin=True) as house, _told():
        _demand_free(house)
        if Path(words.code).is_file():
            return _join_by_file(house, Path(words.code))
        if "/" in words.code.partition("#")[0] and "#" not in words.code:
            raise Failed(f"{words.code} is not there; is the stick in?", USAGE)
        code = codes.read_code(words.code)
        url = words.url or words.code.rpartition("#")[0]
        if not url:
            raise Failed("say where the hub is: --url https://..., or join by the file of a stick", USAGE)
        name, shown = asking.join(house, url, code)
    print(f"The hub lets this node in and calls it {name}. Both sides must show the same number: {shown}")
    print("At the hub: consult node list. If the numbers differ, revoke it there and begin again.")
    return DONE


def _join_by_file(house: House, source: Path) -> int:
    from consult.sync import codes, enrolling

    data = _read(source)
    if codes.is_grant(data):
        name = codes.accept(house, data, *codes.expected(house))
        print(f"The hub lets this node in and calls it {name}.")
        return DONE
    code, verify, box, _ = codes.read_stick(data)
    letter, asked = codes.request(house, code, box)
    codes.expect(house, verify, box)
    out = source.with_name(f"{source.name}.ask")
    _write(out, letter)
    print(f"Carry {out} to the hub: consult node admit {out}")
    print(f"Both sides must show the same number: {enrolling.fingerprint(asked, verify, box)}")
    return DONE


def _demand_free(house: House) -> None:
    from consult.sync.keys import hub_of

    if house.store.read(hub_of):
        raise Failed("this data folder belongs to a hub already; a node of another hub needs a folder of its own")
    if house.store.read(lambda view: view.editions() or view.nodes()):
        raise Failed("this data folder holds consultations or nodes of its own; set CONSULT_DATA to a new folder")


# ---- files


def _read(file: Path) -> bytes:
    with file.open("rb") as opened:
        data = opened.read(LARGEST + 1)
    if len(data) > LARGEST:
        raise Failed(f"{file} is no file of joining; give the one that the other side wrote")
    return data


def _write(file: Path, content: bytes) -> None:
    from consult import durable

    durable.write(file, content)


@contextmanager
def _told() -> Iterator[None]:
    """What the rooms refuse, as one line with its cure."""
    from consult.sync.enrolling import NotAdmitted

    try:
        yield
    except NotAdmitted as error:
        raise Failed(str(error)) from None
