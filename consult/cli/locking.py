"""The passphrase of a node: setting it, bringing the keys, dropping them at once.

Rule 1: a passphrase is typed, or the first lines of stdin, never a word of a command.
Rule 2: a command asks for keys at the running process, then in a file that is named, then whoever sits here.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from consult.cli.commands import Commands, Words, command
from consult.cli.endings import DONE, FAILED, SURROUNDINGS, Failed

if TYPE_CHECKING:
    from pathlib import Path

    from consult.house import House
    from consult.lock.keeper import Keeper
    from consult.passphrase import Wrapped
    from consult.vault import Keyring, Vault

TRIES = 3


def add(commands: Commands) -> None:
    """Declare passphrase, unlock, lock and panic."""
    command(
        commands,
        "passphrase",
        "set or change the passphrase without which nothing in the data folder opens; it is asked for at each start",
        _passphrase,
        "consult passphrase              shows one that was drawn at random, which may be taken",
    )
    command(
        commands,
        "unlock",
        "bring the keys of the running node; what came meanwhile is taken in first",
        _unlock,
        "consult unlock",
    )
    command(
        commands,
        "lock",
        "drop the keys of the running node: it takes messages in, sealed, and does nothing else",
        _lock,
        "consult lock",
    )
    command(
        commands,
        "panic",
        "drop the keys at once, and take back what the modem has not sent",
        _panic,
        "consult panic",
        "systemctl kill -s USR1 consult     the same, from a button or a lid",
    )


# ---- the running node


def _unlock(_: Words) -> int:
    if _tell({"do": "state"}) == {"open"}:
        print("unlocked already")
        return DONE
    answers = _knocked({"do": "unlock", "passphrase": _typed("passphrase: ")})
    if why := next((each["why"] for each in answers if each.get("why")), None):
        raise Failed(why)
    waiting = max(each.get("waiting", 0) for each in answers)
    print(f"unlocked; {waiting} messages that came meanwhile are being taken in" if waiting else "unlocked")
    return DONE


def _lock(_: Words) -> int:
    return _closed(_tell({"do": "lock"}))


def _panic(_: Words) -> int:
    return _closed(_tell({"do": "panic"}))


def _closed(states: set[str]) -> int:
    print("locked" if states == {"locked"} else "a process did not lock: stop it")
    return DONE if states == {"locked"} else FAILED


def _tell(told: Mapping[str, Any]) -> set[str]:
    """The states of the processes that were told."""
    return {str(each.get("state")) for each in _knocked(told)}


def _knocked(told: Mapping[str, Any]) -> list[dict[str, Any]]:
    from consult.cli import opening
    from consult.lock import doors

    try:
        return doors.knock(opening.settings().data, told)
    except doors.Nobody as nobody:
        raise Failed(str(nobody), SURROUNDINGS) from None


# ---- the passphrase


def _passphrase(_: Words) -> int:
    from consult import passphrase
    from consult.cli import opening
    from consult.vault import Vault

    opening.without_core_files()
    folder = opening.settings().data
    vault = _now_open(folder) if (folder / "keys" / "hub.key").exists() else None
    new = _chosen()
    if vault is None:
        Vault.open(folder, make=lambda keys: passphrase.wrap(keys, new).text())
    else:
        passphrase.put_on(folder, vault, new)
    print(
        "set: nothing here opens without it, and nobody can bring it back. Keep it in two heads, or on paper elsewhere"
    )
    print("a `consult serve` that runs without one must be started again; `consult doctor` looks at the machine")
    return DONE


def _now_open(folder: Path) -> Vault:
    """The vault there, opened by the passphrase it has now. Raises Failed."""
    from consult.vault import Vault

    vault = Vault.open(folder)
    if vault.wrapped:
        vault.unlock(_opened(vault.wrapped, _typed("passphrase until now: ")))
    return vault


def _chosen() -> str:
    """A new one, typed twice. Raises Failed."""
    from secrets import randbelow

    from consult import passphrase

    if sys.stdin.isatty():
        print(f"drawn just now, {passphrase.BITS} bits; take it, or another: {passphrase.drawn(randbelow)}")
    new = _typed("new passphrase: ")
    try:
        passphrase.demand_strong(new)
    except passphrase.Weak as weak:
        raise Failed(f"{weak}. Nothing was changed") from None
    if _typed("the same again: ") != new:
        raise Failed("they differ; nothing was changed")
    return new


def _typed(ask: str) -> str:
    """A passphrase: typed unseen, or the next line of stdin."""
    if sys.stdin.isatty():
        from getpass import getpass

        return getpass(ask)
    return sys.stdin.readline().rstrip("\r\n")


# ---- the keys for a command, and for a process that begins


def bring(house: House, *, ask: bool) -> None:
    """Unlock the house for one command. Raises Locked with the way, Failed."""
    from consult.lock.gate import State
    from consult.sealing import Locked

    wrapped = house.vault.wrapped
    assert wrapped is not None
    if keys := _lent(house) or _filed(wrapped) or (_asked(wrapped) if ask else None):
        house.unlock(keys)
        house.gate.turn(State.OPEN)
        return
    raise Locked(f"{house.settings.data} is locked: consult unlock, or do this at a terminal and type the passphrase")


@contextmanager
def follows(house: House) -> Iterator[None]:
    """A process without pages is locked and unlocked with the one that has them."""
    from consult.lock.keeper import kept

    with kept(house, lambda: house.doorbell.ring(0), desk=False) as keeper:
        if keeper:
            start(house, keeper)
        yield


def start(house: House, keeper: Keeper) -> None:
    """Unlock a process that begins; without a passphrase, or with a wrong one, it begins locked, and says so."""
    from consult import passphrase

    if lent := _lent(house):
        keeper.borrow(lent)
        return
    for given in _at_start():
        try:
            keeper.unlock(given)
            return
        except passphrase.Wrong as wrong:
            print(f"consult: {wrong}", file=sys.stderr, flush=True)
    keeper.panic()  # whoever ran before may have died with messages at the modem
    print("consult: locked. Messages are kept, sealed; the rest waits for consult unlock", file=sys.stderr, flush=True)


def _at_start() -> Iterator[str]:
    """The one that is told of, or those that are typed until one is empty."""
    from consult.passphrase import from_file

    given = from_file(os.environ)
    if given is not None:
        yield given
    elif sys.stdin.isatty():
        for _ in range(TRIES):
            if not (typed := _typed("passphrase (an empty line begins locked): ")):
                return
            yield typed


def _lent(house: House) -> Keyring | None:
    from consult.lock import doors
    from consult.vault import KEY, Keyring

    told = {"do": "lend", "here": sys.stdin.isatty()}
    answers = doors.knock(house.settings.data, told, but=str(os.getpid()))
    lent = next((bytes.fromhex(each["keys"]) for each in answers if "keys" in each), None)
    return Keyring(lent[:KEY], lent[KEY:]) if lent else None


def _filed(wrapped: Wrapped) -> Keyring | None:
    from consult.passphrase import from_file

    given = from_file(os.environ)
    return _opened(wrapped, given) if given is not None else None


def _asked(wrapped: Wrapped) -> Keyring | None:
    return _opened(wrapped, _typed("passphrase: ")) if sys.stdin.isatty() else None


def _opened(wrapped: Wrapped, given: str) -> Keyring:
    from consult.passphrase import Wrong

    try:
        return wrapped.open(given)
    except Wrong as wrong:
        raise Failed(str(wrong)) from None
