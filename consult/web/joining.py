"""A field node joins over HTTPS: who the hub is, and the node's request with its one-time code.

Rule 1: who has no code learns the hub's public keys, which tell nothing, and no more.
Rule 2: guessing is hopeless (128 bits) and wasted: a request that is none costs a look into one table.
"""

from __future__ import annotations

import time
from typing import Final

from flask import Blueprint, Response, current_app, request
from flask.typing import ResponseReturnValue

from consult.house import House
from consult.store import StoreError

MEDIA: Final = "application/cbor"
blueprint = Blueprint("joining", __name__, url_prefix="/p")


@blueprint.get("/hub")
def hub() -> ResponseReturnValue:
    from consult.sync.codes import hub_letter

    house: House = current_app.extensions["house"]
    return Response(hub_letter(house, house.settings.public_url), mimetype=MEDIA)


@blueprint.post("/join")
def join() -> ResponseReturnValue:
    from consult.sync.codes import answer
    from consult.sync.enrolling import NotAdmitted

    house: House = current_app.extensions["house"]
    try:
        grant, _, _ = answer(house, request.get_data(), house.settings.public_url, int(time.time()))
    except (NotAdmitted, StoreError) as error:
        return Response(str(error), 403, mimetype="text/plain")
    return Response(grant, mimetype=MEDIA)
