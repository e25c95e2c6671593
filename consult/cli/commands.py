"""How a subcommand is declared: its name, one line, examples, and the function that does it."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import TYPE_CHECKING

from consult.cli.endings import USAGE, Failed

if TYPE_CHECKING:
    Commands = argparse._SubParsersAction[argparse.ArgumentParser]
else:
    Commands = object

Words = argparse.Namespace
Duty = Callable[[Words], int]


def command(commands: Commands, name: str, summary: str, run: Duty | None, *examples: str) -> argparse.ArgumentParser:
    """Declare a subcommand. `run` is None for one that only has subcommands of its own."""
    shown = "examples:\n" + "\n".join(f"  {example}" for example in examples) if examples else None
    parser = commands.add_parser(
        name,
        help=summary,
        description=summary[:1].upper() + summary[1:] + ".",
        epilog=shown,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    if run is not None:
        parser.set_defaults(run=run)
    return parser


def who(words: Words) -> str:
    """Who says that she does this, for the audit trail. Raises Failed."""
    named = " ".join(words.who.split())[:80]
    if not named:
        raise Failed("say who you are: --who YOURNAME", USAGE)
    return named


def number_above_zero(text: str) -> float:
    """For `type=`: a number above zero."""
    value = float(text)
    if not 0 < value < 1e9:
        raise argparse.ArgumentTypeError(f"{text} is not a number above 0")
    return value


def whole_above_zero(text: str) -> int:
    """For `type=`: a whole number above zero."""
    value = int(text)
    if not 0 < value < 1_000_000_000:
        raise argparse.ArgumentTypeError(f"{text} is not a whole number above 0")
    return value


def port(text: str) -> int:
    """For `type=`: a TCP port; 0 lets the system choose."""
    value = int(text)
    if not 0 <= value <= 65_535:
        raise argparse.ArgumentTypeError(f"{text} is not a port (0 to 65535)")
    return value
