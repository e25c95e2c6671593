"""Which WSGI server: the same load as in `webhook` under each of those that were considered."""

from __future__ import annotations

from tests.benchmarks.measuring import Report
from tests.benchmarks.serving import SERVERS
from tests.benchmarks.webhook import APPS, measured


def run(rounds: int) -> Report:
    """Rate, p99 and resident memory by server."""
    apps = {name: APPS[name] for name in ("plain stack", "consult")}
    return measured(SERVERS, apps, min(rounds, 2))
