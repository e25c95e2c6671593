"""We pay what we owe: an outbox row is leased, checked once more, handed to its carrier, and settled.

Rule 1: opt-out, safe hours, the campaign and expiry are checked in the transaction that takes the lease, not when the
row was written.
Rule 2: the carrier is called outside any transaction. A crash between hand-over and receipt leaves the row `handing`;
when its lease ends it is `uncertain` and never resent blindly: a status report settles it, or the carrier's own list;
where there is no list, one flagged resend after ten minutes.
Rule 3: a reply that could not leave in time expires; the conversation then owes the question first.
Rule 4: an invitation that may not leave now is taken back: she waits for the next wave, and no conversation grows old
before she heard of it.
Rule 5: reports climb a ladder and never go back.
Rule 6: what a campaign has spent is always the sum over its messages: reserved for what it starts, billed for the rest.
Rule 7: no number and no text in any exception, log line or result.
"""

from consult.delivery.budget import BUDGET, spend, spent_out
from consult.delivery.collecting import collect, keeping, withdraw
from consult.delivery.leasing import LEASE, Paid, next_safe
from consult.delivery.paying import pay, report_to
from consult.delivery.recovering import EVERY, recover
from consult.delivery.settling import HALTED, report
from consult.delivery.sweeping import HANDS, RESEND_AFTER, Swept, settle_uncertain, sweep

__all__ = [
    "BUDGET",
    "EVERY",
    "HALTED",
    "HANDS",
    "LEASE",
    "RESEND_AFTER",
    "Paid",
    "Swept",
    "collect",
    "keeping",
    "next_safe",
    "pay",
    "recover",
    "report",
    "report_to",
    "settle_uncertain",
    "spend",
    "spent_out",
    "sweep",
    "withdraw",
]
