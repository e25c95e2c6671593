"""An edition: one published version of a consultation, compiled for conducting.

Everything a turn needs is looked up here and nothing is computed twice: prompts per question, language and choice
order, the lexicon of each language, skip rules as closures, every system sentence in her words.

Rule 1: pure. Catalogues and lexicons come in as packs; nothing is opened here.
Rule 2: an edition is shared between threads. Its mutable parts are memos: a race only computes twice.
Rule 3: with `spelling = "plain"` every text passes through the language's plain table, the system's and the author's.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol, TypeVar

from consult import phrases, relevance, spoken_phrases
from consult.consultation import Consultation, Question, Risk
from consult.events import Value
from consult.prompts import Choice, Pick, Prompt, Tell, Words
from consult.questions import TYPES, QuestionType
from consult.understand import Command, Lexicon, PickTable, table

P = TypeVar("P", bound=Prompt)
_ENDS = (phrases.end, spoken_phrases.end)
Condition = Callable[[Callable[[str], Value | None], Value | None], bool]


class Say(Protocol):
    """A catalogue: `say("whole sentence {named}", named=...)` in one language."""

    def __call__(self, message: str, /, **values: object) -> str: ...

    def many(self, one: str, other: str, n: int, /, **values: object) -> str: ...


class Pack(Protocol):
    """What a language brings."""

    @property
    def tag(self) -> str: ...
    @property
    def say(self) -> Any: ...
    @property
    def lexicon(self) -> Lexicon: ...


class Unspoken(Exception):
    """A language of the consultation is not installed here."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A question, compiled. `number` counts from 1 among those that ask; `codes` in definition order."""

    index: int
    number: int
    definition: Question
    type: QuestionType
    codes: tuple[str, ...]
    relevant: Condition | None
    constraint: Condition | None


@dataclass(frozen=True, slots=True)
class Put:
    """A question as put to her: the prompt, the exact replies it takes, and the codes in the order she saw."""

    prompt: Prompt
    table: PickTable | None
    order: tuple[str, ...]
    wording: str  # "label", a channel's variant, or "bare"
    known: dict[str, Value] = field(default_factory=dict, compare=False, repr=False)  # keys she may send -> her answer


@dataclass(frozen=True, slots=True)
class Tongue:
    """One language of an edition: its lexicon and every system prompt, ready."""

    tag: str
    say: Any
    lexicon: Lexicon
    invite: Prompt
    consent: tuple[Prompt, ...]
    consent_hash: str
    own_word: Prompt
    escapes: Prompt
    news: Prompt
    doubts: tuple[Prompt, Prompt]  # stop, erase
    end: Prompt
    declined: Prompt
    later: Prompt
    stopped: Prompt
    erased: Prompt
    cover: Prompt
    help: Prompt
    tables: Mapping[str, PickTable]  # "invite", "yes_no"


@dataclass(frozen=True, slots=True, repr=False)
class Edition:
    """See the module's head. `tongues` stand in the order of the consultation's languages."""

    consultation: Consultation
    version: int
    questions: tuple[Asked, ...]
    index: Mapping[str, int]
    tongues: tuple[Tongue, ...]
    menu: Prompt
    menu_table: PickTable
    elevated: bool
    ends: Mapping[str, Command]  # the words for STOP and ERASE in every language of the consultation, spelled
    conditional: bool  # whether any question has a skip rule
    airs: bool  # whether any question's words may be read on the air
    # Memos are of this edition alone: one that is made of it with something else begins with none.
    memo: dict[tuple[int, int, int, str], Put] = field(init=False, default_factory=dict, compare=False, repr=False)
    packed: dict[tuple[int, type, object], bytes] = field(init=False, default_factory=dict, compare=False, repr=False)
    unpacked: dict[bytes, tuple[Any, ...]] = field(init=False, default_factory=dict, compare=False, repr=False)

    def __repr__(self) -> str:
        return f"Edition({self.consultation.name} {self.version})"

    def locale(self, tag: str) -> int | None:
        """The index of a language of this consultation, or None."""
        languages = self.consultation.languages
        return languages.index(tag) if tag in languages else None

    def put(self, question: int, locale: int, seed: int, channel: str) -> Put:
        """The question as this woman gets it on this channel."""
        asked = self.questions[question]
        turns = asked.definition.order == "rotated" and len(asked.codes) > 1
        turn = (seed + question) % len(asked.codes) if turns else 0
        key = (question, locale, turn, channel)
        found = self.memo.get(key)
        if found is None:
            found = self.memo[key] = self._put(asked, self.tongues[locale], turn, channel)
        return found

    def _put(self, asked: Asked, tongue: Tongue, turn: int, channel: str) -> Put:
        order = asked.codes[turn:] + asked.codes[:turn]
        type_, question = asked.type, asked.definition
        full = type_.ask(question, tongue.tag, order, tongue.say)
        bare = type_.bare(question, asked.number, order, tongue.tag, tongue.say) if self.elevated else full
        prompt = _spelled(bare, self.consultation, tongue.lexicon)
        wording = "bare" if prompt.bare else channel if channel in prompt.variants else "label"
        # Labels stay words she may answer with, also where only codes are shown.
        takes = table(full.choices, tongue.lexicon) if isinstance(full, Pick) else None
        return Put(prompt, takes, order, wording)


def compile_edition(consultation: Consultation, version: int, packs: Mapping[str, Pack]) -> Edition:
    """An edition of a checked consultation. Raises Unspoken for a language without a pack."""
    missing = [tag for tag in consultation.languages if tag not in packs]
    if missing:
        raise Unspoken(f"no language pack for {', '.join(missing)}; installed: {', '.join(sorted(packs))}")
    questions = _compile_questions(consultation.questions)
    first = packs[consultation.languages[0]]
    menu = _menu(consultation, packs)
    return Edition(
        consultation=consultation,
        version=version,
        questions=questions,
        index={asked.definition.name: asked.index for asked in questions},
        tongues=tuple(_tongue(consultation, packs[tag]) for tag in consultation.languages),
        menu=menu,
        menu_table=table(menu.choices, first.lexicon),
        elevated=consultation.risk is Risk.ELEVATED,
        conditional=any(asked.relevant for asked in questions),
        airs=any(question.on_air for question in consultation.questions),
        ends=_ends(pack.lexicon for pack in (packs[tag] for tag in consultation.languages)),
    )


def spoken(edition: Edition) -> Iterator[tuple[str, str, tuple[Prompt, ...]]]:
    """Everything the edition can say: (where, language, the prompts of one turn), for the channels' checks."""
    for locale, tongue in enumerate(edition.tongues):
        yield "invitation", tongue.tag, (tongue.invite,)
        yield "consent", tongue.tag, tongue.consent
        yield "help", tongue.tag, (tongue.help,)
        for last in (tongue.own_word, tongue.news, tongue.end, tongue.declined, tongue.later, tongue.stopped):
            yield last.name, tongue.tag, (last,)
        lead: tuple[Prompt, ...] = (tongue.escapes,)
        for asked in edition.questions:
            lead += (edition.put(asked.index, locale, 0, "").prompt,)
            if not asked.type.asks:
                continue
            where = f"line {asked.definition.line}, question {asked.definition.name}"
            yield where, tongue.tag, lead
            lead = ()
            if refusal := asked.definition.constraint_message.get(tongue.tag):
                yield where, tongue.tag, (Tell(name="constraint", text=refusal, locale=tongue.tag),)


def plain_spellings(packs: Mapping[str, Pack], languages: Sequence[str]) -> dict[str, dict[str, str]]:
    """Language -> character -> its plain spelling, for those that offer one."""
    found = {tag: packs[tag].lexicon.plain for tag in languages if tag in packs}
    return {tag: {chr(code): plain for code, plain in table.items()} for tag, table in found.items()}


def _compile_questions(questions: Sequence[Question]) -> tuple[Asked, ...]:
    compiled: list[Asked] = []
    number = 0
    for index, question in enumerate(questions):
        kind = TYPES[question.type]
        number += kind.asks
        compiled.append(
            Asked(
                index=index,
                number=number,
                definition=question,
                type=kind,
                codes=tuple(option.name for option in question.choices),
                relevant=_condition(question.relevant),
                constraint=_condition(question.constraint),
            )
        )
    return tuple(compiled)


def _condition(text: str) -> Condition | None:
    return relevance.compile(relevance.parse(text)) if text else None


def _ends(lexicons: Iterable[Lexicon]) -> dict[str, Command]:
    """She was told these words in the language of her consent; they hold in every language she goes on in."""
    both = (Command.STOP, Command.ERASE)
    return {word: order for lexicon in lexicons for word, order in lexicon.commands.items() if order in both}


def _menu(consultation: Consultation, packs: Mapping[str, Pack]) -> Pick:
    """Each language names itself; the lead line is said in the first language only, the names explain the rest."""
    first = packs[consultation.languages[0]]
    names = (packs[tag].lexicon.name for tag in consultation.languages)
    choices = tuple(
        Choice(str(n), tag, name) for n, (tag, name) in enumerate(zip(consultation.languages, names, strict=True), 1)
    )
    return Pick(name="language", text=phrases.choose_language(first.say), locale=first.tag, choices=choices)


def _tongue(consultation: Consultation, pack: Pack) -> Tongue:
    say, lexicon, tag = pack.say, pack.lexicon, pack.tag
    yes_no = _yes_no(phrases.label_agree(say), phrases.label_disagree(say))

    def tell(name: str, text: str, spoken: str = "", *, leads: bool = False) -> Prompt:
        return _spelled(Tell(name=name, text=text, locale=tag, spoken=spoken, leads=leads), consultation, lexicon)

    def pick(name: str, text: str, choices: tuple[Choice, ...], spoken: str = "", *, bare: bool = True) -> Prompt:
        prompt = Pick(name=name, text=text, locale=tag, choices=choices, spoken=spoken, bare=bare)
        return _spelled(prompt, consultation, lexicon)

    invite = (
        Choice("1", "now", phrases.label_now(say)),
        Choice("2", "later", phrases.label_later(say)),
        Choice("3", "no", phrases.label_no(say)),
    )
    line = consultation.referral.get(tag, "")
    stop, erase, back = lexicon.told["stop"], lexicon.told["erase"], lexicon.told["back"]
    own_number = spoken_phrases.ask_own_number(say)
    own_word = Words(name="own_word", text=phrases.ask_own_word(say), locale=tag, spoken=own_number, limit=40)
    said = _practice(pack) if consultation.practice else _consent(consultation, pack)
    end, ended = (phrases.practised, spoken_phrases.practised) if consultation.practice else _ENDS
    return Tongue(
        tag=tag,
        say=say,
        lexicon=lexicon,
        invite=pick("invite", phrases.invite(say, consultation.free), invite, spoken_phrases.invite(say)),
        consent=(
            *(tell("consent_who", who) for who in said[:-2]),
            pick("consent", said[-2], yes_no, said[-1]),
        ),
        consent_hash=hashlib.sha256("\n".join(said).encode()).hexdigest()[:16],
        own_word=_spelled(own_word, consultation, lexicon),
        escapes=tell("escapes", phrases.escapes(say), spoken_phrases.escapes(say), leads=True),
        news=pick("news", phrases.ask_news(say), yes_no, spoken_phrases.ask_news(say), bare=False),
        doubts=(
            pick("stop?", phrases.again_stop(say), yes_no, spoken_phrases.again_stop(say)),
            pick("erase?", phrases.again_erase(say), yes_no, spoken_phrases.again_erase(say)),
        ),
        end=tell("end", end(say), ended(say)),
        declined=tell("declined", phrases.declined(say), spoken_phrases.declined(say)),
        later=tell("later", phrases.later(say), spoken_phrases.later(say)),
        stopped=tell("stopped", phrases.stopped(say), spoken_phrases.stopped(say)),
        erased=tell("erased", phrases.erased(say), spoken_phrases.erased(say)),
        cover=tell("cover", phrases.stranger(say), spoken_phrases.stranger(say)),
        help=tell(
            "help",
            phrases.help(say, line=line, back=back, stop=stop, erase=erase),
            spoken_phrases.help(say, line=line),
        ),
        tables={"invite": table(invite, lexicon), "yes_no": table(yes_no, lexicon)},
    )


def _yes_no(yes: str, no: str) -> tuple[Choice, Choice]:
    return (Choice("1", "yes", yes), Choice("2", "no", no))


def _consent(consultation: Consultation, pack: Pack) -> tuple[str, ...]:
    """Two messages: who asks and for whom (the author may word it), and the terms (nobody may), these also as heard."""
    tag, say = pack.tag, pack.say
    asking = sum(TYPES[question.type].asks for question in consultation.questions)
    who = consultation.consent.get(tag) or phrases.consent_who(
        say, who=consultation.convenor[tag], n=asking, readers=consultation.readers[tag]
    )
    terms = phrases.consent_terms(
        say, line=consultation.referral[tag], stop=pack.lexicon.told["stop"], erase=pack.lexicon.told["erase"]
    )
    return who, terms, spoken_phrases.consent_terms(say, line=consultation.referral[tag])


def _practice(pack: Pack) -> tuple[str, ...]:
    """One message, and as heard: a practice asks for nothing that is kept."""
    return phrases.practice(pack.say, stop=pack.lexicon.told["stop"]), spoken_phrases.practice(pack.say)


def _spelled(prompt: P, consultation: Consultation, lexicon: Lexicon) -> P:
    """The prompt in the language's plain spelling, where the consultation asks for it."""
    if consultation.spelling != "plain" or not lexicon.plain:
        return prompt
    plain = lexicon.plain
    changes: dict[str, Any] = {
        "text": prompt.text.translate(plain),
        "hint": prompt.hint.translate(plain),
        "variants": {channel: text.translate(plain) for channel, text in prompt.variants.items()},
    }
    if isinstance(prompt, Pick):
        changes["choices"] = tuple(replace(choice, label=choice.label.translate(plain)) for choice in prompt.choices)
    return replace(prompt, **changes)
