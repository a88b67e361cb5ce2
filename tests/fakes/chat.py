"""An in-memory Slack at the port: implements ``bot.flows.ports.chat.Chat``."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Callable, Collection, Mapping
from typing import Any

from bot.core.model import Audience, Message, Person, Turn
from bot.flows.errors import RateLimitedError, SlackRefusedError
from bot.flows.ports.outbox import ClaimedMessage, MessageKind


class FakeChat:
    """Channels, users and posts of any number of workspaces.

    Attributes:
        audiences: by (workspace, channel); a channel that isn't there is colleagues only.
        not_in: channels that the bot isn't in, as (workspace, channel).
        channels: those of the bot and of whoever asks.
        people: by (workspace, user); a user that isn't there is a colleague in Berlin.
        history: what was said before, by (workspace, channel).
        messages: what people have written, as it stands now.
        words: the content of each post, in order.
        posted: what stands in Slack: workspace -> ts -> (key, channel).
        failures: what the next calls raise, by method, in order; None lets one call through.
        before_call: called with the method's name before anything else.
        hangs: whether Slack never says who somebody is.
        after_post: called when a post stands, before its ts is returned.
        clock: Unix seconds, for what is to be left alone for a while.
    """

    def __init__(self) -> None:
        self.audiences: dict[tuple[str, str], Audience] = {}
        self.not_in: set[tuple[str, str]] = set()
        self.channels: list[str] = []
        self.people: dict[tuple[str, str], Person] = {}
        self.history: dict[tuple[str, str], tuple[Turn, ...]] = {}
        self.messages: list[Message] = []
        self.words: list[Mapping[str, Any]] = []
        self.posted: dict[str, dict[str, tuple[str, str]]] = defaultdict(dict)
        self.failures: dict[str, list[Exception | None]] = defaultdict(list)
        self.calls: list[str] = []
        self.hangs = False
        self.before_call: Callable[[str], None] = lambda _: None
        self.after_post: Callable[[ClaimedMessage], None] = lambda _: None
        self.clock: Callable[[], float] = lambda: 0.0
        self._free_at: dict[tuple[str, str], float] = {}
        self._next_ts = 1_760_000_000

    def keys(self, workspace_id: str) -> list[str]:
        """Return the keys of all posts that stand in a workspace, oldest first."""
        return [key for key, _ in self.posted[workspace_id].values()]

    async def audience(
        self, workspace_id: str, channel_id: str, *, fresh: bool = False
    ) -> Audience:
        self._called("audience", workspace_id)
        return self.audiences.get((workspace_id, channel_id), Audience.COLLEAGUES)

    async def is_member(self, workspace_id: str, channel_id: str) -> bool:
        self._called("is_member", workspace_id)
        return (workspace_id, channel_id) not in self.not_in

    async def channels_with(self, workspace_id: str, user_id: str) -> list[str]:
        self._called("channels_with", workspace_id)
        return self.channels

    async def person(self, workspace_id: str, user_id: str) -> Person:
        self._called("person", workspace_id)
        if self.hangs:
            await asyncio.sleep(3_600)
        berlin = Person(user_id, time_zone="Europe/Berlin", utc_offset=3_600, is_colleague=True)
        return self.people.get((workspace_id, user_id), berlin)

    async def preceding_messages(
        self, workspace_id: str, channel_id: str, thread_ts: str | None, ts: str
    ) -> tuple[Turn, ...]:
        self._called("preceding_messages", workspace_id)
        return self.history.get((workspace_id, channel_id), ())

    async def messages_at(
        self, workspace_id: str, channel_id: str, thread_ts: str | None, ts: Collection[str]
    ) -> Mapping[str, Message]:
        self._called("messages_at", workspace_id)
        place = (workspace_id, channel_id, thread_ts)
        return {
            m.ts: m
            for m in self.messages
            if (m.workspace_id, m.channel_id, m.thread_ts) == place and m.ts in ts
        }

    async def post(self, claimed: ClaimedMessage) -> str:
        self._called("post", claimed.message.workspace_id)
        message = claimed.message
        posted = self.posted[message.workspace_id]
        if message.kind is MessageKind.DELETE:
            if posted.pop(claimed.target_ts, None) is None:
                raise SlackRefusedError("message_not_found")
            return claimed.target_ts
        self._next_ts += 1
        ts = f"{self._next_ts}.000100"
        if message.kind is MessageKind.UPDATE and claimed.target_ts in posted:
            ts = claimed.target_ts
        posted[ts] = (message.key, message.channel_id)
        self.words.append(message.private_content or message.content)
        self.after_post(claimed)
        return ts

    async def find(self, claimed: ClaimedMessage) -> str | None:
        self._called("find", claimed.message.workspace_id)
        posted = self.posted[claimed.message.workspace_id]
        return next((ts for ts, (key, _) in posted.items() if key == claimed.message.key), None)

    def leave_alone(self, workspace_id: str, method: str, *, until: float) -> None:
        held = self._free_at.get((workspace_id, method), until)
        self._free_at[workspace_id, method] = max(held, until)

    def _called(self, method: str, workspace_id: str) -> None:
        """Count a call and let it fail if it should; a method's name is also Slack's name here."""
        left = self._free_at.get((workspace_id, method), 0.0) - self.clock()
        if left > 0:
            raise RateLimitedError(left, method)
        self.before_call(method)
        self.calls.append(method)
        if self.failures[method]:
            failure = self.failures[method].pop(0)
            if isinstance(failure, RateLimitedError):
                failure.method = method
                self._free_at[workspace_id, method] = self.clock() + failure.retry_after
            if failure is not None:
                raise failure
