"""Records that are made for every message: frozen to the type checker, light while running.

Freezing a dataclass triples what it costs to make one, and an inbound message makes a dozen. `mypy --strict` refuses
every assignment to a field; that is the guard.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dataclasses import dataclass as light
else:
    from dataclasses import dataclass

    def light(*, frozen: bool, slots: bool) -> Any:
        """As `dataclass`, but it is not frozen while running."""
        return dataclass(slots=slots, unsafe_hash=frozen)


__all__ = ["light"]
