"""A coder reads that somebody may be in danger: guardians see the text, and nothing she ticked is lost."""
# ruff: noqa: F811

from __future__ import annotations

from consult.coding import labelling
from consult.moderation import flags
from tests.coders import WHY
from tests.web.browser import Browser
from tests.web.office.test_coding import (  # noqa: F401 - fixtures among them
    AT,
    Room,
    address,
    browser,
    chrome,
    made,
    messages,
    network,
    room,
    sits_down,
)


def test_a_coder_tells_the_guardians_of_danger_and_loses_nothing(room: Room) -> None:
    ada, house = room.hub.inside("Ada"), room.house
    batch = messages(ada.get(f"{AT}?lang=en").text)
    one, other = batch[0], batch[1]
    answer = ada.post(AT, message=batch, danger=one, **{f"code-{other}": "code-road"})
    assert answer.status_code == 303
    page = ada.get(f"{answer.headers['Location']}&lang=en").text
    assert "The guardians see this text now." in page
    assert messages(page)[0] == one
    assert room.found("Ada") == {other: ("code-road",)}
    told = [each.message for each in labelling.fine(house, WHY) if each.id in flags.flagged(house, "brief")]
    assert told == [one]
    trail = [what for _, _, what, _ in house.store.read(lambda view: view.audit())]
    assert f"a text of brief said to tell of danger by account {room.hub.people['Ada'].id}" in trail


def test_what_is_not_there_is_no_danger_and_no_guardian_s_list_is_shown_to_a_coder(room: Room) -> None:
    ada = room.hub.inside("Ada")
    ada.get(AT)
    refused = ada.post(f"{AT}?lang=en", danger="0" * 32)
    assert refused.status_code == 400
    assert "tell a guardian yourself" in refused.text
    assert flags.flagged(room.house, "brief") == frozenset()
    assert ada.get("/office/flags/brief").status_code == 404


def test_danger_goes_at_once_with_a_network_and_is_refused_without(browser: Browser, room: Room, address: str) -> None:
    sits_down(browser, room, address, "Ada", "en")
    network(browser, there=False)
    browser.click("fieldset.text button[name=danger]")
    browser.until(lambda: browser.text("#state").startswith("There is no network"))
    assert flags.flagged(room.house, "brief") == frozenset()
    network(browser, there=True)
    browser.click("fieldset.text button[name=danger]")
    browser.until(lambda: browser.text("#state").startswith("The guardians see"))
    assert len(flags.flagged(room.house, "brief")) == 1
