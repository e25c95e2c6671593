"""Call sheets typed in: what disagrees is named by its line, and nothing of the file is taken."""

from __future__ import annotations

import pytest

from consult.episodes.paper import SheetWrong, read

HEAD = "ticket,time,language,who,moving,turn_to,point,agrees,danger,before,state"
ASKED = ("moving", "turn_to")
GOOD = f"""{HEAD}
1,18:04,ha,W,1,3,the bridge is out,R,,,waiting
2,18:09,,m,1,,"roads, and rain",w,!,x,
total,,,,1:2,3:1 -:1,,,,,

3,,,U,2,2,,C,,,no
total,,,,2:1,,,,,,
"""


def test_sheets_become_slips() -> None:
    slips = read(GOOD, ASKED)
    assert [each["id"] for each in slips] == ["paper-ticket-1", "paper-ticket-2", "paper-ticket-3"]
    second = slips[1]
    assert second["answers"] == {"moving": "1", "turn_to": ""}
    about = second["about"]
    assert (about["who"], about["agreed"], about["state"], about["danger"]) == ("man", "read", "counted", "!")
    assert about["point"] == "roads, and rain"


@pytest.mark.parametrize(
    ("before", "after", "line", "why"),
    [
        ("1:2,3:1 -:1", "1:3,3:1 -:1", 4, "moving: 1 was counted 3 times and stands on 2 lines"),
        ("1:2,3:1 -:1", "1:2,3:1", 4, "turn_to: - was counted 0 times and stands on 1 lines"),
        ("2:1,,", "2:1,1:1 2:1,", 7, "turn_to: 1 was counted 1 times and stands on 0 lines"),
        ("1:2,", "two,", 4, "moving: write totals as"),
        ("total,,,,2:1,,,,,,\n", "", 6, "the last sheet has no total"),
        ("\n2,18:09", "\n1,18:09", 3, "stands in the file already"),
        (",ha,W,", ",ha,X,", 2, "who is one of W, M, O, U"),
        (",R,,,waiting", ",Z,,,waiting", 2, "agrees is one of A, R, W, C"),
        (",state\n", "\n", 1, "the column state is missing"),
        ("who,moving", "name,who,moving", 1, "no place for the column 'name'"),
    ],
)
def test_what_is_wrong_is_named_by_its_line(before: str, after: str, line: int, why: str) -> None:
    assert before in GOOD
    with pytest.raises(SheetWrong, match=why) as wrong:
        read(GOOD.replace(before, after, 1), ASKED)
    assert wrong.value.line == line


def test_a_file_without_end_is_refused() -> None:
    with pytest.raises(SheetWrong, match="too large"):
        read(HEAD + "\n" * 600_000, ASKED)
