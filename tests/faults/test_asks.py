"""Requests are answered, though the process is killed or the database is unavailable."""

from __future__ import annotations

import asyncio
import random
import sqlite3
from collections import Counter
from pathlib import Path

import pytest

from bot.sandbox.faults import Fault
from tests.faults.chaos import TEXTS, ChaosRun
from tests.harness import ENTITLEMENT, BotHarness

REQUESTS = 60
KILLS = 8


@pytest.mark.slow
async def test_kills_lose_no_request(tmp_path: Path) -> None:
    """Reply once to each of sixty direct messages, and to each command that was acknowledged,
    though the bot is killed eight times."""
    rng = random.Random(11)
    chaos = ChaosRun(tmp_path, f"sqlite:///{tmp_path}/reframe.db", rng)
    slack, workspace = chaos.slack, chaos.workspace
    direct_channels: list[str] = []
    acknowledged_commands: list[str] = []

    async def send_requests(number: int) -> None:
        user, text = workspace.add_user(f"asker{number}"), TEXTS[number % len(TEXTS)]
        dm = workspace.dm_channel(user)
        direct_channels.append(dm)
        message = {"user": user, "text": text, "team": workspace.team_id}
        event = slack.message_event(dm, workspace.add_message(dm, message))
        payload = slack.envelope(event, f"EvAsk{number}")
        channel = workspace.add_channel(f"c{number}", [user])
        while (await slack.run_command(user, channel, "/reframe", text)).status != 200:
            await asyncio.sleep(0.2)  # as whoever sees that it failed tries again
        acknowledged_commands.append(channel)
        while (await slack.deliver(payload, retry=False)).status != 200:
            await asyncio.sleep(0.2)

    async def send_all() -> None:
        tasks = []
        for number in range(REQUESTS):
            while number > (chaos.kills + 1) * REQUESTS / KILLS:
                await asyncio.sleep(0.01)
            tasks.append(asyncio.create_task(send_requests(number)))
            await asyncio.sleep(0.03)
        await asyncio.gather(*tasks)

    async with slack:
        slack.events.echo_bot_messages = False
        await chaos.start()
        sending = asyncio.create_task(send_all())
        while chaos.kills < KILLS:
            slack.faults.inject("chat.postMessage", Fault.slow(0.2), after=3)
            await asyncio.sleep(rng.uniform(0.1, 0.6))
            await chaos.bot.kill()
            chaos.kills += 1
            await chaos.start()
        slack.faults.clear()
        await sending
        await chaos.bot.wait_until_idle(60)
        await chaos.bot.stop()

    replies = Counter(channel for channel, _ in workspace.bot_messages())
    assert len(direct_channels) == REQUESTS
    assert {replies[dm] for dm in direct_channels} == {1}
    assert len(acknowledged_commands) == REQUESTS
    assert all(workspace.channels[c].ephemerals for c in acknowledged_commands)


async def lock_database(bot: BotHarness) -> sqlite3.Connection:
    """Lock the bot's database from outside, as soon as the bot is not in a transaction."""
    other = sqlite3.connect(f"{bot.folder}/reframe.db", timeout=0, isolation_level=None)
    async with asyncio.timeout(5):
        while True:
            try:
                other.execute("BEGIN IMMEDIATE")
            except sqlite3.OperationalError:
                await asyncio.sleep(0.005)
            else:
                return other


async def test_command_while_the_database_is_locked(bot: BotHarness) -> None:
    """Refuse a command that can't be stored, so Slack tells the user that it failed."""
    other = await lock_database(bot)
    attempt = await bot.slack.run_command(bot.ana, bot.deal, "/reframe", ENTITLEMENT)
    other.execute("ROLLBACK")
    other.close()
    await bot.idle()

    assert attempt.status == 503
    assert attempt.seconds < 3
    assert bot.shown() == []


async def test_direct_message_while_the_database_is_locked(bot: BotHarness) -> None:
    """Reply once to a direct message that could be stored only when Slack sent it again."""
    other = await lock_database(bot)
    dm = bot.workspace.dm_channel(bot.ana)
    posting = asyncio.create_task(bot.slack.post_message(bot.ana, dm, ENTITLEMENT))
    await bot.until(lambda: any(a.status == 503 for a in bot.slack.attempts))
    other.execute("ROLLBACK")
    other.close()
    await posting
    await bot.idle()

    assert len(bot.direct()) == 1


@pytest.mark.parametrize(
    "fault", [Fault.disconnect_after(), Fault.http(502, "<html>"), Fault.hang(2)]
)
async def test_unconfirmed_direct_reply(bot: BotHarness, fault: Fault) -> None:
    """Search the conversation for an unconfirmed reply, and post it once."""
    bot.slack.faults.inject("chat.postMessage", fault)
    dm = bot.workspace.dm_channel(bot.ana)
    await bot.slack.post_message(bot.ana, dm, ENTITLEMENT)
    await bot.idle()

    assert len(bot.direct()) == 1
