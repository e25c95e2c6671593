"""The demo: the shipped examples with simulated telephones on one page, in one process, in one folder.

Rule 1: it lives in a folder of its own; a folder with a real consultation in it is refused.
Rule 2: of the environment only the place counts (CONSULT_DATA, PORT, CONSULT_LOCALE): no carrier is opened for it.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from consult.cli.commands import Commands, Words, command, port
from consult.cli.endings import DONE, SURROUNDINGS, Failed

if TYPE_CHECKING:
    from consult.config import Settings
    from consult.house import House

FOLDER = "demo-data"
NAME = "Demo"  # of the account that the printed address opens
_HONOURED = ("CONSULT_DATA", "CONSULT_PORT", "PORT", "CONSULT_LOCALE", "CONSULT_COUNTRY")


def add(commands: Commands) -> None:
    """Declare demo."""
    parser = command(
        commands,
        "demo",
        "show the examples on a page with two simulated telephones",
        _demo,
        "consult demo",
        "CONSULT_DATA=/tmp/demo PORT=8001 consult demo",
    )
    parser.add_argument("--port", type=port, help="where the page is served (default: PORT, else 8000)")
    parser.add_argument("--data", metavar="FOLDER", help=f"the demo's folder (default: CONSULT_DATA, else {FOLDER})")


def _demo(words: Words) -> int:
    from consult.cli import opening, serving
    from consult.jobs import EmbeddedWorker

    settings = _settings(words.data, words.port)
    with serving.listening("127.0.0.1", settings.port) as listener:
        worker = EmbeddedWorker()
        with opening.house(settings, begin=True, doorbell=worker) as house:
            _demand_own_folder(house)
            _publish_examples(house)
            _live(house)
            serving.serve(house, listener, worker, "Consult demo", _link(house))
    return DONE


def _settings(data: str | None, port: int | None) -> Settings:
    from dataclasses import replace

    from consult.config import Settings

    kept = {name: value for name, value in os.environ.items() if name.removesuffix("_FILE") in _HONOURED}
    settings = Settings.from_env({"CONSULT_DATA": FOLDER, **kept})
    return replace(
        settings,
        demo=True,
        data=Path(data) if data else settings.data,
        port=settings.port if port is None else port,
    )


def _demand_own_folder(house: House) -> None:
    real = sorted({each.name for each in house.store.read(lambda view: view.editions()) if not each.test})
    if real:
        why = f"{house.settings.data} holds a real consultation ({real[0]}); give the demo a folder of its own: --data"
        raise Failed(f"{why} {FOLDER}", SURROUNDINGS)


def examples() -> Iterator[Path]:
    """The definitions that come with the program."""
    import consult

    return iter(sorted((Path(consult.__file__).parent / "examples").glob("*.toml")))


def _publish_examples(house: House) -> None:
    """As test data. What was published by an earlier start stays as it is."""
    from consult.cli.opening import now
    from consult.library import day_of
    from consult.publish import Unpublishable, publish

    known = {each.sha256 for each in house.store.read(lambda view: view.editions())}
    for file in examples():
        toml = file.read_text(encoding="utf-8")
        if _hash(toml) in known:
            continue
        try:
            publish(house, toml, day=day_of(now()), test=True)
        except Unpublishable as error:
            print(f"consult: the example {file.stem} is left out: {error}", file=sys.stderr)


def _live(house: House) -> None:
    """A consultation that is over, for whoever reads findings."""
    from consult.cli import lived
    from consult.cli.opening import now

    if house.store.read(lambda view: view.published(lived.NAME)) is None:
        lived.lived(house, now())


def _link(house: House) -> str:
    """Signs in whoever opens the printed address, once."""
    from secrets import token_bytes

    from consult.accounts import joining
    from consult.cli.opening import now

    code = joining.code(token_bytes(joining.RANDOM))
    joining.link(house, code, NAME, now())
    return f"office/enter/{code}"


def _hash(toml: str) -> str:
    import hashlib

    return hashlib.sha256(toml.encode()).hexdigest()
