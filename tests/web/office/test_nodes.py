"""Field nodes on the page: how they stand, and whoever decides about two tails signs for it."""

from __future__ import annotations

import shutil
import time
from dataclasses import replace
from pathlib import Path

import pytest

from consult.store.fieldwork import PageState
from consult.sync import meeting, quarantine, twins
from consult.sync.arriving import take
from consult.sync.greetings import Hello
from tests.journeys.stage import Stage, Tape, set_up
from tests.sync.field import Field, bare
from tests.web.office.conftest import Hub

PAGE = "/office/nodes"
SAYS = ("RIVER", "1", "1", "1")


def forked(hub: Hub, folder: Path) -> Field:
    """A node and its copy, both of which told something."""
    field = Field(Stage(hub.house, Tape()))
    node = field.join("village", bare(folder / "village"))
    shutil.copytree(node.house.settings.data, folder / "copy", ignore=shutil.ignore_patterns("consult.db*"))
    node.house.store.backup(str(folder / "copy" / "consult.db"))
    copy = replace(set_up(folder / "copy"), refs=node.refs, seed=9)
    field.nodes["copy"] = copy
    for name, sender in (("village", "+2348030000001"), ("copy", "+2348030000002")):
        field.nodes[name].says(*SAYS, sender=sender)
        for page in field.close(name):
            take(hub.house, page, field.hub.at)
    return field


def close(field: Field) -> None:
    for stage in field.nodes.values():
        stage.house.close()


def test_an_administrator_sees_both_tails_and_decides(hub: Hub, tmp_path: Path) -> None:
    field = forked(hub, tmp_path)
    administrator = hub.inside("administrator")
    shown = administrator.get(PAGE).text
    assert "Pages 1 to 1 of village wait for you" in shown
    (tail,) = quarantine.tails(hub.house)
    given = {"node": "village", "epoch": str(tail.epoch), "first": "1"}
    assert administrator.post(f"{PAGE}/decide", **given, choice="merge").status_code == 200
    assert quarantine.tails(hub.house) == []
    assert "wait for you" not in administrator.get(PAGE).text
    assert administrator.post(f"{PAGE}/decide", **given, choice="drop").status_code == 400
    lines = hub.house.store.read(lambda view: view.audit())
    assert f"merged by account {hub.people['administrator'].id}" in lines[-1][2]
    close(field)


def test_what_is_no_decision_changes_nothing(hub: Hub, tmp_path: Path) -> None:
    field = forked(hub, tmp_path)
    administrator = hub.inside("administrator")
    for given in (
        {},
        {"choice": "merge"},
        {"choice": "merge", "node": "x", "epoch": "y", "first": "z"},
        {"choice": "burn"},
    ):
        assert administrator.post(f"{PAGE}/decide", **given).status_code == 400
    assert hub.inside("facilitator").post(f"{PAGE}/decide", choice="merge").status_code in (303, 403, 404)
    assert len(quarantine.tails(hub.house)) == 1
    close(field)


def test_a_tail_is_decided_by_its_name_and_another_is_not_taken_for_it(hub: Hub, tmp_path: Path) -> None:
    field = forked(hub, tmp_path)
    administrator = hub.inside("administrator")
    (tail,) = quarantine.tails(hub.house)
    assert f'name="tail" value="{tail.id}"' in administrator.get(PAGE).text
    given = {"node": "village", "epoch": str(tail.epoch), "first": "1", "choice": "drop"}
    administrator.post(f"{PAGE}/decide", **given, tail="00000000")
    assert len(quarantine.tails(hub.house)) == 1
    administrator.post(f"{PAGE}/decide", **given, tail=tail.id)
    assert quarantine.tails(hub.house) == []
    close(field)


def test_two_machines_and_an_old_version_are_told_with_the_cure(hub: Hub, tmp_path: Path) -> None:
    field = forked(hub, tmp_path)
    administrator = hub.inside("administrator")
    assert "Two machines seem" not in administrator.get(PAGE).text
    node, day = field.node("village"), int(time.time()) // 86_400
    for next in ("00000001", "00000002"):
        said = f"11111111 - {next}"
        hub.house.store.write(lambda tx, said=said: twins.heard(tx, node, said, day))
    meeting.answer(hub.house, node, Hello((), program="1", odd=(5, 6)).write(), int(time.time()))
    shown = administrator.get(PAGE).text
    assert "Two machines seem to speak as this node" in shown
    assert "Orders that this node does not understand: 2" in shown
    close(field)


@pytest.mark.parametrize(
    ("state", "words"),
    [("held", "wait for a version that is not here: 1"), ("sealed", "wait for the key of their consultation: 1")],
)
def test_pages_that_wait_for_something_else_are_told_with_the_cure(
    hub: Hub, tmp_path: Path, state: PageState, words: str
) -> None:
    field = forked(hub, tmp_path)
    (page,) = hub.house.store.read(lambda view: view.pages_in("quarantined"))
    hub.house.store.write(lambda tx: tx.update_page(replace(page, state=state)))
    assert words in hub.inside("administrator").get(PAGE).text
    close(field)
