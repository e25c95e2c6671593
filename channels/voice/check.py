"""What of a consultation a call cannot ask.

Rule 1: a warning, never an error: the question is still asked elsewhere, and a call passes over it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from channels.voice.saying import Item
from consult.consultation import Fault
from consult.prompts import Pick, Prompt


def check_calls(items: Iterable[Item], asks: Callable[[Prompt], bool]) -> Iterator[Fault]:
    """Faults of these prompts, each told once for all languages."""
    seen: set[str] = set()
    for where, _, prompts in items:
        if where not in seen and not asks(prompts[-1]):
            seen.add(where)
            yield _fault(where, prompts[-1])


def _fault(where: str, prompt: Prompt) -> Fault:
    many = len(prompt.choices) if isinstance(prompt, Pick) else 0
    what = f"a call has keys for 8 choices and passes over this question of {many}"
    return Fault("warning", where, what, "give at most 8 choices, or ask it by message only")
