"""Tokens: shown once, good for one consultation's figures, gone when revoked. And the audit page's file."""

from __future__ import annotations

import re

import pytest

from consult.accounts import trail
from tests.web.office.conftest import Hub

FIGURES = "/api/consultations/{}/figures"


def token(hub: Hub, role: str = "mediator", consultation: str = "safety") -> str:
    shown = hub.inside("administrator").post("/office/programs/make", role=role, consultation=consultation)
    return re.findall(r"consult_[0-9a-f]{48}", shown.text)[0]


def asks(hub: Hub, authorization: str, consultation: str = "safety") -> int:
    answer = hub.app.test_client().get(FIGURES.format(consultation), headers={"Authorization": authorization})
    return answer.status_code


def test_a_token_reads_its_consultation_and_no_other(hub: Hub) -> None:
    given = token(hub)
    answer = hub.app.test_client().get(FIGURES.format("safety"), headers={"Authorization": f"Bearer {given}"})
    assert answer.json is not None
    assert answer.json["consultation"]["name"] == "safety" if isinstance(answer.json["consultation"], dict) else True
    assert "Set-Cookie" not in answer.headers
    assert asks(hub, f"Bearer {given}", "pulse") == 404
    assert asks(hub, f"Bearer {given}", "nowhere") == 404


def test_a_token_is_shown_once_and_kept_as_a_hash(hub: Hub) -> None:
    given = token(hub)
    assert given not in hub.inside("administrator").get("/office/programs").text
    kept = b"".join(file.read_bytes() for file in hub.house.settings.data.glob("consult.db*"))
    assert given.encode() not in kept


def test_a_revoked_token_is_none(hub: Hub) -> None:
    given = token(hub)
    hub.inside("administrator").post("/office/programs/1/revoke")
    assert asks(hub, f"Bearer {given}") == 401


@pytest.mark.parametrize("authorization", ["", "Bearer", "Bearer x", "Basic eDp5", "consult_00"])
def test_without_a_good_token_there_is_one_answer(hub: Hub, authorization: str) -> None:
    assert asks(hub, authorization) == asks(hub, authorization, "nowhere") == 401


def test_a_cookie_is_no_token_and_a_role_without_figures_reads_none(hub: Hub) -> None:
    assert hub.inside("facilitator").get(FIGURES.format("safety")).status_code == 401
    assert asks(hub, f"Bearer {token(hub, role='producer')}") == 404


def test_the_exported_audit_is_whole(hub: Hub) -> None:
    token(hub)
    text = hub.inside("administrator").get("/office/audit/export").text
    verdict = trail.verify(trail.read(text))
    assert verdict.broken is None
    assert verdict.head in hub.inside("administrator").get("/office/audit").text
