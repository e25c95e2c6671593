"""When what moderators read goes: thirty days after it was opened, and with its consultation.

It stands apart so that a worker, who sees to it, loads nothing that opens texts.
"""

from __future__ import annotations

from typing import Final

from consult.house import House
from consult.library import day_of
from consult.store import Tx

KEPT: Final = 30  # days
LISTED: Final = "listed:{}"  # the setting's name: words that are masked
LEFT: Final = "left:{}"  # the setting's name: texts that a moderator leaves for another


def fade(house: House, at: int) -> int:
    """Words opened thirty days ago go; of how many texts. What was decided on them stands."""
    return house.store.write(lambda tx: tx.fade_writings(day_of(at) - KEPT))


def forget(name: str, tx: Tx) -> None:
    """The consultation is retired: its texts, flags, answers, paraphrases and lists of words go."""
    tx.lose_writings_in(name)
    tx.lose_worded_in(name)
    for setting in (LISTED.format(name), LEFT.format(name)):
        if tx.setting(setting):
            tx.set(setting, "")
