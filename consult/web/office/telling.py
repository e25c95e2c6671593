"""Pages in the reader's language, and every refusal as a sentence that helps and tells nothing of our insides.

The words of these pages are a domain of their own (`pages`), complete in `PAGES`; respondents' languages are more.
"""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from flask import Flask, Response, make_response, render_template, request
from werkzeug.exceptions import BadHost, HTTPException, TooManyRequests

from consult.accounts import NotAllowed
from consult.accounts.roles import HUB, Right, may
from consult.reading.launching import launch_refused
from consult.reading.lists import list_refused
from consult.reading.moderating import moderating_refused
from consult.reading.recording import take_refused
from consult.store import StoreError
from consult.store.members import Grant
from consult.web import assets
from consult.web.office.designing import tongue_name
from consult.web.office.visit import visit
from consult.wording import PAGES, Say, UnknownLocale, for_pages, locale

log = logging.getLogger("consult.web")


def tongue() -> str:
    """The tag wished for in the address, kept from before, or told by the browser."""
    told = [tag for tag, quality in request.accept_languages if quality]
    for tag in (request.args.get("lang", ""), request.cookies.get("lang", ""), *told):
        try:
            known = locale(tag).tag
        except UnknownLocale:
            continue
        if known in PAGES:
            return known
    return "en"


def page(template: str, refused: str = "", **values: Any) -> Response:
    """The answer: 200, or 400 with the sentence for `refused`."""
    say = for_pages(tongue())
    member = visit().member
    grants = member.grants if member and member.account.ready else ()
    told = {"say": say, "many": say.many, "lang": say.locale, "member": member}
    told |= {
        "languages": [locale(tag) for tag in PAGES],
        "in_language": _in_language,
        "rooms": list(_rooms(grants)) if grants else [],
    }
    body = render_template(f"office/{template}", **told, why=sentence(say, refused), role=_role(say), **values)
    response = make_response(body, 400 if refused else 200)
    if request.args.get("lang") in PAGES:
        response.set_cookie("lang", say.locale.tag, max_age=365 * 86_400, samesite="Strict", httponly=True)
    return response


def _in_language(tag: str) -> str:
    """The question part of this page's address, in another language: a filter and a page number stay."""
    kept = [(key, value) for key, value in request.args.items(multi=True) if key != "lang"]
    return urlencode([*kept, ("lang", tag)])


def _rooms(grants: tuple[Grant, ...]) -> Any:
    """The rooms someone may enter, for the navigation."""
    yield "desk.home"
    if any(may(grants, Right.DESIGN, each.consultation) for each in grants):
        yield "designer.list"
    if any(may(grants, Right.RECORD, each.consultation) for each in grants):
        yield "prompts.list"
    if any(may(grants, Right.APPROVE, each.consultation) for each in grants):
        yield "approvals.page"
    for endpoint, right in (
        ("people.page", Right.PEOPLE),
        ("nodes.page", Right.NODES),
        ("programs.page", Right.TOKENS),
        ("audit.page", Right.AUDIT),
    ):
        if may(grants, right, HUB):
            yield endpoint
    yield "own.page"


def _role(say: Say) -> dict[str, str]:
    return {
        "administrator": say("administrator"),
        "facilitator": say("facilitator"),
        "moderator": say("moderator"),
        "guardian": say("guardian"),
        "coder": say("coder"),
        "producer": say("producer"),
        "translator": say("translator"),
        "voice": say("voice: reads aloud"),
        "mediator": say("mediator"),
        "representative": say("representative"),
    }


def sentence(say: Say, why: str) -> str:
    """What to do now."""
    match why:
        case "":
            return ""
        case "wrong":
            return say("Name, password or code is not right. Check all three; each code works once.")
        case "busy":
            return say("Many people are signing in. Wait a moment and try again.")
        case "code":
            return say("This code is not valid, was used or has ended. Ask for a new one.")
        case "name":
            return say("A name has 3 to 40 letters, digits or spaces.")
        case "draft short name":
            return say("A short name begins with a small letter; then a-z, 0-9 and _ only, at most 32 in all.")
        case "draft moved":
            return say("The draft was changed since this page was made. Look again at what will be published.")
        case "draft elsewhere":
            return say(
                "Its key is kept elsewhere: publish the first version with the command, which hands over the kit."
            )
        case "draft approval":
            return say("Another person must approve it first: it changes what keeps women safe.")
        case "draft faults":
            return say("It was not published. What stands below must be put right first.")
        case "words choose":
            return say("Choose a file.")
        case "words xlsx":
            return say("Spreadsheets cannot be made here: openpyxl is missing. Ask whoever looks after this hub.")
        case "draft key":
            return say("It was not published: something is wrong with its key. Ask whoever looks after this hub.")
        case "draft name":
            return say("This name is taken. Choose another one.")
        case "name taken":
            return say("Choose another name.")
        case "mismatch":
            return say("The two passwords differ. Type the same one twice.")
        case "password length":
            return say("A password has 12 to 128 characters. A sentence is easy to remember.")
        case "password simple":
            return say("This password is too easy to guess. Use different letters, and not your name.")
        case "factor":
            return say("This code is not right. Wait for the next one on your telephone, and check its clock.")
        case "last administrator":
            return say("This is the last administrator. Make another one first.")
        case "own":
            return say("Another person must approve what you asked for.")
        case "new":
            return say("You joined, or got your role, after this was asked. Somebody else must approve it.")
        case "kit":
            return say("Its key lies in the recovery kit: release it with the command, where both halves are.")
        case "ask texts":
            return say("Write it in every language of the consultation: women hear it in theirs.")
        case "ask owner":
            return say("Say who sees to it, and by when an answer is wanted.")
        case "ask day":
            return say("Write a day like 2027-03-31.")
        case "ask reason":
            return say("Say why: a refusal, also in part, has a reason.")
        case "ask review":
            return say("Say on which day it will be looked at again.")
        case "ask own":
            return say("Another person must approve what you proposed.")
        case "ask back":
            return say("It is closed once the answer was heard on every channel that was used.")
        case "ask long":
            return say("Use fewer words: it is heard in half a minute.")
        case "ask betrays":
            return say("Leave out numbers and addresses.")
        case "ask step":
            return say("This does not follow from where it stands. Open the page again and look.")
        case "tail":
            return say("These pages cannot be taken in, or somebody decided already. Look at the list again.")
        case "coding book":
            return say("A codebook is written first.")
        case "coding seat":
            return say("Two people code this question already. One of them can give up the seat.")
        case "coding left":
            return say("Some texts have no code yet.")
        case "coding apart":
            return say("What both found is shown once both are done.")
        case "coding gone":
            return say("This text is not here any more. If somebody may be in danger, tell a guardian yourself.")
        case "coding unsettled":
            return say("Some texts differ still. Settle them first.")
        case "coding nothing":
            return say("None of the coded texts is an answer any more.")
        case "coding moved":
            return say("Somebody changed the codebook meanwhile. Look at it again; what you typed stands below.")
        case "coding done":
            return say("Both coders are done: what was coded stands, and so does the codebook.")
        case "incident note":
            return say("Say what happened in at most 500 signs, without names or numbers.")
        case "incident area" | "incident kind" | "incident number" | "incident full":
            return say("Choose again: this is not open here, or is over already.")
        case "not yet":
            return say("It cannot be released yet: from seven days after the last day on, once a last day is set.")
        case "approval":
            return say("This was decided already, or its time is over.")
        case _ if why.startswith("list "):
            return list_refused(say, why.removeprefix("list "))
        case _ if why.startswith("take "):
            return take_refused(say, why.removeprefix("take "))
        case _ if why.startswith("moderating "):
            return moderating_refused(say, why.removeprefix("moderating "))
        case _ if why.startswith("launch "):
            return launch_refused(say, why.removeprefix("launch "))
        case _:
            return say("This cannot be done here. Check what you chose, or ask an administrator.")


# ---- errors


def dress(app: Flask) -> None:
    """Templates and error pages."""
    jinja = app.jinja_env
    jinja.trim_blocks = jinja.lstrip_blocks = True
    jinja.globals["asset"] = lambda name: assets.assets()[name].url
    jinja.filters["series"] = lambda words: _comma(tongue()).join(map(str, words))
    jinja.filters["tongue"] = tongue_name
    jinja.filters["day"] = lambda at: datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d")
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(StoreError, _unkept)
    app.register_error_handler(NotAllowed, lambda refused: _told(400, sentence(for_pages(tongue()), refused.why)))
    app.register_error_handler(Exception, _broken)


def _comma(tag: str) -> str:
    """Between the words of a list."""
    return "، " if locale(tag).dir == "rtl" else ", "


def _http(error: HTTPException) -> Response:
    say = for_pages(tongue())
    match error.code:
        case 400:
            cure = say("This form is too old or came from elsewhere. Open the page again and repeat it.")
        case 404 | 405:
            cure = say("There is no such page, or it is not for you. Begin at your desk.")
        case 413:
            cure = say("This is too large. Send less.")
        case 421:
            cure = say("This address is not known here. Open the pages under the address you were given.")
        case 429:
            cure = say("Too many requests. Wait a minute and try again.")
        case _:
            cure = say("This cannot be done. Begin at your desk.")
    response = _told(error.code or 500, cure)
    if isinstance(error, TooManyRequests):
        response.headers["Retry-After"] = "60"
    return response


def _unkept(error: StoreError) -> Response:
    log.error("a page was not kept (%s)", "the disk is full" if error.full else "the store failed")
    say = for_pages(tongue())
    response = _told(503, say("Nothing was kept. Wait a moment and try again."))
    response.headers["Retry-After"] = "30"
    return response


def _broken(error: Exception) -> Response:
    """Our own fault. Its kind is logged, never its words."""
    log.error("a page failed (%s)", type(error).__name__)
    say = for_pages(tongue())
    return _told(500, say("Something went wrong here. Begin at your desk and try again."))


def _told(status: int, cure: str) -> Response:
    if request.path.startswith("/api/") or isinstance(
        request.routing_exception, BadHost
    ):  # no page has an address then
        return Response(f"{cure}\n", status=status, mimetype="text/plain")
    say = for_pages(tongue())
    values = {"say": say, "lang": say.locale, "languages": [], "member": None, "rooms": []}
    return make_response(render_template("office/problem.html", **values, cure=cure), status)
