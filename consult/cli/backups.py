"""Backups, and the way back. What is kept for ever on paper is asked for on stdin and never on the command line.

Rule 1: the recovery code is shown before the first backup is made, once; a second copy does not exist.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from consult.cli.commands import Commands, Words, command
from consult.cli.endings import DONE, FAILED, USAGE, Failed

if TYPE_CHECKING:
    from consult.backup import Restored
    from consult.config import Settings

_CODE = """\
RECOVERY CODE of the backups, shown this once and kept nowhere:

{code}

Write it down, keep it away from this machine. Without it no backup opens. `consult backup --check` tries it.
"""


def add(commands: Commands) -> None:
    """Declare backup and restore."""
    backup = command(
        commands,
        "backup",
        "make an encrypted backup that only the recovery code opens; the first one prints that code",
        _backup,
        "consult backup /media/stick",
        "consult backup                  into CONSULT_BACKUP; daily, by cron",
        "consult backup --check          whether the recovery code on paper is the right one",
    )
    backup.add_argument("target", metavar="TARGET", nargs="?", type=Path, help="a folder (default: CONSULT_BACKUP)")
    how = backup.add_mutually_exclusive_group()
    how.add_argument("--check", action="store_true", help="read the recovery code from stdin and try it; no backup")
    how.add_argument("--new-code", action="store_true", help="the code was lost: make another for backups from now on")
    restore = command(
        commands,
        "restore",
        "restore a backup into an empty folder; asks for the recovery code",
        _restore,
        "consult restore /media/stick/consult-20270101-000000.backup --data /srv/consult",
        "consult restore FILE --data FOLDER --two-people Amina Ruth     without the suppression file",
    )
    restore.add_argument("file", metavar="FILE", type=Path)
    restore.add_argument("--data", metavar="FOLDER", type=Path, help="an empty folder (default: CONSULT_DATA)")
    restore.add_argument(
        "--suppressions", metavar="FILE", type=Path, help="who left (default: the file beside the backup)"
    )
    restore.add_argument("--two-people", metavar=("A", "B"), nargs=2, help="who decided to restore without that file")


# ---- backup


def _backup(words: Words) -> int:
    from consult import backup
    from consult.cli import opening, showing
    from consult.sync import contact

    settings = opening.settings()
    if words.check:
        return _check(settings)
    target = words.target or settings.backup
    if target is None:
        raise Failed("say where to: consult backup TARGET, or set CONSULT_BACKUP", USAGE)
    _demand_elsewhere(target, settings.data)
    with opening.house(settings) as house:
        _show_new_code(settings, replace=words.new_code)
        public = backup.backup_key(settings.data)
        bar, last = showing.Bar("backing up"), house.store.read(lambda view: view.last_page())
        file = backup.back_up(house.store, house.vault, settings.data, target, public, opening.now(), bar)
        contact.backed_up(house, last)
    print(f"backed up to {file}; the suppression file lies beside it")
    return DONE


def _demand_elsewhere(target: Path, data: Path) -> None:
    """A backup among the data shares its fate. The folder `backup` of the data folder is allowed for."""
    inside = target.resolve()
    if inside == data.resolve():
        raise Failed(f"{target} is the data folder itself; back up to another disk", USAGE)


def _show_new_code(settings: Settings, *, replace: bool) -> None:
    """Make the key and show its code, where there is none yet."""
    from consult.backup import BackupError, backup_key, new_backup_key

    if not replace:
        try:
            backup_key(settings.data)
            return
        except BackupError:
            if (settings.data / "keys" / "backup.pub").exists():  # damaged: what to do stands in the error
                raise
    print(_CODE.format(code=new_backup_key(settings.data, replace=replace)), flush=True)


def _check(settings: Settings) -> int:
    from consult.backup import is_code

    right = is_code(settings.data, _typed())
    print("this code opens the backups" if right else "a sound code, but of another backup key")
    return DONE if right else FAILED


def _typed() -> str:
    """Fifteen groups, in as many lines as she likes; an empty line ends."""
    if sys.stdin.isatty():
        print("recovery code (fifteen groups; an empty line ends):", file=sys.stderr)
    lines: list[str] = []
    for line in sys.stdin:
        if not line.strip() and lines:
            break
        lines.append(line)
    return " ".join(lines)[:2000]


# ---- restore


def _restore(words: Words) -> int:
    from consult import backup
    from consult.cli import opening, showing

    folder = words.data or opening.settings().data
    if not words.file.is_file():
        raise Failed(f"there is no file {words.file}; correct the path", USAGE)
    listed = None if words.two_people else words.suppressions or _beside(words.file)
    opening.without_core_files()
    deciders = tuple(words.two_people) if words.two_people else None
    bar = showing.Bar("restoring")
    restored = backup.restore(words.file, _typed(), folder, listed, deciders, opening.now(), bar)
    _report(restored, folder)
    return DONE


def _beside(file: Path) -> Path:
    from consult.suppression import NAME

    beside = file.parent / NAME
    if not beside.exists():
        why = f"the suppression file {beside} is missing, so people who left would come back; give --suppressions FILE"
        raise Failed(f"{why}, or --two-people A B who decide to do without it", USAGE)
    return beside


def _report(restored: Restored, folder: Path) -> None:
    from datetime import UTC, datetime

    made = datetime.fromtimestamp(restored.made, UTC).strftime("%Y-%m-%d %H:%M UTC")
    print(f"restored into {folder}, as it was on {made}")
    print(f"erased again: {restored.erased}; kept stopped: {restored.stopped}; campaigns wake up paused")
    print("who was erased since the list was copied is here again: is it the newest there is (--suppressions FILE)?")
    for name in restored.kits:
        print(f"put its key back from both halves of its kit: CONSULT_DATA={folder} consult kit {name}")
