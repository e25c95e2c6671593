"""What a message costs is said before it is paid, with the character at fault and the way out."""

from __future__ import annotations

from channels.sms import Sms
from channels.sms.check import check_messages
from consult.channel import Channel
from consult.prompts import Tell


def tell(text: str, name: str = "q", locale: str = "en") -> Tell:
    return Tell(name=name, text=text, locale=locale)


def test_short_messages_have_no_faults() -> None:
    assert list(check_messages([("line 3", "en", [tell("Hello.")]), ("line 4", "ar", [tell("مرحبا")])])) == []


def test_three_segments_warn_and_five_are_refused() -> None:
    warned, refused = check_messages([("line 3", "en", [tell("a" * 307)]), ("line 9", "sw", [tell("b" * 613)])])
    assert (warned.level, warned.where) == ("warning", "line 3, en")
    assert "3 segments in GSM-7" in warned.what
    assert (refused.level, refused.where) == ("error", "line 9, sw")
    assert "5 segments" in refused.what
    assert "fewer words" in refused.cure


def test_the_very_character_is_named_with_the_saving() -> None:
    text = "Kuɗin " + "a" * 150
    (fault,) = check_messages([("line 3", "ha", [tell(text)])], {"ha": {"ɗ": "d"}})
    assert fault.level == "warning"
    assert "ɗ (U+0257 LATIN SMALL LETTER D WITH HOOK)" in fault.what
    assert "1 instead of 3" in fault.cure


def test_a_saving_is_noted_even_where_the_message_is_short() -> None:
    (fault,) = check_messages([("line 3", "fr", [tell("Êtes-vous d'accord ? " + "a" * 60)])])
    assert fault.level == "note"
    assert "U+00CA" in fault.what
    assert "1 instead of 2" in fault.cure


def test_no_plain_spelling_is_offered_where_there_is_none() -> None:
    (fault,) = check_messages([("line 3", "ar", [tell("ع" * 150)])])
    assert "plain" not in fault.cure
    (fault,) = check_messages([("line 3", "ha", [tell("ɗ" + "a" * 150)])], {"ha": {"ƙ": "k"}})
    assert "plain" not in fault.cure


def test_consent_is_two_messages_at_most() -> None:
    two = [tell("One.", "consent"), tell("Two.", "consent")]
    assert list(check_messages([("consent", "en", two)])) == []
    (fault,) = check_messages([("consent", "en", [*two, tell("Three.", "consent")])])
    assert fault.level == "error"
    assert "3 text messages" in fault.what


def test_a_fault_is_told_once() -> None:
    item = ("line 3", "en", [tell("a" * 400)])
    assert len(list(check_messages([item, item]))) == 1


def test_the_channel_checks_what_it_is_given() -> None:
    sms: Channel = Sms()
    assert len(list(sms.check([("line 3", "en", [tell("a" * 400)])], {}))) == 1
