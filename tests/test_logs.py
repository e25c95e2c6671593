"""What may be written of a record: sentences of ours without numbers, and of a library only where it failed."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator
from datetime import datetime

import pytest

from consult.config import BadSetting, Settings
from consult.logs import JsonLines, Lines

HER, WORD = "+254711223344", "quokkamarker"


@pytest.fixture(params=[Lines, JsonLines])
def written(request: pytest.FixtureRequest) -> Iterator[io.StringIO]:
    """What a logger of ours and one of a library write."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(request.param())
    loggers = [logging.getLogger("consult.of-a-test"), logging.getLogger("library-of-a-test")]
    for each in loggers:
        each.addHandler(handler)
        each.propagate = False
    yield stream
    for each in loggers:
        each.removeHandler(handler)


def ours() -> logging.Logger:
    return logging.getLogger("consult.of-a-test")


def library() -> logging.Logger:
    return logging.getLogger("library-of-a-test")


def test_our_sentences_are_written_as_they_are(written: io.StringIO) -> None:
    ours().warning("%s could not be emptied and is tried again: it answered %d", "gammu", 30034)
    assert "gammu could not be emptied and is tried again: it answered 30034" in written.getvalue()
    assert "consult.of-a-test" in written.getvalue()


@pytest.mark.parametrize(
    "number",
    [HER, "254711223344", "0711 223 344", "+1 (202) 555-0101", "071-122-3344", "٠٧١١٢٢٣٣٤٤", "%2B254711223344"],
)
def test_a_number_is_struck_out(written: io.StringIO, number: str) -> None:
    ours().error("it failed for %s today", number)
    assert "(number)" in written.getvalue()
    assert not [each for each in ("223344", "223 344", "555", "122", "٢٢٣٣") if each in written.getvalue()]


def test_a_library_tells_where_it_failed_and_no_word(written: io.StringIO) -> None:
    try:
        raise ValueError(f"{WORD} of {HER}")
    except ValueError:
        library().exception("Exception while serving /hooks/%s?From=%s", WORD, HER)
    library().error(f"no field {WORD}")
    text = written.getvalue()
    assert len(text.splitlines()) == 2
    assert "a library failed at test_logs:" in text
    assert "(ValueError)" in text
    assert not [each for each in (WORD, HER[1:], "Traceback", "serving") if each in text]


def test_our_own_traceback_is_not_written(written: io.StringIO) -> None:
    try:
        raise ValueError(WORD)
    except ValueError:
        ours().exception("a duty failed")
    assert len(written.getvalue().splitlines()) == 1
    assert WORD not in written.getvalue()


def test_a_record_is_one_line(written: io.StringIO) -> None:
    ours().warning("one\ntwo\u2028three\r\nfour")
    assert len(written.getvalue().splitlines()) == 1


def test_a_line_of_json_has_these_fields() -> None:
    record = logging.LogRecord("consult.web", logging.ERROR, __file__, 1, 'a "page" failed (%s)', ("KeyError",), None)
    record.created = 1_767_268_800.25
    fields = json.loads(JsonLines().format(record))
    assert fields == {
        "time": "2026-01-01T12:00:00.250Z",
        "level": "ERROR",
        "logger": "consult.web",
        "message": 'a "page" failed (KeyError)',
    }
    assert datetime.fromisoformat(fields["time"]).timestamp() == record.created


def test_another_form_is_refused() -> None:
    assert (Settings.from_env({}).log, Settings.from_env({"CONSULT_LOG": "json"}).log) == ("text", "json")
    with pytest.raises(BadSetting, match="CONSULT_LOG"):
        Settings.from_env({"CONSULT_LOG": "xml"})
