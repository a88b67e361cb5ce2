"""Slack's conversations, for many workspaces: implements ``bot.flows.ports.chat.Chat``."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Collection, Mapping
from typing import Any

from bot.core.languages import Languages
from bot.core.model import Audience, Message, Person, Turn
from bot.core.policy import Limits
from bot.flows.errors import (
    DeliveryUnconfirmedError,
    SlackCallError,
    SlackRefusedError,
    SlackUnavailableError,
)
from bot.flows.ports.clock import Clock
from bot.flows.ports.outbox import ClaimedMessage, MessageKind
from bot.flows.slack_error_codes import CANT_BE_UPDATED
from bot.slack.audiences import Audiences
from bot.slack.cache import WorkspaceCache
from bot.slack.clients import ClientProvider
from bot.slack.direct_channels import DirectChannels
from bot.slack.own_channels import own_channels
from bot.slack.parse import SLACKBOT, messages_of, plain_text
from bot.slack.views import nudge
from bot.slack.views.block_kit import RenderedMessage
from bot.slack.web_api import call_read, call_write, field

log = logging.getLogger(__name__)

NUDGE_EVENT = "reframe_nudge"  # event_type of the metadata of a nudge
MESSAGE_EVENT = "reframe_said"  # and of everything else that we post

_CONTEXT_MESSAGES = 3
_SEARCHED_MESSAGES = 100  # outside a thread, when looking for a message of ours
_PAGE = 100
_MAX_PAGES = 20  # of a thread
_MAX_PEOPLE = 20_000
_OUTSIDER_FLAGS = ("is_restricted", "is_ultra_restricted", "is_stranger")
_NOBODY_FLAGS = ("is_bot", "deleted")


class Gateway:
    """Slack's Web API in the words of the flows.

    Args:
        clients: the workspaces' clients, with their timeout set and their retries off.
        languages: the words around a question, in the language that its content names.
        clock: Unix seconds.
        limits: how many members of a channel are looked at, and how long a pause is.

    Attributes:
        direct_channels: the bot's direct conversations.
    """

    def __init__(
        self,
        clients: ClientProvider,
        languages: Languages,
        clock: Clock,
        limits: Limits | None = None,
    ) -> None:
        self._clients = clients
        self._languages = languages
        self._clock = clock
        self._limits = limits or Limits()
        most_members = self._limits.audience_members
        self._audiences = Audiences(clients, clock, self.person, most_members)
        self._people = WorkspaceCache(self._fetch_person, clock, max_entries=_MAX_PEOPLE)
        self.direct_channels = DirectChannels(clients, clock)

    async def audience(
        self, workspace_id: str, channel_id: str, *, fresh: bool = False
    ) -> Audience:
        return await self._audiences.get(workspace_id, channel_id, fresh=fresh)

    async def is_member(self, workspace_id: str, channel_id: str) -> bool:
        client = await self._clients.client(workspace_id)
        try:
            response = await call_read(client, client.conversations_info(channel=channel_id))
        except SlackRefusedError as refused:
            if refused.code != "channel_not_found":  # so it is private, and the bot isn't in it
                raise
            return False
        channel = response.get("channel") or {}
        return bool(channel.get("is_member")) and not channel.get("is_archived")

    async def channels_with(self, workspace_id: str, user_id: str) -> list[str]:
        return await own_channels(await self._clients.client(workspace_id), user_id)

    async def person(self, workspace_id: str, user_id: str) -> Person:
        if user_id in ("", SLACKBOT):  # Slack need not be asked, and describes Slackbot as a human
            return Person(user_id, time_zone=None, utc_offset=0, is_colleague=False)
        return await self._people.get(workspace_id, user_id)

    def readers_changed(self, workspace_id: str, channel_id: str) -> None:
        """Forget who reads a channel: somebody came or left, or it is shared from now on."""
        self._audiences.drop(workspace_id, channel_id)

    def person_changed(self, workspace_id: str, user: dict[str, Any]) -> None:
        """Forget a user, given as Slack describes them now; and who reads a channel, if they have
        become a guest, or are no longer one."""
        user_id = str(user.get("id") or "")
        before = self._people.peek(workspace_id, user_id)
        self._people.drop(workspace_id, user_id)
        is_outsider = _is_outsider(user, workspace_id)
        if before is None or before.is_outsider != is_outsider:
            self._audiences.user_changed(workspace_id, is_outsider=is_outsider)

    async def preceding_messages(
        self, workspace_id: str, channel_id: str, thread_ts: str | None, ts: str
    ) -> tuple[Turn, ...]:
        try:
            if thread_ts:
                thread = self._replies(workspace_id, channel_id, thread_ts, latest=ts)
                pages = [page async for page in thread]
            else:
                client = await self._clients.client(workspace_id)
                history = client.conversations_history(
                    channel=channel_id, latest=ts, limit=_CONTEXT_MESSAGES + 1
                )
                pages = [await call_read(client, history)]
        except SlackCallError as failure:
            log.info("workspace=%s channel=%s no context: %s", workspace_id, channel_id, failure)
            return ()
        found = sorted(
            (str(m.get("ts")), str(m.get("user") or ""), m.get("text"))
            for page in pages
            for m in _messages(page)
            if isinstance(m.get("text"), str)
        )
        before = [Turn(user, plain_text(text)) for at, user, text in found if at < ts and text]
        return tuple(before)[-_CONTEXT_MESSAGES:]

    async def messages_at(
        self, workspace_id: str, channel_id: str, thread_ts: str | None, ts: Collection[str]
    ) -> Mapping[str, Message]:
        """Read the part of a channel or a thread that holds the messages
        (docs.slack.dev/reference/methods/conversations.history, ``conversations.replies``)."""
        client, cursor = await self._clients.client(workspace_id), ""
        span: dict[str, Any] = {"oldest": min(ts), "latest": max(ts), "inclusive": True}
        found: dict[str, Message] = {}
        for _ in range(_MAX_PAGES):
            if thread_ts:
                reading = client.conversations_replies(
                    channel=channel_id, ts=thread_ts, limit=_PAGE, cursor=cursor or None, **span
                )
            else:
                reading = client.conversations_history(
                    channel=channel_id, limit=_PAGE, cursor=cursor or None, **span
                )
            page = await call_read(client, reading)
            for message in messages_of(page, workspace_id, channel_id):
                if message.ts in ts:
                    found[message.ts] = message
            cursor = (page.get("response_metadata") or {}).get("next_cursor") or ""
            if not cursor or len(found) == len(ts):
                return found
        raise SlackUnavailableError("the channel is too busy to find messages in it")

    async def post(self, claimed: ClaimedMessage) -> str:
        message = claimed.message
        strings = self._languages.of(message.content.get("language"))
        match message.kind:
            case MessageKind.NUDGE:
                key = message.content.get("nudge_key", message.key)
                rendered = nudge.nudge(message.content, key, strings, self._limits)
                return await self._post(claimed, rendered, NUDGE_EVENT)
            case MessageKind.EPHEMERAL_NUDGE:
                rendered = nudge.nudge(
                    message.content, message.key, strings, self._limits, private=True
                )
                return await self._post_ephemeral(claimed, rendered)
            case MessageKind.MESSAGE:
                return await self._post_rendered(claimed)
            case MessageKind.UPDATE:
                return await self._update(claimed)
            case MessageKind.EPHEMERAL:
                rendered = nudge.ephemeral_line(message.content, strings, self._limits)
                return await self._post_ephemeral(claimed, rendered)
            case MessageKind.DELETE:
                return await self._delete(claimed)

    def leave_alone(self, workspace_id: str, method: str, *, until: float) -> None:
        self._clients.leave_alone(workspace_id, method, until - self._clock())

    async def find(self, claimed: ClaimedMessage) -> str | None:
        """Look through the thread, or through the latest messages if it went to none.

        The key travels as metadata (docs.slack.dev/messaging/message-metadata).
        """
        message = claimed.message
        workspace_id = message.workspace_id
        channel_id = await self.direct_channels.resolve(workspace_id, message.channel_id)
        if message.thread_ts:
            thread = self._replies(
                workspace_id, channel_id, message.thread_ts, include_all_metadata=True
            )
            async for page in thread:
                if ts := _ts_of_key(page, message.key):
                    return ts
            return None
        client = await self._clients.client(workspace_id)
        history = client.conversations_history(
            channel=channel_id, limit=_SEARCHED_MESSAGES, include_all_metadata=True
        )
        return _ts_of_key(await call_read(client, history), message.key)

    async def _post_rendered(self, claimed: ClaimedMessage) -> str:
        content = claimed.message.content
        rendered = RenderedMessage.from_content(content)
        try:
            return await self._post(claimed, rendered, MESSAGE_EVENT)
        except SlackRefusedError as refused:
            if refused.code != "invalid_blocks" or "plain_blocks" not in content:
                raise
        log.info(
            "workspace=%s message=%s is posted without its chart",
            claimed.message.workspace_id,
            claimed.message.key,
        )
        return await self._post(claimed, RenderedMessage.without_chart(content), MESSAGE_EVENT)

    async def _post(
        self, claimed: ClaimedMessage, rendered: RenderedMessage, event_type: str
    ) -> str:
        message = claimed.message
        client = await self._clients.client(message.workspace_id)
        posting = client.chat_postMessage(
            channel=await self.direct_channels.resolve(message.workspace_id, message.channel_id),
            thread_ts=message.thread_ts or None,
            text=rendered.text,
            blocks=rendered.blocks,
            metadata=_metadata(message.key, event_type),
            unfurl_links=False,
            unfurl_media=False,
        )
        posted = await call_write(client, posting)
        try:
            return field(posted, "ts")
        except SlackUnavailableError as odd:
            raise DeliveryUnconfirmedError(str(odd)) from odd

    async def _update(self, claimed: ClaimedMessage) -> str:
        """Put a message in the place of another one of ours; if that is gone, below it
        (docs.slack.dev/reference/methods/chat.update)."""
        message, ts = claimed.message, claimed.target_ts
        if not ts:
            return await self._post_rendered(claimed)
        rendered = RenderedMessage.from_content(message.content)
        client = await self._clients.client(message.workspace_id)
        updating = client.chat_update(
            channel=await self.direct_channels.resolve(message.workspace_id, message.channel_id),
            ts=ts,
            text=rendered.text,
            blocks=rendered.blocks,
            metadata=_metadata(message.key, MESSAGE_EVENT),
        )
        try:
            await call_write(client, updating)
        except SlackRefusedError as refused:
            if refused.code not in CANT_BE_UPDATED:
                raise
            return await self._post_rendered(claimed)
        return ts

    async def _post_ephemeral(self, claimed: ClaimedMessage, rendered: RenderedMessage) -> str:
        message = claimed.message
        client = await self._clients.client(message.workspace_id)
        posting = client.chat_postEphemeral(
            channel=message.channel_id,
            user=message.recipient_id,
            thread_ts=message.thread_ts or None,
            text=rendered.text,
            blocks=rendered.blocks,
        )
        return str((await call_write(client, posting)).get("message_ts", ""))

    async def _delete(self, claimed: ClaimedMessage) -> str:
        message, ts = claimed.message, claimed.target_ts
        client = await self._clients.client(message.workspace_id)
        await call_write(client, client.chat_delete(channel=message.channel_id, ts=ts))
        return ts

    async def _replies(
        self, workspace_id: str, channel_id: str, thread_ts: str, **options: Any
    ) -> AsyncIterator[Any]:
        """Yield a thread page by page, oldest first (docs: methods/conversations.replies)."""
        client, cursor = await self._clients.client(workspace_id), ""
        for _ in range(_MAX_PAGES):
            reading = client.conversations_replies(
                channel=channel_id, ts=thread_ts, limit=_PAGE, cursor=cursor or None, **options
            )
            page = await call_read(client, reading)
            yield page
            cursor = (page.get("response_metadata") or {}).get("next_cursor") or ""
            if not cursor:
                return
        raise SlackUnavailableError("the thread is too long to be searched")

    async def _fetch_person(self, workspace_id: str, user_id: str) -> Person:
        client = await self._clients.client(workspace_id)
        response = await call_read(client, client.users_info(user=user_id))
        user = response.get("user") or {}
        offset, is_outsider = user.get("tz_offset"), _is_outsider(user, workspace_id)
        return Person(
            user_id,
            time_zone=user.get("tz") or None,
            utc_offset=offset if isinstance(offset, int) else 0,
            is_colleague=not is_outsider and not any(user.get(flag) for flag in _NOBODY_FLAGS),
            status=self._status(user.get("profile")),
            is_outsider=is_outsider,
            is_slack_admin=bool(user.get("is_admin") or user.get("is_owner")),
        )

    def _status(self, profile: Any) -> str:
        """Return emoji and text of a user's status, if it has not expired
        (docs.slack.dev/reference/objects/user-object)."""
        if not isinstance(profile, dict):
            return ""
        expires = profile.get("status_expiration") or 0
        if isinstance(expires, int) and 0 < expires <= self._clock():
            return ""
        return f"{profile.get('status_emoji') or ''} {profile.get('status_text') or ''}".strip()


def _is_outsider(user: dict[str, Any], workspace_id: str) -> bool:
    """Return whether a user is a guest, or from another company
    (docs.slack.dev/reference/objects/user-object).

    On Enterprise Grid a colleague may be at home in another workspace of the same organization.
    Slack calls only those a stranger who share no channel with the bot.
    """
    if any(user.get(flag) for flag in _OUTSIDER_FLAGS):
        return True
    home = user.get("team_id")
    return bool(home) and home != workspace_id and not user.get("enterprise_user")


def _metadata(key: str, event_type: str) -> dict[str, Any]:
    """Return what a message of ours carries, to be found by."""
    return {"event_type": event_type, "event_payload": {"key": key}}


def _messages(page: Any) -> list[dict[str, Any]]:
    found = page.get("messages")
    return [m for m in found if isinstance(m, dict)] if isinstance(found, list) else []


def _ts_of_key(page: Any, key: str) -> str | None:
    """Return the ts of the message on a page whose metadata carries the key."""
    for message in _messages(page):
        metadata = message.get("metadata") or {}
        if (metadata.get("event_payload") or {}).get("key") == key:
            return str(message["ts"])
    return None
