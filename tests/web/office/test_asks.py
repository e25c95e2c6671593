"""An ask on the pages: published by one, answered by another, approved by a third look at what women will hear."""

from __future__ import annotations

import json

import pytest

from consult.asks import keeping
from tests.web.office.conftest import Hub, Visitor
from tests.web.office.test_releases import bearer

ASKS = "/office/consultations/safety/asks"
LANGUAGES = ("en", "fr", "ar", "ha", "sw", "es", "pcm", "ckb")


def in_all(field: str, text: str) -> dict[str, str]:
    return {f"{field}-{tag}": f"{text} {tag}" for tag in LANGUAGES}


def begun(hub: Hub) -> Visitor:
    facilitator = hub.inside("facilitator")
    form = {**in_all("text", "Mend the road"), **in_all("whom", "the mayors"), "owner": "Amina", "due": "2026-01-31"}
    assert facilitator.post(ASKS, **form).status_code == 200
    return facilitator


def ask(hub: Hub) -> keeping.Ask:
    return hub.house.store.read(lambda view: keeping.asks(view, "safety"))[1]


def test_a_mediator_answers_and_a_facilitator_approves_what_women_will_hear(hub: Hub) -> None:
    facilitator = begun(hub)
    mediator = hub.inside("mediator")
    assert "Mend the road" not in mediator.get(ASKS).text  # a draft is the facilitator's
    facilitator.post(f"{ASKS}/1/move", to="heard")
    shown = mediator.get(ASKS).text
    assert "Mend the road en" in shown
    assert "days late" in shown
    mediator.post(f"{ASKS}/1/answer", to="partly", reason="money", **in_all("text", "After the rains"))
    assert ask(hub).state == "heard"
    waiting = facilitator.get(ASKS).text
    assert "This is what women will hear:" in waiting
    for tag in LANGUAGES:
        assert f"After the rains {tag}" in waiting
    facilitator.post(f"{ASKS}/1/approve")
    assert (ask(hub).state, ask(hub).reason, ask(hub).answer["ha"]) == ("partly", "money", "After the rains ha")


@pytest.mark.parametrize(
    ("form", "says"),
    [
        ({"to": "partly", **in_all("text", "Later")}, "has a reason"),
        ({"to": "taken_up", "text-en": "Yes"}, "in every language"),
        ({"to": "cannot_say_now", "reason": "time", **in_all("text", "Later")}, "on which day"),
        ({"to": "taken_up", **in_all("text", "Ring 0803 456 7890")}, "Leave out numbers"),
        ({"to": "taken_up", **in_all("text", "x" * 300)}, "Use fewer words"),
        ({"to": "king", **in_all("text", "Yes")}, "does not follow"),
    ],
)
def test_what_is_missing_is_said_in_a_sentence(hub: Hub, form: dict[str, str], says: str) -> None:
    begun(hub).post(f"{ASKS}/1/move", to="heard")
    answer = hub.inside("mediator").post(f"{ASKS}/1/answer", **form)
    assert answer.status_code == 400
    assert says in answer.text
    assert ask(hub).proposed is None


def test_an_ask_of_another_consultation_is_out_of_reach(hub: Hub) -> None:
    begun(hub)
    outsider = hub.inside("outsider")
    assert outsider.get(ASKS).status_code == 404
    assert outsider.post(f"{ASKS}/1/move", to="heard").status_code == 404
    assert outsider.post("/office/consultations/pulse/asks/1/move", to="heard").status_code == 400
    assert ask(hub).state == "draft"


def test_a_program_reads_what_was_published_and_its_owner_is_not_told(hub: Hub) -> None:
    facilitator, held = begun(hub), bearer(hub)
    client = hub.app.test_client()
    assert json.loads(client.get("/api/consultations/safety/asks", headers=held).text) == {"asks": []}
    facilitator.post(f"{ASKS}/1/move", to="heard")
    answer = client.get("/api/consultations/safety/asks", headers=held)
    (told,) = json.loads(answer.text)["asks"]
    assert (told["id"], told["state"]) == (1, "heard")
    assert "Amina" not in answer.text
    again = client.get("/api/consultations/safety/asks", headers={**held, "If-None-Match": answer.headers["ETag"]})
    assert again.status_code == 304
