"""The words of the system in every language: catalogues, the locale registry, language packs.

`say = for_locale("sw")` gives the one thing other rooms need: `say("Whole sentence with {named} values.", named=...)`.
`python -m consult.wording update | check | compile` keeps the catalogues.

Rule 1: whole sentences with named values, never glued. A value is put in as it is, never read as a format.
Rule 2: a translation that lacks a placeholder or invents one is not used: the source sentence is said instead.
Rule 3: everything is opened once, when first asked for. babel is imported here alone, and only where no fresh .mo lies
beside a .po, and by the three duties above.
Rule 4: the words of signed-in pages are a domain of their own, complete in `PAGES`; the rest is for respondents too.
Rule 5: a language tag is looked up in our own registry, never parsed: CLDR lacks half of the languages we need, and
tags reach us from strangers.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from functools import lru_cache
from io import BytesIO
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from gettext import NullTranslations

    from babel.messages.catalog import Catalog, Message

    from consult.understand import Lexicon

PAGES = ("en", "fr", "ar")  # languages of the signed-in pages
_PLACEHOLDER = re.compile(r"\{(\w+)\}")


class UnknownLocale(LookupError):
    """No such language in locales/registry.toml."""


# ---- languages


@dataclass(frozen=True, slots=True)
class Locale:
    """A language: its own `name`, gettext `plural` rule, `fallback` tag ("" for the source), known to `cldr` or not."""

    tag: str
    name: str
    plural: str
    dir: Literal["ltr", "rtl"] = "ltr"
    fallback: str = ""
    cldr: bool = True
    also: tuple[str, ...] = ()


def locale(tag: str) -> Locale:
    """The language of this tag, of its alias ("kmr") or of its first part ("fr-CM"). Raises UnknownLocale."""
    known, wanted = _registry(), tag.strip().lower().replace("_", "-")
    found = known.get(wanted) or known.get(wanted.partition("-")[0])
    if found is None:
        raise UnknownLocale(f"no language {tag[:20]!r}; use one of {', '.join(locales())} or add it to registry.toml")
    return found


def locales() -> Mapping[str, Locale]:
    """Every language of the registry by its tag, in the registry's order."""
    return MappingProxyType({each.tag: each for each in _registry().values()})


@lru_cache(maxsize=1)
def _registry() -> Mapping[str, Locale]:
    known: dict[str, Locale] = {}
    for tag, row in _toml(folder() / "registry.toml").items():
        each = Locale(tag=tag, **{**row, "also": tuple(row.get("also", ()))})
        known |= dict.fromkeys((tag, *each.also), each)
    return known


@lru_cache(maxsize=1)
def folder() -> Path:
    """Where the locales lie: inside the package when installed, beside it in a checkout."""
    here = Path(__file__).resolve().parent
    inside = here / "locales"
    return inside if inside.is_dir() else here.parent / "locales"


def _toml(path: Path) -> dict[str, Any]:
    import tomllib

    return tomllib.loads(path.read_text(encoding="utf-8"))


# ---- saying


@dataclass(frozen=True, slots=True, eq=False)
class Say:
    """Says a sentence in one language. Get it from `for_locale`."""

    locale: Locale
    _catalogue: NullTranslations

    def __call__(self, message: str, /, **values: object) -> str:
        """The translation of `message`, its {placeholders} filled. Raises KeyError when a value is missing."""
        text = self._catalogue.gettext(message) if message else ""
        return _fill(text if _fits(text, message) else message, values)

    def many(self, one: str, other: str, n: int, /, **values: object) -> str:
        """Like a call, in the form that goes with `n`, which is also the value {n}."""
        text = self._catalogue.ngettext(one, other, n)
        source = one if n == 1 else other
        return _fill(text if _fits(text, one, other) else source, {"n": n, **values})


def _fill(text: str, values: Mapping[str, object]) -> str:
    return _PLACEHOLDER.sub(lambda found: str(values[found[1]]), text)


@lru_cache(maxsize=4096)
def _fits(text: str, *sources: str) -> bool:
    """Whether the translation has its source's placeholders. One form of several may leave out {n} ("a question")."""
    wanted: set[str] = set().union(*map(_PLACEHOLDER.findall, sources))
    optional = {"n"} if len(sources) > 1 else set()
    return wanted - optional <= set(_PLACEHOLDER.findall(text)) <= wanted


def join_or(say: Say, items: Sequence[str]) -> str:
    """ "1, 2 or 3" in her language."""
    if len(items) < 2:
        return "".join(items)
    rest = items[0]
    for item in items[1:-1]:
        # Tr: a list of keys she may type, "1, 2": only the sign between two of them
        rest = say("{first}, {second}", first=rest, second=item)
    # Tr: the end of such a list, "1, 2 or 3"
    return say("{rest} or {last}", rest=rest, last=items[-1])


@lru_cache(maxsize=256)
def for_locale(tag: str) -> Say:
    """The voice of a language; sentences it lacks come from its fallbacks, in the end English. Raises UnknownLocale."""
    place = locale(tag)
    return Say(place, _catalogue(place.tag))


def for_pages(tag: str) -> Say:
    """The voice of the signed-in pages. Raises UnknownLocale."""
    place = locale(tag)
    return Say(place, _catalogue(place.tag, "pages"))


@lru_cache(maxsize=256)
def _catalogue(tag: str, domain: str = "consult") -> NullTranslations:
    from gettext import GNUTranslations, NullTranslations

    fallback = locale(tag).fallback
    rest = _catalogue(fallback, domain) if fallback else NullTranslations()
    if not _po(tag, domain).is_file():
        return rest
    own = GNUTranslations(BytesIO(_compiled(_po(tag, domain))))
    own.add_fallback(rest)
    return own


def _po(tag: str, domain: str = "consult") -> Path:
    return folder() / tag / "LC_MESSAGES" / f"{domain}.po"


def _compiled(po: Path) -> bytes:
    """The .mo's bytes: the file's where it is as young as its .po, else made now and kept in memory only."""
    mo = po.with_suffix(".mo")
    if mo.is_file() and mo.stat().st_mtime_ns >= po.stat().st_mtime_ns:
        return mo.read_bytes()
    return _compile(_read(po))


# ---- packs: what the conversation needs of a language


@dataclass(frozen=True, slots=True, eq=False)
class Pack:
    """A language ready for conversing: how to say (`say`) and how to understand (`lexicon`)."""

    tag: str
    say: Say
    lexicon: Lexicon


def shipped() -> tuple[str, ...]:
    """The tags of the languages that are complete: they have a catalogue and answer words."""
    return tuple(tag for tag in locales() if _po(tag).is_file() and _words(tag).is_file())


def packs(tags: Iterable[str] | None = None) -> Mapping[str, Pack]:
    """The packs of these languages (default: all shipped), by tag. Raises UnknownLocale for one that is not shipped."""
    return MappingProxyType({tag: _pack(tag) for tag in (shipped() if tags is None else tags)})


@lru_cache(maxsize=256)
def _pack(tag: str) -> Pack:
    from consult.understand import lexicon

    place = locale(tag)
    if not _words(place.tag).is_file():
        raise UnknownLocale(f"{place.name} ({place.tag}) has no answer words yet; write locales/{place.tag}/words.toml")
    return Pack(place.tag, for_locale(place.tag), lexicon(_toml(_words(place.tag)), place.tag))


def _words(tag: str) -> Path:
    return folder() / tag / "words.toml"


# ---- the three duties: update, check, compile (the only users of babel besides a missing .mo)

_EVERY = [("consult/**.py", "python"), ("channels/**.py", "python"), ("consult/web/templates/**.html", "jinja2")]
_PAGES = [
    ("consult/web/office/**.py", "python"),
    ("consult/web/closing.py", "python"),
    ("consult/reading/**.py", "python"),
    ("consult/web/templates/office/**.html", "jinja2"),
]
_DOMAINS = {
    "consult": [("**/office/**", "ignore"), ("**/web/closing.py", "ignore"), ("**/reading/**", "ignore"), *_EVERY],
    "pages": _PAGES,
}
_SAYINGS = {"say": None, "_": None, "many": (1, 2)}  # function -> which arguments are sentences
_SPEAKING = (".py", ".html")  # files that may say something
_WORDS = (b"say", b"_(")  # one of which stands in a file that does
_NOTE = "Tr:"  # begins a comment for translators, above the sentence
_POT_HEAD = "# The sentences of Consult. Made by `python -m consult.wording update`; do not edit."
_PO_HEAD = "# {name} words of Consult.\n# A draft: native review is pending."
_NOBODY = {"msgid_bugs_address": "", "last_translator": "native review is pending", "language_team": "wanted"}


def update(*tags: str) -> None:
    """Gather the sentences, write consult.pot, and merge it into every catalogue; `tags` begin new ones."""
    for domain in _DOMAINS:
        template = _gathered(domain)
        _write(_pot(domain), template)
        new = PAGES if domain == "pages" else tuple(locale(each).tag for each in tags)
        for tag in dict.fromkeys((*_translated(domain), *new)):
            _write(_po(tag, domain), _merged(tag, template, domain))


def check() -> list[str]:
    """What keeps the catalogues from being complete: one line each, naming file and message. Empty when all is well."""
    return [fault for domain in _DOMAINS for fault in _incomplete(domain)]


def _incomplete(domain: str) -> list[str]:
    sources = [message for message in _gathered(domain) if message.id]
    stale = _difference(_pot(domain), sources)
    return stale + [fault for tag in _translated(domain) for fault in _faults(tag, sources, domain)]


def compile() -> None:
    """Write the .mo beside each .po: what a wheel carries, so that nothing needs babel."""
    for po in [_po(tag, domain) for domain in _DOMAINS for tag in _translated(domain)]:
        made = po.with_suffix(".mo.new")
        made.write_bytes(_compile(_read(po)))
        made.replace(po.with_suffix(".mo"))


def _translated(domain: str) -> Iterator[str]:
    return (tag for tag in locales() if _po(tag, domain).is_file())


def _pot(domain: str) -> Path:
    return folder() / f"{domain}.pot"


def _read(path: Path) -> Catalog:
    from babel.messages.pofile import read_po

    with path.open("rb") as file:
        return read_po(file)


def _compile(catalogue: Catalog) -> bytes:
    from babel.messages.mofile import write_mo

    file = BytesIO()
    write_mo(file, catalogue)
    return file.getvalue()


def _write(path: Path, catalogue: Catalog) -> None:
    from babel.messages.pofile import write_po

    file = BytesIO()
    write_po(file, catalogue, width=100, include_lineno=False, ignore_obsolete=True)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(file.getvalue())


def _gathered(domain: str) -> Catalog:
    """The template, from the sources. Its date is the old one's, so that only a changed sentence changes the file."""
    from babel.messages.catalog import Catalog

    born = _read(_pot(domain)).creation_date if _pot(domain).is_file() else None
    template = Catalog(project="Consult", version="1", header_comment=_POT_HEAD, fuzzy=False, creation_date=born)
    found = _found(folder().parent, domain)
    for file_name, line, message, comments, context in sorted(found, key=lambda each: each[:2]):
        template.add(message, None, [(file_name, line)], auto_comments=comments, context=context)
    return template


def _found(root: Path, domain: str) -> Iterator[tuple[str, int, Any, list[str], str | None]]:
    """All that the sources say. Most files say nothing, and are not taken apart for that: it takes seconds."""
    from babel.messages.extract import check_and_call_extract_file

    for folder_, below, names in os.walk(root):
        below[:] = sorted(filter(_may_speak, below))
        for file in (Path(folder_) / name for name in sorted(names) if name.endswith(_SPEAKING)):
            if any(word in file.read_bytes() for word in _WORDS):
                yield from check_and_call_extract_file(
                    file, _DOMAINS[domain], {}, None, _SAYINGS, [_NOTE], True, dirpath=root
                )


def _may_speak(name: str) -> bool:
    return name not in ("tests", "docs", "build", "dist") and not name.startswith((".", "_"))


def _merged(tag: str, template: Catalog, domain: str) -> Catalog:
    from babel.messages.catalog import Catalog

    place = locale(tag)
    if _po(tag, domain).is_file():
        catalogue = _read(_po(tag, domain))
    else:
        head = _PO_HEAD.format(name=place.name)
        catalogue = Catalog(project="Consult", version="1", header_comment=head, fuzzy=False, **_NOBODY)
        catalogue.mime_headers = [("Language", tag), ("Plural-Forms", place.plural)]
    catalogue.update(deepcopy(template))  # it keeps the template's messages as its own
    if not place.fallback:
        _speak_source(catalogue)
    return catalogue


def _speak_source(catalogue: Catalog) -> None:
    """The source language says what the source says, always."""
    for message in catalogue:
        if message.id:
            message.string = message.id
            message.flags.discard("fuzzy")


def _difference(path: Path, sources: Sequence[Message]) -> list[str]:
    """Sentences that the file lacks, or has and nobody says."""
    known = {message.id for message in _read(path) if message.id} if path.is_file() else set()
    said = {message.id for message in sources}
    lacks = [f"{path.name}: lacks {_first(each)!r}; run update" for each in said - known]
    return sorted(lacks + [f"{path.name}: nobody says {_first(each)!r}; run update" for each in known - said])


def _faults(tag: str, sources: Sequence[Message], domain: str) -> Iterator[str]:
    catalogue, name = _read(_po(tag, domain)), f"{tag}/LC_MESSAGES/{domain}.po"
    if catalogue.plural_forms.rstrip(";") != locale(tag).plural.rstrip(";"):
        yield f"{name}: Plural-Forms must be {locale(tag).plural}"
    for source in sources:
        why = _fault(catalogue.get(source.id), catalogue.num_plurals)
        if why:
            yield f"{name}: {_first(source.id)!r} {why}"


def _fault(message: Message | None, forms: int) -> str:
    if message is None:
        return "is missing; run update"
    if message.fuzzy:
        return "is fuzzy: its source changed; read it again and remove the mark"
    sources = (message.id,) if isinstance(message.id, str) else tuple(message.id)
    texts = (message.string,) if isinstance(message.string, str) else tuple(message.string or ())
    if not texts or not all(texts) or (len(sources) > 1 and len(texts) != forms):
        return "is not translated in every form"
    wrong = [text for text in texts if not _fits(text, *sources)]
    return f"has the wrong placeholders in {wrong[0]!r}" if wrong else ""


def _first(identity: str | Sequence[str]) -> str:
    return identity if isinstance(identity, str) else identity[0]


def main(words: Sequence[str]) -> int:
    """`update [tag ...]`, `check` or `compile`. 1 when check finds faults, 2 when it is told anything else."""
    match list(words):
        case ["update", *tags]:
            update(*tags)
        case ["check"]:
            faults = check()
            print("\n".join(faults) or "catalogues are complete")
            return 1 if faults else 0
        case ["compile"]:
            compile()
        case _:
            print("usage: python -m consult.wording update [tag ...] | check | compile", file=sys.stderr)
            return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
