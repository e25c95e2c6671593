"""What is wrong with a consultation's prompts as text messages, before anyone pays for them.

Rule 1: more than four segments is refused, more than two draws a warning: telephones of her kind show long messages in
    pieces, and networks lose pieces.
Rule 2: consent is two messages at most; a longer one is not read, and what is not read is not agreed to.
Rule 3: a character that forces Unicode is named, with what a plain spelling would save, whenever it would save.
Rule 4: the same fault is told once.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from unicodedata import combining, name, normalize

from channels.sms.render import render
from channels.sms.segments import cost, plain
from channels.writing.alphabets import GSM7, UCS2
from consult.channel import Cost
from consult.consultation import Fault
from consult.prompts import Prompt

Item = tuple[str, str, Sequence[Prompt]]  # where ("line 12, question roads"), locale, the prompts shown in one turn
Spellings = Mapping[str, Mapping[str, str]]  # locale -> its plain spellings: {"ƙ": "k"}

TOLD, REFUSED = 2, 4  # segments that may not be exceeded without a warning, and at all
CONSENT = 2  # messages


def check_messages(items: Iterable[Item], spellings: Spellings | None = None) -> Iterator[Fault]:
    """Faults of these prompts, in order. Where `spellings` has no plain letters of a language, accents are dropped."""
    seen: set[Fault] = set()
    for where, locale, prompts in items:
        table = (spellings or {}).get(locale)
        for fault in _faults(f"{where}, {locale}", prompts, table):
            if fault not in seen:
                seen.add(fault)
                yield replace(fault, language=locale)


def _faults(where: str, prompts: Sequence[Prompt], table: Mapping[str, str] | None) -> Iterator[Fault]:
    messages = render(prompts)
    if len(messages) > CONSENT and any(prompt.name == "consent" for prompt in prompts):
        what = f"the consent takes {len(messages)} text messages; {CONSENT} at most are read"
        yield Fault("error", where, what, "say it in two messages; the rest can follow when she asks")
    for text in messages:
        fault = _too_long(where, text, table) or _dear(where, text, table)
        if fault:
            yield fault


def _too_long(where: str, text: str, table: Mapping[str, str] | None) -> Fault | None:
    price = cost(text)
    if price.segments <= TOLD:
        return None
    refused = price.segments > REFUSED
    limit = f"at most {REFUSED} are accepted" if refused else f"more than {TOLD} are often not read"
    what = f'"{_begin(text)}" takes {price.segments} segments in {price.encoding}, {limit}{_because(price)}'
    cure = _saving(text, price, table) or "say it in fewer words, or give a shorter text for sms"
    return Fault("error" if refused else "warning", where, what, cure)


def _dear(where: str, text: str, table: Mapping[str, str] | None) -> Fault | None:
    """A note where a plain spelling would be cheaper, though the message is short enough."""
    price = cost(text)
    saving = _saving(text, price, table)
    if not saving:
        return None
    return Fault("note", where, f'"{_begin(text)}" takes {price.segments} segments{_because(price)}', saving)


def _because(price: Cost) -> str:
    if price.encoding != UCS2:
        return ""
    sign = price.culprit
    return f"; the first character that forces Unicode is {sign} (U+{ord(sign):04X} {name(sign, 'without a name')})"


def _saving(text: str, price: Cost, table: Mapping[str, str] | None) -> str:
    plainer = cost(plain(text, _unaccented(text) if table is None else table))
    if price.encoding != UCS2 or plainer.encoding != GSM7 or plainer.segments >= price.segments:
        return ""
    return f"in a plain spelling, where her readers accept it, it takes {plainer.segments} instead of {price.segments}"


def _unaccented(text: str) -> dict[str, str]:
    """Each letter without its marks: what remains may be another word, so a person decides."""
    bare = {letter: "".join(part for part in normalize("NFD", letter) if not combining(part)) for letter in set(text)}
    return {letter: simple for letter, simple in bare.items() if simple != letter and cost(letter).encoding == UCS2}


def _begin(text: str) -> str:
    first = text.split("\n", 1)[0]
    return first if len(first) <= 40 else f"{first[:40]}..."
