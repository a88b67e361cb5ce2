"""A running fake Slack with a user and a channel, and a client with the bot's token."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bot.sandbox.slack import FakeSlack


@pytest.fixture
async def slack() -> AsyncIterator[FakeSlack]:
    async with FakeSlack() as running:
        running.delivery.retry_scale = 0.0
        yield running


@pytest.fixture
def client(slack: FakeSlack) -> AsyncWebClient:
    return AsyncWebClient(slack.workspace.bot_token, base_url=slack.api_url, retry_handlers=[])


@pytest.fixture
def ana(slack: FakeSlack) -> str:
    return slack.workspace.add_user("ana")


@pytest.fixture
def deal(slack: FakeSlack, ana: str) -> str:
    return slack.workspace.add_channel("deal", [ana])
