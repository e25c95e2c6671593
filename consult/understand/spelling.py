"""One spelling for many: case, digits of every script, marks, look-alike letters and stray punctuation.

Rule 1: normalise(normalise(x)) == normalise(x); the cost is bounded whatever comes; nothing is raised or remembered.
Rule 2: nothing here turns one number into another. A sign that could mean something beside a digit (".5", "<5", "-5",
"1½", "5'11", "1_0", "1?") stays, so that nobody downstream reads it as an answer.
Rule 3: what is dropped (accents, tatweel, hooks, hamza seats, Kurdish letters missing on Arabic keypads) is dropped
from both sides, from labels and word lists as from replies.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

LOOK = 2_000  # characters looked at; a joined SMS has at most 1,600

_PLEASANT = "🙏👍👌😊🙂❤♥✅✔☑🏻🏼🏽🏾🏿"
_LEAD = " \"'([*#!¡¿«“" + _PLEASANT
_TRAIL = " .,;:\"')]*#!»”" + _PLEASANT
_QUOTES = re.compile(r"'+(?!['0-9])|(?<![0-9'])'+")  # every apostrophe but those between two digits
_BLANK = dict.fromkeys((*range(32), 127), " ")

# Marks many phones cannot type: Latin, Greek, Cyrillic, Hebrew, Arabic, Adlam; keycaps and variation selectors too.
# A stroke through a digit or a circle around it stays: it may say "not this one".
_MARKS = re.compile(
    "[\u0300-\u0333\u0339-\u036f\u0483-\u0487\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0610-\u061a"
    "\u064b-\u065f\u0670\u06d6-\u06dc\u06df-\u06e4\u06e7\u06e8\u06ea-\u06ed\u08d3-\u08ff\u1ab0-\u1aff"
    "\u1dc0-\u1dff\u20e3\ufe00-\ufe0f\ufe20-\ufe2f\U0001e944-\U0001e94a\U000e0100-\U000e01ef]"
)
_SAME = {
    **dict.fromkeys("`´‘’‚‛ʹʼʻʽʾʿˈ′ꞌ", "'"),
    **dict.fromkeys("ـ°", "'"),  # tatweel, and n°1: dropped like an apostrophe; like one, they stay between two digits
    **dict.fromkeys("−‐‑‒–—", "-"),
    **dict.fromkeys("،、፣߸", ","),
    **dict.fromkeys("؛፤", ";"),
    **dict.fromkeys("۔。।።", "."),
    **dict.fromkeys("؟፧⸮", "?"),
    **dict.fromkeys("\u115f\u1160\u3164\uffa0\u2800", " "),  # blanks that pass for letters or symbols
    **dict(zip("ƙɗɓƴđøłıɖħŋ", "kdbydolidhn", strict=True)),  # hooked and barred letters
    **dict.fromkeys("ىیېێے", "ي"),
    **dict.fromkeys("کڪ", "ك"),
    **dict.fromkeys("ەةہھ", "ه"),
    **dict(zip("ٱڵڕۆ", "الرو", strict=True)),
    "œ": "oe",
    "æ": "ae",
    "🔟": " 10 ",
}
_BLANKS = frozenset({"Cc", "Zs", "Zl", "Zp"})
_GARBAGE = frozenset({"Cs", "Co", "Cn"})  # lone surrogates, private and unassigned: never silently dropped

# Letters of other scripts that look like Latin ones, and the digits and signs that stand in for letters.
_LOOKALIKES = str.maketrans(
    {
        **dict(zip("аеорсухѕіјткмнвԁԍһԛԝ", "aeopcyxsijtkmhbdghqw", strict=True)),
        **dict(zip("αβεικνορτυχσςπη", "abeiknoptuxsspn", strict=True)),
        **dict(zip("օսհոցե", "ouhngt", strict=True)),
        **dict(zip("ᎪᏴᏟᎠᎬᎻᎫᏦᏞᎷᎡᏚᎢᏙᎳᎩᏃᏢ", "abcdehjklmrstvwyzp", strict=True)),
        **dict(zip("ꓐꓑꓓꓔꓖꓗꓙꓚꓛꓜꓝꓞꓟꓠꓡꓢꓣꓤꓥꓦꓧꓨꓩꓪꓫꓬꓭꓮꓯꓰꓱꓲꓳꓴ", "bpdtgkjcczfgmnlsrrvvhghwxybaaeeiou", strict=True)),
        **dict(zip("ᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘʀꜱᴛᴜᴠᴡʏᴢɑɡɩ", "abcdefghijklmnoprstuvwyzagi", strict=True)),
        **dict.fromkeys("\u0334\u0335\u0336\u0337\u0338"),
        **dict(zip("01345$@!|", "oleassail", strict=True)),
        **{chr(base + n): chr(97 + n) for base in (0x1F150, 0x1F170, 0x1F1E6) for n in range(26)},
    }
)


def normalise(text: str) -> str:
    """The one spelling of a reply: lower case, ASCII digits, no marks or invisible characters, single spaces.

    Looks at the first `LOOK` characters. Follows NFKC and case folding of the Unicode standard.
    """
    text = text[:LOOK]
    if text.isascii():
        return _tidy(text.lower() if text.isprintable() else text.lower().translate(_BLANK))
    for _ in range(5):
        before, text = text, _tidy(unicodedata.normalize("NFKC", "".join(map(_plain, text)))[:LOOK])
        if text == before:
            break
    return text


def loose(text: str) -> str:
    """The words of a normalised text and nothing else: punctuation, symbols and emoji become single spaces."""
    if text.isascii():
        return " ".join(_ASCII_WORDS(text))
    return " ".join("".join(map(_word_part, text)).split())


def skeleton(text: str) -> str:
    """A normalised text with look-alike letters made Latin, so that a disguised or mistyped STOP reads as STOP."""
    return text.translate(_LOOKALIKES)


_ASCII_WORDS = re.compile(r"[a-z0-9]+").findall


def _tidy(text: str) -> str:
    if "`" in text:
        text = text.replace("`", "'")
    if "'" in text:
        text = _QUOTES.sub("", text)
    return " ".join(text.split()).lstrip(_LEAD).rstrip(_TRAIL)


@lru_cache(maxsize=4096)  # of single characters, never of what someone said
def _plain(char: str) -> str:
    kind = unicodedata.category(char)
    if kind in _BLANKS:
        return " "
    if kind in _GARBAGE:
        return "\ufffd"
    if kind == "Cf":
        return ""
    digit = unicodedata.digit(char, None)
    if digit is not None:
        return str(digit) if kind == "Nd" else f" {digit} "
    return _SAME[char] if char in _SAME else _spelled(char)


def _spelled(char: str) -> str:
    letters = _MARKS.sub("", unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", char).casefold()))
    spelled = "".join(_SAME.get(letter, letter) for letter in letters)
    return f" {spelled} " if not char.isascii() and any("0" <= c <= "9" for c in spelled) else spelled


@lru_cache(maxsize=4096)
def _word_part(char: str) -> str:
    return char if char.isalnum() or unicodedata.category(char)[0] == "M" else " "
