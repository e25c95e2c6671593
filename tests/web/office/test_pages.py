"""Every page in a real Chromium, in English and Arabic: no barrier that axe-core finds, no script, light to load."""

from __future__ import annotations

import gzip
import time
from collections.abc import Iterator
from itertools import count

import pytest

from consult import campaign, contacts, intake
from consult.accounts import entering, factor, joining
from consult.channel import Heard, Text
from consult.store.members import Grant
from consult.web import assets
from tests.accounts.conftest import PASSWORD
from tests.conftest import need
from tests.web.barriers import NARROW, barriers
from tests.web.browser import Browser, chromium
from tests.web.conftest import Parsed
from tests.web.office.conftest import CARRIED, Hub, opened_hub, served
from tests.web.test_page_weight import FIRST, LATER, LIGHT, cost

HINT = "apt-get install chromium chromium-driver"
OUTSIDE = ("sign-in", "join")
RELEASE = "consultations/safety/releases"
READING = ("consultations/safety/asks", RELEASE, f"{RELEASE}/1", f"{RELEASE}/1/tables", f"{RELEASE}/1/method")
DESIGN = "designs/safety"
WORDS = (f"{DESIGN}/words", f"{DESIGN}/words/ha", f"{DESIGN}/words/ar")
DESIGNING = ("designs", DESIGN, f"{DESIGN}/template", f"{DESIGN}/publish", f"{DESIGN}/try", *WORDS)
RUNNING = tuple(f"consultations/safety/{each}" for each in ("contacts", "contacts/join", "launch", "live"))
MODERATING = ("moderation/safety", "moderation/safety/answers", "moderation/safety/paraphrases", "flags/safety")
INSIDE = (
    "",
    "consultations/safety",
    *MODERATING,
    *RUNNING,
    *READING,
    "people",
    "approvals",
    "audit",
    "nodes",
    "programs",
    *DESIGNING,
    "account",
    "prove",
    "nowhere",
)
DESIGNER = 14 * 1024  # at a first visit: the pages on which a whole consultation is written (D24)


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    """Full pages: an approval waits, a token is there, people have roles, a list was taken, a campaign is scheduled."""
    for hub in opened_hub(tmp_path_factory.mktemp("hub") / "data", **CARRIED):
        hub.unlimited()
        administrator = hub.inside("administrator")
        administrator.post("/office/people/1/grant", role="facilitator", consultation="safety")
        for role in ("moderator", "guardian"):
            administrator.post("/office/people/1/grant", role=role, consultation="safety")
        administrator.post("/office/programs/make", role="mediator", consultation="safety")
        hub.inside("facilitator").post("/office/approvals/ask", kind="retire", consultation="safety")
        launched(hub)
        yield hub


def launched(hub: Hub) -> None:
    at = int(time.time())
    listed = "phone,age\n" + "".join(f"+23480312{n:05},{'a18_29' if n % 3 else 'a30_49'}\n" for n in range(90))
    terms = contacts.Terms("paper", "North circle")
    contacts.apply(hub.house, contacts.plan(hub.house, "safety", listed.encode()), at, terms=terms)
    plan = campaign.Plan("sms", "twilio", "+12025550100", budget_segments=900, begins=at + 86_400)
    campaign.start(hub.house, "safety", plan, at)
    refs = count()
    for n, text in ((n, text) for n in range(12) for text in ("RIVER", "1", "1", "2")):
        sender, ref = f"+2348031{n:06}", f"ref {next(refs)}"
        intake.take(hub.house, Heard("sms", "twilio", "+12025550100", sender, Text(text), ref, at), n)


@pytest.fixture(scope="module")
def address(hub: Hub) -> Iterator[str]:
    with served(hub.app) as address:
        yield address


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    driver, binary = need("chromedriver", HINT), need("chromium", HINT)
    with chromium(driver, binary, tmp_path_factory.mktemp("profile")) as browser:
        browser.size(1280)
        yield browser


def visit(browser: Browser, hub: Hub, address: str, path: str, tag: str) -> None:
    """As the administrator where the page is for whoever is in."""
    browser.open(f"{address}sign-in")
    if path not in OUTSIDE:
        cookie = hub.inside("administrator").cookie()
        browser.devtools("Network.setCookie", name="consult", value=cookie, url=address, httpOnly=True)
    browser.open(f"{address}{path}?lang={tag}")
    assert browser.url == f"{address}{path}?lang={tag}"


@pytest.mark.parametrize("tag", ["en", "ar"])
@pytest.mark.parametrize("path", [*OUTSIDE, *INSIDE])
def test_no_barrier_is_found(browser: Browser, hub: Hub, address: str, path: str, tag: str) -> None:
    visit(browser, hub, address, path, tag)
    assert barriers(browser) == []
    assert browser.run("return document.dir") == ("rtl" if tag == "ar" else "ltr")
    browser.size(320)
    assert browser.run(NARROW)
    browser.size(1280)
    assert [line for line in browser.complaints() if "Content Security" in line] == []


def test_a_barrier_would_be_found(browser: Browser, hub: Hub, address: str) -> None:
    visit(browser, hub, address, "account", "en")
    browser.run(
        "document.querySelector('label').remove(); "
        "const head = document.querySelector('main p').style; head.color = '#888'; head.background = '#999'"
    )
    found = " ".join(barriers(browser))
    assert found.startswith("label: ") or " label: " in found
    assert "dark color-contrast: " in found


def test_the_second_factor_s_page_has_no_barrier(browser: Browser, hub: Hub, address: str) -> None:
    at = int(time.time())
    joining.invite(hub.house, "CODE", Grant(0, "mediator", "safety"), 0, at)
    id = joining.join(hub.house, "CODE", "Not ready", PASSWORD, factor.secret(b"z" * 20), at)
    visitor = hub.visitor()
    visitor.get("/office/sign-in")
    entering.admit(hub.house, id, visitor.cookie(), at)
    browser.open(f"{address}sign-in")
    browser.devtools("Network.setCookie", name="consult", value=visitor.cookie(), url=address, httpOnly=True)
    browser.open(f"{address}second-factor")
    assert barriers(browser) == []
    assert browser.run("return document.querySelector('img').naturalWidth") > 100


def test_someone_signs_in_with_a_keyboard_alone(browser: Browser, hub: Hub, address: str) -> None:
    who = hub.people["mediator"]
    browser.devtools("Network.clearBrowserCookies")
    browser.open(f"{address}sign-in?lang=en")
    browser.type("#name", who.name)
    browser.type("#password", PASSWORD)
    browser.type("#code", f"{who.code(int(time.time()))}\ue007")
    browser.until(lambda: browser.url == address)
    assert browser.text("h1") == "Desk"
    browser.press("Tab", 9)
    assert browser.run("return document.activeElement.className") == "skip"


@pytest.mark.parametrize("tag", ["en", "fr", "ar"])
@pytest.mark.parametrize("path", [*OUTSIDE, *INSIDE])
def test_a_page_is_light(hub: Hub, path: str, tag: str) -> None:
    visitor = hub.inside("administrator")
    answer = visitor.client.get(f"/office/{path}?lang={tag}", headers=LIGHT)
    read = Parsed.of(gzip.decompress(answer.data).decode())
    loaded = sum(cost(visitor.client.get(each, headers=LIGHT)) for each in read.loads())
    assert cost(answer) + loaded <= (DESIGNER if path in (DESIGN, *WORDS) else FIRST)
    assert len(answer.data) <= (FIRST if path in (DESIGN, *WORDS) else LATER)


def test_one_small_style_sheet_dresses_every_page() -> None:
    sheets = [name for name in assets.assets() if name.endswith(".css")]
    assert sheets == ["design.css", "desk.css", "record.css", "style.css"]
    assert len(assets.assets()["style.css"].packed) <= 2048
