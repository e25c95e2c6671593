"""Barriers that axe-core finds on a page in a real browser, and how narrow the page may become.

axe-core comes with the development package axe-playwright-python (pinned); nothing else of that package is used.
"""

from __future__ import annotations

import importlib.util
from functools import cache
from pathlib import Path

from tests.web.browser import Browser

FOUND = """
return axe.run(document, %s).then((found) => found.violations.map(
  (each) => each.id + ": " + each.nodes.map((node) => node.target).join(" ")));
"""
ALL = FOUND % '{resultTypes: ["violations"]}'
COLOURS = FOUND % '{resultTypes: ["violations"], runOnly: ["color-contrast"]}'  # the only rule that a scheme can break
NARROW = "return document.documentElement.scrollWidth <= document.documentElement.clientWidth"


@cache
def axe() -> str:
    """Its source."""
    found = importlib.util.find_spec("axe_playwright_python")
    assert found is not None, "pip install -r requirements-dev.lock"
    assert found.origin is not None
    return (Path(found.origin).parent / "axe.min.js").read_text(encoding="utf-8")


def barriers(browser: Browser) -> list[str]:
    """Those of the page as it stands, by light and, for its colours, by dark."""
    browser.devtools("Runtime.evaluate", expression=axe())  # past the page's own policy, which lets no script in
    browser.prefer("light")
    found: list[str] = browser.run(ALL)
    browser.prefer("dark")
    found += [f"dark {each}" for each in browser.run(COLOURS)]
    browser.prefer("light")
    return found
