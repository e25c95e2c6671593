"""A consultation on the air: what an episode reads and asks, and how its answers are brought back.

Rule 1: nothing here knows a medium's form: a channel folder makes the script of what `material` gives.
"""

from consult.episodes.material import Item, Material, NotOnAir, material

__all__ = ["Item", "Material", "NotOnAir", "material"]
