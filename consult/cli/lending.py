"""Templates on the command line: a consultation with its lessons and no data, given to another team or taken from one.

Rule 1: what still tells something local is named, and no file is written.
Rule 2: a hub that is new here shows its fingerprint first; nothing is taken until it was typed.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from consult.cli.commands import Commands, Words, command
from consult.cli.endings import DONE, Failed

if TYPE_CHECKING:
    from consult.consultation import Consultation
    from consult.house import House
    from consult.templates.lending import Unknown
    from consult.templates.lessons import Lesson

_LOOK = (
    "Look at the answers of these before you give the file away: another team would read them, places may be among them"
)


def add(commands: Commands) -> None:
    """Declare template export and template import."""
    template = command(commands, "template", "a consultation with its lessons and no data, as one signed file", None)
    duties: Commands = template.add_subparsers(metavar="WHAT", required=True)
    _add_export(duties)
    _add_import(duties)


def _add_export(duties: Commands) -> None:
    out = command(
        duties,
        "export",
        "write the template of a consultation: what is local is taken out, the file is signed",
        _export,
        "consult template export river --into river.template.json --lessons lessons.txt",
        'consult template export river --into river.template.json --licence "CC BY 4.0" --origin "Weavers Circle"',
    )
    out.add_argument("name", metavar="NAME", help="a published consultation, or else a draft")
    out.add_argument("--into", metavar="FILE", type=Path, required=True)
    out.add_argument(
        "--lessons", metavar="FILE", help="plain text below headings that begin with # (docs/templates.md)"
    )
    out.add_argument("--licence", metavar="LINE", default="", help="under which others may use it")
    out.add_argument("--origin", metavar="LINE", default="", help="who gives it, if that may be told")


def _add_import(duties: Commands) -> None:
    into = command(
        duties,
        "import",
        "bring a template in as a draft",
        _import,
        "consult template import river.template.json --for Ruth                shows the fingerprint of a new hub",
        'consult template import river.template.json --for Ruth --fingerprint "01234 56789 01234 56789" --as lake',
    )
    into.add_argument("file", metavar="FILE")
    into.add_argument("--as", metavar="NAME", dest="called", help="under another short name")
    into.add_argument("--for", metavar="ACCOUNT", dest="holder", required=True, help="whose draft it becomes")
    into.add_argument(
        "--fingerprint", metavar="DIGITS", default="", help="of the hub it comes from, as its team told you"
    )


# ---- out


def _export(words: Words) -> int:
    from consult import durable, releases
    from consult.cli import opening
    from consult.templates.lending import Terms, lent
    from consult.templates.localness import segments
    from consult.templates.sheet import NotTemplate, fingerprint

    lessons = _lessons(words.lessons)
    with opening.house() as house:
        whole = _whole(house, words.name)
        try:
            text = lent(house, whole, lessons, Terms(words.origin, words.licence), opening.now())
        except NotTemplate as wrong:
            raise Failed(_joined(wrong)) from None
        shown = fingerprint(releases.public_key(house))
    durable.write(words.into, text.encode())
    print(f"the template of {words.name}, with {len(lessons)} lessons: {words.into}")
    for name, answers in segments(whole):
        print(f"{_LOOK}: {name} ({', '.join(answers)})")
    print(f"who takes it compares this fingerprint with you, by telephone: {shown}")
    return DONE


def _lessons(file: str | None) -> tuple[Lesson, ...]:
    from consult.cli import opening
    from consult.templates import lessons

    try:
        return lessons.read(opening.text(file, 4 * lessons.LARGEST)) if file else ()
    except lessons.Unclear as unclear:
        raise Failed(f"{file}: {_joined(unclear)}") from None


def _whole(house: House, name: str) -> Consultation:
    from consult.drafts import keeping

    published, draft = house.store.read(lambda view: (view.published(name), view.draft(name)))
    if published:
        return house.library.edition(published).consultation
    if draft is None:
        raise Failed(f"there is no consultation and no draft {name!r} here")
    return keeping.opened(draft.toml)


def _joined(wrong: Exception) -> str:
    return "; ".join(str(wrong).splitlines())


# ---- in


def _import(words: Words) -> int:
    from consult.accounts import NotAllowed, members
    from consult.cli import opening
    from consult.consultation.kinds import NAME
    from consult.templates import lending
    from consult.templates.sheet import NotTemplate

    content = _content(Path(words.file))
    with opening.house() as house:
        holder = members.find(house, words.holder)
        if holder is None or holder.account.disabled:
            raise Failed(f"nobody can sign in as {words.holder!r}; consult account list")
        try:
            template = lending.taken(house, content, words.fingerprint)
            name = words.called or template.whole.name
            if not NAME.fullmatch(name):
                raise Failed("--as: a short name begins with a small letter; then a-z, 0-9 and _, at most 32")
            draft = lending.begin(house, template, name, holder.id, opening.now())
        except NotTemplate as wrong:
            raise Failed(f"{words.file}: {_joined(wrong)}") from None
        except lending.Unknown as unknown:
            raise Failed(_unknown(unknown)) from None
        except NotAllowed:
            raise Failed(f"the name {name} is taken here; choose another with --as") from None
    print(f"{draft.name} is a draft of {words.holder} now; what is local is to be written before it can be published")
    for each in template.lessons:
        print(f"\n# {each.heading}\n{each.text}")
    return DONE


def _content(file: Path) -> bytes:
    from consult.templates.sheet import LARGEST

    try:
        with file.open("rb") as source:
            return source.read(LARGEST + 1)
    except OSError as error:
        raise Failed(f"cannot read {file} ({error.strerror})") from None


def _unknown(unknown: Unknown) -> str:
    first = (
        "that is not the fingerprint of the hub that signed it" if unknown.typed else "a hub signed it that is new here"
    )
    return f"{first}: {unknown.fingerprint}; ask its team for theirs by telephone, and give it with --fingerprint"
