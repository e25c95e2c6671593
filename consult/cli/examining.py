"""The doctor's checks of everything but the house itself: machine, settings, languages, carriers, the folder."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Literal
from urllib.parse import urlsplit

from consult.config import BadSetting
from consult.custody import CustodyError
from consult.store import StoreError
from consult.suppression import SuppressionError
from consult.vault import VaultError

if TYPE_CHECKING:
    from consult.config import Settings

CLOSED = (VaultError, StoreError, SuppressionError, CustodyError, BadSetting, OSError)  # why a house does not open
LITTLE, TOO_LITTLE = 1 << 30, 100 << 20  # bytes free
WRITTEN = datetime(2025, 1, 1, tzinfo=UTC).timestamp()  # no clock is right that is before this program
_IN_MEMORY = "/dev/zram"
_ENCRYPTED = ("/dev/dm-", "/dev/mapper/", "/dev/zram")  # swap that is encrypted, or may be, or never leaves memory


@dataclass(frozen=True, slots=True)
class Finding:
    """One check: what it is about, what was found, and what to do unless it is well."""

    level: Literal["ok", "warn", "fail"]
    about: str
    says: str
    cure: str = ""


def ok(about: str, says: str) -> Finding:
    return Finding("ok", about, says)


def warn(about: str, says: str, cure: str) -> Finding:
    return Finding("warn", about, says, cure)


def fail(about: str, says: str, cure: str) -> Finding:
    return Finding("fail", about, says, cure)


# ---- the machine


def machine(at: int, proc: Path = Path("/proc"), power: Path = Path("/sys/power")) -> Iterator[Finding]:
    """Clock, swap, sleep and core files."""
    yield _clock(at)
    swap = _swaps(proc / "swaps")
    yield _swap(swap)
    yield _sleep(swap, power / "state", power / "disk")
    yield _core_files(proc / "sys" / "kernel" / "core_pattern")


def _clock(at: int) -> Finding:
    shown = datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M UTC")
    if at < WRITTEN:
        return fail("clock", f"it says {shown}, before this program was written", "set it, and keep it with NTP")
    return ok("clock", shown)


@dataclass(frozen=True, slots=True)
class _Swap:
    """What the machine swaps to: all of it, and what of it lies on a disk and is perhaps not encrypted."""

    used: tuple[str, ...]

    @property
    def plain(self) -> tuple[str, ...]:
        return tuple(each for each in self.used if not each.startswith(_ENCRYPTED))

    @property
    def on_disk(self) -> bool:
        return any(not each.startswith(_IN_MEMORY) for each in self.used)


def _swaps(file: Path) -> _Swap | None:
    """None where it cannot be told."""
    try:
        return _Swap(tuple(line.split()[0] for line in file.read_text().splitlines()[1:] if line.split()))
    except OSError:
        return None


def _swap(found: _Swap | None) -> Finding:
    if found is None:
        return warn("swap", "cannot be told here", "see that swap is off or encrypted: keys may be written to it")
    if found.plain:
        cure = "encrypt it, or turn it off (swapoff -a): keys in memory may be written to it"
        return warn("swap", f"{', '.join(found.plain)} is perhaps not encrypted", cure)
    return ok("swap", "off" if not found.used else "encrypted, or in memory")


def _sleep(swap: _Swap | None, state: Path, disk: Path) -> Finding:
    """Whether all memory, keys within, may be written to the disk when the machine goes to sleep."""
    able = "disk" in _words(state) and not {"[disabled]", ""} >= {*_words(disk)}
    if able and (swap is None or swap.on_disk):
        cure = "systemctl mask hibernate.target hybrid-sleep.target suspend-then-hibernate.target"
        return warn("sleep", "the machine may write its memory to the disk and sleep", cure)
    return ok("sleep", "memory is not written to the disk for it")


def _words(file: Path) -> list[str]:
    try:
        return file.read_text().split()
    except OSError:
        return []


def _core_files(file: Path) -> Finding:
    try:
        piped = file.read_text().startswith("|")
    except OSError:
        piped = False
    if piped:
        cure = "set kernel.core_pattern to core, or Storage=none in coredump.conf"
        return warn("core files", "the system collects them whatever a program asks", cure)
    return ok("core files", "none: every command forbids them for itself")


# ---- settings, languages, carriers


def surroundings(settings: Settings) -> Iterator[Finding]:
    """What settings name, looked at without opening the data folder."""
    yield from _languages(settings)
    yield from _carriers(settings)
    yield from _redis(settings)
    yield _backup_folder(settings)


def _languages(settings: Settings) -> Iterator[Finding]:
    from consult import wording

    tags = wording.shipped()
    if settings.locale in tags:
        yield ok("language", f"strangers are answered in {settings.locale}")
    else:
        cure = f"set CONSULT_LOCALE to one of: {', '.join(tags)}"
        yield fail("language", f"CONSULT_LOCALE: {settings.locale} is not installed", cure)
    stale = [tag for tag in tags if not _compiled(wording.folder() / tag / "LC_MESSAGES" / "consult.po")]
    if stale:
        cure = "python -m consult.wording compile; until then each start compiles them anew"
        yield warn("catalogues", f"not compiled: {', '.join(stale)}", cure)
    else:
        yield ok("catalogues", f"compiled: {', '.join(tags)}")


def _compiled(po: Path) -> bool:
    mo = po.with_suffix(".mo")
    return mo.is_file() and mo.stat().st_mtime_ns >= po.stat().st_mtime_ns


def _carriers(settings: Settings) -> Iterator[Finding]:
    from channels import open_channels

    try:
        channels = open_channels(settings)
    except BadSetting as error:
        said, *faults = str(error).splitlines()
        yield fail("carriers", said, "mend what follows" if faults else "give all settings of the carrier, or none")
        for each in faults:
            what, _, cure = each.strip().partition("; ")
            yield fail("carriers", what, cure)
        return
    for name, channel in channels.items():
        if channel.carriers:
            described = (f"{each} from {' '.join(carrier.ours)}" for each, carrier in channel.carriers.items())
            yield ok("carriers", f"{name}: {', '.join(described)}")
        elif not any(each.carriers for each in channels.values()):
            cure = "set a carrier's account, secret and number; the README names the variables"
            yield warn("carriers", f"{name}: none is configured", cure)
    if any(channel.carriers for channel in channels.values()) and not settings.demo:
        yield _public(settings)


def _public(settings: Settings) -> Finding:
    url = settings.public_url
    if not url and not settings.hooked:
        return ok("public address", "none: nothing that is set up calls it")
    if not url:
        cure = "set it to the https address that carriers call; until then their messages are refused"
        return fail("public address", "CONSULT_PUBLIC_URL is not set", cure)
    if urlsplit(url).hostname in ("127.0.0.1", "::1"):
        return ok("public address", f"{url}: on this machine, and on a telephone on its cable")
    if not url.startswith("https://"):
        cure = "put a proxy with TLS in front and give its https address"
        return warn("public address", f"{url} is not encrypted", cure)
    return ok("public address", url)


def _redis(settings: Settings) -> Iterator[Finding]:
    from consult import jobs

    if settings.redis_url is None:
        yield ok("doorbell", "none: the worker inside `consult serve` sends")
    elif why := jobs.unreachable(settings.redis_url):
        cure = "start Redis or correct CONSULT_REDIS_URL; until then messages wait for the sweep, half a minute at most"
        yield warn("doorbell", f"Redis does not answer ({why})", cure)
    else:
        yield ok("doorbell", "Redis answers; `consult work` must be running")


def _backup_folder(settings: Settings) -> Finding:
    if settings.backup is None:
        cure = "set it to a folder on another disk, and run consult backup daily"
        return warn("backup", "CONSULT_BACKUP is not set: erasures are listed on this disk only", cure)
    if not settings.backup.is_dir() or not os.access(settings.backup, os.W_OK):
        return fail("backup", f"{settings.backup} cannot be written", "mount it, or correct CONSULT_BACKUP")
    return ok("backup", f"into {settings.backup}")


# ---- a node


def has_passphrase(settings: Settings) -> bool:
    """Whether the keys of the data folder lie under one."""
    from consult.vault import WRAPPED

    file = settings.data / "keys" / "hub.key"
    return file.is_file() and file.read_bytes().startswith(WRAPPED)


def locking(settings: Settings) -> Iterator[Finding]:
    """A passphrase, what happens while nobody is here, and what must not lie on a machine that may be taken."""
    if not has_passphrase(settings):
        yield ok("passphrase", "none: whoever has this disk has its keys (a node: consult passphrase)")
        return
    yield ok("passphrase", "without it nothing in the data folder opens")
    if settings.accounts:
        cure = "take it off this machine: whoever takes the machine reads there what all women wrote"
        yield fail("carrier secrets", f"{', '.join(settings.accounts)} opens an account elsewhere", cure)
    yield _idle(settings)
    yield _state(settings)


def _idle(settings: Settings) -> Finding:
    if not settings.idle_lock:
        return warn("idle", "it never locks itself", "set CONSULT_IDLE_LOCK to the minutes nobody may be away")
    then = "conversations go on, pages shut" if settings.unattended == "converse" else "it locks itself"
    if settings.unattended == "converse":
        cure = "whoever takes it running has its keys; CONSULT_UNATTENDED=capture drops them"
        return warn("idle", f"after {settings.idle_lock} minutes without anybody {then}", cure)
    return ok("idle", f"after {settings.idle_lock} minutes without anybody {then}")


def _state(settings: Settings) -> Finding:
    from consult.lock import doors

    try:
        answers = doors.knock(settings.data, {"do": "state"})
    except doors.Nobody:
        return warn("lock", "nothing runs here", "consult serve; until then the modem keeps what comes, and holds few")
    waiting = max(int(each.get("waiting", 0)) for each in answers)
    if any(each.get("state") == "locked" for each in answers):
        return warn("lock", f"locked; {waiting} messages wait, sealed", "consult unlock")
    return ok("lock", "unlocked")


# ---- the folder


def folder(settings: Settings) -> Iterator[Finding]:
    """Who may read the data folder, and whether it has room."""
    loose = [str(path) for path in _paths(settings.data) if path.stat().st_mode & 0o077]
    if loose:
        more = f" and {len(loose) - 1} more" if len(loose) > 1 else ""
        yield fail("data folder", f"others may read {loose[0]}{more}", f"chmod -R go= {settings.data}")
    else:
        yield ok("data folder", f"{settings.data}, for its owner only")
    free = shutil.disk_usage(settings.data).free
    if free < LITTLE:
        found = fail if free < TOO_LITTLE else warn
        yield found("disk", f"{free >> 20} MB free", "make room: on a full disk no message is taken in")
    else:
        yield ok("disk", f"{free >> 30} GB free")


def _paths(data: Path) -> Iterator[Path]:
    """What must be its owner's alone, whatever folder it is moved to."""
    inner = (path for pattern in ("keys", "keys/**/*", "consult.db*", "suppressed") for path in data.glob(pattern))
    return (path for path in (data, *inner) if path.exists())
