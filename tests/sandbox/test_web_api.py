"""The Web API of the pretend Slack, asked by the real client: pages, views, people, messages."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.sandbox.slack import PretendSlack
from bot.sandbox.workspace import Json, Workspace

JANUARY = datetime(2026, 1, 15, 12, tzinfo=UTC).timestamp()
JULY = datetime(2026, 7, 15, 12, tzinfo=UTC).timestamp()
MODAL = {"type": "modal", "title": {"type": "plain_text", "text": "Title"}}
DIVIDER = {"type": "divider"}
LABEL_TOO_LONG = "accessibility_label: more than 75 characters"


@pytest.fixture
async def slack() -> AsyncIterator[PretendSlack]:
    async with PretendSlack(Workspace()) as running:
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


@pytest.fixture
def places(slack: PretendSlack, ana: str, deal: str) -> dict[str, str]:
    """Ids by the names that stand for them in the tables below."""
    return {
        "$ana": ana,
        "$deal": deal,
        "$left": slack.workspace.add_user("leaver", deleted=True),
        "$old": slack.workspace.add_channel("old", [ana], is_archived=True),
        "$outside": slack.workspace.add_channel("outside", [ana], with_bot=False),
    }


async def refusal(client: AsyncWebClient, method: str, **arguments: Any) -> Any:
    """The answer in which a call is refused."""
    with pytest.raises(SlackApiError) as refused:
        await client.api_call(method, json=arguments)
    return refused.value.response.data


def text_of(kind: str, length: int) -> dict[str, str]:
    return {"type": kind, "text": "x" * length}


def button(**changes: object) -> Json:
    return {"type": "button", "action_id": "a", "text": text_of("plain_text", 2), **changes}


def actions(*elements: Json) -> Json:
    return {"type": "actions", "elements": list(elements)}


def context(*elements: Json) -> Json:
    return {"type": "context", "elements": list(elements)}


@pytest.mark.parametrize(
    ("method", "missing", "given"),
    [
        ("chat.postMessage", "channel", {"text": "x"}),
        ("chat.postEphemeral", "user", {"channel": "$deal", "text": "x"}),
        ("chat.delete", "ts", {"channel": "$deal"}),
        ("conversations.history", "channel", {}),
        ("conversations.replies", "ts", {"channel": "$deal"}),
        ("conversations.members", "channel", {"channel": ""}),
        ("conversations.open", "users", {}),
        ("users.info", "user", {}),
        ("views.open", "trigger_id", {"view": {"type": "modal"}}),
        ("views.open", "view", {"trigger_id": "1"}),
        ("views.publish", "user_id", {"view": {"type": "home"}}),
    ],
)
async def test_a_missing_argument_is_named(
    client: AsyncWebClient, places: dict[str, str], method: str, missing: str, given: Json
) -> None:
    """A call that lacks an argument is refused, and the refusal names it."""
    arguments = {k: places.get(str(v), v) for k, v in given.items()}
    answer = await refusal(client, method, **arguments)

    assert answer["error"] == "invalid_arguments"
    assert answer["response_metadata"]["messages"] == [f"[ERROR] missing required field: {missing}"]


@pytest.mark.parametrize(
    ("method", "given", "code"),
    [
        ("planets.align", {}, "unknown_method"),
        ("users.info", {"user": "U404"}, "user_not_found"),
        ("conversations.info", {"channel": "C404"}, "channel_not_found"),
        ("conversations.history", {"channel": "$outside"}, "not_in_channel"),
        ("conversations.replies", {"channel": "$outside", "ts": "1.000001"}, "not_in_channel"),
        ("conversations.replies", {"channel": "$deal", "ts": "1.000001"}, "thread_not_found"),
        ("conversations.members", {"channel": "$deal", "cursor": "page two"}, "invalid_cursor"),
        ("conversations.open", {"users": "U404"}, "user_not_found"),
        ("conversations.open", {"users": "$left"}, "user_disabled"),
        ("chat.postEphemeral", {"channel": "$deal", "user": "$left"}, "user_not_in_channel"),
        ("chat.postEphemeral", {"channel": "$old", "user": "$ana"}, "is_archived"),
        ("chat.update", {"channel": "$old", "ts": "1.000001"}, "is_archived"),
        ("chat.update", {"channel": "$deal", "ts": "1.000001"}, "message_not_found"),
        ("views.update", {"view_id": "V404", "view": {"type": "modal"}}, "not_found"),
    ],
)
async def test_refusals(
    client: AsyncWebClient, places: dict[str, str], method: str, given: Json, code: str
) -> None:
    """What is not there, not open to the bot, or not reachable is refused in Slack's words."""
    arguments = {k: places.get(str(v), v) for k, v in given.items()}

    assert (await refusal(client, method, **arguments))["error"] == code


@pytest.mark.parametrize(
    ("block", "why"),
    [
        ({"type": "section", "text": text_of("mrkdwn", 3_001)}, "text: more than 3000 characters"),
        ({"type": "section"}, "text: missing"),
        ({"type": "section", "text": text_of("html", 5)}, "text: must be plain_text or mrkdwn"),
        ({"type": "header", "text": text_of("plain_text", 151)}, "text: more than 150 characters"),
        ({**DIVIDER, "block_id": "x" * 256}, "block_id: more than 255 characters"),
        (actions(button(text=text_of("plain_text", 76))), "text: more than 75 characters"),
        (actions(button(), button()), "action_id: stands twice"),
        (actions(button(action_id="x" * 256)), "action_id: more than 255 characters"),
        (actions(button(value="x" * 2_001)), "value: more than 2000 characters"),
        (actions(button(accessibility_label="x" * 76)), LABEL_TOO_LONG),
        (context(*[text_of("mrkdwn", 1)] * 11), "elements: 1 to 10 are allowed"),
        ({"type": "hologram"}, "unsupported type"),
    ],
)
async def test_wrong_blocks_are_pointed_at(
    client: AsyncWebClient, deal: str, block: Json, why: str
) -> None:
    """A block beyond a limit is refused, with its place and what is wrong with it."""
    found = await refusal(client, "chat.postMessage", channel=deal, blocks=[DIVIDER, block])

    assert found["error"] == "invalid_blocks"
    assert found["response_metadata"]["messages"] == [f"{why} [json-pointer:/blocks/1]"]


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"blocks": "[{"}, "invalid_blocks_format"),
        ({"blocks": {"type": "divider"}}, "invalid_blocks_format"),
        ({"metadata": "{"}, "invalid_metadata_format"),
        ({"metadata": {"event_type": "t"}}, "invalid_metadata_format"),
        ({"text": "x" * 40_001}, "msg_too_long"),
    ],
)
async def test_messages_that_can_not_be_read(
    slack: PretendSlack, client: AsyncWebClient, deal: str, given: Json, code: str
) -> None:
    """A message of a broken form is refused, and nothing of it is kept."""
    found = await refusal(client, "chat.postMessage", **({"channel": deal, "text": "x"} | given))

    assert found["error"] == code
    assert slack.workspace.messages(deal) == []


@pytest.mark.parametrize("method", ["replies", "history", "members", "users"])
async def test_pages(
    slack: PretendSlack, client: AsyncWebClient, ana: str, deal: str, method: str
) -> None:
    """Each list comes in pages of the wanted size, and all pages hold each thing once."""
    root = await slack.say(ana, deal, "root")
    for n in range(7):
        await slack.say(ana, deal, f"reply {n}", thread_ts=root)
        await slack.say(ana, deal, f"other {n}")
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
    assert [thing for page in seen for thing in page] == expected


async def test_a_span_of_history(
    slack: PretendSlack, client: AsyncWebClient, ana: str, deal: str
) -> None:
    """History between two messages, newest first, holds the two only where that is asked for."""
    said = [await slack.say(ana, deal, str(n)) for n in range(5)]
    span = {"channel": deal, "oldest": said[1], "latest": said[3]}
    inner = await client.api_call("conversations.history", json=span)
    whole = await client.api_call("conversations.history", json=span | {"inclusive": True})

    assert [m["text"] for m in inner["messages"]] == ["2"]
    assert [m["text"] for m in whole["messages"]] == ["3", "2", "1"]


async def test_an_ephemeral_in_a_thread(
    slack: PretendSlack, client: AsyncWebClient, ana: str, deal: str
) -> None:
    """An ephemeral is in no thread for others to read, and can't be rewritten or deleted."""
    ben = slack.workspace.add_user("ben")
    slack.workspace.channels[deal].members.append(ben)
    root = await slack.say(ana, deal, "root")
    shown = await client.chat_postEphemeral(channel=deal, user=ana, text="psst", thread_ts=root)
    replies = await client.conversations_replies(channel=deal, ts=root)
    update = {"channel": deal, "ts": shown["message_ts"], "text": "x"}

    assert [m["text"] for m in replies["messages"]] == ["root"]
    assert [e["thread_ts"] for e in slack.workspace.ephemerals(deal, ana)] == [root]
    assert slack.workspace.ephemerals(deal, ben) == []
    assert (await refusal(client, "chat.update", **update))["error"] == "message_not_found"


@pytest.mark.parametrize(
    ("zone", "at", "offset"),
    [
        ("America/New_York", JANUARY, -18_000),
        ("America/New_York", JULY, -14_400),
        ("Asia/Kolkata", JULY, 19_800),
        ("UTC", JULY, 0),
    ],
)
async def test_offsets(zone: str, at: float, offset: int) -> None:
    """The offset of a zone is that of the day by the workspace's clock, in users.list too."""
    async with PretendSlack(Workspace(lambda: at)) as slack:
        user = slack.workspace.add_user("ana", tz=zone)
        client = AsyncWebClient(slack.workspace.bot_token, base_url=slack.api_url)
        alone = await client.users_info(user=user)
        among = await client.users_list()

    assert alone["user"]["tz_offset"] == offset
    assert [m["tz_offset"] for m in among["members"] if m["id"] == user] == [offset]


async def test_one_direct_conversation(
    slack: PretendSlack, client: AsyncWebClient, ana: str
) -> None:
    """A direct conversation is opened once, and a message to the person goes there."""
    first = await client.conversations_open(users=ana)
    again = await client.conversations_open(users=[ana])
    posted = await client.chat_postMessage(channel=ana, text="hello")
    about = await client.conversations_info(channel=posted["channel"])

    assert first["channel"]["id"] == again["channel"]["id"] == posted["channel"]
    assert about["channel"]["is_im"]


@pytest.mark.parametrize(
    ("method", "view", "code"),
    [
        ("views.open", {**MODAL, "blocks": [DIVIDER] * 100}, None),
        (
            "views.open",
            {**MODAL, "blocks": [DIVIDER] * 101},
            "invalid_blocks",
        ),
        ("views.open", {"type": "page", "blocks": []}, "invalid_arguments"),
        ("views.open", "{", "invalid_arguments"),
        ("views.publish", {"type": "home", "blocks": [DIVIDER] * 100}, None),
        ("views.publish", {"type": "home", "blocks": [DIVIDER] * 101}, "invalid_blocks"),
        ("views.publish", {"type": "home", "blocks": [{"type": "header"}]}, "invalid_blocks"),
    ],
)
async def test_views(
    slack: PretendSlack, client: AsyncWebClient, ana: str, method: str, view: Any, code: str | None
) -> None:
    """A view holds at most a hundred blocks, and one that is refused is not kept."""
    arguments = {"user_id": ana, "trigger_id": "1.pretend", "view": view}
    if code is None:
        await client.api_call(method, json=arguments)
    else:
        assert (await refusal(client, method, **arguments))["error"] == code

    assert len(slack.workspace.views) == (code is None)
    assert len(slack.workspace.homes) == (code is None and method == "views.publish")
