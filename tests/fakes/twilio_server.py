"""A real HTTP server that behaves like Twilio's Messages API, for tests and drills: the real client talks to it.

It accepts, refuses, breaks and dawdles as it is told (`will`), keeps what it accepted (`accepted`), reports to the
StatusCallback address, and speaks to webhooks as a telephone would (`speak`), signing as Twilio does.

    with TwilioServer() as twilio:
        twilio.will("+237650000001", BUSY, ACCEPT)
        settings = replace(settings, twilio_api=twilio.url, ...)

Rule 1: it shares no code with what it tests: signatures come from Twilio's own library.
Rule 2: what it took is in `accepted` before it answers, so a client that is cut off was still served.
"""

from __future__ import annotations

import argparse
import json
import time
from base64 import b64encode
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from secrets import token_hex
from threading import Event, Lock, Thread, get_ident
from typing import Literal
from urllib.error import HTTPError, URLError
from urllib.parse import parse_qs, quote, urlencode, urlsplit
from urllib.request import Request, urlopen

from twilio.request_validator import RequestValidator

ACCOUNT, TOKEN, NUMBER = "AC" + "1" * 32, "token-of-the-tests", "+15005550006"


@dataclass(frozen=True)
class Act:
    """How a message is met: taken or not, and then what the client is told."""

    taken: bool = True
    status: int = 201
    code: int = 0
    retry_after: str = ""
    then: Literal["answer", "html", "silence", "hang_up"] = "answer"


ACCEPT = Act()
BUSY = Act(taken=False, status=429, code=20429, retry_after="2")
BROKEN = Act(taken=False, status=500)
BROKEN_AFTER = Act(status=503)  # taken, and told otherwise
OPTED_OUT = Act(taken=False, status=400, code=21610)
NO_SUCH_NUMBER = Act(taken=False, status=400, code=21211)
UNREGISTERED = Act(taken=False, status=400, code=30034)
HTML = Act(status=200, then="html")
SILENT = Act(then="silence")  # taken, and no answer until the server closes or `release`s
HUNG_UP = Act(then="hang_up")


@dataclass(frozen=True)
class Message:
    """A message Twilio holds. `callback` is the StatusCallback address."""

    sid: str
    direction: str
    sender: str
    receiver: str
    body: str
    created: float
    status: str = "queued"
    callback: str = ""
    code: int = 0
    fields: Mapping[str, str] = field(default_factory=dict)

    def json(self, account: str) -> dict[str, object]:
        at = formatdate(self.created, usegmt=True).replace("GMT", "+0000")
        price = None if self.status == "queued" else "-0.00750"
        return {
            "sid": self.sid, "account_sid": account, "messaging_service_sid": None, "direction": self.direction,
            "from": self.sender, "to": self.receiver, "body": self.body, "status": self.status,
            "num_segments": str(max(1, -(-len(self.body) // 153))), "num_media": "0", "price": price,
            "price_unit": "USD", "error_code": self.code or None, "error_message": None, "api_version": "2010-04-01",
            "date_created": at, "date_sent": None if self.status == "queued" else at, "date_updated": at,
            "uri": f"/2010-04-01/Accounts/{account}/Messages/{self.sid}.json", "subresource_uris": {},
        }  # fmt: skip


@dataclass(frozen=True)
class Placed:
    """A call Twilio was told to make, by the fields it was told with."""

    sid: str
    fields: Mapping[str, str]
    created: float

    def json(self, account: str) -> dict[str, object]:
        at = formatdate(self.created, usegmt=True).replace("GMT", "+0000")
        return {
            "sid": self.sid, "account_sid": account, "direction": "outbound-api", "from": self.fields["From"],
            "to": self.fields["To"], "status": "queued", "duration": None, "price": None, "price_unit": "USD",
            "date_created": at, "date_updated": at, "start_time": None, "end_time": None, "api_version": "2010-04-01",
            "uri": f"/2010-04-01/Accounts/{account}/Calls/{self.sid}.json", "subresource_uris": {},
        }  # fmt: skip


@dataclass(frozen=True)
class Sound:
    """A recording Twilio holds, or what it answers in its place."""

    body: bytes
    media: str = "audio/x-wav"
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    endless: bool = False


class TwilioServer:
    """The server. `reports` says which status callbacks follow an acceptance, and in which order."""

    def __init__(
        self, account: str = ACCOUNT, token: str = TOKEN, numbers: tuple[str, ...] = (NUMBER,), port: int = 0
    ) -> None:
        self.account, self.token, self.numbers = account, token, numbers
        self.accepted: list[Message] = []  # what it was given to send, in order
        self.posts = 0  # messages offered, taken or not
        self.reports: tuple[str, ...] = ()  # e.g. ("sent", "delivered"), or reversed
        self.answered: list[tuple[str, int]] = []  # callbacks and webhooks posted: address, status it got
        self.usually = ACCEPT
        self.clock: Callable[[], float] = time.time
        self.page = 50  # messages a page at most
        self.placed: list[Placed] = []  # calls it was told to make
        self.sounds: dict[str, Sound] = {}  # recordings, by their identifier
        self._held: dict[str, Message] = {}
        self._acts: dict[str, deque[Act]] = {}
        self._callers: list[Thread] = []
        self._lock, self._released = Lock(), Event()
        self._http = ThreadingHTTPServer(("127.0.0.1", port), type("Bound", (_Calls,), {"twilio": self}))
        self._http.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._http.server_address[1]}"

    def __enter__(self) -> TwilioServer:
        Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.release()
        self._http.shutdown()
        self._http.server_close()
        self.settle()

    # ---- what it is told

    def will(self, receiver: str, *acts: Act) -> None:
        """How the next messages to this number are met; after these, as `usually`."""
        self._acts.setdefault(receiver, deque()).extend(acts)

    def release(self) -> None:
        """Let go of clients that wait for an answer."""
        self._released.set()

    def settle(self, seconds: float = 10) -> None:
        """Wait until every report under way has been posted."""
        for caller in list(self._callers):
            if caller.ident != get_ident():
                caller.join(seconds)

    # ---- what it says to webhooks

    def speak(self, url: str, sender: str, text: str, receiver: str = "", **more: str) -> tuple[int, str]:
        """She writes: the message is held, and the webhook gets it, signed. Returns its status and body."""
        message = self.hold(sender, text, receiver or self.numbers[0])
        return self.post(url, inbound(self.account, message) | more)

    def hold(self, sender: str, text: str, receiver: str = "", created: float = 0) -> Message:
        """An inbound message that no webhook was told of (we were down)."""
        to, at = receiver or self.numbers[0], created or self.clock()
        message = Message(_sid(), "inbound", sender, to, text, at, "received")
        with self._lock:
            self._held[message.sid] = message
        return message

    def post(self, url: str, fields: Mapping[str, str]) -> tuple[int, str]:
        """Post these fields, signed. Status 0 when nobody answered."""
        headers = {"X-Twilio-Signature": sign(url, fields, self.token), "I-Twilio-Idempotency-Token": token_hex(16)}
        status, body = post(url, urlencode(fields).encode(), headers)
        self.answered.append((url, status))
        return status, body

    def tell(self, message: Message, status: str, code: int = 0) -> tuple[int, str]:
        """Post one status report of this message."""
        with self._lock:
            self._held[message.sid] = replace(self._held.get(message.sid, message), status=status, code=code)
        return self.post(message.callback, report(self.account, message, status, code))

    # ---- what it does

    def take(self, form: Mapping[str, str]) -> tuple[Act, Message]:
        """Meet one message: the act, and the message as it is held from now on if it was taken."""
        body, sender, receiver = form.get("Body", ""), form.get("From", ""), form.get("To", "")
        message = Message(
            _sid(), "outbound-api", sender, receiver, body, self.clock(), "queued", form.get("StatusCallback", ""),
            fields=form,
        )  # fmt: skip
        with self._lock:
            self.posts += 1
            acts = self._acts.get(receiver)
            act = self._fault(message) or (acts.popleft() if acts else self.usually)
            if act.taken:
                self._held[message.sid] = message
                self.accepted.append(message)
        if act.taken and message.callback and self.reports:
            self._report_later(message)
        return act, message

    def place(self, form: Mapping[str, str]) -> tuple[Act, Placed]:
        """Meet one call that is to be made."""
        call, receiver = Placed(f"CA{token_hex(16)}", form, time.time()), form.get("To", "")
        with self._lock:
            acts = self._acts.get(receiver)
            wrong = form.get("From") not in self.numbers or not form.get("Url")
            act = Act(False, 400, 21212) if wrong else acts.popleft() if acts else self.usually
            if act.taken:
                self.placed.append(call)
        return act, call

    def _fault(self, message: Message) -> Act | None:
        if not message.body:
            return Act(False, 400, 21602)
        if len(message.body) > 1600:
            return Act(False, 400, 21617)
        if message.sender not in self.numbers:
            return Act(False, 400, 21606)
        return None if message.receiver.startswith("+") else NO_SUCH_NUMBER

    def _report_later(self, message: Message) -> None:
        caller = Thread(target=lambda: [self.tell(message, each) for each in self.reports], daemon=True)
        self._callers.append(caller)
        caller.start()

    def listed(self, query: Mapping[str, str]) -> list[Message]:
        """The messages of this query, newest first."""
        with self._lock:
            held = list(self._held.values())
        return [each for each in reversed(held) if _matches(each, query)]

    def delete(self, sid: str) -> bool:
        """Forget the message; False when there is none."""
        with self._lock:
            return self._held.pop(sid, None) is not None

    def wait(self) -> None:
        """Keep a client waiting."""
        self._released.wait(60)


def _matches(message: Message, query: Mapping[str, str]) -> bool:
    day = time.strftime("%Y-%m-%d", time.gmtime(message.created))
    return (
        query.get("To", message.receiver) == message.receiver
        and query.get("From", message.sender) == message.sender
        and query.get("DateSent", day)[:10] == day
        and query.get("DateSent<", day)[:10] >= day
        and query.get("DateSent>", day)[:10] <= day
    )


class _Calls(BaseHTTPRequestHandler):
    """The REST side: POST, GET, DELETE below /2010-04-01/Accounts/{AC}/Messages."""

    twilio: TwilioServer
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_POST(self) -> None:
        form = _flat(self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode())
        if not self._allowed():
            return
        if urlsplit(self.path).path.endswith("/Calls.json"):
            self._met(*self.twilio.place(form))
        elif self._at("/Messages.json"):
            self._met(*self.twilio.take(form))

    def _met(self, act: Act, message: Message | Placed) -> None:
        if act.then == "hang_up":
            self.close_connection = True
        elif act.then == "silence":
            self.close_connection = True
            self.twilio.wait()
        elif act.then == "html":
            self._answer(act.status, b"<html><body>Welcome to the network</body></html>", "text/html")
        elif act.status >= 400:
            self._fail(act.status, act.code, {"Retry-After": act.retry_after} if act.retry_after else {})
        else:
            self._answer(act.status, json.dumps(message.json(self.twilio.account)).encode())

    def do_GET(self) -> None:
        if not self._allowed():
            return
        if "/Recordings/" in self.path:
            self._play(urlsplit(self.path).path.rpartition("/")[2].removesuffix(".wav"))
            return
        if urlsplit(self.path).path.endswith("/Calls.json"):
            self._list_calls(_flat(urlsplit(self.path).query))
            return
        if not self._at("/Messages.json"):
            return
        query = _flat(urlsplit(self.path).query)
        size = min(int(query.get("PageSize", "50")), self.twilio.page)
        page, found = int(query.get("Page", "0")), self.twilio.listed(query)
        shown, more = found[page * size : (page + 1) * size], len(found) > (page + 1) * size
        again = {**query, "Page": str(page + 1), "PageToken": f"PA{shown[-1].sid if shown else ''}"}
        uri = f"{urlsplit(self.path).path}?{urlencode(again)}" if more else None
        listed = [each.json(self.twilio.account) for each in shown]
        answer = {"messages": listed, "page": page, "page_size": size, "next_page_uri": uri, "uri": self.path}
        self._answer(200, json.dumps(answer).encode())

    def _list_calls(self, query: Mapping[str, str]) -> None:
        day = query.get("StartTime>", "")
        found = [
            each.json(self.twilio.account)
            for each in reversed(self.twilio.placed)
            if (each.fields["To"], each.fields["From"]) == (query.get("To"), query.get("From"))
            and time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(each.created)) >= day
        ]
        answer = {"calls": found, "page": 0, "page_size": 50, "next_page_uri": None, "uri": self.path}
        self._answer(200, json.dumps(answer).encode())

    def _play(self, sid: str) -> None:
        sound = self.twilio.sounds.get(sid)
        if sound is None:
            self._fail(404, 20404)
        elif sound.endless:
            self.close_connection = True
            self.send_response(200)
            self.send_header("Content-Type", sound.media)
            self.end_headers()
            with suppress(OSError):
                while True:
                    self.wfile.write(sound.body)
        else:
            self._answer(sound.status, sound.body, sound.media, sound.headers)

    def do_DELETE(self) -> None:
        if not self._allowed():
            return
        sid = urlsplit(self.path).path.rpartition("/")[2].removesuffix(".json")
        if self.twilio.sounds.pop(sid, None) or self.twilio.delete(sid):
            self._answer(204, b"")
        else:
            self._fail(404, 20404)

    def _allowed(self) -> bool:
        wanted = b64encode(f"{self.twilio.account}:{self.twilio.token}".encode()).decode()
        if self.headers.get("Authorization") == f"Basic {wanted}":
            return True
        self._fail(401, 20003)
        return False

    def _at(self, path: str) -> bool:
        if urlsplit(self.path).path == f"/2010-04-01/Accounts/{self.twilio.account}{path}":
            return True
        self._fail(404, 20404)
        return False

    def _fail(self, status: int, code: int, headers: Mapping[str, str] | None = None) -> None:
        # Twilio's words do name numbers and addresses: whoever repeats them is found out.
        told = {"code": code or status, "message": f"refused: {self.path} +237650000001 secret-body", "status": status}
        self._answer(status, json.dumps(told).encode(), headers=headers)

    def _answer(
        self, status: int, body: bytes, media: str = "application/json", headers: Mapping[str, str] | None = None
    ) -> None:
        self.send_response(status)
        for name, value in {"Content-Type": media, "Content-Length": str(len(body)), **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Says nothing."""


# ---- what Twilio writes, and how it signs


def sign(url: str, fields: Mapping[str, str], token: str = TOKEN) -> str:
    """The X-Twilio-Signature of these fields, by Twilio's own library."""
    return RequestValidator(token).compute_signature(url, fields)


def inbound(account: str, message: Message) -> dict[str, str]:
    """The fields of an inbound webhook, as Twilio sends them for a number with geography."""
    places = {f"{end}{what}": "" for end in ("From", "To") for what in ("City", "State", "Zip")}
    return places | {
        "ToCountry": "US", "FromCountry": "CM", "SmsMessageSid": message.sid, "NumMedia": "0", "SmsSid": message.sid,
        "SmsStatus": "received", "Body": message.body, "To": message.receiver, "NumSegments": "1",
        "MessageSid": message.sid, "AccountSid": account, "From": message.sender, "ApiVersion": "2010-04-01",
    }  # fmt: skip


def report(account: str, message: Message, status: str, code: int = 0) -> dict[str, str]:
    """The fields of a status report."""
    fields = {
        "SmsSid": message.sid, "SmsStatus": status, "MessageStatus": status, "To": message.receiver,
        "MessageSid": message.sid, "AccountSid": account, "From": message.sender, "ApiVersion": "2010-04-01",
    }  # fmt: skip
    return fields | ({"ErrorCode": str(code)} if code else {})


def post(url: str, body: bytes, headers: Mapping[str, str]) -> tuple[int, str]:
    """Post a form as it stands. Status 0 when nobody answered."""
    form = {"Content-Type": "application/x-www-form-urlencoded", **headers}
    try:
        with urlopen(Request(quote(url, safe="%/:?&=#+@[]~"), body, form, method="POST"), timeout=15) as answer:
            return answer.status, answer.read().decode()
    except HTTPError as error:
        with error:
            return error.code, error.read().decode()
    except (URLError, OSError):
        return 0, ""


def _sid() -> str:
    return f"SM{token_hex(16)}"


def _flat(form: str) -> dict[str, str]:
    return {name: values[-1] for name, values in parse_qs(form, keep_blank_values=True).items()}


def _forever() -> Iterator[None]:
    while True:
        time.sleep(3600)
        yield


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(description="A server that behaves like Twilio, for drills.")
    arguments.add_argument("--port", type=int, default=0)
    with TwilioServer(port=arguments.parse_args().port) as server:
        print(server.url, flush=True)
        for _ in _forever():
            pass
