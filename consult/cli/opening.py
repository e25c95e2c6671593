"""What commands open: settings from the environment, the house, a file that was named.

Rule 1: a command never makes a data folder by mistake: only publishing, serving, working and the demo begin one.
Rule 2: keys are in memory while a command runs, so no command leaves a core file.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from consult.cli.endings import SURROUNDINGS, USAGE, Failed

if TYPE_CHECKING:
    from consult.config import Settings
    from consult.house import Doorbell, House
    from consult.store.records import Published


def now() -> int:
    """Epoch seconds."""
    return int(time.time())


def settings() -> Settings:
    """From the environment. Raises BadSetting."""
    from consult.config import Settings

    return Settings.from_env(os.environ)


@contextmanager
def house(
    given: Settings | None = None,
    *,
    begin: bool = False,
    locked: bool = False,
    ask: bool = True,
    doorbell: Doorbell | None = None,
) -> Iterator[House]:
    """The open house, closed afterwards. Unless `begin`, its folder must be there; unless `locked`, so must its keys.

    `ask`: whoever sits here may be asked for the passphrase. Raises Failed and its own errors.
    """
    from consult.house import open_house

    chosen = given or settings()
    if not begin and not _lived_in(chosen.data):
        raise Failed(f"{chosen.data} is no data folder; set CONSULT_DATA, or consult publish FILE first", SURROUNDINGS)
    without_core_files()
    opened = open_house(chosen, doorbell)
    try:
        if opened.vault.locked and not locked:
            from consult.cli.locking import bring

            bring(opened, ask=ask)
        yield opened
    finally:
        opened.close()


def _lived_in(folder: Path) -> bool:
    return folder.is_dir() and any(folder.iterdir())


def without_core_files() -> None:
    """A process that crashes leaves no copy of its memory behind."""
    import resource

    resource.setrlimit(resource.RLIMIT_CORE, (0, resource.getrlimit(resource.RLIMIT_CORE)[1]))


def text(file: str, largest: int) -> str:
    """The text of a file that was named, "-" for stdin. Raises Failed; not more than `largest` bytes are looked at."""
    try:
        if file == "-":
            raw = sys.stdin.buffer.read(largest + 1)
        else:
            with Path(file).open("rb") as opened:
                raw = opened.read(largest + 1)
    except OSError as error:
        raise Failed(f"cannot read {file} ({error.strerror}); correct the path", USAGE) from None
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        if len(raw) > largest and error.start > largest - 4:
            return raw[: error.start].decode("utf-8-sig") + "\n" * 4  # too large anyhow: whoever reads it says so
        raise Failed(f"{file} is not UTF-8 (byte {error.start + 1}); save it as UTF-8") from None


def published(opened: House, name: str | None) -> Published:
    """The newest version of this consultation, or of the only one. Raises Failed naming those there are."""
    newest = opened.store.read(opened.library.current).newest
    known = f"published: {', '.join(newest) or 'none yet'}"
    if name is None and len(newest) == 1:
        return next(iter(newest.values()))
    if name is None:
        raise Failed(f"say which consultation (--consultation NAME); {known}", USAGE)
    if name not in newest:
        raise Failed(f"no consultation {name!r}; {known}")
    return newest[name]
