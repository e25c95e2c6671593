"""The engine on one core: state decoded, one answer heard, the text message rendered, state encoded; and its peers.

A whole conversation counts six answers, its beginning is timed with it. @floip/flow-runner and xstate run the same
questions in the same rounds, their state through JSON, where CONSULT_PEERS and PEER_NODE_MODULES say where they are.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Callable
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

from channels.sms.render import render
from consult import engine
from consult.channel import Text
from consult.engine import Reply
from consult.session import decode, encode
from tests.benchmarks import floor
from tests.benchmarks.measuring import Figure, Report, one_core, stopwatch
from tests.benchmarks.talking import answers, village

WOMEN = 4000  # enough for about as long a look at ours as at the others
AT = 1_790_000_000
PEERS = {"floip": ("flow_floip.js", 300), "xstate": ("flow_xstate.js", 2000)}


def run(rounds: int) -> Report:
    """Answers per second: ours just before and just after each of the others, so that both met the same machine."""
    everyone = [answers(i) for i in range(WOMEN)]
    others: dict[str, Callable[[], float]] = {
        "floor": lambda: _rate(everyone, _floor),
        **({name: partial(_peer, name) for name in PEERS} if _present() else {}),
    }
    found: dict[str, list[tuple[float, float]]] = {name: [] for name in others}
    with one_core():
        before = _rate(everyone, _converse)
        for _ in range(rounds):
            for name, measure in others.items():
                theirs, after = measure(), _rate(everyone, _converse)
                found[name].append(((before + after) / 2, theirs))
                before = after
    return _report(found, [_sizes(woman) for woman in everyone])


def _rate(everyone: list[tuple[str, ...]], converse: Callable[[tuple[str, ...]], None]) -> float:
    """The median of five batches, as the peers take it."""
    rates = []
    size = len(everyone) // 5
    for n in range(5):
        with stopwatch() as spent:
            for woman in everyone[n * size : (n + 1) * size]:
                converse(woman)
        rates.append(6 * size / spent[0])
    return median(rates)


def _converse(woman: tuple[str, ...]) -> None:
    edition = village()
    turn = engine.begin(edition, AT, how="keyword", seed=7)
    render(turn.prompts)
    state = encode(turn.session, edition)
    for said in woman:
        session = decode(state, edition)
        turn = engine.hear(edition, session, Reply(Text(said), channel="sms"), AT + 60)
        render(turn.prompts)
        state = encode(turn.session, edition)
    if not turn.session.finished:
        raise RuntimeError("the conversation did not come to its end")


def _floor(woman: tuple[str, ...]) -> None:
    state = floor.begin()
    for said in woman:
        state, _ = floor.hear(state, said)


def _sizes(woman: tuple[str, ...]) -> list[int]:
    """Bytes of the state after each answer."""
    edition, sizes = village(), []
    turn = engine.begin(edition, AT, how="keyword", seed=7)
    for said in woman:
        turn = engine.hear(edition, turn.session, Reply(Text(said), channel="sms"), AT + 60)
        sizes.append(len(encode(turn.session, edition)))
    return sizes


# ---- peers


def _present() -> bool:
    folder = os.environ.get("CONSULT_PEERS")
    present = bool(folder and os.environ.get("PEER_NODE_MODULES") and shutil.which("node"))
    if not present:
        print("peers are left out: set CONSULT_PEERS and PEER_NODE_MODULES, and install node", flush=True)
    return present


def _peer(name: str) -> float:
    script, sessions = PEERS[name]
    folder = Path(os.environ["CONSULT_PEERS"]) / "1_flow"
    command = ["node", "--expose-gc", str(folder / script), str(sessions), os.environ["PEER_NODE_MODULES"]]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True, timeout=300)
    told: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return float(told["answers_per_s_resume_json"])


def _report(found: dict[str, list[tuple[float, float]]], sizes: list[list[int]]) -> Report:
    ours = round(median(mine for pairs in found.values() for mine, _ in pairs))
    rates = {"consult": ours} | {name: round(median(each for _, each in pairs)) for name, pairs in found.items()}
    ratios = {name: [round(mine / theirs, 2) for mine, theirs in pairs] for name, pairs in found.items()}
    middle, largest = max(each[2] for each in sizes), max(max(each) for each in sizes)
    figures = [Figure("engine, answers/s with state and text", ours, "/s")]
    figures += [
        Figure(f"engine, ratio to {name}", median(each), "x", 25.0 if name == "floip" else None)
        for name, each in ratios.items()
    ]
    figures.append(Figure("engine, state after the third answer", middle, "bytes", 64, "less"))
    state = {"state_bytes_middle": middle, "state_bytes_largest": largest}
    return Report({"answers_per_s": rates, "ratios": ratios} | state, tuple(figures))
