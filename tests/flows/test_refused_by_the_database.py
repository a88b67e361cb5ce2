"""A database that refuses what a story writes about one row: each loop goes on, for the others."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator, Callable, Collection
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from bot.core.policy import DAY
from bot.flows.deliver import Deliver
from bot.flows.errors import StoreRefusedError
from bot.flows.nudge import Nudge
from bot.flows.on_demand import OnDemand
from bot.flows.ports.asks import Ask, AskKind, ReplyPlace
from bot.flows.ports.outbox import MessageKind, OutgoingMessage
from bot.workers.loop import WorkerLoop
from tests.flows.stories import Stories

BLAME = "blame: they never answer"
FRIDAY = datetime(2025, 11, 28, 14, 0, tzinfo=UTC).timestamp()  # 15:00 in Berlin


async def make_due(stories: Stories, what: str) -> None:
    """Let something be due in two workspaces."""
    for workspace_id in ("T1", "T2"):
        match what:
            case "delivery":
                message = OutgoingMessage(
                    key="m", kind=MessageKind.MESSAGE, workspace_id=workspace_id, channel_id="D1"
                )
                async with stories.store.begin() as uow:
                    await uow.outbox.enqueue(message, now=stories.now)
            case "decisions":
                await stories.intake.receive(stories.message(BLAME, workspace_id=workspace_id))
            case _:
                place, url = ReplyPlace.RESPONSE, "https://slack.test/1"
                asked = Ask("a", AskKind.ADVICE, workspace_id, "U-ana", place, url, BLAME)
                await stories.on_demand.submit(asked)


async def done(stories: Stories, what: str) -> list[str]:
    """Return in which workspaces it is done."""
    if what == "asks":
        return sorted(ask.workspace_id for ask, _ in stories.presenter.replies)
    if what == "delivery":
        return [w for w in ("T1", "T2") if "m" in stories.chat.keys(w)]
    return [w for w in ("T1", "T2") if await stories.decided(w)]


def refusing(stories: Stories, numbers: Collection[int]) -> Callable[[], Any]:
    """Return how a transaction begins in a database that refuses some of those of the workers.

    The first is the one that claims.
    """
    begin, count, test = stories.store.begin, itertools.count(1), asyncio.current_task()

    @asynccontextmanager
    async def open_transaction() -> AsyncIterator[Any]:
        number = 0 if asyncio.current_task() is test else next(count)
        async with begin() as uow:
            yield uow
            if number in numbers:
                raise StoreRefusedError("DataError")

    return open_transaction


@pytest.mark.parametrize("what", ["delivery", "decisions", "asks"])
async def test_a_row_that_the_database_refuses_ends_no_loop(
    stories: Stories, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, what: str
) -> None:
    """Also if it refuses what the story writes because it was refused; then both are done."""
    monkeypatch.setattr("bot.workers.loop._REFUSED_PAUSE_SECONDS", 0.01)
    stories = replace(stories, limits=replace(stories.limits, settle_seconds=0))
    await make_due(stories, what)
    monkeypatch.setattr(stories.store, "begin", refusing(stories, range(2, 8)))
    loops: dict[str, Deliver | Nudge | OnDemand] = {
        "delivery": stories.deliver,
        "decisions": stories.nudge,
        "asks": stories.on_demand,
    }
    story = loops[what]
    loop = WorkerLoop(what, story.run_due, stories.clock, idle_seconds=60, finish=story.finish)
    running = asyncio.create_task(loop.run())
    try:
        async with asyncio.timeout(5):
            while await done(stories, what) != ["T1", "T2"] and not running.done():
                stories.now += DAY / 480
                await asyncio.sleep(0.01)
    finally:
        loop.stop()
        await running

    assert await done(stories, what) == ["T1", "T2"]
    assert f"{what} goes on without what the database refuses: DataError" in caplog.text


async def test_weekly_work_that_the_database_refuses_is_left_to_its_lease(
    stories: Stories, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Nobody could even write that it waits; so it is claimed again when the lease has ended."""
    await stories.schedule.switch("T1", "U-ana", on=True)
    stories.now = FRIDAY
    with monkeypatch.context() as at_first:
        at_first.setattr(stories.store, "begin", refusing(stories, (2, 4)))
        assert await asyncio.create_task(stories.reflections.run_due()) == 0
    assert "1 claims lapse with their leases: DataError" in caplog.text
    assert await stories.reflections.run_due() == 0
    stories.now += stories.limits.batches.lease_seconds
    assert await stories.reflections.run_due() == 1
