"""`python -m tests.benchmarks [engine | voice | fastagi | webhook ...]`: all without a name."""

from __future__ import annotations

import argparse
import json
import sys
import traceback
from importlib import import_module

from tests.benchmarks.measuring import Figure, Report

NAMES = (
    "startup",
    "engine",
    "memory",
    "voice",
    "fastagi",
    "beeps",
    "webhook",
    "servers",
    "releasing",
    "pages",
    "node",
    "burst",
    "frames",
    "sync",
)


def main() -> int:
    """Run them; 1 when one could not be run."""
    words = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    words.add_argument("names", nargs="*", help=f"which, of {', '.join(NAMES)} (default: all)")
    words.add_argument("--rounds", type=int, default=3, help="interleaved rounds of each (default: %(default)s)")
    given = words.parse_args()
    if unknown := set(given.names) - set(NAMES):
        words.error(f"no benchmark {', '.join(sorted(unknown))}; choose of {', '.join(NAMES)}")
    figures: list[Figure] = []
    failed: list[str] = []
    for name in given.names or NAMES:
        try:
            report: Report = import_module(f"tests.benchmarks.{name}").run(given.rounds)
        except Exception:
            traceback.print_exc()
            failed.append(name)
            continue
        print(json.dumps({"benchmark": name, **report.values}), flush=True)
        figures += report.figures
    print(_table(figures))
    if failed:
        print(f"could not be run: {', '.join(failed)}", file=sys.stderr)
    return 1 if failed else 0


def _table(figures: list[Figure]) -> str:
    """What was aimed at, one line each."""
    rows = [("", "measured", "aim", "")]
    rows += [(each.what, each.shown(), each.aim_shown(), each.verdict()) for each in figures]
    widths = [max(len(row[column]) for row in rows) for column in range(4)]
    return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in rows)


sys.exit(main())
