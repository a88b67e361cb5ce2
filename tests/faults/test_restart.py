"""Fault 5: a bot that is killed in the middle of its work, and what the next process does with it.

A killed process leaves claims behind whose leases last for minutes. The next process must not wait
for them, and must neither lose nor repeat what they were about.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from bot.core.policy import Batches
from bot.sandbox.clock import SharedClock
from bot.sandbox.faults import Fault
from bot.sandbox.process import BotProcess
from bot.sandbox.slack import FakeSlack
from bot.sandbox.workspace import Json, Workspace
from bot.store.encryption import generate_secret
from tests.fake_model import FakeModel, running
from tests.harness import ENTITLEMENT, NO_LIMITS, tell_channel
from tests.processes.reframe import command as reframe_program
from tests.scenarios.test_controls import DEFAULTS, chosen
from tests.scenarios.test_words import ANSWER

SOON_SECONDS = 5.0
STUCK_SECONDS = 8.0  # how long a call takes in which the bot is killed
UNCONFIRMED_SECONDS = 5.0
POST_TIMEOUT_SECONDS = 2 * STUCK_SECONDS
POST = "chat.postMessage"


class KilledBot:
    """A bot process, a fake Slack, and a seller in a deal channel.

    Args:
        folder: for the log and the clock. address: of the database.
    """

    def __init__(self, folder: Path, address: str) -> None:
        self.clock = SharedClock(folder / "clock")
        self.workspace = Workspace(self.clock)
        self.slack = FakeSlack(self.workspace)
        self.slack.delivery.retry_scale = 0.005
        self.ana = self.workspace.add_user("ana")
        self.deal = self.workspace.add_channel("deal", [self.ana])
        self._folder = folder
        self._address = address

    async def start(self, **settings: object) -> None:
        """Start the first process, with settings that differ from ``NO_LIMITS``."""
        environment = {
            **NO_LIMITS,
            "REFRAME_POST_TIMEOUT_SECONDS": POST_TIMEOUT_SECONDS,
            "REFRAME_UNCONFIRMED_SECONDS": UNCONFIRMED_SECONDS,
            "SLACK_BOT_TOKEN": self.workspace.bot_token,
            "SLACK_SIGNING_SECRET": self.workspace.signing_secret,
            "SLACK_API_URL": self.slack.api_url,
            "DATABASE_URL": self._address,
            **settings,
        }
        self._process = BotProcess(
            {name: str(value) for name, value in environment.items()},
            self._folder,
            "--http",
            "--clock",
            "clock",
            program=(*reframe_program(), "run"),
        )
        await self._process.start()
        await tell_channel(self._address, self.workspace.team_id, self.deal)
        self.slack.set_request_url(self._process.url)

    async def kill_in(self, method: str, *, calls_before: int) -> None:
        """Kill the process while a call of this method is under way, and start the next one."""
        await until(lambda: len(self.slack.calls_to(method)) > calls_before)
        await self.kill()
        self.slack.faults.clear()
        await self.start_again()

    async def kill_while_it_posts(self) -> None:
        """Kill the process while a post is under way, and start the next one once that request can
        be under way no more. The clock says so: with short limits instead, a busy machine would let
        the first process look for its post before it is killed."""
        await until(lambda: self.slack.calls_to(POST))
        await self.kill()
        self.slack.faults.clear()
        self.wait_for_requests_under_way()
        await self.start_again()

    def wait_for_requests_under_way(self) -> None:
        """Let the clock say that no request of a killed process can be under way any more."""
        self.clock.jump_to(self.clock() + POST_TIMEOUT_SECONDS + UNCONFIRMED_SECONDS + 1)

    async def kill(self) -> None:
        """Kill the process."""
        await self._process.kill()

    async def start_again(self) -> None:
        """Start the next process."""
        await self._process.start()

    async def idle(self) -> None:
        """Wait until nothing is left to decide, send or answer."""
        await self.slack.wait_for_deliveries()
        await self._process.wait_until_idle(SOON_SECONDS)

    async def stop(self) -> None:
        """Stop the process."""
        await self._process.stop()

    def seen(self) -> list[Json]:
        """Return every message by the bot, also those that only one person sees."""
        return [*self.posts(), *self.workspace.ephemerals(self.deal, self.ana)]

    def posts(self) -> list[Json]:
        """Return every message by the bot that somebody can see, direct messages included."""
        return [message for _, message in self.workspace.bot_messages()]


@pytest.fixture
async def bot(tmp_path: Path, database_address: str) -> AsyncIterator[KilledBot]:
    """Yield a bot that the test starts, on each kind of database in turn."""
    killed = KilledBot(tmp_path, database_address)
    async with killed.slack:
        yield killed
        await killed.stop()


async def until(condition: Callable[[], object], seconds: float = SOON_SECONDS) -> None:
    """Wait until a condition holds."""
    async with asyncio.timeout(seconds):
        while not condition():
            await asyncio.sleep(0.01)


def test_a_lease_would_be_too_long_to_wait_for() -> None:
    """Fail here if leases become so short that the tests below could wait for them unnoticed."""
    jump = POST_TIMEOUT_SECONDS + UNCONFIRMED_SECONDS
    assert Batches().lease_seconds > 2 * (SOON_SECONDS + STUCK_SECONDS) + jump


async def test_killed_between_claim_and_decision(bot: KilledBot) -> None:
    """Decide a claimed message soon after the restart."""
    await bot.start()
    bot.slack.faults.inject("conversations.history", Fault.slow(STUCK_SECONDS))
    await bot.slack.post_message(bot.ana, bot.deal, ENTITLEMENT)
    await bot.kill_in("conversations.history", calls_before=0)
    await bot.idle()

    assert len(bot.posts()) == 1


async def test_killed_between_claim_and_post(bot: KilledBot) -> None:
    """Post a claimed question, once, soon after the restart."""
    await bot.start()
    bot.slack.faults.inject("conversations.info", Fault.slow(STUCK_SECONDS), after=1)
    await bot.slack.post_message(bot.ana, bot.deal, ENTITLEMENT)
    await bot.kill_in("conversations.info", calls_before=1)
    await bot.idle()

    assert len(bot.slack.calls_to(POST)) == 1
    assert len(bot.posts()) == 1


@pytest.mark.parametrize("in_direct_message", [False, True])
async def test_killed_between_post_and_mark(bot: KilledBot, in_direct_message: bool) -> None:
    """Find a post that no process has marked as sent, soon, and don't repeat it."""
    await bot.start()
    bot.slack.faults.inject(POST, Fault.slow(STUCK_SECONDS))
    place = bot.workspace.dm_channel(bot.ana) if in_direct_message else bot.deal
    await bot.slack.post_message(bot.ana, place, ENTITLEMENT)
    await bot.kill_while_it_posts()
    await bot.idle()

    assert len(bot.slack.calls_to(POST)) == 1
    assert len(bot.posts()) == 1


async def test_killed_between_sending_and_post(bot: KilledBot) -> None:
    """Search for a post that never reached Slack, then send it once."""
    await bot.start()
    bot.slack.faults.inject(POST, Fault.hang(STUCK_SECONDS))
    await bot.slack.post_message(bot.ana, bot.deal, ENTITLEMENT)
    await bot.kill_while_it_posts()
    await bot.idle()

    assert len(bot.slack.calls_to("conversations.replies")) == 1
    assert len(bot.posts()) == 1


async def test_killed_between_claim_and_reply(bot: KilledBot) -> None:
    """Reply to a claimed request, once, soon after the restart."""
    await bot.start()
    bot.slack.faults.inject("users.info", Fault.slow(STUCK_SECONDS))
    await bot.slack.run_command(bot.ana, bot.deal, "/reframe", ENTITLEMENT)
    await bot.kill_in("users.info", calls_before=0)
    await bot.idle()

    assert len(bot.workspace.ephemerals(bot.deal, bot.ana)) == 1


@pytest.mark.parametrize("in_direct_message", [False, True])
async def test_killed_between_placeholder_and_answer(
    bot: KilledBot, in_direct_message: bool
) -> None:
    """Answer once, soon after the restart, in the place of the line that says to wait."""
    async with running(FakeModel(ANSWER)) as model:
        model.may_answer.clear()
        await bot.start(
            OPENAI_BASE_URL=model.url,
            OPENAI_MODEL="m",
            REFRAME_JUDGE="off",
            REFRAME_ENCRYPTION_KEY=generate_secret(),
        )
        ask = f"{ENTITLEMENT} And that after the demo."
        if in_direct_message:
            await bot.slack.post_message(bot.ana, bot.workspace.dm_channel(bot.ana), ask)
        else:
            await bot.slack.run_command(bot.ana, bot.deal, "/reframe", ask)
        await until(lambda: bot.seen(), 2 * SOON_SECONDS)
        waiting = [message["text"] for message in bot.seen()]
        await bot.kill()  # perhaps before the line that says to wait is marked as sent
        bot.wait_for_requests_under_way()
        model.may_answer.set()
        await bot.start_again()
        await until(lambda: any(ANSWER["next_step"] in m["text"] for m in bot.seen()))
        await bot.idle()

    answers = [message for message in bot.seen() if ANSWER["next_step"] in message["text"]]
    assert len(waiting) == 1
    assert waiting[0].startswith("Thinking about it")
    assert len(answers) == 1
    assert len(bot.seen()) == (1 if in_direct_message else 2)


async def test_killed_in_a_tick(bot: KilledBot) -> None:
    """Send a claimed weekly reflection, once, soon after the restart."""
    friday = datetime(2026, 12, 4, 15, 0, 1, tzinfo=ZoneInfo("Europe/Berlin")).timestamp()
    bot.clock.jump_to(friday - 86_400)
    await bot.start()
    await bot.slack.run_command(bot.ana, bot.deal, "/reframe", "settings")
    (form,) = bot.workspace.views.values()
    values = chosen(**{**DEFAULTS, "reflect": "on"})
    assert (await bot.slack.submit_view(bot.ana, form, values)).status == 200
    calls = len(bot.slack.calls_to("users.info"))
    bot.slack.faults.inject("users.info", Fault.slow(STUCK_SECONDS))
    bot.clock.jump_to(friday)
    await bot.kill_in("users.info", calls_before=calls)
    restarted = time.monotonic()
    await until(lambda: bot.posts())
    await bot.idle()

    assert time.monotonic() - restarted < SOON_SECONDS
    assert len(bot.posts()) == 1
