"""A playground with its page, for tests in this folder."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from pathlib import Path
from unittest import mock

from bot.playground.company import load_company
from bot.playground.offline_scores import OfflineScores
from bot.playground.server import PageServer
from bot.playground.session import ModelChoice, Playground
from bot.playground.traces import Traces
from bot.sandbox.process import BotProcess
from bot.store.database import Database
from bot.store.encryption import generate_secret
from tests.processes.reframe import command
from tests.shipped import shipped_playbook


@asynccontextmanager
async def page_of(
    folder: Path, model: ModelChoice | None = None, /, **settings: str
) -> AsyncIterator[tuple[Playground, PageServer]]:
    """Serve the page of a company that is not open yet, so without a bot.

    Args:
        folder: for the database. model: that a visitor may switch to.
        settings: environment variables for the bot.
    """
    async with AsyncExitStack() as stack:
        stack.enter_context(bots_start_quickly())
        address = f"sqlite:///{folder / 'try.db'}"
        database = Database(address)
        stack.push_async_callback(database.close)
        playbook = shipped_playbook()
        scores = OfflineScores(playbook)
        stack.push_async_callback(scores.close)
        bot = {"DATABASE_URL": address, "REFRAME_ENCRYPTION_KEY": generate_secret(), **settings}
        playground = await stack.enter_async_context(Playground(load_company(), folder, bot, model))
        page = PageServer(playground, Traces(database, playground.slack, playbook, scores))
        await page.start()
        stack.push_async_callback(page.stop)
        yield playground, page


@contextmanager
def bots_start_quickly() -> Iterator[None]:
    """Let the playground get its bot's process from the fork server, which takes a tenth of a
    second of work instead of three. ``reframe demo`` from the wheel starts bots as users do."""
    defaults = BotProcess.__init__.__kwdefaults__
    assert defaults is not None
    with mock.patch.dict(defaults, program=(*command(), "run")):
        yield
