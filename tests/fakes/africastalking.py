"""Africa's Talking as its documentation has it: telephones that call and dial, and the API that is asked to call.

Over real sockets both ways: what it tells us is posted to the hub's own address, what we ask is asked of its server.

Rule 1: it shares no code with what it tests: actions are read by an XML parser, forms are written by the library.
Rule 2: it does what its pages say, and fails on what they do not allow.

http://docs.africastalking.com/voice/callhandler    what is posted; `isActive` 0 with duration and price at the end
http://docs.africastalking.com/voice/actions        which actions there are; one Say or Play inside GetDigits or Record
http://docs.africastalking.com/voice/getdigits      no input: the next action, and nothing is posted
http://docs.africastalking.com/voice/record         a recording's address is posted to `callbackUrl`
http://docs.africastalking.com/voice/reject         alone in its response, and free of charge
http://docs.africastalking.com/voice/call           asking for a call: `entries`, `errorMessage`, `clientRequestId`
http://docs.africastalking.com/ussd                 `text` is all that was typed, joined with *; CON goes on, END ends
"""

from __future__ import annotations

import json
import xml.etree.ElementTree as xml
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from secrets import token_hex
from threading import Thread
from urllib.parse import urlencode
from urllib.request import Request, urlopen

from werkzeug.serving import make_server

from consult.house import House
from consult.web import create_app
from tests.fakes.provider import Act, Call, Provider

HER, OURS, KEY, SECRET = "+254711000001", "+254711000006", "atsk_key-of-the-tests", "Zq3v9-Kd81_xYw72LmNopQ"
SPEAKS = {"Say": {"voice", "playBeep"}, "Play": {"url"}}
ASKS = {
    "GetDigits": {"timeout", "numDigits", "finishOnKey", "callbackUrl"},
    "Record": {"finishOnKey", "maxLength", "timeout", "trimSilence", "playBeep", "callbackUrl"},
}
PRICE = 3.5  # of a minute


@contextmanager
def served(house: House, port: int) -> Iterator[None]:
    """The hub, at its own address."""
    server = make_server("127.0.0.1", port, create_app(house), threaded=True)
    Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()


def post(url: str, fields: dict[str, str]) -> tuple[str, bytes]:
    """Media type and body of what is answered; anything but 200 is an error (urllib.error.HTTPError)."""
    with urlopen(Request(url, urlencode(fields).encode()), timeout=20) as answer:
        return answer.headers.get_content_type(), answer.read()


# ---- the API


@dataclass
class Api:
    """Where calls are asked for and recordings lie. `placed`: the fields of each call that was taken."""

    server: Provider
    recordings: dict[str, bytes] = field(default_factory=dict)

    @property
    def url(self) -> str:
        return self.server.url

    @property
    def placed(self) -> list[dict[str, str]]:
        return [call.form for call in self.server.taken]

    def met(self, call: Call) -> Act | None:
        """What is no call that it takes."""
        if call.method == "GET":
            held = self.recordings.get(call.path.removeprefix("/recordings/"))
            return Act(False, 404, b"") if held is None else Act(False, 200, held, "audio/mpeg")
        if call.path != "/call":
            return Act(False, 404, b"not found", "text/plain")
        if call.headers.get("apikey") != KEY or call.form.get("username") != "yourapp":
            return Act(False, 401, b"The supplied authentication is invalid", "text/plain")
        if missing := {"username", "from", "to"} - call.form.keys():
            return Act(False, 400, f"missing: {sorted(missing)}".encode(), "text/plain")
        return None


def queued(call: Call, n: int) -> bytes:
    entry = {"phoneNumber": call.form.get("to", ""), "sessionId": f"ATVId_{n}", "status": "Queued"}
    return json.dumps({"entries": [entry], "errorMessage": "None"}).encode()


def told(status: str, error: str = "None") -> bytes:
    """A refusal: of one number by its status, of the whole request by its error."""
    entries = [{"phoneNumber": HER, "sessionId": "None", "status": status}] if status else []
    return json.dumps({"entries": entries, "errorMessage": error}).encode()


@contextmanager
def api() -> Iterator[Api]:
    opened: list[Api] = []
    with Provider(queued, lambda call: opened[0].met(call)) as server:
        opened.append(Api(server))
        yield opened[0]


# ---- a telephone that calls, or is called


@dataclass
class Phone:
    """`said` is what it heard last, `heard` all of this call, `open` whether the line still is."""

    hook: str  # the address that stands on their page as the callback of our number
    number: str = HER
    ours: str = OURS
    direction: str = "Inbound"
    session: str = ""
    row: str = ""  # clientRequestId, of a call of ours
    open: bool = False
    said: list[str] = field(default_factory=list)
    heard: list[str] = field(default_factory=list)
    answer: bytes = b""
    rejected: bool = False
    actions: list[xml.Element] = field(default_factory=list)  # what is still to be done
    at: str = ""  # the address given last
    last: tuple[str, dict[str, str]] = ("", {})

    def rings(self) -> list[str]:
        self.session, self.direction = f"ATVId_{token_hex(8)}", "Inbound"
        return self._begins()

    def picks_up(self, placed: dict[str, str], session: str, *, told_row: bool = True) -> list[str]:
        """The call that was asked for is answered."""
        self.number, self.ours, self.direction = placed["to"], placed["from"], "Outbound"
        self.session, self.row = session, placed["clientRequestId"] if told_row else ""
        return self._begins()

    def presses(self, *keys: str) -> list[str]:
        """Each step's keys, "" for none; the last step's words."""
        for each in keys:
            assert self.actions, "nothing is waited for"
            self._keys(each)
        return self.said

    def speaks(self, recorded: str, **more: str) -> list[str]:
        """Speaks after the tone, until the key or silence; `recorded`: the address of what was said."""
        self._tape()
        self._asks(self.actions[0].attrib["callbackUrl"], {"recordingUrl": recorded, **more})
        return self.said

    def hangs_up(self, seconds: int = 42, cause: str = "NORMAL_CLEARING", **more: str) -> bytes:
        """The end is told where the call was last told of; what is answered is not looked at."""
        self.open, self.actions = False, []
        minutes = -(-seconds // 60)
        bill = {"durationInSeconds": str(seconds), "currencyCode": "KES", "amount": f"{minutes * PRICE:.4f}"}
        return post(self.at, self.fields(isActive="0", hangupCause=cause, **bill, **more))[1]

    def hangs_up_speaking(self, recorded: str) -> None:
        self._tape()
        self.at = self.actions[0].attrib["callbackUrl"]
        self.hangs_up(recordingUrl=recorded)

    def rings_out(self, placed: dict[str, str], session: str, cause: str = "NO_ANSWER") -> None:
        """A call of ours that nobody took."""
        self.number, self.ours, self.direction = placed["to"], placed["from"], "Outbound"
        self.session, self.row, self.at = session, placed["clientRequestId"], self.hook
        post(self.at, self.fields(callSessionState="Ringing"))
        self.hangs_up(0, cause)

    def retries(self) -> bytes:
        """The last request once more, as after a broken connection."""
        return post(*self.last)[1]

    def fields(self, **more: str) -> dict[str, str]:
        """What is posted of a call, whoever it is that tells."""
        row = {"clientRequestId": self.row} if self.row else {}
        about = {"isActive": "1", "sessionId": self.session, "direction": self.direction}
        return about | {"callerNumber": self.number, "destinationNumber": self.ours} | row | more

    def _begins(self) -> list[str]:
        self.heard, self.said, self.rejected = [], [], False
        self._asks(self.hook, {})
        return self.said

    def _asks(self, url: str, more: dict[str, str]) -> None:
        self.at, self.last, self.said = url, (url, self.fields(**more)), []
        self._obeys(post(*self.last))

    def _obeys(self, answered: tuple[str, bytes]) -> None:
        media, self.answer = answered
        assert media in ("text/xml", "application/xml", "text/plain")
        root = xml.fromstring(self.answer)
        assert root.tag == "Response"
        self.actions = list(root)
        self.open = True
        self._goes_on()

    def _goes_on(self) -> None:
        """Until something is waited for, or nothing is left."""
        while self.actions:
            action = self.actions[0]
            match action.tag:
                case "Say" | "Play":
                    self._hears(self.actions.pop(0))
                case "GetDigits" | "Record":
                    self._waits(action)
                    return
                case "Redirect":
                    self._asks(action.text or "", {})
                    return
                case "Reject":
                    assert (len(self.actions), self.heard) == (1, []), "Reject stands alone"
                    self.open, self.rejected, self.actions = False, True, []
                    return
                case _:
                    raise AssertionError(f"no such action: {action.tag}")
        self.open = False

    def _waits(self, action: xml.Element) -> None:
        assert action.attrib.keys() <= ASKS[action.tag]
        assert len(list(action)) <= 1, "one prompt at most"
        for inner in action:
            self._hears(inner)

    def _hears(self, action: xml.Element) -> None:
        assert action.attrib.keys() <= SPEAKS[action.tag]
        words = action.attrib["url"] if action.tag == "Play" else action.text or ""
        self.said.append(words)
        self.heard.append(words)

    def _keys(self, keys: str) -> None:
        action = self.actions[0]
        assert action.tag == "GetDigits", "it records"
        taken, finish = keys[: int(action.attrib.get("numDigits", "64"))], action.attrib.get("finishOnKey", "")
        if finish and finish in keys:
            taken = keys[: keys.index(finish)][: int(action.attrib["numDigits"])]
        if taken or (finish and finish in keys):
            self._asks(action.attrib["callbackUrl"], {"dtmfDigits": taken})
            return
        self.said = []
        self.actions.pop(0)
        self._goes_on()

    def _tape(self) -> None:
        """On to the tone, pressing nothing."""
        if self.actions[0].tag == "GetDigits":
            self._keys("")
        assert self.actions[0].tag == "Record", "nothing records"


# ---- a telephone that dials a code


@dataclass
class Dialling:
    """A telephone in a session of a code: `screen` is what it shows, `open` whether it can be typed on."""

    hook: str
    code: str
    number: str = HER
    session: str = ""
    text: str = ""  # everything typed in this session
    screen: str = ""
    open: bool = False

    def dials(self, text: str = "") -> str:
        self.session, self.text, self.open = f"ATUid_{token_hex(8)}", text, True
        return self._shows(self.repeats())

    def types(self, *replies: str) -> str:
        for each in replies:
            assert self.open, "the session is over"
            self.text = f"{self.text}*{each}" if self.text else each
            self._shows(self.repeats())
        return self.screen

    def repeats(self) -> bytes:
        """The request as it was: what their gateway posts once more after a broken connection."""
        media, body = post(self.hook, self.fields())
        assert media == "text/plain"
        return body

    def fields(self, **more: str) -> dict[str, str]:
        about = {"sessionId": self.session, "serviceCode": self.code, "phoneNumber": self.number}
        return about | {"networkCode": "63902", "text": self.text} | more

    def _shows(self, body: bytes) -> str:
        """What the network shows of it."""
        kind, _, self.screen = body.decode().partition(" ")
        assert kind in ("CON", "END"), "malformed: the session is ended"
        self.open = kind == "CON"
        return self.screen
