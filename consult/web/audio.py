"""Sounds, for whoever plays them: carriers fetch them unasked, and so does the telephone on a page.

Rule 1: nothing but the folder of sounds can be reached: a name is a hash of ours, or there is no such address.
Rule 2: a sound is no secret: it is what every caller hears. Nothing here knows who listens.
"""

from __future__ import annotations

from flask import Blueprint, Response, abort, current_app, request

from consult.house import House
from consult.speech.shelf import NAME, Shelf
from consult.web.assets import FOR_EVER

blueprint = Blueprint("audio", __name__)


@blueprint.get("/audio/<name>")
def play(name: str) -> Response:
    """The sound of this name, whole or in the part that is asked for."""
    house: House = current_app.extensions["house"]
    file = Shelf(house.settings.data).audio.absolute() / name
    if not NAME.fullmatch(name) or not file.is_file():
        abort(404)
    content = file.read_bytes()  # a minute of it is 1 MB
    response = Response(content, mimetype="audio/wav")
    response.headers["Cache-Control"] = FOR_EVER
    response.set_etag(name.partition(".")[0])
    response.make_conditional(request, accept_ranges=True, complete_length=len(content))
    return response
