"""What Slack said is remembered per workspace, for a while, and asked for once."""

from __future__ import annotations

import asyncio
import gc

import pytest

from bot.flows.errors import SlackUnavailableError
from bot.slack import cache
from bot.slack.cache import WorkspaceCache


class Source:
    """Counts what it is asked; ``gate`` holds answers back."""

    def __init__(self) -> None:
        self.now = 1_000.0
        self.ticks = 0.0
        self.asked: list[tuple[str, str]] = []
        self.fails = False
        self.gate = asyncio.Event()
        self.gate.set()
        self.cache = WorkspaceCache(self.fetch, lambda: self.now, monotonic=lambda: self.ticks)

    async def fetch(self, workspace_id: str, item_id: str) -> str:
        self.asked.append((workspace_id, item_id))
        number = len(self.asked)
        await self.gate.wait()
        if self.fails:
            raise SlackUnavailableError("down")
        return f"{workspace_id}/{item_id}/{number}"


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


@pytest.mark.parametrize(("now", "ticks"), [(0, 600), (600, 0), (-600, 0), (-86_400, 600)])
async def test_a_clock_that_is_set_makes_no_value_last_longer(
    source: Source, now: float, ticks: float
) -> None:
    """Both clocks count: one may be set back, the other may stand still while a computer sleeps."""
    await source.cache.get("T1", "U1")
    source.now += now
    source.ticks += ticks

    assert source.cache.peek("T1", "U1") is None
    assert await source.cache.get("T1", "U1") == "T1/U1/2"


async def test_a_full_cache_forgets_only_the_oldest(source: Source) -> None:
    """A new value makes room for itself; everything else stays known."""
    small = WorkspaceCache(source.fetch, lambda: source.now, max_entries=3)
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


async def test_calls_that_ended_leave_nothing_behind(source: Source) -> None:
    """What nobody waits for any more leaves nothing behind."""
    for number in range(50):
        await source.cache.get("T1", f"U{number}")

    assert (len(source.cache._under_way), len(source.cache._fetches)) == (0, 0)


async def test_a_caller_that_gives_up_leaves_the_answer_to_the_next(source: Source) -> None:
    """While Slack is slow, a caller with little time fills the cache for those after it."""
    source.gate.clear()
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.01):
            await source.cache.get("T1", "C1")
    source.gate.set()

    assert await source.cache.get("T1", "C1") == "T1/C1/1"
    assert source.asked == [("T1", "C1")]


async def test_the_failure_of_a_call_nobody_waits_for_is_seen(source: Source) -> None:
    """An abandoned call that fails leaves no unretrieved exception, and is not remembered."""
    source.gate.clear()
    source.fails = True
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.01):
            await source.cache.get("T1", "C1")
    source.gate.set()
    await asyncio.sleep(0)
    gc.collect()  # an unretrieved exception would be reported, and fail this test
    source.fails = False

    assert await source.cache.get("T1", "C1") == "T1/C1/2"


async def test_abandoned_calls_are_bounded(source: Source, monkeypatch: pytest.MonkeyPatch) -> None:
    """If Slack answers nothing, no endless number of calls piles up."""
    monkeypatch.setattr(cache, "MAX_FETCHES", 3)
    source.gate.clear()
    waiting = [asyncio.create_task(source.cache.get("T1", f"C{n}")) for n in range(3)]
    await asyncio.sleep(0)
    with pytest.raises(SlackUnavailableError):
        await source.cache.get("T1", "C9")
    source.gate.set()
    await asyncio.gather(*waiting)

    assert await source.cache.get("T1", "C9") == "T1/C9/4"


async def test_what_was_asked_before_a_drop_is_not_kept(source: Source) -> None:
    """An answer that was on its way when somebody joined is used by nobody who asks after that."""
    source.gate.clear()
    earlier = asyncio.create_task(source.cache.get("T1", "C1"))
    await asyncio.sleep(0)
    source.cache.drop("T1", "C1")
    later = asyncio.create_task(source.cache.get("T1", "C1"))
    await asyncio.sleep(0)
    source.gate.set()

    assert (await earlier, await later) == ("T1/C1/1", "T1/C1/2")
    assert await source.cache.get("T1", "C1") == "T1/C1/2"


async def test_only_the_stale_values_of_one_workspace_are_dropped(source: Source) -> None:
    """What changes in one workspace leaves the other one alone."""
    for workspace_id, item_id in (("T1", "a"), ("T1", "b"), ("T2", "a")):
        await source.cache.get(workspace_id, item_id)
    source.cache.drop_where("T1", lambda value: value.startswith("T1/a"))

    assert source.cache.peek("T1", "a") is None
    assert source.cache.peek("T1", "b") is not None
    assert source.cache.peek("T2", "a") is not None
