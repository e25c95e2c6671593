"""How a field node comes to belong to a hub and stops to: enrol, admit, join, list, limits, revoke, quarantine.

Rule 1: over HTTPS one code is enough; without a network two files on a stick go forth and back.
Rule 2: what an operator must compare or carry is said in one line each, and nothing else.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from consult.cli.commands import Commands, Words, command, who, whole_above_zero
from consult.cli.endings import DONE, USAGE, Failed

if TYPE_CHECKING:
    from consult.house import House
    from consult.store.fieldwork import PageState
    from consult.sync.codes import Code
    from consult.sync.status import Standing

LARGEST = 4096  # bytes of a file of joining


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
    command(duties, "list", "nodes: last contact, pages, bytes and money spent", _list, "consult node list")
    limits = command(
        duties,
        "limits",
        "at the hub: what a node may spend a day",
        _limits,
        "consult node limits village --bytes 500000",
    )
    limits.add_argument("name", metavar="NAME")
    limits.add_argument("--bytes", type=whole_above_zero, metavar="N", help="over the network, both ways")
    limits.add_argument("--segments", type=whole_above_zero, metavar="N", help="of SMS to the hub")
    revoke = command(
        duties,
        "revoke",
        "at the hub: a node is lost or not to be trusted",
        _revoke,
        "consult node revoke village --who Amina",
        "consult node revoke village --after-page 12 --who Amina     later ones wait for a decision",
    )
    revoke.add_argument("name", metavar="NAME")
    revoke.add_argument("--after-page", type=int, metavar="N", help="the last page to believe (default: all that came)")
    revoke.add_argument("--who", metavar="YOURNAME", required=True, help="your name, for the audit trail")
    _declare_quarantine(duties)


def _declare_quarantine(duties: Commands) -> None:
    quarantine = command(
        duties,
        "quarantine",
        "at the hub: pages that were not believed; merge or drop them",
        _quarantine,
        "consult node quarantine",
        "consult node quarantine village --epoch 1a2b3c4d --page 7 --merge --who Amina",
    )
    quarantine.add_argument("name", metavar="NAME", nargs="?")
    quarantine.add_argument("--epoch", metavar="HEX")
    quarantine.add_argument("--page", type=whole_above_zero, metavar="N", help="the first page of the tail")
    choice = quarantine.add_mutually_exclusive_group()
    choice.add_argument("--merge", action="store_true", help="take the tail in; people first heard of in it are new")
    choice.add_argument("--drop", action="store_true", help="lose what these pages say")
    quarantine.add_argument("--who", metavar="YOURNAME", help="your name, for the audit trail")


# ---- joining


def _enrol(words: Words) -> int:
    from consult.cli import opening
    from consult.sync import codes

    with opening.house() as house, _told():
        code = codes.offer(house, words.name, opening.now())
        url = house.settings.public_url
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
    elif url:
        print(f'On the node: consult node join "{code.text()}" --url {url}')
    else:
        print("CONSULT_PUBLIC_URL is not set, so the node cannot come over the network: write --file for a stick.")
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


# ---- looking after


def _list(_: Words) -> int:
    from consult.cli import opening, showing
    from consult.sync.status import standings

    with opening.house() as house:
        if _tell_own(house):
            return DONE
        rows = [
            (
                each.name,
                each.number,
                each.seen or "never",
                each.pages,
                each.missing or "",
                each.waiting,
                each.spent,
                _standing(each),
            )
            for each in standings(house, opening.now())
        ]
    head = ("node", "number", "last contact", "pages", "missing", "orders left", "spent", "state")
    print(showing.table(head, rows, right={3, 5}) if rows else "no node has joined; consult node enrol NAME")
    return DONE


def _standing(node: Standing) -> str:
    many = node.unmerged
    told: dict[PageState, str] = {
        "quarantined": "pages that wait for you (consult node quarantine)",
        "ahead": "pages that wait for earlier ones",
        "held": "pages that wait for a version (publish it again, or upgrade this hub)",
        "sealed": "pages that wait for the key of their consultation",
    }
    return "; ".join([node.state, *(f"{words}: {many[state]}" for state, words in told.items() if state in many)])


def _tell_own(house: House) -> bool:
    """On a node: whose it is, the number both sides show, and what waits to leave."""
    from consult.sync import enrolling
    from consult.sync.contact import outgoing
    from consult.sync.keys import hub_of, node_box, node_signing

    hub, node, waiting = house.store.read(lambda view: (hub_of(view), view.origin_node(), len(outgoing(view))))
    if hub is None:
        return False
    mine = bytes(node_signing(house.vault).verify_key), node_box(house.vault)[0]
    shown = enrolling.fingerprint(enrolling.Request(bytes.fromhex(node), *mine, b""), hub.verify, hub.box)
    print(f"this is the node {hub.name} of the hub {hub.url or 'that is reached by stick'}; number {shown}")
    print(f"{waiting} pages wait to leave")
    return True


def _limits(words: Words) -> int:
    from consult.cli import opening
    from consult.library import day_of
    from consult.sync import giving

    if not (words.bytes or words.segments):
        raise Failed("say what it may spend: --bytes N, --segments N", USAGE)
    allowed = {key: value for key, value in (("bytes", words.bytes), ("segments", words.segments)) if value}
    with opening.house() as house:
        node = house.store.read(lambda view: view.node_called(words.name))
        if node is None:
            raise Failed(f"no node is called {words.name}; see consult node list")
        house.store.write(lambda tx: giving.limits(tx, node, allowed, day_of(opening.now())))
    print(f"{words.name} is told at its next contact.")
    return DONE


def _revoke(words: Words) -> int:
    from consult.cli import opening
    from consult.sync import revoking

    with opening.house() as house, _told():
        revoking.revoke(house, words.name, words.after_page, by=who(words), at=opening.now())
    print(f"{words.name} is revoked. Pages that are not believed: consult node quarantine")
    return DONE


def _quarantine(words: Words) -> int:
    from consult.cli import opening
    from consult.sync import quarantine

    with opening.house() as house, _told():
        if not (words.merge or words.drop):
            return _show_tails(house)
        if not (words.name and words.epoch and words.page and words.who):
            raise Failed("say which: NAME --epoch HEX --page N --merge or --drop --who YOURNAME", USAGE)
        choice: quarantine.Choice = "merge" if words.merge else "drop"
        if not _is_hex(words.epoch):
            raise Failed(f"{words.epoch} is no epoch; it stands in `consult node quarantine`", USAGE)
        epoch = int(words.epoch, 16)
        tail = quarantine.decide(house, words.name, epoch, words.page, choice, by=who(words), at=opening.now())
    print(f"pages {tail.first} to {tail.last} of {words.name}: {'merged' if words.merge else 'dropped'}")
    return DONE


def _is_hex(text: str) -> bool:
    return 0 < len(text) <= 8 and all(sign in "0123456789abcdefABCDEF" for sign in text)


def _show_tails(house: House) -> int:
    from consult.cli import showing
    from consult.sync import quarantine

    rows: list[tuple[Any, ...]] = [
        (each.node.name, f"{each.epoch:08x}", each.first, each.last, each.why, len(each.beside))
        for each in quarantine.tails(house)
    ]
    head = ("node", "epoch", "from page", "to page", "why", "believed beside")
    print(showing.table(head, rows, right={2, 3, 5}) if rows else "nothing waits for a decision")
    return DONE


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


def _told() -> Any:
    """What the rooms refuse, as one line with its cure."""
    from contextlib import contextmanager

    @contextmanager
    def telling() -> Any:
        from consult.sync.enrolling import NotAdmitted
        from consult.sync.quarantine import Undecided
        from consult.sync.revoking import NoNode

        try:
            yield
        except (NotAdmitted, NoNode, Undecided) as error:
            raise Failed(str(error)) from None

    return telling()
