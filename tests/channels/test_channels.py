"""What is there is opened, what is not configured is not, and no carrier goes without cases."""

from __future__ import annotations

from pathlib import Path

import pytest

from channels import open_channels, open_terminal
from channels.sms import carrier_names
from consult.channel import Carrier, Delivery, Owed, Refused, Request, Text
from consult.config import BadSetting, Settings
from consult.prompts import Choice, Pick

TWILIO = Settings(
    twilio_account_sid="AC" + "1" * 32, twilio_auth_token="token-of-the-tests", twilio_from="+15005550006"
)

AFRICASTALKING = Settings(
    africastalking_username="sandbox", africastalking_key="key-of-the-tests", africastalking_from="22384",
    africastalking_secret="Zq3v9-Kd81_xYw72LmNopQ", africastalking_allow="192.0.2.7",
)  # fmt: skip
DESCRIBED = Settings(http_sms=Path(__file__).parent / "provider.toml")


@pytest.mark.parametrize("carrier", carrier_names())
def test_every_carrier_has_cases(carrier: str) -> None:
    cases = Path(__file__).parent / "carriers" / f"test_{carrier}.py"
    assert cases.is_file(), f"write {cases.name}: a carrier without cases is not shipped"
    assert cases.read_text().count("\ndef test_") >= 10


def test_there_are_carriers_to_open() -> None:
    assert {"simulator", "twilio"} <= set(carrier_names())


@pytest.mark.parametrize(
    ("settings", "carriers"),
    [
        (Settings(), []),
        (Settings(demo=True), ["simulator"]),
        (TWILIO, ["twilio"]),
        (AFRICASTALKING, ["africastalking"]),
        (DESCRIBED, ["http"]),
    ],
)
def test_channels_are_opened_with_what_is_configured(settings: Settings, carriers: list[str]) -> None:
    opened = open_channels(settings)
    assert list(opened) == ["sms", "ussd", "voice"]
    assert sorted(opened["sms"].carriers) == carriers
    assert all(isinstance(each, Carrier) for each in opened["sms"].carriers.values())


def test_half_a_configuration_opens_nothing() -> None:
    with pytest.raises(BadSetting, match="CONSULT_TWILIO_AUTH_TOKEN is missing"):
        open_channels(Settings(twilio_account_sid="AC" + "1" * 32, twilio_from="+15005550006"))


def test_a_terminal_shows_the_channels_messages_and_hears_lines() -> None:
    shown: list[str] = []
    sms = open_channels(Settings())["sms"]
    terminal = open_terminal(sms, shown.append)
    assert isinstance(terminal, Carrier)
    yes_no = (Choice("1", "yes", "نعم"), Choice("2", "no", "لا"))
    prompt = Pick(name="q", text="هل توافقين؟", locale="ar", choices=yes_no)
    owed = Owed(3, "+12025550100", "+12025550101", sms.render([prompt])[0])
    receipt = terminal.send(owed, "")
    assert (receipt.state, receipt.segments) == (Delivery.DELIVERED, 1)
    lines = [f"| \u2068{line}\u2069" for line in ("هل توافقين؟", "1 نعم", "2 لا")]
    assert shown == ["\n".join([".-", *lines, "'- 1 x UCS-2\u2068 ه\u2069 22/70"])]
    assert terminal.find(owed, 0) == receipt
    heard = terminal.says("1", "line-1", 9)
    assert (heard.channel, heard.carrier, heard.said, heard.ref) == ("sms", "console", Text("1"), "line-1")
    assert list(terminal.missed(0)) == []
    for call in (terminal.receive, terminal.report):
        with pytest.raises(Refused):
            call(Request("POST", "/", {}, b""), 0)
