"""The only caller of Slack's Web API; implements ``bot.flows.ports.Chat``.

The client's own retries are off: its connection retry posts a second time after Slack took the
first (measured, reliability.md 5.2). Who tries again, and when, is for ``flows.deliver``.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar
from urllib.parse import urlsplit

from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.webhook.async_client import AsyncWebhookClient

from bot.core.model import Audience, Person
from bot.flows.ports import (
    ChatBusy,
    ChatDown,
    ChatRefused,
    Clock,
    Post,
    PostKind,
)
from bot.slack import blocks
from bot.slack.calls import DEFAULT_RETRY_AFTER_SECONDS, Calls
from bot.slack.parse import words

log = logging.getLogger(__name__)

Found = TypeVar("Found", Audience, Person)

_KNOWN_FOR_SECONDS = 600.0
_KNOWN_AT_MOST = 5_000
_EARLIER = 3  # messages of context
_PAGES = 20  # of a thread, when looking for our own post


@dataclass(frozen=True, slots=True)
class Identity:
    """Who the bot is, from auth.test."""

    team: str
    user: str
    bot: str | None
    app: str | None


class Gateway:
    """Slack's Web API in the words of the flows.

    Args:
        client: with its timeout set and its retries off.
        voice: the fixed words of ``prompts/voice.toml``.
        clock: Unix seconds.
    """

    def __init__(
        self, client: AsyncWebClient, voice: Mapping[str, Mapping[str, str]], clock: Clock
    ) -> None:
        self._client = client
        self._calls = Calls(client.timeout)
        self._voice = voice
        self._clock = clock
        self._audiences: dict[str, tuple[float, Audience]] = {}
        self._people: dict[str, tuple[float, Person]] = {}
        self._asking: dict[str, asyncio.Lock] = {}
        self._direct: dict[str, str] = {}

    async def who_am_i(self) -> Identity:
        """Asks Slack who the token belongs to (docs.slack.dev/reference/methods/auth.test)."""
        me = await self._calls.ask(self._client.auth_test)
        bot = me.get("bot_id")
        app = None
        if bot:
            try:
                found = await self._calls.ask(lambda: self._client.bots_info(bot=bot))
                app = found["bot"].get("app_id")
            except (ChatRefused, ChatBusy, ChatDown, KeyError) as failure:
                log.info("own app id unknown: %s", failure)
        return Identity(team=me["team_id"], user=me["user_id"], bot=bot, app=app)

    async def may_connect(self, app_token: str) -> None:
        """Asks for a Socket Mode address once (docs: apps.connections.open).

        Raises:
            ChatRefused: the app token is not accepted. ChatBusy, ChatDown: not now.
        """
        await self._calls.ask(lambda: self._client.apps_connections_open(app_token=app_token))

    async def audience(self, channel: str, *, fresh: bool = False) -> Audience:
        return await self._known(self._audiences, channel, self._ask_audience, fresh=fresh)

    async def person(self, user: str) -> Person:
        return await self._known(self._people, user, self._ask_person)

    async def earlier(self, channel: str, thread_ts: str | None, ts: str) -> tuple[str, ...]:
        """Up to three messages before; nothing where history may not be read or Slack is slow."""
        try:
            if thread_ts:
                pages = [page async for page in self._replies(channel, thread_ts, latest=ts)]
            else:
                history = self._client.conversations_history
                limit = _EARLIER + 1
                pages = [
                    await self._calls.ask(partial(history, channel=channel, latest=ts, limit=limit))
                ]
        except (ChatRefused, ChatBusy, ChatDown) as failure:
            log.info("channel=%s no context: %s", channel, failure)
            return ()
        said = [(str(m.get("ts")), m.get("text")) for page in pages for m in _messages(page)]
        before = sorted((at, text) for at, text in said if at < ts and isinstance(text, str))
        return tuple(words(text) for _, text in before if text)[-_EARLIER:]

    async def post(self, post: Post) -> str:
        match post.kind:
            case PostKind.NUDGE:
                key = post.body.get("finding", post.key)
                look = blocks.nudge(post.body, key, self._voice)
                return await self._say(post, look, blocks.NUDGE)
            case PostKind.SAY:
                whole = blocks.Look(post.body["text"], json.loads(post.body["blocks"]))
                try:
                    return await self._say(post, whole, blocks.SAID)
                except ChatRefused as refused:
                    if refused.code != "invalid_blocks" or "plain" not in post.body:
                        raise
                    log.info("post=%s goes without its chart", post.key)
                    return await self._say(post, blocks.Look.of(post.body), blocks.SAID)
            case PostKind.PRIVATE:
                look = blocks.nudge(post.body, post.key, self._voice, private=True)
                return await self._whisper(post, look)
            case PostKind.WHISPER:
                return await self._whisper(post, blocks.whisper(post.body, self._voice))
            case PostKind.RETRACT:
                await self._calls.change(
                    lambda: self._client.chat_delete(channel=post.channel, ts=post.target)
                )
                return post.target

    async def find(self, post: Post) -> str | None:
        """Looks for the key in the thread, or among the latest messages where it went into none
        (docs.slack.dev/messaging/message-metadata)."""
        if post.thread_ts:
            async for page in self._replies(
                post.channel, post.thread_ts, include_all_metadata=True
            ):
                if ts := _with_key(page, post.key):
                    return ts
            return None
        channel = await self._conversation(post.channel)
        history = partial(self._client.conversations_history, include_all_metadata=True)
        return _with_key(
            await self._calls.ask(partial(history, channel=channel, limit=100)), post.key
        )

    async def open_view(self, trigger: str, view: dict[str, Any]) -> str:
        """Opens a modal (docs: methods/views.open) and returns its id."""
        opened = await self._calls.ask(
            lambda: self._client.views_open(trigger_id=trigger, view=view)
        )
        return str(opened["view"]["id"])

    async def update_view(self, view_id: str, view: dict[str, Any]) -> None:
        """Puts another view into an open modal (docs: methods/views.update)."""
        await self._calls.ask(lambda: self._client.views_update(view_id=view_id, view=view))

    async def publish_home(self, user: str, view: dict[str, Any]) -> None:
        """Draws a person's Home tab (docs: methods/views.publish)."""
        await self._calls.ask(lambda: self._client.views_publish(user_id=user, view=view))

    async def respond(self, url: str, said: Mapping[str, Any]) -> None:
        """Answers at a response address, which takes five answers in thirty minutes
        (docs.slack.dev/interactivity/handling-user-interaction).

        Raises:
            ChatRefused: the address is used up or was never Slack's.
        """
        if not _is_response_address(url):
            raise ChatRefused("no_response_address")
        webhook = AsyncWebhookClient(
            url, timeout=self._client.timeout, session=self._client.session, retry_handlers=[],
            logger=self._client.logger,
        )  # fmt: skip
        status = (await self._calls.through(lambda: webhook.send_dict(dict(said)))).status_code
        if status == 429:
            raise ChatBusy(DEFAULT_RETRY_AFTER_SECONDS)
        if status >= 500:
            raise ChatDown(f"HTTP {status}")
        if status != 200:
            raise ChatRefused("used_url")

    async def send_file(self, user: str, name: str, content: str, comment: str) -> None:
        """Sends a file into the bot's own conversation with a user (docs: files.upload v2: an
        address, the bytes, and that they are complete)."""
        channel = await self._conversation(user)
        data = content.encode()
        place = await self._calls.ask(
            lambda: self._client.files_getUploadURLExternal(filename=name, length=len(data))
        )
        await self._calls.through(lambda: self._put(place["upload_url"], data))
        await self._calls.ask(
            lambda: self._client.files_completeUploadExternal(
                files=[{"id": place["file_id"], "title": name}],
                channel_id=channel,
                initial_comment=comment,
            )
        )

    async def _put(self, url: str, data: bytes) -> None:
        if self._client.session is None:
            raise ChatDown("no session")
        async with self._client.session.post(url, data=data) as answer:
            if answer.status != 200:
                raise ChatDown("the file was not taken")

    async def _conversation(self, to: str) -> str:
        """The bot's own conversation with a user; any other id as it is."""
        if not to.startswith(("U", "W")):
            return to
        if to not in self._direct:
            opened = await self._calls.ask(lambda: self._client.conversations_open(users=to))
            self._direct[to] = str(opened["channel"]["id"])
        return self._direct[to]

    async def _replies(self, channel: str, thread_ts: str, **more: Any) -> AsyncIterator[Any]:
        """A thread page by page, oldest first (docs: methods/conversations.replies)."""
        cursor = ""
        for _ in range(_PAGES):
            ask = partial(self._client.conversations_replies, channel=channel, ts=thread_ts)
            page = await self._calls.ask(partial(ask, limit=100, cursor=cursor or None, **more))
            yield page
            cursor = (page.get("response_metadata") or {}).get("next_cursor") or ""
            if not cursor:
                return
        raise ChatDown("the thread is too long to be searched")

    async def _say(self, post: Post, look: blocks.Look, event_type: str) -> str:
        channel = await self._conversation(post.channel)
        answer = await self._calls.change(
            lambda: self._client.chat_postMessage(
                channel=channel,
                thread_ts=post.thread_ts or None,
                text=look.text if post.kind is PostKind.SAY else blocks.escaped(look.text),
                blocks=look.blocks,
                metadata={"event_type": event_type, "event_payload": {"key": post.key}},
                unfurl_links=False,
                unfurl_media=False,
            )
        )
        return str(answer["ts"])

    async def _whisper(self, post: Post, look: blocks.Look) -> str:
        answer = await self._calls.change(
            lambda: self._client.chat_postEphemeral(
                channel=post.channel,
                user=post.target,
                thread_ts=post.thread_ts or None,
                text=blocks.escaped(look.text),
                blocks=look.blocks,
            )
        )
        return str(answer.get("message_ts", ""))

    async def _ask_audience(self, channel: str) -> Audience:
        answer = await self._calls.ask(lambda: self._client.conversations_info(channel=channel))
        about = answer.get("channel") or {}
        shared = about.get("is_ext_shared")
        if shared is None:
            return Audience.UNKNOWN
        if shared or about.get("is_pending_ext_shared") or about.get("pending_shared"):
            return Audience.OUTSIDERS
        return Audience.COLLEAGUES

    async def _ask_person(self, user: str) -> Person:
        answer = await self._calls.ask(lambda: self._client.users_info(user=user))
        about = answer.get("user") or {}
        outsider = any(
            about.get(flag)
            for flag in ("is_bot", "is_restricted", "is_ultra_restricted", "is_stranger", "deleted")
        )
        offset = about.get("tz_offset")
        return Person(
            user,
            zone=about.get("tz") or None,
            offset=offset if isinstance(offset, int) else 0,
            colleague=not outsider,
            status=self._status(about.get("profile")),
        )

    def _status(self, profile: Any) -> str:
        """What a person says of the own availability (docs: reference/objects/user-object)."""
        if not isinstance(profile, dict):
            return ""
        ends = profile.get("status_expiration") or 0
        if isinstance(ends, int) and 0 < ends <= self._clock():
            return ""
        return f"{profile.get('status_emoji') or ''} {profile.get('status_text') or ''}".strip()

    async def _known(
        self,
        known: dict[str, tuple[float, Found]],
        what: str,
        ask: Callable[[str], Awaitable[Found]],
        *,
        fresh: bool = False,
    ) -> Found:
        """Asks Slack once, however many want to know at the same time; for a fresh answer, by a
        call that begins after the wish."""
        lock = self._asking.setdefault(what, asyncio.Lock())
        async with lock:
            now = self._clock()
            at, found = known.get(what, (float("-inf"), None))
            if fresh or found is None or now - at > _KNOWN_FOR_SECONDS:
                found = await ask(what)
                if len(known) >= _KNOWN_AT_MOST:
                    known.clear()
                known[what] = (now, found)
        if not lock.locked():
            self._asking.pop(what, None)
        return found


def _messages(page: Any) -> list[dict[str, Any]]:
    found = page.get("messages")
    return [m for m in found if isinstance(m, dict)] if isinstance(found, list) else []


def _with_key(page: Any, key: str) -> str | None:
    """The ts of the message on a page whose metadata carries the key."""
    for message in _messages(page):
        metadata = message.get("metadata") or {}
        if (metadata.get("event_payload") or {}).get("key") == key:
            return str(message["ts"])
    return None


def _is_response_address(url: str) -> bool:
    """HTTPS, or plain HTTP on this very machine (the pretend Slack)."""
    parts = urlsplit(url)
    return parts.scheme == "https" or (
        parts.scheme == "http" and parts.hostname in ("127.0.0.1", "localhost")
    )
