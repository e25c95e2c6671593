"""Who may come in, and what for: accounts, roles, sign-in, invitations, approvals by two, tokens.

Rule 1: a person is "account 7" in the audit; names, passwords and second factors lie sealed and are told to nobody.
Rule 2: secrets are drawn by the caller, kept as hashes, and shown once.
Rule 3: a refusal carries no reason that tells whether a name, a code or an invitation exists.
"""

from __future__ import annotations


class NotAllowed(Exception):
    """It is refused; `why` is one of a few words, which pages put into sentences: see `consult.web.office.telling`."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why
