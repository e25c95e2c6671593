"""What an ask is now, and what may happen to it next. Pure.

A draft is heard once it is published; then it is delivered to its addressee, acknowledged, considered, and taken up, in
part or not, or they cannot say now; what was taken up is done; in the end it is closed, and may be reopened.

Rule 1: a refusal, also a partial one, has a reason and words in every language; "cannot say now" a day to come back.
Rule 2: an answer in words is proposed by one and approved by another.
Rule 3: it is closed only when the last answer was heard on every channel that the consultation collected on.
Rule 4: overdue is derived: its day has passed, and no answer stands.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, Final

MOVES: Final[Mapping[str, frozenset[str]]] = {
    "draft": frozenset({"heard"}),
    "heard": frozenset({"delivered"}),
    "delivered": frozenset({"acknowledged"}),
    "acknowledged": frozenset({"considering"}),
    "considering": frozenset(),
    "taken_up": frozenset({"closed"}),
    "partly": frozenset({"closed"}),
    "not_taken_up": frozenset({"closed"}),
    "cannot_say_now": frozenset({"considering"}),
    "done": frozenset({"closed"}),
    "closed": frozenset({"considering"}),
}  # without an answer in words
ANSWERS: Final = frozenset({"taken_up", "partly", "not_taken_up", "cannot_say_now", "done"})
_WAIT: Final = frozenset({"heard", "delivered", "acknowledged", "considering", "cannot_say_now"})
REASONS: Final = ("money", "time", "authority", "security", "others_must_agree", "not_agreed", "other")
_BEGUN: Final = frozenset({"taken_up", "partly"})


class Refused(Exception):
    """This cannot happen to it now; the message says why and what would let it, `code` names the kind for the pages."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened to one ask of a consultation. `day`: since 1970; `values`: by `kind`, see `apply`."""

    consultation: str
    ask: int
    seq: int
    day: int
    by: str
    kind: str
    values: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Ask:
    """As it stands. `texts`, `addressed_to`, `answer`: language -> words. Days are like 2027-03-31, "" for none."""

    id: int
    texts: Mapping[str, str]
    addressed_to: Mapping[str, str]
    owner: str
    due: str
    forum: str = ""
    agenda_item: str = ""
    session: str = ""
    tabled_on: str = ""
    hindrance: str = ""
    release: int = 0
    question: str = ""
    choice: str = ""
    state: str = "draft"
    reason: str = ""
    answer: Mapping[str, str] = field(default_factory=dict)
    review_on: str = ""
    proposed: Mapping[str, Any] | None = None  # an answer that waits for another person; with `by`
    returned: tuple[Mapping[str, Any], ...] = ()  # since the last answer: channel, language and counts
    answered: int = 0  # the day of its last answer, since 1970; 0 for none
    said: int = 0  # how many answers stood so far: news of each is sent once

    def overdue(self, today: date) -> int:
        """By how many days an answer is late; 0 for none."""
        promised = self.review_on if self.state == "cannot_say_now" else self.due
        if self.state not in _WAIT or not promised:
            return 0
        return max((today - date.fromisoformat(promised)).days, 0)


CHANGES: Final = ("owner", "due", "forum", "agenda_item", "session", "tabled_on", "hindrance")
BEGINS: Final = frozenset(
    {"texts", "addressed_to", "owner", "due", "forum", "agenda_item", "session", "release", "question", "choice"}
)  # what an ask begins with
COUNTS: Final = ("sent", "heard", "understood", "not_understood", "more")


def apply(ask: Ask | None, event: Event, languages: Collection[str], channels: Collection[str]) -> Ask:
    """What it is after this event. Raises Refused."""
    if event.kind == "asked":
        return _asked(event, languages)
    if ask is None:
        raise Refused("step", f"there is no ask {event.ask}")
    match event.kind:
        case "changed":
            return replace(ask, **_changes(event.values))
        case "moved":
            return _moved(ask, str(event.values["to"]), channels)
        case "proposed":
            return replace(ask, proposed={**_answer(ask, event.values, languages), "by": event.by})
        case "approved":
            return _approved(ask, event.by, event.day)
        case "declined":
            return replace(_waiting(ask), proposed=None)
        case "returned":
            counts = _counts(event.values)
            if ask.state == "draft":
                raise Refused("step", "it is a draft: nobody can have heard of it")
            return replace(ask, returned=(*ask.returned, counts))
        case _:
            raise Refused("step", f"nobody knows what {event.kind!r} is")


def folded(events: Iterable[Event]) -> dict[int, Ask]:
    """Every ask as it stands, by its number. What was written once is not judged again."""
    asks: dict[int, Ask] = {}
    for event in events:
        asks[event.ask] = apply(asks.get(event.ask), event, (), ())
    return asks


def _asked(event: Event, languages: Collection[str]) -> Ask:
    values = dict(event.values)
    if unknown := values.keys() - BEGINS:
        raise Refused("step", f"{', '.join(sorted(unknown))}: unknown; {', '.join(sorted(BEGINS))} are known")
    for name in ("texts", "addressed_to"):
        _in_every(values.get(name, {}), languages, name)
    for name, what in (("owner", "say who sees to it"), ("due", "say by when an answer is wanted")):
        if not values.get(name):
            raise Refused("owner", f"{name}: {what}")
    return Ask(id=event.ask, **{**values, **_days(values)})


def _changes(values: Mapping[str, Any]) -> dict[str, Any]:
    if unknown := values.keys() - set(CHANGES):
        raise Refused("step", f"{', '.join(sorted(unknown))}: cannot be changed; {', '.join(CHANGES)} can")
    return {**values, **_days(values)}


def _days(values: Mapping[str, Any]) -> dict[str, str]:
    found = {}
    for name in ("due", "session", "tabled_on", "review_on"):
        if given := values.get(name):
            try:
                found[name] = date.fromisoformat(str(given)).isoformat()
            except ValueError:
                raise Refused("day", f"{name}: write a day like 2027-03-31") from None
    return found


def _moved(ask: Ask, to: str, channels: Collection[str]) -> Ask:
    if to not in MOVES[ask.state]:
        able = ", ".join(sorted(MOVES[ask.state])) or "nothing without an answer in words"
        raise Refused("step", f"it is {ask.state}; next can come {able}")
    if to == "closed" and (deaf := set(channels) - set(_reached(ask))):
        raise Refused("back", f"the answer was not brought back yet by {', '.join(sorted(deaf))}")
    return replace(ask, state=to)


def _reached(ask: Ask) -> Iterable[str]:
    """The channels on which somebody was sent it or heard it; of what calls counted, ten and more."""
    for each in ask.returned:
        if each["sent"] or each["heard"] >= (10 if each.get("counted") else 1):
            yield str(each["channel"])


def _answer(ask: Ask, values: Mapping[str, Any], languages: Collection[str]) -> dict[str, Any]:
    to = str(values.get("to", ""))
    if to not in ANSWERS:
        raise Refused("step", f"an answer is one of {', '.join(sorted(ANSWERS))}")
    if ask.state not in (_BEGUN if to == "done" else _WAIT):
        raise Refused("step", f"it is {ask.state}: it cannot be answered {to} now")
    if to in ("partly", "not_taken_up", "cannot_say_now") and values.get("reason") not in REASONS:
        raise Refused("reason", f"reason: say why, one of {', '.join(REASONS)}")
    days = _days(values)
    if to == "cannot_say_now" and "review_on" not in days:
        raise Refused("review", "review_on: say on which day it will be looked at again")
    _in_every(values.get("texts", {}), languages, "texts")
    told = {"to": to, "reason": str(values.get("reason") or ""), "texts": dict(values.get("texts", {}))}
    return {**told, "review_on": days.get("review_on", "")}


def _waiting(ask: Ask) -> Ask:
    if ask.proposed is None:
        raise Refused("step", "no answer waits for anybody")
    return ask


def _approved(ask: Ask, by: str, day: int) -> Ask:
    told = _waiting(ask).proposed
    assert told is not None
    if told["by"].casefold() == by.casefold():
        raise Refused("own", "another person than the one who proposed it must approve it")
    return replace(
        ask,
        state=told["to"],
        reason=told["reason"],
        answer=told["texts"],
        review_on=told["review_on"],
        proposed=None,
        returned=(),
        answered=day,
        said=ask.said + 1,
    )


def _counts(values: Mapping[str, Any]) -> dict[str, Any]:
    counts = {name: values.get(name, 0) for name in COUNTS}
    if any(not isinstance(n, int) or isinstance(n, bool) or n < 0 for n in counts.values()):
        raise Refused("step", "counts are whole numbers, 0 and more")
    if not values.get("channel"):
        raise Refused("step", "channel: say how it was brought back")
    if counts["understood"] + counts["not_understood"] > counts["heard"]:
        raise Refused("step", "more people understood it, or did not, than heard it")
    return {"channel": str(values["channel"]), "language": str(values.get("language", "")), **counts}


def _in_every(texts: Mapping[str, str], languages: Collection[str], name: str) -> None:
    if not isinstance(texts, Mapping) or not all(isinstance(each, str) for each in texts.values()):
        raise Refused("texts", f'{name}: write it by language, like {name} = {{ en = "..." }}')
    if missing := [tag for tag in languages if not texts.get(tag, "").strip()]:
        raise Refused("texts", f"{name}: missing in {', '.join(missing)}; women hear it in every language used")
