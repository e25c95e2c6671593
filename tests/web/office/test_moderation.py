"""Moderation on the pages: opened by two, decided on, flagged, answered; nobody else reads, and nothing tells who."""

from __future__ import annotations

import gzip
import re
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from channels.sms import Sms
from consult import themes
from consult.accounts import NotAllowed, approving
from consult.consultation import Question, write
from consult.episodes.flagging import betrays
from consult.findings import coding
from consult.moderation import batches, flags, listing
from consult.publish import publish
from tests.accounts.conftest import Person, joined
from tests.coded import coded, scheme
from tests.conftest import example
from tests.episodes.test_texts import says
from tests.fakes.post import Post
from tests.web.office.conftest import LONG_AGO, Hub, Visitor, opened_hub

AT, FLAGS = "/office/moderation/safety", "/office/flags/safety"
QUEUE = f"{AT}/questions/why"
SAID = "the well is far, ask Halima of gidan, 0803 456 7890, 7K3M-2Q9X-C"
ASKS = "what will happen with this"
PLANTED = ("Halima", "gidan", "0803", "7890", "7K3M", "2Q9X")
ANSWER = "The leaders meet in spring."


def asking() -> str:
    """`safety`, which asks for words alone."""
    safety = example("safety")
    why = Question("text", "why", dict.fromkeys(safety.languages, "What matters most?"))
    return write(replace(safety, questions=(why,), compounds=(), many_questions=""))


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    """Twelve women wrote; the texts wait to be opened. A second moderator is there."""
    for hub in opened_hub(tmp_path_factory.mktemp("hub") / "data", country="NG", replies_per_number=1000):
        hub.unlimited()
        publish(hub.house, asking(), day=20_780, test=True)
        hub.people["second"] = joined(hub.house, "Second", "moderator", "safety", int(time.time()) - LONG_AGO)
        hears(hub)
        yield hub


def hears(hub: Hub) -> None:
    house = replace(hub.house, channels={"sms": Sms({"post": Post()})})
    for woman in range(12):
        says(house, "RIVER", "1", ASKS if woman == 0 else SAID, number=f"+23480312{woman:05}")


def open_texts(hub: Hub) -> Visitor:
    """Asked by the moderator, approved by the facilitator, opened."""
    listing.keep(hub.house, "safety", ["gidan"], day=20_800, by="account 1")
    moderator = hub.inside("moderator")
    if "Text " in moderator.get(QUEUE).text:
        return moderator
    moderator.post(f"{QUEUE}/ask")
    (waits,) = [each for each in hub.house.store.read(lambda view: view.approvals()) if each.state == "asked"]
    facilitator = hub.inside("facilitator")
    facilitator.get("/office/approvals")
    facilitator.post(f"/office/approvals/{waits.id}/approve")
    moderator.get(AT)
    moderator.post(f"{QUEUE}/open")
    return moderator


def ids(page: str) -> list[str]:
    return re.findall(r'id="text-(\d+)"', page)


def alike(page: str) -> list[str]:
    """All but hers who asks: in which order texts stand is chance."""
    return [one for section in page.split("<section")[1:] if ASKS not in section for one in ids(section)]


def asks_id(hub: Hub, visitor: Visitor) -> str:
    for after in ("0", "10", "20", "30"):
        for section in visitor.get(f"{QUEUE}?after={after}").text.split("<section")[1:]:
            if ASKS in section:
                return ids(section)[0]
    raise AssertionError("nobody asks")


def test_texts_are_opened_by_two_and_not_before(tmp_path: Path) -> None:
    for hub in opened_hub(tmp_path / "data", country="NG", replies_per_number=1000):
        publish(hub.house, asking(), day=20_780, test=True)
        hears(hub)
        moderator = hub.inside("moderator")
        assert "Not opened: 10. Waiting: &lt;10." in moderator.get(AT).text
        assert moderator.post(f"{QUEUE}/open").status_code == 400
        assert "Another person has to approve" in moderator.post(f"{QUEUE}/ask").text
        assert moderator.post(f"{QUEUE}/open").status_code == 400
        assert ids(moderator.get(QUEUE).text) == []
        approving.approve(hub.house, 1, hub.people["facilitator"].id, int(time.time()))
        moderator.get(AT)
        assert moderator.post(f"{QUEUE}/open").status_code == 303
        assert len(ids(moderator.get(QUEUE).text)) == 10
        assert moderator.post(f"{QUEUE}/open").status_code == 400  # an approval is for once


def test_nothing_of_who_reaches_a_page(hub: Hub, caplog: pytest.LogCaptureFixture) -> None:
    moderator = open_texts(hub)
    pages = [moderator.get(f"{QUEUE}?after={after}").text for after in (0, 10)]
    one = alike(pages[0])[0]
    moderator.post(f"{AT}/texts/{one}", question="why", state="fine", **{f"danger-{one}": "1"})
    pages += [moderator.get(f"{AT}/texts/{one}/words").text, moderator.get(f"{AT}/answers").text]
    pages += [hub.inside("guardian").get(FLAGS).text, hub.inside("administrator").get("/office/audit").text]
    told = "".join(pages) + caplog.text
    assert "the well is far" in told
    for planted in PLANTED:
        assert planted not in told


def test_it_is_decided_held_and_taken_back_by_another(hub: Hub) -> None:
    moderator = open_texts(hub)
    one = alike(moderator.get(QUEUE).text)[0]
    answer = moderator.post(f"{AT}/texts/{one}", question="why", state="held", **{"from": "wait"})
    assert answer.headers["Location"].startswith(f"{QUEUE}?state=wait")
    held = f"{QUEUE}?state=held"
    assert one in ids(moderator.get(held).text)
    assert "Somebody else must do this" in moderator.post(f"{AT}/texts/{one}", question="why", state="wait").text
    second = hub.inside("second")
    second.get(held)
    assert second.post(f"{AT}/texts/{one}", question="why", state="fine").status_code == 400  # from an older page
    second.post(f"{AT}/texts/{one}", question="why", state="wait", **{"from": "held"})
    assert one not in ids(second.get(held).text)


def test_words_are_masked_by_their_numbers(hub: Hub) -> None:
    moderator = open_texts(hub)
    one = alike(moderator.get(QUEUE).text)[1]
    path = f"{AT}/texts/{one}/words"
    assert "<bdi>far,</bdi>" in moderator.get(path).text
    assert moderator.post(path, word=["2", "4", "x"]).status_code == 303
    assert "<bdi>far,</bdi>" not in moderator.get(path).text


def test_a_guardian_reads_flags_and_gives_them_an_outcome(hub: Hub) -> None:
    moderator = open_texts(hub)
    one = alike(moderator.get(QUEUE).text)[2]
    moderator.post(f"{AT}/texts/{one}", question="why", state="fine", **{f"danger-{one}": "1"})
    guardian, waits = hub.inside("guardian"), "Flags without an outcome: "
    for path in ("/office/", "/office/consultations/safety"):
        assert waits in guardian.get(path).text
        assert waits not in moderator.get(path).text
    (flag, *_) = re.findall(r'id="flag-(\d+)"', guardian.get(FLAGS).text)
    close = f"{FLAGS}/{flag}/close"
    refused = guardian.post(close, outcome="rang 0803 456 7890")
    assert refused.status_code == 400
    assert refused.text.count("rang 0803 456 7890</textarea>") == 1
    assert guardian.post(close, outcome="The line for help was told", incident="0").status_code == 303
    assert "The line for help was told" in guardian.get(FLAGS).text
    assert guardian.post(close, outcome="again").status_code == 400


def test_a_flagged_text_stays_ticked(hub: Hub) -> None:
    moderator = open_texts(hub)
    one = alike(moderator.get(QUEUE).text)[3]
    moderator.post(f"{AT}/texts/{one}", question="why", state="wait", **{f"danger-{one}": "1"})
    shown = moderator.get(QUEUE).text.partition(f'id="text-{one}"')[2].partition("</section>")[0]
    assert f'name="danger-{one}" value="1" checked' in shown


def test_early_warnings_come_in_by_two(hub: Hub) -> None:
    guardian = hub.inside("guardian")
    guardian.get(FLAGS)
    assert guardian.post(f"{FLAGS}/take").status_code == 400
    assert "Another person has to approve" in guardian.post(f"{FLAGS}/ask").text
    (waits,) = [each for each in hub.house.store.read(lambda view: view.approvals()) if each.kind == "annex"]
    approving.approve(hub.house, waits.id, hub.people["facilitator"].id, int(time.time()))
    guardian.get(FLAGS)
    assert guardian.post(f"{FLAGS}/take").status_code == 303


def test_an_answer_is_written_approved_by_another_and_sent(hub: Hub) -> None:
    moderator = open_texts(hub)
    one, answers = asks_id(hub, moderator), f"{AT}/answers"
    moderator.post(f"{AT}/texts/{one}", question="why", state="fine", **{f"asks-{one}": "1"})
    assert ASKS in moderator.get(answers).text
    assert f"<bdi>{example('safety').referral['en']}</bdi>" in moderator.get(answers).text  # it may stand there
    words = {f"text-{tag}": ANSWER for tag in example("safety").languages}
    refused = moderator.post(answers, text=one, **(words | {"text-en": "ring 0803 456 7890"}))
    assert refused.status_code == 400
    assert "ring 0803 456 7890</textarea>" in refused.text  # what was typed and chosen is not lost
    assert f'value="{one}" checked' in refused.text
    assert moderator.post(answers, text=one, **words).status_code == 303
    shown = moderator.get(answers).text
    assert "Asked by &lt;10 people." in shown
    assert "/1/approve" not in shown  # her own
    assert moderator.post(f"{answers}/1/approve").status_code == 400
    second = hub.inside("second")
    second.get(answers)
    assert second.post(f"{answers}/1/approve").status_code == 303
    assert second.post(f"{answers}/1/send").status_code == 303
    assert "Whoever can be told was told." not in second.get(answers).text  # it may wait for her safe hours
    assert "No answer goes to &lt;10 of them" in second.get(answers).text


def test_a_paraphrase_that_is_refused_stays_typed(hub: Hub) -> None:
    moderator = open_texts(hub)
    made = coding.scheme(scheme(), betrays)
    found = batches.texts(hub.house, "safety", "why", page=batches.ALL)
    texts = [{"MessageID": each.message, "Text": each.text} for each in found]
    read = themes.Coding(made, coding.labels(coded(texts), made))
    themes.keep(hub.house, "safety", "why", read, day=20_800, by="account 1")
    words = {f"text-{tag}": "ring 0803 456 7890" for tag in example("safety").languages}
    refused = moderator.post(f"{AT}/paraphrases", theme="why code-water", **words)
    assert refused.status_code == 400
    assert "ring 0803 456 7890</textarea>" in refused.text
    assert 'value="why code-water" selected' in refused.text


def test_another_consultation_s_texts_flags_and_answers_are_not_there(hub: Hub) -> None:
    one = alike(open_texts(hub).get(QUEUE).text)[0]
    other = joined(hub.house, "Elsewhere", "moderator", "pulse", int(time.time()) - LONG_AGO)
    hub.people["elsewhere"] = other
    outsider = hub.inside("elsewhere")
    for path in (AT, QUEUE, f"{AT}/texts/{one}/words", f"{AT}/answers", f"{AT}/paraphrases", FLAGS):
        assert outsider.get(path).status_code == 404
    outsider.get("/office/moderation/pulse")
    for path in (f"texts/{one}", f"texts/{one}/words", "answers/1/approve", "answers/1/send", "paraphrases/1/approve"):
        assert outsider.post(f"/office/moderation/pulse/{path}", state="held", word="1").status_code == 400
        assert outsider.post(f"{AT}/{path}", state="held", word="1").status_code == 404
    assert outsider.get(f"/office/moderation/pulse/texts/{one}/words").status_code == 400


def test_a_list_of_words_from_an_older_page_adds_to_what_is_listed(hub: Hub) -> None:
    moderator, words = hub.inside("moderator"), f"{AT}/words"
    (base,) = re.findall(r'name="base" value="(\w+)"', moderator.get(AT).text)
    before = listing.words(hub.house, "safety")
    for word in ("aaa", "bbb"):
        assert moderator.post(words, words=" ".join([*before, word]), base=base).status_code == 200
    assert {*before, "aaa", "bbb"} == set(listing.words(hub.house, "safety"))
    many = " ".join(f"w{n:x}" for n in range(listing.MOST))
    assert moderator.post(words, words=many, base=base).status_code == 413


@pytest.mark.parametrize("number", [str(2**62 + 1), str(2**63), "9" * 5000])
def test_a_number_that_no_store_can_hold_is_a_page_that_is_not_there(hub: Hub, number: str) -> None:
    moderator = hub.inside("moderator")
    moderator.get(AT)
    for path in (f"texts/{number}", f"answers/{number}/approve", f"answers/{number}/send"):
        assert moderator.post(f"{AT}/{path}", state="fine").status_code == 404
    assert moderator.post(f"{AT}/paraphrases/{number}/approve").status_code == 404
    assert moderator.get(f"{AT}/texts/{number}/words").status_code == 404
    assert moderator.get(f"{AT}/texts/{2**62}/words").status_code == 400  # it is asked for, and is not there


def test_a_form_of_another_visit_changes_nothing(hub: Hub) -> None:
    moderator = open_texts(hub)
    one = alike(moderator.get(QUEUE).text)[0]
    moderator.mark = "x"
    assert moderator.post(f"{AT}/texts/{one}", question="why", state="held").status_code == 400
    assert one in ids(moderator.get(QUEUE).text)


@pytest.mark.parametrize("role", ["administrator", "facilitator", "producer", "mediator", "representative", "guardian"])
def test_nobody_else_moderates(hub: Hub, role: str) -> None:
    visitor = hub.inside(role)
    for path in (AT, QUEUE, f"{AT}/answers", f"{AT}/paraphrases"):
        assert visitor.get(path).status_code == 404


def test_a_moderator_asks_for_texts_and_for_nothing_else(hub: Hub) -> None:
    moderator = hub.inside("moderator")
    assert moderator.post("/office/approvals/ask", kind="rows", consultation="safety").status_code == 404
    person: Person = hub.people["moderator"]
    for kind in ("rows", "retire", "kit", "annex"):
        with pytest.raises(NotAllowed):
            approving.ask(hub.house, kind, "safety", person.id, int(time.time()))


def test_pages_are_light_in_every_language(hub: Hub) -> None:
    moderator = open_texts(hub)
    for tag in ("en", "fr", "ar"):
        for path in (AT, QUEUE, f"{AT}/answers", f"{AT}/paraphrases"):
            page = moderator.get(f"{path}?lang={tag}")
            assert page.status_code == 200
            assert len(gzip.compress(page.data)) <= 5 * 1024


def test_a_text_left_for_another_is_not_shown_again_to_her_alone(hub: Hub) -> None:
    moderator = open_texts(hub)
    one = alike(moderator.get(QUEUE).text)[0]
    assert moderator.post(f"{AT}/texts/{one}", question="why", state="leave").status_code == 303
    page = moderator.get(f"{QUEUE}?lang=en").text
    assert one not in ids(page)
    assert "What you left for another is not shown to you." in page
    assert one in ids(moderator.get(f"{QUEUE}?leave=1").text)
    assert one in ids(hub.inside("second").get(QUEUE).text)
    second = hub.inside("second")
    second.get(QUEUE)
    assert second.post(f"{AT}/texts/{one}", question="why", state="fine").status_code == 303
    assert "What you left for another" not in moderator.get(f"{QUEUE}?lang=en").text


def test_the_rest_of_a_page_is_called_fine_with_one_press_and_each_is_decided(hub: Hub) -> None:
    moderator = open_texts(hub)
    shown = ids(moderator.get(QUEUE).text)
    assert len(shown) > 1
    trail = [what for _, _, what, _ in hub.house.store.read(lambda view: view.audit())]
    form = {"text": shown, "from": "wait", f"danger-{shown[0]}": "1"}
    assert moderator.post(f"{QUEUE}/fine", **form).status_code == 303
    fine = [each.id for each in batches.texts(hub.house, "safety", "why", "fine", batches.ALL)]
    assert {int(each) for each in shown} <= set(fine)
    assert int(shown[0]) in flags.flagged(hub.house, "safety")
    new = [what for _, _, what, _ in hub.house.store.read(lambda view: view.audit())][len(trail) :]
    assert sum(": fine" in what for what in new) == len(shown)
    late = moderator.post(f"{QUEUE}/fine?lang=en", **{"from": "held"}, text=shown)
    assert late.status_code == 303  # they are fine already: nothing to do
    assert "Some were not called fine" in moderator.post(f"{QUEUE}/fine?lang=en", text=[str(2**40)]).text
