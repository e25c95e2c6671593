"""The pages of a release as HTML: the brief (one page), the tables, the method. Each stands alone or within the office.

Rule 1: every text of a consultation is escaped; nothing is loaded from elsewhere and no script is used.
Rule 2: it says who was not heard, and what these numbers are not, before any number is compared.
Rule 3: a table's name stands above it and not in a caption: WeasyPrint fails where a page ends between the two.
Rule 4: shares are words first ("most of them"), then the rounded percent with the number of people it is of.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from html import escape
from typing import Any, Final

from consult.findings.ground import MOST
from consult.findings.protection import ESCAPES
from consult.reading.charts import bars
from consult.reading.labels import Labels
from consult.reading.openly import themes_of
from consult.reading.states import reasons_in_words, states_in_words
from consult.wording import Say

FIRST: Final = 5  # of what is shared, and of what divides, on the first page
STYLE: Final = """
@page{size:A4;margin:15mm}
body{font:11pt/1.45 "Noto Sans","Noto Sans Arabic",sans-serif;color:#000;background:#fff}
body{max-width:46em;margin:1em auto;padding:0 1em}
h1{font-size:1.5em;margin:0}h2{font-size:1.15em;margin:1em 0 .3em}h3{font-size:1em;margin:.8em 0 .2em}
h4{font-size:1em;margin:.4em 0 0}h2,h3,h4{break-after:avoid}
p,li{margin:.25em 0}ul{padding-inline-start:1.2em;margin:.3em 0}
table{width:100%;border-collapse:collapse;margin:.4em 0}thead{display:table-header-group}
tr,svg,li{break-inside:avoid}
th,td{text-align:start;vertical-align:top;border-bottom:1px solid #999;padding:.2em .5em .2em 0}
svg{display:block;max-width:100%;margin:.3em 0}svg text{font-size:12px}svg rect{fill:#3f8068}svg .of{fill:#e8ecea}
code{overflow-wrap:anywhere}@media print{body{max-width:none;margin:0;padding:0}}
"""
Html = Iterator[str]
e = escape


def alone(document: Mapping[str, Any], say: Say, parts: Sequence[str] = ("brief", "tables", "method")) -> str:
    """A whole page for a printer or a browser: these parts, one after the other."""
    labels = Labels(document, say)
    body = "".join(PARTS[part](labels) for part in parts)
    return (
        f'<!doctype html>\n<html lang="{say.locale.tag}" dir="{say.locale.dir}">\n<head><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width"><title>{e(labels.title())}</title>'
        f"<style>{STYLE}</style></head>\n<body><main><h1>{e(labels.title())}</h1>{body}</main></body></html>\n"
    )


# ---- one page first


def brief(labels: Labels) -> str:
    """What a mediator reads first."""
    return "".join(_brief(labels))


def _brief(labels: Labels) -> Html:
    document, say = labels.document, labels.say
    first, last = document["window"]
    numbered = say("Release {number}", number=document["number"])
    window = say("answers until {last}", last=last) if not first else say("{first} to {last}", first=first, last=last)
    yield f"<p>{e(numbered)} · {e(window)} · {e(labels.of(document['convenor']))}</p>"
    yield f"<p>{e(_limits(say))}</p>"
    if document["await_native_review"]:
        tags = ", ".join(document["await_native_review"])
        yield _in("p", say("Words not yet read by native speakers: {tags}.", tags=tags))
    if document.get("unchecked"):
        tags = ", ".join(document["unchecked"])
        yield _in("p", say("The words in these languages were not checked by a second reader: {tags}.", tags=tags))
    yield from _asks(labels)
    yield from _not_reached(labels)
    if not document["chapters"]:
        yield _in("p", say("Fewer than ten people answered in any one way: no number can be told."))
    for chapter in document["chapters"]:
        yield f"<h2>{e(labels.frame(chapter['frame']))}</h2>"
        yield f"<p>{e(_reach(chapter, say))}</p>"
        if document["kind"] == "flash":
            yield from _flash(chapter, labels)
            continue
        yield from _reached(chapter, labels)
        yield from _shared(chapter, labels)
        yield from _divided(chapter, labels)
        yield from _minorities(chapter, labels)
        yield from _unclear(chapter, labels)


def _asks(labels: Labels) -> Html:
    """What was asked, the most overdue first: it heads what is read."""
    say, asks = labels.say, labels.document["asks"]
    if not asks:
        return
    state, why = states_in_words(say), reasons_in_words(say)
    yield _in("h2", say("What was asked, and what came of it")) + "<ul>"
    for each in asks:
        late = say("{n} days late", n=each["overdue"]) if each["overdue"] else ""
        reason = why.get(each["reason"], "")
        told = [state[each["state"]], reason, say("to {whom}", whom=labels.of(each["addressed_to"])), late]
        if each["hindrance"]:
            told.append(say("what stood in the way: {why}", why=each["hindrance"]))
        answer = labels.of(each["answer"])
        said = f' <q dir="auto">{e(answer)}</q>' if answer else ""
        told += [_back(labels, row) for row in each["returned"]]
        yield f'<li><b dir="auto">{e(labels.of(each["texts"]))}</b>: {e(" · ".join(filter(None, told)))}{said}</li>'
    yield "</ul>"


def _back(labels: Labels, row: Mapping[str, Any]) -> str:
    """That it was brought back on one channel; numbers of ten and more, in tens."""
    say, few = labels.say, labels.say("fewer than 10")
    n = {name: row[name] or few for name in ("sent", "heard", "understood", "not_understood", "more")}
    if row["heard"] is None and row["sent"] is None:
        return say("brought back: {channel}", channel=labels.channel(row["channel"]))
    if row["heard"] is None:
        return say("{channel}: sent to {sent}", channel=labels.channel(row["channel"]), sent=n["sent"])
    return say(
        "{channel}: heard by {heard}, clear to {clear}, not clear to {unclear}, more to say: {more}",
        channel=labels.channel(row["channel"]),
        heard=n["heard"],
        clear=n["understood"],
        unclear=n["not_understood"],
        more=n["more"],
    )


def _limits(say: Say) -> str:
    return say(
        "These are people who chose to answer. They do not stand for everybody: whoever has no telephone, no network "
        "or no safe moment is not among them. Counts are rounded to five, shares to five or ten percent."
    )


def _reach(chapter: Mapping[str, Any], say: Say) -> str:
    reach = chapter["reach"]
    n = {name: reach.get(name) for name in ("invited", "started", "consented", "finished")}
    words = {
        "invited": say("{n} people were invited", n=n["invited"]),
        "started": say("{n} people took part", n=n["started"]),
        "consented": say("{n} agreed", n=n["consented"]),
        "finished": say("{n} came to the end", n=n["finished"]),
    }
    return say(", ").join(text for name, text in words.items() if n[name] is not None) + "."


def _flash(chapter: Mapping[str, Any], labels: Labels) -> Html:
    """Words alone."""
    yield "<ul>"
    for item in chapter["questions"]:
        for table in item["tables"]:
            for column, word in zip(table["columns"], table["words"], strict=True):
                yield _line(labels, item, column, labels.called(word))
    yield "</ul>"


def _not_reached(labels: Labels) -> Html:
    say, areas = labels.say, labels.document["coverage"]["not_reached"]
    if not areas:
        return
    why = {
        "no_network": say("no network"),
        "no_node": say("nobody with a field computer"),
        "no_station": say("no radio station"),
        "no_facilitator": say("no facilitator"),
        "unsafe": say("not safe"),
    }
    listed = "; ".join(f"{each['area']} ({why[each['why']]})" for each in areas)
    head = _in("b", say("Not heard:"))
    yield f"<p>{head} {e(listed)}</p>"


def _reached(chapter: Mapping[str, Any], labels: Labels) -> Html:
    """Against what was meant, where something was; the lowest first."""
    say, rows = labels.say, list[tuple[float, str, str]]()
    for each in chapter["coverage"]:
        columns = each["table"]["columns"] if each["table"] and not each["table"]["band"] else ()
        for n, target in enumerate(each["targets"]):
            if target:
                people = each["table"]["cells"][0][n]
                told = say("{people} of {target}", people=people, target=target)
                rows.append((people / target, labels.rows(each["variable"], columns[n]), told))
        for value in each["aims"].keys() - {code for column in columns for code in column}:
            told = say("fewer than ten of {target}", target=each["aims"][value])
            rows.append((0, labels.rows(each["variable"], [value]), told))
    if not rows:
        return
    yield _in("h3", say("Whom it meant to hear")) + "<ul>"
    yield "".join(f"<li><bdi>{e(group)}</bdi>: {e(told)}</li>" for _, group, told in sorted(rows))
    yield "</ul>"


def _shared(chapter: Mapping[str, Any], labels: Labels) -> Html:
    say, items = labels.say, _items(chapter)
    shared = [each for each in chapter["common_ground"] if each["least"] >= MOST]
    found = _newest_of(shared, lambda each: (each["question"], tuple(each["answer"])))
    yield _in("h3", say("What is shared"))
    if not found:
        yield _in("p", say("No answer that most of every group share, among those that can be compared."))
        return
    yield _in("p", say("An answer counts as shared by as many as chose it in the group that chose it least.")) + "<ul>"
    for each in found[:FIRST]:
        item = items[each["question"]]
        row, share, people = min(each["shares"], key=lambda one: one[1])
        least = say(
            "{word}, at least {share} % in every group ({group}: {share} % of {people})",
            word=labels.word(share),
            share=share,
            group=labels.rows(each["variable"], row),
            people=people,
        )
        yield _line(labels, item, each["answer"], least)
    yield "</ul>"


def _divided(chapter: Mapping[str, Any], labels: Labels) -> Html:
    yield _in("h3", labels.say("What divides"))
    if chapter["divergence"]:
        yield from _gaps(chapter, chapter["divergence"], labels)
    else:
        yield _in("p", labels.say("No groups of thirty and more lie fifteen points apart."))
    if chapter["channels"]:
        yield _in("p", labels.say("Answers differ by the way they came:"))
        yield from _gaps(chapter, chapter["channels"], labels)


def _gaps(chapter: Mapping[str, Any], gaps: Iterable[Mapping[str, Any]], labels: Labels) -> Html:
    say, items = labels.say, _items(chapter)
    found = _newest_of(gaps, lambda each: (each["question"], each["variable"]))
    yield "<ul>"
    for each in found[:FIRST]:
        item = items[each["question"]]
        gap = say(
            "{high} % of {high_people} ({higher}), but {low} % of {low_people} ({lower})",
            high=each["higher"][1],
            high_people=each["higher"][2],
            higher=labels.rows(each["variable"], each["higher"][0]),
            low=each["lower"][1],
            low_people=each["lower"][2],
            lower=labels.rows(each["variable"], each["lower"][0]),
        )
        yield _line(labels, item, each["answer"], gap)
    yield "</ul>"


def _minorities(chapter: Mapping[str, Any], labels: Labels) -> Html:
    say, items = labels.say, _items(chapter)
    if not chapter["minorities"]:
        return
    yield _in("h3", say("What most do not share, and many of one group do")) + "<ul>"
    for each in chapter["minorities"][:FIRST]:
        item = items[each["question"]]
        held = say("{people} people ({group})", people=each["people"], group=labels.rows(each["variable"], each["row"]))
        yield _line(labels, item, each["answer"], held)
    yield "</ul>"


def _unclear(chapter: Mapping[str, Any], labels: Labels) -> Html:
    """Not sure and did not understand are findings about the question."""
    rows = []
    for item in chapter["questions"]:
        whole = _whole(item)
        for n, column in enumerate(whole["columns"] if whole and not whole["band"] else ()):
            if whole and set(column) <= set(ESCAPES):
                rows.append((item, column, whole["percent"][0][n], whole["people"]))
    if not rows:
        return
    yield _in("h3", labels.say("Where people gave no answer")) + "<ul>"
    for item, column, share, people in rows[:FIRST]:
        said = labels.say("{share} % of {people}", share=share, people=people)
        yield _line(labels, item, column, said)
    yield "</ul>"


def _in(tag: str, text: str) -> str:
    return f"<{tag}>{e(text)}</{tag}>"


def _line(labels: Labels, item: Mapping[str, Any], answer: Iterable[str], told: str) -> str:
    """What was asked, what was answered, and what there is to say of that."""
    asked, answered = e(labels.question(item)), e(labels.answers(item, answer))
    return f'<li><q dir="auto">{asked}</q> <b dir="auto">{answered}</b>: {e(told)}</li>'


def _items(chapter: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    return {item["id"]: item for item in chapter["questions"]}


def _newest_of(
    found: Iterable[Mapping[str, Any]], key: Callable[[Mapping[str, Any]], object]
) -> list[Mapping[str, Any]]:
    """The first of each: what is said of one answer by three variables is said once."""
    first: dict[object, Mapping[str, Any]] = {}
    for each in found:
        first.setdefault(key(each), each)
    return list(first.values())


def _whole(item: Mapping[str, Any]) -> Mapping[str, Any] | None:
    return next((table for table in item["tables"] if not table["variable"]), None)


# ---- then tables


def tables(labels: Labels) -> str:
    """Every table, each question with its chart."""
    return "".join(_tables(labels))


def _tables(labels: Labels) -> Html:
    say = labels.say
    if labels.document["kind"] == "flash":
        yield _in("p", say("A flash brief has no tables: they come seven days after the last day."))
        return
    for chapter in labels.document["chapters"]:
        yield f"<h2>{e(labels.frame(chapter['frame']))}</h2>"
        for item in chapter["questions"]:
            yield f"<h3><bdi>{e(labels.question(item))}</bdi></h3>"
            if not item["tables"]:
                yield _in("p", say("Too few people, or nearly all of one answer: no table."))
            for table in item["tables"]:
                yield from _table(table, item, labels)
            yield from _weighted(item, labels)
            yield from _told(item, labels)
        for coded in chapter.get("themes", ()):
            yield from themes_of(coded, labels)


def _table(table: Mapping[str, Any], item: Mapping[str, Any], labels: Labels) -> Html:
    say = labels.say
    if table["band"]:
        most = labels.answers(item, table["band"])
        yield _in("p", say("90 % or more of {people}: {answer}", people=table["people"], answer=most))
        return
    heads = [labels.answers(item, column) for column in table["columns"]]
    if not table["variable"]:
        shares = list(zip(heads, table["percent"][0], strict=True))
        told = say(", ").join(f"{head} {share} %" for head, share in shares)
        yield bars(labels.question(item), told, shares, rtl=say.locale.dir == "rtl")
    caption = say("All together") if not table["variable"] else labels.variable(table["variable"])
    yield f'<h4>{e(caption)}</h4><div class="wide" tabindex="0" role="group" aria-label="{e(caption)}">'
    yield f'<table aria-label="{e(caption)}"><thead><tr><td></td>'
    yield "".join(f'<th scope="col">{e(head)}</th>' for head in heads)
    yield f'<th scope="col">{e(say("People"))}</th></tr></thead><tbody>'
    for row, cells, shares_, base in zip(table["rows"], table["cells"], table["percent"], table["bases"], strict=True):
        name = labels.rows(table["variable"], row) if table["variable"] else say("Everybody")
        cells_ = "".join(f"<td>{n} · {share} %</td>" for n, share in zip(cells, shares_, strict=True))
        yield f'<tr><th scope="row">{e(name)}</th>{cells_}<td>{base}</td></tr>'
    yield "</tbody></table></div>"


def _weighted(item: Mapping[str, Any], labels: Labels) -> Html:
    """One line beside the counts."""
    say, weighted, whole = labels.say, item["weighted"], _whole(item)
    if weighted is None or whole is None:
        return
    if "refused" in weighted:
        yield _in("p", say("No weighted share: too few people stand for too many."))
        return
    heads = [labels.answers(item, column) for column in whole["columns"]]
    shares = say(", ").join(f"{head} {share} %" for head, share in zip(heads, weighted["percent"], strict=True))
    told = say(
        "If people were spread as everybody is: {shares} (worth {worth} people, design effect {effect})",
        shares=shares,
        worth=weighted["worth"],
        effect=weighted["effect"],
    )
    yield f"<p>{e(told)}</p>"


def _told(item: Mapping[str, Any], labels: Labels) -> Html:
    say = labels.say
    if item["dropped"]:
        names = say(", ").join(labels.variable(name) for name in item["dropped"])
        yield _in("p", say("Not shown, since few could be told apart: {names}.", names=names))
    if item["frozen"]:
        yield _in("p", say("As in the release before: too few have answered since."))
    if item["without_shared"] is None:
        yield _in("p", say("Without shared telephones it cannot be shown: few would be told apart."))
    elif item["without_shared"] != item["tables"]:
        yield "<details>" + _in("summary", say("Without shared telephones"))
        for table in item["without_shared"]:
            yield from _table(table, item, labels)
        yield "</details>"


# ---- then method


def method(labels: Labels) -> str:
    """How it was made, and how anybody checks it."""
    return "".join(_method(labels))


def _method(labels: Labels) -> Html:
    document, say = labels.document, labels.say
    rules = document["rules"]
    merged = sum(item.get("merged", 0) for chapter in document["chapters"] for item in chapter["questions"])
    dropped = sum(len(item.get("dropped", ())) for chapter in document["chapters"] for item in chapter["questions"])
    yield _in("h2", say("Method")) + "<ul>"
    for line in (
        say("People are counted, never messages; of each the last answer counts. Ways of coming are never added up."),
        say("No cell has fewer than {cell} people, no breakdown stands on fewer than {base}.", **_of(rules)),
        say(
            "Answers and groups were merged {merged} times; {dropped} breakdowns are not shown.",
            merged=merged,
            dropped=dropped,
        ),
        say("Most: 60 % and more. About half: from 40 %. Groups are compared from 15 points and 30 people each."),
        say("Who was erased since is in no later release; late answers wait for the next."),
    ):
        yield f"<li>{e(line)}</li>"
    yield from _sources(labels)
    yield "</ul>" + _in("h2", say("The questions as they were asked"))
    for question in document["wording"]:
        yield f"<h3>{e(question['name'])}</h3><ul>"
        for tag, text in question["label"].items():
            yield f'<li><b>{e(tag)}</b> <bdi lang="{e(tag)}">{e(text)}</bdi></li>'
        for medium, texts in question["variants"].items():
            for tag, text in texts.items():
                yield f'<li><b>{e(tag)}, {e(labels.channel(medium))}</b> <bdi lang="{e(tag)}">{e(text)}</bdi></li>'
        yield "</ul>"
    yield _in("h2", say("Where it comes from")) + "<ul>"
    for name, value in (
        (say("Version of the consultation"), f"{document['version']}, {document['definition']}"),
        (say("Facts that went in"), f"{document['input']['arrival']}, {document['input']['sha256']}"),
        (say("Program"), f"consult {document['code']}"),
        (
            say("Release before"),
            f"{document['before']['number']}, {document['before']['sha256']}" if document["before"] else "–",
        ),
    ):
        yield f"<li>{e(name)}: <code>{e(value)}</code></li>"
    yield "</ul>" + _in("p", say("Anybody can check the signed file, offline:"))
    yield "<p><code>consult findings verify FILE --key HEX</code></p>"


def _sources(labels: Labels) -> Html:
    """What the aims were taken from, and what was spent."""
    document, say = labels.document, labels.say
    for source in sorted({f"{each['source']} ({each['dated']})" for each in document["coverage"]["targets"]}):
        yield _in("li", say("Aims after {source}", source=source))
    for each in document["spent"]:
        spent = say(
            "up to {segments} message parts or minutes, cost {money}", segments=each["segments"], money=each["money"]
        )
        yield f"<li>{e(labels.channel(each['channel']))}: {e(spent)}</li>"
    for each in document.get("ledger", ()):
        yield _in(
            "li", say("{who}: cost about {money} for each woman heard", who=_whom(labels, each), money=each["each"])
        )


def _whom(labels: Labels, each: Mapping[str, Any]) -> str:
    """Who a row of the ledger is about."""
    frame = labels.frame(each["frame"])
    return f"{frame}, {labels.rows(each['variable'], each['group'])}" if each["variable"] else frame


def _of(rules: Mapping[str, Any]) -> dict[str, int]:
    return {"cell": rules["cell"], "base": rules["base"]}


PARTS: Final[Mapping[str, Callable[[Labels], str]]] = {"brief": brief, "tables": tables, "method": method}
