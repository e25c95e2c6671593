"""All table groups together: what a look and a work are given, whichever database is below."""

from __future__ import annotations

from typing import Final

from consult.store.accounts import AccountsTx, AccountsView
from consult.store.captured import CapturedTx, CapturedView
from consult.store.conversations import ConversationsTx, ConversationsView
from consult.store.dialect import Connection
from consult.store.drafts import DraftsTx, DraftsView
from consult.store.episodes import EpisodesTx, EpisodesView
from consult.store.inbox import InboxTx, InboxView
from consult.store.joining import JoiningTx, JoiningView
from consult.store.journal import JournalTx, JournalView
from consult.store.ledger import LedgerTx, LedgerView, broken_chain
from consult.store.lines import LinesTx, LinesView
from consult.store.moderating import ModeratingView
from consult.store.nodes import NodesTx, NodesView
from consult.store.outbox import OutboxTx, OutboxView
from consult.store.people import PeopleTx, PeopleView
from consult.store.recordings import RecordingsView
from consult.store.released import ReleasesTx, ReleasesView
from consult.store.texting import TextingTx, TextingView
from consult.store.translations import TranslationsTx, TranslationsView
from consult.store.uploads import UploadsTx, UploadsView

# Those that begin here have no gaps: what is missing was taken out by someone who may write the database.
_MISSING: Final = (
    "SELECT max(j.seq) - count(*), j.epoch FROM journal j JOIN origin o ON o.node = j.node GROUP BY j.epoch "
    "HAVING max(j.seq) > count(*)"
)


class WholeView(
    PeopleView,
    ConversationsView,
    JournalView,
    InboxView,
    CapturedView,
    OutboxView,
    JoiningView,
    LedgerView,
    AccountsView,
    LinesView,
    RecordingsView,
    EpisodesView,
    ReleasesView,
    NodesView,
    DraftsView,
    TextingView,
    UploadsView,
    TranslationsView,
    ModeratingView,
):
    """One snapshot (`consult.store.View`)."""

    __slots__ = ()


class WholeTx(
    PeopleTx,
    ConversationsTx,
    JournalTx,
    InboxTx,
    CapturedTx,
    OutboxTx,
    JoiningTx,
    LedgerTx,
    AccountsTx,
    LinesTx,
    EpisodesTx,
    ReleasesTx,
    NodesTx,
    DraftsTx,
    TextingTx,
    UploadsTx,
    TranslationsTx,
):
    """A write in progress (`consult.store.Tx`)."""

    __slots__ = ()


def faults(connection: Connection) -> list[str]:
    """What anyone who may write the database could have changed, and did: facts taken out, audit lines altered."""
    found = [
        f"{row[0]} facts of epoch {row[1]} are missing from the journal; compare it with a backup"
        for row in connection.execute(_MISSING)
    ]
    line = broken_chain(WholeView(connection).audit())
    return found if line is None else [*found, f"the audit was changed at line {line}; compare it with a backup"]
