"""A node from one folder: packed with a network, then installed, upgraded and taken back where there is none.

The network is taken away by `unshare --net`; the machine is a folder (`--root`), its users and units are systemd's own.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.cli.conftest import EXAMPLES, KNOWING
from tests.conftest import need
from tests.deploy.conftest import NODE, missing, ran

pytestmark = pytest.mark.timeout(1200)
SERIAL = 1_000
Ran = subprocess.CompletedProcess[str]


def tools() -> str:
    """The Python of this Debian, whose version a release must be packed for."""
    if os.geteuid() != 0:
        missing("installing needs root: sudo make test")
    for program in ("systemd-sysusers", "systemd-tmpfiles", "systemctl"):
        need(program, "sudo apt-get install systemd")
    need("openssl", "sudo apt-get install openssl")
    need("unshare", "sudo apt-get install util-linux")
    python = Path("/usr/bin/python3").resolve().name.removeprefix("python")
    if python not in ("3.11", "3.13"):
        missing("a node's Python is missing (3.11 or 3.13 as /usr/bin/python3): sudo apt-get install python3")
    return python


def packed(*words: object) -> str:
    done = ran(NODE / "pack", *words, PYTHON=sys.executable, **proxies())
    if "ConnectionError" in done.stderr or "No matching distribution" in done.stderr:
        missing(f"pack needs the package registry: {done.stderr[-200:]}")
    assert done.returncode == 0, done.stderr
    return done.stdout


def proxies() -> dict[str, str]:
    """How pip reaches its registry from here."""
    return {name: value for name, value in os.environ.items() if name.startswith("PIP_") or "proxy" in name.lower()}


@pytest.fixture(scope="module")
def room() -> Iterator[Path]:
    """A folder that the user `consult` may pass through, as pytest's own is not."""
    with tempfile.TemporaryDirectory() as made:
        Path(made).chmod(0o755)
        yield Path(made)


@pytest.fixture(scope="module")
def release(room: Path) -> Path:
    """A signed release, beside its key."""
    python = tools()
    packed("key", room / "release.pem")
    packed("into", room / "release", "--python", python, "--serial", SERIAL)
    packed("sign", room / "release", room / "release.pem")
    return room / "release"


def fingerprint(key: Path) -> str:
    der = subprocess.run(["openssl", "pkey", "-in", key, "-pubout", "-outform", "DER"], capture_output=True, check=True)
    hashed = subprocess.run(["sha256sum"], input=der.stdout, capture_output=True, check=True)
    return hashed.stdout.decode()[:32]


def install(machine: Path, *words: object, program: Path | None = None) -> Ran:
    return ran("unshare", "--net", "bash", program or NODE / "install", "--root", machine, *words)


def again(release: Path, into: Path, serial: int, key: str = "release.pem") -> Path:
    """The same files as another release."""
    shutil.copytree(release, into)
    told = (into / "RELEASE").read_text().replace(f"serial {SERIAL}\n", f"serial {serial}\n")
    (into / "RELEASE").write_text(told)
    packed("sign", into, release.parent / key)
    return into


@pytest.fixture(scope="module")
def machine(room: Path, release: Path) -> Path:
    """A node, installed without a network."""
    stick = room / "stick"
    shutil.copytree(release, stick)
    (stick / "wheels" / "consult-9.9-py3-none-any.whl").write_text("not on the list")
    done = install(
        room / "machine", "--fingerprint", fingerprint(room / "release.pem"), stick, program=stick / "install"
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return room / "machine"


def seen(machine: Path) -> dict[str, tuple[object, ...]]:
    """Everything on the machine: what it is, whose, and when it was written."""
    found: dict[str, tuple[object, ...]] = {}
    for path in machine.rglob("*"):
        told = path.lstat()
        link = os.readlink(path) if path.is_symlink() else ""
        when = 0 if path.is_dir() or path.is_symlink() else told.st_mtime_ns
        found[str(path.relative_to(machine))] = (oct(told.st_mode), told.st_uid, told.st_gid, link, when)
    return {name: each for name, each in found.items() if not name.endswith((".lock", ".pwd.lock"))}


def mode(path: Path) -> str:
    return oct(path.stat().st_mode & 0o7777)


def ids(machine: Path) -> tuple[int, int]:
    line = next(each for each in (machine / "etc/passwd").read_text().splitlines() if each.startswith("consult:"))
    return int(line.split(":")[2]), int(line.split(":")[3])


def test_user_folders_and_units_stand_with_the_right_modes(machine: Path) -> None:
    user, group = ids(machine)
    for path in (machine / "var/lib/consult" / name for name in ("", "data", "modem")):
        assert (mode(path), path.stat().st_uid, path.stat().st_gid) == ("0o700", user, group)
    assert (machine / "srv/consult-backup").stat().st_uid == 0  # unmounted, nobody backs up beside the data
    for name in ("consult.env", "smsdrc"):
        assert (mode(machine / "etc/consult" / name), (machine / "etc/consult" / name).stat().st_gid) == (
            "0o640",
            group,
        )
    assert "dialout" in (machine / "etc/group").read_text()
    units = machine / "etc/systemd/system"
    assert (units / "multi-user.target.wants/consult.service").is_symlink()
    assert (units / "timers.target.wants/consult-backup.timer").is_symlink()
    assert not (units / "multi-user.target.wants/consult-modem.service").exists()  # no modem was named yet
    assert not [path for path in (machine / "opt").rglob("*") if not path.is_symlink() and path.stat().st_mode & 0o022]


def as_consult(machine: Path, *words: str) -> Ran:
    """The installed command, by its user, with the settings it was installed with, without a network."""
    user, group = ids(machine)
    who = ("setpriv", f"--reuid={user}", f"--regid={group}", "--clear-groups", "--no-new-privs")
    settings = {"CONSULT_DATA": str(machine / "var/lib/consult/data"), "CONSULT_GAMMU_NUMBER": "+254700000009"}
    modem = {"CONSULT_GAMMU": str(machine / "var/lib/consult/modem/smsd.db"), "CONSULT_COUNTRY": "KE"}
    return ran("unshare", "--net", *who, machine / "opt/consult/bin/consult", *words, **settings, **modem)


def test_what_was_installed_examines_itself(machine: Path) -> None:
    shutil.copy(EXAMPLES / "safety.toml", machine / "safety.toml")
    kit = machine / "var/lib/consult/kit"
    published = as_consult(machine, "publish", *KNOWING, str(machine / "safety.toml"), "--kit", str(kit))
    assert published.returncode == 0, published.stderr
    done = as_consult(machine, "doctor", "--format", "json")
    checks = json.loads(done.stdout)["checks"]
    said = {each["about"]: each["level"] for each in checks}
    assert (done.returncode, [each for each in checks if each["level"] == "fail"]) == (0, [])
    for about in ("catalogues", "store", "data folder", "consultations"):
        assert said[about] == "ok", [each for each in checks if each["about"] == about]
    assert [each for each in checks if each["about"] == "gammu" and "not written" in each["says"]]
    shutil.rmtree(kit)


def test_a_second_run_changes_nothing_and_asks_nothing(machine: Path, release: Path) -> None:
    (machine / "etc/consult/consult.env").write_text("CONSULT_COUNTRY=NG\n")
    before = seen(machine)
    done = install(machine, release)
    assert done.returncode == 0, done.stderr
    assert seen(machine) == before
    assert (machine / "etc/consult/consult.env").read_text() == "CONSULT_COUNTRY=NG\n"
    shutil.copy(NODE / "system/consult.env", machine / "etc/consult/consult.env")


def test_the_modem_is_switched_on_once_it_is_named(machine: Path, release: Path) -> None:
    rc, env = machine / "etc/consult/smsdrc", machine / "etc/consult/consult.env"
    rc.write_text(rc.read_text().replace("/dev/serial/by-id/PUT-YOUR-MODEM-HERE", "/dev/ttyUSB0"))
    env.write_text(env.read_text().replace("#CONSULT_GAMMU_NUMBER=", "CONSULT_GAMMU_NUMBER="))
    assert install(machine, release).returncode == 0
    units = machine / "etc/systemd/system"
    assert (units / "multi-user.target.wants/consult-modem.service").is_symlink()
    assert os.readlink(units / "gammu-smsd.service") == "/dev/null"  # Debian's own would take the modem


# ---- what is refused, and then nothing is touched


def unsigned(stick: Path) -> None:
    (stick / "SHA256SUMS.sig").unlink()


def signed_by_another(stick: Path) -> None:
    packed("key", stick.parent / "another.pem")
    packed("sign", stick, stick.parent / "another.pem")


def list_changed(stick: Path) -> None:
    with (stick / "SHA256SUMS").open("a") as opened:
        opened.write("\n")


def wheel_changed(stick: Path) -> None:
    with next((stick / "wheels").glob("consult-*.whl")).open("ab") as opened:
        opened.write(b"\0")


def wheel_missing(stick: Path) -> None:
    next((stick / "wheels").glob("waitress-*.whl")).unlink()


def wheel_is_a_link(stick: Path) -> None:
    wheel = next((stick / "wheels").glob("waitress-*.whl"))
    wheel.rename(stick / "elsewhere")
    wheel.symlink_to(stick / "elsewhere")


def told(line: str, other: str) -> Callable[[Path], None]:
    """Properly signed, but saying something else of itself."""

    def change(stick: Path) -> None:
        of = (stick / "RELEASE").read_text().splitlines()
        (stick / "RELEASE").write_text("\n".join(f"{line} {other}" if each.startswith(line) else each for each in of))
        packed("sign", stick, stick.parent / "release.pem")

    return change


def leads_out(stick: Path) -> None:
    listed = (stick / "SHA256SUMS").read_text() + "0" * 64 + "  wheels/../../out\n"
    (stick / "SHA256SUMS").write_text(listed)
    sign_as_it_is(stick)


def names_an_option(stick: Path) -> None:
    (stick / "SHA256SUMS").write_text((stick / "SHA256SUMS").read_text() + "0" * 64 + "  -t\n")
    sign_as_it_is(stick)


def sign_as_it_is(stick: Path) -> None:
    words = ("-sign", "-rawin", "-inkey", stick.parent / "release.pem", "-in", stick / "SHA256SUMS")
    subprocess.run(["openssl", "pkeyutl", *words, "-out", stick / "SHA256SUMS.sig"], check=True)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (unsigned, "no signed release"),
        (signed_by_another, "not signed with the release key"),
        (list_changed, "not signed with the release key"),
        (wheel_changed, "not what the list says"),
        (wheel_missing, "is missing"),
        (wheel_is_a_link, "no plain file"),
        (leads_out, "leads out"),
        (names_an_option, "malformed"),
        (told("serial", str(SERIAL - 1)), "is older than"),
        (told("source", "another"), "another release with the number"),
        (told("platform", "riscv64"), "this is a release for riscv64"),
        (told("python", "3.9"), "needs Python 3.9"),
    ],
    ids=lambda value: getattr(value, "__name__", None),
)
def test_it_is_refused(machine: Path, release: Path, change: Callable[[Path], None], why: str) -> None:
    stick = release.parent / "bad"
    shutil.copytree(release, stick)
    before = seen(machine)
    try:
        change(stick)
        done = install(machine, stick)
        assert (done.returncode, why in done.stderr) == (1, True), done.stdout + done.stderr
        assert seen(machine) == before
    finally:
        shutil.rmtree(stick)
        (stick.parent / "another.pem").unlink(missing_ok=True)


def test_the_first_time_the_key_is_named_from_paper(release: Path, tmp_path: Path) -> None:
    without = install(tmp_path / "new", release)
    assert (without.returncode, "give --fingerprint" in without.stderr) == (1, True)
    wrong = install(tmp_path / "new", "--fingerprint", "0" * 32, release)
    assert (wrong.returncode, "not the release key" in wrong.stderr) == (1, True)
    assert not (tmp_path / "new/etc").exists()


# ---- upgrades


def test_an_upgrade_keeps_the_last_version_and_goes_back_to_it(machine: Path, release: Path) -> None:
    newer, opt = again(release, release.parent / "newer", SERIAL + 1), machine / "opt/consult"
    (opt / f"releases/{SERIAL + 1}/lib").mkdir(parents=True)  # an upgrade that was broken off by a power cut
    (opt / "releases/1").mkdir()  # and one that nobody goes back to
    done = install(machine, newer, program=opt / "install")
    assert done.returncode == 0, done.stderr
    assert sorted(os.listdir(opt / "releases")) == [str(SERIAL), str(SERIAL + 1)]
    assert os.readlink(opt / "current") == f"releases/{SERIAL + 1}"
    assert as_consult(machine, "doctor").returncode == 0
    assert "is older than" in install(machine, release, program=opt / "install").stderr
    assert install(machine, "--back", program=opt / "install").returncode == 0
    assert os.readlink(opt / "current") == f"releases/{SERIAL}"
    assert as_consult(machine, "doctor").returncode == 0
    assert install(machine, newer, program=opt / "install").returncode == 0
    assert os.readlink(opt / "current") == f"releases/{SERIAL + 1}"


# ---- packing


def test_the_list_names_every_file_and_the_key_is_its_owners(release: Path) -> None:
    listed = {line.split("  ")[1] for line in (release / "SHA256SUMS").read_text().splitlines()}
    there = {str(path.relative_to(release)) for path in release.rglob("*") if path.is_file()}
    assert there - listed == {"SHA256SUMS", "SHA256SUMS.sig", "release.pub"}
    assert mode(release.parent / "release.pem") == "0o600"
    assert b"PRIVATE" not in b"".join((release / name).read_bytes() for name in there if not name.endswith(".whl"))


def test_a_release_is_packed_once_and_a_key_made_once(release: Path) -> None:
    for words in (("into", release, "--serial", "1"), ("key", release.parent / "release.pem")):
        assert ran(NODE / "pack", *words).returncode == 1


@pytest.mark.parametrize("words", [(), ("into",), ("into", "x", "--serial"), ("sign", "x"), ("fly", "x")])
def test_what_it_does_not_know_it_explains(words: tuple[str, ...]) -> None:
    done = ran(NODE / "pack", *words)
    assert (done.returncode, "release.pem" in done.stderr) == (2, True)


@pytest.mark.parametrize("words", [("--platform", "armv7l"), ("--python", "3.9"), ("--serial", "one")])
def test_a_machine_without_wheels_is_refused_before_anything_is_fetched(words: tuple[str, ...], tmp_path: Path) -> None:
    assert ran(NODE / "pack", "into", tmp_path / "stick", *words).returncode == 1
    assert not (tmp_path / "stick").exists()
