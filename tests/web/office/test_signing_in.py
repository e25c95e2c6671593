"""Signing in on the pages: what a thief, a guesser and a forger meet."""

from __future__ import annotations

import re
import time
from dataclasses import replace
from pathlib import Path

import pytest
from werkzeug.test import EnvironBuilder, run_wsgi_app

from consult.accounts import entering, factor, joining, passwords
from consult.web import HEADERS, create_app
from consult.web.office import ENTERING, known_host
from tests.accounts.conftest import PASSWORD
from tests.web.conftest import HTML, Parsed
from tests.web.office.conftest import Hub, Visitor, opened_hub

CODE = "ABCD-EFGH-JKMN-PQRS"


# ---- the way in


def test_the_first_code_leads_to_the_desk(tmp_path: Path) -> None:
    from consult.config import Settings
    from consult.house import open_house

    house = open_house(Settings(data=tmp_path / "data"))
    joining.first(house, CODE, int(time.time()))
    visitor = Visitor(create_app(house).test_client())
    assert Parsed.of(visitor.get(f"/office/join/{CODE}").text).one("input", id="code").at["value"] == CODE
    form = {"code": CODE, "name": "Amina", "password": PASSWORD, "again": PASSWORD}
    assert visitor.post("/office/join", **form).headers["Location"] == "/office/second-factor"
    assert visitor.get("/office/people").headers["Location"] == "/office/second-factor"
    shared = re.findall(r'<code dir="ltr">(\w+)<', visitor.get("/office/second-factor").text)[0]
    picture = visitor.get("/office/second-factor.svg")
    assert picture.mimetype == "image/svg+xml"
    assert "style=" not in picture.text
    assert visitor.post("/office/second-factor", code="000000").status_code == 400
    from pyotp import TOTP

    paper = visitor.post("/office/second-factor", code=TOTP(shared).now())
    assert len(re.findall(r"<li><code", paper.text)) == factor.CODES
    assert visitor.get("/office/people").status_code == 200
    assert visitor.get("/office/second-factor.svg").status_code == 404
    house.close()


def test_name_password_and_code_sign_in(hub: Hub) -> None:
    visitor = hub.visitor()
    assert visitor.sign_in(hub.people["mediator"]).headers["Location"] == "/office/"
    assert visitor.get("/office/").status_code == 200


def test_an_invitation_makes_an_account_in_its_role(hub: Hub) -> None:
    shown = hub.inside("administrator").post("/office/people/invite", role="mediator", consultation="pulse")
    code = re.findall(r'<code dir="ltr">([A-Z0-9-]{19})<', shown.text)[0]
    link = re.findall(r'<code dir="ltr">http://localhost(/[^<]*)<', shown.text)[0]
    visitor = hub.visitor()
    assert Parsed.of(visitor.get(link).text).one("input", id="code").at["value"] == code
    visitor.post("/office/join", code=code, name="Lena", password=PASSWORD, again=PASSWORD)
    assert visitor.get("/office/second-factor").status_code == 200
    again = hub.visitor()
    again.get("/office/join")
    form = {"code": code, "name": "Other", "password": PASSWORD, "again": PASSWORD}
    assert again.post("/office/join", **form).status_code == 400


def test_nobody_is_invited_to_something_that_was_not_chosen(hub: Hub) -> None:
    administrator = hub.inside("administrator")
    page = administrator.get("/office/people").text
    assert re.search(r'<select id="role-new" name="role" required><option value="">', page)
    for role, where in (("administrator", "safety"), ("mediator", "*"), ("mediator", ""), ("", "safety")):
        assert administrator.post("/office/people/invite", role=role, consultation=where).status_code == 400
    assert administrator.post("/office/people/invite", role="administrator", consultation="*").status_code == 200


def test_the_answer_to_a_form_has_no_link_that_loses_it(hub: Hub) -> None:
    administrator = hub.inside("administrator")
    assert "?lang=" in administrator.get("/office/people").text
    shown = administrator.post("/office/people/invite", role="mediator", consultation="pulse")
    assert "shown again" in shown.text
    assert "?lang=" not in shown.text


@pytest.mark.parametrize(
    ("sent", "page"),
    [
        ("/office/prompts/safety/live/en/code", "/office/prompts/safety/live/en"),
        ("/office/nodes/decide", "/office/nodes"),
        ("/office/people/invite", "/office/people"),
        ("//elsewhere/office/nodes", "/office/account"),
    ],
)
def test_whoever_proves_it_again_comes_back_to_the_form(hub: Hub, sent: str, page: str) -> None:
    who = hub.people["administrator"]
    visitor = hub.inside("administrator")
    form = {"to": sent, "password": PASSWORD, "code": who.code(int(time.time()))}
    assert visitor.post("/office/prove", **form).headers["Location"] == page


# ---- session fixation, stolen cookies


def test_a_cookie_from_before_does_not_open_after(hub: Hub) -> None:
    visitor = hub.visitor()
    visitor.get("/office/sign-in")
    before = visitor.cookie()
    visitor.sign_in(hub.people["mediator"])
    assert visitor.cookie() != before
    thief = hub.visitor()
    thief.client.set_cookie("consult", before)
    assert thief.get("/office/").headers["Location"] == "/office/sign-in"


def test_a_cookie_of_the_visitor_s_making_is_replaced(hub: Hub) -> None:
    visitor = hub.visitor()
    visitor.client.set_cookie("consult", "chosen-by-another")
    visitor.get("/office/sign-in")
    assert re.fullmatch("[0-9a-f]{64}", visitor.cookie())


def test_a_stolen_cookie_ends_with_sign_out(hub: Hub) -> None:
    visitor, thief = hub.inside("mediator"), hub.visitor()
    thief.client.set_cookie("consult", visitor.cookie())
    assert thief.get("/office/account").status_code == 200
    visitor.post("/office/sign-out")
    assert thief.get("/office/account").status_code == 303


def test_a_stolen_cookie_does_nothing_that_counts(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    visitor, thief = hub.inside("administrator"), hub.visitor()
    thief.client.set_cookie("consult", visitor.cookie())
    thief.get("/office/people")
    monkeypatch.setattr(entering, "PROVED", -1)  # ten minutes later
    for path in ("people/invite", "people/3/disable", "approvals/ask", "programs/make", "account/password"):
        answer = thief.post(f"/office/{path}", role="mediator", consultation="safety", kind="retire")
        assert answer.headers["Location"].startswith("/office/prove?")
    thief.get("/office/prove?to=/office/people/invite")
    assert thief.post("/office/prove", to="/office/people/invite", password="guess", code="000000").status_code == 400


@pytest.mark.parametrize(
    ("to", "where"),
    [
        ("/office/people/invite", "/office/people"),
        ("https://example.org/", "/office/account"),
        ("//example.org/office/people", "/office/account"),
    ],
)
def test_proving_gives_a_new_cookie_and_leads_nowhere_else(hub: Hub, to: str, where: str) -> None:
    who = hub.people["administrator"]
    visitor = hub.inside("administrator")
    before = visitor.cookie()
    visitor.get(f"/office/prove?to={to}")
    code = who.code(int(time.time()))
    answer = visitor.post("/office/prove", to=to, password=PASSWORD, code=code)
    assert answer.headers["Location"] == where
    assert visitor.cookie() != before
    assert entering.inside(hub.house, before, int(time.time())) is None


# ---- forged forms


def test_a_form_without_its_mark_is_refused(hub: Hub) -> None:
    office = hub.app.extensions["annex"].office()
    for rule in office.url_map.iter_rules():
        if "POST" in rule.methods:
            visitor = hub.inside("administrator")
            visitor.mark = ""
            path = rule.rule.replace("<int:id>", "3").replace("<name>", "safety").replace("<int:number>", "2")
            assert visitor.post(path).status_code == 400, path
    disabled = [each.disabled for each in hub.house.store.read(lambda view: view.accounts())]
    assert not any(disabled)


def test_another_visit_s_mark_is_worth_nothing(hub: Hub) -> None:
    visitor, other = hub.inside("administrator"), hub.inside("mediator")
    visitor.mark = other.mark
    assert visitor.post("/office/people/3/disable").status_code == 400


# ---- guessing


def test_known_and_unknown_names_are_answered_alike(hub: Hub) -> None:
    answers = []
    for name in ("Mediator", "Nobody at all"):
        visitor = hub.visitor()
        visitor.get("/office/sign-in")
        answer = visitor.post("/office/sign-in", name=name, password="wrong password here", code="123456")
        told = re.sub(r'value="[^"]*"', "", answer.text)
        answers.append((answer.status_code, told, sorted(name for name, _ in answer.headers)))
    assert answers[0] == answers[1]


def test_the_work_of_a_sign_in_is_the_same_for_any_name(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[str] = []
    right = passwords.right

    def counted(password: str, hashed: str) -> bool:
        done.append("hash")
        return right(password, hashed)

    monkeypatch.setattr(passwords, "right", counted)
    for name in ("Mediator", "Nobody at all", "", "x" * 500):
        before = len(done)
        visitor = hub.visitor()
        visitor.get("/office/sign-in")
        visitor.post("/office/sign-in", name=name, password="wrong password here", code="123456")
        assert len(done) == before + 1


def test_a_source_that_guesses_waits(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passwords, "right", lambda *_: False)  # only the limit is looked at
    visitor = hub.visitor()
    visitor.get("/office/sign-in")
    allowed = int(ENTERING.split()[0])
    told = [visitor.post("/office/sign-in", name="Mediator").status_code for _ in range(allowed + 1)]
    assert told == [400] * allowed + [429]
    assert visitor.last is not None
    assert visitor.last.headers["Retry-After"] == "60"
    assert visitor.get("/office/sign-in").status_code == 200


def test_a_browser_that_is_known_says_so_by_a_cookie_that_opens_nothing(hub: Hub) -> None:
    visitor = hub.visitor()
    visitor.sign_in(hub.people["mediator"])
    known = visitor.cookie("known")
    assert known == entering.device(hub.house, hub.people["mediator"].id)
    thief = hub.visitor()
    thief.client.set_cookie("known", known)
    assert thief.get("/office/").status_code == 303


# ---- cookies, headers, hosts


def test_cookies_are_strict(hub: Hub) -> None:
    set_ = hub.visitor().get("/office/sign-in").headers["Set-Cookie"]
    assert {"HttpOnly", "SameSite=Strict", "Path=/"} <= set(set_.split("; "))
    assert "Secure" not in set_
    https = replace(hub.house, settings=replace(hub.house.settings, public_url="https://consult.example.org"))
    answer = create_app(https).test_client().get("/office/sign-in")
    assert answer.headers["Set-Cookie"].startswith("__Host-consult=")
    assert "Secure" in answer.headers["Set-Cookie"]
    assert "max-age" in answer.headers["Strict-Transport-Security"]


@pytest.mark.parametrize("path", ["sign-in", "", "people", "nowhere", "audit/export", "account"])
def test_every_page_is_guarded(lasting_hub: Hub, path: str) -> None:
    answer = lasting_hub.inside("administrator").get(f"/office/{path}")
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Content-Security-Policy"] == HEADERS["Content-Security-Policy"]
    assert answer.headers["Referrer-Policy"] == "same-origin"
    assert " style=" not in answer.text
    assert "<script" not in answer.text


@pytest.mark.parametrize(
    ("host", "known"),
    [
        ("localhost:8000", True),
        ("127.0.0.1", True),
        ("192.168.4.1:8000", True),
        ("[::1]:8000", True),
        ("consult.example.org", True),
        ("example.org", False),
        ("consult.example.org.evil.example", False),
        ("127.0.0.1.example.org", False),
        ("", False),
        ("[::::]", False),
        ("[1:2]:8000", False),
    ],
)
def test_a_host_is_ours_or_refused(host: str, known: bool) -> None:
    assert known_host(host, "https://consult.example.org") is known


def test_another_host_gets_an_error_that_tells_nothing(lasting_hub: Hub) -> None:
    answer = lasting_hub.visitor().get("/office/sign-in", Host="evil.example")
    assert answer.status_code == 421
    assert "evil" not in answer.text


@pytest.mark.parametrize("host", ["[::::]", "[1:2]:80", "a" * 300, "[", "localhost\xff"])
def test_a_host_that_is_none_is_refused(lasting_hub: Hub, caplog: pytest.LogCaptureFixture, host: str) -> None:
    builder = EnvironBuilder(path="/office/sign-in", headers={"Host": host})
    _, status, _ = run_wsgi_app(lasting_hub.app, builder.get_environ(), buffered=True)  # a client would not send it
    assert status.startswith("421 ")
    assert not caplog.text


def test_errors_help_in_three_languages_and_repeat_nothing(lasting_hub: Hub) -> None:
    for tag, word in (("en", "no such page"), ("fr", "n’existe pas"), ("ar", "لا توجد صفحة")):
        answer = lasting_hub.inside("mediator").get(f"/office/marker-of-hers?lang={tag}")
        assert answer.status_code == 404
        assert word in answer.text
        assert "marker-of-hers" not in answer.text


def test_a_large_form_is_refused(lasting_hub: Hub) -> None:
    visitor = lasting_hub.visitor()
    visitor.get("/office/sign-in")
    assert visitor.post("/office/sign-in", name="x" * 20_000).status_code == 413


def test_our_own_fault_is_logged_by_kind_alone(hub: Hub, caplog: pytest.LogCaptureFixture) -> None:
    visitor = hub.inside("mediator")
    hub.house.store.close()
    answer = visitor.client.get("/office/account?q=marker", headers=HTML)
    assert answer.status_code in (500, 503)
    assert "marker" not in caplog.text + answer.text


def test_the_first_page_is_the_desk_and_webhooks_meet_no_form_check(lasting_hub: Hub) -> None:
    visitor = lasting_hub.visitor()
    assert visitor.get("/").headers["Location"] == "/office/"
    assert visitor.client.post("/hooks/sms/twilio").status_code == 404
    assert visitor.client.get("/health").status_code == 200


def test_a_hub_behind_a_demo_has_a_link_and_a_real_one_has_none(tmp_path: Path) -> None:
    for hub in opened_hub(tmp_path / "data", demo=True):
        joining.link(hub.house, CODE, "Demo", int(time.time()))
        visitor = hub.visitor()
        assert visitor.get(f"/office/enter/{CODE}").headers["Location"] == "/"
        assert visitor.get("/office/audit").status_code == 200
        other = hub.visitor()
        other.get(f"/office/enter/{CODE}")
        assert other.get("/office/audit").status_code == 303
        real = create_app(replace(hub.house, settings=replace(hub.house.settings, demo=False))).test_client()
        joining.link(hub.house, CODE, "Demo", int(time.time()))
        assert real.get(f"/office/enter/{CODE}").status_code == 404
