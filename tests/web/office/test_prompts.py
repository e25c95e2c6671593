"""The recording room over Flask's client: what is listed, what a take must be, who may replace what."""

from __future__ import annotations

import gzip
import re
import time
from collections.abc import Iterator
from dataclasses import replace
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from urllib3 import encode_multipart_formdata

from consult.aloud import codes
from consult.consultation import write
from consult.drafts import keeping
from consult.publish import publish
from consult.speech import sound
from consult.speech.script import Line, lines
from consult.speech.shelf import Shelf
from tests.conftest import example, need_module
from tests.speech.sounds import KINDS, clipped, encoded, quiet, tone
from tests.speech.test_taking import wav_at
from tests.web.conftest import Parsed
from tests.web.office.conftest import Hub, Visitor, opened_hub
from tests.web.test_page_weight import LATER, LIGHT, cost

AT = "/office/prompts/safety"
TAKE = sound.wav(quiet(0.5) + tone(1.0, 0.3) + quiet(0.5))
HEAVIEST = 30 * 1024


@pytest.fixture(scope="module")
def lasting(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    for hub in opened_hub(tmp_path_factory.mktemp("hub") / "data"):
        hub.unlimited()
        yield hub


@pytest.fixture
def hub(ready_hub: Hub) -> Hub:
    return ready_hub


def said(hub: Hub, name: str = "safety", tag: str = "en") -> list[Line]:
    published = hub.house.store.read(lambda view: view.published(name))
    assert published is not None
    found = lines(hub.house.library.edition(published), hub.house.speakers)
    return [line for line in found if line.speech.locale == tag]


def question(hub: Hub) -> Line:
    """A line that only this consultation says."""
    return next(line for line in said(hub) if "easier or harder" in line.speech.text)


def shelf(hub: Hub) -> Shelf:
    return Shelf(hub.house.settings.data)


def address(line: Line, name: str = "safety", of: str = "live") -> str:
    return f"/office/prompts/{name}/{of}/{line.speech.locale}/{line.speech.key[:8]}"


def sends(visitor: Visitor, path: str, content: bytes, called: str = "take.wav", **more: str) -> Any:
    fields: dict[str, Any] = {"csrf_token": visitor.mark, "sound": (called, content), **more}
    body, media = encode_multipart_formdata(fields)
    return visitor.client.post(path, data=body, content_type=media, headers={"Accept": "text/html"})


def alert(text: str) -> str:
    found = re.search(r'<p role="alert">(.*?)</p>', text)
    return unescape(found[1]) if found else ""


# ---- what is listed


def test_each_language_says_how_far_it_has_come(hub: Hub) -> None:
    (first, second, *_), visitor = said(hub), hub.inside("voice")
    shelf(hub).keep(first.speech, "en", tone(2.0))
    shelf(hub).keep(second.speech, "en", tone(1.0), "drafted")
    row = visitor.get(f"{AT}?lang=en").text.partition('lang="en"><bdi>')[2].partition("</tr>")[0]
    assert re.findall(r"\d+", row.partition("<td>")[2]) == ["1", "1", str(len(said(hub)) - 2), "3"]
    text = visitor.get(f"{AT}/live/en?lang=en").text
    assert f"Recorded: 1. Read by a machine: 1. Not recorded yet: {len(said(hub)) - 2}. 3 seconds of sound." in text
    assert len(Parsed.of(text).all("audio")) == 2


def test_the_list_is_the_record_sheet_in_the_same_order(lasting: Hub) -> None:
    visitor = lasting.inside("voice")
    for tag in ("en", "ar"):
        words = [line.speech.text for line in said(lasting, tag=tag)]
        read = Parsed.of(visitor.get(f"{AT}/live/{tag}?lang=en").text)
        shown = [each for each in read.all("p", lang=tag) if "lines" in each.within or each.at.get("dir")]
        assert [each.text for each in shown] == words
        assert {each.at["dir"] for each in shown} == {"rtl" if tag == "ar" else "ltr"}
        paper = visitor.get(f"{AT}/live/{tag}/sheet").text
        assert [unescape(each) for each in re.findall(r"</code><p>(.*?)</p>", paper)] == words


def test_what_the_draft_does_not_say_yet_is_not_read_aloud(hub: Hub) -> None:
    whole = example("safety")
    first = replace(whole.questions[0], label={**whole.questions[0].label, "en": "Is the road open?", "fr": ""})
    keeping.replace_all(hub.house, "safety", replace(whole, questions=(first, *whole.questions[1:])), 1, 1)
    visitor = hub.inside("voice")
    text = visitor.get(f"{AT}/draft/en").text
    assert "Is the road open?" in text
    assert "…" not in visitor.get(f"{AT}/draft/fr").text
    assert f"{AT}/draft/en" in visitor.get(AT).text
    assert "Is the road open?" not in visitor.get(f"{AT}/live/en").text


def test_a_draft_that_says_what_is_live_is_not_listed_twice(lasting: Hub) -> None:
    text = lasting.inside("voice").get(AT).text
    assert f"{AT}/live/en" in text
    assert f"{AT}/draft/en" not in text


def test_a_draft_of_what_was_never_live_is_recorded_before_it_is(hub: Hub) -> None:
    facilitator = hub.inside("facilitator")
    facilitator.post("/office/designs", name="market", language=["en"])
    assert "/office/prompts/market" in facilitator.get("/office/prompts").text
    text = facilitator.get("/office/prompts/market/draft/en").text
    found = re.search(r'"(/office/prompts/market/draft/en/[0-9a-f]{8})"', text)
    assert found
    facilitator.get(found[1])
    assert sends(facilitator, found[1], TAKE).status_code == 303
    assert facilitator.get("/office/prompts/market/live/en").status_code == 404


def test_the_room_is_found_from_the_consultation_and_the_launch(lasting: Hub) -> None:
    assert f'href="{AT}"' in lasting.inside("voice").get("/office/consultations/safety").text
    assert f'href="{AT}"' not in lasting.inside("mediator").get("/office/consultations/safety").text


# ---- a take


def test_a_take_is_kept_and_leads_to_the_next_line_that_waits(hub: Hub) -> None:
    first, second, third, *_ = said(hub)
    visitor = hub.inside("voice")
    shelf(hub).keep(second.speech, "en", tone(0.5))
    visitor.get(address(first))
    answer = sends(visitor, address(first), TAKE)
    assert answer.headers["Location"] == f"{address(third)}?kept={first.speech.key[:8]}"
    take = shelf(hub).take(first.speech)
    assert take is not None
    assert (take.made, take.ms) == ("recorded", 1200)
    played = visitor.client.get(f"/audio/{take.name}")
    assert (played.status_code, played.data[24:28]) == (200, (8000).to_bytes(4, "little"))
    assert "Line 1 is kept." in visitor.get(f"{answer.headers['Location']}&lang=en").text
    trail = [what for _, _, what, _ in hub.house.store.read(lambda view: view.audit())]
    assert f"account {hub.people['voice'].id}: recorded line {first.code} of safety" in trail


def test_the_last_line_leads_back_to_the_list(hub: Hub) -> None:
    found = said(hub)
    for line in found[:-1]:
        shelf(hub).keep(line.speech, "en", tone(0.2))
    visitor = hub.inside("voice")
    visitor.get(address(found[-1]))
    answer = sends(visitor, address(found[-1]), TAKE)
    assert answer.headers["Location"].startswith(f"{AT}/live/en?")
    assert "All of it is recorded." in visitor.get(f"{AT}/live/en?lang=en").text


def test_the_older_take_stays_until_the_new_one_is_whole(hub: Hub) -> None:
    visitor, own = hub.inside("facilitator"), question(hub)
    before = shelf(hub).keep(own.speech, "en", tone(0.5))
    visitor.get(address(own))
    assert sends(visitor, address(own), sound.wav(clipped(1.0))).status_code == 400
    assert shelf(hub).take(own.speech) == before
    assert sends(visitor, address(own), TAKE).status_code == 303
    after = shelf(hub).take(own.speech)
    assert after is not None
    assert after.name != before.name


def test_a_dialect_s_take_is_kept_for_the_dialect(hub: Hub) -> None:
    publish(hub.house, write(replace(example("safety"), dialect={"ar": "ar-SD"})), day=20_781, test=True)
    line, visitor = said(hub, tag="ar")[0], hub.inside("voice")
    visitor.get(address(line))
    assert sends(visitor, address(line), TAKE).status_code == 303
    assert shelf(hub).take(line.speech) is None
    assert shelf(hub).take(line.speech, "ar-SD")


REFUSED = [
    (sound.wav(clipped(1.0)), "Too loud"),
    (sound.wav(quiet(1.0)), "Nothing is heard"),
    (sound.wav(tone(61.0)), "longer than a minute"),
    (b"", "Choose a file"),
    (b"\x7fELF" + bytes(900), "no recording we know"),
    (b"#EXTM3U\nfile:///etc/passwd\n", "no recording we know"),
    (b"#EXTM3U\n#EXT-X-MEDIA-SEQUENCE:0\nhttp://127.0.0.1/x.ts\n", "no recording we know"),
    (b"<svg onload=alert(1)>", "no recording we know"),
    (b"RIFF\x00\x00\x00\x00WAVEjunk", "damaged"),
]


@pytest.mark.parametrize(("content", "says"), REFUSED, ids=range(len(REFUSED)))
def test_what_is_no_take_is_refused_with_its_cure(lasting: Hub, content: bytes, says: str) -> None:
    need_module("av", "pip install 'consult[audio]'")
    line, visitor = said(lasting)[3], lasting.inside("voice")
    visitor.get(f"{address(line)}?lang=en")
    answer = sends(visitor, f"{address(line)}?lang=en", content, "take.mp3")
    assert answer.status_code == 400
    assert says in alert(answer.text)
    assert shelf(lasting).take(line.speech) is None


def test_twenty_megabytes_are_not_even_read(lasting: Hub) -> None:
    line, visitor = said(lasting)[3], lasting.inside("voice")
    visitor.get(address(line))
    assert sends(visitor, address(line), bytes(20 << 20)).status_code == 413
    assert shelf(lasting).take(line.speech) is None


@pytest.mark.parametrize("kind", [*KINDS, "wav"])
def test_every_kind_that_telephones_record_is_taken(hub: Hub, kind: str) -> None:
    need_module("av", "pip install 'consult[audio]'")
    samples = quiet(0.3, 48_000) + tone(1.0, 0.2, 48_000) + quiet(0.3, 48_000)
    content = wav_at(samples, 48_000) if kind == "wav" else encoded(samples, 48_000, kind)
    line, visitor = said(hub)[0], hub.inside("voice")
    visitor.get(address(line))
    assert sends(visitor, address(line), content, f"take.{kind}").status_code == 303
    take = shelf(hub).take(line.speech)
    assert take is not None
    assert take.ms == pytest.approx(1200, abs=60)


# ---- who may


def test_whoever_records_for_one_consultation_does_not_replace_what_another_says(hub: Hub) -> None:
    """The lines of the system are said by all: a gap may be filled by any speaker, a take replaced by who has both."""
    shared = {line.speech.key for line in said(hub, "pulse")}
    both = next(line for line in said(hub) if line.speech.key in shared)
    before = shelf(hub).keep(both.speech, "en", tone(0.5))
    visitor = hub.inside("voice")
    visitor.get(address(both))
    answer = sends(visitor, f"{address(both)}?lang=en", TAKE)
    assert answer.status_code == 400
    assert "Other consultations say this line too" in alert(answer.text)
    assert shelf(hub).take(both.speech) == before
    hub.inside("administrator").post(
        f"/office/people/{hub.people['voice'].id}/grant", role="voice", consultation="pulse"
    )
    assert sends(visitor, address(both), TAKE).status_code == 303
    assert shelf(hub).take(both.speech) != before


def test_another_s_lines_are_out_of_reach(lasting: Hub) -> None:
    line, outsider = said(lasting)[0], lasting.inside("outsider")
    outsider.get("/office/prompts/pulse")
    assert AT not in outsider.get("/office/prompts").text
    for path in ("", "/live/en", "/draft/en", "/live/en/sheet", address(line).removeprefix(AT)):
        assert outsider.get(f"{AT}{path}").status_code == 404
    small = sound.wav(tone(0.3))
    assert sends(outsider, address(line), small).status_code == 404
    own = question(lasting)
    assert sends(outsider, address(own, "pulse"), small).status_code == 404  # a line that is not pulse's
    assert shelf(lasting).take(own.speech) is None


def test_without_the_mark_nothing_is_kept(lasting: Hub) -> None:
    line, visitor = said(lasting)[0], lasting.inside("voice")
    visitor.mark = "made up"
    assert sends(visitor, address(line), TAKE).status_code == 400
    assert shelf(lasting).take(line.speech) is None


@pytest.mark.parametrize(
    "path", ["live/xx", "dead/en", "live/en/..", "live/../../hub.key/x", "live/en/0000", "draft/e%00"]
)
def test_an_address_that_is_none_opens_nothing(lasting: Hub, path: str) -> None:
    assert lasting.inside("voice").get(f"{AT}/{path}").status_code in (404, 308)


def test_a_stranger_sends_nothing_large(lasting: Hub) -> None:
    stranger = lasting.visitor()
    stranger.get("/office/sign-in")
    assert sends(stranger, address(said(lasting)[0]), bytes(40_000)).status_code in (303, 413)


# ---- weight


@pytest.mark.parametrize("tag", ["en", "fr", "ar"])
def test_the_room_is_light(lasting: Hub, tag: str) -> None:
    visitor, line = lasting.inside("voice"), said(lasting)[0]
    for path in (AT, f"{AT}/live/{tag}", address(line)):
        answer = visitor.client.get(f"{path}?lang={tag}", headers=LIGHT)
        read = Parsed.of(gzip.decompress(answer.data).decode())
        loaded = sum(cost(visitor.client.get(each, headers=LIGHT)) for each in read.loads() if "/audio/" not in each)
        assert cost(answer) + loaded <= HEAVIEST
    assert len(answer.data) <= LATER  # the page on which she stays, line after line


# ---- codes for the telephone


CALLED = {
    "twilio_account_sid": f"AC{'0' * 32}",
    "twilio_auth_token": "0" * 32,
    "twilio_from": "+12025550100",
    "twilio_voice": "+12025550100 RIVER",
}


def test_a_facilitator_makes_a_code_which_is_shown_once(tmp_path: Path) -> None:
    for hub in opened_hub(tmp_path / "data", **CALLED):
        visitor = hub.inside("facilitator")
        assert f"{AT}/live/en/code" in visitor.get(f"{AT}/live/en").text
        assert f"{AT}/live/en/code" not in hub.inside("voice").get(f"{AT}/live/en").text
        text = visitor.post(f"{AT}/live/en/code").text
        made = re.search(r"\*(\d{8})#", text)
        assert made
        assert made[1] not in visitor.get(f"{AT}/live/en").text
        assert hub.house.store.read(lambda view: codes.awaited(view, "safety", int(time.time())))
        assert hub.inside("voice").post(f"{AT}/live/en/code").status_code == 404
        assert visitor.post("/office/prompts/pulse/live/en/code").status_code == 404
        trail = [what for _, _, what, _ in hub.house.store.read(lambda view: view.audit())]
        by = hub.people["facilitator"].id
        assert f"account {by}: made a code to read safety aloud in en by telephone" in trail


def test_where_no_telephone_records_there_is_no_code(lasting: Hub) -> None:
    visitor = lasting.inside("facilitator")
    assert "live/en/code" not in visitor.get(f"{AT}/live/en").text
    assert visitor.post(f"{AT}/live/en/code").status_code == 404


def test_that_wrong_codes_ended_all_is_said_with_what_to_do(hub: Hub) -> None:
    facilitator, at = hub.inside("facilitator"), int(time.time())
    codes.make(hub.house, "safety", "en", 1, at, lambda below: 5)
    assert "wrong codes were keyed" not in facilitator.get(f"{AT}?lang=en").text
    for _ in range(codes.TRIES):
        hub.house.store.write(lambda tx: codes.admit(hub.house.vault, tx, "safety", "keys 99999999", "x", at))
    page = facilitator.get(f"{AT}?lang=en").text
    assert "10 wrong codes were keyed" in page
    assert "make new codes" in page
    assert "Ask a facilitator for a new code." in hub.inside("voice").get(f"{AT}?lang=en").text
    assert "wrong codes were keyed" not in facilitator.get("/office/prompts/pulse").text
