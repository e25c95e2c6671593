"""What must hold between the keys of a file that describes a provider. See `channels.providers.described`.

Rule 1: a template knows the names of `GIVEN` and the file's own, and no header but our own number of a message: what
    she and we say stands in the query or the body alone.
Rule 2: an answer must name an identifier or a code: else any page that comes with 200 would be a taken message.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final
from urllib.parse import urlsplit

from channels.providers import unsigned
from channels.providers.filled import fill, names, walk
from consult.config import BadSetting
from consult.consultation.kinds import Notes, nearest, shown
from consult.consultation.lines import Path as Place

GIVEN: Final = ("to", "to_digits", "from", "from_digits", "text", "coding", "report", "id")  # of one message

_PATH = re.compile(r"[^.\s\[\]$]{1,60}(\.[^.\s\[\]$]{1,60}){0,9}")


def check_door(notes: Notes, top: Mapping[str, Any], secret: str | None) -> None:
    for path, given, allowed in (
        ("secret", secret, "192.0.2.1"),
        ("allow", "Ab0-Cd1_" * 4, ",".join(top.get("allow", ()))),
    ):
        try:
            if path in top and given is not None:
                unsigned.opened(("it", given), ("it", allowed), "")
        except BadSetting as bad:
            what, _, cure = str(bad).removeprefix("it").removeprefix(":").strip().partition("; ")
            notes.refuse((path,), what, cure or "correct it")


def check_send(notes: Notes, send: Mapping[str, Any], values: Mapping[str, str]) -> None:
    if "url" in send:
        _check_url(notes, own(notes, send["url"], ("send", "url"), values))
    said = [*_templates(send, "query"), *_templates(send, "body")]
    for where, template in said:
        _known(notes, template, where, [*GIVEN, *values])
    for where, template in _templates(send, "headers"):
        _known(notes, template, where, ["id", *values])
        written = f"{where[-1]}{fill(template, values)}"
        if not (written.isascii() and written.isprintable()):
            notes.refuse(where, "holds a sign that headers cannot", "use plain letters only, on one line")
    for key in ("user", "password"):
        _known(notes, send.get(key, ""), ("send", key), values)
    used = {name for _, template in said for name in names(template)}
    for wanted, either in (("text", {"text"}), ("to", {"to", "to_digits"})):
        if not used & either:
            notes.refuse(("send",), f"{{{wanted}}} is sent nowhere", f'write {wanted} = "{{{wanted}}}" in [send.body]')
    _check_body(notes, send)
    _check_reply(notes, send)


def _check_url(notes: Notes, url: str | None) -> None:
    if url is None:
        return
    if not unsigned.guarded(url):
        notes.refuse(("send", "url"), "must begin with https://", "http is for a host of your own only")
    elif "@" in urlsplit(url).netloc or "#" in url or not url.isascii() or " " in url:
        notes.refuse(("send", "url"), "is no plain address", "write user and password as keys; leave out # and blanks")


def _check_body(notes: Notes, send: Mapping[str, Any]) -> None:
    body, method, format = send.get("body", {}), send.get("method"), send.get("format", "form")
    if body and (method == "GET" or format == "query"):
        notes.refuse(("send", "body"), "has no place in such a request", "write [send.query] in its place")
    if format == "form" and any(not isinstance(each, str) for each in body.values()):
        notes.refuse(("send", "body"), "a form holds texts only", 'write numbers in quotes, or format = "json"')
    if len(send.get("coding", ("", ""))) != 2:
        notes.refuse(
            ("send", "coding"), "must be two texts", 'write coding = ["0", "8"]: plain, and with other letters'
        )


def _check_reply(notes: Notes, send: Mapping[str, Any]) -> None:
    if not send.get("id") and not send.get("code"):
        cure = "write id: where the answer holds the message's identifier, or code: where it says how it went"
        notes.refuse(("send",), "an answer cannot be told from a page of some gateway", cure)
    if send.get("code") and "accepted" not in send.get("codes", {}).values():
        notes.refuse(("send", "code"), "no code means accepted", 'write [send.codes] and beneath it "0" = "accepted"')
    for key in ("id", "code"):
        if key not in send:
            continue
        if send.get("reply") != "text":
            _check_path(notes, send[key], ("send", key))
        elif not _one_group(send[key]):
            notes.refuse(("send", key), "must be a pattern with one group", "write such as 'OK: ([0-9]+)'")


def _check_path(notes: Notes, path: str, where: Place) -> None:
    if not _PATH.fullmatch(path):
        notes.refuse(where, f"{shown(path)!r} is no path", "write names and places joined by dots: messages.0.id")


def _check_paths(notes: Notes, table: Mapping[str, Any], name: str, *keys: str) -> None:
    for key in keys if table.get("format") == "json" else ():
        if key in table:
            _check_path(notes, table[key], (name, key))


def check_inbound(notes: Notes, inbound: Mapping[str, Any], ours: tuple[str, ...]) -> None:
    _check_paths(notes, inbound, "inbound", "id", "from", "to", "text", "date")
    if inbound and "id" not in inbound and "date" not in inbound:
        cure = "write id or, where they send none, date: or the same words sent twice could not be told apart"
        notes.refuse(("inbound",), "a message has no identity", cure)
    if inbound and "id" not in inbound and not _to_the_second(inbound.get("date_format", "iso")):
        cure = "write id, or have them send the date with its seconds: within a minute she answers 1 and 1 again"
        notes.refuse(("inbound", "date_format"), "two messages of one minute could not be told apart", cure)
    if inbound and "to" not in inbound and len(ours) > 1:
        notes.refuse(("inbound",), "to is missing", "you have several numbers: write where the message holds its own")


def _to_the_second(format: str) -> bool:
    return format in ("iso", "epoch", "epoch_ms") or any(each in format for each in ("%S", "%T", "%X", "%c", "%s"))


def check_report(notes: Notes, report: Mapping[str, Any], send: Mapping[str, Any]) -> None:
    _check_paths(notes, report, "report", "id", "ours", "status")
    if "id" not in report and (send.get("id") or "ours" not in report):
        cure = "write id: where a report holds the identifier that their answer gave"
        notes.refuse(("report",), "nothing says which message it is about", cure)
    if "ours" in report and not any(
        "id" in names(each) for key in ("query", "body") for _, each in _templates(send, key)
    ):
        notes.refuse(("report", "ours"), "our identifier is sent nowhere", 'send it: write ref = "{id}" in [send.body]')


def _templates(send: Mapping[str, Any], key: str) -> Iterator[tuple[Place, str]]:
    for where, leaf in walk(send.get(key, {})):
        if isinstance(leaf, str):
            yield ("send", key, *where), leaf


def own(notes: Notes, template: str, where: Place, values: Mapping[str, str]) -> str | None:
    """Filled with the file's own values alone; None after a fault."""
    return fill(template, values) if _known(notes, template, where, values) else None


def _known(notes: Notes, template: str, where: Place, known: Iterable[str]) -> bool:
    options = list(known)
    unknown = [name for name in names(template) if name not in options]
    if unknown:
        cure = nearest(unknown[0], options) if options else "write it out, or name it in [values]"
        notes.refuse(where, f"{{{unknown[0]}}} is not known here", cure)
    return not unknown


def _one_group(pattern: str) -> bool:
    try:
        return re.compile(pattern).groups == 1
    except (re.error, RecursionError, OverflowError):
        return False
