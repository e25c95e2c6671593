"""The plain stack the webhook is measured against: Flask, Twilio's own signature check, one row committed a message.

As a careful tutorial would write it: a connection per thread, WAL, synchronous=FULL; nothing is understood.
"""

from __future__ import annotations

import os
import sqlite3
import threading
import time

from flask import Flask, Response, request
from twilio.request_validator import RequestValidator

EMPTY = '<?xml version="1.0" encoding="UTF-8"?><Response/>'


def create(database: str, token: str) -> Flask:
    """The application over a database file, made if missing."""
    app, validator, local = Flask("plain"), RequestValidator(token), threading.local()

    def connection() -> sqlite3.Connection:
        mine: sqlite3.Connection | None = getattr(local, "connection", None)
        if mine is None:
            mine = local.connection = sqlite3.connect(database, timeout=30, isolation_level=None)
            mine.execute("PRAGMA journal_mode = WAL")
            mine.execute("PRAGMA synchronous = FULL")
        return mine

    connection().execute("CREATE TABLE IF NOT EXISTS inbox (sid TEXT PRIMARY KEY, sender TEXT, body TEXT, at REAL)")

    @app.post("/hooks/sms/twilio")
    def inbound() -> Response | tuple[str, int]:
        form = request.form
        if not validator.validate(request.url, form, request.headers.get("X-Twilio-Signature", "")):
            return "not signed", 403
        row = (form["MessageSid"], form["From"], form["Body"], time.time())
        connection().execute("INSERT INTO inbox VALUES (?, ?, ?, ?)", row)
        return Response(EMPTY, mimetype="text/xml")

    return app


def from_environment() -> Flask:
    """For servers that are given a factory."""
    return create(os.environ["BENCH_DATABASE"], os.environ["CONSULT_TWILIO_AUTH_TOKEN"])
