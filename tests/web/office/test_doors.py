"""Every route of the signed-in pages and who may pass it: this table, which a new route without a line fails."""

from __future__ import annotations

import time

import pytest

from consult import intake
from consult.accounts.roles import ROLES
from consult.channel import Heard, Text
from consult.web import create_app
from consult.web.office.doors import DOORS
from tests.web.office.conftest import Hub, Visitor

ALL = frozenset(ROLES)
ADMINISTRATOR = frozenset({"administrator"})
DECIDE = frozenset({"administrator", "facilitator", "mediator"})
ASK = frozenset({"administrator", "facilitator"})
READ = frozenset({"facilitator", "mediator", "representative"})
RELEASE = frozenset({"facilitator"})
WRITE = frozenset({"facilitator"})
PROTECT = frozenset({"facilitator", "moderator", "guardian"})
MODERATE = frozenset({"moderator"})
GUARD = frozenset({"guardian"})
AIR = frozenset({"producer"})
DESIGN = frozenset({"facilitator"})
WORDS = frozenset({"facilitator", "translator"})
RECORD = frozenset({"facilitator", "voice"})
CODE = frozenset({"coder"})
NOBODY = len(ROLES) + 2  # an account that is not there
STRANGER = "stranger"

# method, address, endpoint -> roles (in the consultation "safety") that pass; everybody else meets 303 or 404
TABLE = [
    ("GET", "/office/sign-in", "entering.sign_in", ALL | {STRANGER}),
    ("GET", "/office/join", "entering.join", ALL | {STRANGER}),
    ("GET", "/office/join/CODE", "entering.invited", ALL | {STRANGER}),
    ("GET", "/office/second-factor", "own.factor", ALL),
    ("GET", "/office/second-factor.svg", "own.picture", frozenset()),  # only until the factor is proved
    ("POST", "/office/sign-out", "own.sign_out", ALL),
    ("GET", "/office/prove", "own.prove", ALL),
    ("GET", "/office/account", "own.page", ALL),
    ("POST", "/office/account/password", "own.password", ALL),
    ("POST", "/office/account/paper", "own.paper", ALL),
    ("POST", "/office/account/everywhere", "own.everywhere", ALL),
    ("GET", "/office/", "desk.home", ALL),
    ("GET", "/office/consultations/safety", "desk.consultation", ALL),
    ("GET", "/office/consultations/safety/releases", "releases.page", READ),
    ("POST", "/office/consultations/safety/releases", "releases.make", RELEASE),
    ("GET", "/office/consultations/safety/releases/1", "releases.read", READ),
    ("GET", "/office/consultations/safety/releases/1/files/csv", "releases.file", READ),
    ("GET", "/office/consultations/safety/contacts", "contacts.page", WRITE),
    ("POST", "/office/consultations/safety/contacts/look", "contacts.look", WRITE),
    ("POST", "/office/consultations/safety/contacts/errors", "contacts.errors", WRITE),
    ("POST", "/office/consultations/safety/contacts/take", "contacts.take", WRITE),
    ("POST", "/office/consultations/safety/contacts/drop", "contacts.drop", WRITE),
    ("POST", "/office/consultations/safety/contacts/1/undo", "contacts.undo", WRITE),
    ("POST", "/office/consultations/safety/contacts/codes", "contacts.codes", WRITE),
    ("GET", "/office/consultations/safety/contacts/join", "contacts.joining", WRITE),
    ("GET", "/office/consultations/safety/contacts/join/0.svg", "contacts.picture", frozenset()),  # no number here
    ("GET", "/office/consultations/safety/launch", "launch.page", PROTECT),
    ("POST", "/office/consultations/safety/launch", "launch.start", WRITE),
    ("POST", "/office/consultations/safety/launch/sign", "launch.sign", frozenset()),  # no line: none of it
    ("POST", "/office/consultations/safety/launch/1/pause", "launch.pause", frozenset()),  # no campaign here
    ("POST", "/office/consultations/safety/launch/1/resume", "launch.resume", frozenset()),
    ("POST", "/office/consultations/safety/launch/1/stop", "launch.stop", frozenset()),
    (
        "GET",
        "/office/consultations/safety/live",
        "live.page",
        frozenset({"facilitator", "moderator", "producer"}),
    ),
    ("GET", "/office/consultations/safety/incidents", "incidents.page", PROTECT),
    ("POST", "/office/consultations/safety/incidents", "incidents.begin", PROTECT),
    ("POST", "/office/consultations/safety/incidents/1/close", "incidents.close", PROTECT),
    ("GET", "/office/moderation/safety", "moderation.page", MODERATE),
    ("POST", "/office/moderation/safety/words", "moderation.words", MODERATE),
    ("POST", "/office/moderation/safety/questions/why/ask", "moderation.ask", MODERATE),
    ("POST", "/office/moderation/safety/questions/why/open", "moderation.open_texts", MODERATE),
    ("GET", "/office/moderation/safety/questions/why", "moderation.queue", MODERATE),
    ("POST", "/office/moderation/safety/questions/why/fine", "moderation.all_fine", MODERATE),
    ("POST", "/office/moderation/safety/texts/1", "moderation.decide", MODERATE),
    ("GET", "/office/moderation/safety/texts/1/words", "moderation.mask", MODERATE),
    ("POST", "/office/moderation/safety/texts/1/words", "moderation.mask_words", MODERATE),
    ("GET", "/office/moderation/safety/answers", "replies.page", MODERATE),
    ("POST", "/office/moderation/safety/answers", "replies.write", MODERATE),
    ("POST", "/office/moderation/safety/answers/1/approve", "replies.approve", MODERATE),
    ("POST", "/office/moderation/safety/answers/1/decline", "replies.decline", MODERATE),
    ("POST", "/office/moderation/safety/answers/1/send", "replies.send", MODERATE),
    ("GET", "/office/moderation/safety/paraphrases", "paraphrases.page", MODERATE),
    ("POST", "/office/moderation/safety/paraphrases", "paraphrases.write", MODERATE),
    ("POST", "/office/moderation/safety/paraphrases/1/approve", "paraphrases.approve", MODERATE),
    ("POST", "/office/moderation/safety/paraphrases/1/decline", "paraphrases.decline", MODERATE),
    ("GET", "/office/flags/safety", "flags.page", GUARD),
    ("POST", "/office/flags/safety/ask", "flags.ask", GUARD),
    ("POST", "/office/flags/safety/take", "flags.take", GUARD),
    ("POST", "/office/flags/safety/1/close", "flags.close", GUARD),
    ("GET", "/office/consultations/safety/asks", "asks.page", READ),
    ("POST", "/office/consultations/safety/asks", "asks.begin", RELEASE),
    ("POST", "/office/consultations/safety/asks/1/move", "asks.move", RELEASE),
    ("POST", "/office/consultations/safety/asks/1/answer", "asks.answer", frozenset({"mediator", "representative"})),
    ("POST", "/office/consultations/safety/asks/1/approve", "asks.approve", RELEASE),
    ("POST", "/office/consultations/safety/asks/1/decline", "asks.decline", RELEASE),
    ("GET", "/office/consultations/safety/episodes", "episodes.page", AIR),
    ("GET", "/office/consultations/safety/episodes/2/script", "episodes.script", AIR),
    ("GET", "/office/consultations/safety/episodes/2/sheet", "episodes.sheet", AIR),
    ("GET", "/office/consultations/safety/episodes/2/desk", "episodes.desk", AIR),
    ("POST", "/office/consultations/safety/episodes/2/slips", "episodes.take", AIR),
    ("GET", "/office/consultations/safety/episodes/2/words", "episodes.words", AIR),
    ("GET", "/office/consultations/safety/episodes/2/topline", "episodes.topline", AIR),
    ("GET", "/office/consultations/safety/episodes/2/texts", "episodes.texts", AIR),
    ("POST", "/office/consultations/safety/episodes/2/texts", "episodes.open_texts", AIR),
    ("GET", "/office/designs", "designer.list", DESIGN),
    ("POST", "/office/designs", "designer.begin", DESIGN),
    ("POST", "/office/designs/safety/from-live", "designer.from_live", DESIGN),
    ("GET", "/office/designs/safety", "designer.page", DESIGN),
    ("POST", "/office/designs/safety", "designer.save", DESIGN),
    ("GET", "/office/designs/safety/files/toml", "carrying.file", DESIGN),
    ("POST", "/office/designs/safety/import", "carrying.bring", DESIGN),
    ("GET", "/office/designs/safety/template", "lending.page", DESIGN),
    ("POST", "/office/designs/safety/template/file", "lending.give", DESIGN),
    ("POST", "/office/designs/safety/template", "lending.take", DESIGN),
    ("GET", "/office/designs/safety/publish", "publishing.page", DESIGN),
    ("POST", "/office/designs/safety/approval", "publishing.approval", DESIGN),
    ("POST", "/office/designs/safety/publish", "publishing.publish", DESIGN),
    ("GET", "/office/designs/safety/words", "translating.page", WORDS),
    ("GET", "/office/designs/safety/words/ha", "translating.tongue", WORDS),
    ("POST", "/office/designs/safety/words/ha", "translating.save", WORDS),
    ("GET", "/office/designs/safety/words/ha/sheet", "bringing.sheet", WORDS),
    ("POST", "/office/designs/safety/words/ha/sheet", "bringing.look", WORDS),
    ("POST", "/office/designs/safety/words/ha/take", "bringing.take", WORDS),
    ("GET", "/office/designs/safety/try", "trial.page", DESIGN),
    ("POST", "/office/designs/safety/try", "trial.play", DESIGN),
    ("GET", "/office/designs/safety/script/en", "trial.script", DESIGN),
    ("GET", "/office/prompts", "prompts.list", RECORD),
    ("GET", "/office/prompts/safety", "prompts.page", RECORD),
    ("GET", "/office/prompts/safety/live/en", "prompts.lines", RECORD),
    ("GET", "/office/prompts/safety/live/en/sheet", "prompts.sheet", RECORD),
    ("GET", "/office/prompts/safety/live/en/00000000", "prompts.line", frozenset()),  # no line has this name
    ("POST", "/office/prompts/safety/live/en/00000000", "prompts.keep", frozenset()),
    ("POST", "/office/prompts/safety/live/en/code", "prompts.code", frozenset()),  # nobody carries calls here
    ("GET", "/office/coding/safety", "coding.list", CODE),
    ("GET", "/office/coding/safety/why", "coding.page", frozenset()),  # no question in words here: test_coding
    ("POST", "/office/coding/safety/why", "coding.label", frozenset()),
    ("POST", "/office/coding/safety/why/done", "coding.done", frozenset()),
    ("POST", "/office/coding/safety/why/leave", "coding.leave", frozenset()),
    ("GET", "/office/coding/safety/why/both", "coding.both", frozenset()),
    ("POST", "/office/coding/safety/why/settle", "coding.settle", frozenset()),
    ("POST", "/office/coding/safety/why/keep", "coding.keep", frozenset()),
    ("GET", "/office/coding/safety/why/book", "codebooks.page", frozenset()),
    ("POST", "/office/coding/safety/why/book", "codebooks.save", frozenset()),
    ("POST", "/office/coding/safety/why/book/file", "codebooks.bring", frozenset()),
    ("GET", "/office/coding/safety/why/book/files/scheme", "codebooks.file", frozenset()),
    ("GET", "/office/desk-worker.js", "worker.script", ALL),
    ("GET", "/office/people", "people.page", ADMINISTRATOR),
    ("POST", "/office/people/invite", "people.invite", ADMINISTRATOR),
    ("POST", f"/office/people/{NOBODY}/disable", "people.disable", ADMINISTRATOR),
    ("POST", f"/office/people/{NOBODY}/grant", "people.grant", ADMINISTRATOR),
    ("POST", f"/office/people/{NOBODY}/ungrant", "people.ungrant", ADMINISTRATOR),
    ("POST", f"/office/people/{NOBODY}/afresh", "people.afresh", ADMINISTRATOR),
    ("GET", "/office/approvals", "approvals.page", DECIDE),
    ("POST", "/office/approvals/ask", "approvals.ask", ASK),
    ("POST", "/office/approvals/1/approve", "approvals.approve", DECIDE),
    ("POST", "/office/approvals/1/refuse", "approvals.refuse", DECIDE),
    ("GET", "/office/audit", "audit.page", ADMINISTRATOR),
    ("GET", "/office/audit/export", "audit.export", ADMINISTRATOR),
    ("GET", "/office/nodes", "nodes.page", ADMINISTRATOR),
    ("POST", "/office/nodes/decide", "nodes.decide", ADMINISTRATOR),
    ("GET", "/office/programs", "programs.page", ADMINISTRATOR),
    ("POST", "/office/programs/make", "programs.make", ADMINISTRATOR),
    ("POST", "/office/programs/1/revoke", "programs.revoke", ADMINISTRATOR),
    ("GET", "/office/enter/CODE", "entering.by_link", frozenset()),  # the demo's alone
    ("GET", "/api/consultations/safety/figures", "programs.figures", frozenset()),  # by token: test_programs
    ("GET", "/api/consultations/safety/releases", "programs.releases", frozenset()),
    ("GET", "/api/consultations/safety/releases/1", "programs.release", frozenset()),
    ("GET", "/api/consultations/safety/releases/1/files/csv", "programs.file", frozenset()),
    ("GET", "/api/consultations/safety/asks", "programs.asks", frozenset()),
    ("GET", "/api/openapi.json", "programs.description", ALL | {STRANGER}),
]
SEEN_BY_MACHINES = {
    "audio.play",
    "joining.hub",
    "joining.join",
    "hooks.refuse_message",
    "hooks.refuse_report",
    "hooks.refuse_unsigned",
    "static",
    "front",
}
SEEN_BY_MACHINES |= {"health", "healthz", "readyz", "metrics"}


def passes(visitor: Visitor, method: str, path: str) -> bool:
    """Whether the door opened: 200, or 400 for a form that lacks its values; leaving leads to the sign-in."""
    answer = visitor.get(path) if method == "GET" else visitor.post(path)
    assert answer.status_code in (200, 303, 400, 401, 404), (path, answer.status_code)
    if path in ("/office/sign-out", "/office/account/everywhere"):
        return visitor.get("/office/account").status_code == 303
    to = answer.headers.get("Location", "")
    return answer.status_code in (200, 400) or to == "/office/account" or to.startswith("/office/designs/")


@pytest.mark.parametrize(("method", "path", "endpoint", "roles"), TABLE, ids=[f"{row[0]} {row[1]}" for row in TABLE])
def test_a_door_opens_for_these_roles_only(
    lasting_hub: Hub, method: str, path: str, endpoint: str, roles: frozenset[str]
) -> None:
    lasting_hub.unlimited()
    for role in ROLES:
        assert passes(lasting_hub.inside(role), method, path) is (role in roles), role


@pytest.mark.parametrize(("method", "path", "endpoint", "roles"), TABLE, ids=[f"{row[0]} {row[1]}" for row in TABLE])
def test_a_stranger_meets_the_sign_in(
    lasting_hub: Hub, method: str, path: str, endpoint: str, roles: frozenset[str]
) -> None:
    visitor = lasting_hub.visitor()
    visitor.get("/office/sign-in")
    answer = visitor.get(path) if method == "GET" else visitor.post(path)
    if STRANGER in roles:
        assert answer.status_code == 200
    else:
        assert answer.headers.get("Location") == "/office/sign-in" or answer.status_code in (401, 404)


def test_every_route_has_its_line_in_both_tables(lasting_hub: Hub) -> None:
    office = lasting_hub.app.extensions["annex"].office()
    routes = {rule.endpoint for rule in office.url_map.iter_rules()}
    assert routes == set(DOORS) == {endpoint for _, _, endpoint, _ in TABLE}
    core = {rule.endpoint for rule in create_app(lasting_hub.house).url_map.iter_rules()}
    assert core == SEEN_BY_MACHINES


def test_a_route_that_was_forgotten_is_shut(hub: Hub) -> None:
    office = hub.app.extensions["annex"].office()
    office.add_url_rule("/office/forgotten", "forgotten", lambda: "open")
    assert hub.inside("administrator").get("/office/forgotten").status_code == 403


# ---- between consultations


@pytest.mark.parametrize("path", ["/office/consultations/safety", "/office/consultations/nowhere"])
def test_another_s_consultation_and_none_at_all_look_the_same(lasting_hub: Hub, path: str) -> None:
    outsider = lasting_hub.inside("outsider")
    answer = outsider.get(path)
    assert answer.status_code == 404
    assert answer.text == outsider.get("/office/consultations/neither").text
    assert outsider.get("/office/consultations/pulse").status_code == 200
    assert "safety" not in outsider.get("/office/").text


def test_an_approval_of_another_consultation_is_out_of_reach(hub: Hub) -> None:
    hub.inside("facilitator").post("/office/approvals/ask", kind="retire", consultation="safety")
    outsider = hub.inside("outsider")
    assert "safety" not in outsider.get("/office/approvals").text
    assert outsider.post("/office/approvals/1/approve").status_code == 400
    assert outsider.post("/office/approvals/1/refuse").status_code == 400
    assert outsider.post("/office/approvals/ask", kind="retire", consultation="safety").status_code == 400
    (asked,) = hub.house.store.read(lambda view: view.approvals())
    assert asked.state == "asked"


def test_two_people_retire_a_consultation_on_the_page(hub: Hub) -> None:
    asker = hub.inside("facilitator")
    asker.post("/office/approvals/ask", kind="retire", consultation="safety")
    assert asker.post("/office/approvals/1/approve").status_code == 400
    assert hub.inside("mediator").post("/office/approvals/1/approve").status_code == 200
    retired = hub.house.store.read(lambda view: view.published("safety"))
    assert retired is not None
    assert retired.retired == int(time.time()) // 86_400


# ---- what nobody sees


def test_no_page_of_any_role_shows_a_number(hub: Hub) -> None:
    """A woman answers; whatever page whoever opens, her number is on none, and her words are on none."""
    number, words = "+237650000017", "marker of her own words"
    for n, text in enumerate(("RIVER", "1", "1", "1", "2", words)):
        at = int(time.time())
        heard = Heard("sms", "simulator", "+12025550100", number, Text(text), f"ref-{n}", sent_at=None, heard_at=at)
        intake.take(hub.house, heard, 0)
    assert hub.house.store.read(lambda view: view.last_arrival("safety")) > 0
    paths = [path.replace("/9/", "/1/") for method, path, _, _ in TABLE if method == "GET"]
    for role in hub.people:
        visitor = hub.inside(role)
        for path in paths:
            shown = visitor.get(path).data.decode(errors="replace")  # one is a spreadsheet
            assert number[-6:] not in shown, (role, path)
            assert words not in shown, (role, path)
