"""Settings, units and folders of a node agree with each other and with what Consult reads."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

from consult.config import Settings
from tests.cli.conftest import ROOT
from tests.deploy.conftest import HUB, NODE, settings_in

ENV = (NODE / "system/consult.env").read_text(encoding="utf-8")
SMSDRC = dict(re.findall(r"^(\w+) = (.*)$", (NODE / "gammu/smsdrc").read_text(encoding="utf-8"), re.M))
SHIPPED = dict(re.findall(r"^(\w+)=(.*)$", ENV, re.M))
CONFIG = (ROOT / "consult/config.py").read_text(encoding="utf-8")
FOLDERS = dict(re.findall(r"^d (\S+) (.*)$", (NODE / "system/consult.tmpfiles").read_text(), re.M))


def test_consult_looks_where_gammu_smsd_writes() -> None:
    settings = Settings.from_env(SHIPPED)
    assert settings.gammu == Path(SMSDRC["dbdir"]) / SMSDRC["database"]
    assert FOLDERS[SMSDRC["dbdir"].rstrip("/")] == "0700 consult consult -"
    modem = settings_in(NODE / "gammu/consult-modem.service")
    assert modem["ExecStart"] == ["/usr/bin/gammu-smsd -c /etc/consult/smsdrc"]
    assert modem["ReadWritePaths"] == [SMSDRC["dbdir"].rstrip("/")]


def test_the_service_may_write_what_the_settings_name() -> None:
    settings, unit = Settings.from_env(SHIPPED), settings_in(NODE / "system/consult.service")
    writable = [Path(each.lstrip("-")) for each in unit["ReadWritePaths"][0].split()]
    for path in (settings.data, settings.backup, settings.gammu):
        assert path is not None
        assert any(each == path or each in path.parents for each in writable), path
    assert FOLDERS[str(settings.data)] == "0700 consult consult -"


def test_a_shell_and_systemd_read_the_same_settings() -> None:
    for line in (each.lstrip("#") for each in ENV.splitlines() if re.match(r"#?\w+=", each)):
        name, _, value = line.partition("=")
        assert shlex.split(value, comments=True) == ([value] if value else []), (
            line
        )  # no comment behind, no quotes needed
        assert name in ("LISTEN", "PORT") or f'"{name.removeprefix("CONSULT_")}"' in CONFIG, name


def test_no_backup_is_made_beside_the_data() -> None:
    assert FOLDERS["/srv/consult-backup"] == "- - - -"  # root's own until a disk is mounted
    unit = settings_in(NODE / "system/consult-backup.service")
    assert unit["ConditionPathIsMountPoint"] == [SHIPPED["CONSULT_BACKUP"]]


def test_pages_are_shown_to_this_machine_only_until_somebody_says_otherwise() -> None:
    assert SHIPPED["LISTEN"] == "127.0.0.1"
    assert settings_in(NODE / "system/consult.service")["ExecStart"] == [
        "/opt/consult/bin/consult serve --host ${LISTEN}"
    ]


def test_every_shipped_file_says_where_it_goes() -> None:
    for file in (NODE / "system").iterdir():
        assert re.search(r"# /(etc|usr/local)/\S+", file.read_text()), file


def test_the_pages_name_files_that_are_there() -> None:
    for page in ("node.md", "hub.md"):
        text = (ROOT / "docs" / page).read_text(encoding="utf-8")
        for link in set(re.findall(r"\]\(([\w./-]+)\)", text)) - {"gateways.md"}:  # a page of its own, beside this one
            assert (ROOT / "docs" / link).exists(), link
    for name in re.findall(r"`(tests/deploy/)?(test_\w+\.py)`", (ROOT / "docs/hub.md").read_text()):
        assert (ROOT / "tests/deploy" / name[1]).is_file()


def test_programs_may_be_run() -> None:
    for file in (NODE / "pack", NODE / "install", NODE / "system/consult", HUB / "restore-drill"):
        assert file.stat().st_mode & 0o111, file
