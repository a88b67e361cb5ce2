"""Two workspaces whose channels, users and messages have the same ids: nothing crosses."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from unittest.mock import create_autospec

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError

from bot.core.model import Audience
from bot.core.playbook_model import Playbook
from bot.flows.errors import RateLimitedError, SlackRefusedError
from bot.flows.ports.asks import Ask, AskKind, ReplyPlace
from bot.flows.ports.installations import BotTokens, Installation
from bot.flows.ports.outbox import MessageKind
from bot.flows.ports.rendering import AskReply
from bot.flows.shared_rate_limits import SharedRateLimits
from bot.flows.workspace_tokens import WorkspaceTokens
from bot.sandbox.faults import Fault
from bot.sandbox.slack import FakeSlack
from bot.sandbox.workspace import Workspace
from bot.slack.clients import Client, web_client
from bot.slack.gateway import Gateway
from bot.slack.presenter import SlackPresenter
from bot.slack.state import SlackState
from bot.slack.url_posts import UrlPosts
from bot.slack.views import modals
from bot.slack.workspaces import InstalledWorkspaces
from tests.fakes.memory_store import MemoryStore
from tests.slack.kit import Clock, claimed, rendered

WORKSPACES = ("T1", "T2")


class ClientPerWorkspace:
    """Each workspace has a client with its token. Implements ``ClientProvider``."""

    def __init__(self, clients: dict[str, Client]) -> None:
        self._clients = clients

    async def client(self, workspace_id: str) -> Client:
        if workspace_id not in self._clients:
            raise SlackRefusedError("unknown_workspace")
        return self._clients[workspace_id]

    def leave_alone(self, workspace_id: str, method: str, seconds: float) -> None:
        self._clients[workspace_id].leave_alone(method, seconds)


@dataclass
class Twins:
    """Two fake Slacks in which the same ids mean different things."""

    slacks: dict[str, FakeSlack]
    gateway: Gateway
    presenter: SlackPresenter
    user_id: str
    channel_id: str


@pytest.fixture
async def twins(
    session: aiohttp.ClientSession, playbook: Playbook, clock: Clock
) -> AsyncIterator[Twins]:
    first = FakeSlack(Workspace(clock, team_id="T1", bot_token="xoxb-1"))
    second = FakeSlack(Workspace(clock, team_id="T2", bot_token="xoxb-2"))
    async with first, second:
        slacks = {"T1": first, "T2": second}
        users = {
            first.workspace.add_user("ana", tz="Europe/Berlin"),
            second.workspace.add_user("kim", tz="Asia/Tokyo", is_restricted=True),
        }
        (user_id,) = users  # the same id
        channels = {
            first.workspace.add_channel("deal", [user_id]),
            second.workspace.add_channel("shared", [user_id], is_ext_shared=True),
        }
        (channel_id,) = channels
        clients = ClientPerWorkspace(
            {
                name: web_client(slack.workspace.bot_token, slack.api_url, 1, session)
                for name, slack in slacks.items()
            }
        )
        gateway = Gateway(clients, playbook.languages, clock)
        presenter = SlackPresenter(
            clients=clients,
            direct_channels=gateway.direct_channels,
            url_posts=UrlPosts(session, 1),
            retention_days=90,
        )
        yield Twins(slacks, gateway, presenter, user_id, channel_id)


async def test_audiences_and_people_are_apart(twins: Twins) -> None:
    """What is known of an id in one workspace says nothing about the other."""
    for _ in range(2):  # the second time from the cache
        audiences = [await twins.gateway.audience(w, twins.channel_id) for w in WORKSPACES]
        people = [await twins.gateway.person(w, twins.user_id) for w in WORKSPACES]

        assert audiences == [Audience.COLLEAGUES, Audience.OUTSIDERS]
        assert [p.time_zone for p in people] == ["Europe/Berlin", "Asia/Tokyo"]
        assert [p.is_colleague for p in people] == [True, False]


async def test_context_is_apart(twins: Twins) -> None:
    """Context comes from the workspace of the message."""
    for name, slack in twins.slacks.items():
        await slack.post_message(twins.user_id, twins.channel_id, f"said in {name}", ts="1.000001")
        await slack.post_message(twins.user_id, twins.channel_id, "now", ts="2.000001")
    contexts = [
        await twins.gateway.preceding_messages(w, twins.channel_id, None, "2.000001")
        for w in WORKSPACES
    ]

    assert [[turn.text for turn in turns] for turns in contexts] == [["said in T1"], ["said in T2"]]


async def test_posts_go_to_their_workspace(twins: Twins) -> None:
    """The same key, channel and user in two workspaces are two messages."""
    direct = {}
    for name, slack in twins.slacks.items():
        if name == "T2":  # then the direct channels get different ids
            slack.workspace.add_channel("another")
        direct[name] = slack.workspace.dm_channel(twins.user_id)
        content = rendered(f"for {name}")
        for place in (twins.user_id, twins.channel_id):
            message = claimed(MessageKind.MESSAGE, name, place, key=f"k-{place}", content=content)
            await twins.gateway.post(message)

    assert direct["T1"] != direct["T2"]
    for name, slack in twins.slacks.items():
        posted = [(channel, m["text"]) for channel, m in slack.workspace.bot_messages()]
        assert sorted(posted) == sorted(
            [(direct[name], f"for {name}"), (twins.channel_id, f"for {name}")]
        )
        assert len(slack.calls_to("conversations.open")) == 1


async def test_finding_and_deleting_are_apart(twins: Twins) -> None:
    """A key that is posted in one workspace is not found, and not deleted, in the other."""
    message = {
        w: claimed(MessageKind.MESSAGE, w, twins.channel_id, content=rendered("hi"))
        for w in WORKSPACES
    }
    ts = await twins.gateway.post(message["T1"])
    assert await twins.gateway.find(message["T1"]) == ts
    assert await twins.gateway.find(message["T2"]) is None

    deletion = claimed(MessageKind.DELETE, "T2", twins.channel_id, target_ts=ts)
    with pytest.raises(SlackRefusedError, match="message_not_found"):
        await twins.gateway.post(deletion)
    assert await twins.gateway.find(message["T1"]) == ts


async def test_ephemerals_are_apart(twins: Twins) -> None:
    """A private line is shown in its workspace only."""
    line = {"line": "Noted.", "topic": "wrong", "key": "k1", "offer": ""}
    await twins.gateway.post(
        claimed(
            MessageKind.EPHEMERAL, "T2", twins.channel_id, recipient_id=twins.user_id, content=line
        )
    )

    shown = [
        len(twins.slacks[w].workspace.ephemerals(twins.channel_id, twins.user_id))
        for w in WORKSPACES
    ]
    assert shown == [0, 1]


async def test_modals_and_files_are_apart(twins: Twins, playbook: Playbook) -> None:
    """Modals, replies in them, and files go to the workspace that they belong to."""
    view = modals.thinking_modal(playbook.strings)
    view_ids = {w: await twins.presenter.open_view(w, "trigger", view) for w in WORKSPACES}
    assert view_ids["T1"] == view_ids["T2"]
    ask = Ask(
        "k1", AskKind.ADVICE, "T2", twins.user_id, ReplyPlace.VIEW, view_ids["T2"], text="secret"
    )
    await twins.presenter.show_reply(ask, AskReply(line="A reply."), playbook.strings)
    await twins.presenter.send_file(
        "T1", twins.user_id, name="data.json", content="{}", comment="Yours."
    )

    shown = [twins.slacks[w].workspace.views[view_ids[w]]["blocks"] for w in WORKSPACES]
    assert ["A reply." in str(blocks) for blocks in shown] == [False, True]
    assert [len(twins.slacks[w].workspace.files) for w in WORKSPACES] == [1, 0]


async def test_an_unknown_workspace_is_refused(twins: Twins) -> None:
    """Without an installation there is no client to use, whatever is known of the ids."""
    await twins.gateway.person("T1", twins.user_id)
    message = claimed(MessageKind.MESSAGE, "T3", twins.user_id, content=rendered("hi"))
    with pytest.raises(SlackRefusedError, match="unknown_workspace"):
        await twins.gateway.person("T3", twins.user_id)
    with pytest.raises(SlackRefusedError, match="unknown_workspace"):
        await twins.gateway.post(message)
    with pytest.raises(SlackRefusedError, match="unknown_workspace"):
        await twins.gateway.find(message)

    assert await twins.gateway.preceding_messages("T3", twins.channel_id, None, "2.0") == ()


async def test_a_hold_outlives_the_client_it_was_heard_by(
    twins: Twins, session: aiohttp.ClientSession, clock: Clock
) -> None:
    """Clients are built anew every minute, and Slack's limits are for the workspace."""
    slack = twins.slacks["T1"]
    tokens = create_autospec(WorkspaceTokens, instance=True)
    tokens.current.return_value = Installation(
        "T1", "U0BOT", "B0BOT", "A1", BotTokens(slack.workspace.bot_token)
    )
    workspaces = InstalledWorkspaces(
        tokens=tokens,
        new_client=lambda token: web_client(token, slack.api_url, 1, session),
        slack=SlackState(clock),
        shared=SharedRateLimits(store=MemoryStore(), clock=clock, asks=False),
        clock=clock,
    )
    slack.faults.inject("users.info", Fault.rate_limited("30"))
    first = await workspaces.client("T1")
    with pytest.raises(SlackApiError):
        await first.users_info(user=twins.user_id)
    workspaces.forget("T1")
    second = await workspaces.client("T1")

    assert second is not first
    with pytest.raises(RateLimitedError):
        await second.users_info(user=twins.user_id)
    assert len(slack.calls_to("users.info")) == 1
    workspaces.leave_alone("T2", "auth.test", 30)
    assert (await second.auth_test())["ok"]


async def test_events_that_come_together_share_one_look_at_the_installation(
    session: aiohttp.ClientSession, clock: Clock
) -> None:
    """The remembered client ends every minute, for all events of a busy workspace at once."""
    tokens = create_autospec(WorkspaceTokens, instance=True)

    async def read(workspace_id: str) -> Installation:
        await asyncio.sleep(0)
        return Installation(workspace_id, "U0BOT", "B0BOT", "A1", BotTokens("xoxb-1"))

    tokens.current.side_effect = read
    workspaces = InstalledWorkspaces(
        tokens=tokens,
        new_client=lambda token: web_client(token, "http://127.0.0.1:1/", 1, session),
        slack=SlackState(clock),
        shared=SharedRateLimits(store=MemoryStore(), clock=clock, asks=False),
        clock=clock,
    )
    found = await asyncio.gather(*(workspaces.identity("T1") for _ in range(64)))

    assert {identity.workspace_id for identity in found if identity} == {"T1"}
    assert tokens.current.await_count == 1
    assert await workspaces.identity("") is None
    workspaces.forget("T1")
    await workspaces.identity("T1")
    assert tokens.current.await_count == 2
