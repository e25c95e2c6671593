"""SMS frames: responses in one SMS, on the peers' responses (`pages`), as they came and closed ones only.

Frames are filled as a node fills them, out of one page's worth of rows; what is counted is SMS of 160 letters, keys,
tag and base64 included. Under custody offline each lies in a box of the consultation's besides.
"""

from __future__ import annotations

from statistics import mean

from consult.sync.books import WORDS
from consult.sync.frames.frame import HEAD, ROOM, TAG, Kind
from consult.sync.frames.inside import Told, fit, pieces
from consult.sync.pages import Codebook, Row, codebook
from tests.benchmarks.measuring import Figure, Report
from tests.benchmarks.pages import REGIONS, responses, row_of
from tests.benchmarks.talking import village

MANY, PAGE, FRONT, BOX = 640, 64, 2, 48


def run(rounds: int) -> Report:
    """Bytes are the same each time."""
    del rounds
    given = responses(MANY)
    if not given:
        return Report({"left_out": "the peers' responses"})
    book = codebook(village(), {"region": REGIONS}, WORDS)
    rows = tuple(row_of(n, each) for n, each in enumerate(given, 1))
    closed = tuple(row for row, each in zip(rows, given, strict=True) if not each["comment"])
    alone = max(_sms(closed[n : n + 1], book, ROOM - FRONT) for n in range(len(closed)))
    six = mean(_sms(closed[n : n + 6], book, ROOM - FRONT) == 1 for n in range(len(closed) - 5))
    packed, sealed = (_packed(closed, book, room) for room in (ROOM - FRONT, ROOM - FRONT - BOX))
    all_, worst = _packed(rows, book, ROOM - FRONT), max(_sms(rows[n : n + 1], book, ROOM - FRONT) for n in range(MANY))
    return Report(
        {
            "sms_of_a_closed_response_alone_at_most": alone,
            "six_closed_responses_fit_one_sms": six,
            "closed_responses_per_sms": round(packed, 2),
            "closed_responses_per_sms_custody_offline": round(sealed, 2),
            "responses_per_sms": round(all_, 2),
            "sms_of_any_response_alone_at_most": worst,
            "bytes_per_closed_response": round((ROOM + HEAD + TAG) / packed, 2),
        },
        (
            Figure("frames, SMS of one closed response alone, at most", alone, "SMS", 1, "less"),
            Figure("frames, closed responses packed in one SMS", packed, "", 6, "more"),
            Figure("the same under custody offline", sealed, ""),
            Figure("frames, all responses packed, in one SMS", all_, ""),
        ),
    )


def _sms(rows: tuple[Row, ...], book: Codebook, room: int) -> int:
    return sum(1 if len(said) <= room else len(pieces(Kind.ROWS, said)) for said in fit(Told(7, 3, rows), book, room))


def _packed(rows: tuple[Row, ...], book: Codebook, room: int) -> float:
    """Responses in an SMS, where each page of them is told at once."""
    return len(rows) / sum(_sms(rows[n : n + PAGE], book, room) for n in range(0, len(rows), PAGE))
