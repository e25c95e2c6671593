"""Requests to a route: what its pages taught (`learning`), spoilt in up to three places (`junk`).

Rule 1: what a request is made of is one text and one number, so that it is made again where it was answered wrongly.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from random import Random
from typing import Any, Final
from urllib.parse import quote, urlencode

from werkzeug.routing import Rule

from tests.web import junk
from tests.web.learning import Form, Learnt

_ARGUMENT: Final = re.compile(r"<(?:[^:<>]+:)?(\w+)>")


@dataclass(frozen=True)
class Ask:
    """One request. `query` and `fields` in order; `files`: field, name, content; `body` in place of both."""

    method: str
    path: str
    who: str
    query: tuple[tuple[str, str], ...] = ()
    fields: tuple[tuple[str, str], ...] = ()
    files: tuple[tuple[str, str, bytes], ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    document: Any = None  # what `body` says, where it is JSON
    body: bytes | None = None
    length: str | None = None
    marked: bool = True

    @property
    def address(self) -> str:
        return f"{self.path}?{urlencode(self.query)}" if self.query else self.path

    def told(self) -> str:
        """Everything it takes to send it again, long values shortened in the middle."""
        parts: list[str] = [f"{self.method} {_short(self.address)}", f"as {self.who or 'nobody'}"]
        for name in ("fields", "headers", "body", "length"):
            if given := getattr(self, name):
                parts.append(f"{name}={_short(repr(given))}")
        parts += [f"file {name}={called} ({len(content)} bytes)" for name, called, content in self.files]
        return ", ".join([*parts, *([] if self.marked else ["without its mark"])])


def _short(told: str) -> str:
    return told if len(told) < 1500 else f"{told[:1000]} ... {told[-300:]}"


@dataclass
class Maker:
    """Makes requests to one route."""

    rule: Rule
    learnt: Learnt
    json: Mapping[str, Any]  # route -> a body that it takes

    @property
    def room(self) -> str:
        return self.rule.endpoint.partition(".")[0]

    def known(self, method: str, who: str, turn: int = 0) -> Ask:
        """One that nobody spoilt."""
        chance = Random(f"{self.rule.rule} {turn}")
        ask = self._plain(chance, method, who)
        wanted = sorted(self.learnt.uploads[self.rule.endpoint].items())
        return replace(
            ask, files=tuple((name, *junk.fitting(self.learnt.files, takes, turn)) for name, takes in wanted)
        )

    def make(self, seed: str, typed: str, who: str) -> Ask:
        """The request of this number; `typed`: a text for somewhere."""
        chance = Random(seed)
        methods = sorted((self.rule.methods or {"GET"}) - {"HEAD", "OPTIONS"})
        ask = self._plain(chance, chance.choice(methods), who)
        for _ in range(chance.choice((0, 1, 1, 1, 2, 2, 3))):
            ask = self._spoilt(ask, chance, typed)
        return ask

    def _plain(self, chance: Random, method: str, who: str) -> Ask:
        endpoint, learnt = self.rule.endpoint, self.learnt
        ask = Ask(method, self._path(chance), who)
        if learnt.queries[endpoint] and chance.random() < 0.4:
            ask = replace(ask, query=tuple(chance.choice(learnt.queries[endpoint])))
        if method == "GET":
            return ask
        if endpoint in self.json and chance.random() < 0.8:
            return _with_json(ask, self.json[endpoint])
        form = chance.choice(learnt.forms[endpoint] or [Form("")])
        files = tuple((name, *self._file(chance)) for name in sorted(learnt.uploads[endpoint]))
        choices = [(name, value) for name, values in form.offered.items() for value in values]
        chosen = chance.sample(choices, min(len(choices), chance.randrange(3)))
        return replace(ask, fields=_chosen(form.fields, chosen), files=files)

    def _path(self, chance: Random) -> str:
        known = self.learnt.places[self.rule.endpoint]
        args = chance.choice(known) if known else {}

        def filled(found: re.Match[str]) -> str:
            name = found[1]
            return quote(args.get(name) or chance.choice(self.learnt.names[name] or ["1"]), safe="")

        return _ARGUMENT.sub(filled, self.rule.rule)

    def _file(self, chance: Random) -> tuple[str, bytes]:
        if self.learnt.files and chance.random() < 0.5:
            return "known", junk.spoilt(chance.choice(self.learnt.files), chance)
        return chance.choice(junk.files())

    def _spoilt(self, ask: Ask, chance: Random, typed: str) -> Ask:
        match chance.choice(("path", "query", "field", "field", "field", "field", "header", "rest")):
            case "path" if "<" in self.rule.rule:
                return replace(ask, path=self._astray(ask.path, chance, typed))
            case "query":
                return replace(ask, query=(*ask.query[:20], (self._name(chance), junk.value(chance, typed))))
            case "header":
                return replace(ask, headers={**ask.headers, **chance.choice(junk.HEADERS)})
            case "field" if ask.document is not None:
                return _with_json(ask, junk.mutated(ask.document, chance))
            case "field" | "path" if ask.method == "POST":
                return replace(ask, fields=self._other(ask.fields, chance, typed))
            case _:
                return self._rest(ask, chance)

    def _rest(self, ask: Ask, chance: Random) -> Ask:
        match chance.randrange(5):
            case 0:
                return replace(ask, method=chance.choice(junk.METHODS))
            case 1:
                return replace(ask, length=chance.choice(junk.LENGTHS))
            case 2 if ask.method == "POST":
                media = chance.choice(("application/json", "application/x-www-form-urlencoded", "text/plain"))
                headers = {**ask.headers, "Content-Type": media}
                return replace(ask, document=None, body=chance.choice(junk.BODIES), headers=headers)
            case 3 if ask.method == "POST":
                return replace(ask, marked=False)
            case _:
                files = tuple((name, *self._file(chance)) for name, _, _ in ask.files)
                return replace(ask, files=files[: chance.randrange(len(files) + 1)])

    def _astray(self, path: str, chance: Random, typed: str) -> str:
        """One segment of the address that stands for an argument is another."""
        parts, rule = path.split("/"), self.rule.rule.split("/")
        places = [n for n, each in enumerate(rule) if "<" in each and n < len(parts)]
        parts[chance.choice(places)] = chance.choice((*junk.SEGMENTS, quote(typed, safe="")))
        return "/".join(parts)

    def _name(self, chance: Random) -> str:
        asked = [name for each in self.learnt.queries[self.rule.endpoint] for name, _ in each]
        return chance.choice([*asked, "lang", "after", "in", "part", *self.learnt.fields(self.room)][:60])

    def _other(self, fields: tuple[tuple[str, str], ...], chance: Random, typed: str) -> tuple[tuple[str, str], ...]:
        """A field is left out, holds something else, or comes twice; or one of the room's comes with it."""
        known = self.learnt.fields(self.room)
        if not fields or chance.random() < 0.3:
            name = chance.choice([*known, "do", "id", "x.y"])
            return (*fields, (name, chance.choice([junk.value(chance, typed), *known.get(name, [])[:3]])))
        n = chance.randrange(len(fields))
        name, holds = fields[n]
        wrong = chance.choice((junk.value(chance, typed), f"{holds}{junk.value(chance, typed)}"))
        return (
            *fields[:n],
            *chance.choice(((), ((name, wrong),), ((name, wrong),), ((name, holds),) * 2)),
            *fields[n + 1 :],
        )


def _chosen(fields: list[tuple[str, str]], chosen: list[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    """These with what was chosen instead; what is no field yet is a button or was not ticked."""
    known, instead = {name for name, _ in fields}, dict(chosen)
    kept = [(name, instead.get(name, value)) for name, value in fields]
    return (*kept, *((name, value) for name, value in chosen if name not in known))


def _with_json(ask: Ask, told: Any) -> Ask:
    return replace(
        ask, document=told, body=json.dumps(told).encode(), headers={**ask.headers, "Content-Type": "application/json"}
    )
