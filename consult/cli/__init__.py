"""The command `consult`: one subcommand per duty, one file per group of duties.

Rule 1: `consult --help` imports nothing heavy: everything else is imported in the function that uses it.
Rule 2: exit codes are for scripts: 0 done, 1 it failed or faults were found, 2 usage, 3 settings or surroundings,
        130 interrupted. An error is one line on stderr with its cure, never a traceback.
Rule 3: whatever changes something opens the same house as a running server, and closes it; both may work at once.
"""

from __future__ import annotations

import argparse
import io
import os
import sys
from collections.abc import Sequence

from channels import open_commands
from consult import __version__
from consult.cli import (
    admitting,
    backups,
    campaigns,
    contacts,
    defining,
    demo,
    doctor,
    exporting,
    findings,
    forming,
    leaving,
    lending,
    locking,
    nodes,
    prompts,
    serving,
    storing,
    trailing,
    trying,
    voice,
)
from consult.cli.commands import Commands, Words, command
from consult.cli.endings import BROKEN_PIPE, INTERRUPTED, told

_ABOUT = "Structured consultations over SMS, telephone and radio, safe for the women who answer."
_MORE = """\
first steps:
  consult demo                       look at it: a page with two simulated telephones
  consult check river.toml           what is wrong with a definition
  consult try river.toml             play it here, as she would hear it
  consult publish river.toml         make it an immutable version with its own key
  consult serve                      answer carriers; consult doctor says what is missing

exit codes: 0 done, 1 it failed or faults were found, 2 usage, 3 settings or surroundings, 130 interrupted
settings:   CONSULT_DATA names the data folder; the README lists all of them
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; its exit code. `argv` without the program's name, default the process's own."""
    _speak_anything()
    try:
        arguments = _parser().parse_args(argv)
        code: int = arguments.run(arguments)
        sys.stdout.flush()
    except SystemExit as end:  # argparse: 2 for usage, 0 for help
        return end.code if isinstance(end.code, int) else 0
    except KeyboardInterrupt:
        print("\nconsult: interrupted; what was done is kept, run it again to resume", file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:
        _hush()
        return BROKEN_PIPE
    except Exception as error:
        return told(error)
    return code


_KEEPING = (nodes, leaving, backups, locking, storing, admitting, trailing, doctor)


def _parser() -> argparse.ArgumentParser:
    shape = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser("consult", description=_ABOUT, epilog=_MORE, formatter_class=shape)
    parser.add_argument("--version", action="version", version=f"consult {__version__}")
    commands: Commands = parser.add_subparsers(metavar="COMMAND", required=True)
    for group in (
        demo,
        trying,
        defining,
        forming,
        lending,
        prompts,
        contacts,
        campaigns,
        serving,
        findings,
        voice,
        exporting,
        *_KEEPING,
    ):
        group.add(commands)
    for add in open_commands():
        add(commands)
    command(commands, "version", "print the version", _version)
    return parser


def _version(_: Words) -> int:
    print(f"consult {__version__}")
    return 0


def _speak_anything() -> None:
    """A terminal that lacks a script shows question marks instead of failing."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")


def _hush() -> None:
    """Whoever read us went away: nothing more is written, not even at exit."""
    try:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except (OSError, ValueError):  # stdout is no file
        return
