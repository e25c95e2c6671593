"""Files that are sent to a page: never larger than that page takes, and never on a disk in clear.

Rule 1: what a form brings stays in memory (Werkzeug would lay more than 500 kB in a temporary file).
Rule 2: a door that takes a file takes it only from who may pass it; for everybody else a form is as small as any.
"""

from __future__ import annotations

import io
from contextlib import closing
from typing import IO, Final

from flask import Request, request

from consult import workbooks
from consult.coding import files
from consult.contacts import PAGE
from consult.findings.coding import LARGEST_SCHEME
from consult.speech.recording import SENT
from consult.templates import lessons, sheet
from consult.web.office.doors import opens
from consult.web.office.visit import visit

DEFINITION: Final = 480 * 1024  # bytes of the form of a whole consultation
TICKED: Final = 64 * 1024  # of a batch of texts in which every code was ticked
TAKES: Final = {  # endpoint -> bytes beyond those of any form
    "contacts.look": PAGE.file,
    "designer.save": DEFINITION,
    "trial.play": DEFINITION,
    "carrying.bring": workbooks.LARGEST,
    "translating.save": DEFINITION,
    "bringing.look": workbooks.LARGEST,
    "bringing.take": DEFINITION,
    "prompts.keep": SENT,
    "coding.label": TICKED,
    "coding.settle": TICKED,
    "codebooks.bring": max(LARGEST_SCHEME, files.LARGEST),
    "codebooks.save": DEFINITION,
    "lending.give": 9 * lessons.LARGEST,  # three signs for each byte of a form, three bytes for a character
    "lending.take": sheet.LARGEST,
}


class InMemory(Request):
    """A request whose files are bytes."""

    def _get_file_stream(
        self,
        total_content_length: int | None,
        content_type: str | None,
        filename: str | None = None,
        content_length: int | None = None,
    ) -> IO[bytes]:
        del total_content_length, content_type, filename, content_length
        return io.BytesIO()


def admit() -> None:
    """Before anything reads the form."""
    member, largest = visit().member, TAKES.get(request.endpoint or "")
    if largest and member and member.account.ready and opens(request.endpoint or "", member.grants):
        request.max_content_length = largest + (request.max_content_length or 0)


def sent(name: str) -> bytes:
    """The file of this field; nothing where none was sent."""
    given = request.files.get(name)
    if given is None:
        return b""
    with closing(given):
        content: bytes = given.read()
    return content
