"""For the demo: a small consultation that is over, with invented answers, its release, and what was asked in it.

It goes the way that real ones go: published, answered by text message from simulated telephones, closed, released.
Rule 1: everything in it is invented, and its numbers are ones that are never given to anybody (555-01xx).
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from consult.house import House

NAME = "water"
WOMEN, AGO, OPEN_FOR, DAY = 96, 30, 7, 86_400
OURS = "+12025550100"
_TOML = """
name = "water"
languages = ["en", "fr", "ar"]
risk = "normal"
open = true
free = false
opening = {opening}
closing = {closing}
news_by = {news_by}
area = "NG"
timezone = "Africa/Lagos"
safe_hours = ["09:00", "17:00"]
round = 1
title = {{ en = "Water this season", fr = "L'eau cette saison", ar = "الماء هذا الموسم" }}
convenor = {{ en = "Hill Circle", fr = "Cercle des Collines", ar = "حلقة التلال" }}
readers = {{ en = "local leaders", fr = "les responsables locaux", ar = "القادة المحليون" }}
can_promise = {{ en = "They will read it.", fr = "Ils liront.", ar = "سيقرؤون." }}
cannot_promise = {{ en = "They cannot promise change.", fr = "Ils ne promettent rien.", ar = "لا يعدون بشيء." }}
referral = {{ en = "0800000000", fr = "0800000000", ar = "0800000000" }}
keyword = {{ en = "LADDER", fr = "ECHELLE", ar = "سلم" }}

[[questions]]
type = "select_one"
name = "well"
choices = [
    {{ name = "works", label = {{ en = "It works", fr = "Il marche", ar = "تعمل" }} }},
    {{ name = "sometimes", label = {{ en = "Some days", fr = "Certains jours", ar = "بعض الأيام" }} }},
    {{ name = "broken", label = {{ en = "It is broken", fr = "Il est cassé", ar = "معطلة" }} }},
]
[questions.label]
en = "Is the well near you working?"
fr = "Le puits près de chez vous marche-t-il ?"
ar = "هل تعمل البئر القريبة؟"

[[questions]]
type = "select_one"
name = "first"
label = {{ en = "What should be done first?", fr = "Que faire d'abord ?", ar = "ما الذي يُعمل أولًا؟" }}
choices = [
    {{ name = "repair", label = {{ en = "Repair it", fr = "Le réparer", ar = "إصلاحها" }} }},
    {{ name = "guard", label = {{ en = "Make the way safe", fr = "Rendre le chemin sûr", ar = "تأمين الطريق" }} }},
]

[[questions]]
type = "select_one"
name = "place"
segment = true
label = {{ en = "Where do you live?", fr = "Où vivez-vous ?", ar = "أين تسكن؟" }}
choices = [
    {{ name = "town", label = {{ en = "Town", fr = "Ville", ar = "المدينة" }} }},
    {{ name = "village", label = {{ en = "Village", fr = "Village", ar = "القرية" }} }},
]
"""
_COVERAGE = """
[[targets]]
variable = "place"
value = "town"
people = 40
share = 0.3
source = "Invented register"
dated = 2025-01-01
[[targets]]
variable = "place"
value = "village"
people = 120
share = 0.7
source = "Invented register"
dated = 2025-01-01
[[not_reached]]
area = "North bank"
why = "no_network"
"""
_ASK = {
    "texts": {
        "en": "Repair the wells before the dry season.",
        "fr": "Réparer les puits avant la saison sèche.",
        "ar": "إصلاح الآبار قبل موسم الجفاف.",
    },
    "addressed_to": {"en": "the water board", "fr": "l'office de l'eau", "ar": "هيئة المياه"},
    "owner": "Demo",
    "question": "first",
    "choice": "repair",
}


def lived(house: House, at: int) -> None:
    """Publish it, let it be answered, ask, and release it. `at`: now; nothing happens twice."""
    from consult import coverage
    from consult.asks import keeping
    from consult.library import day_of
    from consult.publish import publish
    from consult.releases import release

    begun = at // DAY * DAY - AGO * DAY
    toml = definition(date(1970, 1, 1) + timedelta(days=day_of(begun)))
    publish(house, toml, day=day_of(begun), test=True)
    for woman in range(WOMEN):
        _answers(house, woman, begun + 10 * 3600 + woman * 60)
        _put_away(house, woman)
    coverage.keep(house, NAME, _COVERAGE, day=day_of(at), by="demo")
    due = date(1970, 1, 1) + timedelta(days=day_of(at) - 3)
    ask = keeping.add(house, NAME, 0, "asked", {**_ASK, "due": due.isoformat()}, day=day_of(at), by="demo")
    keeping.add(house, NAME, ask.id, "moved", {"to": "heard"}, day=day_of(at), by="demo")
    release(house, NAME, at, by="demo")


def definition(begun: date) -> str:
    """The file, with its days."""
    closing = begun + timedelta(days=OPEN_FOR)
    return _TOML.format(opening=begun, closing=closing, news_by=closing + timedelta(days=AGO))


def _number(woman: int) -> str:
    return f"+13125550{100 + woman}"


def _put_away(house: House, woman: int) -> None:
    """Her simulated telephone: the page shows those of whoever plays, and would take hers for one of them."""
    (house.settings.data / "phones" / f"{_number(woman)[1:]}.jsonl").unlink(missing_ok=True)


def _answers(house: House, woman: int, at: int) -> None:
    """One in three lives in the town, where the well works more often; in the villages more want it repaired."""
    from consult.channel import Heard, Text
    from consult.delivery import pay
    from consult.intake import take

    town, among = woman % 3 == 0, woman // 3
    well = str(1 + among % 3) if town else str(min(1 + (woman - among) % 5, 3))
    guard = among % 2 if town else woman % 4 == 1
    said = ("LADDER", "1", well, "2" if guard else "1", "1" if town else "2", "1" if woman % 2 else "2")
    for place, line in enumerate(said):
        ref = f"lived:{woman}:{place}"
        heard = Heard("sms", "simulator", OURS, _number(woman), Text(line), ref, at + place)
        for id in take(house, heard, seed=woman).owed:
            pay(house, id, at + place)
