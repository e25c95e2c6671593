"""The conversation itself: begin, hear, remind, rejoin, lapse, replay. Functions over frozen values, nothing else.

`hear(edition, session, reply, at) -> Turn(session, events, prompts)`: what she said becomes facts, a new state and what
is said next. Time comes in as `at` (epoch seconds), chance as `seed`.

Rule 1: one question per message; every question accepts an answer, not_sure, not_understood, prefer_not.
Rule 2: a wrong reply gets a precise re-ask that names the allowed replies and never echoes hers; the third one is
        Skipped and the conversation moves on. At consent and at the invitation it ends: silence is not consent.
Rule 3: the last answer counts. BACK reopens the previous question; a question a correction makes irrelevant is Skipped
        ("withdrawn"), one it makes relevant is asked in its place.
Rule 4: STOP and ERASE work in every phase, locked or not. The word inside a longer text is asked about once.
Rule 5: a reply to a question she cannot have seen yet (`unseen`) corrects the one that brought it; a `late`
        one is never taken.
Rule 6: at elevated risk her own word ends the conversation at once, as a stranger sees it; only the word reopens it.
Rule 7: `stranger` in a Turn means: she gets what an unknown number would get. Nothing more is said here.
"""

from consult.engine.asking import pass_over
from consult.engine.hearing import hear
from consult.engine.opening import begin, lapse, rejoin, remind
from consult.engine.replay import counted, replay
from consult.engine.turn import AWAKE, AWAKE_ELEVATED, Reply, Turn, awake, current, patience

__all__ = [
    "AWAKE",
    "AWAKE_ELEVATED",
    "Reply",
    "Turn",
    "awake",
    "begin",
    "counted",
    "current",
    "hear",
    "lapse",
    "pass_over",
    "patience",
    "rejoin",
    "remind",
    "replay",
]
