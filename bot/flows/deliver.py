"""The outbox becomes messages in Slack, each exactly once.

A try is written down before it happens. If its end is not known (a crash, a cut connection, a
5xx), the post stays in doubt until no request can be in flight any more; then the thread is
searched for the post's key, and only where it is missing is the post tried again. Measured on
1,000 events with random kills: posting again without looking doubled 8 % (reliability.md 5.3).
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable

from bot.core.model import Audience, Reason
from bot.core.policy import DAY, Limits
from bot.flows.ports import (
    Chat,
    ChatBusy,
    ChatDown,
    ChatInDoubt,
    ChatRefused,
    Clock,
    Outbox,
    People,
    Post,
    PostKind,
)

log = logging.getLogger(__name__)

BATCH = 64
_FIRST_PAUSE_SECONDS = 2.0
_CHANNEL_IS_SHUT = frozenset(
    {
        "is_archived",
        "not_in_channel",
        "channel_not_found",
        "restricted_action",
        "restricted_action_read_only_channel",
        "restricted_action_thread_locked",
        "restricted_action_thread_only_channel",
        "restricted_action_non_threadable_channel",
    }
)
_TOKEN_IS_DEAD = frozenset({"invalid_auth", "not_authed", "token_revoked", "account_inactive"})
_ALREADY_SO = frozenset({"message_not_found", "cant_delete_message"})


class Deliver:
    """Works through the outbox. ``step`` is what the worker calls."""

    def __init__(
        self,
        *,
        outbox: Outbox,
        people: People,
        chat: Chat,
        clock: Clock,
        limits: Limits,
    ) -> None:
        self._outbox = outbox
        self._people = people
        self._chat = chat
        self._clock = clock
        self._limits = limits
        self._channel_free_at: dict[str, float] = {}

    async def step(self) -> float | None:
        """Tries all that may be tried now, one post a channel at a time.

        Returns:
            When the next post may be tried, Unix seconds, or None.
        """
        while posts := _one_a_channel(
            await self._outbox.ready(self._clock(), BATCH, skip=self._held())
        ):
            await asyncio.gather(*(self._try(post) for post in posts))
        return self._earliest(await self._outbox.next_ready())

    def _held(self) -> list[str]:
        """Channels that wait: for the gap between two posts, or because Slack asked to."""
        now = self._clock()
        self._channel_free_at = {c: at for c, at in self._channel_free_at.items() if at > now}
        return list(self._channel_free_at)

    def _earliest(self, queued: float | None) -> float | None:
        if queued is not None and queued <= self._clock() and self._channel_free_at:
            return min(self._channel_free_at.values())
        return queued

    async def _try(self, post: Post) -> None:
        try:
            if post.sending_since is not None and await self._was_sent(post):
                return
            if not await self._still_wanted(post):
                return
            await self._send(post)
        except ChatRefused as refused:
            await self._refused(post, refused.code)
        except ChatBusy as busy:
            self._channel_free_at[post.channel] = self._clock() + busy.retry_after
            await self._outbox.again(post, at=self._clock() + busy.retry_after)
        except ChatDown as down:
            log.warning("post=%s slack failed: %s", post.key, down)
            await self._back_off(post)

    async def _was_sent(self, post: Post) -> bool:
        """Looks for a post whose sending is in doubt. Never sends on a failed look."""
        if post.kind is PostKind.PRIVATE:  # nobody can look for it: rather none than two
            await self._outbox.drop(post, "in_doubt", now=self._clock())
            return True
        if post.kind not in (PostKind.NUDGE, PostKind.SAY):
            return False  # doing it twice does no harm: a retraction, or a line for one reader
        try:
            ts = await self._chat.find(post)
        except (ChatRefused, ChatBusy, ChatDown) as failure:
            log.warning("post=%s still in doubt: %s", post.key, failure)
            await self._outbox.doubt(post, until=self._clock() + self._pause(post))
            if post.attempts + 1 >= self._limits.attempts:
                log.error("post=%s given up in doubt", post.key)
                await self._outbox.drop(post, "in_doubt", now=self._clock())
            return True
        if ts is not None:
            await self._outbox.sent(post, ts, now=self._clock())
            log.info("post=%s found in its thread", post.key)
        return ts is not None

    async def _still_wanted(self, post: Post) -> bool:
        if post.kind is PostKind.RETRACT:
            return True
        now = self._clock()
        if now - post.created_at > self._limits.deliver_within_seconds:
            await self._outbox.drop(post, Reason.TOO_OLD, now=now)
            return False
        if post.kind is PostKind.SAY and post.target:
            return True  # the bot's own conversation with one person
        audience = await self._chat.audience(post.channel, fresh=True)
        if audience is Audience.COLLEAGUES:
            return True
        reason = (
            Reason.OUTSIDERS_READ if audience is Audience.OUTSIDERS else Reason.VISIBILITY_UNKNOWN
        )
        await self._outbox.drop(post, reason, now=now)
        log.info("post=%s dropped: %s", post.key, reason)
        return False

    async def _send(self, post: Post) -> None:
        now = self._clock()
        span = self._limits.post_timeout_seconds + self._limits.in_doubt_margin_seconds
        if not await self._outbox.begin(post, now=now, doubt_until=now + span):
            return
        self._channel_free_at[post.channel] = now + self._limits.post_gap_seconds
        try:
            ts = await self._chat.post(post)
        except ChatInDoubt as doubt:
            log.warning("post=%s in doubt: %s", post.key, doubt)
            return  # it stays marked as sending; ready() hands it out again when the doubt is over
        await self._outbox.sent(post, ts, now=self._clock())
        log.info("post=%s kind=%s sent", post.key, post.kind)

    async def _refused(self, post: Post, code: str) -> None:
        now = self._clock()
        if code in _TOKEN_IS_DEAD:
            log.error("slack refuses the bot token (%s): set SLACK_BOT_TOKEN anew", code)
            await self._back_off(post)
            return
        if post.kind is PostKind.RETRACT and code in _ALREADY_SO:
            await self._outbox.sent(post, post.target, now=now)
            return
        log.warning("post=%s refused: %s", post.key, code)
        await self._outbox.drop(post, code, now=now)
        if code in _CHANNEL_IS_SHUT:
            until = now + self._limits.channel_pause_days * DAY
            await self._people.pause_channel(post.team, post.channel, until=until, why=code)

    async def _back_off(self, post: Post) -> None:
        if post.attempts + 1 >= self._limits.attempts:
            log.error("post=%s given up after %d tries", post.key, self._limits.attempts)
            await self._outbox.drop(post, Reason.FAILED, now=self._clock())
            return
        await self._outbox.again(post, at=self._clock() + self._pause(post))

    def _pause(self, post: Post) -> float:
        return _FIRST_PAUSE_SECONDS * 4.0**post.attempts


def _one_a_channel(posts: Iterable[Post]) -> list[Post]:
    first: dict[str, Post] = {}
    for post in posts:
        first.setdefault(post.channel, post)
    return list(first.values())
