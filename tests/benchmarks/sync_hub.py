"""The hub of the `sync` benchmark, in a process and a network of its own: `DATA HOST PORT CERTIFICATE`."""

from __future__ import annotations

import sys
import threading
from pathlib import Path

from consult.config import Settings
from consult.house import open_house
from tests.sync.lines import Line, context, served


def main(data: str, host: str, port: str, certificate: str) -> None:
    house = open_house(Settings(data=Path(data)))
    with served(house) as inner, Line(inner, context(Path(certificate)), host=host, port=int(port)):
        print("ready", flush=True)
        threading.Event().wait()


if __name__ == "__main__":
    main(*sys.argv[1:])
