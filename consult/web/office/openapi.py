"""What programs may ask for, as OpenAPI 3.1 (https://spec.openapis.org/oas/v3.1.0)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from consult import __version__
from consult.reading.files import MEDIA

_NAME: Final = {"name": "name", "in": "path", "required": True, "schema": {"type": "string"}}
_NUMBER: Final = {"name": "number", "in": "path", "required": True, "schema": {"type": "integer", "minimum": 1}}
_KIND: Final = {
    "name": "kind",
    "in": "path",
    "required": True,
    "schema": {"type": "string", "enum": ["json", *MEDIA]},
    "description": "json is the signed evidence pack",
}
_SHA256: Final = {"type": "string", "pattern": "^[0-9a-f]{64}$"}


def _get(summary: str, content: Mapping[str, Any], *parameters: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "get": {
            "summary": summary,
            "parameters": list(parameters),
            "responses": {
                "200": {"description": "It, with its ETag", "content": content},
                "304": {"description": "The asker has it: If-None-Match named its ETag"},
                "401": {"description": "No token, or one that was revoked"},
                "404": {"description": "There is no such thing, or it is not for this token"},
                "429": {"description": "Too many requests; Retry-After says when"},
            },
        }
    }


def _json(schema: Mapping[str, Any]) -> dict[str, Any]:
    return {"application/json": {"schema": schema}}


_ROW: Final = {
    "type": "object",
    "required": ["number", "day", "sha256"],
    "properties": {
        "number": {"type": "integer", "minimum": 1},
        "day": {"type": "string", "format": "date"},
        "sha256": _SHA256,
    },
}
_LIST: Final = {
    "type": "object",
    "required": ["releases"],
    "properties": {"releases": {"type": "array", "items": _ROW}},
}
_RELEASE: Final = {
    "type": "object",
    "description": "The frozen document; its bytes have the SHA-256 that the list tells",
    "required": ["format", "consultation", "number", "wording", "rules", "input", "chapters"],
    "properties": {
        "format": {"const": 1},
        "consultation": {"type": "string"},
        "number": {"type": "integer"},
        "wording": {"type": "array", "items": {"type": "object"}},
        "rules": {"type": "object"},
        "input": {"type": "object", "properties": {"arrival": {"type": "integer"}, "sha256": _SHA256}},
        "chapters": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["frame", "people", "reach", "questions", "common_ground", "divergence", "minorities"],
            },
        },
    },
}
_ASKS: Final = {
    "type": "object",
    "required": ["asks"],
    "properties": {"asks": {"type": "array", "items": {"type": "object", "required": ["id", "state", "texts", "due"]}}},
}
_FIGURES: Final = {"type": "object", "description": "As `consult findings show NAME --format json` gives it"}
_RELEASES: Final = "/api/consultations/{name}/releases"

OPENAPI: Final[Mapping[str, Any]] = {
    "openapi": "3.1.0",
    "info": {
        "title": "Consult",
        "version": __version__,
        "description": "Reads aggregates. No answer of a person and no number is among them; nothing can be written.",
    },
    "security": [{"token": []}],
    "components": {"securitySchemes": {"token": {"type": "http", "scheme": "bearer"}}},
    "paths": {
        "/api/consultations/{name}/figures": _get("Live figures, behind the gate", _json(_FIGURES), _NAME),
        _RELEASES: _get("Releases, the first one first", _json(_LIST), _NAME),
        "/api/consultations/{name}/asks": _get("What was asked, and what came of it", _json(_ASKS), _NAME),
        f"{_RELEASES}/{{number}}": _get("A release", _json(_RELEASE), _NAME, _NUMBER),
        f"{_RELEASES}/{{number}}/files/{{kind}}": _get(
            "A release as a file", {"*/*": {"schema": {}}}, _NAME, _NUMBER, _KIND
        ),
    },
}
