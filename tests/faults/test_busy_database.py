"""A database that is busy for a while must not make the bot post anything twice."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from contextlib import closing
from pathlib import Path

import pytest

from bot.flows.errors import StoreUnavailableError
from bot.sandbox.faults import Fault
from tests.harness import ENTITLEMENT, LABELLING, BotHarness

BUSY_SECONDS = 1.0
SLOW_LOOKUP_SECONDS = 2.3
TIMEOUT = {"REFRAME_POST_TIMEOUT_SECONDS": 10}


async def test_post_each_question_once(harness: BotHarness) -> None:
    """Post each of two questions once although the database is busy while they are sent.

    The quick one fails to write down that it starts; the slow one is still asking Slack who reads
    the channel. A bot that starts over without waiting for the slow one posts that one twice.
    """
    slack = harness.slack
    other = harness.workspace.add_channel("deal-harbour", [harness.ben])
    await harness.start(**TIMEOUT)
    slack.faults.inject("chat.postMessage", Fault.rate_limited("1"), times=2)
    first = await harness.say(ENTITLEMENT)
    second = await harness.say(LABELLING, user=harness.ben, channel=other)
    await harness.until(lambda: len(slack.calls_to("chat.postMessage")) == 2)
    await harness.stop()
    await asyncio.sleep(1.1)  # both questions may be tried again from now on

    lookups = len(slack.calls_to("conversations.info"))
    slack.faults.inject("conversations.info", Fault.slow(SLOW_LOOKUP_SECONDS))
    slack.faults.inject("conversations.info", Fault.slow(0.3))
    slack.faults.inject("chat.postMessage", Fault.slow(0.4), times=6)
    starting = asyncio.create_task(harness.start(**TIMEOUT))
    await harness.until(lambda: len(slack.calls_to("conversations.info")) > lookups)
    began = time.monotonic()
    await asyncio.to_thread(_keep_busy, harness.folder / "reframe.db")
    await starting
    await harness.idle()
    await asyncio.sleep(max(0.0, began + SLOW_LOOKUP_SECONDS + 1 - time.monotonic()))
    await harness.idle()

    assert len(harness.replies(first)) == 1
    assert len(harness.replies(second, other)) == 1


async def test_start_while_busy(harness: BotHarness, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run and ask questions although the database has no time for the purge at the start."""

    async def fail(*_: object) -> int:
        raise StoreUnavailableError("TimeoutError")

    monkeypatch.setattr("bot.worker_wiring.purge_expired", fail)
    await harness.start()
    ts = await harness.say(ENTITLEMENT)
    await harness.idle()

    assert len(harness.replies(ts)) == 1


def _keep_busy(file: Path) -> None:
    """Hold the write lock, as a backup may do."""
    with closing(sqlite3.connect(file, timeout=5, isolation_level=None)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        time.sleep(BUSY_SECONDS)
        connection.execute("ROLLBACK")
