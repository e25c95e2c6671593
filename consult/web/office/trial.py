"""A draft played on a page, as she would read or hear it. Nothing of it is kept, and nobody is asked.

Rule 1: what was typed so far comes back with each form, and the conversation is played anew from it: in another
language or by another channel too.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from flask import Blueprint, abort, request
from flask.typing import ResponseReturnValue

from consult.channel import CallChannel, Channel
from consult.consultation import Consultation
from consult.drafts import keeping, looking
from consult.drafts.trying import HANGS_UP, LONGEST, MOST, SILENCE, SPEAKS, Exchange, played
from consult.edition import Edition, compile_edition
from consult.episodes import Episode, NotOnAir, material
from consult.episodes.programme import Aired
from consult.reading.labels import Labels
from consult.releases import wording
from consult.web.office.designer import standing
from consult.web.office.doors import house
from consult.web.office.printed import printed
from consult.web.office.telling import page, tongue
from consult.wording import for_locale, for_pages, locale

blueprint = Blueprint("trial", __name__, url_prefix="/office/designs/<name>")
NONSENSE: Final = "xyzzy"  # an answer to no question


@blueprint.get("/try", endpoint="page")
def begun(name: str) -> ResponseReturnValue:
    return _shown(name, ())


@blueprint.post("/try")
def play(name: str) -> ResponseReturnValue:
    """Her replies so far, and one more."""
    replies = [each[: LONGEST + 1] for each in request.form.getlist("said")][:MOST]
    typed, button = request.form.get("typed", "").strip(), request.form.get("do", "")
    match button:
        case "again":
            replies = []
        case "back":
            replies = replies[:-1]
        case "silence" | "hangs up" | "speaks":
            replies.append({"silence": SILENCE, "hangs up": HANGS_UP, "speaks": SPEAKS}[button])
        case "":
            replies += [f"={typed[:LONGEST]}"] if typed else []
        case _:
            replies.append(f"={button.removeprefix('=')[:LONGEST]}")
    return _shown(name, tuple(replies[:MOST]))


def _shown(name: str, replies: tuple[str, ...]) -> ResponseReturnValue:
    draft = standing(name)
    whole = keeping.opened(draft.toml)
    edition = _edition(whole)
    offered = _offered(whole)
    channel, tag = _channel(offered), _tag(edition)
    told = {"wording": wording(whole.questions), "languages": list(whole.languages)}
    labels = Labels(told, for_pages(tongue()))
    exchanges = played(edition, channel, tag, replies, int(time.time()))
    return page(
        "trial.html",
        draft=draft,
        whole=whole,
        channel=channel.name,
        channels={each: labels.channel(each) for each in offered},
        calls=isinstance(channel, CallChannel),
        tag=tag,
        tongues=[locale(each) for each in edition.consultation.languages],
        place=locale(tag),
        exchanges=exchanges,
        replies=replies[: len(exchanges) - 1],
        full=len(replies) >= MOST,
        keyword=whole.keyword.get(tag, ""),
        stop=edition.tongues[edition.locale(tag) or 0].lexicon.told["stop"],
        nonsense=NONSENSE,
        segments=_segments(exchanges),
        unfinished=looking.filled(whole, house().library.packs) != whole,
        programmes=sorted(house().programmes),
    )


def _edition(whole: Consultation) -> Edition:
    packs = house().library.packs
    return compile_edition(looking.filled(whole, packs), 0, packs)


def _offered(whole: Consultation) -> Mapping[str, Channel]:
    """What is written; what speaks, where it is held by telephone; and whatever else somebody carries."""
    return {name: channel for name, channel in house().channels.items() if _is_offered(name, channel, whole)}


def _is_offered(name: str, channel: Channel, whole: Consultation) -> bool:
    if not isinstance(channel, CallChannel):
        return True
    return bool(whole.voice) if name in house().speakers else bool(channel.carriers)


def _channel(offered: Mapping[str, Channel]) -> Channel:
    """The one that is wished for, else the first that is written."""
    written = [each for each in offered.values() if not isinstance(each, CallChannel)]
    return offered.get(request.values.get("channel", "")) or written[0]


def _tag(edition: Edition) -> str:
    wanted = request.values.get("in", "")
    return wanted if edition.locale(wanted) is not None else edition.consultation.languages[0]


def _segments(exchanges: list[Exchange]) -> int:
    return sum(bubble.cost.segments for each in exchanges for bubble in each.ours)


@blueprint.get("/script/<tag>")
def script(name: str, tag: str) -> ResponseReturnValue:
    """What a presenter would read, from the first channel that is broadcast. Its title says that it is a draft."""
    draft = standing(name)
    edition = _edition(keeping.opened(draft.toml))
    programmes: dict[str, Any] = dict(house().programmes)
    if edition.locale(tag) is None or not programmes:
        abort(404)
    channel = sorted(programmes)[0]
    try:
        given = material(edition, tag, 1)
    except NotOnAir:
        abort(404)
    say = for_pages(tongue())
    # Tr: the title of a script that must not be read on the air yet
    title = say("DRAFT, not for the air: {title}", title=given.title)
    given = replace(given, title=title)
    episode = Episode(name, 1, 0, channel, tag, int(time.time()) // 86_400, 3600, "", "", "")
    return printed(programmes[channel].script_page(episode, given, Aired("", ""), for_locale(tag)))
