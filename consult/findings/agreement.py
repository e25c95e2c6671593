"""How far two people who read the same answers found the same in them: Krippendorff's alpha for names. Pure.

Klaus Krippendorff, Computing Krippendorff's Alpha-Reliability (2011), section C: nominal data, two observers, no
missing data. 1 is full agreement, 0 what chance would give. Of themes that may stand together each is a yes or no.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Hashable, Iterable

from consult.findings.coding import Labels


def alpha(pairs: Iterable[tuple[Hashable, Hashable]]) -> float | None:
    """Of what two coders called each unit; None where there is nothing to tell apart."""
    agreed, values = Counter[Hashable](), Counter[Hashable]()
    for one, other in pairs:
        values.update((one, other))
        agreed[one] += 2 if one == other else 0
    n = values.total()
    expected = sum(each * (each - 1) for each in values.values())
    if n * (n - 1) == expected:
        return None
    return ((n - 1) * agreed.total() - expected) / (n * (n - 1) - expected)


def of_theme(code: str, first: Labels, second: Labels, least: int) -> float | None:
    """Of one theme, over the messages that both read; down to the next tenth, since more would tell single messages
    apart. None of fewer messages than `least`."""
    both = first.keys() & second.keys()
    found = alpha((code in first[each], code in second[each]) for each in both) if len(both) >= least else None
    return None if found is None else math.floor(round(found * 10, 6)) / 10
