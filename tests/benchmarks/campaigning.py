"""What goes on beside the messages of a load: a campaign that invites, and reminders of its invitations."""

from __future__ import annotations

import time
from dataclasses import replace

from consult import campaign
from consult.campaign import Plan
from consult.house import House
from consult.letters import seal_number, seal_text
from consult.store import Tx
from consult.store.records import Enrolment, Message
from tests.fakes.twilio_server import NUMBER

NAME = "village"


def invite(house: House, people: int, pace: float) -> None:
    """Put so many on the list, and start a campaign that writes to `pace` of them a second."""
    house.store.write(lambda tx: _enrol(house, people, tx))
    campaign.start(house, NAME, Plan("sms", "twilio", NUMBER, pace=pace), int(time.time()))


def _enrol(house: House, people: int, tx: Tx) -> None:
    for i in range(people):
        number = f"+2541{i:08d}"
        index = house.vault.index(number)
        address = tx.add_address(index, seal_number(house.vault, index, number), "Africa/Nairobi")
        tx.enrol(Enrolment(tx.add_person(address.id, 0, 0).id, NAME, "enrolled", "en", b""))


def be_silent(house: House) -> int:
    """Everybody who was invited and said nothing is due to be reminded now; how many."""
    now = int(time.time())

    def work(tx: Tx) -> int:
        silent = [row for row in tx.sessions_of(NAME) if row.campaign and row.remind_at]
        for row in silent:
            tx.save(replace(row, remind_at=now))
        return len(silent)

    return house.store.write(work)


def owe(house: House, messages: int, women: int) -> None:
    """Queue so many messages to those who were seeded."""
    now, step = int(time.time()), 500
    ids = [row.address for row in house.store.read(lambda view: view.sessions_of(NAME))][:women]
    for first in range(0, messages, step):
        some = [ids[n % len(ids)] for n in range(first, min(first + step, messages))]
        house.store.write(lambda tx, some=some: [tx.owe(_message(house, address, now)) for address in some])


def _message(house: House, address: int, now: int) -> Message:
    return Message(
        id=0,
        address=address,
        ours=NUMBER,
        channel="sms",
        carrier="twilio",
        kind="reply",
        text=seal_text(house.vault, address, "Thank you. Received."),
        not_before=now,
        expires_at=now + 86_400,
        consultation=NAME,
        segments=1,
    )
