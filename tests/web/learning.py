"""What a site's own pages teach about it: which addresses there are, which fields its forms have, which files it gives.

Rule 1: nothing is known beforehand: what is sent to a route was learnt from a page that leads there, so that a route or
a field of tomorrow is known as well as today's.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Final
from urllib.parse import parse_qsl, urldefrag, urljoin, urlsplit

from werkzeug.exceptions import HTTPException
from werkzeug.routing import MapAdapter, RequestRedirect
from werkzeug.wrappers import Response

FILE: Final = 200_000  # bytes of a file that is worth keeping
Args = dict[str, str]


@dataclass
class Form:
    """As a browser would send it: its fields with what they hold, what else could be chosen, and its files."""

    action: str
    fields: list[tuple[str, str]] = field(default_factory=list)
    offered: dict[str, list[str]] = field(default_factory=dict)
    uploads: dict[str, str] = field(default_factory=dict)


class Reader(HTMLParser):
    """The forms and the links of a page."""

    def __init__(self, path: str) -> None:
        super().__init__()
        self._path, self._open, self._select = path, Form(path), ""
        self._form = self._open
        self._chosen: int | None = None
        self._area: list[str] | None = None  # what stands in a textarea, while it is read
        self._worded: dict[str, str] | None = None  # a choice whose value is its text
        self._named: dict[str, Form] = {}
        self.forms: list[Form] = []
        self.links: list[str] = []

    def handle_starttag(self, name: str, attributes: list[tuple[str, str | None]]) -> None:
        at = {key: value or "" for key, value in attributes}
        if link := at.get("href") or at.get("src"):
            self.links.append(urldefrag(urljoin(self._path, link)).url)
        if name == "form":
            self._open = self._named.setdefault(at.get("id", ""), Form("")) if "id" in at else Form("")
            self._open.action = urljoin(self._path, at.get("action", ""))
            self.forms.append(self._open)
        elif name == "option" and "value" in at:
            self._option(at)
        elif name == "option":
            self._worded = at
        elif name in ("input", "button", "select", "textarea") and at.get("name"):
            self._control(name, at)

    def _option(self, at: Mapping[str, str]) -> None:
        """Where none is chosen a browser sends the first."""
        held = (self._select, at.get("value", ""))
        if self._chosen is None:
            self._chosen = len(self._form.fields)
            self._form.fields.append(held)
        elif "selected" in at:
            self._form.fields[self._chosen] = held
        self._offer(self._form, *held, chosen=False)

    def _control(self, name: str, at: dict[str, str]) -> None:
        form = self._named.setdefault(at["form"], Form(self._path)) if "form" in at else self._open
        self._select, self._form, self._chosen = at["name"], form, None
        if at.get("type") == "file":
            form.uploads[at["name"]] = at.get("accept", "")
        elif name in ("input", "button"):
            ticked = at.get("type") not in ("checkbox", "radio") or "checked" in at
            self._offer(form, at["name"], at.get("value") or _needed(at), chosen=ticked and name == "input")

        elif name == "textarea":
            self._area = [_needed(at)]

    def handle_data(self, data: str) -> None:
        if self._area is not None:
            self._area.append(data)
        elif self._worded is not None:
            self._option({**self._worded, "value": data.strip()})
            self._worded = None

    def handle_endtag(self, name: str) -> None:
        if name == "textarea" and self._area is not None:
            self._offer(self._form, self._select, self._area[-1].removeprefix("\n"), chosen=True)
            self._area = None

    @staticmethod
    def _offer(form: Form, name: str, value: str, *, chosen: bool) -> None:
        if name == "csrf_token":
            return
        form.offered.setdefault(name, []).append(value)
        if chosen:
            form.fields.append((name, value))


def _needed(at: Mapping[str, str]) -> str:
    """What somebody writes in a field that must not stay empty."""
    kinds = {"date": "2027-03-31", "datetime-local": "2027-03-31T09:00", "number": at.get("min") or "1"}
    return kinds.get(at.get("type", ""), "The well is far.") if "required" in at else ""


@dataclass
class Learnt:
    """By route (endpoint): what its address was made of, how it is asked and what is sent to it."""

    places: dict[str, list[Args]] = field(default_factory=lambda: defaultdict(list))
    queries: dict[str, list[list[tuple[str, str]]]] = field(default_factory=lambda: defaultdict(list))
    forms: dict[str, list[Form]] = field(default_factory=lambda: defaultdict(list))
    uploads: dict[str, dict[str, str]] = field(default_factory=lambda: defaultdict(dict))  # field -> what it accepts
    names: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))  # argument -> values
    files: list[bytes] = field(default_factory=list)

    def fields(self, room: str) -> dict[str, list[str]]:
        """Every field of the forms of a room, with what may be chosen."""
        found: dict[str, list[str]] = {}
        for endpoint, forms in self.forms.items():
            if endpoint.partition(".")[0] == room:
                for form in forms:
                    for name, values in form.offered.items():
                        found.setdefault(name, []).extend(values)
        return found

    def add(self, endpoint: str, args: Args, query: str, *, shared: bool) -> None:
        """One more address of this route. `shared`: what it is made of may be tried in others."""
        given = parse_qsl(query, keep_blank_values=True)
        if given and len(self.queries[endpoint]) < 40 and given not in self.queries[endpoint]:
            self.queries[endpoint].append(given)
        if args not in self.places[endpoint] and len(self.places[endpoint]) < 40:
            self.places[endpoint].append(args)
        for name, value in args.items() if shared else ():
            if value not in self.names[name]:
                self.names[name].append(value)


def crawl(
    learnt: Learnt, adapters: tuple[MapAdapter, ...], get: Callable[[str], Response], *starts: str, each: int
) -> None:
    """What one reader is shown from these addresses on: so many pages of each route, 0 for these alone."""
    waiting, seen, looked = list(starts), set(starts), defaultdict[str, int](int)
    while waiting:
        address = waiting.pop(0)
        known = _leads(learnt, adapters, address, "GET")
        another_language = "?lang=" in address and each > 0
        if known is None or another_language or looked[known] >= max(each, 1):
            continue
        looked[known] += 1
        for link in read(learnt, adapters, address, get(address)):
            if each and link not in seen:
                seen.add(link)
                waiting.append(link)


def read(learnt: Learnt, adapters: tuple[MapAdapter, ...], address: str, answer: Response) -> list[str]:
    """What this answer teaches; where it leads to."""
    if answer.status_code != 200 or answer.mimetype != "text/html":
        if answer.status_code == 200 and len(answer.data) < FILE and answer.data not in learnt.files:
            learnt.files.append(answer.data)
        return []
    reader = Reader(address)
    reader.feed(answer.get_data(as_text=True))
    for form in reader.forms:
        for verb in ("POST", "GET"):
            if endpoint := _leads(learnt, adapters, form.action, verb):
                learnt.forms[endpoint] = [*learnt.forms[endpoint], form][-30:]
                learnt.uploads[endpoint].update(form.uploads)
    return reader.links


def _leads(learnt: Learnt, adapters: tuple[MapAdapter, ...], address: str, verb: str) -> str | None:
    """The route of this address; None where nothing of ours is there."""
    parts = urlsplit(address)
    for n, adapter in enumerate(adapters):
        try:
            endpoint, args = adapter.match(parts.path, verb)
        except (HTTPException, RequestRedirect):
            continue
        learnt.add(endpoint, {name: str(value) for name, value in args.items()}, parts.query, shared=not n)
        return str(endpoint)
    return None
