"""The outbox becomes messages in Slack, each exactly once.

A try is written down before it happens. If its end is not known (a crash, a cut connection, a
5xx), the message stays unconfirmed until no request can be under way any more. Then its thread is
searched for its key, and it is sent again only if that is missing: without it, kills doubled 8 %.
"""

from __future__ import annotations

import logging
from collections.abc import Collection

from bot.core.gate import SendNow, Skip, WaitUntil
from bot.core.model import Person, Reason
from bot.core.policy import DAY, Limits, silence_for
from bot.flows.channel_pause import pause_closed
from bot.flows.concurrency import Lanes, by_workspace, run_each
from bot.flows.delivery_patience import Patience
from bot.flows.errors import (
    DeliveryUnconfirmedError,
    RateLimitedError,
    SlackCallError,
    SlackRefusedError,
    StoreUnavailableError,
)
from bot.flows.gatekeeper import Gatekeeper
from bot.flows.ports.chat import Chat
from bot.flows.ports.clock import Clock
from bot.flows.ports.outbox import ClaimedMessage, MessageKind
from bot.flows.ports.telemetry import Telemetry
from bot.flows.ports.unit_of_work import Store, UnitOfWork
from bot.flows.ports.work import WorkItem
from bot.flows.retries import (
    NextTry,
    ends_every_claim,
    respect_rate_limits,
)
from bot.flows.slack_error_codes import ALREADY_DELETED, APP_REFUSED, CHANNEL_CLOSED
from bot.flows.watched_posts import WatchedPosts
from bot.flows.weekly_messages import note_undelivered
from bot.flows.withheld_questions import why_withheld

log = logging.getLogger(__name__)

_TO_AN_OUTSIDER = "recipient_is_outsider"
_UNCONFIRMED = "unconfirmed"  # kept as the reason of a message given up without knowing


class Deliver:
    """Works through the outbox. ``run_due`` or ``run_one`` is what a worker calls.

    Args:
        store, chat, clock, limits: the ports and the caps.
        gatekeeper: says whether something unprompted may still go out.
        owner: who claims messages; unique per running process.
        telemetry: is told how posts end.
    """

    def __init__(
        self,
        *,
        store: Store,
        chat: Chat,
        clock: Clock,
        limits: Limits,
        gatekeeper: Gatekeeper,
        owner: str,
        telemetry: Telemetry,
    ) -> None:
        self._store = store
        self._chat = chat
        self._posts = WatchedPosts(chat, clock, telemetry)
        self._clock = clock
        self._limits = limits
        self._gatekeeper = gatekeeper
        self._patience = Patience(clock=clock, limits=limits, gatekeeper=gatekeeper)
        self._owner = owner
        self._lanes = Lanes(limits.batches.patience_seconds)
        self._left: set[int] = set()  # the rows that were claimed, and are not done

    async def run_due(self) -> float | None:
        """Try one batch of what may be tried now, one message per channel at a time.

        A workspace that is slower than the others goes on while the next batch is tried.

        Returns:
            When to look again, Unix seconds, or None.
        """
        claimed, next_at = await self._claim(self._limits.batches.deliver, without=self._lanes.busy)
        for workspace_id, some in by_workspace(claimed, lambda c: c.message.workspace_id).items():
            self._lanes.start(workspace_id, run_each(self._deliver, some))
        await self._lanes.wait()
        if self._left:
            self._left.clear()
            async with self._store.begin() as uow:
                next_at = await uow.outbox.next_ready()
        return self._lanes.next_round(next_at, self._clock())

    async def run_one(self, item: WorkItem) -> float | None:
        """Try one message, if it may be tried now and nobody else does; return when to look at it
        again, Unix seconds, or None if it is done, or waits for another one."""
        claimed, next_at = await self._claim(1, only=item)
        if not claimed:
            return next_at
        self._left -= {c.id for c in claimed}
        await run_each(self._deliver, claimed)
        if not any(c.id in self._left for c in claimed):
            return None
        async with self._store.begin() as uow:
            return await uow.outbox.next_ready(item)

    async def _claim(
        self, limit: int, *, without: Collection[str] = (), only: WorkItem | None = None
    ) -> tuple[list[ClaimedMessage], float | None]:
        """Claim what is ready; return it, and when to look for more, Unix seconds.

        Once what was claimed is done, more may be ready: what waited for it, or for its channel."""
        now = self._clock()
        async with self._store.begin() as uow:
            await respect_rate_limits(uow, self._chat, now=now)
            claimed = await uow.outbox.claim_ready(
                now=now,
                limit=limit,
                owner=self._owner,
                lease_until=now + self._limits.batches.lease_seconds,
                without=without,
                only=only,
            )
            if not claimed:
                return [], await uow.outbox.next_ready(only)
            return claimed, await uow.outbox.next_open() if only is None else None

    async def finish(self) -> None:
        """Wait for what is under way."""
        await self._lanes.finish()

    async def _deliver(self, claimed: ClaimedMessage) -> None:
        is_done = False
        try:
            is_done = await self._try(claimed)
        except SlackRefusedError as refused:
            await self._refused(claimed, refused)
        except SlackCallError as failure:
            log.warning("%s slack failed: %s", _named(claimed), failure)
            await self._try_later(claimed, failure)
        except StoreUnavailableError:
            raise
        except Exception as broken:  # noqa: BLE001 - one poisonous message must not stop the rest
            log.error("%s can't be delivered: %s", _named(claimed), type(broken).__name__)
            await self._try_later(claimed, broken)
        finally:
            if not is_done:
                self._left.add(claimed.id)

    async def _try(self, claimed: ClaimedMessage) -> bool:
        """Try a message; return whether nothing of it is left to do."""
        since, now = claimed.created_at, self._clock()
        if ends_every_claim(claimed.unfinished_claims, since=since, now=now, limits=self._limits):
            log.error("%s given up: no claim of it came to an end", _named(claimed))
            await self._drop(claimed, Reason.FAILED)
            return True
        if claimed.sending_since is not None and await self._resolve_unconfirmed(claimed):
            return False  # found, or looked for again later
        if reason := claimed.withdrawn or await self._why_not_now(claimed):
            log.info("%s dropped: %s", _named(claimed), reason)
            await self._drop(claimed, reason)
            return True
        return await self._send(claimed, await self._gatekeeper.reader(claimed.message))

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
            await self._look_later(claimed, failure)
            return True
        if ts is None:
            return False
        async with self._store.begin() as uow:
            await uow.outbox.mark_sent(claimed, ts, now=self._clock())
            await self._free_channel(uow, claimed)
        log.info("%s found in its thread", _named(claimed))
        return True

    async def _why_not_now(self, claimed: ClaimedMessage) -> str | None:
        """Return why a message may not be sent any more; asks Slack who reads right now."""
        message = claimed.message
        if message.kind is MessageKind.DELETE:
            return None
        if self._patience.is_over(claimed):
            return Reason.TOO_OLD
        if message.kind.is_rendered and message.recipient_id:
            # The bot's direct conversation with one person. Who wrote there first gets an answer,
            # a guest too; nobody else does who may be a guest by now.
            if message.channel_id != message.recipient_id:
                return None
            person = await self._chat.person(message.workspace_id, message.recipient_id)
            return _TO_AN_OUTSIDER if person.is_outsider else None
        return silence_for(
            await self._chat.audience(message.workspace_id, message.channel_id, fresh=True)
        )

    async def _send(self, claimed: ClaimedMessage, reader: Person | None) -> bool:
        """Note the try in the transaction that asks for the last time whether it may be, and post.

        Args:
            claimed: as claimed. reader: of something unprompted, as Slack describes them.

        Returns:
            Whether it is sent or dropped, so nothing of it is left to do.
        """
        limits = self._limits
        async with self._store.begin() as uow:
            began = self._clock()  # only now: a busy database lets a transaction wait
            longest = limits.post_timeout_seconds + limits.unconfirmed_margin_seconds
            unconfirmed_until = began + longest
            standing = await self._gatekeeper.look(uow, claimed.message)
            if reason := why_withheld(claimed.message, standing, now=began):
                log.info("%s dropped: %s", _named(claimed), reason)
                await self._drop_in(uow, claimed, reason)
                return True
            passage = self._gatekeeper.check(
                claimed.message, reader, standing, now=began, enqueued_at=claimed.created_at
            )
            if not isinstance(passage, SendNow):
                return await self._keep_back(uow, claimed, passage)
            if not await uow.outbox.mark_sending(
                claimed, now=began, unconfirmed_until=unconfirmed_until
            ):
                await self._free_channel(uow, claimed)
                return False  # taken back, or another worker has it
        if self._clock() - began > limits.unconfirmed_margin_seconds:
            # This process stood still, as on a laptop that slept. If it posted only now, another
            # one might have looked for the message in vain, and post it too.
            log.warning("%s not sent: this process stood still", _named(claimed))
            return False  # looked for and sent later
        try:
            ts = await self._posts.post(claimed)
            async with self._store.begin() as uow:
                await uow.outbox.mark_sent(claimed, ts, now=self._clock())
                await self._hold_channel(uow, claimed, began + limits.post_gap_seconds)
        except (SlackCallError, StoreUnavailableError):
            raise  # not sent; or sent, and marked as being sent until it is looked for
        except Exception as unknown:  # noqa: BLE001 - whatever it is, it may stand in Slack
            log.warning("%s unconfirmed: %s", _named(claimed), _why(unknown))
            await self._count_unconfirmed(claimed, began, unconfirmed_until)
            return False
        log.info("%s kind=%s sent", _named(claimed), claimed.message.kind)
        return True

    async def _keep_back(
        self, uow: UnitOfWork, claimed: ClaimedMessage, passage: WaitUntil | Skip
    ) -> bool:
        """Let a message wait, or drop it, as the gate says; return whether it is dropped."""
        if isinstance(passage, Skip):
            log.info("%s skipped: %s", _named(claimed), passage.reason)
            await self._drop_in(uow, claimed, passage.reason)
            return True
        log.info("%s waits: %s", _named(claimed), passage.reason)
        await uow.outbox.retry_at(claimed, passage.at, attempts=claimed.attempts)
        await self._free_channel(uow, claimed)
        return False

    async def _count_unconfirmed(
        self, claimed: ClaimedMessage, began: float, unconfirmed_until: float
    ) -> None:
        """Count a try whose end is not known; it stays marked as sending until looked for."""
        async with self._store.begin() as uow:
            await uow.outbox.recheck_at(claimed, unconfirmed_until, attempts=claimed.attempts + 1)
            await self._hold_channel(uow, claimed, began + self._limits.post_gap_seconds)

    async def _refused(self, claimed: ClaimedMessage, refused: SlackRefusedError) -> None:
        message, now, code = claimed.message, self._clock(), refused.code
        if code in APP_REFUSED:
            log.error(
                "workspace=%s slack refuses the bot token (%s): see to SLACK_BOT_TOKEN",
                message.workspace_id,
                code,
            )
            await self._try_later(claimed, refused)
            return
        if message.kind is MessageKind.DELETE and code in ALREADY_DELETED:
            async with self._store.begin() as uow:
                await uow.outbox.mark_sent(claimed, claimed.target_ts, now=now)
                await self._free_channel(uow, claimed)
            return
        log.warning("%s refused: %s", _named(claimed), code)
        pause_until = now + self._limits.channel_pause_days * DAY
        place = (message.workspace_id, message.channel_id)
        async with self._store.begin() as uow:
            await uow.serialize(*place)  # somebody may be turning the bot off there
            await self._drop_in(uow, claimed, code)
            if code in CHANNEL_CLOSED:
                await pause_closed(uow, *place, code, now=self._clock(), until=pause_until)

    async def _try_later(self, claimed: ClaimedMessage, why: Exception) -> None:
        """Queue it for another try; nothing was sent. If Slack asks to wait, the channel waits."""
        following = self._patience.next_try(claimed, why)
        if following is None:
            log.error("%s given up after %d tries", _named(claimed), claimed.attempts + 1)
            await self._drop(claimed, Reason.FAILED)
            return
        async with self._store.begin() as uow:
            await uow.outbox.retry_at(claimed, following.at, attempts=following.attempts)
            await self._note_wait(uow, claimed, why, following)

    async def _look_later(self, claimed: ClaimedMessage, why: Exception) -> None:
        following = self._patience.next_try(claimed, why)
        if following is None or self._patience.is_over(claimed):
            log.error("%s given up unconfirmed", _named(claimed))
            await self._drop(claimed, _UNCONFIRMED)
            return
        async with self._store.begin() as uow:
            await uow.outbox.recheck_at(claimed, following.at, attempts=following.attempts)
            await self._note_wait(uow, claimed, why, following)

    async def _note_wait(
        self, uow: UnitOfWork, claimed: ClaimedMessage, why: Exception, following: NextTry
    ) -> None:
        is_limited = isinstance(why, RateLimitedError)
        await self._hold_channel(uow, claimed, following.at if is_limited else self._clock())

    async def _drop(self, claimed: ClaimedMessage, reason: str) -> None:
        async with self._store.begin() as uow:
            await self._drop_in(uow, claimed, reason)

    async def _drop_in(self, uow: UnitOfWork, claimed: ClaimedMessage, reason: str) -> None:
        message, now = claimed.message, self._clock()
        if await uow.outbox.drop(claimed, reason, now=now):
            await uow.outbox.cancel_deletion_of(message.workspace_id, message.key, now=now)
            await note_undelivered(uow, message, reason)
        await self._free_channel(uow, claimed)

    async def _free_channel(self, uow: UnitOfWork, claimed: ClaimedMessage) -> None:
        await self._hold_channel(uow, claimed, self._clock())

    async def _hold_channel(self, uow: UnitOfWork, claimed: ClaimedMessage, until: float) -> None:
        place = (claimed.message.workspace_id, claimed.message.channel_id)
        await uow.outbox.hold_channel(*place, until=until, owner=claimed.lease_owner)


def _named(claimed: ClaimedMessage) -> str:
    return f"workspace={claimed.message.workspace_id} message={claimed.message.key}"


def _why(error: Exception) -> str:
    """Return what a log may show of an error: only ours are known to hold no text."""
    return str(error) if isinstance(error, DeliveryUnconfirmedError) else type(error).__name__
