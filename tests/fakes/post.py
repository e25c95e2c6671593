"""A carrier in memory, for tests of what happens around carriers: it keeps what it was given and fails as it is told.

`house(folder)` opens a real house (store, vault, editions) whose one channel is SMS with this carrier.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from threading import Lock

from channels.sms import Sms
from consult import publish
from consult.channel import Delivery, Heard, Owed, Receipt, Refused, Request, Response, SendFailed, Text
from consult.config import Settings
from consult.house import Doorbell, House, open_house

OURS = "+12025550100"
EXAMPLES = Path(__file__).parents[2] / "consult" / "examples"
NOON = 1_793_880_000  # Wednesday 2026-11-04 12:00 UTC: inside the examples' opening and safe hours


@dataclass
class Post:
    """A carrier (`consult.channel.Carrier`). `will` is met in order; after it every message is accepted."""

    name: str = "post"
    ours: Sequence[str] = (OURS,)
    pace: float = 0.0
    can_find: bool = True
    skew: int = 3
    sent: list[Owed] = field(default_factory=list)  # what was taken
    reports_to: list[str] = field(default_factory=list)
    will: deque[SendFailed | Receipt | Callable[[Owed], object]] = field(default_factory=deque)
    unseen: bool = False  # what it took is not in its list (yet)
    letters: list[Heard] = field(default_factory=list)  # what it holds for us
    forgotten: list[str] = field(default_factory=list)
    segments: int = 1
    price: float | None = None
    _lock: Lock = field(default_factory=Lock)

    def send(self, owed: Owed, report_to: str) -> Receipt:
        with self._lock:
            act = self.will.popleft() if self.will else None
        if callable(act):
            act(owed)
        if isinstance(act, SendFailed):
            if act.uncertain and "taken" in act.why:
                self.sent.append(owed)
            raise act
        with self._lock:
            self.sent.append(owed)
            self.reports_to.append(report_to)
        if isinstance(act, Receipt):
            return replace(act, id=owed.id)
        return self.receipt(owed)

    def receipt(self, owed: Owed, state: Delivery = Delivery.ACCEPTED, **more: object) -> Receipt:
        return replace(Receipt(f"post-{owed.id}", state, owed.id, "", self.segments, self.price), **more)

    def receive(self, request: Request, at: int) -> Heard:
        raise Refused(400, "not by HTTP")

    def report(self, request: Request, at: int) -> Receipt:
        raise Refused(400, "not by HTTP")

    def acknowledge(self) -> Response:
        return Response()

    def missed(self, since: int) -> Iterable[Heard]:
        return [heard for heard in self.letters if heard.heard_at >= since and heard.ref not in self.forgotten]

    def find(self, owed: Owed, since: int) -> Receipt | None:
        if self.unseen or all(each.id != owed.id for each in self.sent):
            return None
        return self.receipt(owed)

    def forget(self, ref: str) -> None:
        self.forgotten.append(ref)


def house(folder: Path, post: Post, doorbell: Doorbell | None = None, **settings: object) -> House:
    """A house on real files whose only carrier is `post`."""
    opened = open_house(
        replace(Settings(data=folder / "data", country="NG", price_per_segment=0.01), **settings), doorbell
    )
    return replace(opened, channels={"sms": Sms({"post": post})})


def example(name: str) -> str:
    return (EXAMPLES / f"{name}.toml").read_text(encoding="utf-8")


def published(home: House, name: str = "safety", edit: Callable[[str], str] = lambda toml: toml) -> str:
    """Publish an example, as it stands or edited; its name."""
    publish.publish(home, edit(example(name)), day=NOON // 86_400, test=True)
    return name


def said(text: str, sender: str, at: int, ref: str = "") -> Heard:
    """She writes."""
    return Heard("sms", "post", OURS, sender, Text(text), ref or f"{sender}-{at}-{text}", at)
