"""A terminal in place of a telephone, for `consult try`: it shows what would be sent and what that costs.

Rule 1: the words are the channel's own; only the frame around them is ours, and it is wordless.
Rule 2: it reads nothing: whoever reads the keyboard hands the line to `says`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from consult.channel import Channel, Cost, Delivery, Heard, Owed, Receipt, Refused, Request, Response, Text

OURS, HERS = "+12025550100", "+12025550101"  # reserved for fiction, see channels.sms.carriers.simulator
_ISOLATE, _END = "\u2068", "\u2069"  # so that a right-to-left line does not turn its frame round


class Terminal:
    """A carrier (`consult.channel.Carrier`) that writes messages of `channel` where `write` does."""

    name = "console"
    ours: Sequence[str] = (OURS,)
    pace = 1000.0
    can_find = True
    skew = 3

    def __init__(self, channel: Channel, write: Callable[[str], object]) -> None:
        self._channel, self._write = channel, write
        self._shown: dict[int, Receipt] = {}

    def says(self, line: str, ref: str, at: int) -> Heard:
        """She typed this line. `ref` is the caller's, made once for each line."""
        return Heard(self._channel.name, self.name, OURS, HERS, Text(line), ref, at)

    def send(self, owed: Owed, report_to: str) -> Receipt:
        """Show the message as a bubble."""
        del report_to  # what is shown has arrived
        cost = self._channel.cost(owed.text)
        self._write(bubble(owed.text, cost))
        shown = Receipt(f"console:{owed.id}", Delivery.DELIVERED, id=owed.id, segments=cost.segments, price=0.0)
        self._shown[owed.id] = shown
        return shown

    def receive(self, request: Request, at: int) -> Heard:
        """Nobody can call a terminal. Raises Refused."""
        del request, at
        raise Refused(403, "a terminal has no webhooks")

    def report(self, request: Request, at: int) -> Receipt:
        """Nobody can call a terminal. Raises Refused."""
        del request, at
        raise Refused(403, "a terminal has no webhooks")

    def acknowledge(self) -> Response:
        """Never asked for."""
        return Response()

    def missed(self, since: int) -> Iterable[Heard]:
        """None: a terminal that is not read holds nothing."""
        del since
        return ()

    def find(self, owed: Owed, since: int) -> Receipt | None:
        """Whether it was shown here."""
        del since
        return self._shown.get(owed.id)

    def forget(self, ref: str) -> None:
        """The screen is hers."""
        del ref


def bubble(text: str, cost: Cost) -> str:
    """A message in its frame, with segments, alphabet and what the last segment has used of its room."""
    sign = f" {cost.culprit}" if cost.culprit else ""
    foot = f"{cost.segments} x {cost.encoding}{_ISOLATE}{sign}{_END} {cost.used}/{cost.room}"
    lines = [f"| {_ISOLATE}{line}{_END}" for line in text.split("\n")]
    return "\n".join((".-", *lines, f"'- {foot}"))
