"""Who counts as one source: whom proxies of ours name, in Redis where there is one, and never as an address."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, Request, build_opener

import pytest

from consult.web.office import ENTERING
from tests.cli.test_serving import process
from tests.test_jobs import running
from tests.web.office.conftest import opened_hub

ALLOWED = int(ENTERING.split()[0])


def tries(address: str, source: str) -> int:
    """The status of one sign-in with nothing in it, as a proxy would forward it."""
    opener = build_opener(HTTPCookieProcessor())
    with opener.open(address, timeout=10) as shown:
        mark = re.findall(r'name="csrf_token" value="([^"]+)"', shown.read().decode())[0]
    try:
        with opener.open(
            Request(address, urlencode({"csrf_token": mark}).encode(), {"X-Forwarded-For": source})
        ) as told:
            return int(told.status)
    except HTTPError as told:
        with told:
            return told.code


@pytest.mark.parametrize(("proxies", "last"), [("0", 429), ("1", 400)])
def test_a_forwarded_source_counts_behind_a_proxy_of_ours_only(tmp_path: Path, proxies: str, last: int) -> None:
    settings = {"CONSULT_DATA": str(tmp_path / "data"), "CONSULT_PROXIES": proxies}
    with process("serve", "--port", "0", "--no-worker", **settings) as (_, line):
        address = f"{line.split()[-1]}office/sign-in"
        told = [tries(address, f"192.0.2.{n}") for n in range(ALLOWED + 1)]
    assert told == [400] * ALLOWED + [last]


def test_redis_keeps_the_count_and_no_address(tmp_path: Path) -> None:
    with running(tmp_path) as (_, client):
        for hub in opened_hub(tmp_path / "data", redis_url=f"unix://{tmp_path}/s"):
            visitor = hub.visitor()
            for _ in range(3):
                visitor.get("/office/sign-in")
            keys = b" ".join(client.keys("*"))
            assert b"consult-pages" in keys
            assert b"127.0.0.1" not in keys
