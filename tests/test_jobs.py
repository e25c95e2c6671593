"""Workers and bells: the bell makes it quick, the sweep makes it certain; Redis may vanish at any time."""

from __future__ import annotations

import re
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from redis import Redis

from consult import campaign, delivery, intake, jobs
from consult.campaign import Plan
from consult.config import Settings
from consult.delivery import Swept
from consult.house import House, open_house
from consult.jobs import EmbeddedWorker, RedisDoorbell
from consult.letters import seal_number
from consult.store import Tx
from consult.store.records import Enrolment
from tests.conftest import need
from tests.fakes.post import OURS, Post, house, published, said
from tests.fakes.twilio_server import ACCOUNT, NUMBER, TOKEN, TwilioServer

HER = "+2348031234567"
PATIENCE = 20.0  # seconds


def until(true: Callable[[], object]) -> None:
    """Wait for something that another thread or process brings about."""
    deadline = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.01)


def always_open(toml: str) -> str:
    """The example, open today, in a time zone where it is about noon now."""
    ahead = 12 - datetime.now(UTC).hour
    toml = toml.replace('timezone = "Africa/Lagos"', f'timezone = "Etc/GMT{-ahead:+d}"')
    toml = re.sub(r"(?m)^opening = \S+", "opening = 2020-01-01", toml)
    return re.sub(r"(?m)^(closing|news_by) = \S+", r"\1 = 2090-01-01", toml)


@pytest.fixture
def post() -> Post:
    return Post()


@contextmanager
def working(folder: Path, post: Post, **more: Any) -> Iterator[House]:
    """A house with an embedded worker in it."""
    worker = EmbeddedWorker(**more)
    home = house(folder, post, worker)
    published(home, edit=always_open)
    worker.start(home)
    try:
        yield home
    finally:
        worker.stop()
        home.close()


def writes(home: House, text: str = "river", who: str = HER, ref: str = "") -> tuple[int, ...]:
    return intake.take(home, said(text, who, jobs.now(), ref), 0).owed


# ---- embedded


def test_the_bell_brings_a_reply_at_once(tmp_path: Path, post: Post) -> None:
    with working(tmp_path, post, sweep_every=3600) as home:
        owed = writes(home)
        until(lambda: len(post.sent) == 2)
        assert [one.id for one in post.sent] == list(owed)


def test_what_nobody_rang_for_is_swept(tmp_path: Path, post: Post) -> None:
    with working(tmp_path, post, sweep_every=0.05) as home:
        writes(replace(home, doorbell=jobs.doorbell(home.settings)))
        until(lambda: len(post.sent) == 2)


def test_many_replies_leave_side_by_side(tmp_path: Path, post: Post) -> None:
    together = threading.Barrier(jobs.delivery.HANDS, timeout=PATIENCE)
    post.will.extend([lambda _: together.wait()] * jobs.delivery.HANDS)
    waiting = house(tmp_path, post)
    published(waiting, edit=always_open)
    for n in range(jobs.delivery.HANDS):
        writes(waiting, who=f"+23480312345{n + 10}")
    waiting.close()
    with working(tmp_path, post):
        until(lambda: len(post.sent) == 2 * jobs.delivery.HANDS)


def test_what_the_pace_holds_back_leaves_as_soon_as_it_may(tmp_path: Path, post: Post) -> None:
    post.pace = 2.0
    with working(tmp_path, post, sweep_every=3600) as home:
        for n in range(3):
            writes(home, who=f"+23480312345{n + 10}")
        until(lambda: len(post.sent) == 6)


def test_stopping_finishes_the_row_in_hand(tmp_path: Path, post: Post) -> None:
    in_hand, go_on = threading.Event(), threading.Event()

    def slow(_: object) -> None:
        in_hand.set()
        go_on.wait(PATIENCE)

    post.will.append(slow)
    worker = EmbeddedWorker(3600)
    home = house(tmp_path, post, worker)
    published(home, edit=always_open)
    worker.start(home)
    first, _ = writes(home)
    in_hand.wait(PATIENCE)
    stopper = threading.Thread(target=worker.stop)
    stopper.start()
    go_on.set()
    stopper.join(PATIENCE)
    settled = home.store.read(lambda view: view.message(first))
    home.close()
    assert settled is not None
    assert settled.state == "accepted"


def test_one_failure_ends_neither_the_worker_nor_the_line(tmp_path: Path, post: Post, monkeypatch: Any) -> None:
    calls: list[int] = []
    sweep = jobs.delivery.sweep

    def fails_first(*args: Any, **more: Any) -> Swept:
        calls.append(1)
        if len(calls) == 1:
            raise RuntimeError(HER)
        return sweep(*args, **more)

    monkeypatch.setattr(jobs.delivery, "sweep", fails_first)
    with working(tmp_path, post, sweep_every=0.05) as home:
        writes(home)
        until(lambda: len(post.sent) == 2)


def test_the_worker_runs_a_whole_campaign(tmp_path: Path, post: Post) -> None:
    with working(tmp_path, post, sweep_every=0.05) as home:
        enrol(home, 30)
        campaign.start(home, "safety", Plan("sms", "post", OURS), jobs.now())
        until(lambda: len(post.sent) == 30)
        assert len({one.receiver for one in post.sent}) == 30


def test_duties_are_done_by_one_worker_at_a_time(tmp_path: Path, post: Post) -> None:
    home = house(tmp_path, post)
    at = jobs.now()
    assert jobs.duties(home, "first", lambda: at)
    assert not jobs.duties(home, "second", lambda: at)
    assert jobs.duties(home, "first", lambda: at + 30)
    assert jobs.duties(home, "second", lambda: at + 30 + jobs.LEASE)
    home.close()


def test_the_farewell_of_an_erasure_leaves_no_trace_once_the_duties_were_done(tmp_path: Path, post: Post) -> None:
    home, at = house(tmp_path, post), jobs.now()
    (id,) = writes(home, "erase")
    sealed = home.store.read(lambda view: view.message(id)).text

    def traces() -> list[str]:
        return [file.name for file in tmp_path.rglob("*") if file.is_file() and sealed in file.read_bytes()]

    assert traces()
    assert delivery.sweep(home, lambda: at).sent == 1
    assert jobs.duties(home, "one", lambda: at)
    assert traces() == []
    home.close()


def test_duties_go_on_after_a_clock_years_ahead_is_put_right(tmp_path: Path, post: Post) -> None:
    home, at = house(tmp_path, post), jobs.now()
    assert jobs.duties(home, "before", lambda: at + 10 * 365 * 86_400)
    post.letters = [said("river", HER, at - 300, "r1")]
    assert jobs.duties(home, "restarted", lambda: at)
    assert post.forgotten == ["r1"]
    home.close()


def test_a_worker_that_stops_hands_its_duties_over(tmp_path: Path, post: Post) -> None:
    with working(tmp_path, post, sweep_every=0.05) as home:
        until(lambda: not home.store.write(lambda tx: tx.scheduler("another", jobs.now(), 0)))
    again = open_house(home.settings)
    assert again.store.write(lambda tx: tx.scheduler("another", jobs.now(), 0))
    again.close()


def test_a_duty_that_fails_does_not_keep_the_others_undone(tmp_path: Path, post: Post, monkeypatch: Any) -> None:
    home = house(tmp_path, post)
    published(home, edit=always_open)
    enrol(home, 1)
    campaign.start(home, "safety", Plan("sms", "post", OURS), jobs.now())

    def breaks(*_: object) -> int:
        raise RuntimeError

    monkeypatch.setattr(jobs.intake, "retry_held", breaks)
    assert jobs.duties(home, "one")
    assert home.store.read(lambda view: view.stats("safety")).queued == 1
    home.close()


def test_what_came_while_we_were_down_is_taken_when_we_start(tmp_path: Path, post: Post) -> None:
    post.letters = [said("river", HER, jobs.now() - 60, "missed")]
    with working(tmp_path, post):
        until(lambda: len(post.sent) == 2)
    assert post.forgotten == ["missed"]


def enrol(home: House, n: int) -> None:
    def work(tx: Tx) -> None:
        for each in range(n):
            number = f"+23480312{each:05}"
            index = home.vault.index(number)
            address = tx.add_address(index, seal_number(home.vault, index, number), "Africa/Lagos")
            tx.enrol(Enrolment(tx.add_person(address.id, 0, 0).id, "safety", "enrolled", "en", b""))

    home.store.write(work)


# ---- Redis


@contextmanager
def running(folder: Path) -> Iterator[tuple[subprocess.Popen[bytes], Redis]]:
    """A real Redis that listens at `folder`/s, and a client."""
    server = need("redis-server", "sudo apt-get install redis-server")
    socket = f"{folder}/s"
    Path(socket).unlink(missing_ok=True)
    plain = ["--rdbcompression", "no"]  # what DUMP gives is searched for her
    words = [server, "--port", "0", "--unixsocket", socket, "--save", "", "--dir", str(folder), *plain]
    with subprocess.Popen(words, stdout=subprocess.DEVNULL) as process, Redis(unix_socket_path=socket) as client:
        until(lambda: Path(socket).exists() and client.ping())
        try:
            yield process, client
        finally:
            process.terminate()


@pytest.fixture
def place() -> Iterator[Path]:
    """A folder with a short name: a socket's may have 108 characters."""
    with tempfile.TemporaryDirectory(prefix="r") as folder:
        yield Path(folder)


@pytest.fixture
def redis(place: Path) -> Iterator[tuple[str, Redis]]:
    """The address of a real Redis, and a client."""
    with running(place) as (_, client):
        yield f"unix://{place}/s", client


@pytest.fixture
def twilio() -> Iterator[TwilioServer]:
    with TwilioServer() as server:
        yield server


def settings(folder: Path, redis_url: str, twilio: TwilioServer) -> Settings:
    return Settings(
        data=folder / "data",
        redis_url=redis_url,
        twilio_account_sid=ACCOUNT,
        twilio_auth_token=TOKEN,
        twilio_from=NUMBER,
        twilio_api=twilio.url,
        twilio_pace=0.0,
    )


@contextmanager
def served(given: Settings) -> Iterator[House]:
    """The web process's house: it only takes messages in, and rings Redis."""
    bell = RedisDoorbell(given.redis_url or "")
    home = open_house(given, bell)
    published(home, edit=always_open)
    try:
        yield home
    finally:
        home.close()
        bell.close()


@contextmanager
def worked(given: Settings, every: float = jobs.SWEEP_EVERY) -> Iterator[None]:
    """`consult work` beside it."""
    stopping = threading.Event()
    worker = threading.Thread(target=jobs.run_worker, args=(given, stopping), kwargs={"sweep_every": every})
    worker.start()
    try:
        yield
    finally:
        stopping.set()
        worker.join(PATIENCE)
        assert not worker.is_alive()


def arrives(home: House, n: int) -> None:
    """She writes to the Twilio number."""
    who = f"+23480312{n:05}"
    intake.take(home, replace(said("river", who, jobs.now()), carrier="twilio", ours=NUMBER), 0)


def test_redis_brings_a_reply_at_once(tmp_path: Path, redis: tuple[str, Redis], twilio: TwilioServer) -> None:
    given = settings(tmp_path, redis[0], twilio)
    with served(given) as home, worked(given):
        until(lambda: redis[1].scard("rq:workers"))
        until(lambda: not home.store.write(lambda tx: tx.scheduler("test", jobs.now(), 0)))  # the first sweep is over
        arrives(home, 1)
        until(lambda: len(twilio.accepted) == 2)


def test_a_flushed_redis_loses_no_message_and_doubles_none(
    tmp_path: Path, redis: tuple[str, Redis], twilio: TwilioServer
) -> None:
    given = settings(tmp_path, redis[0], twilio)
    with served(given) as home:
        enrol(home, 25)
        campaign.start(home, "safety", Plan("sms", "twilio", NUMBER), jobs.now())
        with worked(given, 0.3):
            for n in range(100, 125):
                arrives(home, n)
                if n % 5 == 0:
                    redis[1].flushall()
            until(lambda: len(twilio.accepted) >= 75)
            until(lambda: home.store.read(lambda view: view.stats("safety")).queued == 0)
    sent = [(one.receiver, one.body) for one in twilio.accepted]
    assert len(sent) == len(set(sent)) == 75


def test_without_redis_the_sweep_pays(tmp_path: Path, twilio: TwilioServer) -> None:
    given = settings(tmp_path, f"unix://{tmp_path}/nobody", twilio)
    with served(given) as home, worked(given, 0.3):
        arrives(home, 1)
        until(lambda: len(twilio.accepted) == 2)


def test_a_redis_killed_and_restarted_is_only_slower(
    tmp_path: Path, place: Path, twilio: TwilioServer, monkeypatch: Any
) -> None:
    monkeypatch.setattr(jobs, "SILENT", 0.1)
    given = settings(tmp_path, f"unix://{place}/s", twilio)
    with served(given) as home, worked(given, 0.3):
        for n, alive in enumerate((True, False, True)):
            with running(place) if alive else nullcontext() as server:
                arrives(home, n)
                until(lambda n=n: len(twilio.accepted) == 2 * n + 2)
                if server:
                    until(server[1].ping)
                    server[0].kill()
    assert len({(one.receiver, one.body) for one in twilio.accepted}) == 6


def test_a_bell_rings_again_once_redis_is_back(place: Path, monkeypatch: Any) -> None:
    monkeypatch.setattr(jobs, "SILENT", 0.0)
    bell = RedisDoorbell(f"unix://{place}/s")
    for id in (1, 2):
        with running(place) as (server, client):
            until(lambda id=id, client=client: bell.ring(id) or client.keys("rq:job:wake-*"))
            server.kill()
    bell.close()


def test_a_payer_does_not_wait_for_a_carrier_that_is_asked_for_its_list(tmp_path: Path, post: Post) -> None:
    asked, released = threading.Event(), threading.Event()

    def slow(_: int) -> list[Any]:
        asked.set()
        released.wait(PATIENCE)
        return []

    post.missed = slow  # type: ignore[method-assign]
    with working(tmp_path, post) as home:
        assert asked.wait(PATIENCE)
        writes(home)
        until(lambda: len(post.sent) == 2)
        released.set()


def test_a_redis_that_is_away_costs_the_webhook_nothing(tmp_path: Path) -> None:
    bell = RedisDoorbell("redis://127.0.0.1:1")
    started = time.monotonic()
    for id in range(100):
        bell.ring(id)
    assert time.monotonic() - started < 2
    bell.close()


def test_redis_sees_that_there_is_mail_and_nothing_else(
    tmp_path: Path, redis: tuple[str, Redis], twilio: TwilioServer
) -> None:
    given = settings(tmp_path, redis[0], twilio)
    with served(given) as home:
        arrives(home, 1)
    keys = redis[1].keys("*")
    (name,) = redis[1].keys("rq:job:wake-*")
    job = redis[1].hgetall(name)
    assert job[b"description"] == b"-"
    assert (int(job[b"result_ttl"]), int(job[b"failure_ttl"]), int(job[b"ttl"])) == (0, 3600, 60)
    everything = b" ".join(redis[1].dump(key) or b"" for key in keys) + b" ".join(keys) + repr(job).encode()
    assert not any(word in everything for word in (b"8031200001", b"0312", b"RIVER", b"river", b"Circle"))
    assert redis[1].llen("rq:queue:consult") == 1


def test_however_often_it_is_rung_one_job_waits(redis: tuple[str, Redis], monkeypatch: Any) -> None:
    monkeypatch.setattr(jobs, "SLOT", 10**9)
    bell = RedisDoorbell(redis[0])
    for id in range(30):
        bell.ring(id)
        time.sleep(jobs.ECHO / 10)
    assert redis[1].llen("rq:queue:consult") == 1
    bell.close()


def test_a_job_whose_worker_was_killed_silences_the_bell_for_a_moment_only(
    redis: tuple[str, Redis], monkeypatch: Any
) -> None:
    """Its hash stays, under its name, for an hour; its place on the queue is gone."""
    monkeypatch.setattr(jobs, "SLOT", 1)
    bell = RedisDoorbell(redis[0])
    bell.ring(1)
    assert redis[1].lpop("rq:queue:consult") is not None
    until(lambda: bell.ring(2) or redis[1].llen("rq:queue:consult") == 1)
    bell.close()


def test_what_comes_while_the_bell_still_echoes_is_not_left_to_the_sweep(
    tmp_path: Path, redis: tuple[str, Redis], twilio: TwilioServer
) -> None:
    given = settings(tmp_path, redis[0], twilio)
    with served(given) as home, worked(given):
        until(lambda: redis[1].scard("rq:workers"))
        until(lambda: not home.store.write(lambda tx: tx.scheduler("test", jobs.now(), 0)))  # the first sweep is over
        for n in range(1, 41):
            arrives(home, n)
            time.sleep(jobs.ECHO / 7)
        until(lambda: len(twilio.accepted) == 80)


def test_doctor_hears_whether_redis_answers(redis: tuple[str, Redis]) -> None:
    assert jobs.unreachable(redis[0]) == ""
    assert jobs.unreachable("redis://127.0.0.1:1") == "ConnectionError"


def test_a_failing_job_leaves_no_trace_of_her_in_redis(
    tmp_path: Path, redis: tuple[str, Redis], twilio: TwilioServer, monkeypatch: Any
) -> None:
    def breaks(*_: object) -> None:
        raise RuntimeError(f"cannot pay {HER}")

    given = settings(tmp_path, redis[0], twilio)
    done = threading.Event()
    with served(given) as home:
        monkeypatch.setattr(jobs.EmbeddedWorker, "echo", breaks)
        monkeypatch.setattr(jobs.delivery, "sweep", lambda *_, **__: done.set() or Swept())
        with worked(given):
            arrives(home, 1)
            until(lambda: done.is_set() and redis[1].llen("rq:queue:consult") == 0)
    everything = b" ".join(redis[1].dump(key) or b"" for key in redis[1].keys("*"))
    assert HER[1:].encode() not in everything


def test_the_worker_needs_no_redis_when_none_is_configured(tmp_path: Path, twilio: TwilioServer) -> None:
    given = replace(settings(tmp_path, "", twilio), redis_url=None)
    with served(replace(given, redis_url="redis://127.0.0.1:1")) as home, worked(given):
        arrives(home, 1)
        until(lambda: len(twilio.accepted) == 2)
