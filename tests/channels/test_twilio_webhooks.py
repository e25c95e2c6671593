"""Only Twilio is heard, and only what it said. Twilio's own library is the oracle for signatures."""

from __future__ import annotations

import re
from base64 import b64encode
from hashlib import sha1
from hmac import digest
from urllib.parse import quote_plus, urlencode

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from twilio.request_validator import RequestValidator

from channels.providers.twilio import LARGEST, form, sign, state, verdict, verified
from consult.channel import Delivery, Refused, Request
from tests.conftest import many

ACCOUNT, TOKEN = "AC" + "1" * 32, "12345"
URL = "https://consult.example.org/hooks/sms/twilio"
NEEDED = ("AccountSid", "MessageSid", "From", "To", "Body")
SID = "SM" + "a" * 32
GOOD = {
    "ToCountry": "US", "ToState": "CA", "SmsMessageSid": SID, "NumMedia": "0", "ToCity": "", "FromZip": "94304",
    "SmsSid": SID, "FromState": "CA", "SmsStatus": "received", "FromCity": "PALO ALTO", "Body": "1",
    "FromCountry": "US", "To": "+16507275900", "ToZip": "", "NumSegments": "1", "MessageSid": SID,
    "AccountSid": ACCOUNT, "From": "+237650000001", "ApiVersion": "2010-04-01",
}  # fmt: skip

Pairs = list[tuple[str, str]]


def request(fields: Pairs | dict[str, str], url: str = URL, signature: str | None = None, **headers: str) -> Request:
    """A request signed as Twilio would have signed these very fields."""
    pairs = list(fields.items()) if isinstance(fields, dict) else fields
    signed = sign(url, [(name.encode(), value.encode()) for name, value in pairs], TOKEN).decode()
    given = {"x-twilio-signature": signed if signature is None else signature} | headers
    return Request("POST", url, given, urlencode(pairs).encode())


def refusal(wanted: Request) -> int:
    with pytest.raises(Refused) as refused:
        form(wanted, TOKEN, ACCOUNT, NEEDED)
    assert "+237" not in str(refused.value)
    return refused.value.status


def test_a_genuine_message_is_taken_whole() -> None:
    assert form(request(GOOD), TOKEN, ACCOUNT, NEEDED) == GOOD


# ---- signatures

CALL = {
    "CallSid": "CA1234567890ABCDE", "Digits": "1234", "From": "+14158675309", "To": "+18005551212",
    "Caller": "+14158675309",
}  # fmt: skip
GOLDEN_URL = "https://mycompany.com/myapp.php?foo=1&bar=2"


@pytest.mark.parametrize(
    ("url", "pairs", "signature"),
    [
        (GOLDEN_URL, list(CALL.items()), "RSOYDt4T1cUTdK1PDd93/VVr8B8="),
        (
            GOLDEN_URL,
            [("Sid", "CA123"), ("SidAccount", "AC123"), ("Digits", "5678"), ("Digits", "1234"), ("Digits", "1234")],
            "IK+Dwps556ElfBT0I3Rgjkr1wJU=",
        ),
        (GOLDEN_URL.replace(".com", ".com:443"), list(CALL.items()), "kvajT1Ptam85bY51eRf/AJRuM3w="),
        (
            GOLDEN_URL.replace("https", "http").replace(".com", ".com:80"),
            list(CALL.items()),
            "0ZXoZLH/DfblKGATFgpif+LLRf4=",
        ),
        (
            GOLDEN_URL.replace("https", "http").replace(".com", ".com:1234"),
            list(CALL.items()),
            "Zmvh+3yNM1Phv2jhDCwEM3q5ebU=",
        ),
    ],
)
def test_signatures_of_twilios_own_tests(url: str, pairs: Pairs, signature: str) -> None:
    assert sign(url, [(name.encode(), value.encode()) for name, value in pairs], TOKEN).decode() == signature
    assert verified(request(pairs, url, signature), TOKEN)


names = st.from_regex(re.compile(r"[A-Za-z][A-Za-z0-9]{0,12}", re.ASCII), fullmatch=True)
texts = st.text(st.characters(codec="utf-8"), max_size=30)


@given(st.dictionaries(names, texts, max_size=12), st.text(st.characters(codec="utf-8", exclude_categories=["Cc"])))
def test_signatures_agree_with_twilios_library(fields: dict[str, str], token: str) -> None:
    ours = sign(URL, [(name.encode(), value.encode()) for name, value in fields.items()], token).decode()
    assert RequestValidator(token).validate(URL, fields, ours)


@pytest.mark.parametrize("given", ["", "x", "é", "\x00", "\udce9", "RSOYDt4T1cUTdK1PDd93/VVr8B8=", " ", "=" * 5000])
def test_a_bad_signature_is_not_authentic(given: str) -> None:
    assert refusal(request(GOOD, signature=given)) == 403


def test_a_missing_signature_is_not_authentic() -> None:
    assert refusal(Request("POST", URL, {}, urlencode(GOOD).encode())) == 403


def test_every_field_received_is_signed() -> None:
    genuine = request(GOOD)
    for extra in (b"&Body2=x", b"&Invented=1", b"&Body=1&x=", b"&=1"):
        tampered = Request("POST", URL, genuine.headers, genuine.body + extra)
        assert refusal(tampered) == 403


@pytest.mark.parametrize("url", [URL + "/", URL + "?id=1", URL.replace("https", "http"), URL.upper()])
def test_the_address_is_signed(url: str) -> None:
    genuine = request(GOOD)
    assert refusal(Request("POST", url, genuine.headers, genuine.body)) == 403


@pytest.mark.parametrize(
    ("ours", "twilios"),
    [
        ("https://a.example/x?y=1", "https://a.example:443/x?y=1"),
        ("https://a.example:8443/x", "https://a.example/x"),
        ("http://[::1]:8080/x", "http://[::1]/x"),
        ("http://[::1]/x", "http://[::1]:80/x"),
    ],
)
def test_twilio_may_add_or_leave_out_the_port(ours: str, twilios: str) -> None:
    there = request(GOOD, twilios)
    assert form(Request("POST", ours, there.headers, there.body), TOKEN, ACCOUNT, NEEDED) == GOOD


def test_a_shared_key_signature_is_refused_with_the_cure() -> None:
    shared = request(GOOD, **{"x-twilio-webhooks-signature-settings": "key=webhooks_sharedkey_1,algorithm=HMAC_SHA256"})
    with pytest.raises(Refused, match="auth token") as refused:
        form(shared, TOKEN, ACCOUNT, NEEDED)
    assert refused.value.status == 403


def test_the_largest_body() -> None:
    assert refusal(Request("POST", URL, {}, b"a" * (LARGEST + 1))) == 413
    assert refusal(Request("POST", URL, {}, b"a" * LARGEST)) == 403
    assert refusal(Request("POST", URL, {}, b"a&" * 200)) == 400


# ---- the schema


@pytest.mark.parametrize("name", NEEDED)
def test_what_is_needed_must_be_there(name: str) -> None:
    assert refusal(request({key: value for key, value in GOOD.items() if key != name})) == 400


@pytest.mark.parametrize("name", sorted(GOOD))
def test_no_field_is_repeated(name: str) -> None:
    for value in (GOOD[name], GOOD[name] + "2"):
        assert refusal(request([*GOOD.items(), (name, value)])) == 400


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("From", ""), ("From", "237650000001x"), ("From", " +237650000001"), ("From", "+237650000001\n"),
        ("From", "AIRTEL"), ("From", "whatsapp:+237650000001"), ("From", "+2379999From+237650000001"),
        ("From", "+٢٣٧٦٥٠٠٠٠٠٠١"), ("To", ""), ("To", "x"), ("MessageSid", "SM" + "A" * 32),
        ("MessageSid", SID + "0"), ("MessageSid", "XX" + "a" * 32), ("AccountSid", "AC" + "2" * 32),
        ("AccountSid", ""), ("NumSegments", "many"), ("NumSegments", "1OptOutTypeSTOP"), ("ApiVersion", "2011"),
        ("FromZip", "From12345"), ("FromCity", "From+2379999"), ("FromCity", "x" * 65), ("ToCity", "Body"),
        ("OptOutType", "MAYBE"), ("MediaUrl0", "http://x"), ("MediaUrl0", "https://x/From+237650000001"),
        ("MediaContentType0", "<b>"), ("Bad Name", "1"), ("1", "1"), ("", "1"), ("é", "1"), ("A" * 65, "1"),
    ],
)  # fmt: skip
def test_a_malformed_field_is_refused(name: str, value: str) -> None:
    assert refusal(request(GOOD | {name: value})) == 400


@pytest.mark.parametrize(
    "more",
    [
        {"FromCarrier": "MTN"}, {"body": "x"}, {"NewBrand": "anything + 1"},
        {"Zeta": ""}, {"ToChannelAddress": "+237***"},
        {"MessagingServiceSid": "MG" + "0" * 32}, {"OptOutType": "STOP"}, {"From": "32665"},
        {"MediaUrl0": "https://api.twilio.com/2010-04-01/Accounts/AC1/Messages/MM1/Media/ME1",
         "MediaContentType0": "image/svg+xml"},
    ],
)  # fmt: skip
def test_twilio_may_add_fields_without_notice(more: dict[str, str]) -> None:
    assert form(request(GOOD | more), TOKEN, ACCOUNT, NEEDED) == GOOD | more


@pytest.mark.parametrize(
    "text",
    [
        "1From+2379999", "1From+2379999FromAxx", "1From+2379999FromCity", "1From12345FromZip", "xBody1From+2379",
        "1From+2379999Gx", "From", "To+2379999", "1From+2379999MediaUrl0https://x/", "=&%&=From", "MessageSid" + SID,
    ],
)  # fmt: skip
def test_her_text_may_say_anything(text: str) -> None:
    assert form(request(GOOD | {"Body": text}), TOKEN, ACCOUNT, NEEDED)["Body"] == text


@pytest.mark.parametrize(
    ("text", "forged"),
    [
        ("1From+2379999", {"Body": "1", "From": "+2379999From+237650000001"}),
        ("1From+2379999FromAxx", {"Body": "1", "From": "+2379999", "FromA": "xxFrom+237650000001"}),
        ("1From+2379999FromA", {"Body": "1", "From": "+2379999", "FromAFrom": "+237650000001"}),
        ("1From+2379999Gx", {"Body": "1", "From": "+2379999", "Gx": "From+237650000001"}),
        ("xBody1", {"B": "odyx", "Body": "1"}),
        ("1 DO NOT", {"Body": "1 ", "DO": " NOT"}),
        ("2ButtonTextx", {"Body": "2", "ButtonText": "x"}),
        ("2ButtonPayloadx", {"Body": "2", "ButtonPayload": "x"}),
        ('2ChannelMetadata{"type": "sms"}', {"Body": "2", "ChannelMetadata": '{"type": "sms"}'}),
        ("1ErrorCode7", {"Body": "1", "ErrorCode": "7"}),
        ("1ErrorCode", {"Body": "1", "ErrorCode": ""}),
        ("1BodyB2", {"Bod": "y1", "Body": "B2"}),
    ],
)
def test_a_request_cut_up_under_a_captured_signature_is_refused(text: str, forged: dict[str, str]) -> None:
    plain = {name: value for name, value in GOOD.items() if not name.startswith(("FromC", "FromS", "FromZ"))}
    captured = request(plain | {"Body": text})
    pairs = {name: value for name, value in plain.items() if name != "Body"} | forged
    tried = Request("POST", URL, captured.headers, urlencode(pairs).encode())
    assert verified(tried, TOKEN)  # the signature itself sees no difference: only the schema does
    assert refusal(tried) == 400


FAKED = ["From+2379999", "From12345", "Body2", "OptOutTypeSTOP", "To+1222", f"MessageSidSM{'b' * 32}"]
HIDING = ["FromA", "FromCity", "FromZip", "Gx", "MediaUrl0https://x/", "NumMedia", "ToCity", "Z", "B", "FromB12"]
LEADS, ENDS = st.sampled_from(["", "1", "x"]), st.sampled_from(["x", "0", " "])
TEMPTING = st.tuples(LEADS, st.sampled_from(FAKED), st.sampled_from(["", "2C", *HIDING]), ENDS).map("".join)


@settings(max_examples=many(500))
@given(TEMPTING, st.data())
def test_however_it_is_cut_up_nobody_else_speaks(text: str, data: st.DataObject) -> None:
    """Cut the signed string of a genuine message anew; what passes names the same person, text and message."""
    genuine = {"AccountSid": ACCOUNT, "Body": text, "From": "+237650000001", "MessageSid": SID, "To": "32665"}
    signed = "".join(name + value for name, value in sorted(genuine.items()))
    joints = [found.start() for found in re.finditer(r"[A-Z]", signed)]
    needed = {0, signed.index("Body"), signed.index("From"), signed.rindex("MessageSid"), signed.rindex("To")}
    cuts = sorted(needed | set(data.draw(st.lists(st.sampled_from(joints), max_size=2, unique=True))))
    pieces = [signed[start:end] for start, end in zip(cuts, [*cuts[1:], len(signed)], strict=True)]
    pairs = [_name_and_value(piece, data) for piece in pieces]
    tried = request(pairs)
    try:
        fields = form(tried, TOKEN, ACCOUNT, NEEDED)
    except Refused:
        return
    if tried.headers["x-twilio-signature"] == request(genuine).headers["x-twilio-signature"]:
        assert [fields[name] for name in NEEDED] == [genuine[name] for name in NEEDED]


def _name_and_value(piece: str, data: st.DataObject) -> tuple[str, str]:
    known = [len(name) for name in (*GOOD, "OptOutType", "MediaUrl0") if piece.startswith(name)]
    at = data.draw(st.sampled_from(known or range(1, min(len(piece), 9) + 1)))
    return piece[:at], piece[at:]


# ---- broken text


@pytest.mark.parametrize(
    ("raw", "clean"),
    [
        (b"%ff%fe", "\ufffd\ufffd"),
        (b"%ED%A0%80", "\ufffd\ufffd\ufffd"),  # a lone surrogate
        (b"a%00b", "ab"),
        (b"1%0A2%092", "1\n2\t2"),
        (b"%C2%9B31m", "31m"),
        (b"+1+", " 1 "),
        (quote_plus("٣ ✅").encode(), "٣ ✅"),
        (b"%zz", "%zz"),
    ],
)
def test_broken_text_is_cleaned_not_refused(raw: bytes, clean: str) -> None:
    others = urlencode({name: value for name, value in GOOD.items() if name != "Body"}).encode()
    body = others + b"&Body=" + raw
    from channels.providers.twilio import _fields  # what Twilio signs: the bytes it sent

    for seen in (list(_fields(body)), [(n, v.decode("utf-8", "replace").encode()) for n, v in _fields(body)]):
        told = Request("POST", URL, {"x-twilio-signature": sign(URL, seen, TOKEN).decode()}, body)
        assert form(told, TOKEN, ACCOUNT, NEEDED)["Body"] == clean


@given(st.binary(max_size=300), st.binary(max_size=40))
def test_nothing_posted_brings_it_down(body: bytes, signature: bytes) -> None:
    genuine = b64encode(digest(TOKEN.encode(), URL.encode() + body, sha1)).decode()
    for given_ in (signature.decode("latin-1"), genuine):
        with pytest.raises(Refused):
            form(Request("POST", URL, {"x-twilio-signature": given_}, body), TOKEN, ACCOUNT, NEEDED)


# ---- statuses and codes


def test_statuses_climb_the_ladder() -> None:
    ladder = [state(each) for each in ("queued", "accepted", "sending", "sent", "delivered", "undelivered", "brandnew")]
    accepted = Delivery.ACCEPTED
    assert ladder == [accepted, accepted, accepted, Delivery.SENT, Delivery.DELIVERED, Delivery.FAILED, accepted]


@pytest.mark.parametrize(
    ("codes", "asks"),
    [
        ((21610,), "opt_out"), ((21211, 21614, 30005, 30006), "dead"), ((30007, 30034, 30032, 20003), "halt"),
        ((20429, 30001, 30003, 30008, 30410), "retry"), ((0, 1, 21617, 99999), ""),
    ],
)  # fmt: skip
def test_each_code_asks_one_thing(codes: tuple[int, ...], asks: str) -> None:
    for code in codes:
        assert [name for name, asked in verdict(code).items() if asked] == ([asks] if asks else [])
