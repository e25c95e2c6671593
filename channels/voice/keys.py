"""What the keys of a telephone mean: pure.

0       a short menu: 1 help, 2 not sure, 3 not clear, 4 rather not say, 5 another person on this phone,
        6 another language, 7 stop, 8 delete everything, 9 the question again, 0 an early warning
9       the question again
*       back; * and four or more digits: her own number, which at elevated risk ends the conversation
#       ends what has more than one key; alone, it goes on to the next choices
While she speaks, 0, 9 and * do the same, and what she said is let go; any other key ends it.

Rule 1: a key that can be an answer is the answer. Where 0 or 9 can, *0 and *9 do what they do elsewhere.
Rule 2: a choice keeps its key on whichever page it is said, and can be pressed before it is said.
Rule 3: a line on which nothing was pressed four times in a row is given up: a pocket rang us, or a machine.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from channels.voice.saying import pages
from consult.channel import HungUp, Keys, Line, Recording, Said, Silence, Text, Wish
from consult.prompts import Number, Pick, Prompt, Words

MENU, STAR = "menu", "star"
LONGEST = 300  # answers in one call
MOST_SILENT = 4
OWN = 4  # digits her own number has at least
_WISHES = {
    "1": Wish.HELP,
    "2": Wish.NOT_SURE,
    "3": Wish.NOT_UNDERSTOOD,
    "4": Wish.PREFER_NOT,
    "5": Wish.VOICE,
    "6": Wish.LANGUAGE,
    "7": Wish.STOP,
    "8": Wish.ERASE,
    "0": Wish.ALERT,
}
_WRONG = Text("-")  # no answer to anything

Meant = tuple[Said | Wish | None, Line]


def meant(said: Said, asked: Sequence[Prompt], line: Line) -> Meant:
    """What she means; None: the call goes on by itself, as the line given back says."""
    if line.turn >= LONGEST or not asked or isinstance(said, HungUp):
        return HungUp(), line
    if isinstance(said, Recording):
        return _spoke(said, asked[-1], replace(line, mode="", silent=line.silent if said.seconds == 0 else 0, page=0))
    keys = said.keys if isinstance(said, Keys) else ""
    now = replace(line, mode="", silent=0, page=0)
    if not keys:
        return _silence(asked[-1], line)
    if line.mode == MENU:
        return _WISHES.get(keys), now
    if line.mode == STAR:
        return _after_star(keys.removeprefix("*").rstrip("#"), now)
    return _pressed(asked[-1], keys, now)


def one_key(prompt: Prompt) -> bool:
    """Whether a single key answers it, so that no # is waited for."""
    match prompt:
        case Pick():
            return prompt.most == 1 and not prompt.ranked
        case Number(low=low, high=high):
            return not prompt.bare and high is not None and high <= 9 and low is not None and low >= 0
        case _:
            return False


def spoken(prompt: Prompt) -> bool:
    """Whether it is answered aloud."""
    return isinstance(prompt, Words) and prompt.name != "own_word"


def _spoke(said: Recording, prompt: Prompt, line: Line) -> Meant:
    if said.seconds == 0 and said.key in ("", "#"):
        return _silence(prompt, line)
    match said.key:
        case "0":
            return None, replace(line, mode=MENU)
        case "9":
            return None, line
        case "*":
            return None, replace(line, mode=STAR)
        case _:
            return (said if spoken(prompt) else _WRONG), line


def _silence(prompt: Prompt, line: Line) -> Meant:
    """Nothing pressed. After a star alone that means back; else the next choices, then it counts as a failure."""
    if line.mode == STAR:
        return Wish.BACK, replace(line, mode="", silent=0, page=0)
    if line.mode == "" and line.page + 1 < len(pages(prompt)):
        return None, replace(line, page=line.page + 1)
    line = replace(line, silent=line.silent + 1, page=0)
    if line.silent >= MOST_SILENT:
        return HungUp(), line
    return (None if line.mode == MENU else Silence()), replace(line, mode="")


def _after_star(digits: str, line: Line) -> Meant:
    match digits:
        case "":
            return Wish.BACK, line
        case "0":
            return None, replace(line, mode=MENU)
        case "9":
            return None, line
        case _:
            return _own_number(digits), line


def _own_number(digits: str) -> Text:
    """Her own number as a word of hers, so that it is never read as an answer."""
    return Text(f"keys {digits}") if len(digits) >= OWN and digits.isdecimal() else _WRONG


def _pressed(prompt: Prompt, keys: str, line: Line) -> Meant:
    if keys == "*" and one_key(prompt):
        return None, replace(line, mode=STAR)
    if keys.startswith("*"):
        return _after_star(keys[1:].rstrip("#"), line)
    keys = keys.rstrip("#")
    if keys in ("", "9") and not _answers(prompt, keys):
        return None, replace(line, page=1) if not keys and len(pages(prompt)) > 1 else line
    if keys == "0" and not _answers(prompt, keys):
        return None, replace(line, mode=MENU)
    return _reply(prompt, keys), line


def _reply(prompt: Prompt, keys: str) -> Text:
    """The keys as others would write them."""
    match prompt:
        case Words():
            return _own_number(keys)
        case Pick() if not one_key(prompt):
            return Text(" ".join(keys))
        case Number() if keys.isdecimal():
            return Text(f"0{keys}")  # 77, 88 and 99 stand for other answers in messages only
        case _:
            return Text(keys) if keys.isdecimal() and len(keys) == 1 else _WRONG


def _answers(prompt: Prompt, key: str) -> bool:
    """Whether this key alone is one of the answers."""
    match prompt:
        case Pick():
            return any(choice.key == key for choice in prompt.choices)
        case Number(low=low, high=high) if key:
            return (low is None or low <= int(key)) and (high is None or int(key) <= high)
        case _:
            return False
