"""The audit at the console: looked at, exported, and verified from a file alone."""

from __future__ import annotations

from pathlib import Path

from consult.cli.commands import Commands, Words, command
from consult.cli.endings import DONE, FAILED, USAGE, Failed

LARGEST = 64 * 1024 * 1024  # bytes of an exported audit


def add(commands: Commands) -> None:
    """Declare audit."""
    audit = command(
        commands,
        "audit",
        "list, export or verify the trail of what was done here",
        None,
        "consult audit list --newest 20",
        "consult audit export > audit.txt",
        "consult audit verify audit.txt --noted 5f0c...   anywhere, without this hub's data",
    )
    duties: Commands = audit.add_subparsers(metavar="DUTY", required=True)
    listed = command(duties, "list", "the newest lines", _list, "consult audit list --newest 20")
    listed.add_argument("--newest", metavar="N", type=int, default=50, help="how many (default: %(default)s)")
    command(duties, "export", "every line, to stdout, as verify reads it", _export, "consult audit export > audit.txt")
    verify = command(
        duties,
        "verify",
        "whether an exported audit is whole; needs nothing but the file",
        _verify,
        "consult audit verify audit.txt",
        "consult audit verify audit.txt --noted HASH      the last hash as it was noted earlier",
    )
    verify.add_argument("file", metavar="FILE", help="an exported audit; - for stdin")
    verify.add_argument("--noted", metavar="HASH", default="", help="a hash that must stand in it")


def _lines() -> list[tuple[int, str, str, str]]:
    from consult.cli import opening

    with opening.house() as house:
        return house.store.read(lambda view: view.audit())


def _list(words: Words) -> int:
    from consult.cli.showing import table

    lines = _lines()[-max(1, words.newest) :]
    print(table(("line", "day", "what"), [line[:3] for line in lines], right=(0,)))
    return DONE


def _export(_: Words) -> int:
    from consult.accounts.trail import written

    print(written(_lines()), end="")
    return DONE


def _verify(words: Words) -> int:
    from consult.accounts.trail import read, verify
    from consult.cli.opening import text

    try:
        lines = read(text(words.file, LARGEST))
    except ValueError as error:
        raise Failed(str(error), USAGE) from None
    verdict = verify(lines, words.noted.strip().lower())
    if verdict.broken is not None:
        print(f"broken at line {verdict.broken}: it was changed, or one before it was taken out")
    elif not verdict.passed:
        print(f"the noted hash stands nowhere in {Path(words.file).name}: lines were taken out or written anew")
    else:
        print(f"whole: {verdict.lines} lines; the last hash is {verdict.head or 'none'}")
    return DONE if verdict.broken is None and verdict.passed else FAILED
