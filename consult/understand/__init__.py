"""A reply in her language, script and habits -> a value, or a precise reason why not.

`command` first, then `pick`, `picks`, `number` or `words`, then `escape`. All pure: the word lists come in as a
`Lexicon`, made once per language from locales/<lang>/words.toml; a `PickTable`, made once per question and language,
makes the common reply one look-up. Nothing here raises on what someone said, keeps it, or gives a value outside the
question.
"""

from consult.understand.answers import PickTable, Unclear, Why, number, pick, picks, table, words
from consult.understand.commands import ESCAPE_DIGITS, command, escape, skips
from consult.understand.lexicons import CARRIERS, BadWords, Command, Lexicon, lexicon, spelled
from consult.understand.reserved import reserved
from consult.understand.spelling import normalise, skeleton

__all__ = [
    "CARRIERS",
    "ESCAPE_DIGITS",
    "BadWords",
    "Command",
    "Lexicon",
    "PickTable",
    "Unclear",
    "Why",
    "command",
    "escape",
    "lexicon",
    "normalise",
    "number",
    "pick",
    "picks",
    "reserved",
    "skeleton",
    "skips",
    "spelled",
    "table",
    "words",
]
