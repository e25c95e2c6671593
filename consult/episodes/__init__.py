"""A consultation on the air: what an episode reads and asks, when its answers are in time, how they are brought back.

Rule 1: nothing here knows a medium's form: a channel folder makes the script of what `material` gives.
"""

from consult.episodes.material import Item, Material, NotOnAir, material
from consult.episodes.windows import (
    Books,
    NotNow,
    close_books,
    close_window,
    count,
    day_told,
    open_window,
    plan,
    readable,
    rung,
    until,
    verdict,
    zone,
)
from consult.store.aired import Episode

__all__ = [
    "Books",
    "Episode",
    "Item",
    "Material",
    "NotNow",
    "NotOnAir",
    "close_books",
    "close_window",
    "count",
    "day_told",
    "material",
    "open_window",
    "plan",
    "readable",
    "rung",
    "until",
    "verdict",
    "zone",
]
