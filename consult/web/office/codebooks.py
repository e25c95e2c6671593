"""The codebook of a question on a page: written as a whole, taken along and brought in, with one's own labels.

Rule 1: a code that is there keeps its id; a line without words is no code, a line that is emptied takes its code away.
Rule 2: files hold no text of anybody (`consult.coding.files`).
"""

from __future__ import annotations

import secrets
import time
from typing import Any, Final

from flask import Blueprint, Response, abort, make_response, redirect, request, url_for
from flask.typing import ResponseReturnValue

from consult.coding import books, files
from consult.coding.books import Book, NotKept, Where, book
from consult.coding.labelling import NotCoded
from consult.custody import CustodyError
from consult.figures import NoSuch
from consult.findings.coding import LONGEST, Code, Unclear
from consult.web.office.coding import told, where_of
from consult.web.office.doors import house
from consult.web.office.telling import page
from consult.web.office.uploads import sent
from consult.web.office.visit import holder

blueprint = Blueprint("codebooks", __name__, url_prefix="/office/coding/<name>/<question>/book")
EMPTY: Final = 3  # lines for more codes


@blueprint.get("", endpoint="page")
def shown(name: str, question: str) -> ResponseReturnValue:
    return _page(where_of(name, question))


@blueprint.post("", endpoint="save")
def save(name: str, question: str) -> ResponseReturnValue:
    where, codes = where_of(name, question), _typed()
    try:
        books.write(house(), where, codes, _base(), int(time.time()), holder().id)
    except NotKept as refused:
        return _page(where, refused, codes)
    return redirect(url_for("codebooks.page", name=name, question=question), 303)


def _base() -> int:
    base = request.form.get("base", "0")
    return int(base) if base.isdecimal() and len(base) < 6 else 0


def _typed() -> list[Code]:
    """The lines that have words, each under the id it had or a new one."""
    columns = [request.form.getlist(key) for key in ("id", "type", "definition", "short")]
    rows = list(zip(*columns, strict=False))[: 2 * books.MOST]
    return [
        Code(
            id[:100] or f"code-{secrets.token_hex(4)}", type[:20], " ".join(words.split()), " ".join(short.split())[:40]
        )
        for id, type, words, short in rows
        if words.strip()
    ]


@blueprint.post("/file", endpoint="bring")
def bring(name: str, question: str) -> ResponseReturnValue:
    """A scheme, or coded messages as one's own labels: what the file is, it says itself."""
    where, at = where_of(name, question), int(time.time())
    text = sent("file").decode("utf-8", "replace")
    try:
        if text.lstrip("\ufeff \r\n\t").startswith("["):
            return _page(where, came=files.bring(house(), where, _standing(where), text, holder().id))
        books.bring(house(), where, text, _base(), at, holder().id)
    except NotKept as refused:
        return _page(where, refused)
    except Unclear as unclear:
        return _page(where, NotKept("unclear", str(unclear)))
    except NotCoded as refused:
        return _page(where, NotKept(refused.code, ""))
    except (NoSuch, CustodyError):
        abort(404)
    return redirect(url_for("codebooks.page", name=name, question=question), 303)


@blueprint.get("/files/<kind>")
def file(name: str, question: str, kind: str) -> ResponseReturnValue:
    """The scheme, or one's own labels."""
    where = where_of(name, question)
    found = _standing(where)
    if kind == "scheme":
        body = found.text
    elif kind == "labels":
        body = files.labels(house(), where, found, holder().id, int(time.time()))
    else:
        abort(404)
    response = make_response(body.encode())
    response.headers["Content-Type"] = "application/json"
    response.headers["Content-Disposition"] = f"attachment; filename={name}-{question}-{kind}.json"
    return response


def _standing(where: Where) -> Book:
    return book(house(), where) or abort(404)


def _page(
    where: Where, refused: NotKept | None = None, typed: list[Code] | None = None, came: int | None = None
) -> Response:
    """What stands, or what was typed and cannot stand."""
    found = book(house(), where)
    codes = typed if typed is not None else list(found.scheme.codes) if found else []
    more: dict[str, Any] = {} if refused is None or refused.code == "unclear" else {"refused": f"coding {refused.code}"}
    response = page(
        "codebook.html",
        **more,
        **told(where),
        book=found,
        codes=codes,
        empty=range(min(EMPTY, max(books.MOST - len(codes), 0))),
        faults=str(refused).splitlines()[:30] if refused and refused.code == "unclear" else (),
        came=came,
        longest=LONGEST,
    )
    response.status_code = 400 if refused else 200
    return response
