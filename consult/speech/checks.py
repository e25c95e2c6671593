"""What is wrong with a consultation as a call: lines nobody recorded, and calls nobody has the time for.

Only asked where the definition says `voice`. `voice = "recorded"` refuses a language with gaps, `voice = "drafts"`
accepts what a machine reads in their place.

How long a call takes is the length of its takes, and of what is not recorded the time espeak-ng took for 400 of our
sentences: 11 letters a second, 7.5 in Arabic script, which leaves out vowels. To that comes her time: 4 s for a key, 6
for a number, 20 for her own words.

Rule 1: every gap is named, with the language at fault, so that the other languages go ahead (D25).
Rule 2: a call above three minutes is warned of, one above five is refused without a reason (`long_call`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from consult.consultation import Consultation, Fault
from consult.edition import Edition
from consult.prompts import Number, Pick, Prompt, Tell, Words
from consult.speech.script import Item, Line, Speeches, call, lines
from consult.speech.shelf import Shelf, Speech
from consult.wording import UnknownLocale, locale

TOLD, REFUSED = 180, 300  # seconds of a call
PAUSE = 0.3  # seconds between two lines
# Letters a second of unhurried speech: espeak-ng at 150 words a minute on the examples' calls. It has no ha and no ckb:
# they were read by the voices of sw and, in Latin letters, of ku.
_LETTERS = {"en": 11.0, "fr": 13.3, "es": 11.0, "sw": 8.4, "ar": 7.0, "ckb": 10.4, "ha": 8.4, "pcm": 10.7}
_OTHER = 9.0
_RECORD = "record it (consult prompts record-sheet) and import it (consult prompts import)"


def check(edition: Edition, speakers: Mapping[str, Speeches], shelf: Shelf) -> Iterator[Fault]:
    """Every fault of these words as calls, language by language; none where the consultation is not for voice."""
    consultation = edition.consultation
    if not consultation.voice or not speakers:
        return
    yield from _dialects(consultation)
    for line in lines(edition, speakers):
        yield from _gap(consultation, line, shelf)
    for place, tag in enumerate(consultation.languages):
        yield _length(consultation, tag, seconds(edition, place, speakers, shelf))


def seconds(edition: Edition, place: int, speakers: Mapping[str, Speeches], shelf: Shelf) -> float:
    """A whole call in this language, by the channel that takes longest."""
    return lasting(list(call(edition, place)), edition.consultation.dialect, speakers, shelf)


def lasting(
    items: Sequence[Item], dialects: Mapping[str, str], speakers: Mapping[str, Speeches], shelf: Shelf
) -> float:
    """How many seconds these turns of a call take, by the channel that takes longest."""
    hers = sum(_answering(prompt) for _, _, prompts in items for prompt in prompts)
    ours = (_saying((speech for _, speech, _ in each(items)), shelf, dialects) for each in speakers.values())
    return hers + max(ours, default=0.0)


def _saying(speeches: Iterable[Speech], shelf: Shelf, dialects: Mapping[str, str]) -> float:
    return sum(PAUSE + _heard(speech, shelf, dialects) for speech in speeches)


def _heard(speech: Speech, shelf: Shelf, dialects: Mapping[str, str]) -> float:
    take = shelf.take(speech, dialects.get(speech.locale, ""))
    return take.ms / 1000 if take else len(speech.text) / _LETTERS.get(speech.locale, _OTHER)


def _answering(prompt: Prompt) -> float:
    match prompt:
        case Tell():
            return 0.0
        case Pick():
            return 4.0
        case Number():
            return 6.0
        case Words():
            return 20.0


def _gap(consultation: Consultation, line: Line, shelf: Shelf) -> Iterator[Fault]:
    tag = line.speech.locale
    take = shelf.take(line.speech, consultation.dialect.get(tag, ""))
    what = f'"{_begin(line.speech.text)}" ({line.code})'
    where = f"{line.where}, {tag}"
    if take is None:
        cure = _RECORD if consultation.voice == "recorded" else f"{_RECORD}, or have it read: consult prompts draft"
        yield Fault("error", where, f"{what} has no audio", cure, tag)
    elif take.made == "drafted":
        read = f"{what} is read by a machine"
        if consultation.voice == "drafts":
            yield Fault("warning", where, read, _RECORD, tag)
        else:
            yield Fault("error", where, read, f'{_RECORD}; or accept drafts: voice = "drafts"', tag)


def _length(consultation: Consultation, tag: str, took: float) -> Fault:
    minutes = f"a whole call takes about {int(took) // 60}:{int(took) % 60:02}"
    if took <= TOLD:
        return Fault("note", f"voice, {tag}", minutes, "hear it before anyone is called", tag)
    cure = "ask fewer questions, or say less in each"
    if took <= REFUSED or consultation.long_call:
        return Fault("warning", f"voice, {tag}", f"{minutes}; most hang up after three minutes", cure, tag)
    cure += ', or say why it must be so long: long_call = "..."'
    return Fault("error", f"voice, {tag}", f"{minutes}; five at most are accepted", cure, tag)


def _dialects(consultation: Consultation) -> Iterator[Fault]:
    for tag, dialect in consultation.dialect.items():
        if tag not in consultation.languages:
            yield Fault("warning", "dialect", f"{tag} is not a language of it", "remove it, or add it to languages")
        elif _language(dialect) != tag:
            cure = f'write the language and the country, such as {tag} = "{tag}-SD"'
            yield Fault("error", "dialect", f"{dialect} is no dialect of {tag}", cure, tag)


def _language(dialect: str) -> str:
    try:
        return locale(dialect).tag
    except UnknownLocale:
        return ""


def _begin(text: str) -> str:
    return text if len(text) <= 40 else f"{text[:40]}..."
