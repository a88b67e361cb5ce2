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

import aiohttp
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.web.async_client import AsyncWebClient

from bot.core.model import Audience, Person
from bot.flows.ports import (
    ChatBusy,
    ChatDown,
    ChatInDoubt,
    ChatRefused,
    Clock,
    Post,
    PostKind,
)
from bot.slack import blocks
from bot.slack.parse import words

log = logging.getLogger(__name__)

Found = TypeVar("Found", Audience, Person)

_KNOWN_FOR_SECONDS = 600.0
_KNOWN_AT_MOST = 5_000
_EARLIER = 3  # messages of context
_PAGES = 20  # of a thread, when looking for our own post
_DEFAULT_RETRY_AFTER_SECONDS = 30.0
_LONGEST_RETRY_AFTER_SECONDS = 3_600.0
_PASSING = frozenset(
    {"internal_error", "fatal_error", "service_unavailable", "request_timeout", "team_added_to_org"}
)


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
        self._timeout = client.timeout
        self._voice = voice
        self._clock = clock
        self._audiences: dict[str, tuple[float, Audience]] = {}
        self._people: dict[str, tuple[float, Person]] = {}
        self._asking: dict[str, asyncio.Lock] = {}

    async def who_am_i(self) -> Identity:
        """Asks Slack who the token belongs to (docs.slack.dev/reference/methods/auth.test)."""
        me = await self._call(self._client.auth_test)
        bot = me.get("bot_id")
        app = None
        if bot:
            try:
                found = await self._call(lambda: self._client.bots_info(bot=bot))
                app = found["bot"].get("app_id")
            except (ChatRefused, ChatBusy, ChatDown, KeyError) as failure:
                log.info("own app id unknown: %s", failure)
        return Identity(team=me["team_id"], user=me["user_id"], bot=bot, app=app)

    async def may_connect(self, app_token: str) -> None:
        """Asks for a Socket Mode address once (docs: apps.connections.open).

        Raises:
            ChatRefused: the app token is not accepted. ChatBusy, ChatDown: not now.
        """
        await self._call(lambda: self._client.apps_connections_open(app_token=app_token))

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
                    await self._call(partial(history, channel=channel, latest=ts, limit=limit))
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
                return await self._nudge(post)
            case PostKind.WHISPER:
                look = blocks.whisper(post.body, self._voice)
                answer = await self._send(
                    lambda: self._client.chat_postEphemeral(
                        channel=post.channel,
                        user=post.target,
                        thread_ts=post.thread_ts,
                        text=blocks.escaped(look.text),
                        blocks=look.blocks,
                    )
                )
                return str(answer.get("message_ts", ""))
            case PostKind.RETRACT:
                await self._send(
                    lambda: self._client.chat_delete(channel=post.channel, ts=post.target)
                )
                return post.target

    async def find(self, post: Post) -> str | None:
        """Looks for the key in the thread (docs.slack.dev/messaging/message-metadata)."""
        async for page in self._replies(post.channel, post.thread_ts, include_all_metadata=True):
            for message in _messages(page):
                metadata = message.get("metadata") or {}
                if (metadata.get("event_payload") or {}).get("key") == post.key:
                    return str(message["ts"])
        return None

    async def _replies(self, channel: str, thread_ts: str, **more: Any) -> AsyncIterator[Any]:
        """A thread page by page, oldest first (docs: methods/conversations.replies)."""
        cursor = ""
        for _ in range(_PAGES):
            ask = partial(self._client.conversations_replies, channel=channel, ts=thread_ts)
            page = await self._call(partial(ask, limit=100, cursor=cursor or None, **more))
            yield page
            cursor = (page.get("response_metadata") or {}).get("next_cursor") or ""
            if not cursor:
                return
        raise ChatDown("the thread is too long to be searched")

    async def _nudge(self, post: Post) -> str:
        look = blocks.nudge(post.body, post.key, self._voice)
        answer = await self._send(
            lambda: self._client.chat_postMessage(
                channel=post.channel,
                thread_ts=post.thread_ts,
                text=blocks.escaped(look.text),
                blocks=look.blocks,
                metadata={"event_type": blocks.NUDGE, "event_payload": {"key": post.key}},
                unfurl_links=False,
                unfurl_media=False,
            )
        )
        return str(answer["ts"])

    async def _ask_audience(self, channel: str) -> Audience:
        answer = await self._call(lambda: self._client.conversations_info(channel=channel))
        about = answer.get("channel") or {}
        shared = about.get("is_ext_shared")
        if shared is None:
            return Audience.UNKNOWN
        if shared or about.get("is_pending_ext_shared") or about.get("pending_shared"):
            return Audience.OUTSIDERS
        return Audience.COLLEAGUES

    async def _ask_person(self, user: str) -> Person:
        answer = await self._call(lambda: self._client.users_info(user=user))
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
        )

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

    async def _send(self, call: Callable[[], Awaitable[Any]]) -> Any:
        """A call that changes something: where the end is not known, it is in doubt."""
        try:
            return await self._call(call)
        except ChatDown as down:
            if isinstance(down.__cause__, aiohttp.ClientConnectorError):
                raise  # nobody was there to take it
            raise ChatInDoubt(str(down)) from down

    async def _call(self, call: Callable[[], Awaitable[Any]]) -> Any:
        try:
            # With a session of ours the client's own timeout has no effect.
            async with asyncio.timeout(self._timeout):
                return (await call()).data
        except SlackApiError as error:
            raise _failure(error) from None
        except (
            aiohttp.ClientError,
            SlackClientError,
            TimeoutError,
            OSError,
            json.JSONDecodeError,
            AttributeError,  # the client stumbles over a 200 that holds no JSON object
            TypeError,
        ) as failure:
            raise ChatDown(type(failure).__name__) from failure


def _messages(page: Any) -> list[dict[str, Any]]:
    found = page.get("messages")
    return [m for m in found if isinstance(m, dict)] if isinstance(found, list) else []


def _failure(error: SlackApiError) -> ChatRefused | ChatBusy | ChatDown:
    """What Slack's answer means. Retry-After may be missing or a fraction (reliability.md 7)."""
    answer = error.response
    status = getattr(answer, "status_code", 0) or getattr(answer, "status", 0)
    code = str(answer.get("error", "")) if isinstance(getattr(answer, "data", None), dict) else ""
    if status == 429 or code in ("ratelimited", "rate_limited"):
        header = answer.headers.get("Retry-After") or answer.headers.get("retry-after")
        try:
            seconds = float(header)
        except (TypeError, ValueError):
            seconds = _DEFAULT_RETRY_AFTER_SECONDS
        return ChatBusy(min(max(0.0, seconds), _LONGEST_RETRY_AFTER_SECONDS))
    if status >= 500 or code in _PASSING or not code:
        return ChatDown(code or f"HTTP {status}")
    return ChatRefused(code)
