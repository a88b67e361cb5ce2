"""Looks for accessibility problems with axe-core (github.com/dequelabs/axe-core)."""

from __future__ import annotations

from importlib.resources import files

from tests.browser.chromium import Chromium


async def axe(browser: Chromium) -> list[str]:
    """Return what axe finds wrong on the page as it is."""
    script = files("axe_core_python").joinpath("axe.min.js").read_text("utf-8")
    await browser.evaluate(f"{script};0")
    found = await browser.evaluate(
        "axe.run().then((r) => r.violations.map((v) => v.id + ' ' +"
        " v.nodes.map((n) => n.html.slice(0, 200) + n.failureSummary).join('\\n')))"
    )
    return [str(each) for each in found]
