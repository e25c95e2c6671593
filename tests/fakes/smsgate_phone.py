"""A telephone with the SMSGate app, as the app's source of July 2026 has it: its local server and its webhooks.

Not the app: it was never run here. What is copied: Basic credentials, names that may be used once (409), states, one
"sent" and one "delivered" for each part, bodies that are kept while signature and time are made anew at each try, only
2xx ends the tries, the inbox that is read again on request. What is not: Android, and its limits on sending.
"""

from __future__ import annotations

import hmac
import json
import time
from base64 import b64encode
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.client import HTTPConnection, HTTPException
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from queue import Empty, Queue
from secrets import token_urlsafe
from threading import Thread
from typing import Any
from urllib.parse import urlsplit

from channels.sms.segments import split

USER, PASSWORD, KEY, NUMBER = "sms", "sesame-of-the-tests", "a-key-of-the-tests-0123", "+254700000009"


@dataclass
class Letter:
    """A message in the telephone's inbox. `when`: the network's time."""

    sender: str
    text: str
    when: float
    told: bool = False


@dataclass
class Phone:
    """It answers within `with`, and calls whom it was told to. `key` signs; `ahead` is how wrong its clock is."""

    key: str = KEY
    ahead: float = 0
    internet_required: bool = False
    online: bool = False
    messaging: dict[str, Any] = field(default_factory=lambda: {"processing_order": "LIFO"})
    credit: bool = True
    delivers: bool = True
    again: float = 0.05  # seconds before the first other try; five in the app
    tries: int = 15
    hooks: dict[str, tuple[str, str]] = field(default_factory=dict)  # id -> event, address
    messages: dict[str, dict[str, Any]] = field(default_factory=dict)
    sent: list[tuple[str, list[str]]] = field(default_factory=list)  # receiver, parts
    inbox: list[Letter] = field(default_factory=list)
    answers: list[int] = field(default_factory=list)  # what its webhooks were answered
    asked: list[tuple[str, str]] = field(default_factory=list)  # method and path
    _waiting: Queue[tuple[float, int, str, bytes]] = field(default_factory=Queue)
    _on: bool = True

    # ---- the network

    def receives(self, sender: str, text: str, *, when: float | None = None, twice: bool = False) -> None:
        """An SMS comes in. `twice`: the broadcast and the inbox both tell of it, as on some telephones."""
        letter = Letter(sender, text, time.time() if when is None else when, told=True)
        self.inbox.append(letter)
        for _ in range(2 if twice else 1):
            self.tell("sms:received", self._received(letter))

    def keeps(self, sender: str, text: str, when: float) -> None:
        """An SMS comes in while the app does not run: it lies in the inbox."""
        self.inbox.append(Letter(sender, text, when))

    def _received(self, letter: Letter) -> dict[str, Any]:
        number = f"{hash((letter.sender, letter.text, int(letter.when))) & 0xFFFFFFFF:x}"
        about = {"messageId": number, "sender": letter.sender, "recipient": None, "simNumber": 1}
        return about | {"phoneNumber": letter.sender, "message": letter.text, "receivedAt": stamp(letter.when)}

    def _transmit(self, name: str, receiver: str, text: str) -> None:
        about = {"messageId": name, "sender": None, "recipient": receiver, "simNumber": 1, "phoneNumber": receiver}
        if not self.credit:
            self.messages[name]["state"] = "Failed"
            reason = "Send result: RESULT_ERROR_GENERIC_FAILURE (Generic failure cause)"
            self.tell("sms:failed", about | {"failedAt": stamp(time.time()), "reason": reason})
            return
        parts = split(text)
        self.sent.append((receiver, parts))
        for _ in parts:
            self.tell("sms:sent", about | {"partsCount": len(parts), "sentAt": stamp(time.time())})
        self.messages[name]["state"] = "Sent"
        if self.delivers:
            self.messages[name]["state"] = "Delivered"
            for _ in parts:
                self.tell("sms:delivered", about | {"deliveredAt": stamp(time.time())})

    # ---- webhooks

    def tell(self, event: str, payload: dict[str, Any]) -> None:
        """Each address that wants to hear of this event is called, with an id of its own."""
        for id, (wanted, url) in self.hooks.items():
            if wanted == event:
                said = {"id": token_urlsafe(15), "webhookId": id, "event": event, "deviceId": "device"}
                self._waiting.put((time.monotonic(), 0, url, json.dumps(said | {"payload": payload}).encode()))

    def _work(self) -> None:
        while self._on:
            try:
                due, failures, url, body = self._waiting.get(timeout=0.02)
            except Empty:
                continue
            if time.monotonic() < due or (self.internet_required and not self.online):
                self._waiting.put((due, failures, url, body))
                time.sleep(0.01)
                continue
            self.answers.append(post(url, body, self.key, time.time() + self.ahead))
            if self.answers[-1] // 100 != 2 and failures < self.tries:
                self._waiting.put((time.monotonic() + self.again * 2**failures, failures + 1, url, body))

    # ---- the local server

    def answer(self, method: str, path: str, said: Any) -> tuple[int, Any]:
        """Status and body."""
        self.asked.append((method, path))
        match method, path.partition("?")[0].strip("/").split("/"):
            case "POST", ["messages"]:
                return self._take(said)
            case "GET", ["messages", name]:
                return (200, self.messages[name]) if name in self.messages else (404, {})
            case "GET", ["webhooks"]:
                return 200, [{"id": id, "event": event, "url": url} for id, (event, url) in self.hooks.items()]
            case "POST", ["webhooks"]:
                return self._register(said)
            case "GET", ["settings"]:
                webhooks = {"internet_required": self.internet_required, "retry_count": self.tries}
                return 200, {"webhooks": webhooks, "messages": self.messaging}  # what is not set is left out
            case "PATCH", ["settings"]:
                self.internet_required = said["webhooks"]["internet_required"]
                self.key = said["webhooks"]["signing_key"]
                self.messaging |= said["messages"]
                return 200, {}
            case "POST", ["inbox", "refresh"]:
                return self._refresh(said)
        return 404, {}

    def _take(self, said: Any) -> tuple[int, Any]:
        name, text, (receiver,) = said["id"], said["textMessage"]["text"], said["phoneNumbers"]
        if not text or len(name) > 36 or said["ttl"] <= 0:
            return 400, {"message": "invalid"}
        if name in self.messages:
            return 409, {"message": "conflict"}
        self.messages[name] = {"id": name, "state": "Pending", "textMessage": {"text": text}}
        Thread(target=self._transmit, args=(name, receiver, text)).start()
        return 202, self.messages[name]

    def _register(self, said: Any) -> tuple[int, Any]:
        url = urlsplit(said["url"])
        if url.scheme != "https" and url.hostname != "127.0.0.1":
            return 400, {"message": "url must start with https:// or http://127.0.0.1"}
        id = said.get("id") or token_urlsafe(15)
        self.hooks[id] = (said["event"], said["url"])
        return 201, {"id": id, "event": said["event"], "url": said["url"]}

    def _refresh(self, said: Any) -> tuple[int, Any]:
        since, until = (datetime.fromisoformat(said[name]).timestamp() for name in ("since", "until"))
        for letter in self.inbox:
            if since <= letter.when <= until and said["triggerWebhooks"] and not letter.told:
                letter.told = True
                self.tell("sms:received", self._received(letter))
        return 202, {}

    # ---- on and off

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Phone:
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), type("App", (_App,), {"phone": self}))
        self._threads = [Thread(target=self._server.serve_forever, args=(0.02,)), Thread(target=self._work)]
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._on = False
        self._server.shutdown()
        for thread in self._threads:
            thread.join()
        self._server.server_close()


class _App(BaseHTTPRequestHandler):
    phone: Phone

    def _serve(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        known = f"Basic {b64encode(f'{USER}:{PASSWORD}'.encode()).decode()}"
        if self.headers.get("Authorization") != known:
            status, said = 401, {}
        else:
            status, said = self.phone.answer(self.command, self.path, json.loads(body) if body else None)
        written = json.dumps(said).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(written)))
        self.end_headers()
        self.wfile.write(written)

    do_GET = do_POST = do_PATCH = _serve

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing."""


def stamp(when: float) -> str:
    """A time as the app writes it: ISO 8601 with milliseconds and an offset."""
    return datetime.fromtimestamp(when, UTC).strftime("%Y-%m-%dT%H:%M:%S.000+00:00")


def signed(body: bytes, key: str, at: float) -> dict[str, str]:
    """The headers of a webhook: PayloadSingingPlugin.kt."""
    sent = str(int(at))
    signature = hmac.new(key.encode(), body + sent.encode(), "sha256").hexdigest()
    return {"X-Timestamp": sent, "X-Signature": signature, "Content-Type": "application/json; charset=UTF-8"}


def post(url: str, body: bytes, key: str, at: float) -> int:
    """One webhook; the status it was answered, 0 where nobody answered."""
    parts = urlsplit(url)
    line = HTTPConnection(parts.hostname or "", parts.port, timeout=10)
    try:
        line.request("POST", parts.path, body, signed(body, key, at))
        return line.getresponse().status
    except (OSError, HTTPException):
        return 0
    finally:
        line.close()


def register(phone: Phone, public: str) -> None:
    """Set the app up, as docs/gateways.md says."""
    messages = {"processing_order": "FIFO", "log_lifetime_days": 1}
    webhooks = {"internet_required": False, "signing_key": KEY}
    assert phone.answer("PATCH", "/settings", {"webhooks": webhooks, "messages": messages})[0] == 200
    for event in ("sms:received", "sms:sent", "sms:delivered", "sms:failed"):
        url = f"{public}/hooks/sms/smsgate{'' if event == 'sms:received' else '/status'}"
        status, _ = phone.answer("POST", "/webhooks", {"event": event, "url": url})
        assert status == 201
