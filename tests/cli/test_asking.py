"""Asks from the command line: begun from a file, answered by two people, brought back."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import Run

TAGS = ("en", "fr", "ar", "ha", "sw", "es", "pcm", "ckb")


def words(text: str) -> str:
    return "".join(f'{tag} = "{text} {tag}"\n' for tag in TAGS)


@pytest.fixture
def asked(run: Run, hub: Path, tmp_path: Path) -> Path:
    file = tmp_path / "ask.toml"
    file.write_text(
        f'owner = "Amina"\ndue = 2026-01-31\n[texts]\n{words("Mend it")}[addressed_to]\n{words("the mayors")}'
    )
    (tmp_path / "answer.toml").write_text(f"[texts]\n{words('Yes')}")
    assert run("findings", "ask", "new", "river", file, "--who", "Amina").out == "ask 1: draft\n"
    return file


def step(run: Run, *given: str, who: str = "Amina") -> tuple[int, str]:
    ended = run("findings", "ask", given[0], "river", "1", *given[1:], "--who", who)
    return ended.code, ended.out + ended.err


def test_the_whole_way(run: Run, asked: Path) -> None:
    assert step(run, "move", "--to", "heard") == (0, "ask 1: heard\n")
    listed = run("findings", "ask", "list", "river").out
    assert "heard" in listed
    assert "Mend it en" in listed
    assert step(run, "answer", "--to", "taken_up", "--file", "answer.toml", who="Musa")[0] == 0
    assert "waits for another person" in run("findings", "ask", "list", "river").out
    assert step(run, "approve", who="Musa")[0] == 1
    assert step(run, "approve") == (0, "ask 1: taken_up\n")
    script = run("findings", "ask", "script", "river", "1", "--lang", "sw").out
    assert script.splitlines() == ["Mlisema: Mend it sw", "Tumewaambia: the mayors sw.", "Jibu lao: Yes sw"]
    assert step(run, "change", "--set", "hindrance=no quorum", "--set", "session=2026-03-31")[0] == 0
    assert "a consultation of 14 days can begin by 2026-03-10" in run("findings", "ask", "list", "river").out
    assert step(run, "returned", "--channel", "radio", "--heard", "40")[0] == 0


def test_without_a_carrier_no_news_is_sent(run: Run, asked: Path) -> None:
    step(run, "move", "--to", "heard")
    ended = run("findings", "ask", "send", "river", "1", "--ring", "0800111222", "--yes", "--who", "Amina")
    assert (ended.code, "no carrier here for text messages" in ended.err) == (1, True)


def test_news_of_a_draft_is_not_sent(run: Run, asked: Path) -> None:
    ended = run("findings", "ask", "send", "river", "1", "--ring", "0800111222", "--yes", "--who", "Amina")
    assert (ended.code, "ask 1 is a draft" in ended.err) == (2, True)


def test_news_is_forecast_before_it_is_sent(run: Run, asked: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    step(run, "move", "--to", "heard")
    for name, value in {"ACCOUNT_SID": "AC" + "0" * 32, "AUTH_TOKEN": "t" * 32, "FROM": "+12025550100"}.items():
        monkeypatch.setenv(f"CONSULT_TWILIO_{name}", value)
    monkeypatch.setenv("CONSULT_PUBLIC_URL", "https://hub.example.org")
    ended = run("findings", "ask", "send", "river", "1", "--ring", "0800111222", "--who", "Amina")
    assert ended.out.splitlines() == [
        *("0 people who agreed to news, 0 message parts", "nothing was sent; --yes sends it"),
    ], ended.err


@pytest.mark.parametrize(
    ("given", "code", "why"),
    [
        (("move", "--to", "closed"), 1, "it is draft; next can come heard"),
        (("answer", "--to", "partly", "--file", "answer.toml"), 1, "it is draft"),
        (("answer", "--to", "partly", "--file", "none.toml"), 2, "none.toml"),
        (("change", "--set", "due"), 2, "write WHAT=VALUE"),
        (("change", "--set", "due=soon"), 1, "write a day like"),
        (("returned", "--channel", "radio", "--heard", "-1"), 1, "whole numbers"),
        (("decline",), 1, "no answer waits"),
    ],
)
def test_what_cannot_be_says_why(run: Run, asked: Path, given: tuple[str, ...], code: int, why: str) -> None:
    ended, said = step(run, *given)
    assert ended == code
    assert why in said


def test_an_unknown_key_and_a_number_are_refused(run: Run, asked: Path) -> None:
    asked.write_text("colour = 1\n" + asked.read_text())
    assert "colour: unknown" in run("findings", "ask", "new", "river", asked, "--who", "Amina").err
    asked.write_text(asked.read_text().replace("colour = 1\n", "").replace("Mend it sw", "Ring 0803 456 7890"))
    assert "holds a number" in run("findings", "ask", "new", "river", asked, "--who", "Amina").err


def test_what_is_told_by_telephone_is_listed_to_be_recorded(run: Run, asked: Path) -> None:
    step(run, "move", "--to", "heard")
    sheet = run("prompts", "record-sheet", "--lang", "en").out
    assert "You said: " in sheet
    assert "For yes, it was clear, press 1." in sheet
    assert "To hear it now, press 1." in sheet
