"""The inbound webhook from the socket to the disk, beside the plain stack, under the server that `consult serve` uses.

Server on one core, wrk with sixteen connections on the other, rounds interleaved. Every request is another message of
another woman in the midst of a conversation; each run begins with a fresh copy of the same data folder.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterable
from pathlib import Path
from statistics import median

from tests.benchmarks.measuring import Figure, Report
from tests.benchmarks.seeding import seed
from tests.benchmarks.serving import Load, free_port, load

WOMEN = 16_000
APPS = {
    "plain stack": ("plain_stack", False),
    "consult": ("whole_app", False),
    "consult and worker": ("whole_app", True),
}


def run(rounds: int) -> Report:
    """Requests per second, latencies and memory of each."""
    return measured(["waitress"], APPS, rounds)


def measured(servers: Iterable[str], apps: dict[str, tuple[str, bool]], rounds: int) -> Report:
    """Every application under every server, once a round."""
    port = free_port()
    found: dict[str, list[Load]] = {}
    with tempfile.TemporaryDirectory(prefix="consult-bench-") as place:
        seeded = seed(Path(place), f"http://127.0.0.1:{port}", WOMEN)
        for _ in range(rounds):
            for server in servers:
                for name, (module, worker) in apps.items():
                    ran = load(server, module, port, seeded, Path(place), worker=worker)
                    found.setdefault(f"{name}, {server}", []).append(ran)
    rows = {name: _medians(runs) for name, runs in found.items()}
    return Report({"connections": 16, "rounds": rounds, "results": rows}, tuple(_figures(rows, found)))


def _medians(runs: list[Load]) -> dict[str, float]:
    names = ("rate", "p50_ms", "p99_ms", "resident_mb", "cpu_us")
    return {name: round(median(getattr(each, name) for each in runs), 1) for name in names} | {
        "refused": sum(each.refused for each in runs),
        "broken": sum(each.broken for each in runs),
        "messages": sum(each.answered for each in runs),
    }


def _figures(rows: dict[str, dict[str, float]], found: dict[str, list[Load]]) -> Iterable[Figure]:
    for name, row in rows.items():
        ours = name.startswith("consult")
        yield Figure(f"webhook, {name}", row["rate"], "/s")
        yield Figure(f"webhook, {name}, p99", row["p99_ms"], "ms", 50 if ours else None, "less")
        yield Figure(f"webhook, {name}, resident", row["resident_mb"], "MB", 60 if ours else None, "less")
        yield Figure(
            f"webhook, {name}, refused or broken", row["refused"] + row["broken"], "", 0 if ours else None, "less"
        )
        plain = found[f"plain stack, {name.rpartition(', ')[2]}"]
        if ours:
            ratio = median(mine.rate / theirs.rate for mine, theirs in zip(found[name], plain, strict=True))
            yield Figure(f"webhook, {name}, ratio to the plain stack", ratio, "x", 1)
