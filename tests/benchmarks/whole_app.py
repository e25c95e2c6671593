"""Our whole application as a server is given it: a house from the environment, its worker inside where asked for."""

from __future__ import annotations

import os

from flask import Flask

from consult.config import Settings
from consult.house import open_house
from consult.jobs import EmbeddedWorker
from consult.web import create_app


def from_environment() -> Flask:
    """For servers that are given a factory. BENCH_WORKER=1 starts the embedded worker with it."""
    settings = Settings.from_env(os.environ)
    if os.environ.get("BENCH_WORKER") != "1":
        return create_app(open_house(settings))
    worker = EmbeddedWorker()
    house = open_house(settings, worker)
    worker.start(house)
    return create_app(house)
