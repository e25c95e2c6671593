"""The presenter's cards: what to ask on, and what to do when something is said that must not go on air."""

from __future__ import annotations

from dataclasses import dataclass

from consult.wording import Say


@dataclass(frozen=True, slots=True)
class Card:
    """One card, to be cut out."""

    title: str
    lines: tuple[str, ...]


def cards(say: Say, line: str) -> tuple[Card, ...]:
    """All of them. `line`: whom to call for help."""
    return (_asking_on(say), _name(say), _threat(say), _hate(say), _distress(say, line), _rumour(say), _balance(say))


def _asking_on(say: Say) -> Card:
    return Card(
        say("Asking on"),
        (
            say("Can you tell us more about that?"),
            say("How do others around you see it?"),
            say("What would have to be different?"),
            say("Never ask who, where or which group. Never say whether you agree."),
        ),
    )


def _name(say: Say) -> Card:
    return Card(
        say("A name or a place is said"),
        (
            say("Cut at once. Do not repeat it."),
            say("Say: we say no names here, that keeps everybody safe. We go on with the next call."),
            say("Have it taken out of the recording, also out of the station's own."),
        ),
    )


def _threat(say: Say) -> Card:
    return Card(
        say("A threat"),
        (
            say("Cut at once. Do not repeat it."),
            say("Do not answer it and do not argue. Play music."),
            say("Tell the producer; the producer decides whether the programme ends early."),
        ),
    )


def _hate(say: Say) -> Card:
    return Card(
        say("Hatred against a group"),
        (
            say("Cut at once. Do not repeat it."),
            say("Say: here everybody is spoken of with respect."),
            say("Go on with the question, word for word."),
        ),
    )


def _distress(say: Say, line: str) -> Card:
    return Card(
        say("Somebody is in distress, or tells of violence"),
        (
            say("Thank the caller warmly and take the call off the air. Ask nothing about it."),
            say("Off the air, give the number for help: {number}.", number=f"\u2066{line}\u2069"),
            say("The call is neither broadcast nor kept."),
        ),
    )


def _rumour(say: Say) -> Card:
    return Card(
        say("A rumour"),
        (
            say("Say: we cannot confirm that. Do not repeat it."),
            say("Say only what you know, and from where."),
        ),
    )


def _balance(say: Say) -> Card:
    return Card(
        say("Balance"),
        (
            say("As many women as men, and each view the same time."),
            say("Who called before waits behind those who did not."),
            say("No numbers and no leading answer before the books are closed."),
        ),
    )
