"""The doorbell and the workers: the only room that knows RQ and Redis.

Rule 1: Redis says "there is mail" and nothing else: a job carries nothing, nor does its result or description. One
waits at most, and is rung once in `ECHO` seconds at most: what a job costs does not grow with the messages.
Rule 2: whatever Redis loses, the sweep finds: every 30 seconds, in every worker; what must be done once at a time is
done by whoever holds the scheduler's lease in the database.
Rule 3: RQ's worker and the embedded one call the same functions. RQ runs jobs in its own process (SimpleWorker): a fork
would break the store's writer thread.
Rule 4: one failure ends neither a worker nor what stands in line behind it. Its kind is logged, its words never.
"""

from __future__ import annotations

import logging
import random
import secrets
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, nullcontext, suppress
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from consult import campaign, delivery, intake, recordings
from consult.aloud import codes, keeping
from consult.channel import Heard, KeepingCarrier
from consult.config import Settings
from consult.contacts import parked
from consult.episodes.windows import WORDS_FOR
from consult.house import Doorbell, House, Quiet, open_house
from consult.intake.orders import settle_orders
from consult.moderation import ending
from consult.sync.machines import answer_machines

if TYPE_CHECKING:
    from redis import Redis
    from rq import Queue, SimpleWorker

log = logging.getLogger("consult.jobs")

SWEEP_EVERY: Final = 30  # seconds
LEASE: Final = 45  # seconds the scheduler's lease outlives its holder
FADES_AFTER: Final = 3 * 86_400  # seconds after which a settled message forgets whom it went to, and when
BUSY: Final = 0.2  # seconds until a message that the pace held back is tried again
CLOSE_EVERY: Final = 60  # seconds between two looks whether a page of a node is due
NEVER: Final = 1e9  # seconds: the hub is met by hand only
QUEUE: Final = "consult"
RUNG: Final = "consult:rung"  # key in Redis: the bell was rung within `ECHO`
ECHO: Final = 0.05  # seconds in which the bell is not rung again: whoever heard it looks once more after that
SLOT: Final = 10  # seconds
FAILURES_KEPT: Final = 3600  # seconds
SILENT: Final = 5.0  # seconds a Redis that did not answer is not asked again


def now() -> int:
    """Epoch seconds."""
    return int(time.time())


# ---- what is done again and again


def duties(
    house: House,
    who: str,
    clock: Callable[[], int] = now,
    *,
    started: bool = False,
    going: Callable[[], bool] = lambda: True,
) -> bool:
    """What must be done now and then, once at a time; False when another worker does it. `started`: just now.

    Orders for the suppression file, held messages, interrupted hand-overs, carriers' lists, silence, waves; what was
    settled days ago forgets whom it went to, nodes and their hub answer each other by SMS, calls that are over leave
    nothing, slips lose their words a day after their window, lists that nobody confirmed go, and what was blanked since
    the last time goes out of the database's log: that alone is done while the node is locked.
    """
    at = clock()
    if not house.store.write(lambda tx: tx.scheduler(who, at, LEASE)):
        return False
    if not house.gate.answers:  # what is blanked can still go out of the log
        _guarded(partial(house.store.scrub, spread=True))
        return True
    every = 60 if started else delivery.EVERY
    for duty in (
        lambda: settle_orders(house),
        lambda: intake.retry_held(house, secrets.randbits(8)),
        lambda: delivery.settle_uncertain(house, clock()),
        lambda: delivery.recover(
            house, lambda heard: intake.take(house, heard, secrets.randbits(8), old=True), at, every=every
        ),
        lambda: _silence(house, clock),
        lambda: campaign.waves(house, clock(), lambda: secrets.randbits(8)),
        lambda: house.store.write(lambda tx: tx.fade(at - FADES_AFTER)),
        lambda: recordings.look_after(house, clock()),
        lambda: keeping.take_up(house, clock()),
        lambda: codes.sweep(house, clock()),
        lambda: house.store.write(lambda tx: tx.drop_lines(at - intake.LONGEST_CALL)),
        lambda: house.store.write(lambda tx: tx.blank_old_slips(at - WORDS_FOR)),
        lambda: ending.fade(house, clock()),
        lambda: parked.tidy(house, clock()),
        lambda: answer_machines(house, clock()),
        lambda: house.store.scrub(spread=True),
    ):
        if going():
            _guarded(duty)
    return True


def _silence(house: House, clock: Callable[[], int]) -> None:
    for _ in range(20):
        if campaign.silence(house, clock()) < 100:
            return


def _guarded(work: Callable[[], Any]) -> Any:
    try:
        return work()
    except Exception as error:
        log.error("a duty failed and is tried again (%s)", type(error).__name__)
        return None


# ---- a worker within a process


class EmbeddedWorker:
    """A Doorbell with threads behind it: one pays at once when it rings, and sweeps; one sees to the duties; one for
    each carrier that has to be emptied.

    Several, since duties ask carriers for their lists, and a reply must not wait for a carrier that does not answer.
    """

    def __init__(self, sweep_every: float = SWEEP_EVERY, clock: Callable[[], int] = now) -> None:
        self._every, self._clock = sweep_every, clock
        self._bell, self._stopping = threading.Event(), threading.Event()
        self._echoes_until = 0.0
        self._threads: list[threading.Thread] = []

    def ring(self, id: int) -> None:
        """There is mail. Which row is found in the outbox, replies first."""
        del id
        self._bell.set()

    def echo(self) -> None:
        """There is mail, and more may come for which nobody rings."""
        self._echoes_until = time.monotonic() + 2 * ECHO
        self._bell.set()

    def start(self, house: House) -> None:
        """Begin to work for this house."""
        self._begin("consult-duties", self._attend, house)
        self._begin("consult-worker", self._run, house)
        self._begin("consult-sync", self._sync, house)
        for carrier in delivery.keeping(house):
            self._begin(f"consult-{carrier.name}", self._collect, house, carrier)

    def _begin(self, name: str, work: Callable[..., None], *about: Any) -> None:
        self._threads.append(threading.Thread(target=work, args=about, name=name, daemon=True))
        self._threads[-1].start()

    def stop(self, timeout: float = 20) -> None:
        """Finish the rows in hand and end."""
        self._stopping.set()
        self._bell.set()
        for thread in self._threads:
            thread.join(timeout)

    def _attend(self, house: House) -> None:
        who, started, going = secrets.token_hex(8), True, partial(self._answering, house)
        while self._going():
            if _guarded(partial(duties, house, who, self._clock, started=started, going=going)):
                started = started and not house.gate.answers
                self._bell.set()
            self._stopping.wait(self._every)
        _guarded(lambda: house.store.write(lambda tx: tx.scheduler(who, self._clock(), 0)))

    def _run(self, house: House) -> None:
        with ThreadPoolExecutor(delivery.HANDS, "consult-hand") as hands:
            while self._going():
                self._bell.clear()
                self._bell.wait(self._pay(house, hands))

    def _collect(self, house: House, carrier: KeepingCarrier) -> None:
        while self._going():
            _guarded(partial(delivery.collect, house, carrier, partial(_take, house), self._clock()))
            if not house.gate.answers:  # a hand that was busy when it was locked may have laid something there since
                _guarded(partial(delivery.withdraw, house))
            self._stopping.wait(carrier.every)

    def _sync(self, house: House) -> None:
        """On a node: close pages that are due every minute, meet the hub by the timer, the first time at any moment of
        it. Never on arrival: when something is sent tells nothing of when somebody spoke."""
        every = house.settings.sync_every * 60 or NEVER
        until = time.monotonic() + random.random() * every
        while self._going():
            meets = time.monotonic() >= until
            if meets:
                until = time.monotonic() + every
            _guarded(partial(_fieldwork, house, self._clock, self._stopping, meets=meets))
            self._stopping.wait(min(CLOSE_EVERY, max(0.0, until - time.monotonic())))

    def _pay(self, house: House, hands: ThreadPoolExecutor) -> float:
        """Pay what is due; seconds until there may be more."""
        if not house.gate.answers:
            return self._every  # who unlocks it rings
        going = partial(self._answering, house)
        swept = _guarded(lambda: delivery.sweep(house, self._clock, hands=hands, going=going)) or delivery.Swept()
        if swept.sent:
            return 0.0
        if time.monotonic() < self._echoes_until:
            return ECHO
        return BUSY if swept.busy else 1.0 if _guarded(lambda: _soon(house, self._clock())) else self._every

    def _answering(self, house: House) -> bool:
        return self._going() and house.gate.answers

    def _going(self) -> bool:
        return not self._stopping.is_set()


def _fieldwork(house: House, clock: Callable[[], int], stopping: threading.Event, *, meets: bool) -> None:
    """What a node does for its hub; nothing elsewhere, nor while the node is locked."""
    from consult.sync.keys import hub_of
    from consult.vault import Locked

    hub = house.store.read(hub_of)
    if hub is None:
        return
    from consult.sync import closing, https, obeying

    try:
        closing.close_due(house, clock())
        obeying.send_due(house, clock())
        if meets and hub.url:
            pace = https.Pace(cap=https.allowed(house))
            met = https.sync(house, clock, pace, pause=lambda failures: _pause(stopping, failures))
            if met.spent:
                log.warning("the day's bytes for syncing are spent; the rest waits until tomorrow")
    except (Locked, BlockingIOError):
        return


def _pause(stopping: threading.Event, failures: int) -> None:
    stopping.wait(2**failures + random.random())


def _take(house: House, heard: Heard) -> object:
    return intake.take(house, heard, secrets.randbits(8))


def _soon(house: House, at: int) -> bool:
    """Whether a row becomes due before the next sweep."""
    ways = [(channel.name, name) for channel in house.channels.values() for name in channel.carriers]
    return house.store.read(lambda view: any(view.payable(*way, at + SWEEP_EVERY, 1) for way in ways))


# ---- Redis


class RedisDoorbell:
    """Rings through Redis. A bell that cannot be rung is not an error: the sweep comes round."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._queue: Queue | None = None
        self._deaf_until = 0.0
        self._lock = threading.Lock()

    def ring(self, id: int) -> None:
        """Wake a worker. Which row is found in the outbox. Never raises and never waits long."""
        from redis.exceptions import RedisError

        del id
        if time.monotonic() < self._deaf_until:
            return
        try:
            queue = self._open()
            if queue.connection.set(RUNG, 1, nx=True, px=int(ECHO * 1000)):
                _enqueue(queue)
        except RedisError as error:
            self._deaf_until = time.monotonic() + SILENT
            log.warning("Redis cannot be reached (%s); the sweep pays within %d s", type(error).__name__, SWEEP_EVERY)

    def close(self) -> None:
        """Let go of the connection."""
        with self._lock:
            if self._queue is not None:
                self._queue.connection.close()
                self._queue = None

    def _open(self) -> Queue:
        with self._lock:
            if self._queue is None:
                self._queue = _queue(_redis(self._url, timeout=1))
            return self._queue


def _enqueue(queue: Queue) -> None:
    """One job in ten seconds at most: a job whose worker was killed keeps its name, and would silence later ones."""
    from rq.exceptions import DuplicateJobError

    kept = {"result_ttl": 0, "failure_ttl": FAILURES_KEPT, "ttl": 60}
    with suppress(DuplicateJobError):
        queue.enqueue(wake, job_id=f"wake-{int(time.time()) // SLOT}", unique=True, description="-", **kept)


def unreachable(url: str) -> str:
    """Why this Redis cannot be used, "" when it can; for `consult doctor`."""
    from redis.exceptions import RedisError

    try:
        with _redis(url, timeout=2) as redis:
            redis.ping()
    except (RedisError, ValueError) as error:
        return type(error).__name__
    return ""


def _redis(url: str, *, timeout: float | None = None) -> Redis:
    """`timeout` in seconds for an answer; None for a worker, which waits for jobs."""
    from redis import Redis

    return Redis.from_url(url, socket_connect_timeout=0.5, socket_timeout=timeout)


def _queue(redis: Redis) -> Queue:
    from rq import Queue
    from rq.serializers import JSONSerializer

    return Queue(QUEUE, connection=redis, serializer=JSONSerializer, default_timeout=120)


_embedded: EmbeddedWorker | None = None  # of this worker process: RQ calls functions by name


def wake() -> None:
    """RQ's job, in a process that `run_worker` prepared: the thread that sweeps pays what is due."""
    if _embedded is not None:
        _embedded.echo()


def doorbell(settings: Settings) -> Doorbell:
    """The bell of a process that only takes messages in: Redis where it is configured, else none."""
    return RedisDoorbell(settings.redis_url) if settings.redis_url else Quiet()


def run_worker(
    settings: Settings,
    stopping: threading.Event,
    around: Callable[[House], AbstractContextManager[object]] = nullcontext,
    sweep_every: float = SWEEP_EVERY,
) -> None:
    """`consult work`: with Redis an RQ worker beside the sweeping thread, else the sweeping thread alone.

    Without Redis no other process can ring, so it looks every 2 seconds. It works within `around` the house.
    Raises what `open_house` raises.
    """
    global _embedded
    embedded = EmbeddedWorker(sweep_every if settings.redis_url else min(sweep_every, 2))
    house = open_house(settings, doorbell(settings) if settings.redis_url else embedded)
    _embedded = embedded
    try:
        with around(house):
            embedded.start(house)
            if settings.redis_url:
                _listen(settings.redis_url, stopping)
            else:
                stopping.wait()
    finally:
        _embedded = None
        embedded.stop()
        house.close()


def _listen(url: str, stopping: threading.Event) -> None:
    """Answer the bell until told to stop; while Redis is away the sweeping thread goes on alone."""
    from redis.exceptions import RedisError

    while not stopping.is_set():
        try:
            _worker(url, stopping).work(logging_level="CRITICAL")
        except RedisError as error:
            log.warning("Redis cannot be reached (%s); sweeping without it", type(error).__name__)
        stopping.wait(2)


def _worker(url: str, stopping: threading.Event) -> SimpleWorker:
    from rq import SimpleWorker
    from rq.exceptions import StopRequested
    from rq.serializers import JSONSerializer
    from rq.timeouts import TimerDeathPenalty

    class Listener(SimpleWorker):
        """RQ's worker, told to stop by an event (signals are the caller's) at which it looks every two seconds."""

        dequeue_timeout = 2
        max_connection_wait_time = 2
        death_penalty_class = TimerDeathPenalty

        def _install_signal_handlers(self) -> None:
            """The process has its own."""

        def heartbeat(self, *args: Any, **more: Any) -> None:
            if stopping.is_set() and self.get_state() == "idle":
                raise StopRequested
            super().heartbeat(*args, **more)

    redis = _redis(url)
    return Listener(
        [_queue(redis)],
        connection=redis,
        serializer=JSONSerializer,
        log_job_description=False,
        maintenance_interval=30,
    )
