"""What was said aloud: heard and written down, at the hub's own console.

Rule 1: sound goes to a player through a pipe and to no file; it is destroyed as soon as its words are kept.
Rule 2: interrupted at any moment, what was written is kept and the rest waits.
"""

from __future__ import annotations

import shlex
import subprocess
import sys
from shutil import which
from typing import TYPE_CHECKING

from consult.cli.commands import Commands, Words, command, who
from consult.cli.endings import DONE, SURROUNDINGS, Failed

if TYPE_CHECKING:
    from consult.recordings import Listening
    from consult.store.records import Recorded

PLAYERS = ("aplay -q -", "paplay", "ffplay -nodisp -autoexit -loglevel quiet -", "mpv --really-quiet -", "play -q -")
_HOW = "write what she says; an empty line plays it again, - leaves it for later, = destroys it unwritten"


def add(duties: Commands) -> None:
    """Declare transcribe, a duty of voice."""
    transcribe = command(
        duties,
        "transcribe",
        "listen to spoken answers and write them down; each recording is destroyed then",
        _transcribe,
        "consult voice transcribe river --who Amina",
        "consult voice transcribe river --who Amina --player 'mpv -'",
    )
    transcribe.add_argument("name", metavar="NAME", help="the consultation")
    transcribe.add_argument("--who", metavar="YOURNAME", required=True, help="your name, kept with what you write")
    transcribe.add_argument("--player", metavar="COMMAND", help="what plays a WAV file from its input")
    transcribe.add_argument("--kit", action="store_true", help="custody offline: ask for both halves of the kit")


def _transcribe(words: Words) -> int:
    from consult.cli import halves, opening
    from consult.recordings import Listening, look_after

    by = who(words)
    with opening.house() as house:
        published = opening.published(house, words.name)
        private = halves.ask(published).private if words.kit else None
        look_after(house, opening.now())
        listening = Listening(house, words.name, by, opening.now(), private)
        if not listening.waiting:
            print(f"nothing waits to be written down in {words.name}")
            return DONE
        player = _player(words.player)
        written = _all(listening, player)
    left = len(listening.waiting) - written
    print(f"{written} written down and destroyed, {left} left" if left else f"{written} written down and destroyed")
    return DONE


def _player(given: str | None) -> list[str]:
    installed = (each for each in PLAYERS if which(each.split()[0]))
    command = shlex.split(given or next(installed, ""))
    if not command or not which(command[0]):
        raise Failed("no player of sound is here: sudo apt-get install alsa-utils, or --player COMMAND", SURROUNDINGS)
    return command


def _all(listening: Listening, player: list[str]) -> int:
    """How many were written down, or destroyed."""
    done = 0
    print(_HOW, file=sys.stderr)
    for place, recorded in enumerate(listening.waiting, 1):
        name = listening.question(recorded)
        print(f"{place} of {len(listening.waiting)}: {name or 'answered again since'}", file=sys.stderr)
        words = _heard(listening, recorded, player) if name else ""
        if words is None:
            continue
        _keep(listening, recorded, words)
        done += 1
    return done


def _heard(listening: Listening, recorded: Recorded, player: list[str]) -> str | None:
    """Her words; None to leave it, "" to destroy it unwritten."""
    sound = listening.sound(recorded)
    if sound is None:
        print("it cannot be opened any more", file=sys.stderr)
        return ""
    while True:
        _play(player, sound)
        line = sys.stdin.readline()
        if not line or line.strip() == "-":
            return None
        if line.strip() == "=":
            return ""
        if line.strip():
            return " ".join(line.split())


def _play(player: list[str], sound: bytes) -> None:
    done = subprocess.run(player, input=sound, capture_output=True, check=False)  # noqa: S603  # the operator's own
    if done.returncode:
        raise Failed(
            f"{player[0]} could not play it (code {done.returncode}); give another with --player", SURROUNDINGS
        )


def _keep(listening: Listening, recorded: Recorded, words: str) -> None:
    from consult.cli import opening

    listening.write(recorded, words, opening.now())
