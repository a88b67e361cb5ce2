"""Successful Web API calls to the fake Slack: pages, users, messages."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.sandbox.slack import FakeSlack
from bot.sandbox.workspace import Workspace

JANUARY = datetime(2026, 1, 15, 12, tzinfo=UTC).timestamp()
JULY = datetime(2026, 7, 15, 12, tzinfo=UTC).timestamp()


async def test_metadata_is_returned_on_request(
    slack: FakeSlack, client: AsyncWebClient, ana: str, deal: str
) -> None:
    """Metadata is stored, and returned only with include_all_metadata."""
    root = await slack.post_message(ana, deal, "root")
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


async def test_ephemeral_message_is_shown_to_one_user(
    slack: FakeSlack, client: AsyncWebClient, ana: str, deal: str
) -> None:
    """An ephemeral message is shown to its recipient only and is not in the history."""
    await client.chat_postEphemeral(channel=deal, user=ana, text="psst")
    history = await client.conversations_history(channel=deal)

    assert [e["text"] for e in slack.workspace.ephemerals(deal, ana)] == ["psst"]
    assert slack.workspace.ephemerals(deal, "U0000") == []
    assert history["messages"] == []


@pytest.mark.parametrize("method", ["replies", "history", "members", "users"])
async def test_pagination(
    slack: FakeSlack, client: AsyncWebClient, ana: str, deal: str, method: str
) -> None:
    """Each list comes in pages of the requested size that contain every item once."""
    root = await slack.post_message(ana, deal, "root")
    for n in range(7):
        await slack.post_message(ana, deal, f"reply {n}", thread_ts=root)
        await slack.post_message(ana, deal, f"other {n}")
        slack.workspace.channels[deal].members.append(slack.workspace.add_user(f"seller{n}"))
    others = [m["ts"] for m in slack.workspace.messages(deal) if "thread_ts" not in m]
    replies = [m["ts"] for m in slack.workspace.replies(deal, root)]
    ask, key, expected = {
        "replies": ("conversations.replies", "messages", [root, *replies]),
        "history": ("conversations.history", "messages", [*reversed(others), root]),
        "members": ("conversations.members", "members", slack.workspace.channels[deal].members),
        "users": ("users.list", "members", list(slack.workspace.users)),
    }[method]
    seen: list[list[str]] = []
    cursor = ""
    while cursor or not seen:
        arguments = {"channel": deal, "ts": root, "limit": 3, "cursor": cursor}
        page = await client.api_call(ask, json=arguments)
        seen.append([x if isinstance(x, str) else x.get("ts") or x["id"] for x in page[key]])
        cursor = (page.get("response_metadata") or {}).get("next_cursor", "")

    assert {len(page) for page in seen[:-1]} == {3}
    assert [item for page in seen for item in page] == expected


async def test_history_between_two_messages(
    slack: FakeSlack, client: AsyncWebClient, ana: str, deal: str
) -> None:
    """History between two messages is newest first and excludes both unless inclusive."""
    sent = [await slack.post_message(ana, deal, str(n)) for n in range(5)]
    span = {"channel": deal, "oldest": sent[1], "latest": sent[3]}
    inner = await client.api_call("conversations.history", json=span)
    whole = await client.api_call("conversations.history", json=span | {"inclusive": True})

    assert [m["text"] for m in inner["messages"]] == ["2"]
    assert [m["text"] for m in whole["messages"]] == ["3", "2", "1"]


async def test_ephemeral_message_in_a_thread(
    slack: FakeSlack, client: AsyncWebClient, ana: str, deal: str
) -> None:
    """An ephemeral message in a thread is invisible to others and can't be edited."""
    ben = slack.workspace.add_user("ben")
    slack.workspace.channels[deal].members.append(ben)
    root = await slack.post_message(ana, deal, "root")
    shown = await client.chat_postEphemeral(channel=deal, user=ana, text="psst", thread_ts=root)
    replies = await client.conversations_replies(channel=deal, ts=root)
    update = {"channel": deal, "ts": shown["message_ts"], "text": "x"}

    assert [m["text"] for m in replies["messages"]] == ["root"]
    assert [e["thread_ts"] for e in slack.workspace.ephemerals(deal, ana)] == [root]
    assert slack.workspace.ephemerals(deal, ben) == []
    with pytest.raises(SlackApiError, match="message_not_found"):
        await client.api_call("chat.update", json=update)


@pytest.mark.parametrize(
    ("zone", "at", "offset"),
    [
        ("America/New_York", JANUARY, -18_000),
        ("America/New_York", JULY, -14_400),
        ("Asia/Kolkata", JULY, 19_800),
        ("UTC", JULY, 0),
    ],
)
async def test_utc_offset_follows_the_clock(zone: str, at: float, offset: int) -> None:
    """A user's UTC offset is that of the workspace's current day, in users.list too."""
    async with FakeSlack(Workspace(lambda: at)) as slack:
        user = slack.workspace.add_user("ana", tz=zone)
        client = AsyncWebClient(slack.workspace.bot_token, base_url=slack.api_url)
        alone = await client.users_info(user=user)
        among = await client.users_list()

    assert alone["user"]["tz_offset"] == offset
    assert [m["tz_offset"] for m in among["members"] if m["id"] == user] == [offset]


async def test_dm_channel_is_created_once(
    slack: FakeSlack, client: AsyncWebClient, ana: str
) -> None:
    """A DM channel is created once, and a message to the user id goes there."""
    first = await client.conversations_open(users=ana)
    again = await client.conversations_open(users=[ana])
    posted = await client.chat_postMessage(channel=ana, text="hello")
    about = await client.conversations_info(channel=posted["channel"])

    assert first["channel"]["id"] == again["channel"]["id"] == posted["channel"]
    assert about["channel"]["is_im"]
