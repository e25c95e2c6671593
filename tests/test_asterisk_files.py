"""The files for an Asterisk on site agree with each other, with the server, and with what may be kept of a call."""

from __future__ import annotations

import re
from configparser import ConfigParser
from pathlib import Path

import pytest

from channels.voice.carriers.asterisk import open_carrier
from consult.cli.voice import FASTAGI
from consult.config import Settings
from tests.cli.conftest import ROOT

FILES = ROOT / "deploy" / "node" / "asterisk"


def settings() -> Settings:
    """As the service has them."""
    lines = re.findall(r'^Environment="?(\w+)=([^"\n]*)"?$', (FILES / "consult-calls.service").read_text(), re.M)
    return Settings.from_env(dict(lines))


def switched(name: str) -> dict[str, str]:
    """What a configuration file's general part says."""
    parser = ConfigParser(comment_prefixes=(";",))
    parser.read(FILES / name)
    return dict(parser["general"])


def test_the_dialplan_gives_calls_to_our_server_on_this_machine_only() -> None:
    (found,) = re.findall(r"AGI\(agi://([\d.]+):(\d+)/\w+,([^)]*)\)", (FILES / "extensions.conf").read_text())
    carrier = open_carrier(settings())
    assert carrier is not None
    assert found == ("127.0.0.1", str(FASTAGI), carrier.ours[0])
    assert f"--port {FASTAGI}" in (FILES / "consult-calls.service").read_text()


def test_the_dialplan_calls_nobody() -> None:
    assert not re.search(r"Dial\(|Originate\(", (FILES / "extensions.conf").read_text())


@pytest.mark.parametrize(("name", "key"), [("cdr.conf", "enable"), ("cel.conf", "enable"), ("manager.conf", "enabled")])
def test_no_list_of_calls_is_kept_and_nobody_steers_from_outside(name: str, key: str) -> None:
    assert switched(name)[key] == "no"


def test_asterisk_logs_errors_only() -> None:
    levels = re.findall(r"^[\w.]+ => (.*)$", (FILES / "logger.conf").read_text(), re.M)
    assert levels == ["error"]


def test_every_file_that_the_page_copies_says_where_it_goes() -> None:
    for file in (each for each in FILES.iterdir() if each.suffix in (".conf", ".service")):
        assert Path(re.findall(r"/etc/[\w./-]+", file.read_text().splitlines()[0])[0]).name == file.name
