"""Duties around a definition: check it, publish it, and look after the recovery kit that publishing gave.

Rule 1: the place where a kit will be written is tried before the key is made; a kit that cannot be written is printed.
"""

from __future__ import annotations

import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from consult.cli.commands import Commands, Words, command
from consult.cli.endings import DONE, FAILED, USAGE, Failed

if TYPE_CHECKING:
    from consult.consultation import Fault
    from consult.custody import Kit
    from consult.house import House
    from consult.publish import Publication
    from consult.store.records import Published

_KIT = """\
RECOVERY KIT of {name}: its two halves are the ONLY copy of the key that opens the answers outside this machine.
Write them down or print them, give them to TWO people who do not live together, and keep no copy here.
One half alone opens nothing; without both, a backup of this consultation stays closed for ever.
"""


def add(commands: Commands) -> None:
    """Declare check, publish and kit."""
    _add_check(commands)
    _add_publish(commands)
    _add_kit(commands)


def _add_check(commands: Commands) -> None:
    check = command(
        commands,
        "check",
        "name every fault of definitions, with its line and its cure",
        _check,
        "consult check river.toml",
        "consult check --format json *.toml",
    )
    check.add_argument("files", metavar="FILE", nargs="+", help="a definition (TOML); - for stdin")
    check.add_argument("--format", choices=("table", "json"), default="table")


def _add_publish(commands: Commands) -> None:
    publish = command(
        commands,
        "publish",
        "publish a definition as the next immutable version, with its own key",
        _publish,
        "consult publish river.toml --unreviewed en --unreviewed ha     nobody but their writer read these words",
        "consult publish river.toml --kit /media/stick    two files, readable by you alone, instead of printing",
        "consult publish river.toml --approval 4    with other safety settings, once another approved them",
    )
    publish.add_argument("file", metavar="FILE", help="a definition (TOML); - for stdin")
    publish.add_argument(
        "--unreviewed",
        metavar="TAG",
        action="append",
        default=[],
        help="a language that goes out although no second person signed its words; its releases say so (repeat it)",
    )
    publish.add_argument("--approval", metavar="ID", type=int, help="of another person, to change safety settings")
    publish.add_argument(
        "--test", action="store_true", help="for trials: its figures are not held back below 10 people"
    )
    publish.add_argument(
        "--kit", metavar="FOLDER", type=Path, help="write the kit's two halves as files in this folder"
    )


def _add_kit(commands: Commands) -> None:
    kit = command(
        commands,
        "kit",
        "put a consultation's key back from both halves of its kit (after a restore), rehearse it, or print it again",
        _kit,
        "consult kit river               asks for both halves and puts the key back",
        "consult kit river --rehearse    only tries whether the halves open what is sealed",
        "consult kit river --again --confirmed-by A --confirmed-by B     a half was lost: a new pair for the same key",
        "consult kit river --again --approval 4     where two accounts can decide: once another approved it",
    )
    kit.add_argument("name", metavar="NAME")
    how = kit.add_mutually_exclusive_group()
    how.add_argument("--rehearse", action="store_true", help="try the halves, change nothing")
    how.add_argument("--again", action="store_true", help="make a new kit for the key kept here")
    kit.add_argument("--approval", metavar="ID", type=int, help="with --again: what another person approved")
    kit.add_argument(
        "--confirmed-by", metavar="PERSON", action="append", default=[], help="with --again: twice, as for retire"
    )


# ---- check


def _check(words: Words) -> int:
    from consult.cli.showing import as_json

    found = [(file, _faults(file)) for file in words.files]
    if words.format == "json":
        print(as_json([_as_values(file, faults) for file, faults in found]))
    else:
        for file, faults in found:
            _show(file, faults)
    return FAILED if any(fault.level == "error" for _, faults in found for fault in faults) else DONE


def _faults(file: str) -> list[Fault]:
    from channels import open_channels, open_speakers
    from consult.cli.opening import now, settings, text
    from consult.config import Settings
    from consult.consultation import LARGEST, Refused, read
    from consult.library import day_of
    from consult.publish import calls, inspect
    from consult.wording import packs

    unread: list[Fault] = []
    try:
        consultation = read(text(file, LARGEST))
    except Refused as refused:
        if refused.rest is None:
            return refused.faults
        unread, consultation = refused.faults, refused.rest
    audio = calls(open_speakers(), settings().data)
    return unread + inspect(consultation, packs(), open_channels(Settings()), day_of(now()), audio)


def _as_values(file: str, faults: list[Fault]) -> dict[str, Any]:
    from dataclasses import asdict

    counts = {f"{level}s": sum(fault.level == level for fault in faults) for level in ("error", "warning", "note")}
    return {"file": file, **counts, "faults": [asdict(fault) for fault in faults]}


def _show(file: str, faults: list[Fault]) -> None:
    from consult.cli import showing

    print(f"{file}: {showing.counted(faults) if faults else 'nothing wrong'}")
    for line in showing.faults(faults):
        print(f"  {line}")


# ---- publish


def _publish(words: Words) -> int:
    from hashlib import sha256

    from consult import publish
    from consult.cli import admitting, opening
    from consult.consultation import LARGEST
    from consult.library import day_of

    toml = opening.text(words.file, LARGEST)
    about = sha256(toml.encode()).hexdigest()
    if words.kit:
        _try_folder(words.kit)
    with opening.house(begin=True) as house:
        changed = publish.changes_safety(house, toml)
        if changed and not admitting.second_person(house, "safety", changed, words.approval, opening.now(), about):
            return DONE
        day = day_of(opening.now())
        done = publish.publish(house, toml, day=day, test=words.test, unreviewed=words.unreviewed or None)
        _tell(done)
        if done.kit:
            _hand_over(done.published.name, done.kit, words.kit)
    return DONE


def _tell(done: Publication) -> None:
    from consult.cli import showing

    published = done.published
    state = "published" if done.new else "was published before, nothing changed:"
    print(f"{state} {published.name} version {published.version}{' (test data)' if published.test else ''}")
    print(f"sha256 {published.sha256}")
    if done.left_out:
        print(f"left out, because of errors in them: {', '.join(done.left_out)}")
    if done.unchecked:
        print(f"without a second reader, knowingly: {', '.join(done.unchecked)}")
    for line in showing.faults(fault for fault in done.faults if fault.level != "note"):
        print(f"  {line}")
    if drafts := sorted({fault.language for fault in done.faults if fault.level == "note" and fault.language}):
        print(f"await native review: {', '.join(drafts)}")


def _try_folder(folder: Path) -> None:
    """Raises Failed unless two files can be written there."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        probe = folder / ".consult-kit"
        probe.write_bytes(b"")
        probe.unlink()
    except OSError as error:
        why = f"cannot write into {folder} ({error.strerror}); nothing was published, give another folder for the kit"
        raise Failed(why, USAGE) from None


def _hand_over(name: str, kit: Kit, folder: Path | None) -> None:
    if folder:
        with suppress(OSError):
            _write(name, kit, folder)
            return
        print(f"consult: the kit could not be written into {folder}; here it is instead", file=sys.stderr)
    print(
        f"\n{_KIT.format(name=name)}\nfor the first person:\n\n{kit.half_a}\n\nfor the second person:\n\n{kit.half_b}\n"
    )
    sys.stdout.flush()


def _write(name: str, kit: Kit, folder: Path) -> None:
    from consult import durable

    files = [folder / f"{name}-kit-{letter}.txt" for letter in "AB"]
    if any(file.exists() for file in files):
        raise FileExistsError
    for file, half in zip(files, (kit.half_a, kit.half_b), strict=True):
        durable.write(file, f"{half}\n".encode())
    print(f"\n{_KIT.format(name=name)}\nwritten, for your eyes only: {files[0]} and {files[1]}")
    print("give each file to one person, then destroy both here")


# ---- kit


def _kit(words: Words) -> int:
    from consult.cli import admitting, halves, opening
    from consult.custody import put_back
    from consult.sync.reading_later import read_waiting

    with opening.house() as house:
        published = opening.published(house, words.name)
        if words.again:
            people, at = words.confirmed_by, opening.now()
            given = admitting.two_agree(house, "kit", published.name, words.approval, people, at)
            return _again(house, published) if given else DONE
        private = halves.ask(published)
        if words.rehearse:
            print(f"both halves open what is sealed for {published.name}; nothing was changed")
            return DONE
        if published.custody != "hub":
            raise Failed(f"the custody of {published.name} is offline: its key is never kept here; --rehearse tries it")
        put_back(house.settings.data, house.vault, published.name, published.public, *private.halves)
        _note(house, f"the key of {published.name} was put back from its kit")
        print(f"the key of {published.name} is back in its place")
        if waited := read_waiting(house, opening.now(), published.name):
            print(f"read with it: {waited} pages and recordings of field nodes that waited")
    return DONE


def _again(house: House, published: Published) -> int:
    from consult import custody

    custody.private_key(house.settings.data, house.vault, published.name)  # it must be here, or a new one would be made
    public, kit = custody.make(house.settings.data, house.vault, published.name, "hub", resume=True)
    if public != published.public:
        raise Failed(f"the key kept here is not the one {published.name} was published with; use its kit")
    _note(house, f"a new kit of {published.name} was made")
    _hand_over(published.name, kit, None)
    print("halves of the earlier kit still open it together: have them destroyed")
    return DONE


def _note(house: House, what: str) -> None:
    from consult.cli.opening import now
    from consult.library import day_of

    house.store.write(lambda tx: tx.note(day_of(now()), what))
