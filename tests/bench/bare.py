"""What there is to compare with: a bare Bolt ``AsyncApp`` with an empty listener."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Mapping
from pathlib import Path

from aiohttp import web
from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot.sandbox.process import BotProcess


class BareBolt(BotProcess):
    """The bare app in a process of its own, started and stopped as the bot is."""

    def __init__(self, folder: Path, settings: Mapping[str, str]) -> None:
        here = {**settings, "PYTHONPATH": str(Path(__file__).parents[2])}
        super().__init__(here, folder, program=(sys.executable, "-m", "tests.bench.bare"))


async def serve() -> None:
    """Listens until it is killed."""
    client = AsyncWebClient(os.environ["SLACK_BOT_TOKEN"], base_url=os.environ["SLACK_API_URL"])
    app = AsyncApp(client=client, signing_secret=os.environ["SLACK_SIGNING_SECRET"])

    async def on_message() -> None:
        """Nothing at all."""

    app.event("message")(on_message)

    async def healthz(_: web.Request) -> web.Response:
        return web.json_response({"ok": True})

    site = app.web_app(path="/slack/events")
    site.router.add_get("/healthz", healthz)
    runner = web.AppRunner(site, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", int(os.environ["PORT"])).start()
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(serve())
