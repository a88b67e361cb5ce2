"""What Slack asks one process to leave alone, all others leave alone: with two clients, each with
what a process of its own has, over one store."""

from __future__ import annotations

import time
from collections.abc import Callable
from unittest.mock import create_autospec

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError

from bot.flows.errors import RateLimitedError, StoreUnavailableError
from bot.flows.shared_rate_limits import SharedRateLimits
from bot.sandbox.faults import Fault
from bot.sandbox.slack import FakeSlack
from bot.slack.clients import Client, MethodHolds, web_client
from tests.fakes.memory_store import MemoryStore

NewClient = Callable[..., Client]


@pytest.fixture
def process(slack: FakeSlack, session: aiohttp.ClientSession) -> NewClient:
    """Return what builds the client of one more process."""

    def build(store: MemoryStore, workspace_id: str = "T1", *, asks: bool = True) -> Client:
        client = web_client(slack.workspace.bot_token, slack.api_url, 1, session)
        shared = SharedRateLimits(store=store, clock=time.time, asks=asks)
        client.holds = MethodHolds(workspace_id, shared)
        return client

    return build


@pytest.mark.parametrize("by_web", [True, False])
async def test_what_one_process_hears_the_others_obey(
    slack: FakeSlack, process: NewClient, by_web: bool
) -> None:
    """Whichever of them does the work, and only in the same workspace, and for the same method."""
    store = MemoryStore()
    one, web = process(store, asks=by_web), process(store)
    elsewhere = process(store, "T2")
    slack.faults.inject("auth.test", Fault.rate_limited("30"))
    with pytest.raises(SlackApiError):
        await one.auth_test()

    with pytest.raises(RateLimitedError) as told:
        await web.auth_test()
    assert 29 < told.value.retry_after <= 30
    assert len(slack.calls_to("auth.test")) == 1
    assert (await elsewhere.auth_test())["ok"]
    assert (await web.users_list())["ok"]


async def test_a_wait_that_is_over_holds_nobody(slack: FakeSlack, process: NewClient) -> None:
    store = MemoryStore()
    async with store.begin() as uow:
        await uow.rate_limits.hold("T1", "auth.test", until=time.time() - 1)

    assert (await process(store).auth_test())["ok"]


async def test_without_the_database_each_process_hears_it_from_slack(
    slack: FakeSlack, process: NewClient
) -> None:
    """Nothing fails for it that Slack would have done."""
    away = create_autospec(MemoryStore, instance=True)
    away.begin.side_effect = away.look.side_effect = StoreUnavailableError("away")
    one, two = process(away), process(away)
    slack.faults.inject("auth.test", Fault.rate_limited("30"))
    with pytest.raises(SlackApiError):
        await one.auth_test()

    with pytest.raises(RateLimitedError):
        await one.auth_test()
    assert (await two.auth_test())["ok"]
