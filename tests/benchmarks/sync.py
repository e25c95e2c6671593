"""A sync of 1,000 responses over an emulated 2G link (20 kbit/s up, 40 down, 600 ms, 3 % loss), beside the peers' ways,
and how fast a hub takes pages in.

The link, the data and the peers are of the folder that CONSULT_PEERS names; it needs root and /dev/net/tun. Ours is
everything a node does: TLS with a chain of two certificates, pages of 64, signed acks. The hub's disk is the real one.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from contextlib import suppress
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from statistics import median
from typing import Any

from consult.config import Settings
from consult.events import Answered
from consult.house import House, open_house
from consult.publish import publish
from consult.store.fieldwork import Leaving
from consult.sync import enrolling
from consult.sync.arriving import take
from consult.sync.books import book_of, opened
from consult.sync.keys import node_signing
from consult.sync.meeting import token_mark
from consult.sync.pages import START, Contents, Header, chain, seal
from consult.sync.rows import Row
from tests.benchmarks.measuring import ROOT, Figure, Report, one_core, stopwatch
from tests.benchmarks.pages import responses, row_of
from tests.benchmarks.talking import FILE, village

MANY, IMPORTED, A_PAGE = 1000, 3200, 64
WAYS = ((4096, 4),)  # window and how many ahead; more of them are tried with CONSULT_SYNC_WAYS=4096x2,2048x4
PEERS = ("floip_gzip", "rsync", "raw_32")
PORT = 8443
TOKEN = "0123456789abcdef0123456789abcdef0123456789a"
DAY = 20_000


def run(rounds: int) -> Report:
    """Seconds are medians of the rounds, each with its own losses; the same seed for every way."""
    told = responses(max(MANY, IMPORTED))
    if not told:
        return Report({"left_out": "the peers' responses"})
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        rows = tuple(row_of(n, each) for n, each in enumerate(told, 1))
        values, figures = _imported(folder, rows, rounds)
        if os.geteuid() or not Path("/dev/net/tun").exists():
            print("the link is left out: it needs root and /dev/net/tun", flush=True)
            return Report(values, figures)
        _prepare(folder, rows[:MANY])
        over, more = _over_the_link(folder, rounds)
        return Report({**values, **over}, (*more, *figures))


# ---- what is brought


def _prepare(folder: Path, rows: tuple[Row, ...]) -> None:
    """A hub and a node that joined it, with closed pages of these rows."""
    hub, node = _pair(folder)
    _close(hub, node, rows)
    for house in (hub, node):
        house.close()


def _pair(folder: Path) -> tuple[House, House]:
    hub, node = (open_house(Settings(data=folder / name)) for name in ("hub", "node"))
    publish(hub, FILE.read_text(encoding="utf-8"), day=DAY, test=True)
    verify, box = enrolling.keys_of_hub(hub)
    request, mark = enrolling.ask(node, box), token_mark(hub.vault, TOKEN)
    hub.store.write(lambda tx: enrolling.admit(hub, tx, "village", request, mark, DAY * 86_400))
    enrolling.belong(node, "village", "", TOKEN, verify=verify, box=box)
    return hub, node


def _close(hub: House, node: House, rows: tuple[Row, ...]) -> list[bytes]:
    """The node's pages, as it would close them; also kept there."""
    name = village().consultation.name
    book, published = hub.store.read(lambda view: (book_of(view, name, 1), view.published(name, 1)))
    if book is None or published is None:
        raise LookupError("nothing is published")
    codes, key, previous = opened(book), node_signing(node.vault), START
    epoch, id = node.store.read(lambda view: (view.epoch(), view.origin_node()))
    out: list[bytes] = []
    for start in range(0, len(rows), A_PAGE):
        some = rows[start : start + A_PAGE]
        header = Header(bytes.fromhex(id), epoch.to_bytes(4, "big"), len(out) + 1, book.number, 1, codes.id, previous)
        page = seal(header, Contents(some[0].numbers[0], some), codes, published.public, key)
        previous = chain(previous, page.data)
        left = Leaving(epoch, header.number, name, 1, previous, 0, Leaving.CLOSED, page.data)
        node.store.write(lambda tx, left=left: tx.close_page(left))  # type: ignore[misc]
        out.append(page.data)
    return out


# ---- import


def _imported(folder: Path, rows: tuple[Row, ...], rounds: int) -> tuple[dict[str, Any], tuple[Figure, ...]]:
    """Pages into a hub of their own each round: verified, opened, sealed for each woman, committed."""
    answers = sum(isinstance(event, Answered) for row in rows for event, _ in row.said)
    facts = sum(len(row.said) for row in rows)
    spent = []
    for number in range(rounds):
        hub, node = _pair(folder / f"import{number}")
        pages = _close(hub, node, rows)
        with one_core(), stopwatch() as seconds:
            for page in pages:
                take(hub, page, DAY * 86_400)
        spent += seconds
        for house in (hub, node):
            house.close()
    value = answers / median(spent)
    told = {"import_answers_per_second": round(value), "import_facts_per_second": round(facts / median(spent))}
    return told, (
        Figure("pages imported at the hub, answers", value, "/s", 20_000),
        Figure("the same, all facts", facts / median(spent), "/s"),
    )


# ---- the link


def _over_the_link(folder: Path, rounds: int) -> tuple[dict[str, Any], tuple[Figure, ...]]:
    ways = [tuple(map(int, each.split("x"))) for each in os.environ.get("CONSULT_SYNC_WAYS", "").split(",") if each]
    seeds = range(1, rounds + 1)
    ours = {way: [_ours(folder, seed, *way) for seed in seeds] for way in ways or WAYS}
    peers = {name: [each for seed in seeds if (each := _peer(name, seed))] for name in PEERS}
    first = next(iter(ours.values()))
    seconds = median(each["seconds"] for each in first)
    through = median(each["up"] + each["down"] for each in first)
    values = {
        "sync_2g": {f"{window}x{ahead}": each for (window, ahead), each in ours.items()},
        "peers_2g": {name: [one["seconds"] for one in each] for name, each in peers.items()},
    }
    figures = [
        Figure(f"sync of {MANY} responses over 2G", seconds, "s", 15, "less"),
        Figure("bytes through the socket both ways, a response", through / MANY, "B"),
    ]
    for name, each in peers.items():
        if each:
            theirs = median(one["seconds"] for one in each)
            figures.append(Figure(f"the same data as {name}", theirs, "s"))
    return values, tuple(figures)


def _shaper() -> Any:
    """The link of the peers' folder."""
    spec = spec_from_file_location("peers_shaper", Path(os.environ["CONSULT_PEERS"]) / "lib" / "shaper.py")
    if spec is None or spec.loader is None:
        raise FileNotFoundError("no lib/shaper.py in CONSULT_PEERS")
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _ours(folder: Path, seed: int, window: int, ahead: int) -> dict[str, Any]:
    """One sync of everything, to a hub that has nothing."""
    place = Path(tempfile.mkdtemp(dir=folder))
    for name in ("hub", "node"):
        shutil.copytree(folder / name, place / name)
    with _shaper().Link(seed=seed, k=100 + seed) as link:
        _aim(place / "node", f"https://{link.hub}:{PORT}")
        chain_, root = certificates(place, link.hub)
        run_ = [sys.executable, "-m"]
        about = {"cwd": ROOT, "env": {**os.environ, "PYTHONPATH": str(ROOT), "SSL_CERT_FILE": str(root)}}
        serving = [*run_, "tests.benchmarks.sync_hub", str(place / "hub"), link.hub, str(PORT), str(chain_)]
        hub = link.popen("hub", serving, stdout=subprocess.PIPE, **about)
        hub.stdout.readline()
        link.zero()
        node = [*run_, "tests.benchmarks.sync_node", str(place / "node"), str(window), str(ahead)]
        ended = link.run("field", node, **about)
        stats = link.stats()
    if ended.returncode:
        raise RuntimeError(ended.stderr[-2000:])
    told: dict[str, Any] = json.loads(ended.stdout)
    if told["pages"] != -(-MANY // A_PAGE):
        raise RuntimeError(f"not everything came: {told}")
    keep = ("seconds", "up", "down", "tries")
    return {name: told[name] for name in keep} | {"ip": stats["up_ip_bytes"] + stats["down_ip_bytes"]}


def _aim(data: Path, url: str) -> None:
    """Where the node finds its hub."""
    from dataclasses import replace

    from consult.sync.keys import hub_of, keep_hub

    house = open_house(Settings(data=data))
    hub = house.store.read(hub_of)
    if hub is None:
        raise LookupError("no hub")
    house.store.write(lambda tx: keep_hub(tx, replace(hub, url=url)))
    house.close()


def _peer(name: str, seed: int) -> dict[str, Any] | None:
    """One of the peers' ways, by their own script; None where it cannot run here."""
    script = Path(os.environ["CONSULT_PEERS"]) / "3_sync" / "sync_2g.py"
    ended = subprocess.run(
        [sys.executable, str(script), name, str(MANY), str(seed)], capture_output=True, text=True, check=False
    )
    with suppress(ValueError, IndexError):
        told: dict[str, Any] = json.loads(ended.stdout.strip().splitlines()[-1])
        if "error" not in told:
            return told
    print(f"{name} is left out: it cannot run here", flush=True)
    return None


# ---- certificates


def certificates(folder: Path, host: str) -> tuple[Path, Path]:
    """A chain of two (P-256) with its key for a server, and the root that vouches for it."""
    (folder / "of.ext").write_text(f"subjectAltName=IP:{host}\n")
    (folder / "ca.ext").write_text("basicConstraints=critical,CA:true\nkeyUsage=keyCertSign,cRLSign\n")
    _openssl(folder, "req", "-x509", "-subj", "/O=Consult/CN=Benchmark root", *_new("root"), "-out", "root.pem")
    for name, by, ext in (("middle", "root", "ca.ext"), ("leaf", "middle", "of.ext")):
        _openssl(folder, "req", "-new", "-subj", f"/O=Consult/CN=Benchmark {name}", *_new(name), "-out", f"{name}.csr")
        _openssl(
            folder, "x509", "-req", "-in", f"{name}.csr", "-CA", f"{by}.pem", "-CAkey", f"{by}.key", "-CAcreateserial",
            "-days", "2", "-extfile", ext, "-out", f"{name}.pem",
        )  # fmt: skip
    whole = folder / "chain.pem"
    whole.write_bytes(b"".join((folder / name).read_bytes() for name in ("leaf.pem", "middle.pem", "leaf.key")))
    return whole, folder / "root.pem"


def _new(name: str) -> tuple[str, ...]:
    return ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", f"{name}.key")


def _openssl(folder: Path, *words: str) -> None:
    subprocess.run(["openssl", *words], cwd=folder, check=True, capture_output=True)
