"""Calls and messages that the fake Slack rejects (docs.slack.dev/reference/methods)."""

from __future__ import annotations

from typing import Any

import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.sandbox.slack import FakeSlack
from bot.sandbox.workspace import Json

MODAL = {"type": "modal", "title": {"type": "plain_text", "text": "Title"}}
DIVIDER = {"type": "divider"}
LABEL_TOO_LONG = "accessibility_label: more than 75 characters"


@pytest.fixture
def ids(slack: FakeSlack, ana: str, deal: str) -> dict[str, str]:
    """Ids for the placeholders in the parameters below."""
    return {
        "$ana": ana,
        "$deal": deal,
        "$left": slack.workspace.add_user("leaver", deleted=True),
        "$old": slack.workspace.add_channel("old", [ana], is_archived=True),
        "$outside": slack.workspace.add_channel("outside", [ana], with_bot=False),
    }


async def rejected(client: AsyncWebClient, method: str, **arguments: Any) -> Any:
    """Make a call that is rejected, and return the response."""
    with pytest.raises(SlackApiError) as error:
        await client.api_call(method, json=arguments)
    return error.value.response.data


async def error_code(client: AsyncWebClient, method: str, **arguments: Any) -> str:
    """Make a call that is rejected, and return the error code."""
    return str((await rejected(client, method, **arguments))["error"])


def text_of(kind: str, length: int) -> dict[str, str]:
    return {"type": kind, "text": "x" * length}


def button(**changes: object) -> Json:
    return {"type": "button", "action_id": "a", "text": text_of("plain_text", 2), **changes}


def actions(*elements: Json) -> Json:
    return {"type": "actions", "elements": list(elements)}


def context(*elements: Json) -> Json:
    return {"type": "context", "elements": list(elements)}


def section(text: str) -> dict[str, Any]:
    return {"type": "section", "text": {"type": "plain_text", "text": text}}


def buttons(*names: str, label: str = "ok") -> dict[str, Any]:
    text = {"type": "plain_text", "text": label}
    elements = [{"type": "button", "action_id": n, "text": text} for n in names]
    return {"type": "actions", "elements": elements}


@pytest.mark.parametrize(("token", "code"), [("xoxb-other", "invalid_auth"), ("", "not_authed")])
async def test_wrong_token_is_rejected(slack: FakeSlack, token: str, code: str) -> None:
    """A wrong or missing token is rejected with Slack's error code."""
    wrong_client = AsyncWebClient(token or None, base_url=slack.api_url)

    assert await error_code(wrong_client, "auth.test") == code


async def test_bot_token_does_not_open_a_socket(client: AsyncWebClient) -> None:
    """apps.connections.open requires the app-level token."""
    assert await error_code(client, "apps.connections.open") == "invalid_auth"


async def test_channels_that_the_bot_may_not_post_to(
    slack: FakeSlack, client: AsyncWebClient, ana: str
) -> None:
    """Unknown, foreign and archived channels and unknown threads have distinct error codes."""
    outside = slack.workspace.add_channel("outside", [ana], with_bot=False)
    old = slack.workspace.add_channel("old", [ana], is_archived=True)
    inside = slack.workspace.add_channel("inside", [ana])

    async def post(channel: str, **more: str) -> str:
        return await error_code(client, "chat.postMessage", channel=channel, text="x", **more)

    assert await post("C404") == "channel_not_found"
    assert await post(outside) == "not_in_channel"
    assert await post(old) == "is_archived"
    assert await post(inside, thread_ts="1.000001") == "thread_not_found"
    assert await error_code(client, "chat.postMessage", channel=inside) == "no_text"
    assert await error_code(client, "chat.postMessage", text="x") == "invalid_arguments"


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
async def test_missing_argument_is_named(
    client: AsyncWebClient, ids: dict[str, str], method: str, missing: str, given: Json
) -> None:
    """A call without a required argument is rejected, and the error names the argument."""
    arguments = {k: ids.get(str(v), v) for k, v in given.items()}
    response = await rejected(client, method, **arguments)

    assert response["error"] == "invalid_arguments"
    assert response["response_metadata"]["messages"] == [
        f"[ERROR] missing required field: {missing}"
    ]


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
async def test_error_codes(
    client: AsyncWebClient, ids: dict[str, str], method: str, given: Json, code: str
) -> None:
    """Unknown, closed and unreachable objects are rejected with Slack's error codes."""
    arguments = {k: ids.get(str(v), v) for k, v in given.items()}

    assert await error_code(client, method, **arguments) == code


@pytest.mark.parametrize(
    ("block", "problem"),
    [
        ({"type": "section", "text": text_of("mrkdwn", 3_001)}, "text: more than 3000 characters"),
        ({"type": "section"}, "text: missing"),
        ({"type": "section", "text": text_of("html", 5)}, "text: must be plain_text or mrkdwn"),
        ({"type": "header", "text": text_of("plain_text", 151)}, "text: more than 150 characters"),
        ({**DIVIDER, "block_id": "x" * 256}, "block_id: more than 255 characters"),
        (actions(button(text=text_of("plain_text", 76))), "text: more than 75 characters"),
        (actions(button(), button()), "action_id: not unique"),
        (actions(button(action_id="x" * 256)), "action_id: more than 255 characters"),
        (actions(button(value="x" * 2_001)), "value: more than 2000 characters"),
        (actions(button(accessibility_label="x" * 76)), LABEL_TOO_LONG),
        (context(*[text_of("mrkdwn", 1)] * 11), "elements: 1 to 10 are allowed"),
        ({"type": "hologram"}, "unsupported type"),
    ],
)
async def test_invalid_block_is_located(
    client: AsyncWebClient, deal: str, block: Json, problem: str
) -> None:
    """An invalid block is rejected with its position and the problem."""
    response = await rejected(client, "chat.postMessage", channel=deal, blocks=[DIVIDER, block])

    assert response["error"] == "invalid_blocks"
    assert response["response_metadata"]["messages"] == [f"{problem} [json-pointer:/blocks/1]"]


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
async def test_blocks_above_the_limits_are_rejected(
    client: AsyncWebClient, deal: str, blocks: list[dict[str, Any]]
) -> None:
    """Blocks above a limit of Block Kit are rejected."""
    found = await error_code(client, "chat.postMessage", channel=deal, text="x", blocks=blocks)

    assert found == "invalid_blocks"


async def test_blocks_at_the_limits_are_accepted(client: AsyncWebClient, deal: str) -> None:
    """Blocks exactly at the limits are accepted."""
    fitting = [*[section("x" * 3_000)] * 49, buttons("a", "b", label="x" * 75)]

    assert (await client.chat_postMessage(channel=deal, text="x", blocks=fitting))["ok"]


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
async def test_malformed_message_is_not_stored(
    slack: FakeSlack, client: AsyncWebClient, deal: str, given: Json, code: str
) -> None:
    """A malformed message is rejected and not stored."""
    response = await rejected(
        client, "chat.postMessage", **({"channel": deal, "text": "x"} | given)
    )

    assert response["error"] == code
    assert slack.workspace.messages(deal) == []


async def test_bot_changes_only_its_messages(
    slack: FakeSlack, client: AsyncWebClient, ana: str, deal: str
) -> None:
    """The bot can edit and delete its messages, but nobody else's."""
    anas = await slack.post_message(ana, deal, "hello")
    bots = (await client.chat_postMessage(channel=deal, text="x"))["ts"]
    await client.chat_update(channel=deal, ts=bots, text="y")

    assert slack.workspace.messages(deal)[-1]["text"] == "y"
    assert await error_code(client, "chat.delete", channel=deal, ts=anas) == "cant_delete_message"
    update = await error_code(client, "chat.update", channel=deal, ts=anas, text="z")
    assert update == "cant_update_message"
    assert (await client.chat_delete(channel=deal, ts=bots))["ok"]
    assert await error_code(client, "chat.delete", channel=deal, ts=bots) == "message_not_found"


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
async def test_view_limits(
    slack: FakeSlack, client: AsyncWebClient, ana: str, method: str, view: Any, code: str | None
) -> None:
    """A view can have 100 blocks, and a rejected view is not stored."""
    arguments = {"user_id": ana, "trigger_id": "1.fake", "view": view}
    if code is None:
        await client.api_call(method, json=arguments)
    else:
        assert await error_code(client, method, **arguments) == code

    assert len(slack.workspace.views) == (code is None)
    assert len(slack.workspace.home_tabs) == (code is None and method == "views.publish")
