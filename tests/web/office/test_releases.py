"""Releases on the pages and for programs: the same document, tagged, for those who may read it."""

from __future__ import annotations

import gzip
import hashlib
import json

import pytest

from consult.releases import public_key, verify
from tests.web.office.conftest import Hub
from tests.web.office.test_programs import token
from tests.web.test_page_weight import FIRST, LIGHT

RELEASES = "/office/consultations/safety/releases"
API = "/api/consultations/safety/releases"


def test_a_mediator_reads_one_page_first_then_tables_then_method(lasting_hub: Hub) -> None:
    reader = lasting_hub.inside("mediator")
    assert f"{RELEASES}/1" in reader.get(RELEASES).text
    assert RELEASES in reader.get("/office/consultations/safety").text
    for part, says in (("", "What is shared"), ("/tables", "<svg"), ("/method", "Where it comes from")):
        assert says in reader.get(f"{RELEASES}/1{part}").text


@pytest.mark.parametrize("path", [f"{RELEASES}/2", f"{RELEASES}/1/nothing", f"{RELEASES}/1/files/exe"])
def test_what_is_not_there_is_not_there(lasting_hub: Hub, path: str) -> None:
    assert lasting_hub.inside("mediator").get(path).status_code == 404


def test_the_first_page_is_light(lasting_hub: Hub) -> None:
    reader = lasting_hub.inside("mediator")
    answer = reader.client.get(f"{RELEASES}/1", headers=LIGHT)
    whole = reader.client.get(f"{RELEASES}/1/tables", headers=LIGHT)
    assert len(answer.data) <= FIRST
    assert len(answer.data) + len(whole.data) <= 30 * 1024
    assert "<svg" in gzip.decompress(whole.data).decode()


def test_only_a_facilitator_makes_one_and_is_told_when_it_is_too_early(lasting_hub: Hub) -> None:
    assert "Make the next release" not in lasting_hub.inside("mediator").get(RELEASES).text
    facilitator = lasting_hub.inside("facilitator")
    assert "Make the next release" in facilitator.get(RELEASES).text
    answer = facilitator.post(RELEASES)
    assert answer.status_code == 400
    assert "It cannot be released yet" in answer.text


def test_the_signed_file_is_verified_by_anybody(lasting_hub: Hub) -> None:
    answer = lasting_hub.inside("representative").get(f"{RELEASES}/1/files/json")
    assert answer.headers["Content-Disposition"] == "attachment; filename=safety-release-1.json"
    assert verify(answer.text, public_key(lasting_hub.house))["consultation"] == "safety"


# ---- by token


def bearer(hub: Hub, role: str = "representative") -> dict[str, str]:
    return {"Authorization": f"Bearer {token(hub, role=role)}"}


def test_a_program_lists_and_reads_releases_byte_for_byte(lasting_hub: Hub) -> None:
    client, held = lasting_hub.app.test_client(), bearer(lasting_hub)
    (row,) = json.loads(client.get(API, headers=held).text)["releases"]
    answer = client.get(f"{API}/{row['number']}", headers=held)
    assert hashlib.sha256(answer.data).hexdigest() == row["sha256"]
    assert "Set-Cookie" not in answer.headers


@pytest.mark.parametrize("path", ["", "/1", "/1/files/csv"])
def test_what_a_program_has_is_not_sent_again(lasting_hub: Hub, path: str) -> None:
    client, held = lasting_hub.app.test_client(), bearer(lasting_hub)
    tag = client.get(API + path, headers=held).headers["ETag"]
    again = client.get(API + path, headers={**held, "If-None-Match": tag})
    assert (again.status_code, again.data) == (304, b"")


@pytest.mark.parametrize("path", ["", "/1", "/1/files/csv"])
def test_without_a_token_or_with_another_s_there_is_nothing(lasting_hub: Hub, path: str) -> None:
    client = lasting_hub.app.test_client()
    assert client.get(API + path).status_code == 401
    held = bearer(lasting_hub)
    assert client.get((API + path).replace("safety", "pulse"), headers=held).status_code == 404
    moderator = bearer(lasting_hub, role="moderator")
    assert client.get(API + path, headers=moderator).status_code == 404


def test_the_description_tells_every_address_and_no_other(lasting_hub: Hub) -> None:
    told = json.loads(lasting_hub.app.test_client().get("/api/openapi.json").text)
    office = lasting_hub.app.extensions["annex"].office()
    rules = {rule.rule for rule in office.url_map.iter_rules() if rule.rule.startswith("/api/consultations")}
    assert set(told["paths"]) == {rule.replace("<int:", "{").replace("<", "{").replace(">", "}") for rule in rules}
    for path in told["paths"].values():
        assert set(path) == {"get"}
        assert {"200", "401", "404"} <= path["get"]["responses"].keys()
