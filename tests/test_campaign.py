"""We speak first: only within hours, pace and budget, only to those who may be written to, and never twice."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from consult import campaign, codes, delivery, intake, publish
from consult.campaign import CannotStart, Plan
from consult.channel import Delivery, Receipt, SendFailed
from consult.delivery import BUDGET, HALTED
from consult.house import House
from consult.intake.starting import REMIND_AFTER
from consult.letters import seal_number
from consult.store import Tx
from consult.store.records import Campaign, Enrolment, SessionRow
from tests.fakes.post import NOON, OURS, Post, house, published, said

HOUR = 3600
NIGHT = NOON + 10 * HOUR
MORNING = NIGHT + 10 * HOUR  # 09:00 in Lagos
PLAN = Plan("sms", "post", OURS)


@pytest.fixture
def post() -> Post:
    return Post()


@pytest.fixture
def home(tmp_path: Path, post: Post) -> Iterator[House]:
    opened = house(tmp_path, post)
    published(opened)
    yield opened
    opened.close()


def number(n: int) -> str:
    return f"+23480312{n:05}"


def enrol(home: House, n: int, name: str = "safety", locale: str = "en", zone: str = "Africa/Lagos") -> list[int]:
    """Her and n - 1 others, waiting to be invited; their persons."""

    def work(tx: Tx) -> list[int]:
        people = []
        for each in range(n):
            index = home.vault.index(number(each))
            address = tx.address(index) or tx.add_address(index, seal_number(home.vault, index, number(each)), zone)
            people.append(tx.add_person(address.id, 0, 0).id)
            tx.enrol(Enrolment(people[-1], name, "enrolled", locale, b""))
        return people

    return home.store.write(work)


def start(home: House, at: int = NOON, **more: Any) -> int:
    return campaign.start(home, "safety", replace(PLAN, **more), at).id


def seeds() -> Callable[[], int]:
    return itertools.cycle(range(256)).__next__


def wave(home: House, id: int, at: int = NOON, **more: Any) -> campaign.Wave:
    return campaign.wave(home, id, at, seed=seeds(), **more)


def now(home: House, id: int) -> Campaign:
    found = home.store.read(lambda view: view.campaign(id))
    assert found is not None
    return found


def states(home: House) -> Counter[str]:
    return home.store.read(lambda view: Counter(one.state for one in view.enrolments("safety")))


def talk(home: House, n: int = 0) -> SessionRow | None:
    def look(view: Any) -> SessionRow | None:
        address = view.address(home.vault.index(number(n)))
        return view.open_session(address.id, OURS)

    return home.store.read(look)


def change(home: House, n: int, **changes: Any) -> None:
    address = home.store.read(lambda view: view.address(home.vault.index(number(n))))
    home.store.write(lambda tx: tx.update_address(replace(address, **changes)))


def sweep(home: House, at: int) -> None:
    while delivery.sweep(home, lambda: at).sent:
        pass


# ---- starting


def test_without_safe_hours_a_consultation_is_inbound_only(tmp_path: Path, post: Post) -> None:
    home = house(tmp_path, post)
    published(home, edit=lambda toml: toml.replace("safe_hours = ", "# "))
    with pytest.raises(CannotStart, match="inbound only"):
        start(home)
    assert home.store.read(lambda view: view.campaigns()) == []
    home.close()


REFUSALS: dict[str, tuple[dict[str, Any], int, str]] = {
    "before it opens": ({}, NOON - 30 * 86_400, "opens on"),
    "after it closed": ({}, NOON + 3600 * 86_400, "closed on"),
    "an unknown carrier": ({"carrier": "nobody"}, NOON, "not configured"),
    "an unknown channel": ({"channel": "pigeon"}, NOON, "not configured"),
    "a number that is not ours": ({"ours": "+2348000000000"}, NOON, "does not answer for"),
}


@pytest.mark.parametrize(("changes", "at", "why"), REFUSALS.values(), ids=REFUSALS.keys())
def test_what_cannot_start_says_why(home: House, changes: dict[str, Any], at: int, why: str) -> None:
    with pytest.raises(CannotStart, match=why):
        start(home, at, **changes)


def test_an_unknown_or_retired_consultation_does_not_start(home: House) -> None:
    with pytest.raises(CannotStart, match="consult publish"):
        campaign.start(home, "nothing", PLAN, NOON)
    home.store.write(lambda tx: tx.retire("safety", 1))
    with pytest.raises(CannotStart, match="consult publish"):
        start(home)


def test_a_budget_in_money_needs_a_price(tmp_path: Path, post: Post) -> None:
    home = house(tmp_path, post, price_per_segment=0.0)
    published(home)
    with pytest.raises(CannotStart, match="CONSULT_PRICE_PER_SEGMENT"):
        start(home, budget_money=5.0)
    home.close()


def test_one_campaign_at_a_time_whoever_asks_at_once(home: House) -> None:
    def attempt(_: int) -> bool:
        try:
            start(home)
        except CannotStart:
            return False
        return True

    with ThreadPoolExecutor(8) as askers:
        assert list(askers.map(attempt, range(8))).count(True) == 1


# ---- waves


def test_a_wave_invites_everyone_who_waits_once(home: House, post: Post) -> None:
    enrol(home, 120)
    id = start(home)
    assert wave(home, id) == campaign.Wave(120, 0)
    assert [wave(home, id) for _ in range(3)] == [campaign.Wave(0, 0)] * 3
    sweep(home, NOON)
    assert sorted(one.receiver for one in post.sent) == [number(n) for n in range(120)]
    assert {one.text for one in post.sent} == {post.sent[0].text}
    assert "Private moment?" in post.sent[0].text
    assert states(home) == {"invited": 120}


def test_two_waves_at_once_invite_nobody_twice(home: House, post: Post) -> None:
    enrol(home, 60)
    id = start(home)
    with ThreadPoolExecutor(4) as workers:
        begun = sum(one.begun for one in workers.map(lambda _: wave(home, id), range(4)))
    sweep(home, NOON)
    assert (begun, len(post.sent), len({one.receiver for one in post.sent})) == (60, 60, 60)


def test_she_answers_the_invitation_and_goes_on_as_enrolled(home: House, post: Post) -> None:
    enrol(home, 1)
    wave(home, start(home))
    sweep(home, NOON)
    intake.take(home, said("1", number(0), NOON + 60), 0)
    sweep(home, NOON + 61)
    talking = talk(home)
    assert talking is not None
    assert (talking.frame, talking.remind_at) == ("enrolled", NOON + 60 + REMIND_AFTER)
    assert "1 agree, 2 no" in post.sent[-1].text


def test_outside_her_safe_hours_nobodys_conversation_begins(home: House) -> None:
    enrol(home, 3)
    id = start(home)
    assert wave(home, id, NIGHT) == campaign.Wave(0, 3)
    assert states(home) == {"waiting": 3}
    assert wave(home, id, MORNING) == campaign.Wave(3, 0)


def test_each_is_written_to_in_her_own_time(tmp_path: Path, post: Post) -> None:
    home = house(tmp_path, post)
    published(home, edit=lambda toml: toml.replace('area = "NG"', "").replace('timezone = "Africa/Lagos"', ""))
    enrol(home, 3)
    change(home, 1, zone="Pacific/Auckland")  # it is night there
    change(home, 2, zone="")  # nobody knows what time it is where she is
    id = start(home)
    assert wave(home, id) == campaign.Wave(1, 2)
    assert wave(home, id, NOON + 9 * HOUR) == campaign.Wave(1, 1)
    home.close()


UNREACHABLE: dict[str, dict[str, Any]] = {"stopped": {"stopped": 1}, "dead": {"dead": True}}


@pytest.mark.parametrize("changes", UNREACHABLE.values(), ids=UNREACHABLE.keys())
def test_whoever_may_not_be_written_to_is_not_begun(home: House, changes: dict[str, Any]) -> None:
    enrol(home, 2)
    change(home, 0, **changes)
    assert wave(home, start(home)).begun == 1
    assert talk(home, 0) is None


def test_a_suppressed_or_erased_number_is_not_begun(home: House) -> None:
    enrol(home, 2)
    home.store.write(lambda tx: tx.suppress(home.vault.index(number(0)), "stop", 1))
    gone = home.store.read(lambda view: view.address(home.vault.index(number(1))))
    home.store.write(lambda tx: tx.erase(gone.id))
    assert wave(home, start(home)).begun == 0


def test_who_talks_with_us_already_is_not_interrupted(home: House) -> None:
    enrol(home, 1)
    intake.take(home, said("river", number(0), NOON), 0)
    before = talk(home)
    assert wave(home, start(home)).begun == 0
    assert talk(home) == before


def test_waves_go_round_so_that_who_cannot_be_begun_blocks_nobody(home: House, monkeypatch: Any) -> None:
    enrol(home, 30)
    for n in range(20):
        change(home, n, zone="", stopped=1)
    monkeypatch.setattr("consult.campaign.inviting.EXAMINED", 10)
    id = start(home)
    assert sum(wave(home, id).begun for _ in range(4)) == 10


def test_waves_of_the_worker_owe_no_more_than_leaves_within_a_minute(home: House, post: Post) -> None:
    enrol(home, 200)
    start(home, pace=1.0)
    assert campaign.waves(home, NOON, seeds()) == campaign.DEPTH
    assert campaign.waves(home, NOON, seeds()) == 0
    for at in range(NOON, NOON + 30):
        delivery.sweep(home, lambda at=at: at)
    assert campaign.waves(home, NOON + 30, seeds()) == 30


def test_a_campaign_ends_with_its_consultation(home: House) -> None:
    enrol(home, 2)
    id = start(home)
    wave(home, id, NOON + 3600 * 86_400)
    assert (now(home, id).state, states(home)) == ("done", {"waiting": 2})


def test_a_campaign_invites_to_the_version_it_was_started_with(home: House) -> None:
    enrol(home, 1)
    id = start(home)
    toml = (Path(__file__).parents[1] / "consult" / "examples" / "safety.toml").read_text(encoding="utf-8")
    publish.publish(home, toml + "\n# corrected\n", day=NOON // 86_400, test=True)
    wave(home, id)
    talking = talk(home)
    assert talking is not None
    assert talking.version == 1


# ---- an invitation that may not leave is taken back


def test_what_the_window_closes_on_is_taken_back_and_invited_the_next_morning(home: House, post: Post) -> None:
    enrol(home, 5)
    id = start(home)
    wave(home, id)
    sweep(home, NIGHT)
    assert (post.sent, states(home), talk(home)) == ([], {"waiting": 5}, None)
    assert now(home, id).spent_segments == 0
    wave(home, id, MORNING)
    sweep(home, MORNING)
    assert len(post.sent) == 5


def test_pausing_takes_back_what_waits_and_resuming_goes_on(home: House, post: Post) -> None:
    enrol(home, 5)
    id = start(home)
    wave(home, id)
    delivery.pay(home, 1, NOON)
    campaign.pause(home, id)
    sweep(home, NOON)
    assert (len(post.sent), states(home)) == (1, {"invited": 1, "waiting": 4})
    assert wave(home, id).begun == 0
    campaign.resume(home, id)
    wave(home, id, NOON + HOUR)
    sweep(home, NOON + HOUR)
    assert len({one.receiver for one in post.sent}) == len(post.sent) == 5


def test_replies_leave_while_a_campaign_is_paused(home: House, post: Post) -> None:
    enrol(home, 1)
    id = start(home)
    wave(home, id)
    sweep(home, NOON)
    campaign.pause(home, id)
    intake.take(home, said("1", number(0), NOON + 60), 0)
    sweep(home, NOON + 61)
    assert len(post.sent) > 1


def test_a_stopped_campaign_is_not_resumed_but_another_may_start(home: House) -> None:
    id = start(home)
    campaign.stop(home, id)
    with pytest.raises(CannotStart, match="is stopped"):
        campaign.resume(home, id)
    assert start(home) != id
    with pytest.raises(CannotStart, match="no campaign 99"):
        campaign.pause(home, 99)


def test_resuming_tries_a_halted_carrier_again(home: House, post: Post) -> None:
    enrol(home, 1)
    id = start(home)
    wave(home, id)
    post.will.append(SendFailed("unregistered sender", halt=True))
    sweep(home, NOON)
    assert (now(home, id).state, now(home, id).why) == ("paused", "unregistered sender")
    campaign.resume(home, id)
    assert not home.store.read(lambda view: view.setting(HALTED + "sms post"))
    sweep(home, NOON + 10)
    assert len(post.sent) == 1


# ---- the budget


@pytest.mark.parametrize("budget", [{"budget_segments": 3}, {"budget_money": 0.035}], ids=["segments", "money"])
def test_a_budget_stops_the_campaign_and_is_not_passed(home: House, post: Post, budget: dict[str, Any]) -> None:
    enrol(home, 10)
    id = start(home, **budget)
    assert wave(home, id).begun == 3
    sweep(home, NOON)
    stopped = now(home, id)
    assert (stopped.state, stopped.why, stopped.spent_segments) == ("stopped", BUDGET, 3)
    assert (len(post.sent), states(home)) == (3, {"invited": 3, "waiting": 7})


def test_what_the_carrier_bills_counts_not_what_was_forecast(home: House, post: Post) -> None:
    enrol(home, 10)
    post.segments, post.price = 2, 0.05
    id = start(home, budget_segments=10)
    wave(home, id, size=4)
    sweep(home, NOON)
    assert (now(home, id).spent_segments, round(now(home, id).spent_money, 6)) == (8, 0.2)
    assert wave(home, id).begun == 2
    sweep(home, NOON)
    assert now(home, id).state == "stopped"


def test_replies_use_up_the_budget_and_are_still_given(home: House, post: Post) -> None:
    enrol(home, 3)
    id = start(home, budget_segments=4)
    wave(home, id, size=2)
    sweep(home, NOON)
    for n, text in ((0, "1"), (1, "1"), (0, "1")):
        intake.take(home, said(text, number(n), NOON + 60 + n), 0)
        sweep(home, NOON + 60 + n)
    assert now(home, id).state == "stopped"
    assert wave(home, id, NOON + 100).begun == 0
    assert len(post.sent) > 5


def test_forecast_and_first_wave_agree(home: House) -> None:
    enrol(home, 4, locale="ar")
    id = start(home)
    published = home.store.read(lambda view: view.published("safety"))
    low, high = campaign.forecast(home, published, "sms", {"ar": 4})
    wave(home, id)
    assert now(home, id).spent_segments == low < high


# ---- silence


def test_silence_brings_one_reminder_word_for_word_and_then_the_lapse(home: House, post: Post) -> None:
    enrol(home, 1)
    wave(home, start(home))
    sweep(home, NOON)
    for hour in range(1, 24 * 6):
        campaign.silence(home, NOON + hour * HOUR)
        sweep(home, NOON + hour * HOUR)
    assert len(post.sent) == 2
    assert post.sent[0].text == post.sent[1].text
    assert (states(home), talk(home)) == ({"lapsed": 1}, None)


def test_the_clocks_count_from_when_the_invitation_left(home: House, post: Post) -> None:
    enrol(home, 1)
    wave(home, start(home))
    sweep(home, NOON + 2 * HOUR)
    talking = talk(home)
    assert talking is not None
    assert talking.remind_at == NOON + 2 * HOUR + REMIND_AFTER


def test_a_reminder_waits_for_her_safe_hours(home: House, post: Post) -> None:
    enrol(home, 1)
    late = NOON + 3 * HOUR + 1800  # 16:30 in Lagos
    wave(home, start(home, late), late)
    sweep(home, late)
    for at in range(late + REMIND_AFTER - 60, late + REMIND_AFTER + 20 * HOUR, 600):
        campaign.silence(home, at)
        sweep(home, at)
        hour = (at + HOUR) % 86_400 // HOUR
        if len(post.sent) == 2:
            assert 9 <= hour < 17
            break
    assert len(post.sent) == 2


def test_the_reminder_waits_for_a_whole_day_of_silence_and_comes_once(home: House, post: Post) -> None:
    enrol(home, 1)
    wave(home, start(home))
    sweep(home, NOON)
    intake.take(home, said("1", number(0), NOON + HOUR), 0)
    sweep(home, NOON + HOUR)
    before = len(post.sent)
    quiet, due = NOON + REMIND_AFTER, NOON + REMIND_AFTER + HOUR
    campaign.silence(home, quiet)
    sweep(home, quiet)
    assert len(post.sent) == before
    for at in (due, due + REMIND_AFTER):
        campaign.silence(home, at)
        sweep(home, at)
        assert [one.text for one in post.sent[before:]] == [post.sent[0].text]


def test_a_reminder_that_an_answer_overtakes_is_dropped(home: House, post: Post) -> None:
    enrol(home, 1)
    wave(home, start(home))
    sweep(home, NOON)
    campaign.silence(home, NOON + REMIND_AFTER)
    owed = intake.take(home, said("1", number(0), NOON + REMIND_AFTER + 5), 0).owed
    sweep(home, NOON + REMIND_AFTER + 10)
    assert [one.id for one in post.sent[1:]] == list(owed)


@pytest.mark.parametrize("how", ["stopped", "dead", "stop", "budget", "off", "failed"])
def test_nobody_is_reminded_who_must_not_be(home: House, post: Post, how: str) -> None:
    enrol(home, 1)
    id = start(home, budget_segments=1 if how == "budget" else None, remind=how != "off")
    if how == "failed":
        post.will.append(SendFailed("blocked"))
    wave(home, id)
    sweep(home, NOON)
    if how in ("stopped", "dead"):
        change(home, 0, **UNREACHABLE[how])
    if how == "stop":
        campaign.stop(home, id)
    sent = len(post.sent)
    for at in range(NOON, NOON + 2 * REMIND_AFTER, HOUR):
        campaign.silence(home, at)
        sweep(home, at)
    assert len(post.sent) == sent


def test_silence_is_counted_from_now_once_a_clock_years_ahead_is_put_right(home: House, post: Post) -> None:
    years = NOON + 3 * 365 * 86_400
    joined = intake.take(home, said("river", number(0), years), 0)
    assert joined.new
    assert campaign.silence(home, NOON) == 1
    row = talk(home)
    assert row is not None
    assert row.lapse_at == NOON + 72 * 3600
    assert campaign.silence(home, NOON) == 0
    assert campaign.silence(home, NOON + 72 * 3600) == 1
    assert talk(home) is None


def test_a_machine_that_wakes_up_in_1970_forgets_nobody(home: House, post: Post) -> None:
    intake.take(home, said("river", number(0), NOON), 0)
    intake.take(home, said("river", number(1), NOON), 0)
    campaign.silence(home, NOON + 72 * HOUR)
    rows = home.store.read(lambda view: view.sessions_of("safety"))
    campaign.silence(home, HOUR)
    assert home.store.read(lambda view: view.sessions_of("safety")) == rows
    campaign.silence(home, NOON + 73 * HOUR)
    assert home.store.read(lambda view: view.sessions_of("safety")) == rows


def test_at_elevated_risk_there_is_no_reminder(tmp_path: Path, post: Post) -> None:
    home = house(tmp_path, post)
    published(home, "pulse")
    enrol(home, 1, "pulse", zone="Africa/Nairobi")
    started = campaign.start(home, "pulse", PLAN, NOON)
    assert not started.remind
    wave(home, started.id)
    for at in range(NOON, NOON + 2 * REMIND_AFTER, HOUR):
        campaign.silence(home, at)
        sweep(home, at)
    assert len(post.sent) == 1
    home.close()


def test_a_broken_conversation_does_not_hold_up_the_others(home: House, post: Post) -> None:
    enrol(home, 3)
    wave(home, start(home))
    sweep(home, NOON)
    broken = talk(home, 0)
    assert broken is not None
    home.store.write(lambda tx: tx.save(replace(broken, state=b"damaged")))
    campaign.silence(home, NOON + REMIND_AFTER)
    sweep(home, NOON + REMIND_AFTER)
    assert len(post.sent) == 5
    assert home.store.read(lambda view: view.due_sessions(NOON + REMIND_AFTER)) == []


def test_an_invitation_reported_undelivered_is_not_followed_by_a_reminder(home: House, post: Post) -> None:
    enrol(home, 1)
    wave(home, start(home))
    sweep(home, NOON)
    delivery.report(home, "post", Receipt(post.receipt(post.sent[0]).ref, Delivery.FAILED), NOON + 5)
    campaign.silence(home, NOON + REMIND_AFTER)
    sweep(home, NOON + REMIND_AFTER)
    assert len(post.sent) == 1


# ---- codes


def test_a_code_opens_a_closed_consultation_once(tmp_path: Path, post: Post) -> None:
    home = house(tmp_path, post)
    published(home, edit=lambda toml: toml.replace("open = true", "open = false"))
    (code,) = codes.issue(home, "safety", 1)
    for n, text in ((1, "river"), (2, f"river {code.lower()}"), (3, f"river {code}")):
        intake.take(home, said(text, number(n), NOON + n), 0)
    home.store.read(lambda view: None)
    assert home.store.read(lambda view: view.address(home.vault.index(number(1)))) is None
    joined = talk(home, 2)
    assert joined is not None
    assert joined.frame == "enrolled"
    assert home.store.read(lambda view: view.address(home.vault.index(number(3)))) is None
    assert code.replace("-", "").encode() not in (tmp_path / "data" / "consult.db").read_bytes()
    home.close()
