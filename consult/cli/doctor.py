"""What is missing or misconfigured, and the cure: one line a check, for a person or for a script.

Rule 1: nothing is changed, except with `--resume`, which lets a halted carrier try again.
Rule 2: one fault hides no other, as far as what it touches can be opened at all.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import asdict
from functools import partial
from typing import TYPE_CHECKING

from consult.cli.commands import Commands, Words, command
from consult.cli.endings import DONE, FAILED, Failed

if TYPE_CHECKING:
    from consult.cli.examining import Finding
    from consult.config import Settings
    from consult.store import Tx

_WORD = {"ok": "ok  ", "warn": "warn", "fail": "FAIL"}


def add(commands: Commands) -> None:
    """Declare doctor."""
    parser = command(
        commands,
        "doctor",
        "say what is missing or misconfigured, and the cure",
        _doctor,
        "consult doctor",
        "consult doctor --format json",
        "consult doctor --resume CARRIER     what halted a carrier is put right: let it try again",
    )
    parser.add_argument("--format", choices=("table", "json"), default="table")
    parser.add_argument("--resume", metavar="CARRIER", help="let a halted carrier send again")


def _doctor(words: Words) -> int:
    if words.resume:
        return _resume(words.resume)
    found = list(_examined())
    failed = any(each.level == "fail" for each in found)
    if words.format == "json":
        from consult.cli.showing import as_json

        print(as_json({"ok": not failed, "checks": [asdict(each) for each in found]}))
    else:
        print("\n".join(_lines(found)))
    return FAILED if failed else DONE


def _lines(found: Iterable[Finding]) -> Iterator[str]:
    for each in found:
        yield f"{_WORD[each.level]}  {each.about:<16} {' '.join(each.says.split())}"
        if each.cure and each.level != "ok":
            yield f"{'':<6}{'':<16} -> {' '.join(each.cure.split())}"


def _examined() -> Iterator[Finding]:
    from consult.cli import examining, opening
    from consult.config import BadSetting

    yield from examining.machine(opening.now())
    try:
        settings = opening.settings()
    except BadSetting as error:
        yield examining.fail("settings", str(error), "correct the variable; nothing else can be looked at")
        return
    yield from examining.surroundings(settings)
    yield from _data(settings)


def _data(settings: Settings) -> Iterator[Finding]:
    from consult.cli import examining, inspecting, opening
    from consult.sealing import BadKey, Locked

    if not settings.data.is_dir() or not any(settings.data.iterdir()):
        cure = "consult publish FILE or consult serve makes it; or set CONSULT_DATA"
        yield examining.warn("data folder", f"{settings.data} is not there yet", cure)
        return
    yield from examining.folder(settings)
    yield from examining.locking(settings)
    try:
        with opening.house(settings, ask=False) as house:
            yield from inspecting.inspect(house, opening.now())
    except examining.CLOSED as error:
        if isinstance(error, Locked) and not isinstance(error, BadKey) and examining.has_passphrase(settings):
            yield examining.warn("opening", "what needs keys was not looked at", "consult unlock, and ask again")
            return
        yield examining.fail("opening", str(error), "nothing behind it can be looked at until then")


def _resume(carrier: str) -> int:
    from consult.cli import opening
    from consult.delivery import HALTED
    from consult.store.records import way

    with opening.house() as house:
        ways = [way(channel.name, name) for channel in house.channels.values() for name in channel.carriers]
        known = sorted({each.partition(" ")[2] for each in ways})
        if carrier not in known:
            raise Failed(f"no carrier {carrier!r} is configured; configured: {', '.join(known) or 'none'}")
        for each in ways:
            if each.endswith(f" {carrier}"):
                house.store.write(partial(_clear, HALTED + each))
    print(f"{carrier} may send again")
    return DONE


def _clear(setting: str, tx: Tx) -> None:
    tx.set(setting, "")
