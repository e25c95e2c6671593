"""What was asked of whom, and what came of it: `consult findings ask ...`."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from consult.cli.commands import Commands, Words, command, who, whole_above_zero
from consult.cli.endings import DONE, USAGE, Failed

if TYPE_CHECKING:
    from consult.asks.sending import News
    from consult.asks.states import Ask
    from consult.house import House

LARGEST = 64 * 1024
LONG = 14  # days of a consultation, when it is told by when one can still begin


def add(duties: Commands) -> None:
    """Declare findings ask and its duties."""
    ask = command(
        duties,
        "ask",
        "what was asked of whom, what they answered, and that women heard it",
        None,
        "consult findings ask list river",
        "consult findings ask answer river 1 --to partly --reason money --file answer.toml --who Musa",
    )
    kinds: Commands = ask.add_subparsers(metavar="WHAT", required=True)
    listing = command(kinds, "list", "the asks, the most overdue first", _list, "consult findings ask list river")
    listing.add_argument("name", metavar="NAME")
    new = command(
        kinds,
        "new",
        "begin one, from a file (docs/asks.md)",
        _new,
        "consult findings ask new river ask.toml --who Amina",
    )
    new.add_argument("name", metavar="NAME")
    new.add_argument("file", metavar="FILE")
    _who(new)
    move = _one(kinds, "move", "it is heard, delivered, acknowledged, considering or closed", _move, "--to heard")
    move.add_argument("--to", metavar="STATE", required=True)
    change = _one(kinds, "change", "its owner, its days, what stands in the way", _change, "--set due=2027-04-30")
    change.add_argument("--set", metavar="WHAT=VALUE", dest="values", action="append", required=True)
    answer = _one(kinds, "answer", "propose an answer; another person approves it", _answer, "--to done --file a.toml")
    answer.add_argument("--to", metavar="STATE", required=True, help="taken_up, partly, not_taken_up ...")
    answer.add_argument("--reason", metavar="REASON", default="", help="for a refusal, also a partial one")
    answer.add_argument("--review-on", metavar="DAY", default="", help="when it is looked at again")
    answer.add_argument("--file", metavar="FILE", required=True, help="[texts], the answer in every language")
    _one(kinds, "approve", "approve the proposed answer, as another person", _approve)
    _one(kinds, "decline", "drop the proposed answer", _decline)
    back = _one(kinds, "returned", "it was brought back: counts only", _returned, "--channel radio --heard 40")
    back.add_argument("--channel", required=True, metavar="CHANNEL")
    back.add_argument("--lang", default="", metavar="TAG")
    for name in ("sent", "heard", "understood", "not-understood", "more"):
        back.add_argument(f"--{name}", type=int, default=0, metavar="N")
    script = command(
        kinds,
        "script",
        "what women hear, for the next radio script (--feedback) or a call",
        _script,
        "consult findings ask script river 1 --lang ha",
    )
    script.add_argument("name", metavar="NAME")
    _number(script, none=True)
    script.add_argument("--lang", metavar="TAG", required=True)
    send = _one(
        kinds,
        "send",
        "to all who agreed to news: a pointer by text message, or a call",
        _send,
        "--ring 0800111222 --yes",
        none=True,
    )
    send.add_argument("--ring", metavar="NUMBER", default="", help="the free number where it is heard, as she dials it")
    send.add_argument("--by", choices=("sms", "voice"), default="sms", help="voice: she is called, half a minute")
    send.add_argument("--yes", action="store_true", help="without it, the forecast alone")


def _one(
    kinds: Commands, name: str, summary: str, run: Any, example: str = "", *, none: bool = False
) -> argparse.ArgumentParser:
    shown = f"consult findings ask {name} river 1 {example}".strip() + " --who Amina"
    parser = command(kinds, name, summary, run, shown)
    parser.add_argument("name", metavar="NAME")
    _number(parser, none=none)
    _who(parser)
    return parser


def _number(parser: argparse.ArgumentParser, *, none: bool) -> None:
    """Which ask; `none`: also that there is no news yet."""
    if none:
        parser.add_argument("number", metavar="N|none", type=_number_or_none, help="none: that there is no news yet")
    else:
        parser.add_argument("number", metavar="N", type=whole_above_zero)


def _number_or_none(text: str) -> int:
    return 0 if text == "none" else whole_above_zero(text)


def _who(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--who", metavar="YOURNAME", required=True, help="your name, for the audit trail")


def _list(words: Words) -> int:
    from datetime import date

    from consult.asks import keeping
    from consult.cli import opening, showing
    from consult.library import day_of

    with opening.house() as house:
        opening.published(house, words.name)
        found, tag = house.store.read(lambda view: keeping.asks(view, words.name)), house.settings.locale
        late = keeping.promised(house, words.name, day_of(opening.now()))
        today = date.fromordinal(date(1970, 1, 1).toordinal() + day_of(opening.now()))
    rows = [
        (ask.id, ask.state, ask.due, ask.overdue(today) or "", _words(ask.addressed_to, tag), _words(ask.texts, tag))
        for ask in sorted(found.values(), key=lambda ask: (-ask.overdue(today), ask.id))
    ]
    head = ("ask", "state", "due", "days late", "to", "words")
    print(showing.table(head, rows, right={0, 3}) if rows else "nothing was asked yet")
    if late:
        day = date.fromordinal(date(1970, 1, 1).toordinal() + late)
        print(f"news was promised by {day} and there is none: say so with ask script {words.name} none --lang TAG")
        print(f"(radio and calls), and with ask send {words.name} none")
    for ask in found.values():
        if ask.session:
            last = keeping.last_launch(date.fromisoformat(ask.session), LONG)
            print(f"ask {ask.id}: for its session a consultation of {LONG} days can begin by {last}")
        if ask.proposed:
            print(
                f"ask {ask.id}: {ask.proposed['to']} was proposed by {ask.proposed['by']} and waits for another person"
            )
    return DONE


def _words(texts: Mapping[str, str], tag: str) -> str:
    return (texts.get(tag) or next(iter(texts.values())))[:60]


def _new(words: Words) -> int:
    return _happened(words, 0, "asked", _toml(words.file))


def _move(words: Words) -> int:
    return _happened(words, words.number, "moved", {"to": words.to})


def _change(words: Words) -> int:
    pairs = [each.partition("=") for each in words.values]
    if bad := [each[0] for each in pairs if not each[1]]:
        raise Failed(f"--set {bad[0]}: write WHAT=VALUE", USAGE)
    return _happened(words, words.number, "changed", {name: value for name, _, value in pairs})


def _answer(words: Words) -> int:
    values = {"to": words.to, "reason": words.reason, "review_on": words.review_on, **_toml(words.file)}
    return _happened(words, words.number, "proposed", {name: value for name, value in values.items() if value})


def _approve(words: Words) -> int:
    return _happened(words, words.number, "approved", {})


def _decline(words: Words) -> int:
    return _happened(words, words.number, "declined", {})


def _returned(words: Words) -> int:
    counts = {name: getattr(words, name) for name in ("sent", "heard", "understood", "not_understood", "more")}
    return _happened(words, words.number, "returned", {"channel": words.channel, "language": words.lang, **counts})


def _toml(file: str) -> dict[str, Any]:
    import tomllib

    from consult.cli import opening

    try:
        given = tomllib.loads(opening.text(file, LARGEST))
    except tomllib.TOMLDecodeError as error:
        raise Failed(f"{file}: not TOML: {error}", USAGE) from None
    return {name: value.isoformat() if hasattr(value, "isoformat") else value for name, value in given.items()}


def _happened(words: Words, number: int, kind: str, values: dict[str, Any]) -> int:
    from consult.asks import keeping, states
    from consult.cli import opening
    from consult.library import day_of

    by = who(words)
    with opening.house() as house:
        opening.published(house, words.name)
        try:
            ask = keeping.add(house, words.name, number, kind, values, day=day_of(opening.now()), by=by)
        except states.Refused as refused:
            raise Failed(str(refused)) from None
    print(f"ask {ask.id}: {ask.state}" + (", an answer waits for another person" if ask.proposed else ""))
    return DONE


def _ask(house: House, words: Words) -> Ask:
    from consult.asks import keeping
    from consult.cli import opening

    opening.published(house, words.name)
    found = house.store.read(lambda view: keeping.asks(view, words.name)).get(words.number)
    if found is None:
        raise Failed(f"there is no ask {words.number} of {words.name}; consult findings ask list shows them", USAGE)
    return found


def _script(words: Words) -> int:
    from consult.asks import hearing
    from consult.cli import opening
    from consult.library import day_of
    from consult.wording import UnknownLocale, for_locale

    with opening.house() as house:
        try:
            say = for_locale(words.lang)
        except UnknownLocale as error:
            raise Failed(f"--lang {words.lang}: {error}", USAGE) from None
        if words.number:
            languages = house.library.edition(opening.published(house, words.name)).consultation.languages
            if say.locale.tag not in languages:
                raise Failed(f"--lang {words.lang}: {words.name} is held in {', '.join(languages)}", USAGE)
            print("\n".join(hearing.lines(_ask(house, words), say)))
            return DONE
        from datetime import date

        published = opening.published(house, words.name)
        news_by = house.library.edition(published).consultation.news_by
        print(hearing.nothing(say, news_by, date.fromordinal(date(1970, 1, 1).toordinal() + day_of(opening.now()))))
    return DONE


def _send(words: Words) -> int:
    from consult.asks import sending
    from consult.cli import opening
    from consult.library import day_of

    with opening.house() as house:
        news = _news(house, words)
        at = opening.now()
        try:
            cost = sending.forecast(house, news, at)
            unit = "message parts" if news.channel == "sms" else "minutes at most"
            print(f"{cost.people} people who agreed to news, {cost.units} {unit}")
            if not words.yes:
                print("nothing was sent; --yes sends it")
                return DONE
            sent = 0
            for owed in sending.send(house, news, at):
                sent += owed
                print(f"{sent} of {cost.people}", flush=True)
            if nodes := sending.tell_nodes(house, news, day_of(at)):
                print(f"{nodes} field nodes tell those whom they know, once they have heard of it")
        except sending.NoWay as no_way:
            raise Failed(str(no_way)) from None
    if not sent or not news.ask:
        return DONE
    return _happened(words, news.ask, "returned", {"channel": news.channel, "sent": sent})


def _news(house: House, words: Words) -> News:
    """What is to be sent; with `none` for N, that there is no news yet."""
    from consult.asks import keeping
    from consult.asks.sending import News
    from consult.cli import opening
    from consult.library import day_of

    if words.number:
        ask = _ask(house, words)
        if ask.state == "draft":
            raise Failed(f"ask {ask.id} is a draft; ask move --to heard publishes it first", USAGE)
        if words.by == "sms" and not words.ring.strip("+").replace(" ", "").isdecimal():
            raise Failed("--ring NUMBER: say where she hears it; a text message only points there", USAGE)
        return News(words.name, ask.id, ask.said, words.by, words.ring)
    owed = keeping.promised(house, words.name, day_of(opening.now()))
    if not owed:
        raise Failed(f"no news of {words.name} is late: its day has not passed, or an ask was answered", USAGE)
    return News(words.name, 0, owed, words.by)
