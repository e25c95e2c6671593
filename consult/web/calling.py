"""The telephone on a page of the demo: what a caller hears, the keys she presses, what she says aloud.

Every press goes the way of a carrier's: one webhook, one transaction, one answer. The page holds nothing; which call
and turn it is stands in its forms, so that reloading is a retry and hears the same.

Rule 1: keys, silence and hanging up work without script; the script plays the sounds in a row, and the microphone.
Rule 2: a sentence nobody has recorded is read by a machine where one has a voice for it; its words are always shown.
"""

from __future__ import annotations

import json
import secrets
import time
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final
from urllib.parse import urlencode

from flask import Blueprint, abort, current_app, render_template, request
from flask.typing import ResponseReturnValue

from consult import channel as plain
from consult import intake
from consult.channel import LONGEST_SOUND
from consult.house import House
from consult.speech.drafting import VOICES, CannotDraft, draft
from consult.speech.shelf import Shelf
from consult.web.demo import guard, same_origin
from consult.web.place import language, on_show
from consult.web.problems import Problem
from consult.web.telephones import Calls, calls, telephones
from consult.wording import for_locale, locale, shipped

KEYPAD: Final = ("1", "2", "3", "4", "5", "6", "7", "8", "9", "*", "0", "#")
SPARE: Final = 300  # numbers of which one rings
blueprint = Blueprint("calling", __name__, url_prefix="/demo/call")
blueprint.before_request(guard)
blueprint.after_request(same_origin)


@dataclass(frozen=True, slots=True)
class Said:
    """One thing heard. `sound` is its address, "" where there is none."""

    text: str
    locale: str
    key: str

    @property
    def lang(self) -> Any:
        return locale(self.locale)


@blueprint.get("")
def page() -> str:
    """Before a call."""
    return _show({})


@blueprint.post("")
def act() -> ResponseReturnValue:
    """She rings, presses, speaks, is silent or hangs up."""
    request.max_content_length = LONGEST_SOUND + 8192
    house, phones = _house(), _calls()
    form = {name: "".join(request.form.getlist(name)) for name in ("sender", "call", "turn", "act", "value")}
    spoken = request.files.get("sound")
    if form["act"] == "speak" and spoken is not None:
        try:
            phones.keep(f"{form['call']}-{form['turn']}", spoken.read())
        except ValueError:
            raise Problem(400, "400") from None
        finally:
            spoken.close()
    heard = phones.receive(plain.Request("POST", request.path, {}, urlencode(form).encode()), int(time.time()))
    taken = intake.take(house, heard, secrets.randbits(8))
    return _show(json.loads(taken.answer.body) if taken.answer else {"said": [], "keys": None}, form)


def _show(answer: dict[str, Any], form: dict[str, str] | None = None) -> str:
    house = _house()
    say = for_locale(language(house))
    current = house.store.read(house.library.current)
    consultations = {name: next(iter(one.keyword.values()), "") for name, one in on_show(house, current).items()}
    keys = answer.get("keys")
    said = [Said(**each) for each in answer.get("said", ())]
    return render_template(
        "call.html",
        say=say,
        lang=say.locale,
        interface=[locale(each) for each in shipped()],
        said=[(each, _sound(house, each)) for each in said],
        rings={name: keyword for name, keyword in consultations.items() if keyword},
        open=keys is not None,
        over=bool(form) and keys is None,
        tape=(keys or {}).get("tape"),
        most=(keys or {}).get("most", 1),
        turn=answer.get("turn", 0),
        call=form["call"] if form and keys is not None else secrets.token_hex(8),
        sender=form["sender"] if form else _somebody(),
        keypad=KEYPAD,
    )


def _somebody() -> str:
    """A number nobody has used yet: every visit is another woman's, and reloading after a call is the same one's."""
    phones = telephones(_house()) or abort(404)
    return secrets.choice(list(islice(phones.spare(), SPARE)))


def _sound(house: House, said: Said) -> str:
    """Where it is heard; drafted where it is not recorded and can be."""
    if house.voices is None:
        return ""
    found = house.voices.own(said) or _drafted(house, said) or house.voices.find(said)
    return f"/audio/{found}" if found else ""


def _drafted(house: House, said: Said) -> str | None:
    if said.locale not in VOICES:
        return None
    try:
        return Shelf(house.settings.data).keep(said, said.locale, draft(said), "drafted").name
    except (CannotDraft, OSError):
        return None


def _house() -> House:
    house: House = current_app.extensions["house"]
    return house


def _calls() -> Calls:
    return calls(_house()) or abort(404)
