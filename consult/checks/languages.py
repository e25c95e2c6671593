"""Every language complete, installed, and said to be a draft where it is one (D25: publishing blocks per language)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from consult.checks.surroundings import Pack, fault, sayings
from consult.consultation import Consultation, Fault


def check(consultation: Consultation, packs: Mapping[str, Pack]) -> Iterator[Fault]:
    yield from _installed(consultation, packs)
    for saying in sayings(consultation):
        missing = [tag for tag in consultation.languages if tag not in saying.texts]
        if saying.owed:
            for tag in missing:
                yield fault("error", saying.where, "has no text in this language", f'write {tag} = "..."', tag)
        elif saying.where == "keyword" and saying.texts and missing:
            cure = "give each language a word of its own"
            yield fault("warning", "keyword", f"cannot be texted in {', '.join(missing)}", cure)
        if extra := sorted(set(saying.texts) - set(consultation.languages)):
            cure = "add it to languages, or remove the text"
            yield fault("warning", saying.where, f"has text in {', '.join(extra)[:60]}, which is not used", cure)


def _installed(consultation: Consultation, packs: Mapping[str, Pack]) -> Iterator[Fault]:
    for tag in consultation.languages:
        if tag not in packs:
            what = f"language {tag} is not installed; installed: {', '.join(sorted(packs)) or 'none'}"
            yield Fault("error", "languages", what, f"add locales/{tag}, or take {tag} out of languages", tag)
        elif packs[tag].lexicon.pending:
            cure = "have native speakers read what she will read, and what she may reply, before launch"
            yield Fault("note", "languages", f"the system's words in {tag} await native review", cure, tag)
