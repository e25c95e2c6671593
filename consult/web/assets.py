"""What pages load besides themselves: style, script, icon. And how text gets light: gzip, once or on the way out.

Rule 1: an asset's address holds the hash of its bytes, so it is kept for ever and never asked for again.
Rule 2: nothing is compressed that is small, compressed already, or not wanted so.
"""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from flask import Response, abort, request

FOLDER = Path(__file__).parent / "static"
MEDIA = {"css": "text/css; charset=utf-8", "js": "text/javascript; charset=utf-8", "svg": "image/svg+xml"}
FOR_EVER = "public, max-age=31536000, immutable"
SMALL = 400  # bytes: below it compressing saves nothing worth its header
_TEXTS = frozenset({"text/html", "text/plain", "application/json"})


@dataclass(frozen=True, slots=True)
class Asset:
    """A file of `static/` under its lasting address, as it is and compressed."""

    url: str
    media: str
    plain: bytes
    packed: bytes


@lru_cache(maxsize=1)
def assets() -> Mapping[str, Asset]:
    """Every asset by its file's name."""
    return {file.name: _asset(file) for file in sorted(FOLDER.iterdir()) if file.suffix[1:] in MEDIA}


def _asset(file: Path) -> Asset:
    plain = file.read_bytes()
    mark = hashlib.sha256(plain).hexdigest()[:10]
    url = f"/static/{file.stem}.{mark}{file.suffix}"
    return Asset(url, MEDIA[file.suffix[1:]], plain, gzip.compress(plain, 9, mtime=0))


def serve(name: str) -> Response:
    """The asset at /static/`name`."""
    found = next((asset for asset in assets().values() if asset.url == f"/static/{name}"), None)
    if found is None:
        abort(404)
    packed = _wanted() and len(found.packed) < len(found.plain)
    response = Response(found.packed if packed else found.plain, content_type=found.media)
    response.headers["Cache-Control"] = FOR_EVER
    response.vary.add("Accept-Encoding")
    if packed:
        response.headers["Content-Encoding"] = "gzip"
    return response


def lighter(response: Response) -> Response:
    """A page compressed, where the browser takes that."""
    if response.mimetype not in _TEXTS or response.direct_passthrough or "Content-Encoding" in response.headers:
        return response
    body = response.get_data()
    if len(body) < SMALL:
        return response
    response.vary.add("Accept-Encoding")
    if _wanted():
        response.set_data(gzip.compress(body, 9, mtime=0))
        response.headers["Content-Encoding"] = "gzip"
    return response


def _wanted() -> bool:
    return bool(request.accept_encodings.quality("gzip"))
