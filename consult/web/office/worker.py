"""The script that lets a browser keep the desk for when there is no network. It must be served above what it keeps."""

from __future__ import annotations

from pathlib import Path

from flask import Blueprint, Response

blueprint = Blueprint("worker", __name__, url_prefix="/office")
_SCRIPT = Path(__file__).parent.parent / "static" / "desk-worker.js"


@blueprint.get("/desk-worker.js", endpoint="script")
def script() -> Response:
    """Not kept: a new one is found at the next visit."""
    response = Response(_SCRIPT.read_bytes(), mimetype="text/javascript")
    response.headers["Cache-Control"] = "no-cache"
    return response
