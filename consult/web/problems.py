"""What is said when a request cannot be answered: what happened, what to do now, and nothing else.

Rule 1: carriers and scripts get one plain line; a browser that opened the demo gets a page in its language.
Rule 2: nothing of the request is repeated, nothing of our insides is told.
"""

from __future__ import annotations

from flask import Response, current_app, render_template, request

from consult.house import House
from consult.web.place import language
from consult.wording import Say, for_locale


class Problem(Exception):
    """A request of the demo that cannot be answered: `status`, and `what` happened (a key of `_cure`)."""

    def __init__(self, status: int, what: str) -> None:
        super().__init__(what)
        self.status, self.what = status, what


def answer(status: int, line: str, what: str = "") -> Response:
    """The answer with this status: `line` for machines; for a person's browser a page on `what`, else on the status."""
    house: House = current_app.extensions["house"]
    if not house.settings.demo or "text/html" not in request.headers.get("Accept", ""):
        return Response(line + "\n", status=status, mimetype="text/plain")
    say = for_locale(language(house))
    cure = _cure(say, what or str(status), f"http://127.0.0.1:{house.settings.port}/")
    body = render_template("problem.html", say=say, lang=say.locale, cure=cure)
    return Response(body, status=status, mimetype="text/html")


def explain(problem: Problem) -> Response:
    """The answer to a request of the demo that raised this."""
    house: House = current_app.extensions["house"]
    line = _cure(for_locale("en"), problem.what, f"http://127.0.0.1:{house.settings.port}/")
    return answer(problem.status, line, problem.what)


def _cure(say: Say, what: str, address: str) -> str:
    match what:
        case "host":
            return say("The demo answers on this computer only. Open it as {address}", address=address)
        case "elsewhere":
            return say("This text came from another web site and was not taken. Send it from the page of the demo.")
        case "empty":
            return say("No consultation is published yet. Publish one with: {command}", command="consult publish FILE")
        case "400":
            return say("This text could not be read. Go back to the demo and send it again.")
        case "404":
            return say("There is no page at this address.")
        case "405":
            return say("Nothing can be read at this address: it only takes texts from the page of the demo.")
        case "413":
            return say("This text is too long. Send at most 1600 letters.")
        case "503":
            return say("The text was not kept. Wait a moment and send it again.")
        case _:
            return say("Something went wrong here. Go back to the demo and try again.")
