"""Releases: numbered, frozen documents of what was answered, that a mediator can stand behind and anybody can check.

Rule 1: a release is compiled from the journal up to a fact that it names, and kept as the bytes it is; what is
synchronised later waits for the next. Compiled again from the same facts it has the same bytes (`reproduce`).
Rule 2: none before seven days after the last day of the consultation (FINDINGS S10), but for the flash brief of one
that declares it: words, overall, of thirty and more (D26). Its numbers lie sealed, and bind the next as if told.
Rule 3: an earlier release binds the next: what would show one to nine people by its difference stands as it stood.
Rule 4: beside the document lies, sealed, how many people stood behind it, so that those erased since are counted, and
what went in besides the facts (coverage, spending, labels of themes), so that it can be compiled again.
Rule 5: it is signed by the hub; `verify` needs the file, the hub's public key, and nothing of ours but the arithmetic.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from datetime import date, timedelta
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from consult import __version__, coverage, themes
from consult.asks import keeping
from consult.consultation import Compound, Consultation, Question
from consult.figures import NoSuch, opened
from consult.findings.compiling import Aims, Earlier, chapters, in_words
from consult.findings.ledger import ledger
from consult.findings.protection import Rules, tightened
from consult.findings.themes import with_themes
from consult.gathering import gathered
from consult.house import House
from consult.library import day_of
from consult.store import Tx
from consult.store.records import Published, Release
from consult.unsealing import Opening

if TYPE_CHECKING:
    from nacl.signing import SigningKey

FORMAT: Final = 1
AFTER: Final = 7  # days after the last day
_PURPOSE: Final = "release signing"


class NotYet(Exception):
    """It cannot be released now; the message says from when, or what is missing."""


class Forged(Exception):
    """A file that is no release of this hub, or was altered; the message says which."""


def release(house: House, name: str, at: int, *, by: str, private: bytes | None = None, flash: bool = False) -> Release:
    """Compile the next release and keep it. Raises NotYet, figures.NoSuch, custody.CustodyError."""
    opening = opened(house, name, private)
    definition = house.library.edition(opening.published).consultation
    if definition.practice:
        raise NotYet(f"{name} is a practice: nothing of it was kept, and nothing can be released")
    if definition.closing is None:
        raise NotYet(f"{name} has no last day: publish a version with `closing` first")
    if flash and not definition.flash_brief:
        raise NotYet(f"{name} has no flash brief: it is declared before launch, with `flash_brief = true`")
    first = definition.closing + timedelta(days=1 if flash else AFTER)
    if date(1970, 1, 1) + timedelta(days=day_of(at)) < first:
        raise NotYet(f"{name} can be released from {first} on: late answers are still on their way")
    before = house.store.read(lambda view: view.releases(name))
    if flash and before:
        raise NotYet(f"{name} has a release already: a flash brief comes before all others")
    number, arrival = len(before) + 1, opening.latest
    given = _given(house, name, day_of(at), definition.questions)
    rules = tightened(house.settings.release_rules)
    document, behind = _compiled(
        house, opening, number, arrival, before[-1] if before else None, given, rules, flash=flash
    )
    text = canonical(document)
    made = Release(name, number, day_of(at), arrival, hashlib.sha256(text.encode()).hexdigest(), text, b"")
    sealed = house.vault.seal(json.dumps(behind, sort_keys=True).encode(), _about(made))
    return house.store.write(partial(_keep, made, sealed, by))


def _keep(made: Release, sealed: bytes, by: str, tx: Tx) -> Release:
    if len(tx.releases(made.consultation)) + 1 != made.number:
        raise NotYet("another release was made just now; look at it first")
    kept = replace(made, sealed=sealed)
    tx.keep_release(kept)
    tx.note(made.day, f"release {made.number} of {made.consultation} {made.sha256[:16]} by {by}")
    return kept


def reproduce(house: House, name: str, number: int, *, private: bytes | None = None) -> tuple[bool, int]:
    """Whether the same facts still give the same bytes, and how many of its people were erased since.

    Raises figures.NoSuch, custody.CustodyError.
    """
    found, before = _found(house, name, number)
    opening = opened(house, name, private)
    then, told = _behind(house, found), json.loads(found.text)
    flash, version = told["kind"] == "flash", told["version"]
    document, now = _compiled(
        house,
        opening,
        number,
        found.arrival,
        before,
        then["given"],
        Rules(**told["rules"]),
        flash=flash,
        version=version,
    )
    erased = sum(max(n - now["people"].get(frame, 0), 0) for frame, n in then["people"].items())
    return canonical(document) == found.text, erased


def _found(house: House, name: str, number: int) -> tuple[Release, Release | None]:
    known = {each.number: each for each in house.store.read(lambda view: view.releases(name))}
    if number not in known:
        raise NoSuch(f"there is no release {number} of {name}; there are: {', '.join(map(str, known)) or 'none yet'}")
    return known[number], known.get(number - 1)


def _behind(house: House, made: Release) -> dict[str, Any]:
    """What lies sealed beside a release: how many people stood behind each frame, and what was known besides."""
    told: dict[str, Any] = json.loads(house.vault.unseal(made.sealed, _about(made)))
    return told


def _given(house: House, name: str, day: int, questions: tuple[Question, ...]) -> dict[str, Any]:
    """What goes into a release besides the facts, as it is now."""
    spent = house.store.read(lambda view: view.spent(name))
    return {
        "coverage": coverage.kept(house, name),
        "themes": themes.kept(house, name, questions),
        "asks": house.store.read(lambda view: keeping.told(keeping.asks(view, name), day)),
        "spent": [
            {"channel": channel, "segments": -(-n // 100) * 100, "money": math.ceil(money / 10) * 10}
            for channel, n, money in spent
        ],  # up to the next round figure: its difference to another release tells of no single message
    }


def canonical(document: Mapping[str, Any]) -> str:
    """The one text of a document."""
    return json.dumps(document, sort_keys=True, ensure_ascii=False, separators=(",", ":"))


# ---- compiled


def _compiled(
    house: House,
    opening: Opening,
    number: int,
    arrival: int,
    before: Release | None,
    given: Mapping[str, Any],
    rules: Rules,
    *,
    flash: bool = False,
    version: int | None = None,
) -> tuple[dict[str, Any], dict[str, Any]]:
    """The document, and what lies sealed beside it. `version`: else the newest."""
    published = _version(house, opening.published, version)
    definition = house.library.edition(published).consultation
    frames = gathered(opening, definition, arrival)
    earlier = _earlier(house, opening, before, definition) if before else None
    made = chapters(definition, frames, rules, earlier, _aims(given["coverage"]), flash=flash)
    coded = {} if flash else given.get("themes", {})
    made = with_themes(made, definition.questions, frames, coded, rules, earlier)
    if "ledger" not in given:
        spent = house.store.read(lambda view: view.spent_on(published.name))
        given = {**given, "ledger": [] if flash else ledger(made, frames, spent)}
    document = {
        "format": FORMAT,
        "kind": "flash" if flash else "release",
        "consultation": published.name,
        "number": number,
        "title": dict(definition.title),
        "languages": list(definition.languages),
        "risk": definition.risk,
        "round": definition.round,
        "version": published.version,
        "definition": published.sha256,
        "wording": wording(definition.questions),
        "compounds": [_plain(each) for each in definition.compounds],
        "window": [definition.opening.strftime("%Y-%m") if definition.opening else "", f"{definition.closing:%Y-%m}"],
        "convenor": dict(definition.convenor),
        "readers": dict(definition.readers),
        "await_native_review": [t.tag for t in house.library.edition(published).tongues if t.lexicon.pending],
        "input": {"arrival": arrival, "sha256": _input(house, published.name, arrival)},
        "before": {"number": before.number, "sha256": before.sha256} if before else None,
        "rules": asdict(rules),
        "code": __version__,
        "coverage": given["coverage"],
        "spent": given["spent"],
        "ledger": given["ledger"],
        "chapters": [in_words(each) for each in made] if flash else made,
        "asks": given["asks"],
    }
    if unchecked := house.store.read(lambda view: view.unchecked(published.name, published.version)):
        document["unchecked"] = list(unchecked)  # left out where there is none: releases from before had no such line
    behind = {"people": {frame: len(each) for frame, each in frames.items()}, "given": given}
    return document, {**behind, "chapters": made} if flash else behind


def _plain(compound: Compound) -> dict[str, Any]:
    when = [[question, list(answers)] for question, answers in compound.when.items()]  # their order tells the sides
    return {"name": compound.name, "label": dict(compound.label), "when": when}


def _aims(given: Mapping[str, Any]) -> Aims:
    wanted = {(each["variable"], each["value"]): int(each["people"]) for each in given["targets"]}
    return Aims(wanted, coverage.margins(given))


def _earlier(house: House, opening: Opening, before: Release, definition: Consultation) -> Earlier:
    frames = gathered(opening, definition, before.arrival)
    behind = _behind(house, before)
    erased = {frame: max(n - len(frames.get(frame, ())), 0) for frame, n in behind["people"].items()}
    told = behind.get("chapters") or json.loads(before.text)["chapters"]
    return Earlier(told, frames, erased, behind["given"].get("themes", {}))


def _input(house: House, name: str, arrival: int) -> str:
    """A digest of which facts went in, by their origin: it names nobody and opens nothing."""
    digest = hashlib.sha256()
    origins = iter(house.store.read(lambda view: view.origins(name, arrival)))
    while some := list(islice(origins, 10_000)):
        digest.update(json.dumps(some).encode())
    return digest.hexdigest()


def _version(house: House, newest: Published, version: int | None) -> Published:
    if version in (None, newest.version):
        return newest
    editions = house.store.read(lambda view: view.editions())
    return next(each for each in editions if (each.name, each.version) == (newest.name, version))


def wording(questions: Sequence[Question]) -> list[dict[str, Any]]:
    """Each question as it was sent: per language, and where a channel had its own."""
    return [
        {
            "name": question.name,
            "label": dict(question.label),
            "variants": {medium: dict(texts) for medium, texts in question.variants.items()},
            "choices": {option.name: dict(option.label) for option in question.choices},
            "segment": question.segment,
        }
        for question in questions
    ]


def _about(made: Release) -> bytes:
    return f"release|{made.consultation}|{made.number}|{made.sha256}".encode()


# ---- signed


def public_key(house: House) -> str:
    """What verifies this hub's releases (Ed25519, hex)."""
    return bytes(signing(house).verify_key).hex()


def signing(house: House) -> SigningKey:
    """With which this hub signs what leaves it for everybody to read: releases, templates."""
    from nacl.signing import SigningKey

    return SigningKey(house.vault.secret(_PURPOSE))


def pack(house: House, name: str, number: int) -> str:
    """The evidence pack, one JSON file: release, hash, the hub's key and signature. Raises figures.NoSuch."""
    found, _ = _found(house, name, number)
    signature = signing(house).sign(found.text.encode()).signature.hex()
    told = {"release": found.text, "sha256": found.sha256, "key": public_key(house), "signature": signature}
    return json.dumps(told, ensure_ascii=False, indent=1)


def verify(packed: str, key: str) -> dict[str, Any]:
    """The document of an evidence pack. `key`: the hub's, as it was given by another way. Raises Forged."""
    from nacl.exceptions import BadSignatureError
    from nacl.signing import VerifyKey

    try:
        told = json.loads(packed)
        text, signature = told["release"], bytes.fromhex(told["signature"])
        verifying = VerifyKey(bytes.fromhex(key))
    except (ValueError, KeyError, TypeError, RecursionError):
        raise Forged("this is no evidence pack, or the key is not 64 hexadecimal digits") from None
    if hashlib.sha256(text.encode()).hexdigest() != told.get("sha256"):
        raise Forged("its hash is not that of its release: it was altered")
    try:
        verifying.verify(text.encode(), signature)
    except (BadSignatureError, ValueError, TypeError):
        raise Forged("its signature is not this hub's: it was altered, or comes from another") from None
    document: dict[str, Any] = json.loads(text)
    return document
