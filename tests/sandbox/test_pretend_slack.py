"""The pretend Slack refuses what Slack refuses (docs.slack.dev/reference/methods)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.sandbox.slack import PretendSlack
from bot.sandbox.workspace import Workspace


@pytest.fixture
async def slack() -> AsyncIterator[PretendSlack]:
    async with PretendSlack(Workspace()) as running:
        running.delivery.retry_scale = 0.0
        yield running


@pytest.fixture
def client(slack: PretendSlack) -> AsyncWebClient:
    return AsyncWebClient(slack.workspace.bot_token, base_url=slack.api_url, retry_handlers=[])


@pytest.fixture
def ana(slack: PretendSlack) -> str:
    return slack.workspace.add_user("ana")


@pytest.fixture
def deal(slack: PretendSlack, ana: str) -> str:
    return slack.workspace.add_channel("deal", [ana])


async def refusal(client: AsyncWebClient, method: str, **arguments: Any) -> str:
    with pytest.raises(SlackApiError) as refused:
        await client.api_call(method, json=arguments)
    return str(refused.value.response["error"])


@pytest.mark.parametrize(("token", "code"), [("xoxb-other", "invalid_auth"), ("", "not_authed")])
async def test_only_the_right_token_opens(slack: PretendSlack, token: str, code: str) -> None:
    """A wrong or missing token is refused."""
    stranger = AsyncWebClient(token or None, base_url=slack.api_url)

    assert await refusal(stranger, "auth.test") == code


async def test_a_bot_token_opens_no_socket(client: AsyncWebClient) -> None:
    """apps.connections.open wants the app-level token."""
    assert await refusal(client, "apps.connections.open") == "invalid_auth"


async def test_places_where_a_bot_may_not_write(
    slack: PretendSlack, client: AsyncWebClient, ana: str
) -> None:
    """Unknown, foreign, archived channels and unknown threads have refusals of their own."""
    outside = slack.workspace.add_channel("outside", [ana], with_bot=False)
    old = slack.workspace.add_channel("old", [ana], is_archived=True)
    inside = slack.workspace.add_channel("inside", [ana])

    async def post(channel: str, **more: str) -> str:
        return await refusal(client, "chat.postMessage", channel=channel, text="x", **more)

    assert await post("C404") == "channel_not_found"
    assert await post(outside) == "not_in_channel"
    assert await post(old) == "is_archived"
    assert await post(inside, thread_ts="1.000001") == "thread_not_found"
    assert await refusal(client, "chat.postMessage", channel=inside) == "no_text"
    assert await refusal(client, "chat.postMessage", text="x") == "invalid_arguments"


def section(text: str) -> dict[str, Any]:
    return {"type": "section", "text": {"type": "plain_text", "text": text}}


def buttons(*names: str, label: str = "ok") -> dict[str, Any]:
    text = {"type": "plain_text", "text": label}
    elements = [{"type": "button", "action_id": n, "text": text} for n in names]
    return {"type": "actions", "elements": elements}


@pytest.mark.parametrize(
    "blocks",
    [
        [section("x")] * 51,
        [section("x" * 3_001)],
        [section("")],
        [buttons("a", label="x" * 76)],
        [buttons("a", "a")],
        [buttons(*(str(n) for n in range(26)))],
        [{"type": "actions", "elements": []}],
        [{"type": "hologram"}],
    ],
)
async def test_blocks_beyond_the_limits(
    client: AsyncWebClient, deal: str, blocks: list[dict[str, Any]]
) -> None:
    """What Block Kit does not allow is refused."""
    found = await refusal(client, "chat.postMessage", channel=deal, text="x", blocks=blocks)

    assert found == "invalid_blocks"


async def test_blocks_at_the_limits(client: AsyncWebClient, deal: str) -> None:
    """What just fits is taken."""
    fitting = [*[section("x" * 3_000)] * 49, buttons("a", "b", label="x" * 75)]

    assert (await client.chat_postMessage(channel=deal, text="x", blocks=fitting))["ok"]


async def test_metadata_comes_back_where_it_is_asked_for(
    slack: PretendSlack, client: AsyncWebClient, ana: str, deal: str
) -> None:
    """Metadata is stored, and shown only with include_all_metadata."""
    root = await slack.say(ana, deal, "root")
    await client.chat_postMessage(
        channel=deal,
        thread_ts=root,
        text="x",
        metadata={"event_type": "t", "event_payload": {"key": "k"}},
    )
    plain = await client.conversations_replies(channel=deal, ts=root)
    full = await client.conversations_replies(channel=deal, ts=root, include_all_metadata=True)

    assert "metadata" not in plain["messages"][1]
    assert full["messages"][1]["metadata"]["event_payload"] == {"key": "k"}


async def test_an_ephemeral_is_for_one(
    slack: PretendSlack, client: AsyncWebClient, ana: str, deal: str
) -> None:
    """An ephemeral is shown to its reader alone and stands in no history."""
    await client.chat_postEphemeral(channel=deal, user=ana, text="psst")
    history = await client.conversations_history(channel=deal)

    assert [e["text"] for e in slack.workspace.ephemerals(deal, ana)] == ["psst"]
    assert slack.workspace.ephemerals(deal, "U0000") == []
    assert history["messages"] == []


async def test_only_own_messages_change(
    slack: PretendSlack, client: AsyncWebClient, ana: str, deal: str
) -> None:
    """A bot edits and deletes what it wrote, and nothing else."""
    theirs = await slack.say(ana, deal, "mine")
    own = (await client.chat_postMessage(channel=deal, text="x"))["ts"]
    await client.chat_update(channel=deal, ts=own, text="y")

    assert slack.workspace.messages(deal)[-1]["text"] == "y"
    assert await refusal(client, "chat.delete", channel=deal, ts=theirs) == "cant_delete_message"
    update = await refusal(client, "chat.update", channel=deal, ts=theirs, text="z")
    assert update == "cant_update_message"
    assert (await client.chat_delete(channel=deal, ts=own))["ok"]
    assert await refusal(client, "chat.delete", channel=deal, ts=own) == "message_not_found"
