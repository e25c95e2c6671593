"""The file of a template: canonical JSON, signed by the hub it comes from (Ed25519, RFC 8032). Pure.

    {"consult_template": 1, "definition": TOML, "head": {...}, "key": hex, "lessons": [...], "shares": [...],
     "signature": hex, "words": {tag: reviewed}}

The head holds the SHA-256 of each other part, and the signature is of the head: so a changed byte is told by its part.

Rule 1: bounds first: size, then JSON, then that the bytes are the only ones a hub would write, then signature and
hashes; only then what it says is looked at.
Rule 2: what is wrong is named; nothing of the file is echoed but names we know.
Rule 3: the key says who signed, not who that is: people compare `fingerprint` by another way.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Final

from consult import consultation
from consult.consultation import Consultation, Refused, write
from consult.consultation.kinds import NAME, TAG
from consult.templates import lessons as learnt
from consult.templates.lessons import Lesson
from consult.templates.localness import faults, kept, unfit
from consult.templates.shares import MOST, SORTS

if TYPE_CHECKING:
    from nacl.signing import SigningKey

FORMAT: Final = 1
LARGEST: Final = 512 * 1024  # bytes of a file
BEGINS: Final = b'{"consult_template":'
_SIGNED: Final = b"consult template 1\n"
_PARTS: Final = ("definition", "lessons", "shares", "words")
_MOST_SHARES, _LINE = 600, 120
_FRAME = re.compile(r"[a-z]{1,20}")
_MONTH = re.compile(r"20\d\d-(0[1-9]|1[0-2])")
_HEAD: Final = frozenset({"name", "made", "origin", "licence", "code", "parts"})
_WHOLE: Final = frozenset({"consult_template", "head", "key", "signature", *_PARTS})


class NotTemplate(Exception):
    """It is no template, or was altered; the message says which part, and what to do."""


@dataclass(frozen=True, slots=True)
class Template:
    """What travels. `words`: language -> whether native speakers reviewed the system's words in it; `made`: a month;
    `origin` and `licence`: one line each, "" where the team did not say."""

    whole: Consultation
    lessons: tuple[Lesson, ...]
    shares: tuple[Mapping[str, Any], ...]
    words: Mapping[str, bool]
    made: str
    origin: str = ""
    licence: str = ""
    code: str = ""


def sealed(template: Template, key: SigningKey) -> str:
    """The text of the file. Raises NotTemplate for what no hub may send."""
    parts = _parts(template)
    head = {
        "name": template.whole.name,
        "made": template.made,
        "origin": template.origin,
        "licence": template.licence,
        "code": template.code,
        "parts": {name: _hash(part) for name, part in parts.items()},
    }
    _demand(template)
    signature = key.sign(_SIGNED + _canonical(head).encode()).signature.hex()
    told = {"consult_template": FORMAT, "head": head, "key": bytes(key.verify_key).hex(), "signature": signature}
    return f"{_canonical(told | parts)}\n"


def _parts(template: Template) -> dict[str, Any]:
    return {
        "definition": write(template.whole),
        "lessons": [asdict(each) for each in template.lessons],
        "shares": [dict(each) for each in template.shares],
        "words": dict(template.words),
    }


def _canonical(value: Any) -> str:
    return json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def _hash(part: Any) -> str:
    return hashlib.sha256(_canonical(part).encode()).hexdigest()


def fingerprint(key: str) -> str:
    """Twenty digits in groups of five, by which people compare a hub's key (hex)."""
    digest = hashlib.sha256(b"consult template key" + bytes.fromhex(key)).digest()
    digits = f"{int.from_bytes(digest[:10], 'big') % 10**20:020d}"
    return " ".join(digits[n : n + 5] for n in range(0, 20, 5))


# ---- read


def opened(content: bytes) -> tuple[Template, str]:
    """The template and the key (hex) that signed it. Raises NotTemplate, and nothing else, for any bytes."""
    told = _read(content)
    head, key = _signed(told)
    for name in _PARTS:
        if head["parts"].get(name) != _hash(told[name]):
            raise NotTemplate(f"the {name} of this template were altered after it was signed; ask for the file again")
    try:
        template = _template(told, head)
    except (KeyError, TypeError, ValueError, AttributeError):
        raise NotTemplate("it is signed but not as a hub writes it; take the newest version of both") from None
    _demand(template)
    return template, key


def _read(content: bytes) -> dict[str, Any]:
    if len(content) > LARGEST:
        raise NotTemplate(f"the file is larger than {LARGEST // 1024} kB: it is no template")
    try:
        text = content.decode("utf-8")
        told = json.loads(text)
        same = isinstance(told, dict) and f"{_canonical(told)}\n" == text
    except (ValueError, RecursionError):
        raise NotTemplate("it is no template, or was cut off; ask for the file again") from None
    if not isinstance(told, dict) or told.get("consult_template") != FORMAT or told.keys() != _WHOLE:
        raise NotTemplate("it is no template of this version")
    if not same:
        raise NotTemplate("it was written anew by another program; carry the file as it was given")
    return told


def _signed(told: Mapping[str, Any]) -> tuple[dict[str, Any], str]:
    from nacl.exceptions import BadSignatureError
    from nacl.signing import VerifyKey

    head, key, signature = told["head"], told["key"], told["signature"]
    wrong = NotTemplate("its head or its signature was altered: they do not belong together; ask for the file again")
    if not isinstance(head, dict) or head.keys() != _HEAD or not isinstance(head["parts"], dict):
        raise wrong
    try:
        VerifyKey(bytes.fromhex(key)).verify(_SIGNED + _canonical(head).encode(), bytes.fromhex(signature))
    except (BadSignatureError, ValueError, TypeError):
        raise wrong from None
    return head, key


def _template(told: Mapping[str, Any], head: Mapping[str, Any]) -> Template:
    try:
        whole = consultation.read(told["definition"])
    except Refused as refused:
        raise NotTemplate(f"its definition cannot be read: {str(refused)[:400]}") from None
    if head["name"] != whole.name or not NAME.fullmatch(whole.name):
        raise NotTemplate("its name is not that of its definition")
    made = tuple(_lesson(each) for each in _several(told["lessons"]))
    return Template(
        whole=whole,
        lessons=made,
        shares=tuple(map(_share, _several(told["shares"]))),
        words={_text(tag): _flag(reviewed) for tag, reviewed in told["words"].items()},
        made=_text(head["made"]),
        origin=_text(head["origin"]),
        licence=_text(head["licence"]),
        code=_text(head["code"]),
    )


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value


def _several(value: object) -> list[Any]:
    if not isinstance(value, list):
        raise TypeError
    return value


def _number(value: object) -> int:
    if type(value) is not int:
        raise TypeError
    return value


def _flag(value: object) -> bool:
    if not isinstance(value, bool):
        raise TypeError
    return value


def _lesson(each: Mapping[str, Any]) -> Lesson:
    made = Lesson(_text(each["heading"]), _text(each["text"]))
    if asdict(made) != each:
        raise ValueError
    return made


def _share(each: Mapping[str, Any]) -> dict[str, Any]:
    percent = {sort: _number(each["percent"][sort]) for sort in SORTS if sort in each["percent"]}
    made = {"frame": _text(each["frame"]), "question": _text(each["question"]), "people": _number(each["people"])}
    if {**made, "percent": percent} != each:
        raise ValueError
    return {**made, "percent": percent}


# ---- what every template keeps to, ours too


def _demand(template: Template) -> None:
    """Raises NotTemplate, every fault a line."""
    try:
        learnt.demand(template.lessons)
    except learnt.Unclear as unclear:
        raise NotTemplate("\n".join(f"lessons, {line}" for line in str(unclear).splitlines())) from None
    found = [f"{name}: is local and does not travel" for name in kept(template.whole)] + faults(template.whole)
    found += [fault for check in (_lines, _figures) for fault in check(template)]
    if found:
        raise NotTemplate("\n".join(found[:40]))


def _lines(template: Template) -> list[str]:
    faults_ = [
        f"{name}: one line of at most {_LINE} characters, {wrong or 'no more'}"
        for name, line in (("origin", template.origin), ("licence", template.licence), ("code", template.code))
        if (wrong := unfit(line)) or len(line) > _LINE or "\n" in line
    ]
    faults_ += [] if _MONTH.fullmatch(template.made) else ["made: a month like 2026-11"]
    tags_ok = len(template.words) <= 12 and all(TAG.fullmatch(tag) for tag in template.words)
    return faults_ + ([] if tags_ok else ["words: at most twelve languages, by their tags"])


def _figures(template: Template) -> list[str]:
    names = {each.name for each in template.whole.questions}
    sound = len(template.shares) <= _MOST_SHARES and all(_is_share(each, names) for each in template.shares)
    return [] if sound else ["shares: not as a release tells them"]


def _is_share(each: Mapping[str, Any], names: set[str]) -> bool:
    low, frame = min(each["percent"].values(), default=-1), each["frame"]
    in_range = low >= 0 and max(each["percent"].values()) <= MOST and 10 <= each["people"] < 10**9
    return in_range and each["question"] in names and _FRAME.fullmatch(frame) is not None
