"""The files for an Asterisk on site agree with each other, with the server, and with what may be kept of a call."""

from __future__ import annotations

import re
from configparser import ConfigParser
from dataclasses import replace
from pathlib import Path

import pytest

from channels.voice.carriers.asterisk import open_carrier
from consult.channel import Owed
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
    found = re.findall(r"AGI\(agi://([\d.]+):(\d+)/\w+,([^),]*)", (FILES / "extensions.conf").read_text())
    carrier = open_carrier(settings())
    assert carrier is not None
    assert {each[:2] for each in found} == {("127.0.0.1", str(FASTAGI))}
    assert [each[2] for each in found] == [*carrier.ours, "${CONSULT_OURS}", "${CONSULT_OURS}"]
    assert f"--port {FASTAGI}" in (FILES / "consult-calls.service").read_text()


def test_the_dialplan_calls_nobody_by_itself() -> None:
    assert not re.search(r"Dial\(|Originate\(", (FILES / "extensions.conf").read_text())


def test_the_file_of_a_call_leads_where_the_dialplan_goes_on(tmp_path: Path) -> None:
    carrier = open_carrier(replace(settings(), asterisk_spool=tmp_path))
    assert carrier is not None
    carrier.send(Owed(7, carrier.ours[0], "+2348030000001", ""), "")
    told = dict(line.split(": ", 1) for line in (tmp_path / "consult-7.call").read_text().splitlines())
    dialplan = (FILES / "extensions.conf").read_text()
    assert f"[{told['Context']}]" in dialplan
    assert set(re.findall(r"CONSULT_\w+(?==)", (tmp_path / "consult-7.call").read_text())) == set(
        re.findall(r"\$\{(CONSULT_\w+)\}", dialplan)
    )


def test_what_is_shared_with_asterisk_lies_in_memory() -> None:
    made = set(re.findall(r"^d (/run/\S+)", (FILES / "consult-calls.conf").read_text(), re.M))
    assert {str(settings().asterisk_spool), str(settings().asterisk_tapes)} == made


@pytest.mark.parametrize(("name", "key"), [("cdr.conf", "enable"), ("cel.conf", "enable"), ("manager.conf", "enabled")])
def test_no_list_of_calls_is_kept_and_nobody_steers_from_outside(name: str, key: str) -> None:
    assert switched(name)[key] == "no"


def test_asterisk_logs_errors_only() -> None:
    levels = re.findall(r"^[\w.]+ => (.*)$", (FILES / "logger.conf").read_text(), re.M)
    assert levels == ["error"]


def test_every_file_that_the_page_copies_says_where_it_goes() -> None:
    for file in (each for each in FILES.iterdir() if each.suffix in (".conf", ".service")):
        assert Path(re.findall(r"/etc/[\w./-]+", file.read_text().splitlines()[0])[0]).name == file.name
