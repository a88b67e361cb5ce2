"""Intake: what happens while Slack waits for the acknowledgement.

One look in memory and at most one insert. An ordinary message is seen, and forgotten with the call.
No text is stored that could be read on disk, and none at all where people from outside read.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import replace

from bot.core.matters_for_people import MattersForPeople
from bot.core.model import Audience, Deleted, Edited, Ignored, Message, Reason
from bot.core.once_a_day import OncePerDay
from bot.core.policy import Limits, silence_for
from bot.flows import remembered
from bot.flows.arrivals import Arrivals, is_taken_back
from bot.flows.channel_tests import ChannelTests
from bot.flows.errors import RateLimitedError, SlackCallError, SlackUnavailableError
from bot.flows.nudge_messages import nudge_key, take_away, thread_copy_key
from bot.flows.ports.chat import Chat
from bot.flows.ports.clock import Clock
from bot.flows.ports.detection import Detector
from bot.flows.ports.inbox import NewMessage
from bot.flows.ports.telemetry import Stage, Telemetry
from bot.flows.ports.unit_of_work import Store, UnitOfWork
from bot.flows.thread_reply import ThreadReplies
from bot.flows.work_context import trace_of

log = logging.getLogger(__name__)

_AFTER_ANY_EDIT = "9999999999.999999"  # the version of a deletion


class Intake:
    """Looks at each message once, and stores the few that deserve a decision.

    Args:
        store: keeps candidates.
        detector: its prefilter decides what is a candidate.
        matters: finds what is for people and not for a bot.
        chat: asked who can read the channel, for candidates only.
        clock: Unix seconds.
        limits: settling time, and the age beyond which nothing is coached.
        watches: whether a channel of a workspace is to be watched; given both ids.
        thread_replies: takes what is said below a question.
        tests: knows whose messages are answered at once, to try the bot out.
        wake_decisions: told when a stored candidate will have settled, Unix seconds.
        telemetry: is told what becomes of messages.
    """

    def __init__(
        self,
        *,
        store: Store,
        detector: Detector,
        matters: MattersForPeople,
        chat: Chat,
        clock: Clock,
        limits: Limits,
        watches: Callable[[str, str], bool],
        thread_replies: ThreadReplies,
        tests: ChannelTests,
        wake_decisions: Callable[[float], None],
        wake_delivery: Callable[[], None],
        telemetry: Telemetry,
    ) -> None:
        self._store = store
        self._detector = detector
        self._matters = matters
        self._chat = chat
        self._clock = clock
        self._limits = limits
        self._watches = watches
        self._thread_replies = thread_replies
        self._tests = tests
        self._wake_decisions = wake_decisions
        self._wake_delivery = wake_delivery
        self._telemetry = telemetry
        self._arrivals = Arrivals(store=store, clock=clock, limits=limits)
        self._slow_today = OncePerDay(clock)

    async def receive(self, event: Message | Edited | Deleted | Ignored) -> Reason | None:
        """Take one event from a channel.

        Returns:
            Why nothing was kept, or None if something was stored or changed.

        Raises:
            StoreUnavailableError: then there is no acknowledgement, and Slack sends it again.
        """
        match event:
            case Ignored(reason):
                return reason
            case Message():
                began = self._clock()
                outcome = await self._posted(event)
                self._telemetry.message_received(outcome)
                if outcome is None:
                    trace_id = trace_of(event.workspace_id, nudge_key(event))
                    seconds = self._clock() - began
                    self._telemetry.stage_ended(Stage.ACKNOWLEDGE, trace_id, seconds, is_ok=True)
                return outcome
            case Edited(message, before):
                return await self._edited(message, before)
            case Deleted():
                return await self._deleted(event)

    async def _posted(self, message: Message) -> Reason | None:
        if not self._watches(message.workspace_id, message.channel_id):
            return Reason.NOT_WATCHED
        if await self._thread_replies.receive(message):
            return None
        if await self._tests.covers(message):
            return await self._try_out(message)
        if message.text in self._matters:
            await self._take_back(message)  # no question either on what they wrote just before
            return Reason.NEVER_COACH
        if self._detector.is_retraction(message.text) and await self._take_back(message):
            return None
        if not self._detector.is_candidate(message.text):
            return Reason.ORDINARY
        new = await self._fit(message)
        if isinstance(new, Reason):
            return new
        reason = await self._arrivals.store(new)
        self._wake_decisions(new.due_at)
        return reason

    async def _try_out(self, message: Message) -> Reason | None:
        """Store a message of a test, whatever it says, to be answered at once."""
        if message.text in self._matters:  # no word of it is stored, here neither
            await self._tests.tell_why_quiet(message, Reason.NEVER_COACH)
            return Reason.NEVER_COACH
        new = await self._fit(message)
        if isinstance(new, Reason):
            return new
        new = replace(new, due_at=self._clock())
        reason = await self._arrivals.store(new)
        self._wake_decisions(new.due_at)
        return reason

    async def _take_back(self, message: Message) -> bool:
        """End what this author wrote here before and still settles, and leave a note for what of it
        arrives later. Few messages are a retraction or a matter for people."""
        author = (message.workspace_id, message.channel_id, message.author_id)
        now = self._clock()
        if now - message.sent_at > self._limits.too_old_seconds:
            return False
        async with self._store.begin() as uow:
            await uow.serialize(message.workspace_id, message.author_id)
            await uow.inbox.note_retraction(*author, message.ts, now=now)
            ended = await uow.inbox.end_waiting_by_author(
                *author, before=message.ts, reason=Reason.NEXT_MESSAGE, now=now
            )
        return ended > 0

    async def _is_taken_back(self, uow: UnitOfWork, message: Message) -> bool:
        """Return whether its author has taken it back before it arrived."""
        await uow.serialize(message.workspace_id, message.author_id)  # it may arrive right now
        retractions = await uow.inbox.retractions_of(message.workspace_id, [message.author_id])
        return is_taken_back(message, retractions, self._limits)

    async def _edited(self, message: Message, before: str | None) -> Reason | None:
        if not self._watches(message.workspace_id, message.channel_id):
            return Reason.NOT_WATCHED
        now = self._clock()
        if message.text in self._matters or not self._detector.is_candidate(message.text):
            if before is not None and not self._detector.is_candidate(before):
                return Reason.ORDINARY
            await self._withdraw(message, message.version, Reason.WITHDRAWN_BY_EDIT, now)
            return None
        new = await self._fit(message)
        if isinstance(new, Reason):
            return new
        async with self._store.begin() as uow:
            taken_back = await self._is_taken_back(uow, message)
            is_new = not taken_back and not await uow.inbox.replace_waiting(new)
            if is_new and not await remembered.handled(uow, message.workspace_id, [message]):
                added = await uow.inbox.add(new, now=now)
                if not added:  # the first wording arrived in between
                    await uow.inbox.replace_waiting(new)
        if taken_back:
            await self._withdraw(message, message.version, Reason.NEXT_MESSAGE, now)
        else:
            self._wake_decisions(new.due_at)
        return None

    async def _deleted(self, deleted: Deleted) -> Reason | None:
        if not self._watches(deleted.workspace_id, deleted.channel_id):
            return Reason.NOT_WATCHED
        if deleted.before is not None and not self._detector.is_candidate(deleted.before):
            return Reason.ORDINARY
        await self._withdraw(deleted, _AFTER_ANY_EDIT, Reason.DELETED, self._clock())
        return None

    async def _withdraw(
        self, what: Message | Deleted, version: str, reason: Reason, now: float
    ) -> None:
        """End a message that still waits, take back an answer, or leave a tombstone for a message
        that has not arrived yet."""
        place = (what.workspace_id, what.channel_id, what.ts)
        # Where outsiders read, not even that something was deleted is stored.
        may_store = await self._readers(what.workspace_id, what.channel_id) is Audience.COLLEAGUES
        async with self._store.begin() as uow:
            if await uow.inbox.end_waiting(*place, version=version, reason=reason, now=now):
                return
            if may_store and await uow.inbox.add_tombstone(
                *place,
                event_id=what.event_id,
                version=version,
                reason=reason,
                now=now,
                author_id=what.author_id,
            ):
                return
            if await uow.inbox.end_waiting(*place, version=version, reason=reason, now=now):
                return  # it arrived in between
            await self._take_back_nudge(uow, *place, reason, now)
        self._wake_delivery()

    async def _take_back_nudge(
        self,
        uow: UnitOfWork,
        workspace_id: str,
        channel_id: str,
        ts: str,
        reason: Reason,
        now: float,
    ) -> None:
        """Stop an answer on its way; remove one that is posted if the message was deleted."""
        key = await uow.findings.nudge_key_of(workspace_id, channel_id, ts)
        nudge = await uow.findings.nudge(workspace_id, key) if key else None
        if nudge is None:
            return
        await uow.serialize(workspace_id, nudge.author_id)  # who may be bringing it to the thread
        await uow.inbox.note_withdrawal(workspace_id, channel_id, ts, reason=reason)
        for shown in (nudge.key, thread_copy_key(nudge.key)):
            if reason is Reason.DELETED:
                await take_away(uow, nudge, shown, reason, now=now)
            elif await uow.outbox.cancel(workspace_id, shown, reason, now=now):
                await uow.outbox.cancel_deletion_of(workspace_id, shown, now=now)

    async def _fit(self, message: Message) -> NewMessage | Reason:
        """Return a candidate as it may be stored, or why it may not: it is too old, or people from
        outside may read it."""
        now = self._clock()
        if now - message.sent_at > self._limits.too_old_seconds:
            return Reason.TOO_OLD
        readers = await self._readers(message.workspace_id, message.channel_id)
        reason = silence_for(readers) if readers is not None else None
        if reason is not None:
            return reason
        return NewMessage(message, now + self._limits.settle_seconds, only_here=readers is None)

    async def _readers(self, workspace_id: str, channel_id: str) -> Audience | None:
        """Return who reads a channel; None if Slack doesn't say now, but may later.

        Slack waits for the acknowledgment meanwhile, so the answer must come soon. If it doesn't,
        the message is not lost: its text waits under a key that only this process has, in memory.
        """
        try:
            async with asyncio.timeout(self._limits.audience_within_seconds):
                return await self._ask_twice(workspace_id, channel_id)
        except (TimeoutError, SlackUnavailableError, RateLimitedError):
            if self._slow_today.is_first(workspace_id, channel_id):
                log.warning(
                    "workspace=%s channel=%s Slack did not say in time who reads here; a message"
                    " waits until it does",
                    workspace_id,
                    channel_id,
                )
            return None
        except SlackCallError:  # the adapter has said so, once a day
            return Audience.UNKNOWN

    async def _ask_twice(self, workspace_id: str, channel_id: str) -> Audience:
        """Return who reads a channel; a single failure of Slack must not cost a question."""
        try:
            return await self._chat.audience(workspace_id, channel_id)
        except SlackUnavailableError:
            return await self._chat.audience(workspace_id, channel_id)
