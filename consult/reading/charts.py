"""Charts: inline SVG that a screen reader reads out, and that prints in black and white.

Rule 1: each has a title and a description, and stands above the table of the same numbers.
Rule 2: width and height are always written: WeasyPrint fails on right-to-left pages without them.
Rule 3: a bar is told by its label and number, not by a colour.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

WIDTH, BAR, GAP, SIDE = 320, 14, 34, 4  # user units


def bars(title: str, described: str, rows: Sequence[tuple[str, int]], *, rtl: bool = False) -> str:
    """One bar for each label; the numbers are percent."""
    height = GAP * len(rows) + SIDE
    anchor, start = ("end", WIDTH) if rtl else ("start", 0)
    out = [
        f'<svg role="img" width="{WIDTH}" height="{height}" viewBox="0 0 {WIDTH} {height}">'
        f"<title>{escape(title)}</title><desc>{escape(described)}</desc>"
    ]
    for n, (label, share) in enumerate(rows):
        top, long = n * GAP, round(share * WIDTH / 100)
        out.append(
            f'<text x="{start}" y="{top + 12}" text-anchor="{anchor if not rtl else "start"}">{escape(_short(label))} '
            f"{share} %</text>"
            f'<rect x="0" y="{top + 17}" width="{WIDTH}" height="{BAR}" class="of"/>'
            f'<rect x="{WIDTH - long if rtl else 0}" y="{top + 17}" width="{long}" height="{BAR}"/>'
        )
    return "".join([*out, "</svg>"])


def _short(label: str, most: int = 38) -> str:
    return label if len(label) <= most else f"{label[: most - 1].rstrip()}…"
