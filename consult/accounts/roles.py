"""What each role may do: the one table. A role is given for one consultation, the administrator's for the hub.

Rule 1: no right shows a number beside an answer, and none shows what one person answered: there is no such right. What
may mean danger alone is read one text at a time, masked, with nothing else of who wrote it (`FLAGS`).
Rule 2: rights add up over the roles someone has in a consultation; a role for "*" counts in every consultation.
Rule 3: what people wrote is moderated by moderators alone, and what may be danger is seen by guardians alone: a
facilitator who has to do either is given that role, on record.
Rule 4: the administrator lets people in and out and sees no figures; whoever needs both has both roles, on record.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from consult.store.members import Grant

HUB: Final = "*"  # the consultation of rights that concern all of them


class Right(StrEnum):
    """Something a page, a token or a command may demand."""

    SEE = "see"  # that the consultation is there, its title and its state
    TRAFFIC = "traffic"  # how many messages, never whose
    FIGURES = "figures"  # counts behind the gate
    CONTACTS = "contacts"  # lists of whom we may write to, and codes to join with
    LAUNCH = "launch"  # beginning to write to them
    RELEASES = "releases"  # the frozen documents, and what came of them
    RELEASE = "release"  # making one, and publishing what was asked
    ANSWER = "answer"  # proposing what an addressee answers
    ASK = "ask"  # for what needs two people
    APPROVE = "approve"  # what another asked
    TOKENS = "tokens"  # keys for programs
    PEOPLE = "people"  # who may come in
    AUDIT = "audit"  # the trail
    NODES = "nodes"  # field nodes, and which of their pages are believed
    PROTECT = "protect"  # the register of incidents, and areas where nothing is started
    TRANSLATE = "translate"  # writing and reading the words of a draft, in every language
    DESIGN = "design"  # writing definitions, trying and publishing them
    RECORD = "record"  # reading lines aloud for the telephone
    MODERATE = "moderate"  # what people wrote, masked, of ten and more; deciding who else reads it; answering
    CODE = "code"  # codebooks, and finding themes in texts that a moderator found fine
    FLAGS = "flags"  # texts and early warnings that may mean danger
    AIR = "air"  # scripts of episodes, slips: writing them, and reading their words while that may be


_READER: Final = frozenset({Right.SEE, Right.RELEASES})
ROLES: Final[Mapping[str, frozenset[Right]]] = MappingProxyType(
    {
        "administrator": frozenset(
            {Right.PEOPLE, Right.AUDIT, Right.SEE, Right.ASK, Right.APPROVE, Right.TOKENS, Right.NODES}
        ),
        "facilitator": frozenset(
            {*_READER, Right.TRAFFIC, Right.FIGURES, Right.CONTACTS, Right.LAUNCH, Right.RELEASE}
            | {Right.PROTECT, Right.ASK, Right.APPROVE, Right.DESIGN, Right.TRANSLATE, Right.RECORD}
        ),
        "moderator": frozenset({Right.SEE, Right.TRAFFIC, Right.PROTECT, Right.MODERATE}),
        "guardian": frozenset({Right.SEE, Right.PROTECT, Right.FLAGS}),
        "coder": frozenset({Right.SEE, Right.CODE}),
        "producer": frozenset({Right.SEE, Right.TRAFFIC, Right.AIR}),
        "translator": frozenset({Right.SEE, Right.TRANSLATE}),
        "voice": frozenset({Right.SEE, Right.RECORD}),
        "mediator": frozenset({*_READER, Right.FIGURES, Right.ANSWER, Right.APPROVE}),
        "representative": _READER | {Right.ANSWER},
    }
)


def rights(grants: Iterable[Grant], consultation: str) -> frozenset[Right]:
    """What these grants allow in this consultation, or on the hub ("*")."""
    counted = [ROLES.get(each.role, frozenset()) for each in grants if each.consultation in (HUB, consultation)]
    return frozenset().union(*counted)


def may(grants: Iterable[Grant], right: Right, consultation: str) -> bool:
    """Whether one of them allows it there."""
    return right in rights(grants, consultation)


def seen(grants: Iterable[Grant], names: Iterable[str]) -> list[str]:
    """Those of these consultations that the grants let someone see."""
    known = list(grants)
    return [name for name in names if may(known, Right.SEE, name)]
