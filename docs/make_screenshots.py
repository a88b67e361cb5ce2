"""Take the screenshots in docs/images from the page of ``reframe try``, with the real bot.

Run it after a change to the page: ``.venv/bin/python -m docs.make_screenshots``. Needs Chromium.
"""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path

from bot.playground.company import load_company
from tests.browser.chromium import Chromium, find_chromium
from tests.playground.serving import page_of

IMAGES = Path(__file__).parent / "images"
WIDE, NARROW = (1100, 660), (400, 860)


async def main() -> None:
    """Post two samples as Ana, and take a picture of each look of the page."""
    with tempfile.TemporaryDirectory(prefix="reframe-screenshots-") as folder:
        async with (
            page_of(Path(folder)) as (playground, page),
            Chromium(find_chromium()) as browser,
        ):
            await playground.open()
            await browser.prefer("light")
            await browser.resize(*WIDE)
            await browser.open(page.url)
            coached, ordinary = load_company().samples[:2]
            await browser.click("#samples button", ordinary.text)
            await browser.see(".chosen .chip.quiet")
            await browser.click("#samples button", coached.text)
            await browser.see(".chosen .chip.coached")
            await browser.see("[data-action=reframe_answer_helpful]")
            await browser.see("#trace .said", "The bot asked one question")
            await _take(browser, "try-light")
            await browser.prefer("dark")
            await _take(browser, "try-dark")
            await browser.resize(*NARROW)
            await browser.see("#trace .said")
            await _take(browser, "try-narrow")


async def _take(browser: Chromium, name: str) -> None:
    await browser.evaluate("document.activeElement.blur()")
    (IMAGES / f"{name}.png").write_bytes(await browser.screenshot())


if __name__ == "__main__":
    asyncio.run(main())
