"""Telephone calls: the server to which an Asterisk on site gives them, and what was said aloud on any.

Rule 1: it is a process of its own: a page server that is restarted cuts nobody off.
Rule 2: a worker is inside, as in `consult serve`: on a small machine nothing else may see to it that a call that is
        over leaves nothing, and that a STOP is listed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from consult.cli import listening
from consult.cli.commands import Commands, Words, command, port
from consult.cli.endings import DONE, SURROUNDINGS, Failed

if TYPE_CHECKING:
    from collections.abc import Mapping

    from channels.voice.carriers.asterisk import AsteriskCalls
    from consult.channel import Recording, Response
    from consult.house import House

_SHOWN = ("consult voice fastagi", "consult voice transcribe river --who Amina")
FASTAGI = 4573  # the port that Asterisk takes when none is said


def add(commands: Commands) -> None:
    """Declare voice fastagi and voice transcribe."""
    voice = command(commands, "voice", "hold calls on site; write down what was said aloud", None, *_SHOWN)
    duties: Commands = voice.add_subparsers(metavar="DUTY", required=True)
    fastagi = command(
        duties,
        "fastagi",
        "hold the calls that an Asterisk gives us, until told to stop",
        _fastagi,
        "CONSULT_ASTERISK_VOICE='+15005550006 RIVER' consult voice fastagi",
    )
    fastagi.add_argument("--port", type=port, default=FASTAGI, help="where to listen (default: %(default)s)")
    fastagi.add_argument(
        "--host", default="127.0.0.1", help="on which address; there is no password (default: %(default)s)"
    )
    listening.add(duties)


def _fastagi(words: Words) -> int:
    import threading
    import time

    from channels.voice.carriers.asterisk import AsteriskCalls
    from channels.voice.fastagi import Server, Sounds
    from consult import logs
    from consult.cli import locking, opening, serving
    from consult.jobs import EmbeddedWorker, doorbell
    from consult.speech.shelf import Shelf

    settings = opening.settings()
    worker = None if settings.redis_url else EmbeddedWorker()
    bell = worker or doorbell(settings)
    sounds = Sounds(Shelf(settings.data).audio, settings.asterisk_sounds)
    stopping = threading.Event()
    with (
        serving.listening(words.host, words.port) as listener,
        opening.house(settings, locked=True, doorbell=bell) as house,
        locking.follows(house),
    ):
        carrier = house.carrier("voice", "asterisk")
        if not isinstance(carrier, AsteriskCalls):
            raise Failed("CONSULT_ASTERISK_VOICE is not set; give our number and its keyword", SURROUNDINGS)
        logs.quiet(settings.log)
        with serving.told_to_stop(stopping), serving.at_work(worker, house):
            print(f"Consult takes calls on {words.host} port {listener.getsockname()[1]}", flush=True)
            Server(listener, Ear(house, carrier), sounds, time.monotonic).serve(stopping)
    return DONE


class Ear:
    """What is heard on a call becomes facts, and what is said next (`channels.voice.fastagi.Ear`)."""

    def __init__(self, house: House, carrier: AsteriskCalls) -> None:
        from consult import durable

        self._house, self._carrier = house, carrier
        if not carrier.tapes.is_dir():
            durable.folder(carrier.tapes)

    def hear(self, facts: Mapping[str, str], said: str | Recording, turn: int) -> Response | None:
        import secrets

        from consult import intake
        from consult.cli.opening import now

        return intake.take(self._house, self._carrier.heard(facts, said, turn, now()), secrets.randbits(8)).answer

    def tape(self) -> tuple[str, str]:
        return self._carrier.tape()

    def ended(self, facts: Mapping[str, str], seconds: float) -> None:
        from consult import delivery
        from consult.cli.opening import now

        receipt = self._carrier.ended(facts, seconds)
        if receipt:
            delivery.report(self._house, self._carrier.name, receipt, now())

    def tidy(self) -> None:
        from consult.cli.opening import now

        self._carrier.tidy(now())
