"""Prompts as text messages: pure.

Rule 1: one question, one message. A Tell that `leads` shares the message of the prompt that follows it.
Rule 2: no empty message.
How a prompt is written stands in `channels.writing.lines`.
"""

from __future__ import annotations

from collections.abc import Sequence

from channels.writing.alphabets import tidy
from channels.writing.lines import joined, message, readable
from consult.prompts import Prompt, Tell

_NAME = "sms"
_REMEMBERED = 4096  # turns; an edition's prompts are the same objects from woman to woman
_memory: dict[tuple[int, ...], tuple[tuple[Prompt, ...], list[str]]] = {}


def render(prompts: Sequence[Prompt]) -> list[str]:
    """The messages for these prompts, in order, each ready to be sent (NFC, plain typography where that saves).

    Remembered by the prompts' identity: hashing their texts would cost more than looking them up.
    """
    key = tuple(map(id, prompts))
    found = _memory.get(key)
    if found is None:
        if len(_memory) >= _REMEMBERED:
            _memory.clear()
        found = _memory[key] = (tuple(prompts), _rendered(prompts))
    return found[1].copy()


def _rendered(prompts: Sequence[Prompt]) -> list[str]:
    messages, led = [], ""
    for prompt in prompts:
        text = joined((led, message(prompt, _NAME)))
        leads = isinstance(prompt, Tell) and prompt.leads
        led = text if leads else ""
        if not leads:
            messages.append(text)
    return [readable(tidy(text)) for text in (*messages, led) if text]
