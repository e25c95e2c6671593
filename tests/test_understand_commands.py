"""Stop above all; the other commands; the three ways out of a question."""

from __future__ import annotations

import pytest

from consult.events import Escape
from consult.understand import Command, Lexicon, command, escape, skips
from tests.test_understand import AR, CKB, EN, ES, FR, HA, PCM, SW
from tests.test_understand_lexicons import LEXICONS

STOPS = (
    *(
        "stop",
        "STOP",
        "stop.",
        "Stop!",
        "“STOP”",
        "Stop pls",
        "stop please",
        "please stop",
        "PLS STOP",
        "stop it",
        "stop now",
    ),
    *(
        "STOP ALL",
        "stopall",
        "stop messages",
        "stop sms",
        "stop stop",
        "STOP STOP STOP!!!",
        "s t o p",
        "S.T.O.P.",
        "st op",
    ),
    *(
        "stopp",
        "STOOOPPP",
        "ЅТОР",
        "СТОР".replace("С", "Ѕ"),
        "ΣΤΟΡ",
        "ＳＴＯＰ",
        "S\u200bT\u200cO\u2060P",
        "\u202eSTOP",
        "ⓈⓉⓄⓅ",
    ),
    *(
        "🅂🅃🄾🄿",
        "🆂🆃🅾🅿",
        "🇸🇹🇴🇵",
        "𝐒𝐓𝐎𝐏",
        "ˢᵗᵒᵖ",
        "ꜱᴛᴏᴘ",
        "ST0P",
        "5TOP",
        "$top",
        "stóp",
        "s̶t̶o̶p̶",
        "STOP 🙏🏾",
        "😡 stop 😡",
    ),
    *(
        "stop?",
        "stop\n",
        "arret",
        "ARRÊT",
        "Arrêt svp",
        "unsubscribe",
        "END",
        "quit",
        "cancel",
        "revoke",
        "optout",
        "Stop 😡",
    ),
)


@pytest.mark.parametrize("said", STOPS)
def test_stop_is_understood_in_every_language_and_at_every_question(said: str) -> None:
    for lex in LEXICONS.values():
        assert command(said, lex) is Command.STOP, lex.locale
        assert command(said, lex, free=True) is Command.STOP, lex.locale


@pytest.mark.parametrize(
    ("lex", "said"),
    [
        (EN, "I want to stop"),
        (EN, "stop sending me messages"),
        (EN, "leave me alone"),
        (FR, "arrêtez svp"),
        (FR, "Arrêtez de m’envoyer des messages"),
        (FR, "stop merci"),
        (ES, "parar por favor"),
        (ES, "pare ya"),
        (AR, "توقف"),
        (AR, "توقّفي من فضلك"),
        (AR, "تـوقـف"),
        (AR, "khalas"),
        (CKB, "بوەستە"),
        (CKB, "تکایە بووەستە"),
        (CKB, "bweste"),
        (HA, "tsaya"),
        (HA, "don Allah ku dakata"),
        (SW, "acha"),
        (SW, "tafadhali acha"),
        (SW, "acheni kunitumia ujumbe"),
        (PCM, "abeg stop"),
        (PCM, "make una stop am"),
    ],
)
def test_stop_in_her_own_words(lex: Lexicon, said: str) -> None:
    assert command(said, lex) is Command.STOP
    assert command(said, lex, free=True) is Command.STOP


@pytest.mark.parametrize(
    ("lex", "said"),
    [
        (EN, "they should stop fighting"),
        (EN, "don't stop"),
        (EN, "no stop"),
        (EN, "1 stop"),
        (EN, "I said STOP, my husband is here"),
        (EN, "we say ЅТОР to war"),
        (EN, "sotp"),
        (EN, "tsop"),
        (FR, "il faut stop la guerre"),
        (AR, "يجب ان توقف الحرب"),
        (SW, "vita acha sasa hivi jamani wote"),
        (HA, "yaki ya tsaya"),
        (HA, "they must stop"),
    ],
)
def test_a_stop_word_inside_longer_text_is_asked_about_once(lex: Lexicon, said: str) -> None:
    assert command(said, lex) is Command.MAYBE_STOP
    assert command(said, lex, free=True) is Command.MAYBE_STOP


@pytest.mark.parametrize(
    ("said", "free", "meant"),
    [
        ("erase", False, Command.ERASE),
        ("ERASE", True, Command.ERASE),
        ("Delete all my answers please", False, Command.ERASE),
        ("erase and stop", False, Command.ERASE),
        ("ЕRАSЕ", True, Command.ERASE),
        ("erase?", True, Command.MAYBE_ERASE),
        ("they erase our names", True, Command.MAYBE_ERASE),
        ("please stop and delete what you wrote about us", True, Command.MAYBE_ERASE),
        ("help", True, Command.HELP),
        ("INFO", False, Command.HELP),
        ("please I need help", False, Command.HELP),
        ("I am in danger!", False, Command.HELP),
        ("We are in danger every night", False, None),
        ("guide pls", False, Command.HELP),
        ("guide pls", True, None),
        ("Help us with water", False, None),
        ("back", True, Command.BACK),
        ("back please", False, Command.BACK),
        ("back please", True, None),
        ("I will go back home", False, None),
        ("Language", False, Command.LANGUAGE),
        ("another person", False, Command.VOICE),
        ("ALERT", True, Command.ALERT),
        ("not now", False, Command.LATER),
        ("later, thank you", False, Command.LATER),
        ("the war must end now", True, None),
        ("end it now", True, None),
        ("quit please", True, Command.STOP),
        ("bus", False, None),
        ("shop", False, None),
        ("spot", False, None),
        ("yes", False, None),
        ("1", False, None),
        ("", False, None),
        ("5", False, None),
        ("50 50", False, None),
        ("👍", False, None),
        ("?", False, None),
    ],
)
def test_commands_in_english(said: str, free: bool, meant: Command | None) -> None:
    assert command(said, EN, free=free) is meant


@pytest.mark.parametrize(
    ("lex", "said", "meant"),
    [
        (EN, "77", Escape.NOT_SURE),
        (EN, "٨٨", Escape.NOT_UNDERSTOOD),
        (EN, "99.", Escape.PREFER_NOT),
        (EN, "I don’t know", Escape.NOT_SURE),
        (EN, "not sure, sorry", None),
        (EN, "Not sure please", Escape.NOT_SURE),
        (EN, "?", Escape.NOT_UNDERSTOOD),
        (EN, "???", Escape.NOT_UNDERSTOOD),
        (EN, "؟", Escape.NOT_UNDERSTOOD),
        (EN, "1?", None),
        (EN, "skip", Escape.PREFER_NOT),
        (EN, "777", None),
        (EN, "", None),
        (EN, "I am not sure about the road", None),
        (FR, "Je ne sais pas", Escape.NOT_SURE),
        (FR, "j’ai pas compris", Escape.NOT_UNDERSTOOD),
        (ES, "No sé", Escape.NOT_SURE),
        (AR, "لا أعرف", Escape.NOT_SURE),
        (AR, "ما فهمت", Escape.NOT_UNDERSTOOD),
        (AR, "msh 3arfa", Escape.NOT_SURE),
        (CKB, "نازانم", Escape.NOT_SURE),
        (HA, "ban sani ba", Escape.NOT_SURE),
        (SW, "sijui", Escape.NOT_SURE),
        (PCM, "I no sabi", Escape.NOT_SURE),
    ],
)
def test_every_question_has_its_three_ways_out(lex: Lexicon, said: str, meant: Escape | None) -> None:
    assert escape(said, lex, digits=True) is meant


def test_escape_digits_are_left_alone_where_they_may_be_answers() -> None:
    for said in ("77", "88", "99", "٧٧"):
        assert escape(said, EN, digits=False) is None
    assert escape("not sure", EN, digits=False) is Escape.NOT_SURE


def test_an_optional_question_is_passed_by_nothing_or_her_word() -> None:
    assert all(skips(said, EN) for said in ("", " ", ".", "skip", "Skip please"))
    assert not any(skips(said, EN) for said in ("1", "not sure", "skip rope"))
    assert skips("tsallake", HA)
