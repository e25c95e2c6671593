"""The steps at which a process dies. Each is a round: newcomers, a kill, the process again, everything acknowledged.

What happens inside a process is seen from outside: by the store's own reads, and by what the carrier was offered.
"""

from __future__ import annotations

import socket
import time
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlencode, urlsplit

from consult import campaign, contacts
from consult.campaign import Plan
from consult.store import View
from tests.drills.nursery import PATIENCE
from tests.drills.reporting import WHOLE
from tests.drills.scene import NAME, Scene, Woman
from tests.fakes.twilio_server import ACCOUNT, NUMBER, inbound, sign

WOMEN = 8  # a round
INVITED = 120 if WHOLE else 60  # a round: two or three transactions of a wave


def answering(i: int) -> str:
    """One of the four choices of her question."""
    return str(1 + i % 4)


# ---- the server


def server_at_random(scene: Scene) -> None:
    """Messages are under way; some were taken, some not, some are being answered."""
    women = scene.newcomers(WOMEN, answering)
    life = scene.life()
    with scene.posting(women):
        time.sleep(scene.chance.uniform(0.0, 0.06))
        scene.kill(life.server)
        life = scene.revived(life)
    scene.away(life.server, life.payer)


def committed_not_answered(scene: Scene) -> None:
    """The message is on the disk, the carrier was not told: it will come again."""
    first, *others = scene.newcomers(WOMEN, answering)
    server = scene.server(worker=False)
    with scene.posting(others):
        pass
    before = _arrival(scene)
    with _posted_unread(scene, first):
        _until(lambda: _arrival(scene) > before)
        scene.kill(server)
    server = scene.server(worker=False)
    with scene.posting([first]):
        pass
    scene.away(server)


def _posted_unread(scene: Scene, woman: Woman) -> socket.socket:
    """A webhook's request whose answer nobody reads."""
    message = scene.held(woman)
    fields = inbound(ACCOUNT, message)
    body, place = urlencode(fields), urlsplit(scene.url)
    head = (
        f"POST {place.path} HTTP/1.1\r\nHost: {place.netloc}\r\nContent-Type: application/x-www-form-urlencoded\r\n"
        f"Content-Length: {len(body)}\r\nX-Twilio-Signature: {sign(scene.url, fields)}\r\n\r\n"
    )
    connection = socket.create_connection((place.hostname or "", place.port or 0), 5)
    connection.sendall((head + body).encode())
    return connection


# ---- the worker


def leased_not_handed_over(scene: Scene) -> None:
    """The row is leased and the carrier is being called, but has taken nothing."""
    _caught(scene, "before")


def handed_over_not_settled(scene: Scene) -> None:
    """The carrier took the message and nobody wrote it down."""
    _caught(scene, "after")


def _caught(scene: Scene, when: str) -> None:
    women = scene.newcomers(WOMEN, answering)
    life = scene.life()
    scene.twilio.catch(scene.chance.randint(1, 4), "before" if when == "before" else "after")
    with scene.posting(women):
        assert scene.twilio.caught.wait(PATIENCE), "nothing was handed over"
        scene.kill(life.payer)
        life = scene.revived(life)
    scene.away(life.server, life.payer)


def worker_at_random(scene: Scene) -> None:
    """A worker of its own pays while messages come in."""
    women = scene.newcomers(WOMEN, answering)
    server, worker = scene.server(worker=False), scene.worker()
    with scene.posting(women):
        time.sleep(scene.chance.uniform(0.0, 0.25))
        scene.kill(worker)
    worker = scene.worker()
    time.sleep(scene.chance.uniform(0.0, 0.1))
    scene.away(worker, server)


def during_the_sweep(scene: Scene) -> None:
    """Nobody rang: rows have gathered, and the worker dies after some of them."""
    women = scene.newcomers(WOMEN, answering)
    server = scene.server(worker=False)
    with scene.posting(women):
        pass
    wanted = len(scene.twilio.accepted) + scene.chance.randint(1, WOMEN - 1)
    worker = scene.worker()
    _until(lambda: len(scene.twilio.accepted) >= wanted)
    scene.kill(worker)
    scene.away(server)


# ---- what we start


def during_a_wave(scene: Scene) -> None:
    """Invitations are being written, fifty in a transaction, and sent at once."""
    invited = [Woman(f"+2547{len(scene.women) + i:08d}", "") for i in range(INVITED)]
    scene.women += invited
    _enrol(scene, invited)
    before = _arrival(scene)
    worker = scene.worker()
    _until(lambda: _arrival(scene) > before)
    time.sleep(scene.chance.uniform(0.0, 0.05))
    scene.kill(worker)


def _enrol(scene: Scene, women: list[Woman]) -> None:
    listed = Path(scene.folder.with_name(f"list-{len(scene.women)}.csv"))
    listed.write_text("number,language\n" + "".join(f"{woman.number},en\n" for woman in women), encoding="utf-8")
    contacts.apply(scene.house, contacts.plan(scene.house, NAME, listed), int(time.time()))
    if not scene.house.store.read(lambda view: view.campaigns(NAME)):
        campaign.start(scene.house, NAME, Plan("sms", "twilio", NUMBER), int(time.time()))


def invite_the_rest(scene: Scene) -> None:
    """The wave that a living worker would begin next."""
    (running,) = scene.house.store.read(lambda view: view.campaigns(NAME))
    while campaign.wave(scene.house, running.id, int(time.time()), seed=lambda: 7).begun:
        pass


# ---- erasure


def during_an_erasure(scene: Scene) -> None:
    """She asked to be forgotten; keys, numbers and the file outside the database are on their way."""
    women = scene.newcomers(3, lambda _: "ERASE")
    scene.secrets += [secret for woman in women for secret in _secrets(scene, woman)]
    life = scene.life()
    with scene.posting(women):
        time.sleep(scene.chance.uniform(0.0, 0.08))
        scene.kill(life.server)
        life = scene.revived(life)
    scene.away(life.server, life.payer)


def _secrets(scene: Scene, woman: Woman) -> list[bytes]:
    """Her sealed number and her sealed keys, byte for byte."""

    def look(view: View) -> list[bytes]:
        address = view.address(scene.house.vault.index(woman.number))
        assert address is not None
        (person,) = view.people_at(address.id, 0)
        key = view.key(person.id, NAME)
        assert key is not None
        assert key.live is not None
        return [address.sealed, key.wrapped, key.live]

    return scene.house.store.read(look)


# ---- looking from outside


def _arrival(scene: Scene) -> int:
    return scene.house.store.read(lambda view: view.last_arrival(NAME))


def _until(true: Callable[[], bool]) -> None:
    """Look until it is so: only the process under test can tell, and it is about to be killed."""
    deadline = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < deadline, "what should be killed did not come so far"
        time.sleep(0.0005)
