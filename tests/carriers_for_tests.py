"""A carrier in memory, used as a plugin: it keeps what it was given and fails as it is told.

`house(folder, post)` opens a real house (store, vault, editions) whose one channel is SMS with this carrier.
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
EXAMPLES = Path(__file__).parents[1] / "consult" / "examples"
NOON = 1_793_793_600  # Wednesday 2026-11-04 12:00 UTC: within the examples' window and, where they are, safe hours
DAY = NOON // 86_400

Act = SendFailed | Receipt | Callable[[Owed], object]


@dataclass
class Post:
    """A carrier (`consult.channel.Carrier`). `will` is met in order; after it every message is accepted.

    `taken` are the messages it has; one that fails as `uncertain` "after" was taken too.
    """

    name: str = "post"
    ours: Sequence[str] = (OURS,)
    pace: float = 0.0
    can_find: bool = True
    segments: int | None = 1
    price: float | None = None
    taken: list[Owed] = field(default_factory=list)
    tried: list[Owed] = field(default_factory=list)
    report_to: str = ""
    will: deque[Act] = field(default_factory=deque)
    hidden: bool = False  # what it took is not in its list
    looked: int = 0  # how often it was asked
    letters: list[Heard] = field(default_factory=list)  # what it holds for us
    forgotten: list[str] = field(default_factory=list)
    since: list[int] = field(default_factory=list)
    _lock: Lock = field(default_factory=Lock)

    def send(self, owed: Owed, report_to: str) -> Receipt:
        with self._lock:
            self.report_to = report_to
            self.tried.append(owed)
            act = self.will.popleft() if self.will else None
        if isinstance(act, SendFailed) and "after" not in act.why:
            raise act
        with self._lock:
            self.taken.append(owed)
        if isinstance(act, SendFailed):
            raise act
        if callable(act):
            act(owed)
        return replace(act, id=owed.id) if isinstance(act, Receipt) else self.receipt(owed.id)

    def receipt(self, id: int, state: Delivery = Delivery.ACCEPTED, **more: object) -> Receipt:
        """What it says of a message it took, as a receipt or as a report."""
        told = Receipt(f"post-{id}", state, id, segments=self.segments, price=self.price)
        return replace(told, **more)  # type: ignore[arg-type]

    def receive(self, request: Request, at: int) -> Heard:
        raise Refused(400, "not by HTTP")

    def report(self, request: Request, at: int) -> Receipt:
        raise Refused(400, "not by HTTP")

    def acknowledge(self) -> Response:
        return Response()

    def missed(self, since: int) -> Iterable[Heard]:
        self.since.append(since)
        yield from [one for one in self.letters if one.heard_at >= since and one.ref not in self.forgotten]

    def find(self, owed: Owed, since: int) -> Receipt | None:
        with self._lock:
            self.looked += 1
            known = not self.hidden and any(each.id == owed.id for each in self.taken)
        return self.receipt(owed.id) if known else None

    def forget(self, ref: str) -> None:
        self.forgotten.append(ref)


def house(folder: Path, post: Post, doorbell: Doorbell | None = None, **settings: object) -> House:
    """A house on real files whose only carrier is `post`."""
    wanted = replace(Settings(data=folder / "data", country="NG", price_per_segment=0.01), **settings)  # type: ignore[arg-type]
    return replace(open_house(wanted, doorbell), channels={"sms": Sms({post.name: post})})


def published(home: House, name: str = "safety", edit: Callable[[str], str] = lambda toml: toml) -> str:
    """Publish an example, as it stands or edited; its name."""
    toml = (EXAMPLES / f"{name}.toml").read_text(encoding="utf-8")
    publish.publish(home, edit(toml), day=DAY, test=True)
    return name


def said(text: str, sender: str, at: int = NOON, ref: str = "") -> Heard:
    """She writes."""
    return Heard("sms", "post", OURS, sender, Text(text), ref or f"{sender}-{at}-{text}", at)


def number(n: int) -> str:
    """The n-th woman's number."""
    return f"+234803123{n:04}"
