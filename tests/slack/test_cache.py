"""What Slack said is remembered per workspace, for a while, and asked for once."""

from __future__ import annotations

import asyncio

import pytest

from bot.flows.errors import SlackUnavailableError
from bot.slack import cache
from bot.slack.cache import WorkspaceCache


class Source:
    """Counts what it is asked; ``gate`` holds answers back."""

    def __init__(self) -> None:
        self.now = 1_000.0
        self.asked: list[tuple[str, str]] = []
        self.fails = False
        self.gate = asyncio.Event()
        self.gate.set()
        self.cache = WorkspaceCache(self.fetch, lambda: self.now)

    async def fetch(self, workspace_id: str, item_id: str) -> str:
        self.asked.append((workspace_id, item_id))
        await self.gate.wait()
        if self.fails:
            raise SlackUnavailableError("down")
        return f"{workspace_id}/{item_id}/{len(self.asked)}"


@pytest.fixture
def source() -> Source:
    return Source()


async def test_workspaces_are_apart(source: Source) -> None:
    """The same id in two workspaces is two values."""
    assert await source.cache.get("T1", "U1") == "T1/U1/1"
    assert await source.cache.get("T2", "U1") == "T2/U1/2"
    assert await source.cache.get("T1", "U1") == "T1/U1/1"


async def test_a_value_holds_for_ten_minutes(source: Source) -> None:
    """A value is used until its time is over."""
    for seconds in (0, 599, 2):
        source.now += seconds
        await source.cache.get("T1", "U1")

    assert len(source.asked) == 2


async def test_a_full_cache_forgets_only_the_oldest(
    source: Source, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A new value makes room for itself; everything else stays known."""
    monkeypatch.setattr(cache, "MAX_ENTRIES", 3)
    small = WorkspaceCache(source.fetch, lambda: source.now)
    for name in ("a", "b", "c", "d"):
        await small.get("T1", name)
    source.asked.clear()
    for name in ("d", "c", "b"):
        await small.get("T1", name)

    assert source.asked == []


async def test_many_ask_once(source: Source) -> None:
    """Twenty callers at a time cost one call per workspace."""
    source.gate.clear()
    waiting = [
        asyncio.create_task(source.cache.get(workspace_id, "U1"))
        for workspace_id in ("T1", "T2")
        for _ in range(20)
    ]
    await asyncio.sleep(0)
    source.gate.set()
    found = await asyncio.gather(*waiting)

    assert sorted(source.asked) == [("T1", "U1"), ("T2", "U1")]
    assert len(set(found)) == 2


async def test_many_ask_again_after_a_failure(source: Source) -> None:
    """A failure is not remembered, nor shared: each waiting caller asks, one after the other."""
    source.fails = True
    results = await asyncio.gather(
        *(source.cache.get("T1", "U1") for _ in range(3)), return_exceptions=True
    )
    source.fails = False

    assert all(isinstance(result, SlackUnavailableError) for result in results)
    assert await source.cache.get("T1", "U1") == "T1/U1/4"


async def test_a_fresh_value_is_asked_for_afterward(source: Source) -> None:
    """A fresh value comes from a call that began after the request, not from one under way."""
    source.gate.clear()
    earlier = asyncio.create_task(source.cache.get("T1", "C1"))
    await asyncio.sleep(0)
    fresh = asyncio.create_task(source.cache.get("T1", "C1", fresh=True))
    source.gate.set()

    assert (await earlier, await fresh) == ("T1/C1/1", "T1/C1/2")
    assert await source.cache.get("T1", "C1") == "T1/C1/2"


async def test_locks_are_not_kept(source: Source) -> None:
    """What nobody waits for any more leaves nothing behind."""
    for number in range(50):
        await source.cache.get("T1", f"U{number}")

    assert len(source.cache._locks) == 0
