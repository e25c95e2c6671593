"""The words themselves: nothing that gives her away, consent that says 18+, keywords that are neutral and hers to type.

Rule 1: what reaches a phone never names the topic (R1, D5, D7); at elevated risk that is an error.
Rule 2: nothing she is asked holds a link or a telephone number.
Rule 3: her own experience of violence is never asked by message where the risk is elevated (D6).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from unicodedata import digit

from consult.checks.sensitive import Lists, found
from consult.checks.surroundings import Level, fault, said
from consult.consultation import Consultation, Fault, Risk
from consult.understand import Lexicon, reserved
from consult.understand.lexicons import spelled

ADULT = "18"
# An address: with its protocol, or in small letters under a domain that is no word; a mail's has one after its @.
_LINK = re.compile(
    r"(?i:\bhttps?://|\bwww\.\w)|\w@\w[\w-]*\.\w|\b[a-z0-9-]{2,}\.(?:com|org|net|info|int|africa|co\.[a-z]{2})\b"
    r"|\b[a-z0-9-]{2,}\.(?:[a-z]{2}|app|link)/"
)
# Seven digits or more that begin as numbers are dialled; no year, date or sum does. Or eight without a sign.
_DIALLED = re.compile(r"(?<!\d)(?:\+|00?)(?:[ \u00a0().\u2010-\u2015-]{0,2}\d){6,}|(?<![\d.,])\d{8,}")
_SHORTEST, _LONGEST = 3, 16  # letters of a keyword


def check(consultation: Consultation, lexicons: Mapping[str, Lexicon], listed: Mapping[str, Lists]) -> Iterator[Fault]:
    level: Level = "error" if consultation.risk is Risk.ELEVATED else "warning"
    yield from _unlisted(consultation, listed)
    yield from _sensitive(consultation, listed, level)
    yield from _experience(consultation, listed, level)
    yield from _title(consultation)
    yield from _ways_out(consultation)
    yield from _consent(consultation)
    for tag, word in consultation.keyword.items():
        if tag in consultation.languages:
            yield from _keyword(consultation, tag, word, lexicons, listed)
    yield from _shared_keywords(consultation)


def _unlisted(consultation: Consultation, listed: Mapping[str, Lists]) -> Iterator[Fault]:
    for tag in consultation.languages:
        if tag not in listed:
            cure = "have someone who lives there read every text as a stranger would"
            yield fault("note", "languages", f"there is no list of sensitive words in {tag}", cure)


def _sensitive(consultation: Consultation, listed: Mapping[str, Lists], level: Level) -> Iterator[Fault]:
    for where, tag, words in said(consultation):
        if tag in listed and (hits := found(listed[tag].words, words)):
            cure = "say it in neutral words: everyday life, the area, getting about"
            yield fault(level, where, f"shows {', '.join(hits[:5])} on her phone", cure, tag)


def _experience(consultation: Consultation, listed: Mapping[str, Lists], level: Level) -> Iterator[Fault]:
    for where, tag, words in said(consultation, asks=True):
        if tag in listed and (hits := found(listed[tag].experience, words)):
            what = f"seems to ask what was done to herself ({', '.join(hits[:3])})"
            yield fault(level, where, what, "ask about the area, not about her", tag)


def _title(consultation: Consultation) -> Iterator[Fault]:
    titles = {tag: spelled(title) for tag, title in consultation.title.items()}
    for where, tag, words in said(consultation):
        title = titles.get(tag)
        if title and f" {title} " in f" {spelled(words)} ":
            cure = "word it without the title, which is never sent"
            yield fault("error", where, "holds the consultation's title", cure, tag)


def _ways_out(consultation: Consultation) -> Iterator[Fault]:
    """An address or a telephone number in a question is a trap to some readers and a trace to others."""
    for where, tag, words in said(consultation):
        if _LINK.search(words):
            cure = "leave it out: her phone has no data, links look like fraud, and following one leaves a trace"
            yield fault("error", where, "holds an address of the internet", cure, tag)
    for where, tag, words in said(consultation, asks=True):
        if _DIALLED.search("".join(str(digit(char, char)) for char in words)):
            cure = "leave it out: the only number she needs is the referral line, and the consent and GUIDE tell it"
            yield fault("error", where, "holds what looks like a telephone number", cure, tag)


def _consent(consultation: Consultation) -> Iterator[Fault]:
    for tag, text in consultation.consent.items():
        plain = "".join(str(digit(char, char)) for char in text)
        if tag in consultation.languages and ADULT not in plain:
            yield fault("error", "consent", "does not say adults only", "say that it is for those of 18 or more", tag)


def _keyword(
    consultation: Consultation, tag: str, word: str, lexicons: Mapping[str, Lexicon], listed: Mapping[str, Lists]
) -> Iterator[Fault]:
    plain, cure = spelled(word), "choose a plain thing of every day, such as RIVER"
    if " " in plain or not plain.isalpha() or not _SHORTEST <= len(plain) <= _LONGEST:
        what = f"must be one word of {_SHORTEST} to {_LONGEST} letters"
        yield fault("error", "keyword", what, cure, tag)
    if why := reserved(word, lexicons.values()):
        yield fault("error", "keyword", f"{word!r} {why}", cure, tag)
    if tag in listed and found(listed[tag].words, word):
        yield fault("error", "keyword", f"{word!r} is a sensitive word", cure, tag)
    if plain in {part for title in consultation.title.values() for part in spelled(title).split()}:
        yield fault("error", "keyword", f"{word!r} is a word of the title", cure, tag)
    if plain in {spelled(label) for q in consultation.questions for o in q.choices for label in o.label.values()}:
        yield fault("error", "keyword", f"{word!r} is also the label of a choice", cure, tag)


def _shared_keywords(consultation: Consultation) -> Iterator[Fault]:
    seen: dict[str, str] = {}
    for tag, word in consultation.keyword.items():
        other = seen.setdefault(spelled(word), tag)
        if other != tag:
            what = f"{word!r} is the word of {other} and of {tag}, so it does not tell the language"
            yield fault("warning", "keyword", what, "use a word per language where you can")
