"""How a hub looks after its field nodes, and a node shows itself: list, limits, revoke, quarantine.

Rule 1: what an operator must compare or decide is said in one line each, and nothing else.
Rule 2: who revokes, merges or drops says who she is, for the audit.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from consult.cli.commands import Commands, Words, command, who, whole_above_zero
from consult.cli.endings import DONE, USAGE, Failed

if TYPE_CHECKING:
    from consult.house import House
    from consult.store import View
    from consult.store.fieldwork import PageState
    from consult.sync.status import Standing

LIFTED = "none"


def declare(duties: Commands) -> None:
    """Declare these duties of `consult node`."""
    command(duties, "list", "nodes: last contact, pages, bytes and money spent", _list, "consult node list")
    limits = command(
        duties,
        "limits",
        "at the hub: what a node may spend a day",
        _limits,
        "consult node limits village                    what is set",
        "consult node limits village --bytes 500000",
        "consult node limits village --bytes none       lifted: the node's own setting holds",
    )
    limits.add_argument("name", metavar="NAME")
    limits.add_argument("--bytes", type=_limit, metavar="N|none", help="over the network, both ways")
    limits.add_argument("--segments", type=_limit, metavar="N|none", help="of SMS to the hub")
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
        "consult node quarantine village --epoch 1a2b3c4d --page 7 --tail 9f8e7d6c --drop --who Amina",
    )
    quarantine.add_argument("name", metavar="NAME", nargs="?")
    quarantine.add_argument("--epoch", metavar="HEX")
    quarantine.add_argument("--page", type=whole_above_zero, metavar="N", help="the first page of the tail")
    quarantine.add_argument("--tail", metavar="HEX", default="", help="which, where several begin with that page")
    choice = quarantine.add_mutually_exclusive_group()
    choice.add_argument("--merge", action="store_true", help="take the tail in; people first heard of in it are new")
    choice.add_argument("--drop", action="store_true", help="lose what these pages say")
    quarantine.add_argument("--who", metavar="YOURNAME", help="your name, for the audit trail")


def _limit(text: str) -> int | str:
    """For `type=`: a whole number above zero, or that there is to be none."""
    try:
        return LIFTED if text == LIFTED else whole_above_zero(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text} is neither a whole number above 0 nor {LIFTED}") from None


# ---- how they stand


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
    waits = [f"{words}: {many[state]}" for state, words in told.items() if state in many]
    twins = ["perhaps two machines (find the copy, switch it off)"] if node.twins else []
    odd = [f"orders it does not understand (upgrade it): {node.odd}"] if node.odd else []
    return "; ".join([node.state, *twins, *waits, *odd])


def _tell_own(house: House) -> bool:
    """On a node: whose it is, the number both sides show, what waits to leave, and what the hub wants of it."""
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
    for told in house.store.read(lambda view: list(_told_by_hub(view))):
        print(told)
    return True


def _told_by_hub(view: View) -> Iterator[str]:
    from consult.sync.contact import revoked_after
    from consult.sync.obeying import not_understood
    from consult.sync.pausing import pauses

    cut = revoked_after(view)
    if cut is not None:
        yield f"the hub revoked this node: it believes pages up to {cut}, later ones wait for its operator"
    for name in sorted({each.name for each in view.editions()}):
        areas = [f"{question} {choice}".strip() or "everywhere" for question, choice in sorted(pauses(view, name))]
        if areas:
            yield f"paused by the hub, nothing is started: {name}: {', '.join(areas)}"
    if odd := not_understood(view):
        yield f"orders that this version does not understand: {len(odd)}; upgrade this node, then they are carried out"


# ---- limits


def _limits(words: Words) -> int:
    from consult.cli import opening
    from consult.library import day_of
    from consult.sync import giving

    given = {"bytes": words.bytes, "segments": words.segments}
    changed = {what: None if most == LIFTED else most for what, most in given.items() if most}
    with opening.house() as house:
        node = house.store.read(lambda view: view.node_called(words.name))
        if node is None:
            raise Failed(f"no node is called {words.name}; see consult node list")
        if changed:
            allowed = house.store.write(lambda tx: giving.limits(tx, node, changed, day_of(opening.now())))
        else:
            allowed = house.store.read(lambda view: giving.limits_of(view, node))
    told = [f"{what} {allowed.get(what, 'as the node itself says')}" for what in given]
    print(f"{node.name} may spend a day: {', '.join(told)}")
    if changed:
        print(f"{node.name} is told at its next contact.")
    return DONE


# ---- revoke, quarantine


def _revoke(words: Words) -> int:
    from consult.cli import opening
    from consult.sync import revoking

    with opening.house() as house, _told():
        before = house.store.read(lambda view: view.node_called(words.name))
        after = revoking.revoke(house, words.name, words.after_page, by=who(words), at=opening.now())
    if before and before.cuts == after.cuts:
        print(f"{words.name} was revoked before; nothing changes.")
    else:
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
        which = words.name, int(words.epoch, 16), words.page
        tail = quarantine.decide(house, *which, choice, by=who(words), at=opening.now(), tail=words.tail)
    print(f"pages {tail.first} to {tail.last} of {words.name}: {'merged' if words.merge else 'dropped'}")
    return DONE


def _is_hex(text: str) -> bool:
    return 0 < len(text) <= 8 and all(sign in "0123456789abcdefABCDEF" for sign in text)


def _show_tails(house: House) -> int:
    from consult.cli import showing
    from consult.sync import quarantine

    rows: list[tuple[Any, ...]] = [
        (each.node.name, f"{each.epoch:08x}", each.first, each.last, each.id, each.why, len(each.beside))
        for each in quarantine.tails(house)
    ]
    head = ("node", "epoch", "from page", "to page", "tail", "why", "believed beside")
    print(showing.table(head, rows, right={2, 3, 6}) if rows else "nothing waits for a decision")
    return DONE


@contextmanager
def _told() -> Iterator[None]:
    """What the rooms refuse, as one line with its cure."""
    from consult.sync.quarantine import Undecided
    from consult.sync.revoking import NoNode

    try:
        yield
    except (NoNode, Undecided) as error:
        raise Failed(str(error)) from None
