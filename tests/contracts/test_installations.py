"""The contract of installations: encrypted, replaced as a whole, and exchanged by one at a time."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from bot.core.model import Trap
from bot.core.policy import InstallLimits
from bot.flows.errors import NoEncryptionKeyError, SlackRefusedError, SlackUnavailableError
from bot.flows.installing import Installing
from bot.flows.ports.inbox import NewMessage
from bot.flows.ports.installations import BotTokens, Installation
from bot.flows.ports.unit_of_work import Store
from bot.flows.workspace_tokens import WorkspaceTokens
from tests.contracts.examples import LEASE, ME, NOW, Workers, ask, message, nudge

LIMITS = InstallLimits()
HOUR = 3_600.0
SOON = BotTokens("xoxb-old", "xoxe-1", NOW + HOUR)  # to be exchanged, and still good
LATE = BotTokens("xoxb-old", "xoxe-1", NOW - 1)
NEW = BotTokens("xoxb-new", "xoxe-2", NOW + 12 * HOUR)


def installed(tokens: BotTokens, workspace_id: str = "T1") -> Installation:
    return Installation(workspace_id, "U0", "B0", "A0", tokens)


async def save(store: Store, installation: Installation) -> None:
    async with store.begin() as uow:
        await uow.installations.save(installation, now=NOW)


async def get(store: Store, workspace_id: str = "T1") -> Installation | None:
    async with store.begin() as uow:
        return await uow.installations.get(workspace_id)


async def test_an_installation_is_kept_for_every_process(workers: Workers) -> None:
    await save(workers.one, installed(BotTokens("xoxb-1")))
    await save(workers.one, installed(SOON, "T2"))

    assert await get(workers.two) == installed(BotTokens("xoxb-1"))
    assert await get(workers.two, "T2") == installed(SOON, "T2")
    assert await get(workers.two, "T3") is None
    async with workers.two.begin() as uow:
        assert await uow.installations.count() == 2


async def test_a_second_installation_takes_the_place_of_the_first(store: Store) -> None:
    await save(store, installed(SOON))
    again = replace(installed(BotTokens("xoxb-2")), bot_user_id="U9")
    await save(store, again)

    assert await get(store) == again


async def test_without_the_key_nothing_is_read_or_kept(workers: Workers) -> None:
    """A process without the key keeps no token that others could read."""
    await save(workers.one, installed(SOON))

    assert await get(workers.without_key) is None
    with pytest.raises(NoEncryptionKeyError):
        await save(workers.without_key, installed(NEW))
    assert await get(workers.one) == installed(SOON)


async def test_erasing_a_workspace_erases_its_tokens(store: Store) -> None:
    await save(store, installed(SOON))
    await save(store, installed(SOON, "T2"))
    async with store.begin() as uow:
        await uow.personal_data.erase_workspace("T1")

    assert await get(store) is None
    assert await get(store, "T2") == installed(SOON, "T2")


async def test_one_process_at_a_time_exchanges(workers: Workers) -> None:
    await save(workers.one, installed(SOON))
    assert SOON.expires_at is not None

    async def claim(store: Store, owner: str, now: float = NOW) -> bool:
        assert SOON.expires_at is not None
        async with store.begin() as uow:
            return await uow.installations.claim_refresh(
                "T1", expires_at=SOON.expires_at, owner=owner, now=now, until=now + 15
            )

    claims = [claim(w, n) for w, n in ((workers.one, "a"), (workers.two, "b"))]
    won = await asyncio.gather(*claims)
    assert sorted(won) == [False, True]
    loser = "ab"[won.index(False)]
    async with workers.two.begin() as uow:
        assert not await uow.installations.replace_tokens("T1", NEW, owner=loser)
        await uow.installations.release_refresh("T1", owner=loser)
    assert not await claim(workers.two, loser)
    assert await claim(workers.two, loser, NOW + 15)  # the first one died
    async with workers.two.begin() as uow:
        assert await uow.installations.replace_tokens("T1", NEW, owner=loser)
    assert await get(workers.one) == installed(NEW)
    assert not await claim(workers.one, "c", NOW + 60)  # that token is gone


async def test_a_state_counts_once_and_for_ten_minutes(workers: Workers) -> None:
    now = [NOW]
    states = iter(["first", "second"])

    def installing(store: Store) -> Installing:
        return Installing(
            store=store, clock=lambda: now[0], new_state=lambda: next(states), limits=LIMITS
        )

    begun, ended = installing(workers.one), installing(workers.two)
    first, second = await begun.begin(), await begun.begin()

    assert await ended.is_ours(first)
    assert not await ended.is_ours(first)
    assert not await ended.is_ours("made up \udcff")
    now[0] += LIMITS.seconds
    assert not await ended.is_ours(second)


class Exchange:
    """Slack, which takes a refresh token once."""

    def __init__(self, *, fails: Exception | None = None) -> None:
        self.taken: list[str] = []
        self.fails = fails

    async def refresh(self, workspace_id: str, refresh_token: str) -> BotTokens:
        await asyncio.sleep(0.01)
        if self.fails:
            raise self.fails
        assert refresh_token not in self.taken
        self.taken.append(refresh_token)
        return NEW


def process(store: Store, exchange: Exchange, owner: str, clock: list[float]) -> WorkspaceTokens:
    async def sleep(seconds: float) -> None:
        clock[0] += seconds
        await asyncio.sleep(0.005)

    return WorkspaceTokens(
        store=store,
        exchange=exchange,
        clock=lambda: clock[0],
        owner=owner,
        limits=LIMITS,
        sleep=sleep,
    )


@pytest.mark.parametrize("old", [SOON, LATE], ids=["soon", "late"])
async def test_fifty_calls_in_two_processes_exchange_once(workers: Workers, old: BotTokens) -> None:
    """Whoever comes second gets the old token while it holds, and the new one after that."""
    await save(workers.one, installed(old))
    exchange, clock = Exchange(), [NOW]
    processes = [
        process(workers.one, exchange, "a", clock),
        process(workers.two, exchange, "b", clock),
    ]
    calls = (each.current("T1") for _ in range(25) for each in processes)
    found = {i.tokens for i in await asyncio.gather(*calls) if i}

    assert exchange.taken == ["xoxe-1"]
    assert found <= ({NEW} if old is LATE else {NEW, SOON})
    assert await processes[0].current("T1") == installed(NEW)


async def test_a_failed_exchange(store: Store) -> None:
    """The old token goes on while it holds; later, the failure is told, and the next call tries."""
    clock = [NOW]
    refused = Exchange(fails=SlackRefusedError("invalid_refresh_token"))
    away = Exchange(fails=SlackUnavailableError("away"))
    await save(store, installed(SOON))
    assert await process(store, refused, "a", clock).current("T1") == installed(SOON)
    assert await process(store, away, "b", clock).current("T1") == installed(SOON)
    clock[0] += HOUR
    with pytest.raises(SlackRefusedError):
        await process(store, refused, "a", clock).current("T1")
    with pytest.raises(SlackUnavailableError):
        await process(store, away, "b", clock).current("T1")

    assert await process(store, Exchange(), "c", clock).current("T1") == installed(NEW)


async def test_whoever_waits_for_a_dead_process_goes_on(workers: Workers) -> None:
    """Its claim ends by itself."""
    await save(workers.one, installed(LATE))
    assert LATE.expires_at is not None
    async with workers.one.begin() as uow:
        assert await uow.installations.claim_refresh(
            "T1", expires_at=LATE.expires_at, owner="dead", now=NOW, until=NOW + 10
        )
    clock, exchange = [NOW], Exchange()

    assert await process(workers.two, exchange, "b", clock).current("T1") == installed(NEW)
    assert clock[0] >= NOW + 10


async def test_a_token_that_never_expires_is_left_alone(store: Store) -> None:
    await save(store, installed(BotTokens("xoxb-1")))
    exchange = Exchange()

    assert await process(store, exchange, "a", [NOW]).current("T1") == installed(
        BotTokens("xoxb-1")
    )
    assert await process(store, exchange, "a", [NOW]).current("T2") is None
    assert exchange.taken == []


async def test_nothing_is_written_about_a_workspace_that_has_gone(workers: Workers) -> None:
    """Work that was under way writes as ever, in either process, and leaves nothing; of another
    workspace, and of one without an installation, it does."""
    await save(workers.one, installed(BotTokens("xoxb-1")))
    async with workers.one.begin() as uow:
        for workspace_id in ("T1", "T2"):
            await uow.removals.add(workspace_id, now=NOW)
            await uow.personal_data.erase_workspace(workspace_id)
    for store in (workers.one, workers.two):
        for workspace_id in ("T1", "T2"):
            async with store.begin() as uow:
                await uow.inbox.add_all(
                    [NewMessage(message(workspace_id=workspace_id), NOW)], now=NOW
                )
                await uow.outbox.enqueue(nudge(workspace_id=workspace_id), now=NOW)
                await uow.asks.add(ask(workspace_id=workspace_id), now=NOW)
                await uow.people.update(workspace_id, "U1", daily_limit=1)
                await uow.people.mute(workspace_id, "U1", Trap.BLAME, until=NOW)
                await uow.marks.add(workspace_id, "asked", "U1", at=NOW)
                await uow.channels.update(workspace_id, "C1", inviter_id="U1")

    async with workers.one.begin() as uow:
        due = await uow.inbox.claim_due(now=NOW, limit=9, owner=ME, lease_until=NOW + LEASE)
        assert [c.message.workspace_id for c in due] == ["T2"]
        assert await uow.outbox.count_open() == 1
        assert not any((await uow.personal_data.export("T1", "U1")).values())
        assert await uow.personal_data.erase_workspace("T1") == 0
        assert await uow.personal_data.erase_workspace("T2") >= 7


async def test_who_installs_again_is_written_about(workers: Workers) -> None:
    await save(workers.one, installed(BotTokens("xoxb-1")))
    async with workers.one.begin() as uow:
        await uow.removals.add("T1", now=NOW)
        await uow.personal_data.erase_workspace("T1")
    async with workers.two.begin() as uow:
        await uow.removals.withdraw("T1")
        await uow.installations.save(installed(BotTokens("xoxb-2")), now=NOW)
    async with workers.one.begin() as uow:
        await uow.people.update("T1", "U1", daily_limit=1)

    async with workers.two.begin() as uow:
        assert (await uow.people.preferences("T1", "U1")).daily_limit == 1
