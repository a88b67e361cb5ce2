"""Stopping waits for what weekly work has left under way, but not for ever."""

from __future__ import annotations

import asyncio

import pytest

from bot.serve import Worker


async def nothing() -> int:
    return 0


async def stop(seconds: float) -> list[str]:
    """Start and stop a worker whose weekly work needs some seconds more; return its end."""
    ended: list[str] = []

    async def finish() -> None:
        try:
            await asyncio.sleep(seconds)
            ended.append("finished")
        except asyncio.CancelledError:
            ended.append("cancelled")
            raise

    worker = Worker(
        loops={},
        weekly={"weekly": nothing},
        finish_weekly=(finish,),
        erase=nothing,
        tick_seconds=60.0,
    )
    async with asyncio.timeout(5):
        await worker.stop(worker.start())
    return ended


async def test_a_stop_waits_for_what_is_under_way() -> None:
    assert await stop(seconds=0.05) == ["finished"]


async def test_a_stop_does_not_wait_for_a_slack_that_hangs(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("bot.serve.SHUTDOWN_GRACE_SECONDS", 0.1)

    assert await stop(seconds=3_600) == ["cancelled"]
