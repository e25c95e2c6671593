"""The doctor's checks of an open house: store, people who left, messages that wait, backups. Nothing is changed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from consult.channel import SendFailed, WatchedCarrier
from consult.cli.examining import Finding, fail, ok, warn
from consult.readiness import keyless
from consult.store.records import way

if TYPE_CHECKING:
    from consult.house import House
    from consult.store import View
    from consult.store.records import Stats

DAY = 86_400  # seconds
FRESH, OLD = 2 * DAY, 30 * DAY  # of the newest backup
AHEAD = 600  # seconds a message may seem to come from the future
_BACKUP = re.compile(r"consult-(\d{8}-\d{6})\.backup")


def inspect(house: House, at: int) -> Iterator[Finding]:
    """Every check. Raises StoreError and SuppressionError where one cannot be made."""
    yield from _store(house)
    yield from _published(house)
    yield from _left(house)
    yield from _copy(house)
    yield from _halted(house)
    yield from _reached(house, at)
    yield from _troubled(house)
    yield from _waiting(house, at)
    yield from _backups(house, at)
    yield _ballast(house)
    yield _heard_in_future(house, at)


def _store(house: House) -> Iterator[Finding]:
    faults = house.store.check()
    for fault in faults:
        yield fail("store", fault, "restore the last backup if it does not go away")
    if not faults:
        yield ok("store", "whole, and its audit unbroken")


def _published(house: House) -> Iterator[Finding]:
    newest = house.store.read(lambda view: {one.name: one for one in view.editions() if one.retired is None})
    for name in keyless(house):
        cure = f"consult kit {name}, with both halves of its recovery kit"
        yield fail("keys", f"the key of {name} is not here: its answers cannot be read", cure)
    missing = {tag for one in newest.values() for tag in _languages(one.toml)} - set(house.library.packs)
    if missing:
        yield fail("languages", f"published, not installed: {', '.join(sorted(missing))}", "install their catalogues")
    yield ok(
        "consultations", ", ".join(f"{name} {one.version}" for name, one in newest.items()) or "none published yet"
    )


def _languages(toml: str) -> tuple[str, ...]:
    from consult.consultation import read

    return read(toml).languages


def _left(house: House) -> Iterator[Finding]:
    """Whether the file outside the database and the database agree on who left."""
    from consult.intake import orders

    standing = house.suppressions.standing()
    gone = [index for index, state in standing.items() if state.stopped is not None]
    lost = house.store.read(lambda view: sum(not view.suppressed(index) for index in gone))
    owed = house.store.read(lambda view: view.setting(orders.NOTE)) or "[]"
    if lost:
        cure = "restore the backup together with its suppression file; until then stop campaigns"
        yield fail("people who left", f"{lost} on the list outside are not barred inside", cure)
    elif owed != "[]":
        yield warn(
            "people who left", "orders are not on the list outside yet", "consult serve or consult work settles them"
        )
    else:
        yield ok("people who left", "barred inside, listed outside")


def _copy(house: House) -> Iterator[Finding]:
    from consult.suppression import NAME

    if house.settings.backup is None:
        return
    copy = house.settings.backup / NAME
    ours = (house.settings.data / NAME).read_bytes()
    theirs = copy.read_bytes() if copy.is_file() else b""
    if not ours.startswith(theirs):
        cure = "if it is this hub's copy, put it back over ours; if it is another hub's, move it away"
        yield fail("their copy", f"{copy} has orders that ours lacks", cure)
    elif theirs != ours:
        yield warn("their copy", f"{copy} is behind", "consult backup brings it up to date")
    else:
        yield ok("their copy", f"{copy} is the same")


def _halted(house: House) -> Iterator[Finding]:
    from consult.delivery import HALTED

    for channel, name in _ways(house):
        why = house.store.read(partial(_setting, HALTED + way(channel, name)))
        if why:
            cure = f"put it right, then consult campaign resume ID, or consult doctor --resume {name}"
            yield fail("carriers", f"{channel}: {name} is halted, nothing is sent: {why}", cure)


def _ways(house: House) -> list[tuple[str, str]]:
    return sorted((channel.name, name) for channel in house.channels.values() for name in channel.carriers)


def _reached(house: House, at: int) -> Iterator[Finding]:
    """Each carrier is asked for what came in this second: nothing, but it has to answer for that."""
    for channel in house.channels.values():
        for name, carrier in channel.carriers.items():
            if isinstance(carrier, WatchedCarrier):
                continue  # it tells more of itself, below
            try:
                for _ in carrier.missed(at):
                    break
            except SendFailed as error:
                cure = "see that this machine is online and that its account and token are right"
                yield warn("carriers", f"{channel.name}: {name} does not answer: {error.why}", cure)


def _troubled(house: House) -> Iterator[Finding]:
    """What carriers whose other end stands with us say of themselves."""
    carriers = (carrier for channel in house.channels.values() for carrier in channel.carriers.values())
    for carrier in (each for each in carriers if isinstance(each, WatchedCarrier)):
        troubles = list(carrier.troubles())
        for trouble in troubles:
            yield warn(carrier.name, trouble, f"see {carrier.manual}")
        if not troubles:
            yield ok(carrier.name, "gives signs of life, and nothing waits")


def _waiting(house: House, at: int) -> Iterator[Finding]:
    names = {one.name for one in house.store.read(lambda view: view.editions())} | {""}
    stats = [house.store.read(partial(_stats, name)) for name in names]
    held, uncertain = house.store.read(lambda view: view.how_many_held()), sum(one.uncertain for one in stats)
    overdue = len(house.store.read(lambda view: view.overdue(at))) - uncertain
    if held:
        cure = "they are tried again every half minute; if they stay, report what the log says"
        yield warn("held", f"{held} messages of hers could not be applied", cure)
    if uncertain or overdue > 0:
        cure = "a worker asks the carrier, then resends once after ten minutes; see that one runs"
        yield warn("outbox", f"{uncertain + max(overdue, 0)} messages may or may not have left", cure)
    if not held and not uncertain and overdue <= 0:
        yield ok("outbox", f"{sum(one.queued for one in stats)} queued, none in doubt")


def _backups(house: House, at: int) -> Iterator[Finding]:
    if house.settings.backup is None or not house.settings.backup.is_dir():
        return
    made = max((_made(file) for file in house.settings.backup.iterdir()), default=0)
    if not made:
        yield warn("last backup", "none yet", "consult backup")
    elif at - made > FRESH:
        found = fail if at - made > OLD else warn
        yield found("last backup", f"{(at - made) // DAY} days ago", "consult backup, daily, by cron or a timer")
    else:
        yield ok("last backup", f"{(at - made) // 3600} hours ago")


def _made(file: Path) -> int:
    named = _BACKUP.fullmatch(file.name)
    if not named:
        return 0
    try:
        return int(datetime.strptime(named[1], "%Y%m%d-%H%M%S").replace(tzinfo=UTC).timestamp())
    except ValueError:
        return 0


def _ballast(house: House) -> Finding:
    from consult.ballast import SIZE

    file = house.settings.data / "ballast"
    if file.is_file() and file.stat().st_size == SIZE:
        return ok("ballast", "aboard: a full disk still erases")
    return warn("ballast", "there was no room for it", "make room on the disk; the next start takes it aboard")


def _heard_in_future(house: House, at: int) -> Finding:
    newest = max((house.store.read(partial(_last_heard, way(*each))) for each in _ways(house)), default=0)
    if newest > at + AHEAD:
        return fail(
            "last heard", "a message came later than now: this clock went back", "set the clock; keep it with NTP"
        )
    return ok("last heard", datetime.fromtimestamp(newest, UTC).strftime("%Y-%m-%d") if newest else "nobody yet")


def _setting(name: str, view: View) -> str:
    return view.setting(name) or ""


def _stats(name: str, view: View) -> Stats:
    return view.stats(name)


def _last_heard(by: str, view: View) -> int:
    return view.last_heard(by)
