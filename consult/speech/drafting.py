"""Drafts: a machine reads what nobody has recorded yet, so that a call can be heard before speakers are found.

A draft is kept apart from recordings and gives way to the first of them. espeak-ng (a program of its own, GPL) has a
voice for some of our languages; for the others there is none, and that is said.

Rule 1: words go to the program through a pipe, never as arguments, which every user of the machine can read.
"""

from __future__ import annotations

import shutil
import subprocess
from array import array

from consult.speech import taking
from consult.speech.shelf import Speech

VOICES = {"en": "en", "fr": "fr-fr", "ar": "ar", "sw": "sw", "es": "es", "ku": "ku", "am": "am"}  # tag -> espeak-ng's
PACE = 140  # words a minute: slower than it speaks by itself, as one speaks on a bad line
INSTALL = "espeak-ng is missing: sudo apt-get install espeak-ng"
_PATIENCE = 60  # seconds


class CannotDraft(Exception):
    """No draft can be made; the message says why and what would help."""


def draft(speech: Speech) -> array[int]:
    """This line as the machine reads it, ready for the shelf. Raises CannotDraft; ask `VOICES` first."""
    program = shutil.which("espeak-ng")
    if program is None:
        raise CannotDraft(INSTALL)
    words = [program, "-v", VOICES[speech.locale], "-s", str(PACE), "-b", "1", "--stdin", "--stdout"]
    try:
        read = subprocess.run(  # noqa: S603  # the program found above; nothing of the words is an argument
            words, input=speech.text.encode(), capture_output=True, timeout=_PATIENCE, check=True
        )
        return taking.take(read.stdout)
    except (OSError, subprocess.SubprocessError):
        raise CannotDraft(f"espeak-ng has no voice {VOICES[speech.locale]}: sudo apt-get install espeak-ng") from None
    except taking.Unusable as unusable:
        raise CannotDraft(f"a draft {unusable}") from None
