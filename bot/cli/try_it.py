"""``reframe try``: the bot in a browser, in a fake Slack on this computer."""

from __future__ import annotations

import asyncio
import logging
import signal
import sys
import tempfile
import webbrowser
from contextlib import AsyncExitStack
from pathlib import Path

from bot import settings as bot_settings
from bot.answer_wiring import model_in_use
from bot.cli.problems import sentence
from bot.flows.errors import SettingsError, SlackSetupError
from bot.playbook import load_playbook
from bot.playground.company import load_company
from bot.playground.offline_scores import OfflineScores
from bot.playground.server import PageServer
from bot.playground.session import NO_MODEL, ModelChoice, Playground
from bot.playground.traces import Traces
from bot.store.database import Database
from bot.store.encryption import generate_secret

log = logging.getLogger(__name__)


def try_it(*, port: int, opens_browser: bool, keep: Path | None) -> None:
    """Serve the page until Ctrl+C.

    Args:
        port: where; 0 picks a free one. opens_browser: whether to open the page.
        keep: a folder for the database and the log; None for one that is deleted at the end.

    Raises:
        SlackSetupError: the port is taken.
    """
    if keep is not None:
        keep.mkdir(parents=True, exist_ok=True)
        asyncio.run(_serve(keep, port, opens_browser=opens_browser))
        sys.stdout.write(f"{sentence('try_kept', what=str(keep))}\n")
        return
    with tempfile.TemporaryDirectory(prefix="reframe-try-") as folder:
        asyncio.run(_serve(Path(folder), port, opens_browser=opens_browser))
    sys.stdout.write(f"{sentence('try_over')}\n")


async def _serve(folder: Path, port: int, *, opens_browser: bool) -> None:
    stop = stop_signal()
    async with AsyncExitStack() as stack:
        url = f"sqlite:///{folder / 'try.db'}"
        database = Database(url)
        stack.push_async_callback(database.close)
        playbook = load_playbook()
        scores = OfflineScores(playbook)
        stack.push_async_callback(scores.close)
        settings = {"DATABASE_URL": url, "REFRAME_ENCRYPTION_KEY": generate_secret()}
        playground = Playground(load_company(), folder, settings, find_model())
        await stack.enter_async_context(playground)
        page = PageServer(playground, Traces(database, playground.slack, playbook, scores), port)
        await start_page(page, port, stack)
        sys.stdout.write(f"{sentence('try_ready', what=page.url)}\n{sentence('try_stop')}\n")
        sys.stdout.flush()
        if opens_browser:
            await asyncio.to_thread(webbrowser.open, page.url)
        await _run(playground, stop)


def stop_signal() -> asyncio.Event:
    """Return an event that Ctrl+C or SIGTERM sets."""
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    return stop


async def start_page(page: PageServer, port: int, stack: AsyncExitStack) -> None:
    """Start a page, which stops with the stack.

    Raises:
        SlackSetupError: the port is taken.
    """
    try:
        await page.start()
    except OSError as taken:
        raise SlackSetupError("page_port_in_use", f"127.0.0.1:{port}") from taken
    stack.push_async_callback(page.stop)


async def _run(playground: Playground, stop: asyncio.Event) -> None:
    """Open the office and wait for the end, which may come before it is open."""
    opening = asyncio.create_task(playground.open())
    stopping = asyncio.create_task(stop.wait())
    try:
        await asyncio.wait([opening, stopping], return_when=asyncio.FIRST_COMPLETED)
        if opening.done():
            opening.result()
        await stopping
    finally:
        for task in (opening, stopping):
            task.cancel()
        await asyncio.gather(opening, stopping, return_exceptions=True)


def find_model() -> ModelChoice:
    """Return the language model of the settings, or why there is none."""
    try:
        settings = bot_settings.load()
    except SettingsError as wrong:
        return ModelChoice(why_not=f"{wrong.name} is wrong, so no model can be used.")
    if model_in_use(settings) is None:
        return ModelChoice(why_not=NO_MODEL)
    return ModelChoice(
        name=settings.openai_model,
        settings={
            "OPENAI_MODEL": settings.openai_model,
            "OPENAI_BASE_URL": settings.openai_base_url,
            "OPENAI_API_KEY": settings.judge_key,
            "REFRAME_JUDGE": settings.judge,
            "REFRAME_JUDGE_DEADLINE_SECONDS": f"{settings.judge_deadline_seconds:g}",
            "REFRAME_LLM_WRITES": settings.llm_writes,
        },
    )
