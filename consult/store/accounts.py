"""Who may come in: accounts, roles, sign-ins, invitations, approvals, tokens.

Rule 1: nothing here opens anything: tokens and codes are hashes, names and factors are sealed.
Rule 2: what is used once is used by one UPDATE or DELETE that says whether it was the first.
"""

from __future__ import annotations

from typing import Final

from consult.store.members import Account, Approval, Grant, Invitation, Signin, State, Token
from consult.store.rows import Changes, Row, Rows, truths
from consult.store.schema import Index, Table, blob, integer, text, to

ACCOUNTS: Final = Table(
    "accounts",
    (*integer("id"), *blob("mark", "private"), *integer("ready", "disabled")),
    key=("id",),
    indexes=(Index(("mark",), unique=True),),
    serial=True,
)
GRANTS: Final = Table(
    "grants", (*to("accounts", "account"), *text("role", "consultation")), key=("account", "role", "consultation")
)
SIGNINS: Final = Table(
    "signins",
    (*blob("hashed"), *to("accounts", "account"), *integer("born_at", "seen_at", "proved_at")),
    key=("hashed",),
    indexes=(Index(("account",)),),
)
INVITATIONS: Final = Table(
    "invitations",
    (*blob("hashed"), *text("role", "consultation"), *integer("account", "by_account", "until")),
    key=("hashed",),
    keyed=True,
)
APPROVALS: Final = Table(
    "approvals",
    (*integer("id"), *text("kind", "consultation", "about"), *integer("asked_by", "until"), *text("state"))
    + integer("decided_by"),
    key=("id",),
    serial=True,
)
TOKENS: Final = Table(
    "tokens",
    (*integer("id"), *blob("hashed"), *text("role", "consultation"), *integer("by_account", "day", "revoked")),
    key=("id",),
    indexes=(Index(("hashed",), unique=True),),
    serial=True,
)
TABLES: Final = (ACCOUNTS, GRANTS, SIGNINS, INVITATIONS, APPROVALS, TOKENS)

_ACCOUNT: Final = ACCOUNTS.select("WHERE id = ?")
_ACCOUNT_BY: Final = ACCOUNTS.select("WHERE mark = ?")
_ACCOUNTS: Final = ACCOUNTS.select("ORDER BY id")
_GRANTS: Final = GRANTS.select("WHERE account = ? ORDER BY consultation, role")
_SIGNIN: Final = SIGNINS.select("WHERE hashed = ?")
_SIGNINS: Final = SIGNINS.select("WHERE account = ? ORDER BY seen_at DESC")
_INVITATION: Final = INVITATIONS.select("WHERE hashed = ?")
_APPROVAL: Final = APPROVALS.select("WHERE id = ?")
_APPROVALS: Final = APPROVALS.select("ORDER BY id DESC LIMIT 200")
_TOKEN: Final = TOKENS.select("WHERE hashed = ? AND revoked = 0")
_TOKENS: Final = TOKENS.select("ORDER BY id")


class AccountsView(Rows):
    __slots__ = ()

    def account(self, id: int) -> Account | None:
        return self._get(_to_account, _ACCOUNT, id)

    def account_by(self, mark: bytes) -> Account | None:
        return self._get(_to_account, _ACCOUNT_BY, mark)

    def accounts(self) -> list[Account]:
        return self._all(_to_account, _ACCOUNTS)

    def grants(self, account: int) -> list[Grant]:
        return self._all(_to_grant, _GRANTS, account)

    def signin(self, hashed: bytes) -> Signin | None:
        return self._get(_to_signin, _SIGNIN, hashed)

    def signins(self, account: int) -> list[Signin]:
        return self._all(_to_signin, _SIGNINS, account)

    def invitation(self, hashed: bytes) -> Invitation | None:
        return self._get(_to_invitation, _INVITATION, hashed)

    def approval(self, id: int) -> Approval | None:
        return self._get(_to_approval, _APPROVAL, id)

    def approvals(self) -> list[Approval]:
        return self._all(_to_approval, _APPROVALS)

    def token(self, hashed: bytes) -> Token | None:
        return self._get(_to_token, _TOKEN, hashed)

    def tokens(self) -> list[Token]:
        return self._all(_to_token, _TOKENS)


class AccountsTx(Changes, AccountsView):
    __slots__ = ()

    def add_account(self, mark: bytes, private: bytes) -> int:
        return self._given(ACCOUNTS.insert("id"), mark, private, 0, 0)

    def update_account(self, account: Account) -> None:
        sql = "UPDATE accounts SET private = ?, ready = ?, disabled = ? WHERE id = ?"
        self._change(sql, account.private, int(account.ready), int(account.disabled), account.id)

    def grant(self, grant: Grant) -> None:
        sql = GRANTS.insert(tail="ON CONFLICT DO NOTHING")
        self._change(sql, grant.account, grant.role, grant.consultation)

    def ungrant(self, grant: Grant) -> bool:
        sql = "DELETE FROM grants WHERE account = ? AND role = ? AND consultation = ?"
        return self._change(sql, grant.account, grant.role, grant.consultation) == 1

    def sign_in(self, signin: Signin) -> None:
        s = signin
        self._change(SIGNINS.upsert(), s.hashed, s.account, s.born_at, s.seen_at, s.proved_at)

    def sign_out(self, hashed: bytes) -> bool:
        return self._change("DELETE FROM signins WHERE hashed = ?", hashed) == 1

    def sign_out_all(self, account: int) -> int:
        return self._change("DELETE FROM signins WHERE account = ?", account)

    def end_signins(self, seen_before: int, born_before: int) -> int:
        return self._change("DELETE FROM signins WHERE seen_at < ? OR born_at < ?", seen_before, born_before)

    def invite(self, invitation: Invitation) -> None:
        i = invitation
        self._change(INVITATIONS.upsert(), i.hashed, i.role, i.consultation, i.account, i.by, i.until)

    def use_invitation(self, hashed: bytes, at: int) -> bool:
        return self._change("DELETE FROM invitations WHERE hashed = ? AND until > ?", hashed, at) == 1

    def uninvite(self, by: int) -> int:
        return self._change("DELETE FROM invitations WHERE by_account = ?", by)

    def uninvite_account(self, id: int) -> int:
        return self._change("DELETE FROM invitations WHERE account = ?", id)

    def ask(self, approval: Approval) -> int:
        a = approval
        return self._given(
            APPROVALS.insert("id"), a.kind, a.consultation, a.about, a.asked_by, a.until, a.state, a.decided_by
        )

    def decide(self, id: int, before: State, after: State, by: int) -> bool:
        sql = "UPDATE approvals SET state = ?, decided_by = ? WHERE id = ? AND state = ?"
        return self._change(sql, after, by, id, before) == 1

    def add_token(self, token: Token) -> int:
        t = token
        return self._given(TOKENS.insert("id"), t.hashed, t.role, t.consultation, t.by, t.day, 0)

    def revoke_token(self, id: int) -> bool:
        return self._change("UPDATE tokens SET revoked = 1 WHERE id = ? AND revoked = 0", id) == 1


def _to_account(row: Row) -> Account:
    return Account(*truths(row, 3, 4))


def _to_grant(row: Row) -> Grant:
    return Grant(*row)


def _to_signin(row: Row) -> Signin:
    return Signin(*row)


def _to_invitation(row: Row) -> Invitation:
    return Invitation(*row)


def _to_approval(row: Row) -> Approval:
    return Approval(*row)


def _to_token(row: Row) -> Token:
    return Token(*truths(row, 6))
