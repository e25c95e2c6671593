"""The sealed page: what one field node tells the hub of one version of a consultation. See `docs/pages.md`.

`seal(header, contents, book, public, key) -> Page`; on the other side `verify(data, key) -> Page`, then
`unseal(page, private, books) -> Contents`. Pure but for the box's own key, which libsodium draws and drops.

Rule 1: the bytes of a page never change. They are what is kept, sent, sent again and put on a stick.
Rule 2: nothing is opened before its signature was checked; what is not taken says whether to hold or to refuse it.
Rule 3: `rows` of what was read equal those that were written, for every fact; a test holds it to all events there are.
"""

from consult.sync.pages.codebook import BadCodebook, Codebook, codebook, read_codebook
from consult.sync.pages.columns import TooMuch
from consult.sync.pages.contents import Contents, Lossy, seal, unseal
from consult.sync.pages.notices import Notice, seal_notices, unseal_notices
from consult.sync.pages.page import NOTICES, START, Header, NotTaken, Page, chain, hashed, verify, whose
from consult.sync.pages.rows import MOST_ROWS, Row

__all__ = [
    "MOST_ROWS",
    "NOTICES",
    "START",
    "BadCodebook",
    "Codebook",
    "Contents",
    "Header",
    "Lossy",
    "NotTaken",
    "Notice",
    "Page",
    "Row",
    "TooMuch",
    "chain",
    "codebook",
    "hashed",
    "read_codebook",
    "seal",
    "seal_notices",
    "unseal",
    "unseal_notices",
    "verify",
    "whose",
]
