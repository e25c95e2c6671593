"""Every route of the web application is driven with what it knows and what it should never be sent; none may break.

The routes are those of `app.url_map`, so one that is added tomorrow is driven too. What fails is told as one line, from
which the request can be made again.

Rule 1: no answer is our own fault, and nothing is logged as one.
Rule 2: whoever lacks the right gets none of it; a form without its mark changes nothing.
Rule 3: nobody is told a number of a woman's, and nobody who is not signed in a word of hers.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from werkzeug.routing import Rule

from consult.accounts import members
from consult.accounts.roles import ROLES
from consult.store.members import Grant
from consult.web.office.doors import DOORS
from tests.accounts.conftest import Person
from tests.coders import WORDS, book, moderate, written
from tests.conftest import WHOLE
from tests.test_releases import number
from tests.web.asking import Maker
from tests.web.conftest import opened
from tests.web.driving import NOBODY, PROGRAM, Ground, allowed, faults
from tests.web.learning import Learnt
from tests.web.office.conftest import CARRIED, LONG_AGO, furnish

MOST: Final = 3  # lines told of one route
WOMEN: Final = 24 if WHOLE else 12
ROOMS: Final = sorted({endpoint.partition(".")[0] for endpoint in DOORS})
SETTINGS: Final[Mapping[str, Any]] = {
    "replies_per_number": 1000,
    "country": "NG",
    "price_per_segment": 0.05,
    "public_url": "http://localhost",
    **CARRIED,
}
SLIP: Final = {"id": "slip-00000001", "at": 0, "answers": {"moving": "1"}, "about": {"ticket": "A1", "point": "water"}}
# what scripts of ours send, as JSON
SCRIPTED: Final[Mapping[str, Any]] = {
    "episodes.take": {
        "consultation": "safety",
        "episode": 2,
        "now": 0,
        "slips": [SLIP, {**SLIP, "id": "slip-00000002"}],
        "changes": [{"id": "slip-00000001", "state": "read", "agreed": "air"}],
        "incidents": ["incident-0001"],
    }
}


STARTS: Final = ("/office/", "/office/sign-in", "/office/join", "/api/openapi.json")
SPARED: Final = {"own", "people", "approvals", "publishing"}  # rooms whose forms put somebody out, or close something
EXPECTED: Final[Mapping[str, str]] = {"503 <- GET /readyz": "so it says that the hub is not ready"}


def hub(folder: Path) -> tuple[Path, dict[str, Person]]:
    """The folder of a hub, closed: everybody has a part in `brief`, where texts were read, and in `safety`."""
    stage = written(folder, WOMEN)
    moderate(stage.house, but=WOMEN - 12)
    book(stage.house)
    at, joined = int(time.time()) - LONG_AGO, furnish(stage.house)
    people = {role: joined[role] for role in ROLES}
    for role, person in people.items():
        if role != "administrator":
            members.grant(stage.house, Grant(person.id, role, "brief"), person.id, at)
    stage.house.close()
    return folder, people


@contextmanager
def driven(ground: Ground) -> Iterator[Ground]:
    """While it is driven, what it logs as an error is looked at."""
    logging.getLogger().addHandler(ground.errors)
    try:
        yield ground
    finally:
        logging.getLogger().removeHandler(ground.errors)
        ground.close()


@pytest.fixture(scope="module")
def ground(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ground]:
    folder, people = hub(tmp_path_factory.mktemp("every") / "made")
    secrets = (*WORDS[:3], *(number(woman)[-9:] for woman in range(WOMEN)))
    with driven(Ground(folder, people, secrets, **SETTINGS)) as ground:
        yield ground


@pytest.fixture(scope="module")
def learnt(ground: Ground) -> Learnt:
    """What its pages teach whoever may read them."""
    found = Learnt()
    found.names.update({"name": ["safety", "brief"], "code": ["1"], "tag": ["en"], "kind": ["csv"]})
    for who in (*ROLES, NOBODY):
        ground.learn(STARTS, who, found, each=4 if WHOLE else 1)
    for turn in range(4 if WHOLE else 1):
        do(ground, found, turn)
        for who in ROLES if WHOLE else ():
            ground.learn(STARTS, who, found, each=4)
    ground.keep()
    return found


def do(ground: Ground, found: Learnt, turn: int) -> None:
    """What every known form is for, so that there is more to be learnt from."""
    for rule in ground.office.url_map.iter_rules():
        if found.forms[rule.endpoint] and "POST" in (rule.methods or ()) and room_of(rule) not in SPARED:
            asks = [Maker(rule, found, {}).known("POST", who, turn) for who in ROLES]
            for ask in [ask for ask in asks if allowed(ground, ask)][:2]:
                ground.follow(ask, found)


def drive(ground: Ground, maker: Maker, who: str, times: int, *, office: bool = True) -> list[str]:
    """What is wrong with the answers to so many requests."""
    found: list[str] = []

    @settings(
        max_examples=times,
        derandomize=True,
        database=None,
        deadline=None,
        phases=(Phase.generate,),
        suppress_health_check=list(HealthCheck),
    )
    @given(st.integers(0, 2**64), st.text(max_size=60))
    def once(seed: int, typed: str) -> None:
        if len(found) < MOST:
            ask = maker.make(f"{maker.rule.rule} {who} {seed}", typed, who)
            found.extend(f"{fault} <- {ask.told()}" for fault in faults(ground, ask, office=office))

    once()
    ground.again()
    return found


def room_of(rule: Rule) -> str:
    return str(rule.endpoint).partition(".")[0]


def readers(ground: Ground, rule: Rule, learnt: Learnt) -> list[tuple[str, int]]:
    """Who asks this route, and how often: most of all those who may."""
    method = sorted((rule.methods or {"GET"}) - {"HEAD", "OPTIONS"})[0]
    asks = [Maker(rule, learnt, {}).known(method, who) for who in ROLES]
    may = [ask.who for ask in asks if allowed(ground, ask)]
    rest = [who for who in (*ROLES, NOBODY, PROGRAM) if who not in may]
    if WHOLE:
        return [*((who, 50) for who in may[:3]), *((who, 6) for who in (*may[3:], *rest))]
    turn = len(rule.rule)
    some = [(may[turn % len(may)], 2)] if may else []
    return [*some, *((who, 1) for who in sorted({rest[turn % len(rest)], NOBODY}))]


@pytest.mark.parametrize("room", ROOMS)
@pytest.mark.timeout(3000 if WHOLE else 120)
def test_no_route_of_a_room_breaks_opens_or_tells(ground: Ground, learnt: Learnt, room: str) -> None:
    found: list[str] = []
    ground.afresh()
    for rule in ground.office.url_map.iter_rules():
        if room_of(rule) == room:
            for who, times in readers(ground, rule, learnt):
                found += drive(ground, Maker(rule, learnt, SCRIPTED), who, times)
    assert not found, "\n".join(found)


def test_every_room_is_driven_and_most_routes_known(ground: Ground, learnt: Learnt) -> None:
    rules = {rule.endpoint: rule for rule in ground.office.url_map.iter_rules()}
    assert {room_of(rule) for rule in rules.values()} == set(ROOMS)
    unknown = {endpoint for endpoint in rules if not learnt.places[endpoint]}
    assert len(unknown) < len(rules) / 2, unknown


@pytest.mark.timeout(3000 if WHOLE else 120)
def test_no_route_before_the_office_breaks(ground: Ground, learnt: Learnt) -> None:
    found: list[str] = []
    for rule in ground.app.url_map.iter_rules():
        for who in (NOBODY, "administrator"):
            found += drive(ground, Maker(rule, learnt, {}), who, 200 if WHOLE else 5, office=False)
    assert not [line for line in found if not line.startswith(tuple(EXPECTED))], "\n".join(found)


# ---- the demo


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ground]:
    """The demo, whose messages nobody sends: an answer is not waited for."""
    folder = tmp_path_factory.mktemp("stage") / "made"
    with opened(folder, works=False):
        pass
    with pytest.MonkeyPatch.context() as patch, driven(Ground(folder, {}, (), demo=True)) as ground:
        patch.setattr("consult.web.demo.WAIT", 0)
        yield ground


@pytest.mark.timeout(3000 if WHOLE else 120)
def test_no_route_of_the_demo_breaks(stage: Ground) -> None:
    found, learnt = list[str](), Learnt()
    stage.learn(("/", "/demo/call", "/demo/live"), NOBODY, learnt)
    for rule in stage.app.url_map.iter_rules():
        found += drive(stage, Maker(rule, learnt, {}), NOBODY, 200 if WHOLE else 5, office=False)
    assert not [line for line in found if not line.startswith(tuple(EXPECTED))], "\n".join(found)
