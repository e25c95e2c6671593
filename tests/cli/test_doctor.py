"""The doctor names what is missing, with its cure, and fails only where something is wrong."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from consult.cli import examining, inspecting, opening
from consult.delivery import HALTED
from tests.cli.conftest import Run, number
from tests.fakes import smsgate_phone
from tests.fakes.smsgate_phone import Phone
from tests.fakes.twilio_server import TwilioServer

PASSPHRASE = "bodake firumo lapesi tunavo"


def checks(run: Run, code: int | None = None) -> dict[str, list[str]]:
    ended = run("doctor", "--format", "json")
    shown = json.loads(ended.out)
    levels = [each["level"] for each in shown["checks"]]
    assert ended.code == ("fail" in levels) == (not shown["ok"])
    assert code is None or ended.code == code
    assert all(each["cure"] for each in shown["checks"] if each["level"] != "ok")
    found: dict[str, list[str]] = {}
    for each in shown["checks"]:
        found.setdefault(each["about"], []).append(f"{each['level']}: {each['says']} -> {each['cure']}")
    return found


def test_a_new_machine_is_told_where_to_begin(run: Run, tmp_path: Path) -> None:
    found = checks(run)
    assert "is not there yet" in found["data folder"][0]
    assert not (tmp_path / "data").exists()


def test_a_hub_in_order_fails_nowhere(run: Run, played: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONSULT_BACKUP", str(tmp_path / "stick"))
    monkeypatch.setenv("CONSULT_DEMO", "1")
    run("backup")
    found = checks(run, code=0)
    for about in ("data folder", "store", "people who left", "their copy", "last backup", "ballast", "consultations"):
        assert found[about][0].startswith("ok"), found[about]
    table = run("doctor").out
    assert "ok    store" in table


@pytest.mark.parametrize(
    ("variable", "value", "about", "says"),
    [
        ("CONSULT_PUBLIC_URL", "nonsense", "settings", "CONSULT_PUBLIC_URL"),
        ("CONSULT_LOCALE", "xx", "language", "fail: CONSULT_LOCALE"),
        ("CONSULT_TWILIO_ACCOUNT_SID", "AC" + "0" * 32, "carriers", "fail: "),
        ("CONSULT_REDIS_URL", "redis://127.0.0.1:1", "doorbell", "warn: Redis does not answer"),
        ("CONSULT_BACKUP", "/nowhere/at/all", "backup", "fail: "),
    ],
)
def test_a_setting_that_is_wrong_is_named(
    run: Run, hub: Path, monkeypatch: pytest.MonkeyPatch, variable: str, value: str, about: str, says: str
) -> None:
    monkeypatch.setenv(variable, value)
    assert any(says in line for line in checks(run)[about])


def test_a_carrier_without_a_public_address_is_refused_messages(
    run: Run, hub: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CONSULT_TWILIO_ACCOUNT_SID", "AC" + "0" * 32)
    monkeypatch.setenv("CONSULT_TWILIO_AUTH_TOKEN", "0" * 32)
    monkeypatch.setenv("CONSULT_TWILIO_FROM", "+15005550006")
    monkeypatch.setenv("CONSULT_TWILIO_API", "http://127.0.0.1:9")
    assert checks(run, code=1)["public address"][0].startswith("fail")
    monkeypatch.setenv("CONSULT_PUBLIC_URL", "http://hub.example")
    assert checks(run)["public address"][0].startswith("warn")
    monkeypatch.setenv("CONSULT_PUBLIC_URL", "https://hub.example")
    found = checks(run)
    assert found["public address"][0].startswith("ok")
    assert "0" * 32 not in str(found)


def test_a_carrier_is_asked_whether_it_answers(run: Run, hub: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with TwilioServer() as twilio:
        monkeypatch.setenv("CONSULT_TWILIO_ACCOUNT_SID", twilio.account)
        monkeypatch.setenv("CONSULT_TWILIO_AUTH_TOKEN", twilio.token)
        monkeypatch.setenv("CONSULT_TWILIO_FROM", twilio.numbers[0])
        monkeypatch.setenv("CONSULT_TWILIO_API", twilio.url)
        assert not any("does not answer" in line for line in checks(run)["carriers"])
        monkeypatch.setenv("CONSULT_TWILIO_AUTH_TOKEN", "0" * 32)
        assert any("sms: twilio does not answer" in line for line in checks(run)["carriers"])
    assert any("sms: twilio does not answer" in line for line in checks(run)["carriers"])


def test_what_others_may_read_is_named(run: Run, hub: Path) -> None:
    (hub / "keys" / "hub.key").chmod(0o644)
    found = checks(run, code=1)
    assert "hub.key" in found["data folder"][0]
    assert "chmod" in found["data folder"][0]


def test_a_lost_hub_key_is_told(run: Run, hub: Path) -> None:
    (hub / "keys" / "hub.key").unlink()
    assert "consult restore" in checks(run, code=1)["opening"][0]


def test_a_lost_consultation_key_is_told(run: Run, hub: Path) -> None:
    (hub / "keys" / "consultations" / "river.key").unlink()
    assert "consult kit river" in checks(run, code=1)["keys"][0]


def test_a_halted_carrier_is_told_and_let_go_again(run: Run, hub: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONSULT_DEMO", "1")
    with opening.house() as house:
        house.store.write(lambda tx: tx.set(HALTED + "sms simulator", "credentials refused"))
    assert any("credentials refused" in line for line in checks(run, code=1)["carriers"])
    assert run("doctor", "--resume", "simulator").code == 0
    assert checks(run, code=0)
    assert run("doctor", "--resume", "pigeon").code == 1


def test_a_message_that_could_not_be_applied_is_counted(run: Run, hub: Path) -> None:
    with opening.house() as house:
        house.store.write(lambda tx: (tx.take(b"k" * 16, 1, "x", 1), tx.hold(b"k" * 16, b"sealed")))
    assert "1 messages" in checks(run)["held"][0]


def test_a_list_of_who_left_that_was_cut_is_noticed(run: Run, played: Path, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setenv("CONSULT_BACKUP", str(tmp_path / "stick"))
    before = (played / "suppressed").read_bytes()
    run("erase", number(1))
    run("backup")
    (played / "suppressed").write_bytes(before)
    assert "fail" in checks(run, code=1)["their copy"][0]


def test_someone_who_left_and_is_not_barred_is_noticed(run: Run, played: Path) -> None:
    with opening.house() as house:
        house.suppressions.add(house.vault.index(number(1)), "stop", 20_000, 0)
    assert "1 on the list outside" in checks(run, code=1)["people who left"][0]


@pytest.mark.parametrize(("days", "level"), [(0, "ok"), (5, "warn"), (40, "fail")])
def test_an_old_backup_is_told(run: Run, hub: Path, tmp_path: Path, monkeypatch, days: int, level: str) -> None:
    (tmp_path / "stick").mkdir()
    monkeypatch.setenv("CONSULT_BACKUP", str(tmp_path / "stick"))
    made = datetime.fromtimestamp(time.time() - 86_400 * days - 60, UTC).strftime("%Y%m%d-%H%M%S")
    (tmp_path / "stick" / f"consult-{made}.backup").write_bytes(b"")
    assert checks(run)["last backup"][0].startswith(level)


@pytest.mark.parametrize(
    ("swaps", "level"),
    [
        ("", "ok"),
        ("/dev/sda2 partition 1 0 -2\n", "warn"),
        ("/dev/dm-1 partition 1 0 -2\n", "ok"),
        ("/swapfile file 1 0 -2\n", "warn"),
    ],
)
def test_swap_is_looked_at(tmp_path: Path, swaps: str, level: str) -> None:
    (tmp_path / "swaps").write_text(f"Filename Type Size Used Priority\n{swaps}")
    (tmp_path / "sys" / "kernel").mkdir(parents=True)
    (tmp_path / "sys" / "kernel" / "core_pattern").write_text("|/usr/lib/systemd/systemd-coredump %P\n")
    clock, swap, _, core = examining.machine(1_800_000_000, tmp_path)
    assert (clock.level, swap.level, core.level) == ("ok", level, "warn")


def test_a_clock_that_went_back_is_noticed(run: Run, played: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONSULT_DEMO", "1")
    assert next(examining.machine(1_000_000)).level == "fail"
    with opening.house() as house:
        assert inspecting._heard_in_future(house, 1_700_000_000).level == "fail"
        assert inspecting._heard_in_future(house, 1_900_000_000).level == "ok"


def test_a_telephone_or_a_kannel_tells_what_is_wrong_with_it(
    run: Run, hub: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Phone(internet_required=True) as phone:
        for name, value in (
            ("PUBLIC_URL", "http://127.0.0.1:8000"),
            ("SMSGATE", phone.url),
            ("SMSGATE_PASSWORD", smsgate_phone.PASSWORD),
            ("SMSGATE_KEY", smsgate_phone.KEY),
            ("SMSGATE_NUMBER", smsgate_phone.NUMBER),
            ("KANNEL", "http://127.0.0.1:1"),
            ("KANNEL_USER", "consult"),
            ("KANNEL_PASSWORD", "sesame"),
            ("KANNEL_NUMBER", "8080"),
            ("KANNEL_SECRET", "a-secret-for-the-tests_0123"),
        ):
            monkeypatch.setenv(f"CONSULT_{name}", value)
        found = checks(run)
        assert found["public address"][0].startswith("ok")
        assert len(found["smsgate"]) == 7
        assert any("Require Internet" in line for line in found["smsgate"])
        assert all(line.endswith("see docs/gateways.md") for line in (*found["smsgate"], *found["kannel"]))
        assert "Kannel cannot be reached" in found["kannel"][0]
        smsgate_phone.register(phone, "http://127.0.0.1:8000")
        assert checks(run)["smsgate"] == ["ok: gives signs of life, and nothing waits -> "]


@pytest.mark.parametrize(
    ("swaps", "able", "level"),
    [
        ("/dev/sda2 partition 1 0 -2\n", "[platform] shutdown", "warn"),
        ("/dev/dm-1 partition 1 0 -2\n", "[platform] shutdown", "warn"),  # encrypted, and keys lie in it all the same
        ("/dev/sda2 partition 1 0 -2\n", "[disabled]", "ok"),
        ("/dev/zram0 partition 1 0 -2\n", "[platform]", "ok"),
        ("", "[platform]", "ok"),
    ],
)
def test_a_machine_that_writes_its_memory_down_to_sleep_is_told_of(
    tmp_path: Path, swaps: str, able: str, level: str
) -> None:
    (tmp_path / "swaps").write_text(f"Filename Type Size Used Priority\n{swaps}")
    (tmp_path / "state").write_text("freeze mem disk\n")
    (tmp_path / "disk").write_text(f"{able}\n")
    found = {each.about: each for each in examining.machine(1_800_000_000, tmp_path, tmp_path)}
    assert found["sleep"].level == level


def test_a_node_is_looked_at_while_it_is_locked(run: Run, hub: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert run("passphrase", typed=f"{PASSPHRASE}\n{PASSPHRASE}\n").code == 0
    found = checks(run, code=0)
    assert found["passphrase"][0].startswith("ok")
    assert found["idle"][0].startswith("ok")
    assert "nothing runs here" in found["lock"][0]
    assert found["opening"] == ["warn: what needs keys was not looked at -> consult unlock, and ask again"]
    assert "store" not in found


def test_a_node_holds_no_account_of_a_carrier(run: Run, hub: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONSULT_TWILIO_AUTH_TOKEN", "a" * 32)
    assert "carrier secrets" not in checks(run), "a hub needs it"
    run("passphrase", typed=f"{PASSPHRASE}\n{PASSPHRASE}\n")
    assert found_secret(checks(run, code=1)["carrier secrets"][0])


def found_secret(line: str) -> bool:
    return line.startswith("fail: CONSULT_TWILIO_AUTH_TOKEN opens an account elsewhere") and "a" * 32 not in line


@pytest.mark.parametrize(
    ("variable", "value", "says"),
    [("CONSULT_IDLE_LOCK", "0", "never locks itself"), ("CONSULT_UNATTENDED", "converse", "conversations go on")],
)
def test_a_node_that_keeps_its_keys_is_warned_of(
    run: Run, hub: Path, monkeypatch: pytest.MonkeyPatch, variable: str, value: str, says: str
) -> None:
    run("passphrase", typed=f"{PASSPHRASE}\n{PASSPHRASE}\n")
    monkeypatch.setenv(variable, value)
    found = checks(run)["idle"][0]
    assert found.startswith("warn")
    assert says in found
