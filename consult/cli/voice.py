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
    from channels.voice.carriers.asterisk import AsteriskCalls
    from channels.voice.fastagi import Hear
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
    from consult.cli import opening, serving
    from consult.jobs import EmbeddedWorker, doorbell
    from consult.speech.shelf import Shelf

    settings = opening.settings()
    worker = None if settings.redis_url else EmbeddedWorker()
    bell = worker or doorbell(settings)
    sounds = Sounds(Shelf(settings.data).audio, settings.asterisk_sounds)
    stopping = threading.Event()
    with (
        serving.listening(words.host, words.port) as listener,
        opening.house(settings, doorbell=bell) as house,
    ):
        carrier = house.carrier("voice", "asterisk")
        if not isinstance(carrier, AsteriskCalls):
            raise Failed("CONSULT_ASTERISK_VOICE is not set; give our number and its keyword", SURROUNDINGS)
        serving.quiet_logs()
        with serving.told_to_stop(stopping), serving.at_work(worker, house):
            print(f"Consult takes calls on {words.host} port {listener.getsockname()[1]}", flush=True)
            Server(listener, hearing(house, carrier), sounds, time.monotonic).serve(stopping)
    return DONE


def hearing(house: House, carrier: AsteriskCalls) -> Hear:
    """What is heard on a call becomes facts, and what is said next."""
    import secrets

    from consult import intake
    from consult.cli.opening import now

    return lambda facts, keys, turn: (
        intake.take(house, carrier.heard(facts, keys, turn, now()), secrets.randbits(8)).answer
    )
