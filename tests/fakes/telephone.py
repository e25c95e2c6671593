"""A woman's telephone at the end of a Twilio call: it reads TwiML, presses keys, hangs up.

Rule 1: it shares no code with what it tests: TwiML is read by an XML parser, signatures come from Twilio's library.
Rule 2: it does what Twilio documents, and fails on what Twilio would not take.
"""

from __future__ import annotations

import xml.etree.ElementTree as xml
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from secrets import token_hex

from tests.fakes.twilio_server import ACCOUNT, sign

OURS, HER = "+15005550006", "+2348030000001"
Post = Callable[[str, dict[str, str], str], bytes]  # address, fields, signature -> what is answered
RECORD = {"action", "method", "maxLength", "timeout", "finishOnKey", "playBeep", "trim"}
GATHER = {"input", "action", "method", "numDigits", "finishOnKey", "timeout", "actionOnEmptyResult"}


@dataclass
class Telephone:
    """One telephone. `said` is what it heard last, `open` whether the line still is."""

    post: Post
    public: str
    number: str = HER
    ours: str = OURS
    call: str = ""
    open: bool = False
    said: list[str] = field(default_factory=list)
    heard: list[str] = field(default_factory=list)  # all of this call
    answer: bytes = b""
    gather: dict[str, str] = field(default_factory=dict)
    tape: dict[str, str] = field(default_factory=dict)  # while it records
    then: str = ""  # where the call goes on when nothing was recorded
    last: tuple[str, dict[str, str]] = ("", {})
    placed: Mapping[str, str] = field(default_factory=dict)  # how Twilio was told to call her

    def rings(self) -> list[str]:
        self.call, self.heard = "CA" + token_hex(16), []
        return self.sends(f"{self.public}/hooks/voice/twilio", self.fields())

    def picks_up(self, sid: str, placed: Mapping[str, str], by: str = "human") -> list[str]:
        """The call that Twilio was told to make is answered, by a person or by what Twilio takes for something else."""
        self.call, self.placed, self.heard = sid, placed, []
        return self.sends(placed["Url"], self.fields(AnsweredBy=by))

    def reports(self, status: str, **more: str) -> None:
        """Twilio tells how the call it made went."""
        told = {"CallStatus": status, "CallbackSource": "call-progress-events", "SequenceNumber": "1", **more}
        self.post(*self._signed(self.placed["StatusCallback"], self.fields(**told)))

    def presses(self, *keys: str) -> list[str]:
        """Each step's keys, the last step's words. Keys beyond what is waited for are lost, as on Twilio."""
        for each in keys:
            self._keys(each)
        return self.said

    def speaks(self, seconds: int = 5, key: str = "", sid: str = "") -> list[str]:
        """Speaks after the tone, until silence or this key; "hangup" where she hangs up while she speaks."""
        assert self.tape, "nothing records"
        given = sid or "RE" + token_hex(16)
        more = {"Digits": key} if key else {}
        url = f"https://api.twilio.com/2010-04-01/Accounts/{ACCOUNT}/Recordings/{given}"
        told = self.fields(RecordingSid=given, RecordingDuration=str(seconds), RecordingUrl=url, **more)
        return self.sends(self.tape["action"], told)

    def waits(self) -> list[str]:
        """Presses nothing until something new is said."""
        return self.presses("")

    def hangs_up(self) -> None:
        self.open = False
        self.post(*self._signed(f"{self.public}/hooks/voice/twilio/status", self.fields(CallStatus="completed")))

    def retries(self) -> bytes:
        """The last request once more, as after a broken connection."""
        return self.post(*self._signed(*self.last))

    def sends(self, url: str, fields: dict[str, str]) -> list[str]:
        """A request of Twilio's and what it is answered."""
        self.last = (url, fields)
        self.answer = self.post(*self._signed(url, fields))
        return self._hears(self.answer)

    def fields(self, **more: str) -> dict[str, str]:
        """A request of Twilio's, as its documentation lists it."""
        called, caller = (self.number, self.ours) if self.placed else (self.ours, self.number)
        return {
            "AccountSid": ACCOUNT, "ApiVersion": "2010-04-01", "CallSid": self.call, "CallStatus": "in-progress",
            "Called": called, "CalledCity": "", "CalledCountry": "US", "Caller": caller, "CallerCountry": "NG",
            "Direction": "outbound-api" if self.placed else "inbound", "From": caller, "FromCountry": "NG",
            "To": called, "ToCountry": "US",
        } | more  # fmt: skip

    def _keys(self, keys: str) -> None:
        assert self.open, "the line is dead"
        if self.tape:
            if keys:
                self.speaks(1, keys[0])
            else:
                self.sends(self.then, self.fields())
            return
        taken = keys[: int(self.gather["numDigits"])]
        finish = self.gather["finishOnKey"]
        if finish and finish in taken:
            taken = taken[: taken.index(finish)]
        self.sends(self.gather["action"], self.fields(Digits=taken, msg="Gather End"))

    def _signed(self, url: str, fields: dict[str, str]) -> tuple[str, dict[str, str], str]:
        return url, fields, sign(url, fields)

    def _hears(self, twiml: bytes) -> list[str]:
        root = xml.fromstring(twiml)
        assert root.tag == "Response"
        verbs = list(root)
        assert len({verb.tag for verb in verbs} & {"Gather", "Record", "Hangup"}) == 1, "neither waits nor ends"
        self.gather = dict(verbs[-1].attrib) if verbs[-1].tag == "Gather" else {}
        assert self.gather.keys() in (GATHER, set())
        self.tape, self.then = {}, ""
        if verbs[-1].tag == "Redirect":
            assert verbs[-2].tag == "Record"
            self.tape, self.then = dict(verbs[-2].attrib), verbs[-1].text or ""
            assert self.tape.keys() == RECORD
        self.open = bool(self.gather or self.tape)
        self.said = [said.text or "" for said in root.iter() if said.tag in ("Say", "Play")]
        self.heard += self.said
        return self.said
