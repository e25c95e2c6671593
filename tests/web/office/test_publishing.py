"""From a draft to what is live: what is shown before, what is refused, the kit, and the second person."""

from __future__ import annotations

import re
import time
from pathlib import Path

import pytest

from consult.accounts import approving, entering
from consult.consultation import read
from consult.custody import rehearse
from consult.drafts import keeping
from consult.drafts.fields import taken
from tests.conftest import example
from tests.web.office.conftest import Hub, Visitor, opened_hub
from tests.web.office.drafted import PAGE, read_as, standing

READ = {"unreviewed": [*example("safety").languages]}  # ticked for each language


@pytest.fixture
def amina(hub: Hub) -> Visitor:
    visitor = hub.inside("facilitator")
    visitor.get(PAGE)
    return visitor


def test_what_is_live_cannot_be_taken_for_a_draft(amina: Visitor) -> None:
    same = amina.get(f"{PAGE}?lang=en").text
    assert "Version 1 is live and says the same." in same
    amina.post(PAGE, base="1", **{"label.moving.en": "Easier?"})
    assert "Nobody hears this. Version 1 is live; 1 thing differs." in amina.get(f"{PAGE}?lang=en").text
    page = amina.get(f"{PAGE}/publish?lang=en").text
    assert "Question 1: What she is asked" in page
    assert re.search(r"<del[^>]*>In the last month.*</del> <ins[^>]*>Easier\?</ins>", page)
    assert "Publish it as version 2" in page


def test_a_draft_becomes_the_next_version(hub: Hub, amina: Visitor) -> None:
    amina.post(PAGE, base="1", **{"label.moving.en": "Easier or harder?"})
    amina.get(f"{PAGE}/publish")
    assert amina.post(f"{PAGE}/publish", number="1").status_code == 400
    done = amina.post(f"{PAGE}/publish", number="2", **READ)
    assert done.status_code == 200
    assert "LIVE: version 2" in done.text
    assert "<pre" not in done.text
    published = hub.house.store.read(lambda view: view.published("safety"))
    assert published is not None
    assert (published.version, published.test) == (2, True)
    assert read(published.toml) == standing(hub.house)
    assert "published safety from its draft" in hub.house.store.read(lambda view: view.audit())[-1][2]


def test_what_the_demo_publishes_is_test_data_and_read_as_in_earnest(tmp_path: Path) -> None:
    for hub in opened_hub(tmp_path / "data", demo=True):
        amina = hub.inside("facilitator")
        amina.post("/office/designs", name="market", language="en")
        toml = read_as("market", example("safety"))
        draft = keeping.replace_all(hub.house, "market", toml, 1, int(time.time()))
        assert 'name="unreviewed"' in amina.get("/office/designs/market/publish").text
        sent = {"number": str(draft.number)}
        assert amina.post("/office/designs/market/publish", **sent).status_code == 400
        assert amina.post("/office/designs/market/publish", unreviewed="en", **sent).status_code == 200
        published = hub.house.store.read(lambda view: view.published("market"))
        assert published is not None
        assert published.test


def test_the_kit_of_a_first_version_is_shown_once(hub: Hub, amina: Visitor) -> None:
    amina.post("/office/designs", name="market", language="en")
    sound = example("safety")
    draft = keeping.replace_all(hub.house, "market", read_as("market", sound), 1, int(time.time()))
    amina.get("/office/designs/market/publish")
    done = amina.post("/office/designs/market/publish", number=str(draft.number), unreviewed="en")
    halves = re.findall(r"<pre[^>]*>(.*?)</pre>", done.text, re.S)
    assert len(halves) == 2
    assert done.headers["Cache-Control"] == "no-store"
    published = hub.house.store.read(lambda view: view.published("market"))
    assert published is not None
    rehearse(published.public, *halves)
    again = amina.post("/office/designs/market/publish", number=str(draft.number), unreviewed="en")
    assert "It was published before" in again.text
    assert "<pre" not in again.text


def test_what_is_wrong_is_not_published(hub: Hub, amina: Visitor) -> None:
    amina.post(PAGE, base="1", **{"top.news_by": ""})
    page = amina.get(f"{PAGE}/publish?lang=en").text
    assert "It cannot be published yet." in page
    assert "Publish it as" not in page
    answer = amina.post(f"{PAGE}/publish", number="2", **READ)
    assert answer.status_code == 400
    published = hub.house.store.read(lambda view: view.published("safety"))
    assert published is not None
    assert published.version == 1


def test_a_language_with_errors_is_left_out_and_said_to_be(hub: Hub, amina: Visitor) -> None:
    amina.post(PAGE, base="1", **{"in": "ha", "label.age.ha": ""})
    assert "Left out, because something is to do in them: Hausa" in amina.get(f"{PAGE}/publish?lang=en").text
    assert amina.post(f"{PAGE}/publish", number="2", **READ).status_code == 200
    published = hub.house.store.read(lambda view: view.published("safety"))
    assert published is not None
    assert "ha" not in read(published.toml).languages


def test_other_safety_settings_wait_for_another_person(hub: Hub, amina: Visitor) -> None:
    whole, _ = taken(standing(hub.house), {"sensitive.turn_to": ""})
    amina.post(PAGE, base="1", **{"sensitive.turn_to": ""})
    assert standing(hub.house) == whole
    assert "Ask for approval" in amina.get(f"{PAGE}/publish?lang=en").text
    assert amina.post(f"{PAGE}/publish", number="2").status_code == 400
    amina.post(f"{PAGE}/approval")
    assert "It waits for another person" in amina.get(f"{PAGE}/publish?lang=en").text
    assert amina.post(f"{PAGE}/publish", number="2").status_code == 400
    (asked,) = hub.house.store.read(lambda view: view.approvals())
    approving.approve(hub.house, asked.id, hub.people["mediator"].id, int(time.time()))
    amina.get(f"{PAGE}/publish")
    assert amina.post(f"{PAGE}/publish", number="2", **READ).status_code == 200
    published = hub.house.store.read(lambda view: view.published("safety"))
    assert published is not None
    assert published.version == 2


def test_an_approval_is_for_these_very_words(hub: Hub, amina: Visitor) -> None:
    amina.post(PAGE, base="1", **{"sensitive.turn_to": ""})
    amina.post(f"{PAGE}/approval")
    (asked,) = hub.house.store.read(lambda view: view.approvals())
    approving.approve(hub.house, asked.id, hub.people["mediator"].id, int(time.time()))
    amina.post(PAGE, base="2", **{"label.moving.en": "Something else"})
    assert amina.post(f"{PAGE}/publish", number="3").status_code == 400


def test_a_key_that_is_kept_elsewhere_is_made_with_the_command(hub: Hub, amina: Visitor) -> None:
    amina.post("/office/designs", name="market", language="en")
    whole, _ = taken(read_as("market", example("safety")), {"top.custody": "offline"})
    draft = keeping.replace_all(hub.house, "market", whole, 1, int(time.time()))
    assert "consult publish market-draft.toml" in amina.get("/office/designs/market/publish").text
    assert amina.post("/office/designs/market/publish", number=str(draft.number)).status_code == 400
    assert hub.house.store.read(lambda view: view.published("market")) is None


def test_publishing_asks_for_the_password_again_after_a_while(hub: Hub, amina: Visitor) -> None:
    entering.leave(hub.house, amina.cookie())
    entering.admit(hub.house, hub.people["facilitator"].id, amina.cookie(), int(time.time()) - 1800)
    amina.get(PAGE)
    answer = amina.post(f"{PAGE}/publish", number="1", **READ)
    assert answer.headers["Location"].startswith("/office/prove?to=")


def test_the_draft_of_what_is_live_is_begun_again(hub: Hub, amina: Visitor) -> None:
    amina.post(PAGE, base="1", do="drop moving")
    assert amina.post(f"{PAGE}/from-live").status_code == 303
    assert standing(hub.house) == example("safety")
