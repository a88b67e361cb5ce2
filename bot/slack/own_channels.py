"""The channels that the bot is in, and those that it shares with somebody
(docs.slack.dev/reference/methods/users.conversations)."""

from __future__ import annotations

from bot.flows.errors import SlackRefusedError
from bot.slack.clients import Client
from bot.slack.web_api import call_read

_PLACES = "public_channel,private_channel"
_PAGE = 200


async def own_channels(client: Client, user_id: str = "") -> list[str]:
    """Return the ids of the channels that the bot is in; without the scope for private ones, of
    the public ones.

    Args:
        client: the workspace's.
        user_id: whose channels they must be too; empty for all.

    Raises:
        SlackCallError: Slack can't be asked now.
    """
    own = await _channels(client, "")
    if not user_id:
        return own
    theirs = set(await _channels(client, user_id))  # also public ones that the bot isn't in
    return [channel_id for channel_id in own if channel_id in theirs]


async def _channels(client: Client, user_id: str) -> list[str]:
    try:
        return await _pages(client, _PLACES, user_id)
    except SlackRefusedError as refused:
        if refused.code != "missing_scope":
            raise
        return await _pages(client, "public_channel", user_id)


async def _pages(client: Client, types: str, user_id: str) -> list[str]:
    found: list[str] = []
    cursor = ""
    while True:
        call = client.users_conversations(
            types=types,
            limit=_PAGE,
            cursor=cursor or None,
            user=user_id or None,
            exclude_archived=True,
        )
        page = await call_read(client, call)
        found += [str(channel["id"]) for channel in page.get("channels") or ()]
        cursor = str((page.get("response_metadata") or {}).get("next_cursor") or "")
        if not cursor:
            return found
