"""What the drills found, told at once, and when all of them were run (`make drill`) in one report.

`python -m tests.drills.reporting` prints it, keeps it as build/drill-report.txt, and fails where anything was found or
fewer than a thousand processes were killed.

Rule 1: a kill counts where a drill aimed it at a named step; a process that is only put away afterwards does not.
Rule 2: each drill adds its own line when it has ended, so an interrupted run still tells what was done. A drill that is
run again replaces its line.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections import Counter
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Final, Literal

from tests.drills.judging import Finding

WHOLE: Final = os.environ.get("CONSULT_DRILL") == "whole"
ENOUGH: Final = 1000  # kills
BUILD: Final = Path(__file__).parents[2] / "build"
LINES: Final = BUILD / "drill-lines.jsonl"
REPORT: Final = BUILD / "drill-report.txt"


@dataclass(frozen=True)
class Found:
    """What a drill proved. `blows`: kills at the named step, or times that the fault struck."""

    drill: str
    engine: str
    kind: Literal["kills", "faults"]
    blows: int
    women: int
    acknowledged: int
    resent: int
    findings: tuple[Finding, ...] = field(default=())

    def clean(self) -> bool:
        """Nothing was found."""
        return not self.findings


def tell(found: Found) -> Found:
    """Say it now; keep it for the report of a whole drill."""
    sins = Counter(one.sin for one in found.findings)
    line = json.dumps(asdict(found) | {"findings": sins, "ended": int(time.time())})
    print(f"\n{line}", flush=True)
    if WHOLE:
        BUILD.mkdir(exist_ok=True)
        with LINES.open("a", encoding="utf-8") as lines:
            lines.write(line + "\n")
    return found


# ---- the report


def report(lines: list[str]) -> tuple[str, bool]:
    """The report of these lines, and whether the drill was whole and nothing was found."""
    drills = {(one["kind"], one["drill"], one["engine"]): one for one in map(json.loads, lines)}
    told = ["Drills: what was struck, and what was found", ""]
    for kind in ("kills", "faults"):
        told += _table(kind, [drills[key] for key in sorted(drills) if key[0] == kind])
    kills = sum(one["blows"] for one in drills.values() if one["kind"] == "kills")
    found = sum(sum(one["findings"].values()) for one in drills.values())
    told.append(f"kills at named steps: {kills:,} (at least {ENOUGH:,} are wanted); findings: {found}")
    return "\n".join(told) + "\n", kills >= ENOUGH and not found


def _table(kind: str, drills: list[dict[str, object]]) -> list[str]:
    head = f"{kind:<44}{'store':<10}{'struck':>7}{'women':>8}{'answers':>9}{'resent':>8}  findings"
    rows = [
        f"{one['drill']:<44}{one['engine']:<10}{one['blows']:>7}{one['women']:>8}{one['acknowledged']:>9}"
        f"{one['resent']:>8}  {_findings(one['findings'])}"
        for one in drills
    ]
    return [head, *rows, ""]


def _findings(found: object) -> str:
    return ", ".join(f"{n} {sin}" for sin, n in found.items()) if isinstance(found, dict) and found else "none"


def main() -> int:
    """Print and keep the report of what was drilled."""
    lines = LINES.read_text(encoding="utf-8").splitlines() if LINES.exists() else []
    text, whole = report(lines)
    BUILD.mkdir(exist_ok=True)
    REPORT.write_text(text, encoding="utf-8")
    print(text)
    return 0 if whole else 1


if __name__ == "__main__":
    sys.exit(main())
