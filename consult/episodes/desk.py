"""Slips as they come from a desk, a file or a sheet of paper: each is taken or refused by itself.

Rule 1: what comes is JSON of somebody's browser: every value is looked at before it is used, and nothing is echoed.
Rule 2: an outcome names the slip by its own identity and what is wrong by its field, never by what was written.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from consult.channel import Heard, Slip
from consult.house import House
from consult.intake.slips import NoEpisode, SlipRefused, change_slip, erase_ticket, take_slip, told_at
from consult.store.aired import Episode

LARGEST = 4 * 1024 * 1024  # characters of a saved file
MOST = 5000  # slips of a file


class NotSlips(Exception):
    """It holds no slips; the message says why."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a slip: "taken", "known" (it was taken before) or "refused", then by `field` and `why`."""

    id: str
    state: str
    field: str = ""
    why: str = ""


def saved(text: str, name: str, number: int) -> dict[str, Any]:
    """What a desk saved to a file: `slips`, and `now`, its clock when it saved. Raises NotSlips."""
    if len(text) > LARGEST:
        raise NotSlips("the file is too large")
    try:
        told = json.loads(text)
    except (ValueError, RecursionError):
        raise NotSlips("the file was not saved by a desk, or is damaged") from None
    if not isinstance(told, dict) or told.get("consultation") != name or told.get("episode") != number:
        raise NotSlips(f"these slips are not of episode {number} of {name}")
    return told


def take_all(house: House, episode: Episode, told: Mapping[str, Any], at: int, by: str) -> list[Outcome]:
    """Take what a desk sent or saved. Raises NotSlips, NoEpisode, StoreError; those before are kept."""
    slips, now = told.get("slips"), told.get("now")
    if not isinstance(slips, list) or len(slips) > MOST:
        raise NotSlips("a list of slips is needed")
    return list(_taken(house, episode, slips, now if type(now) is int else 0, at, by))


def change_all(house: House, episode: Episode, told: Mapping[str, Any], at: int) -> list[str]:
    """Change what a desk changed of slips it had sent; the identities of those that were looked at, found or not."""
    listed = told.get("changes")
    changes = [_texts(each) for each in (listed if isinstance(listed, list) else [])[:50]]
    for each in changes:
        change_slip(house, episode, each.get("id", ""), each.get("state", ""), each.get("agreed", ""), at)
    return [each["id"] for each in changes if each.get("id")]


def _taken(house: House, episode: Episode, slips: Sequence[Any], now: int, at: int, by: str) -> Iterator[Outcome]:
    for each in slips:
        id, answers, about, then = _parts(each)
        heard = Heard(
            channel=episode.channel,
            carrier="desk",
            ours=f"{episode.consultation} {episode.number}",
            sender=None,
            said=Slip(tuple(answers.items()), tuple(about.items())),
            ref=id,
            heard_at=at,
            sent_at=told_at(at, now, then) if then else None,
            entered_by=by,
        )
        try:
            new = take_slip(house, episode.consultation, episode.number, heard, tuple(episode.listed.split()))
        except SlipRefused as refused:
            yield Outcome(id, "refused", refused.field, refused.why)
        else:
            yield Outcome(id, "taken" if new else "known")


def _parts(slip: Any) -> tuple[str, dict[str, str], dict[str, str], int]:
    """Its identity, answers, the rest and its time; what is no text is left out, so that it is refused or empty."""
    if not isinstance(slip, dict):
        return "", {}, {}, 0
    id, then = slip.get("id"), slip.get("at")
    texts = (_texts(slip.get("answers")), _texts(slip.get("about")))
    return id[:64] if isinstance(id, str) else "", *texts, then if type(then) is int else 0


def _texts(table: Any) -> dict[str, str]:
    if not isinstance(table, dict):
        return {}
    return {str(key)[:40]: value[:400] for key, value in table.items() if isinstance(value, str)}


__all__ = ["NoEpisode", "NotSlips", "Outcome", "change_all", "erase_ticket", "saved", "take_all"]
