"""Ballast: a megabyte kept on the disk so that it can be thrown overboard when the disk is full.

On a full disk even a DELETE fails, and erasure must not. Whoever meets a full disk while erasing releases the ballast,
erases, and takes it aboard again when there is room. Random bytes, since a file system may compress or skip zeros.
"""

from __future__ import annotations

import errno
import os
from pathlib import Path

from consult import durable

SIZE = 1 << 20  # bytes
_NAME = "ballast"


def hold(folder: Path) -> bool:
    """Have the ballast aboard; False when there is no room for it now. Raises OSError for any other fault."""
    file = folder / _NAME
    if file.exists() and file.stat().st_size == SIZE:
        return True
    try:
        durable.write(file, os.urandom(SIZE))
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise
        return False
    return True


def release(folder: Path) -> None:
    """Free the ballast's megabyte; none aboard is no error."""
    (folder / _NAME).unlink(missing_ok=True)
    durable.settle(folder)
