"""We speak first: waves of invitations, one reminder, lapses; within pace, safe hours and a budget.

Rule 1: a wave begins conversations and owes their first messages in one transaction; repeating it is harmless.
Rule 2: nobody's conversation begins before she may be written to: who is outside her safe hours waits for a later wave.
Rule 3: a consultation without safe hours never starts a campaign: it waits to be written to.
Rule 4: a message is charged to the budget when it is owed. The first that does not fit stops the campaign; what fitted
still leaves.
Rule 5: whoever said STOP, was erased, or whose number is nobody's is never begun and never reminded.
Rule 6: one reminder of a silence, word for word the first message, in her safe hours; none at elevated
risk.
"""

from consult.campaign.costing import Outlook, forecast, outlook
from consult.campaign.inviting import DEPTH, Wave, wave, waves
from consult.campaign.reminding import silence
from consult.campaign.running import GOING, CannotStart, Plan, begin_due, begins, may_go_by, pause, resume, start, stop

__all__ = [
    "DEPTH",
    "GOING",
    "CannotStart",
    "Outlook",
    "Plan",
    "Wave",
    "begin_due",
    "begins",
    "forecast",
    "may_go_by",
    "outlook",
    "pause",
    "resume",
    "silence",
    "start",
    "stop",
    "wave",
    "waves",
]
