"""The launch on the page: nothing begins before the checklist is whole, and pausing is quick."""

from __future__ import annotations

import re
import time
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from consult import campaign, contacts
from consult.campaign import readying
from consult.consultation import write
from consult.house import House
from consult.library import day_of
from consult.publish import publish
from consult.reading.launching import lines_in_words
from consult.store.records import Campaign
from consult.wording import for_pages
from tests.accounts.conftest import joined
from tests.conftest import EXAMPLES, example
from tests.web.office.conftest import LONG_AGO, Hub, Visitor

AT = "/office/consultations/safety/launch"
PEOPLE = "phone,language,age\n" + "".join(f"+23480312{n:05},en,{'a18_29' if n % 3 else 'a30_49'}\n" for n in range(60))
FORM = {"means": "sms twilio +12025550100", "units": "500"}


@pytest.fixture
def hub(ready_hub: Hub) -> Hub:
    house = ready_hub.house
    plan = contacts.plan(house, "safety", PEOPLE.encode())
    contacts.apply(house, plan, int(time.time()), terms=contacts.Terms("paper", "North circle"))
    return ready_hub


def signed(visitor: Visitor) -> Visitor:
    visitor.get(AT)
    for line in readying.SIGNED:
        visitor.post(f"{AT}/sign", line=line)
    return visitor


def campaigns(house: House) -> list[Campaign]:
    return house.store.read(lambda view: view.campaigns())


def open_lines(hub: Hub, starter: str = "facilitator") -> set[str]:
    found = readying.checklist(hub.house, "safety", int(time.time()), starter=hub.people[starter].id)
    return {line.code for line in found if line.state == "stop"}


# ---- the checklist


def test_what_people_must_sign_is_signed_by_name_and_for_this_version(hub: Hub) -> None:
    assert open_lines(hub) == {"tried", "risk", "drafts"}
    visitor = signed(hub.inside("facilitator"))
    assert open_lines(hub) == set()
    assert "(<bdi>Facilitator</bdi>)" in visitor.get(AT).text
    trail = [what for _, _, what, _ in hub.house.store.read(lambda view: view.audit())]
    assert f"launch of safety version 1: risk signed by account {hub.people['facilitator'].id}" in trail
    toml = (EXAMPLES / "safety.toml").read_text(encoding="utf-8")
    publish(hub.house, f"{toml}\n", day=day_of(int(time.time())), test=True)
    assert open_lines(hub) == {"tried", "risk", "drafts"}


def test_nothing_begins_before(hub: Hub) -> None:
    visitor = hub.inside("facilitator")
    visitor.get(AT)
    answer = visitor.post(AT, **FORM)
    assert answer.status_code == 400
    assert "not ready" in answer.text
    assert campaigns(hub.house) == []


def test_at_elevated_risk_two_people_launch(hub: Hub) -> None:
    toml = (EXAMPLES / "pulse.toml").read_text(encoding="utf-8").replace('"pulse"', '"safety"', 1)
    assert 'risk = "elevated"' in toml
    publish(hub.house, re.sub(r"(?m)^(en|fr|ar|ha) = \"[A-Z]+\"$", r'\1 = "HARBOUR"', toml), day=20_781, test=True)
    signed(hub.inside("facilitator"))
    assert "risk" in open_lines(hub)
    assert "risk" not in open_lines(hub, "mediator")


@pytest.mark.parametrize(
    ("edit", "code"),
    [
        (lambda toml: toml.replace("safe_hours = ", "# "), "hours"),
        (lambda toml: re.sub(r"(?m)^closing = .*$", "closing = 2026-11-20", toml), "window"),
    ],
    ids=["hours", "window"],
)
def test_what_the_machine_sees_for_itself(hub: Hub, edit, code: str) -> None:  # type: ignore[no-untyped-def]
    toml = edit((EXAMPLES / "safety.toml").read_text(encoding="utf-8"))
    publish(hub.house, toml, day=20_781, test=True)
    assert code in open_lines(hub)


def test_without_people_or_carrier_nothing_begins(hub: Hub) -> None:
    contacts.undo(hub.house, 1)
    bare = replace(hub, house=replace(hub.house, channels={}))
    assert {"people", "carrier"} <= open_lines(bare)


def test_a_list_whose_people_did_not_say_yes_is_pointed_at(hub: Hub) -> None:
    plan = contacts.plan(hub.house, "safety", b"phone\n+2348031999999\n")
    contacts.apply(hub.house, plan, int(time.time()))
    lines = {line.code: line for line in readying.checklist(hub.house, "safety", int(time.time()))}
    assert (lines["consented"].state, lines["consented"].about) == ("look", ("2",))


# ---- starting, pausing


def test_it_starts_pauses_goes_on_and_ends(hub: Hub) -> None:
    visitor = signed(hub.inside("facilitator"))
    assert "PAUSE" in visitor.post(AT, **FORM, remind="1").text
    (one,) = campaigns(hub.house)
    assert (one.state, one.budget_segments, one.remind) == ("running", 500, True)
    for deed, state in (("pause", "paused"), ("resume", "running"), ("stop", "stopped")):
        assert visitor.post(f"{AT}/{one.id}/{deed}").status_code == 200
        assert campaigns(hub.house)[0].state == state
    trail = [what for _, _, what, _ in hub.house.store.read(lambda view: view.audit())]
    assert f"campaign {one.id}: pause by account {hub.people['facilitator'].id}" in trail


def test_it_is_scheduled_in_the_consultation_s_zone(hub: Hub) -> None:
    visitor = signed(hub.inside("facilitator"))
    day = datetime.fromtimestamp(time.time() + 2 * 86_400, UTC).strftime("%Y-%m-%d")
    shown = visitor.post(AT, **FORM, begins=f"{day}T09:30").text
    assert f"It begins on {day} 09:30 (Africa/Lagos)." in shown
    (one,) = campaigns(hub.house)
    moment = hub.house.store.read(lambda view: campaign.begins(view, one))
    assert moment is not None
    assert datetime.fromtimestamp(moment, UTC).strftime("%H:%M") == "08:30"
    visitor.post(f"{AT}/{one.id}/stop")
    assert campaigns(hub.house)[0].state == "stopped"


WRONG = {
    "no budget": ({"units": ""}, "budget"),
    "half a message": ({"units": "0.5"}, "budget"),
    "less than nothing": ({"units": "-5"}, "budget"),
    "no number": ({"units": "many"}, "budget"),
    "endless": ({"units": "inf"}, "budget"),
    "nan": ({"money": "nan"}, "budget"),
    "another's number": ({"means": "sms twilio +12025550199"}, "carries"),
    "no day": ({"begins": "soon"}, "day and time"),
    "yesterday": ({"begins": "2026-01-01T10:00"}, "is over"),
    "far": ({"begins": "2027-09-01T10:00"}, "90 days"),
    "no pace": ({"pace": "0"}, "pace"),
}


@pytest.mark.parametrize(("change", "words"), WRONG.values(), ids=WRONG.keys())
def test_a_form_that_cannot_be_is_told_and_keeps_what_was_written(hub: Hub, change: dict[str, str], words: str) -> None:
    visitor = signed(hub.inside("facilitator"))
    answer = visitor.post(AT, **(FORM | change))
    assert answer.status_code == 400
    assert words in answer.text
    assert campaigns(hub.house) == []


def test_at_the_budget_it_stops_by_itself(hub: Hub) -> None:
    visitor = signed(hub.inside("facilitator"))
    visitor.post(AT, **(FORM | {"units": "4"}))
    at = int(datetime(2026, 12, 1, 11, tzinfo=UTC).timestamp())
    campaign.waves(hub.house, at, lambda: 1)
    (one,) = campaigns(hub.house)
    assert one.state == "stopped"
    assert one.spent_segments <= 4
    assert "It is stopped" in visitor.get(AT).text


def test_a_moderator_pauses_and_no_more(hub: Hub) -> None:
    visitor = signed(hub.inside("facilitator"))
    visitor.post(AT, **FORM)
    moderator = hub.inside("moderator")
    shown = moderator.get(AT).text
    assert "PAUSE" in shown
    assert "Checklist" not in shown
    assert moderator.post(f"{AT}/1/pause").status_code == 200
    assert campaigns(hub.house)[0].state == "paused"
    assert moderator.post(f"{AT}/1/resume").status_code == 404
    assert moderator.post(AT, **FORM).status_code == 404


def test_another_s_campaign_is_out_of_reach(hub: Hub) -> None:
    signed(hub.inside("facilitator")).post(AT, **FORM)
    outsider = hub.inside("outsider")
    elsewhere = AT.replace("safety", "pulse")
    outsider.get(elsewhere)
    for deed in ("pause", "resume", "stop"):
        assert outsider.post(f"{elsewhere}/1/{deed}").status_code == 404
        assert outsider.post(f"{AT}/1/{deed}").status_code == 404
    assert campaigns(hub.house)[0].state == "running"


def test_a_form_from_elsewhere_starts_and_stops_nothing(hub: Hub) -> None:
    visitor = signed(hub.inside("facilitator"))
    mark, visitor.mark = visitor.mark, "0" * 40
    assert visitor.post(AT, **FORM).status_code == 400
    visitor.mark = mark
    visitor.post(AT, **FORM)
    visitor.mark = "0" * 40
    assert visitor.post(f"{AT}/1/stop").status_code == 400
    assert [one.state for one in campaigns(hub.house)] == ["running"]


def test_starting_wants_the_password_again_and_pausing_does_not(hub: Hub) -> None:
    visitor = signed(hub.inside("facilitator"))
    visitor.post(AT, **FORM)
    signin = hub.house.store.read(lambda view: view.signins(hub.people["facilitator"].id))[0]
    hub.house.store.write(lambda tx: tx.sign_in(replace(signin, proved_at=int(time.time()) - 3600)))
    assert "/office/prove" in visitor.post(AT, **FORM).headers["Location"]
    assert visitor.post(f"{AT}/1/pause").status_code == 200


# ---- the forecast


def test_the_tables_are_forecast_at_the_share_that_answers(hub: Hub) -> None:
    many = "phone,age\n" + "".join(f"+23480313{n:05},{'a18_29' if n % 3 else 'a30_49'}\n" for n in range(600))
    contacts.apply(hub.house, contacts.plan(hub.house, "safety", many.encode()), int(time.time()))
    visitor = hub.inside("facilitator")
    assert "Merge, and more will stand" not in visitor.get(f"{AT}?share=1").text
    assert forecasted(visitor.get(f"{AT}?share=1").text) == "5 not at all 5 not at all"
    assert "5 each by itself" in forecasted(visitor.get(f"{AT}?share=100").text)
    assert "5 each by itself" not in forecasted(visitor.get(f"{AT}?share=10").text)


def forecasted(page: str) -> str:
    return " ".join(re.findall(r"Tables by it: ([^.]*)", page))


def test_what_no_second_person_read_and_what_was_left_out_is_shown_with_the_page_of_words(hub: Hub) -> None:
    """Of what is no test: English goes out knowingly, the other languages were left out."""
    house = hub.house
    whole = replace(example("safety"), name="market", keyword=dict.fromkeys(("en", "fr", "ar"), "MARKETWORD"))
    whole = replace(whole, languages=("en", "fr", "ar"))
    publish(house, write(whole), day=day_of(int(time.time())), unreviewed=["en"])
    lines = {line.code: line for line in readying.checklist(house, "market", int(time.time()))}
    assert (lines["readers"].state, lines["readers"].about) == ("look", ("en",))
    assert lines["left"].state == "look"
    assert {"fr", "ar"} <= set(lines["left"].about)
    hub.people["seller"] = joined(house, "Seller", "facilitator", "market", int(time.time()) - LONG_AGO)
    seller = hub.inside("seller")
    page = seller.get("/office/consultations/market/launch?lang=en").text
    row = page.partition("A second person has read the words of every language")[2].partition("</tr>")[0]
    assert "<bdi>en</bdi>" in row
    assert "Look at it" in row
    assert "/words" not in row  # there is no draft
    seller.post("/office/designs/market/from-live")
    page = seller.get("/office/consultations/market/launch?lang=en").text
    for line in ("A second person has read the words of every language", "No language was left out"):
        assert 'href="/office/designs/market/words"' in page.partition(line)[2].partition("</tr>")[0]


def test_where_all_was_read_both_lines_are_ready(hub: Hub) -> None:
    lines = {line.code: line for line in readying.checklist(hub.house, "safety", int(time.time()))}
    assert (lines["readers"].state, lines["left"].state) == ("ok", "ok")


def test_every_line_has_words_on_the_page_and_in_the_command(hub: Hub) -> None:
    codes = {line.code for line in readying.checklist(hub.house, "safety", int(time.time()))}
    assert codes == set(lines_in_words(for_pages("en"))) == set(readying.WORDS)
