"""Fixtures for everything that talks to Slack: a fake Slack, and the adapters on top of it."""

from __future__ import annotations

from collections.abc import AsyncIterator

import aiohttp
import pytest

from bot.core.playbook_model import Playbook
from bot.sandbox.slack import FakeSlack
from bot.sandbox.workspace import Workspace
from bot.slack.clients import web_client
from bot.slack.gateway import Gateway
from bot.slack.identity import Identity
from bot.slack.presenter import SlackPresenter
from bot.slack.url_posts import UrlPosts
from bot.slack.workspaces import SingleWorkspace
from tests.slack.bolt import BoltDriver
from tests.slack.kit import Clock


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as opened:
        yield opened


@pytest.fixture
async def slack() -> AsyncIterator[FakeSlack]:
    async with FakeSlack(Workspace()) as running:
        yield running


@pytest.fixture
def clients(slack: FakeSlack, session: aiohttp.ClientSession) -> SingleWorkspace:
    client = web_client(slack.workspace.bot_token, slack.api_url, 1, session)
    space = slack.workspace
    identity = Identity(space.team_id, space.bot_user_id, space.bot_id, space.app_id)
    return SingleWorkspace(identity, client)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def gateway(clients: SingleWorkspace, playbook: Playbook, clock: Clock) -> Gateway:
    return Gateway(clients, playbook.languages, clock)


@pytest.fixture
def presenter(
    clients: SingleWorkspace,
    gateway: Gateway,
    session: aiohttp.ClientSession,
    playbook: Playbook,
) -> SlackPresenter:
    return SlackPresenter(
        clients=clients,
        direct_channels=gateway.direct_channels,
        url_posts=UrlPosts(session, 1),
        retention_days=90,
    )


@pytest.fixture
async def bolt(
    slack: FakeSlack,
    clients: SingleWorkspace,
    presenter: SlackPresenter,
    playbook: Playbook,
) -> BoltDriver:
    driver = BoltDriver(slack, clients, presenter, playbook.strings)
    await driver.start()
    return driver
