"""The node of the `sync` benchmark: `DATA WINDOW AHEAD`; one sync, its figures as a line of JSON."""

from __future__ import annotations

import json
import sys
import time
from dataclasses import asdict
from pathlib import Path

from consult.config import Settings
from consult.house import open_house
from consult.sync.https import Pace, sync


def main(data: str, window: str, ahead: str) -> None:
    house = open_house(Settings(data=Path(data)))
    start = time.perf_counter()
    met = sync(house, lambda: int(time.time()), Pace(int(window), int(ahead)), pause=lambda n: time.sleep(2**n))
    print(json.dumps({"seconds": round(time.perf_counter() - start, 2), **asdict(met)}))


if __name__ == "__main__":
    main(*sys.argv[1:])
