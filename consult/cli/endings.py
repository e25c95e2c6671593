"""How a command ends that could not do what was asked: one line with the cure, and a code scripts can use."""

from __future__ import annotations

import sys
from pathlib import Path

DONE, FAILED, USAGE, SURROUNDINGS, INTERRUPTED, BROKEN_PIPE = 0, 1, 2, 3, 130, 141


class Failed(Exception):
    """It was not done; the message says why and what would help. `code` is the exit code."""

    def __init__(self, why: str, code: int = FAILED) -> None:
        super().__init__(why)
        self.code = code


def told(error: Exception) -> int:
    """Tell an error on stderr; the exit code that goes with it."""
    from consult.consultation import Refused
    from consult.publish import Unpublishable

    if isinstance(error, Refused | Unpublishable):
        from consult.cli.showing import faults

        print("\n".join(faults(error.faults)), file=sys.stderr)
        _say("nothing was published; correct the errors above")
        return FAILED
    code = _code(error)
    if code is None:
        _say(f"a fault of ours, {type(error).__name__} at {_place(error)}; please report this line")
        return FAILED
    _say(_line(error))
    return code


def _code(error: Exception) -> int | None:
    """None for an error nobody foresaw."""
    from consult.campaign import CannotStart
    from consult.config import BadSetting
    from consult.contacts import ContactsError
    from consult.custody import CustodyError
    from consult.edition import Unspoken
    from consult.exporting import TooSoon
    from consult.figures import NoSuch
    from consult.parcel import BackupError
    from consult.store import StoreError
    from consult.suppression import SuppressionError
    from consult.vault import VaultError
    from consult.wording import UnknownLocale

    if isinstance(error, Failed):
        return error.code
    if isinstance(error, CannotStart | NoSuch | TooSoon | CustodyError | BackupError | ContactsError):
        return FAILED
    if isinstance(error, BadSetting | VaultError | StoreError | SuppressionError | Unspoken | UnknownLocale | OSError):
        return SURROUNDINGS
    return None


def _line(error: Exception) -> str:
    if isinstance(error, OSError):
        place = f"{error.filename}: " if error.filename else ""
        return f"{place}{error.strerror or type(error).__name__}; correct the path, its owner or the disk"
    return str(error)


def _say(line: str) -> None:
    print(f"consult: {' '.join(line.split())}", file=sys.stderr)


def _place(error: Exception) -> str:
    """Where in our own code; never the words of the error, which may hold hers."""
    place, trace = "?", error.__traceback__
    while trace:
        code = trace.tb_frame.f_code
        if "consult" in Path(code.co_filename).parts or "channels" in Path(code.co_filename).parts:
            place = f"{Path(code.co_filename).name}:{trace.tb_lineno}"
        trace = trace.tb_next
    return place
