"""Field nodes: what goes between a node and its hub, over the network and on sticks.

Rule 1: nothing leaves a node but sealed pages, nothing a hub but what it signed.
Rule 2: everything may be interrupted and run again: what came, came once.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from consult.cli import belonging, overseeing
from consult.cli.commands import Commands, Words, command
from consult.cli.endings import DONE, FAILED, SURROUNDINGS, USAGE, Failed

if TYPE_CHECKING:
    from consult.house import House
    from consult.store.fieldwork import Node
    from consult.sync.bundles import Found
    from consult.sync.heeding import Heeded
    from consult.sync.https import Met
    from consult.sync.keys import Hub


def add(commands: Commands) -> None:
    """Declare node, with what travels below it."""
    parser = command(
        commands,
        "node",
        "field nodes and their hub: join, sync, carry, list, revoke",
        None,
        "consult node enrol village",
        "consult node list",
    )
    parts: Commands = parser.add_subparsers(metavar="DUTY", required=True)
    belonging.declare(parts)
    overseeing.declare(parts)
    _add_sync(parts)
    _add_export(parts)
    _add_import(parts)
    _add_answer(parts)


def _add_sync(parts: Commands) -> None:
    sync = command(
        parts,
        "sync",
        "on a node: meet the hub over HTTPS, as the timer of consult serve does",
        _sync,
        "consult node sync           what is due",
        "consult node sync --now     close what is open first, and bring it",
    )
    sync.add_argument("--now", action="store_true", help="also what was heard since the last page closed")


def _add_export(parts: Commands) -> None:
    export = command(
        parts,
        "export",
        "on a node: write what the hub has not received into a file, for whoever walks",
        _export,
        "consult node export /media/stick",
    )
    export.add_argument("folder", type=Path, metavar="FOLDER", help="where to write it")


def _add_import(parts: Commands) -> None:
    import_ = command(
        parts,
        "import",
        "take in files from a node (at the hub) or from the hub (on a node); cut or merged ones too",
        _import,
        "consult node import /media/stick/*.bin",
    )
    import_.add_argument("files", nargs="+", type=Path, metavar="FILE", help="what export or answer wrote")


def _add_answer(parts: Commands) -> None:
    answer = command(
        parts,
        "answer",
        "at the hub: write what a node is to be told, which pages came and what is asked of it",
        _answer,
        "consult node answer village /media/stick",
    )
    answer.add_argument("name", metavar="NAME", help="what the node is called here")
    answer.add_argument("folder", type=Path, metavar="FOLDER", help="where to write it")


# ---- over the network


def _sync(words: Words) -> int:
    import random
    import time

    from consult.cli import opening
    from consult.sync import closing, https

    with opening.house() as house:
        _hub(house)
        closing.close_due(house, opening.now(), now=words.now)
        pace = https.Pace(cap=https.allowed(house))
        with _explained():
            met = https.sync(
                house,
                opening.now,
                pace,
                pause=lambda failures: time.sleep(2**failures + random.random()),
                tell=_show,
            )
    return _tell_met(met, pace.cap)


def _show(met: Met, waiting: int) -> None:
    if sys.stderr.isatty():
        print(f"\r{met.pages} pages came through, {waiting} wait ", end="", file=sys.stderr, flush=True)


def _tell_met(met: Met, cap: int) -> int:
    if sys.stderr.isatty():
        print(file=sys.stderr)
    came = f"pages: {met.pages}; orders: {met.orders}; {_carried(met)}"
    print(f"{came}bytes up {met.up}, down {met.down}; attempts: {met.tries}")
    for why in met.refused:
        print(f"consult: the hub refuses a page ({why}); it is kept here, tell whoever looks after the hub")
    if met.revoked:
        print("consult: the hub revoked this node; what it hears from now on is put before the operator there")
    if met.spent:
        raise Failed(f"the {cap} bytes of today are spent (CONSULT_SYNC_PER_DAY); the rest waits until tomorrow")
    if met.broke:
        raise Failed(f"the connection broke ({met.broke}); what came is kept, the rest goes with the next sync")
    return DONE


def _carried(met: Met) -> str:
    told = [f"recordings: {met.tapes}; "] if met.tapes else []
    return "".join([*told, f"sounds: {met.sounds}; "] if met.sounds else told)


# ---- in files


def _export(words: Words) -> int:
    from consult.cli import opening
    from consult.library import day_of
    from consult.store.fieldwork import Traffic
    from consult.sync import bundles, closing, contact

    _demand_folder(words.folder)
    with opening.house() as house, _explained():
        _hub(house)
        closing.close_due(house, opening.now(), now=True)
        pages = house.store.read(contact.outgoing)
        if not pages:
            print("nothing waits: the hub has all that was heard here")
            return DONE
        content = b"".join(page.data for page in pages)
        path = bundles.write(words.folder, content)
        node = bytes.fromhex(house.store.read(lambda view: view.origin_node()))
        traffic = Traffic(node, day_of(opening.now()), "file", 1, len(content), 0)
        house.store.write(lambda tx: tx.count_traffic(traffic))
    print(f"{path}: {len(pages)} pages, {len(content)} bytes. They stay here until the hub says that it has them.")
    return DONE


def _answer(words: Words) -> int:
    from consult.cli import opening
    from consult.sync import bundles

    _demand_folder(words.folder)
    with opening.house() as house, _explained():
        node = _node(house, words.name)
        content = bundles.answer(house, node, opening.now())
        if not content:
            print(f"nothing is to be told: no page of {node.name} came, and nothing is asked of it")
            return DONE
        path = bundles.write(words.folder, content)
    print(f"{path}: {len(content)} bytes, for {node.name}")
    return DONE


def _import(words: Words) -> int:
    from consult.cli import opening
    from consult.sync.keys import hub_of

    with opening.house() as house, _explained():
        hub = house.store.read(hub_of)
        codes = [_taken(house, hub, file) for file in words.files]
    return max(codes)


def _taken(house: House, hub: Hub | None, file: Path) -> int:
    """One file's fault stops no other."""
    try:
        return _take_file(house, hub, file)
    except (Failed, OSError) as error:
        print(f"consult: {error if isinstance(error, Failed) else f'{file}: {error.strerror}'}", file=sys.stderr)
        return error.code if isinstance(error, Failed) else SURROUNDINGS


def _take_file(house: House, hub: Hub | None, file: Path) -> int:
    from consult.cli import opening
    from consult.sync import bundles

    data = _read(file, bundles.LARGEST)
    if bundles.takes_letters(data) != (hub is not None):
        other = "the hub" if hub else "a node"
        raise Failed(f"{file}: nothing in it is for this machine; what {other} is to have is imported there", USAGE)
    if hub is not None:
        heeded = bundles.take_letters(house, hub, data)
        return _tell_heeded(file, heeded)
    found = bundles.take_pages(house, data, opening.now(), _show_pages)
    return _tell_found(file, found)


def _tell_heeded(file: Path, heeded: Heeded) -> int:
    ours = heeded.acks + heeded.orders + heeded.again
    if heeded.others and not ours:
        raise Failed(f"{file}: this file is for another node; at the hub, consult node answer writes one for this node")
    print(f"{file}: acks {heeded.acks}, orders carried out {heeded.orders}, known before {heeded.again}")
    if heeded.others:
        print(f"consult: {heeded.others} letters in it are for other nodes; carry it on to them", file=sys.stderr)
    return DONE if ours else FAILED


def _show_pages(found: Found) -> None:
    if sys.stderr.isatty() and found.pages % 20 == 0:
        print(f"\r{found.pages} pages ", end="", file=sys.stderr, flush=True)


def _tell_found(file: Path, found: Found) -> int:
    told = ", ".join(f"{name} {many}" for name, many in sorted(found.outcomes.items())) or "none"
    print(f"{file}: pages: {told}")
    if found.cut:
        print("consult: the file is damaged or was cut; every whole page in it was taken", file=sys.stderr)
    for why, many in sorted(found.refused.items()):
        print(f"consult: not taken: {many} ({why}); docs/pages.md says what that means", file=sys.stderr)
    return DONE if found.pages else FAILED


# ---- what is named


def _hub(house: House) -> Hub:
    from consult.sync.keys import hub_of

    hub = house.store.read(hub_of)
    if hub is None:
        raise Failed("this is no node of a hub", SURROUNDINGS)
    return hub


def _node(house: House, name: str) -> Node:
    node = house.store.read(lambda view: view.node_called(name))
    if node is None:
        known = ", ".join(each.name for each in house.store.read(lambda view: view.nodes()))
        raise Failed(f"no node {name!r}; known: {known or 'none yet'}")
    return node


def _demand_folder(folder: Path) -> None:
    if not folder.is_dir():
        raise Failed(f"{folder} is no folder; is the stick in?", USAGE)


def _read(file: Path, largest: int) -> bytes:
    with file.open("rb") as opened:
        data = opened.read(largest + 1)
    if not data or len(data) > largest:
        raise Failed(f"{file} is {'empty' if not data else 'larger than any of ours'}", USAGE)
    return data


@contextmanager
def _explained() -> Iterator[None]:
    """What can go wrong on the way, as a line with its cure."""
    from consult.sync.bundles import NotWritten
    from consult.sync.closing import NotAtHand
    from consult.sync.https import NoHub
    from consult.sync.talking import Unknown
    from consult.sync.wire import NotTrusted

    try:
        yield
    except BlockingIOError:
        raise Failed("another process is syncing this node; wait for it") from None
    except Unknown:
        raise Failed("the hub does not know this node, or its token; ask whoever looks after the hub") from None
    except (NotWritten, NoHub, NotTrusted, NotAtHand) as error:
        raise Failed(str(error), SURROUNDINGS) from None
