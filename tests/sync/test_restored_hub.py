"""A hub is restored from a backup older than what a node told: who left there is gone again, before anybody meets."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from consult import intake
from consult.sync import giving, quarantine
from consult.sync.arriving import take
from consult.sync.keys import hub_box
from consult.sync.pages import unseal_notices, verify
from tests.journeys.stage import HER, set_up
from tests.sync.field import Said, told
from tests.sync.month import NAME, Month, back_up, begin, restore_hub

KEYWORD = "KIOSK"
SHE, OTHER = "+2348030000002", "+2348030000009"


@pytest.fixture
def month(tmp_path: Path) -> Iterator[Month]:
    """A hub that backs up, and one node where two answered; their pages lie in a backup."""
    made = begin(tmp_path, 3, 1)
    for sender in (HER, SHE):
        speak(made, sender)
    made.field.up("node0")
    back_up(made, 1)
    yield made
    made.close()


def speak(month: Month, sender: str, name: str = "node0") -> None:
    month.field.nodes[name].says(KEYWORD, "1", "1", sender=sender)


def known(month: Month) -> list[Said]:
    return told(month.hub, NAME, month.private)


def lose_the_newest(month: Month, *, listed: bool = True) -> None:
    """All that was told lay in a backup, so the node let it go; that backup is lost with the hub."""
    back_up(month, 2)
    month.field.acked("node0")
    assert month.field.nodes["node0"].house.store.read(lambda view: view.leaving(1)) == []
    month.backups.pop()
    restore_hub(month, 3, listed=listed)


def test_who_erased_herself_at_the_node_is_erased_on_the_restored_hub(month: Month) -> None:
    both = known(month)
    month.field.nodes["node0"].says("ERASE", sender=HER)
    month.field.up("node0")
    hers = known(month)
    assert 0 < len(hers) < len(both)
    lose_the_newest(month)
    assert known(month) == hers
    assert month.hub.store.read(lambda view: view.suppressed(month.hub.vault.index(HER)))
    last = month.hub.store.read(lambda view: view.audit())[-1][2]
    assert "erased again: 1" in last


def test_who_erased_herself_at_the_hub_is_erased_there_too(month: Month) -> None:
    month.field.hub.says("ERASE", sender=HER)
    month.field.down("node0")
    month.field.up("node0")
    hers = known(month)
    lose_the_newest(month)
    assert known(month) == hers


def test_a_second_restore_and_later_pages_bring_nobody_back(month: Month) -> None:
    month.field.nodes["node0"].says("ERASE", sender=HER)
    month.field.up("node0")
    hers = known(month)
    lose_the_newest(month)
    back_up(month, 4)
    restore_hub(month, 5)
    assert known(month) == hers
    speak(month, SHE)
    speak(month, OTHER)
    bring(month, "node0")  # the page of her ERASE is lost with the backup; whoever decides ends the waiting for it
    assert set(hers) < set(known(month))


def test_without_the_file_the_node_tells_again_whom_it_erased(month: Month) -> None:
    month.field.nodes["node0"].says("ERASE", sender=HER)
    month.field.up("node0")
    hers = known(month)
    lose_the_newest(month, listed=False)
    assert len(known(month)) > len(hers)
    month.field.down("node0")
    bring(month, "node0")
    assert known(month) == hers
    back_up(month, 4)
    restore_hub(month, 5)
    assert known(month) == hers


def test_a_page_that_was_never_here_before_brings_back_nobody(month: Month) -> None:
    before = known(month)
    speak(month, OTHER)
    (stick,) = month.field.close("node0")
    take(month.hub, stick, month.field.hub.at)
    month.field.nodes["node0"].says("ERASE", sender=OTHER)
    month.field.up("node0")
    assert known(month) == before
    lose_the_newest(month)
    assert take(month.hub, stick, month.field.hub.at).outcome == "new"
    assert known(month) == before


def test_who_was_heard_by_a_copy_alone_is_found_by_her_tail(month: Month) -> None:
    node = month.field.nodes["node0"]
    folder = month.place("copy")
    shutil.copytree(node.house.settings.data, folder, ignore=shutil.ignore_patterns("consult.db*"))
    node.house.store.backup(str(folder / "consult.db"))
    copy = replace(set_up(folder, at=node.at), refs=node.refs, seed=9)
    month.field.nodes["copy"] = copy
    speak(month, "+2348030000005")
    speak(month, OTHER, "copy")
    for name in ("node0", "copy"):
        bring(month, name)
    before = known(month)
    back_up(month, 2)
    copy.says("ERASE", sender=OTHER)
    bring(month, "copy")
    assert len(known(month)) < len(before)
    left = known(month)
    restore_hub(month, 3)
    assert known(month) == left
    copy.house.close()


def bring(month: Month, name: str) -> None:
    """Its pages reach the hub, and whoever decides takes them in."""
    for page in month.field.close(name):
        take(month.hub, page, month.field.hub.at)
    for tail in quarantine.tails(month.hub):
        which = (tail.node.name, tail.epoch, tail.first)
        quarantine.decide(month.hub, *which, "merge", by="Amina", at=month.field.hub.at, tail=tail.id)


def test_a_stop_of_which_nobody_knows_any_more_who_told_it_is_lifted_by_no_node(month: Month) -> None:
    node = month.field.nodes["node0"]
    node.says("STOP", sender=HER)
    month.field.up("node0")
    lose_the_newest(month)
    node.says(KEYWORD, sender=HER)
    month.field.up("node0")
    assert month.hub.store.read(lambda view: view.suppressed(month.hub.vault.index(HER)))
    month.field.hub.says(KEYWORD, sender=HER)
    assert not month.hub.store.read(lambda view: view.suppressed(month.hub.vault.index(HER)))
    assert intake.settle_orders(month.hub) == 0


def test_in_another_epoch_nobody_is_told_again_for_her_number_may_be_another_womans(month: Month) -> None:
    node = month.field.nodes["node0"]
    node.says("ERASE", sender=HER)
    month.field.up("node0")
    node.house.store.write(lambda tx: tx.new_epoch(5))
    node.says("ERASE", sender=SHE)
    month.field.up("node0")
    assert [len(told_again(month)), len(told_again(month))] == [1, 1]


def told_again(month: Month) -> tuple[int, ...]:
    """Whom the node tells when its hub says that it was put back."""
    hub = month.hub
    hub.store.write(lambda tx: giving.go_on(tx, 1000, 20_000))
    month.field.down("node0")
    page = verify(month.field.close("node0")[-1], month.field.node("node0").verify)
    month.field.up("node0")
    _, notices = unseal_notices(page, hub_box(hub.vault)[1])
    return tuple(person for notice in notices for person in notice.people)
