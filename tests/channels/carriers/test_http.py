"""The carrier a file describes: over a real socket, by the very examples of docs/aggregators.md."""

from __future__ import annotations

import json
import logging
import re
import socket
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlencode

import pytest
from hypothesis import given as drawn
from hypothesis import strategies as st

from channels.providers import wire
from channels.providers.filled import Unreadable, fill, found, parsed
from channels.sms.carriers.http import Http, open_carrier
from consult.channel import Carrier, Delivery, Owed, Receipt, Refused, Request, SendFailed, Text, UnsignedCarrier
from consult.config import BadSetting, Settings
from tests.fakes import provider as fake
from tests.fakes.provider import Act, Call, Provider

DOCS = Path(__file__).parents[3] / "docs" / "aggregators.md"
JSON, QUERY = re.findall(r"```toml\n(.*?)```", DOCS.read_text(encoding="utf-8"), re.DOTALL)
HER, OURS, THEIRS = "+254711000001", "22384", "192.0.2.7"
KEY, SECRET = "key-of-the-tests", "Zq3v9-Kd81_xYw72LmNopQ"
HOOKS = "https://consult.example.org/hooks/sms/http"
OWED = Owed(7, OURS, HER, 'Do you agree?\n1 {key} "La" & 2 +')
AT = 1_795_200_000  # 2026-11-20 18:40 UTC


def told(call: Call, n: int) -> bytes:
    if call.method == "GET":
        return f"OK: {n}\n".encode()
    return json.dumps({"messages": [{"messageId": f"m-{n}", "status": "ok"}]}).encode()


@pytest.fixture
def server() -> Iterator[Provider]:
    with Provider(told) as running:
        yield running


@pytest.fixture
def opened(tmp_path: Path, server: Provider) -> Callable[..., Http]:
    """A carrier by this text, speaking to the server."""

    def open_(text: str = JSON, *changes: tuple[str, str], url: str = "") -> Http:
        for old, new in changes:
            assert old in text
            text = text.replace(old, new)
        return opening(tmp_path, text.replace("https://sms.example.net", url or server.url))

    return open_


def opening(folder: Path, text: str | bytes, **more: object) -> Http:
    (folder / "provider-key").write_text(KEY + "\n")
    (folder / "provider-hook").write_text(SECRET + "\n")
    file = folder / "provider.toml"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    carrier = open_carrier(Settings(http_sms=file, **more))
    assert carrier is not None
    return carrier


# ---- opening


def test_it_is_opened_only_when_a_file_is_named(tmp_path: Path) -> None:
    assert open_carrier(Settings()) is None
    carrier = opening(tmp_path, JSON)
    assert isinstance(carrier, Carrier)
    assert isinstance(carrier, UnsignedCarrier)
    assert (carrier.name, list(carrier.ours), carrier.pace, carrier.can_find) == ("http", [OURS], 5.0, False)
    for secret in (KEY, SECRET, "ngo-17"):
        assert secret not in repr(carrier._described)


def test_both_examples_of_the_documentation_can_be_used(tmp_path: Path) -> None:
    for example in (JSON, QUERY):
        opening(tmp_path, example)


@pytest.mark.parametrize(
    ("old", "new", "faults"),
    [
        ('ours = ["22384"]', 'ours = ["NGO"]', ["line 1: our 1: 'NGO' cannot be used here"]),
        ('ours = ["22384"]', "", ["line 1: ours is missing; write ours = ..."]),
        ('secret = "{hook}"', 'secret = "abc"', ["line 2: secret: must be at least 22 random letters"]),
        ('secret = "{hook}"', 'secret = "{hok}"', ["line 2: secret: {hok} is not known here; did you mean 'hook'?"]),
        ('"198.51.100.0/24"', '"198.51.100.7/24"', ["line 3: allow: '198.51.100.7/24' must look like"]),
        ("allow = [", "allow = [] #[", ["line 3: allow: must be a list"]),
        ("pace = 5", "pace = 0", ["line 4: pace: must be segments a second"]),
        ("pace = 5", "paces = 5", ["line 4: paces: 'paces' is not a key here; did you mean 'pace'?"]),
        ('key = "provider-key"', 'key = "elsewhere"', ["files, key: cannot be read"]),
        ('account = "ngo-17"', 'account = "ngo-17"\nto = "x"', ["values, to: 'to' has a meaning already"]),
        ("https://sms.example.net", "http://sms.example.net", ["send, url: must begin with https://"]),
        ("https://sms.example.net", "file:///etc", ["send, url: must begin with https://"]),
        ("https://sms", "https://me:pw@sms", ["send, url: is no plain address"]),
        ("/{account}/", "/{to}/", ["send, url: {to} is not known here"]),
        ('method = "POST"', 'method = "SEND"', ["send, method: 'SEND' is not known here; use one of: POST, GET, PUT"]),
        ('method = "POST"', 'method = "GET"', ["send, body: has no place in such a request"]),
        ('format = "json"  ', 'format = "form"', ["send, body: a form holds texts only"]),
        ('"Bearer {key}"', '"Bearer {text}"', ["send, headers, Authorization: {text} is not known here"]),
        ('"Bearer {key}"', '"Bearer é"', ["send, headers, Authorization: holds a sign that headers cannot"]),
        ('text = "{text}"', 'text = "{txt}"', ["{txt} is not known here; did you mean 'text'?"]),
        ('text = "{text}"', 'text = "x"', ["send: {text} is sent nowhere"]),
        ("dryRun = false", "dryRun = 2027-01-01", ["send, body, dryRun: cannot be sent"]),
        ('id = "messages.0.messageId"', 'id = "messages[0].id"', ["send, id: 'messages[0].id' is no path"]),
        ('ok = "accepted"', 'ok = "fine"', ["send, codes, ok: 'fine' is not known here", "no code means accepted"]),
        ('"402" = "halt"', '"4xx" = "halt"', ["send, statuses, 4xx: '4xx' cannot be used here"]),
        ('from = "sender.number"', "", ["[inbound]", "from is missing"]),
        ('id = "messageId"\nfrom', "from", []),
        ('zone = "Africa/Nairobi"', 'zone = "Africa/Atlantis"', ["inbound, zone: 'Africa/Atlantis' is no time zone"]),
        ('date_format = "%d/%m/%Y %H:%M:%S"', 'date_format = "day"', ["inbound, date_format: 'day' is no format"]),
        ('DELIVRD = "delivered"', 'DELIVRD = "arrived"', ["report, words, DELIVRD: 'arrived' is not known here"]),
        ('reference = "{id}"', 'reference = "x"', ["report, ours: our identifier is sent nowhere"]),
        ("[inbound] ", "[inbound", ["is not TOML"]),
        ("pace = 5", "pace = " + "[" * 40 + "]" * 40, ["line 4: is nested too deeply"]),
    ],
)  # fmt: skip
def test_every_fault_is_named_with_its_place_and_cure(tmp_path: Path, old: str, new: str, faults: list[str]) -> None:
    assert old in JSON
    text = JSON.replace(old, new, 1)
    if not faults:
        opening(tmp_path, text)
        return
    with pytest.raises(BadSetting) as bad:
        opening(tmp_path, text)
    said = str(bad.value)
    assert said.startswith("CONSULT_HTTP_SMS: provider.toml cannot be used")
    for fault in faults:
        assert fault.strip("[]") in said
    assert said.count("; ") >= len(faults) - (1 if "[inbound]" in faults else 0)
    assert KEY not in said
    assert SECRET not in said


def test_a_date_to_the_minute_is_no_identity(tmp_path: Path) -> None:
    coarse = JSON.replace('id = "messageId"\n', "", 1).replace("%d/%m/%Y %H:%M:%S", "%d/%m/%Y %H:%M", 1)
    with pytest.raises(BadSetting, match="inbound, date_format: two messages of one minute"):
        opening(tmp_path, coarse)


def test_faults_are_named_all_at_once(tmp_path: Path) -> None:
    text = JSON.replace("pace = 5", "pace = 0").replace("https://sms", "http://sms").replace('"sent"', '"gone"')
    with pytest.raises(BadSetting) as bad:
        opening(tmp_path, text)
    assert str(bad.value).count("\n") == 3


@pytest.mark.parametrize("text", [b"", b"\xff\xfe", b"x" * 70_000, b"send = 1\ninbound = []", b"[[send]]"])
def test_no_file_brings_it_down(tmp_path: Path, text: bytes) -> None:
    with pytest.raises(BadSetting, match=r"^CONSULT_HTTP_SMS"):
        opening(tmp_path, text)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadSetting, match=r"cannot read .*nowhere.toml \(No such file"):
        open_carrier(Settings(http_sms=tmp_path / "nowhere.toml"))


def test_a_public_address_in_the_clear_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadSetting, match=r"^CONSULT_PUBLIC_URL"):
        opening(tmp_path, JSON, public_url="http://consult.example.org")


# ---- sending


def test_json_is_filled_leaf_by_leaf(opened: Callable[..., Http], server: Provider) -> None:
    receipt = opened().send(OWED, f"{HOOKS}/status")
    (call,) = server.taken
    assert (call.method, call.path) == ("POST", "/v2/ngo-17/messages")
    assert call.headers["authorization"] == f"Bearer {KEY}"
    assert call.json == {
        "dryRun": False,
        "messages": [
            {
                "to": HER, "from": OURS, "text": OWED.text, "type": "0", "reference": "7",
                "callback": f"{HOOKS}/status/{SECRET}",
            }
        ],
    }  # fmt: skip
    assert receipt == Receipt("m-1", Delivery.ACCEPTED, id=7)


def test_a_query_holds_every_letter(opened: Callable[..., Http], server: Provider) -> None:
    owed = Owed(8, "+254711000009", HER, "نعم & لا +1?#")
    assert opened(QUERY).send(owed, "") == Receipt("1", Delivery.ACCEPTED, id=8)
    (call,) = server.taken
    assert call.query == {"to": HER[1:], "from": "254711000009", "msg": owed.text, "mode": "unicode"}
    assert call.headers["authorization"].startswith("Basic ")
    assert (call.method, call.body) == ("GET", b"")


def test_a_form_is_a_form(opened: Callable[..., Http], server: Provider) -> None:
    form = QUERY.replace('"GET"\nurl', '"POST"\nurl').replace('format = "query"\nreply', 'format = "form"\nreply')
    opened(form, ("[send.query]", "[send.body]"), ("reply = \"text\"\nid = 'OK:? *([0-9]+)'\ncode = '^([A-Z]+)'",
           'id = "messages.0.messageId"')).send(OWED, "")  # fmt: skip
    assert server.taken[0].form["msg"] == OWED.text


def failure(call: Callable[[], object]) -> SendFailed:
    """What it raises, having made sure that it tells nobody who she is or what she was told."""
    with pytest.raises(SendFailed) as caught:
        call()
    said = "".join(traceback.format_exception(caught.value, chain=True)) + repr(caught.value.args)
    assert caught.value.__context__ is None
    for secret in (HER, HER[1:], "Do you agree", "secret-body", KEY, SECRET):
        assert secret not in said
    return caught.value


def flags(failed: SendFailed) -> set[str]:
    return {name for name in ("retry", "uncertain", "opt_out", "dead", "halt") if getattr(failed, name)}


def said(status: str, **more: object) -> bytes:
    return json.dumps({"messages": [{"messageId": "m-1", "status": status, **more}]}).encode()


@pytest.mark.parametrize(
    ("act", "expected", "taken"),
    [
        (fake.BUSY, {"retry"}, 0),
        (fake.BROKEN, {"retry", "uncertain"}, 0),
        (fake.BROKEN_AFTER, {"retry", "uncertain"}, 1),
        (fake.HTML, {"retry", "uncertain"}, 1),
        (fake.ENDLESS, {"retry", "uncertain"}, 1),
        (fake.HUNG_UP, {"retry", "uncertain"}, 1),
        (fake.AWAY, {"retry"}, 0),
        (Act(said=b"[]"), {"retry", "uncertain"}, 1),
        (Act(said=b'{"messages": [{"messageId": "m-1"}]}'), {"retry", "uncertain"}, 1),
        (Act(said=b'{"messages": [], "messages": []}'), {"retry", "uncertain"}, 1),
        (Act(said=b"[" * 60_000), {"retry", "uncertain"}, 1),
        (Act(False, 200, said("busy")), {"retry"}, 0),
        (Act(False, 200, said("barred")), {"opt_out"}, 0),
        (Act(False, 200, said("unknown-number")), {"dead"}, 0),
        (Act(False, 200, said("no-credit")), {"halt"}, 0),
        (Act(False, 200, said(HER)), {"retry", "uncertain"}, 0),
        (Act(False, 402, b""), {"halt"}, 0),
        (Act(False, 401, b""), {"halt"}, 0),
        (Act(False, 422, b""), set(), 0),
    ],
)
def test_each_failure_says_what_to_do(
    opened: Callable[..., Http], server: Provider, act: Act, expected: set[str], taken: int
) -> None:
    carrier = opened()
    server.will(act)
    failed = failure(lambda: carrier.send(OWED, ""))
    assert flags(failed) == expected
    assert failed.after == (7 if act is fake.BUSY else 0)
    assert (len(server.calls), len(server.taken)) == (1, taken)  # nothing tries again, or elsewhere, behind our back


def test_a_text_answer_that_says_no_is_no(opened: Callable[..., Http], server: Provider) -> None:
    carrier = opened(QUERY)
    server.will(Act(False, 200, b"ERR: 12"), Act(True, 200, fake.PAGE), Act(True, 200, b"OK"))
    assert flags(failure(lambda: carrier.send(OWED, ""))) == set()
    assert flags(failure(lambda: carrier.send(OWED, ""))) == {"retry", "uncertain"}
    assert carrier.send(OWED, "").ref == ""  # taken, but they gave no name


@pytest.mark.parametrize("act", [fake.SILENT, fake.DRIBBLE])
def test_silence_after_acceptance_is_uncertain(
    opened: Callable[..., Http], server: Provider, act: Act, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wire, "PATIENCE", 0.3)
    carrier = opened()
    server.will(act)
    assert flags(failure(lambda: carrier.send(OWED, ""))) == {"retry", "uncertain"}
    assert len(server.taken) == 1
    assert carrier.find(OWED, 0) is None  # nobody can be asked


def test_nobody_there_is_certain(opened: Callable[..., Http]) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        away = opened(url=f"http://127.0.0.1:{closed.getsockname()[1]}")
        assert flags(failure(lambda: away.send(OWED, ""))) == {"retry"}


def test_nothing_is_logged(opened: Callable[..., Http], server: Provider, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        opened(QUERY).send(OWED, "")
        server.will(fake.BROKEN)
        failure(lambda: opened().send(OWED, f"{HOOKS}/status"))
    for secret in ("254711000001", "agree", KEY, SECRET):
        assert secret not in caplog.text


# ---- hearing

BODY = {
    "messageId": "in-1", "sender": {"number": "254711000001"}, "recipient": OURS, "body": "1",
    "receivedAt": "20/11/2026 13:00:00",
}  # fmt: skip


def call(body: object, path: str = "", remote: str = THEIRS, method: str = "POST") -> Request:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Request(method, f"{HOOKS}{path}/{SECRET}", {}, raw, remote)


def refusal(what: Callable[[], object]) -> int:
    with pytest.raises(Refused) as refused:
        what()
    assert "254711000001" not in refused.value.why
    return refused.value.status


def test_she_is_heard(opened: Callable[..., Http]) -> None:
    heard = opened().receive(call(BODY), AT)
    assert (heard.sender, heard.ours, heard.said, heard.ref) == (HER, OURS, Text("1"), f"{OURS}:in-1")
    assert (heard.heard_at, heard.sent_at) == (AT, 1_795_168_800)


def test_she_is_heard_by_a_query_without_identifiers(opened: Callable[..., Http]) -> None:
    carrier, replies = opened(QUERY), []
    secret = "Replace_this-by_a-random_1"
    for when in (1_795_168_800, 1_795_168_800, 1_795_168_801):
        query = urlencode({"msisdn": HER[1:], "message": "Ndiyo é", "ts": when})
        replies.append(carrier.receive(Request("GET", f"{HOOKS}/{secret}?{query}", {}, b"", THEIRS), AT))
    assert {each.said for each in replies} == {Text("Ndiyo é")}
    assert replies[0].ref == replies[1].ref != replies[2].ref
    assert (replies[0].sent_at, replies[0].ours, replies[0].sender) == (1_795_168_800, "+254711000009", HER)


@pytest.mark.parametrize("when", ["", "soon", None])
def test_without_an_identifier_a_message_without_a_date_is_refused(
    opened: Callable[..., Http], when: str | None
) -> None:
    """Else her second "1" would be taken for the first one, and she would hear nothing."""
    query = urlencode({"msisdn": HER[1:], "message": "1"} | ({} if when is None else {"ts": when}))
    request = Request("GET", f"{HOOKS}/Replace_this-by_a-random_1?{query}", {}, b"", THEIRS)
    with pytest.raises(Refused) as refused:
        opened(QUERY).receive(request, AT)
    assert refused.value.status == 400


@pytest.mark.parametrize(
    ("numbers", "written", "sender"),
    [
        ("plus", HER, HER), ("plus", HER[1:], None), ("digits", HER[1:], HER), ("digits", "Safaricom", None),
        ("national", "0711000001", HER), ("national", "22384", None),
    ],
)  # fmt: skip
def test_numbers_are_written_in_three_ways(tmp_path: Path, numbers: str, written: str, sender: str | None) -> None:
    text = JSON.replace('numbers = "digits"', f'numbers = "{numbers}"')
    carrier = opening(tmp_path, text, country="KE")
    assert carrier.receive(call(BODY | {"sender": {"number": written}}), AT).sender == sender


@pytest.mark.parametrize(
    ("format", "date", "sent_at"),
    [
        ("iso", "2026-11-20T10:00:00Z", 1_795_168_800), ("iso", "2026-11-20 13:00:00", 1_795_168_800),
        ("epoch", 1_795_168_800, 1_795_168_800), ("epoch_ms", "1795168800123", 1_795_168_800),
        ("epoch", "1e400", None), ("epoch", "nan", None), ("iso", "soon", None), ("iso", "2027-01-01", None),
        ("%d/%m/%Y", "40/40/2026", None), ("iso", None, None),
    ],
)  # fmt: skip
def test_dates_that_cannot_be_read_lose_no_message(
    opened: Callable[..., Http], format: str, date: object, sent_at: int | None
) -> None:
    carrier = opened(JSON, ("%d/%m/%Y %H:%M:%S", format))
    assert carrier.receive(call(BODY | {"receivedAt": date}), AT).sent_at == sent_at


@pytest.mark.parametrize(
    "body",
    [
        BODY | {"recipient": "40404"}, BODY | {"messageId": ""}, BODY | {"messageId": "a b"}, BODY | {"body": None},
        BODY | {"body": ["1"]}, BODY | {"sender": HER}, {}, [BODY], 7, None, b"", b"\xff", b"from=1", b"[" * 60_000,
        json.dumps(BODY)[:-1].encode() + b', "body": "2"}', json.dumps(BODY).encode() + b"x", b"9" * 5000,
    ],
)  # fmt: skip
def test_another_shape_is_refused(opened: Callable[..., Http], body: object) -> None:
    assert refusal(lambda: opened().receive(call(body), AT)) == 400


def test_several_at_once_are_refused_whole(opened: Callable[..., Http]) -> None:
    paths = tuple((f'= "{path}"\n', f'= "results.0.{path}"\n') for path in ("sender.number", "recipient", "body"))
    carrier = opened(JSON, *paths, ('id = "messageId"\nfrom', 'id = "results.0.messageId"\nfrom'))
    assert carrier.receive(call({"results": [BODY]}), AT).said == Text("1")
    for many in ([BODY, BODY], []):
        assert refusal(lambda many=many: carrier.receive(call({"results": many}), AT)) == 400


def test_strangers_are_refused_before_anything_is_read(opened: Callable[..., Http]) -> None:
    carrier = opened()
    for body in (BODY, b"\xff" * 70_000):
        assert refusal(lambda body=body: carrier.receive(call(body, remote="192.0.2.8"), AT)) == 403
        assert refusal(lambda body=body: carrier.report(call(body, "/status", remote=""), AT)) == 403
        assert refusal(lambda body=body: carrier.receive(Request("POST", HOOKS, {}, b"", THEIRS), AT)) == 403
    assert refusal(lambda: carrier.receive(call(b"x" * 65_537), AT)) == 413
    assert refusal(lambda: carrier.receive(call(BODY, method="GET"), AT)) == 400


@pytest.mark.parametrize(
    ("raw", "text"), [('"a\\u0000b"', "ab"), ('"\\ud800x"', "\ufffdx"), ("12", "12"), ('"1\\n2"', "1\n2"), ('""', "")]
)
def test_broken_text_is_cleaned_not_refused(opened: Callable[..., Http], raw: str, text: str) -> None:
    body = json.dumps(BODY | {"body": "@@"}).replace('"@@"', raw).encode()
    assert opened().receive(call(body), AT).said == Text(text)


def test_they_read_what_they_want_to_read(opened: Callable[..., Http]) -> None:
    assert opened().acknowledge().body == b"OK"
    assert opened(QUERY).acknowledge().body == b""


@pytest.fixture(scope="module")
def still(tmp_path_factory: pytest.TempPathFactory) -> Http:
    return opening(tmp_path_factory.mktemp("still"), JSON)


@drawn(st.one_of(st.binary(max_size=200), st.recursive(st.none() | st.integers() | st.text(), st.lists).map(
    lambda value: json.dumps({"messageId": value, "sender": value, "body": value, "status": value}).encode()
)))  # fmt: skip
def test_nothing_posted_brings_it_down(still: Http, body: bytes) -> None:
    for take, path in ((still.receive, ""), (still.report, "/status")):
        with pytest.raises(Refused) as refused:
            take(call(body, path), AT)
        assert refused.value.status == 400


# ---- reports


@pytest.mark.parametrize(
    ("word", "receipt"),
    [
        ("SENT", {"state": Delivery.SENT}),
        ("DELIVRD", {"state": Delivery.DELIVERED}),
        ("BRANDNEW", {"state": Delivery.ACCEPTED}),
        ("EXPIRED", {"state": Delivery.FAILED, "why": "reported as retry", "retry": True}),
        ("UNDELIV", {"state": Delivery.FAILED, "why": "reported as failed"}),
        ("BLIST", {"state": Delivery.FAILED, "why": "reported as opt_out", "opt_out": True}),
    ],
)
def test_a_report_is_a_receipt(opened: Callable[..., Http], word: str, receipt: dict[str, object]) -> None:
    body = {"messageId": "m-1", "reference": "7", "status": word}
    assert opened().report(call(body, "/status"), AT) == Receipt("m-1", id=7, **receipt)


@pytest.mark.parametrize("reference", ["", "x", "-1", "9" * 19, "٣", None, True])
def test_a_report_with_an_odd_number_of_ours_is_refused(opened: Callable[..., Http], reference: object) -> None:
    body = {"messageId": "m-1", "reference": reference, "status": "SENT"}
    assert refusal(lambda: opened().report(call(body, "/status"), AT)) == 400


def test_without_a_description_there_are_no_reports(opened: Callable[..., Http]) -> None:
    secret = "Replace_this-by_a-random_1"
    asked = Request("POST", f"{HOOKS}/status/{secret}", {}, b"status=1", THEIRS)
    assert refusal(lambda: opened(QUERY).report(asked, AT)) == 404


# ---- templates and paths


@drawn(st.text(), st.text())
def test_what_is_put_in_is_not_read_again(text: str, other: str) -> None:
    assert fill(["{text}", {"a": "<{id}>"}, 3], {"text": text, "id": other}) == [text, {"a": f"<{other}>"}, 3]
    assert fill("{text}{id}", {"text": "{id}", "id": "{text}"}) == "{id}{text}"
    assert fill("{other} {} {{text}}", {"text": "x"}) == "{other} {} {x}"


@pytest.mark.parametrize(
    ("path", "value"),
    [("a.0.b", "1"), ("a.1.b", None), ("a.b", None), ("c", "true"), ("d", None), ("e", None), ("a", None)],
)
def test_paths_lead_to_what_can_be_written(path: str, value: str | None) -> None:
    assert found(parsed(b'{"a": [{"b": 1}], "c": true, "d": null}'), path) == value


@pytest.mark.parametrize("body", [b"", b"1", b'"x"', b"{", b'{"a": 1, "a": 2}', b"[" * 50_000, b"NaN"])
def test_what_is_no_json_is_unreadable(body: bytes) -> None:
    with pytest.raises(Unreadable):
        parsed(body)
