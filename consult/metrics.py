"""A hub's traffic in Prometheus's text format, version 0.0.4
(https://prometheus.io/docs/instrumenting/exposition_formats/).

Written by hand: a dozen families are read from the database at each call, and prometheus_client would add a registry
for the whole process, and counters of its own that nobody looked through.

Rule 1: traffic only. Nothing is told of a person, a number, a consultation, a question or an answer.
Rule 2: labels are names of channels, carriers and states, which are ours; nothing that came from outside.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import partial
from typing import TYPE_CHECKING, Final

from consult import __version__, readiness
from consult.delivery import HALTED
from consult.store.records import way

if TYPE_CHECKING:
    from consult.house import House
    from consult.store import View
    from consult.store.pulse import Histogram

MEDIA: Final = "text/plain; version=0.0.4; charset=utf-8"
Labels = dict[str, str]


def page(house: House, at: int, uptime: float) -> str:
    """What stands at /metrics; `uptime` in seconds. Raises StoreError."""
    return "".join(f"{line}\n" for line in _lines(house, at, uptime))


def _lines(house: House, at: int, uptime: float) -> Iterator[str]:
    yield from gauge("consult_info", "What runs here.", [({"version": __version__}, 1)])
    yield from gauge("consult_uptime_seconds", "Since this process began to serve.", [({}, round(uptime, 3))])
    yield from _outbox(house, at)
    yield from gauge(
        "consult_held_messages", "Messages that came and could not be applied yet.", [({}, house.store.read(_held))]
    )
    yield from gauge("consult_locked", "1 while the keys are not here.", [({}, int(house.vault.locked))])
    waiting = house.store.read(lambda view: view.how_many_captured())
    yield from gauge("consult_captured_messages", "Messages that came while locked, not taken in yet.", [({}, waiting)])
    yield from gauge(
        "consult_carrier_halted", "1 while a carrier takes nothing and is asked for nothing.", _halted(house)
    )
    lag = readiness.lag(house, at)
    yield from gauge(
        "consult_sweep_lag_seconds", "Since a worker last began to sweep.", [] if lag is None else [({}, lag)]
    )
    pulse = house.store.pulse
    yield from histogram("consult_commit_works", "Works kept by one commit of this process.", pulse.sizes)
    yield from histogram("consult_commit_seconds", "How long one commit of this process took.", pulse.seconds)


def _outbox(house: House, at: int) -> Iterator[str]:
    states = house.store.read(_states)
    rows = [({"channel": channel, "state": state}, count) for channel, state, count in states]
    yield from gauge("consult_messages", "Messages of ours by channel and state.", rows)
    due, since = house.store.read(partial(_owing, at))
    age = 0 if since is None else at - since
    yield from gauge("consult_outbox_due", "Messages that could leave now.", [({}, due)])
    yield from gauge("consult_outbox_oldest_due_seconds", "How long the oldest of them has waited.", [({}, age)])


def _halted(house: House) -> list[tuple[Labels, float]]:
    ways = sorted((channel.name, name) for channel in house.channels.values() for name in channel.carriers)
    return [
        (
            {"channel": channel, "carrier": name},
            int(bool(house.store.read(partial(_setting, HALTED + way(channel, name))))),
        )
        for channel, name in ways
    ]


# ---- the format


def gauge(name: str, about: str, rows: Iterable[tuple[Labels, float]]) -> Iterator[str]:
    """A family of values that rise and fall."""
    yield from _head(name, about, "gauge")
    yield from (f"{name}{_labels(labels)} {value}" for labels, value in rows)


def histogram(name: str, about: str, found: Histogram) -> Iterator[str]:
    """A family of one histogram."""
    yield from _head(name, about, "histogram")
    upto = found.upto()
    for bound, count in zip((*map(str, found.bounds), "+Inf"), upto, strict=True):
        yield f"{name}_bucket{_labels({'le': bound})} {count}"
    yield f"{name}_sum {found.total}"
    yield f"{name}_count {upto[-1]}"


def _head(name: str, about: str, kind: str) -> Iterator[str]:
    yield f"# HELP {name} {about}"
    yield f"# TYPE {name} {kind}"


def _labels(labels: Labels) -> str:
    return "{" + ",".join(f'{name}="{_escaped(value)}"' for name, value in labels.items()) + "}" if labels else ""


def _escaped(value: str) -> str:
    return value.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")


# ---- what is looked at


def _states(view: View) -> list[tuple[str, str, int]]:
    return view.states()


def _owing(at: int, view: View) -> tuple[int, int | None]:
    return view.owing(at)


def _held(view: View) -> int:
    return view.how_many_held()


def _setting(name: str, view: View) -> str:
    return view.setting(name) or ""
