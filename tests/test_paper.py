"""What is written down comes back when typed, and a mistake is named by its group."""

import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consult import paper
from consult.paper import Mistyped

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
secrets = st.binary(min_size=35, max_size=35)


@given(secrets, st.text(max_size=20))
def test_what_is_written_can_be_typed(secret: bytes, label: str):
    written = paper.write(secret, label)
    assert [len(line.split()) for line in written.split("\n")] == [5, 5, 5]
    for typed in (written, written.lower(), written.replace(" ", "-"), "".join(written.split()), f"\n {written}  \n"):
        assert paper.read(typed, label) == secret


@given(secrets)
def test_look_alikes_and_other_digits_are_read(secret: bytes):
    written = paper.write(secret, "kit")
    for typed in (
        written.replace("0", "O").replace("1", "l"),
        written.replace("0", "o").replace("1", "I").replace("V", "u"),
        written.translate({ord(str(n)): 0x660 + n for n in range(10)}),
        written.translate({ord(each): ord(each) + 0xFEE0 for each in ALPHABET}),
    ):
        assert paper.read(typed, "kit") == secret


@given(secrets, st.integers(0, 74), st.sampled_from(ALPHABET))
def test_any_one_wrong_character_is_named_by_its_group(secret: bytes, place: int, letter: str):
    flat = list("".join(paper.write(secret, "kit").split()))
    if flat[place] == letter:
        return
    flat[place] = letter
    with pytest.raises(Mistyped) as caught:
        paper.read("".join(flat), "kit")
    assert caught.value.groups == (place // 5 + 1,)
    assert str(place // 5 + 1) in caught.value.why


@given(secrets, st.integers(0, 14), st.sampled_from([(a, b) for a in range(5) for b in range(a + 1, 5)]))
def test_exchanged_characters_are_noticed(secret: bytes, group: int, pair: tuple[int, int]):
    groups = paper.write(secret, "kit").split()
    letters = list(groups[group])
    one, other = pair
    if letters[one] == letters[other]:
        return
    letters[one], letters[other] = letters[other], letters[one]
    groups[group] = "".join(letters)
    with pytest.raises(Mistyped) as caught:
        paper.read(" ".join(groups), "kit")
    assert caught.value.groups == (group + 1,)


@given(secrets, st.integers(0, 13))
def test_exchanged_groups_are_noticed(secret: bytes, group: int):
    groups = paper.write(secret, "kit").split()
    groups[group], groups[group + 1] = groups[group + 1], groups[group]
    with pytest.raises(Mistyped):
        paper.read(" ".join(groups), "kit")


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (lambda groups: groups[:-1], "15 groups"),
        (lambda groups: [*groups, "AAAAA"], "15 groups"),
        (lambda groups: [], "15 groups"),
        (lambda groups: [*groups[:3], groups[3][:4], *groups[4:]], "group 4"),
        (lambda groups: [*groups[:3], groups[3] + "A", *groups[4:]], "group 4"),
        (lambda groups: ["ABC$E", *groups[1:]], "group 1"),
        (lambda groups: [*groups[:-1], "\u0645\u0631\u062d\u0628\u0627"], "group 15"),
    ],
)
def test_other_slips_are_explained(spoil, says: str):
    with pytest.raises(Mistyped, match=says):
        paper.read(" ".join(spoil(paper.write(os.urandom(35), "kit").split())), "kit")


def test_a_code_written_for_one_thing_is_not_taken_for_another():
    written = paper.write(os.urandom(35), "kit river A")
    with pytest.raises(Mistyped, match="something else"):
        paper.read(written, "kit river B")


@given(st.text(max_size=120))
def test_nothing_else_is_ever_read(typed: str):
    with pytest.raises(Mistyped):
        paper.read(typed, "kit")


def test_only_the_right_size_is_written():
    with pytest.raises(ValueError, match="35"):
        paper.write(bytes(34), "kit")
