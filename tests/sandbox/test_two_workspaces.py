"""Two fake workspaces of one app whose user, channel and message ids collide."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import aiohttp
import pytest
from aiohttp import web
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.sandbox.slack import FakeSlack
from bot.sandbox.workspace import Json, Workspace

NOW = 1_760_000_000.0


@dataclass
class Tenant:
    """A workspace with one user, one channel and one message."""

    slack: FakeSlack
    ana: str = ""
    deal: str = ""
    ts: str = ""

    @property
    def workspace(self) -> Workspace:
        return self.slack.workspace

    def client(self, token: str) -> AsyncWebClient:
        return AsyncWebClient(token, base_url=self.slack.api_url, retry_handlers=[])

    async def fill(self) -> None:
        self.ana = self.workspace.add_user("ana")
        self.deal = self.workspace.add_channel("deal", [self.ana])
        self.ts = await self.slack.post_message(self.ana, self.deal, self.workspace.team_id)
        await self.slack.wait_for_deliveries()


@dataclass
class App:
    """One app installed in both workspaces; records the payloads it receives."""

    events: list[Json] = field(default_factory=list)
    commands: list[dict[str, str]] = field(default_factory=list)
    interactions: list[Json] = field(default_factory=list)

    async def serve(self, request: web.Request) -> web.Response:
        if request.content_type == "application/json":
            self.events.append(await request.json())
            return web.Response()
        form = {key: str(value) for key, value in (await request.post()).items()}
        if "payload" in form:
            self.interactions.append(json.loads(form["payload"]))
        else:
            self.commands.append(form)
        return web.Response()


@pytest.fixture
async def app() -> App:
    return App()


@pytest.fixture
async def tenants(app: App) -> AsyncIterator[tuple[Tenant, Tenant]]:
    site = web.Application()
    site.router.add_post("/", app.serve)
    runner = web.AppRunner(site, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    url = f"http://127.0.0.1:{runner.addresses[0][1]}/"
    first = Tenant(FakeSlack(Workspace(lambda: NOW, team_id="T1")))
    second = Tenant(FakeSlack(Workspace(lambda: NOW, team_id="T2")))
    async with first.slack, second.slack:
        for tenant in (first, second):
            tenant.slack.set_request_url(url)
            await tenant.fill()
        yield first, second
    await runner.cleanup()


async def test_all_ids_but_the_teams_collide(tenants: tuple[Tenant, Tenant]) -> None:
    """User, channel, message and bot ids are the same; only the team ids and tokens differ."""
    first, second = tenants

    assert (first.ana, first.deal, first.ts) == (second.ana, second.deal, second.ts)
    assert first.workspace.bot_user_id == second.workspace.bot_user_id
    assert first.workspace.dm_channel(first.ana) == second.workspace.dm_channel(second.ana)
    assert first.workspace.team_id != second.workspace.team_id
    assert first.workspace.bot_token != second.workspace.bot_token


async def test_events_carry_their_team_and_a_globally_unique_id(
    tenants: tuple[Tenant, Tenant], app: App
) -> None:
    """The app can tell the workspaces' events apart by team id, and no two event ids collide."""
    first, _ = tenants
    messages = [received["event"] for received in app.events]

    assert [received["team_id"] for received in app.events] == ["T1", "T2"]
    assert [m["text"] for m in messages] == ["T1", "T2"]
    assert [m["team"] for m in messages] == ["T1", "T2"]
    assert [(m["channel"], m["user"], m["ts"]) for m in messages] == [
        (first.deal, first.ana, first.ts)
    ] * 2
    assert [r["authorizations"][0]["team_id"] for r in app.events] == ["T1", "T2"]
    assert len({received["event_id"] for received in app.events}) == 2


async def test_a_token_opens_only_its_workspace(tenants: tuple[Tenant, Tenant]) -> None:
    """The bot token of one workspace is invalid in the other."""
    first, second = tenants
    allowed = await second.client(second.workspace.bot_token).auth_test()
    with pytest.raises(SlackApiError) as rejected:
        await second.client(first.workspace.bot_token).auth_test()

    assert allowed["team_id"] == "T2"
    assert rejected.value.response["error"] == "invalid_auth"


async def test_posts_stay_in_their_workspace(tenants: tuple[Tenant, Tenant]) -> None:
    """A reply to the same channel and ts appears only in the workspace it was posted to."""
    first, second = tenants
    client = second.client(second.workspace.bot_token)
    await client.chat_postMessage(channel=second.deal, thread_ts=second.ts, text="x")
    await client.chat_postEphemeral(channel=second.deal, user=second.ana, text="y")

    assert len(second.workspace.replies(second.deal, second.ts)) == 1
    assert len(second.workspace.ephemerals(second.deal, second.ana)) == 1
    assert first.workspace.replies(first.deal, first.ts) == []
    assert first.workspace.ephemerals(first.deal, first.ana) == []


async def test_commands_and_interactions_carry_their_team(
    tenants: tuple[Tenant, Tenant], app: App
) -> None:
    """They name the team, and no two trigger ids or response URLs are the same."""
    for tenant in tenants:
        await tenant.slack.run_command(tenant.ana, tenant.deal, "/reframe", "x")
        await tenant.slack.run_shortcut(tenant.ana, tenant.deal, tenant.ts, "ask")
    payloads = [*app.commands, *app.interactions]

    assert [command["team_id"] for command in app.commands] == ["T1", "T2"]
    assert [interaction["team"]["id"] for interaction in app.interactions] == ["T1", "T2"]
    assert [interaction["user"]["team_id"] for interaction in app.interactions] == ["T1", "T2"]
    assert len({payload["trigger_id"] for payload in payloads}) == 4
    assert len({payload["response_url"] for payload in payloads}) == 4


async def test_a_response_url_leads_back_to_its_workspace(
    tenants: tuple[Tenant, Tenant], app: App
) -> None:
    """A body posted to a response URL is shown in the workspace that the URL came from."""
    first, second = tenants
    for tenant in tenants:
        await tenant.slack.run_command(tenant.ana, tenant.deal, "/reframe", "x")
    async with (
        aiohttp.ClientSession() as session,
        session.post(app.commands[1]["response_url"], json={"text": "for T2"}) as response,
    ):
        assert response.status == 200

    assert [m["text"] for m in second.workspace.ephemerals(second.deal, second.ana)] == ["for T2"]
    assert first.workspace.ephemerals(first.deal, first.ana) == []
