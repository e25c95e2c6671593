"""We speak first: what it will cost, then start; list, pause, resume and stop.

Rule 1: the forecast is shown before anything is started; on a terminal it is asked about.
Rule 2: what the checklist finds open is named before anything goes out, drafts that no native speaker has read too.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from consult.cli.commands import Commands, Words, command, number_above_zero, whole_above_zero
from consult.cli.endings import DONE, FAILED, SURROUNDINGS, USAGE, Failed

if TYPE_CHECKING:
    from consult.channel import Carrier
    from consult.house import House
    from consult.store import View
    from consult.store.records import Campaign, Published


def add(commands: Commands) -> None:
    """Declare campaign start, list, pause, resume and stop."""
    parser = command(commands, "campaign", "invite the people of a consultation, within hours, pace and budget", None)
    duties: Commands = parser.add_subparsers(metavar="DUTY", required=True)
    _add_start(duties)
    listing = command(duties, "list", "list campaigns and what they spent", _list, "consult campaign list")
    listing.add_argument("--format", choices=("table", "json"), default="table")
    for name, summary, run in (
        ("pause", "hold back everything that we start; replies still leave", _pause),
        ("resume", "go on where it was paused; a halted carrier is tried again", _resume),
        ("stop", "end it; what is queued is cancelled", _stop),
    ):
        duty = command(duties, name, summary, run, f"consult campaign {name} river", f"consult campaign {name} 1")
        duty.add_argument("which", metavar="NAME|ID", help="the consultation, or the campaign's number in the list")


def _add_start(duties: Commands) -> None:
    parser = command(
        duties,
        "start",
        "show what inviting everyone on the list would cost, then begin",
        _start,
        "consult campaign start river --channel sms",
        "consult campaign start river --channel sms --budget-money 200 --pace 5 --yes",
        "consult campaign start river --channel voice",
    )
    parser.add_argument("name", metavar="NAME", help="the consultation")
    parser.add_argument("--channel", required=True, metavar="NAME", help="how people are reached, e.g. sms")
    parser.add_argument("--carrier", metavar="NAME", help="who carries it (default: the only one configured)")
    parser.add_argument("--from", dest="ours", metavar="NUMBER", help="which of our numbers (default: the first)")
    parser.add_argument(
        "--pace", type=number_above_zero, metavar="N", help="segments, or calls, a second (default: the carrier's)"
    )
    parser.add_argument(
        "--budget-segments",
        type=whole_above_zero,
        metavar="N",
        help="stop before more than N segments, or minutes of calls",
    )
    parser.add_argument("--budget-money", type=number_above_zero, metavar="X", help="stop before it costs more than X")
    parser.add_argument("--at", metavar="TIME", help="begin then, in the consultation's zone: 2027-03-01T09:00")
    parser.add_argument("--no-reminder", action="store_true", help="do not remind those who stay silent")
    parser.add_argument("--yes", action="store_true", help="begin without asking")


# ---- start


def _start(words: Words) -> int:
    from consult import campaign
    from consult.cli import opening

    with opening.house() as house:
        carrier = _carrier(house, words.channel, words.carrier)
        ours = _ours(carrier, words.ours)
        published = opening.published(house, words.name)
        plan = campaign.Plan(
            channel=words.channel,
            carrier=carrier.name,
            ours=ours,
            pace=words.pace or 0.0,
            budget_segments=words.budget_segments,
            budget_money=words.budget_money,
            remind=not words.no_reminder,
            begins=_moment(house, published, words.at) if words.at else None,
        )
        _forecast(house, published, (words.channel, carrier), words.pace or 0.0)
        _open_points(house, published.name, opening.now())
        if not (words.yes or _agreed()):
            print("nothing was started")
            return FAILED
        started = campaign.start(house, published.name, plan, opening.now())
    how = f"is scheduled for {words.at}" if started.state == "scheduled" else "runs"
    print(f"campaign {started.id} of {started.consultation} version {started.version} {how} from {ours}")
    print("a running `consult serve` or `consult work` sends, in safe hours only; consult campaign list shows progress")
    return DONE


def _moment(house: House, published: Published, text: str) -> int:
    from consult import hours

    definition = house.library.edition(published).consultation
    zone = hours.zone_for(definition.timezone, definition.area, "")
    if (found := hours.moment(text, zone)) is None:
        raise Failed("--at takes a day and time of the consultation's own zone, such as 2027-03-01T09:00", USAGE)
    return found


def _carrier(house: House, channel: str, wanted: str | None) -> Carrier:
    if channel not in house.channels:
        raise Failed(f"--channel is one of: {', '.join(sorted(house.channels))}", USAGE)
    carriers = house.channels[channel].carriers
    known = ", ".join(sorted(carriers)) or "none"
    if not carriers:
        raise Failed(f"no carrier of {channel} is configured; consult doctor says what is missing", SURROUNDINGS)
    if wanted is None and len(carriers) > 1:
        raise Failed(f"several carriers are configured; say which: --carrier {known}", USAGE)
    if wanted is not None and wanted not in carriers:
        raise Failed(f"the carrier {wanted!r} is not configured; configured: {known}", SURROUNDINGS)
    return carriers[wanted] if wanted else next(iter(carriers.values()))


def _ours(carrier: Carrier, wanted: str | None) -> str:
    if wanted is not None and wanted not in carrier.ours:
        raise Failed(f"--from is one of: {', '.join(carrier.ours)}", USAGE)
    return wanted or carrier.ours[0]


def _forecast(house: House, published: Published, carrier: tuple[str, Carrier], pace: float) -> None:
    from consult import campaign
    from consult.cli.showing import table
    from consult.contacts import counting

    found = campaign.outlook(house, published, carrier, counting.waiting(house, published.name), pace)
    unit, low, high = found.unit, found.low, found.high
    setting = "CONSULT_PRICE_PER_MINUTE" if unit == "minutes" else "CONSULT_PRICE_PER_SEGMENT"
    rows = [(row.tag, row.people, row.low, row.high) for row in found.rows]
    print(
        table(("language", "people", f"{unit} at least", "at most"), rows, right={1, 2, 3}) if rows else "nobody waits"
    )
    besides = "three of them a call" if unit == "minutes" else "at most with a reminder to each"
    money = f"{low * found.price:.2f} to {high * found.price:.2f}" if found.price else f"unknown: {setting} is not set"
    print(f"in all {found.people} people, {low} to {high} {unit}, {besides}; money {money}")
    if found.pace and found.window:
        spent = f"{found.seconds(low) / 3600:.1f} to {found.seconds(high) / 3600:.1f} hours of sending"
        print(f"{spent} within safe hours: {found.days(low)} to {found.days(high)} days")


def _open_points(house: House, name: str, at: int) -> None:
    """What the checklist of the page would say."""
    from consult.campaign import readying

    for item in readying.checklist(house, name, at):
        if item.state != "ok":
            print(f"{'not ready' if item.state == 'stop' else 'look at'}: {readying.WORDS[item.code]}")


def _agreed() -> bool:
    """On a terminal, whether it is to begin; a script that calls this has decided."""
    if not sys.stdin.isatty():
        return True
    try:
        return input("begin? [y/N] ").strip().casefold() in ("y", "yes")
    except EOFError:
        return False


# ---- the others


def _list(words: Words) -> int:
    from consult.cli import opening, showing

    with opening.house() as house:
        found = house.store.read(_campaigns)
    if words.format == "json":
        print(showing.as_json([_as_values(each, left) for each, left in found]))
        return DONE
    head = ("id", "consultation", "state", "by", "waiting", "segments", "of", "money", "of", "")
    rows = [_row(each, left) for each, left in found]
    print(showing.table(head, rows, right={0, 4, 5, 6, 7, 8}) if rows else "no campaign yet")
    return DONE


def _campaigns(view: View) -> list[tuple[Campaign, int]]:
    """Every campaign, and how many people still wait for it."""
    return [(each, view.how_many_wait(each.consultation)) for each in view.campaigns()]


def _row(each: Campaign, left: int) -> tuple[object, ...]:
    return (
        *(
            each.id,
            f"{each.consultation} {each.version}",
            each.state,
            f"{each.channel} {each.carrier} {each.ours}",
            left,
        ),
        *(
            each.spent_segments,
            each.budget_segments or "-",
            f"{each.spent_money:.2f}",
            each.budget_money or "-",
            each.why,
        ),
    )


def _as_values(each: Campaign, left: int) -> dict[str, object]:
    from dataclasses import asdict

    return {**asdict(each), "waiting": left}


def _pause(words: Words) -> int:
    return _change(words.which, "pause")


def _resume(words: Words) -> int:
    return _change(words.which, "resume")


def _stop(words: Words) -> int:
    return _change(words.which, "stop")


def _change(which: str, how: str) -> int:
    from consult import campaign
    from consult.cli import opening

    order = {"pause": campaign.pause, "resume": campaign.resume, "stop": campaign.stop}[how]
    with opening.house() as house:
        changed = order(house, _found(house, which))
    print(f"campaign {changed.id} of {changed.consultation} is {changed.state}")
    return DONE


def _found(house: House, which: str) -> int:
    """The campaign of this number, or the one of this consultation that has not ended."""
    from consult.campaign import GOING

    if which.isdecimal():
        return int(which)
    of = [each for each in house.store.read(lambda view: view.campaigns()) if each.consultation == which]
    going = [each.id for each in of if each.state in GOING]
    if len(going) == 1:
        return going[0]
    if going:
        raise Failed(f"{which} has several campaigns; say which: {', '.join(map(str, going))}", USAGE)
    raise Failed(f"no campaign of {which!r} is running, paused or scheduled; consult campaign list shows all", USAGE)
