"""Takes what a seller asks for and delivers the answer: soon, privately, and exactly once.

What is answered, ``bot.flows.advice`` decides. An ask is stored before Slack is told that it was
taken, so a crash loses none. Its words are erased with the reply. Nothing here counts against a
cap.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Collection

from bot.core.languages import UiStrings
from bot.flows import remembered
from bot.flows.advice import Advisor
from bot.flows.advice_topic import remember_reply
from bot.flows.concurrency import Lanes, by_workspace, run_each
from bot.flows.errors import (
    DeliveryUnconfirmedError,
    SlackCallError,
    SlackRefusedError,
    StoreUnavailableError,
)
from bot.flows.house_rules import HouseRules
from bot.flows.my_data import MyData
from bot.flows.ports.asks import Ask, AskKind, ClaimedAsk, ReplyPlace
from bot.flows.ports.chat import Chat
from bot.flows.ports.clock import Clock
from bot.flows.ports.outbox import MessageKind, OutgoingMessage
from bot.flows.ports.rendering import AskReply, Presenter, Renderer
from bot.flows.ports.telemetry import ReplyKind, Telemetry
from bot.flows.ports.unit_of_work import Store
from bot.flows.ports.work import WorkItem
from bot.flows.retries import (
    NextTry,
    ends_every_claim,
    next_try,
    respect_rate_limits,
)
from bot.flows.slack_error_codes import APP_REFUSED
from bot.flows.thinking_notice import ThinkingNotice
from bot.flows.turn_to_people import TurnToPeople

log = logging.getLogger(__name__)


class OnDemand:
    """Takes asks and answers them. ``run_due`` or ``run_one`` is what a worker calls.

    Args:
        store, chat, clock: the ports. rules: of each workspace.
        owner: who claims asks; unique per running process.
        presenter: shows a reply where it was asked for. renderer: renders what is queued.
        people: answers what is a matter for people, before anything else.
        advisor: decides what to answer.
        wake: called when something was taken. wake_delivery: when something was queued.
        telemetry: is told of replies.
    """

    def __init__(
        self,
        *,
        store: Store,
        chat: Chat,
        presenter: Presenter,
        renderer: Renderer,
        clock: Clock,
        rules: HouseRules,
        owner: str,
        people: TurnToPeople,
        advisor: Advisor,
        wake: Callable[[], None],
        wake_delivery: Callable[[], None],
        telemetry: Telemetry,
    ) -> None:
        self._store = store
        self._chat = chat
        self._presenter = presenter
        self._renderer = renderer
        self._clock = clock
        self._rules = rules
        self._limits = rules.limits
        self._owner = owner
        self._people = people
        self._advisor = advisor
        self._wake = wake
        self._wake_delivery = wake_delivery
        self._telemetry = telemetry
        self._lanes = Lanes(rules.limits.batches.patience_seconds)
        self._thinking = ThinkingNotice(
            store=store,
            presenter=presenter,
            renderer=renderer,
            clock=clock,
            wake_delivery=wake_delivery,
        )
        self._my_data = MyData(
            store=store,
            chat=chat,
            retention_days=rules.limits.retention_days,
            presenter=presenter,
            renderer=renderer,
            clock=clock,
            wake_delivery=wake_delivery,
        )

    def is_for_people(self, text: str) -> bool:
        """Return whether a text is for people, and so an ask, whatever else it may be."""
        return self._people.find(text) is not None

    async def submit(self, ask: Ask) -> bool:
        """Store an ask, without its words if it is for people. False: it was taken before.

        Raises:
            StoreUnavailableError: it could not be stored, so it must not be acknowledged.
        """
        async with self._store.begin() as uow:
            is_new = await remembered.take(uow, ask.workspace_id, ask.key, at=self._clock())
            added = is_new and await uow.asks.add(
                self._people.without_words(ask), now=self._clock()
            )
        self._wake()
        return added

    async def run_due(self) -> float | None:
        """Answer a batch of what waits, side by side; a slow workspace holds up only itself.

        Returns:
            When to look again, Unix seconds, or None.
        """
        due = await self._claim(self._limits.batches.answer, without=self._lanes.busy)
        for workspace_id, some in by_workspace(due, lambda c: c.ask.workspace_id).items():
            self._lanes.start(workspace_id, run_each(self._answer, some))
        await self._lanes.wait()
        async with self._store.begin() as uow:
            next_due = await uow.asks.next_due()
        return self._lanes.next_round(next_due, self._clock())

    async def run_one(self, item: WorkItem) -> float | None:
        """Answer one ask, if nobody else does.

        Returns:
            When to look at it again, Unix seconds; None if it is answered.
        """
        await run_each(self._answer, await self._claim(1, only=item))
        async with self._store.begin() as uow:
            return await uow.asks.next_due(item)

    async def _claim(
        self, limit: int, *, without: Collection[str] = (), only: WorkItem | None = None
    ) -> list[ClaimedAsk]:
        now = self._clock()
        async with self._store.begin() as uow:
            await respect_rate_limits(uow, self._chat, now=now)
            return await uow.asks.claim_due(
                now=now,
                limit=limit,
                owner=self._owner,
                lease_until=now + self._limits.batches.lease_seconds,
                without=without,
                only=only,
            )

    async def finish(self) -> None:
        """Wait for what is under way."""
        await self._lanes.finish()

    async def _answer(self, claimed: ClaimedAsk) -> None:
        try:
            if self._must_end(claimed):
                await self._complete(claimed)
                return
            strings = await self._rules.read_strings(self._store, claimed.ask.workspace_id)
            if self._may_be_answered(claimed):
                await self._ask_to_look(claimed, strings)
            elif claimed.ask.kind is AskKind.DATA:
                await self._send_data(claimed, strings)
            else:
                reply, replaces = await self._reply_in_time(claimed, strings)
                await self._deliver(claimed, reply, strings, replaces=replaces)
        except DeliveryUnconfirmedError as unknown:
            log.warning("%s may have been answered: %s", claimed.ask.log_name, unknown)
            await self._complete(claimed)
        except SlackRefusedError as refused:
            log.warning("%s refused: %s", claimed.ask.log_name, refused.code)
            if refused.code in APP_REFUSED:  # says nothing about the ask, and passes
                await self._retry_later(claimed, refused)
            else:
                await self._complete(claimed)
        except SlackCallError as failure:
            log.warning("%s slack failed: %s", claimed.ask.log_name, failure)
            await self._retry_later(claimed, failure)
        except StoreUnavailableError:
            raise
        except Exception as broken:  # noqa: BLE001 - one poisonous ask must not stop the rest
            log.error("%s can't be answered: %s", claimed.ask.log_name, type(broken).__name__)
            await self._retry_later(claimed, broken)

    async def _reply_in_time(
        self, claimed: ClaimedAsk, strings: UiStrings
    ) -> tuple[AskReply, bool]:
        """Return the reply, and whether it takes the place of a line that says to wait for it."""
        replying = asyncio.create_task(self._reply_to(claimed, strings))
        try:
            await asyncio.wait({replying}, timeout=self._limits.thinking_after_seconds)
            replaces = not replying.done() and await self._thinking.show(claimed, strings)
            return await replying, replaces
        finally:
            replying.cancel()  # nothing, once it has ended
            await asyncio.wait({replying})

    def _must_end(self, claimed: ClaimedAsk) -> bool:
        """Return whether an ask ends without a reply, since it may be what ends the process."""
        since, now = claimed.asked_at, self._clock()
        if ends_every_claim(claimed.unfinished_claims, since=since, now=now, limits=self._limits):
            log.error("%s given up: no claim of it came to an end", claimed.ask.log_name)
            return True
        return False

    @staticmethod
    def _may_be_answered(claimed: ClaimedAsk) -> bool:
        """Return whether a reply may stand that nobody can look for, because only one person would
        see it. A modal takes the same reply again."""
        if claimed.showing_since is None or claimed.ask.place is ReplyPlace.VIEW:
            return False
        log.warning("%s may have been answered before a stop", claimed.ask.log_name)
        return True

    async def _ask_to_look(self, claimed: ClaimedAsk, strings: UiStrings) -> None:
        """Say that the answer may be missing: the same answer twice looks broken, and none at all
        leaves somebody waiting."""
        await self._presenter.show_reply(claimed.ask, _line(strings, "doubtful"), strings)
        await self._complete(claimed)

    async def _reply_to(self, claimed: ClaimedAsk, strings: UiStrings) -> AskReply:
        ask, now = claimed.ask, self._clock()
        if (kind := self._people.find_in(ask)) is not None:
            async with self._store.begin() as uow:
                rules = await self._rules.of(uow, ask.workspace_id)
            # However late; who asks was looked at when it was taken.
            return AskReply(line=self._people.answer(kind, rules.strings, rules.help_contact))
        if now - claimed.asked_at > self._limits.asks_too_old_seconds:
            return _line(strings, "late")
        if claimed.words_are_lost:
            return _line(strings, "words_lost")
        if self._limits.backoff.is_exhausted(claimed.attempts):
            return _line(strings, "failed")
        if not (await self._chat.person(ask.workspace_id, ask.user_id)).is_colleague:
            return AskReply(line=strings["people"]["not_ours"])
        return await self._advisor.reply_to(ask)

    async def _deliver(
        self, claimed: ClaimedAsk, reply: AskReply, strings: UiStrings, *, replaces: bool
    ) -> None:
        """Queue the reply, or show it where it was asked for; then the ask is done."""
        ask = claimed.ask
        queued = None
        if ask.place is ReplyPlace.DIRECT:
            queued = OutgoingMessage(
                key=f"answer-{ask.key}",
                kind=MessageKind.MESSAGE,
                workspace_id=ask.workspace_id,
                channel_id=ask.address,
                recipient_id=ask.user_id,
                thread_ts=ask.thread_ts,
                content=self._renderer.ask_reply(strings, _line(strings, "words_lost")),
                private_content=self._renderer.ask_reply(strings, reply),
            )
        else:
            if not await self._mark_showing(claimed):
                return
            await self._presenter.show_reply(ask, reply, strings, replaces=replaces)
        await self._complete(claimed, reply, queued)
        self._telemetry.reply_sent(ReplyKind.ANSWER, self._clock() - claimed.asked_at)
        log.info("%s kind=%s place=%s answered", claimed.ask.log_name, ask.kind, ask.place)

    async def _complete(
        self,
        claimed: ClaimedAsk,
        reply: AskReply | None = None,
        queued: OutgoingMessage | None = None,
    ) -> None:
        ask, now = claimed.ask, self._clock()
        async with self._store.begin() as uow:
            is_small_talk = reply is not None and reply.is_small_talk
            if not await uow.asks.complete(claimed, now=now, is_small_talk=is_small_talk):
                return  # another worker has it by now, or the person was forgotten
            if reply is not None:
                await remember_reply(uow, ask, reply, now)
            if queued is not None:
                await self._thinking.put_in_place(uow, ask, queued)
        if queued is not None:
            self._wake_delivery()

    async def _mark_showing(self, claimed: ClaimedAsk) -> bool:
        async with self._store.begin() as uow:
            return await uow.asks.mark_showing(claimed, now=self._clock())

    async def _send_data(self, claimed: ClaimedAsk, strings: UiStrings) -> None:
        kept = await self._my_data.collect(claimed.ask, strings)
        if not await self._mark_showing(claimed):
            return
        await self._my_data.send(claimed.ask, kept, strings["record"])
        await self._complete(claimed)

    async def _retry_later(self, claimed: ClaimedAsk, why: Exception) -> None:
        backoff, now = self._limits.backoff, self._clock()
        following = next_try(why, attempts=claimed.attempts, backoff=backoff, now=now)
        if following is None and not backoff.is_exhausted(claimed.attempts):
            attempts = claimed.attempts + 1  # once more, to apologize
            following = NextTry(now + backoff.delay(attempts), attempts)
        if following is None:
            await self._complete(claimed)
            return
        async with self._store.begin() as uow:
            await uow.asks.retry_at(claimed, following.at, attempts=following.attempts)


def _line(strings: UiStrings, key: str) -> AskReply:
    return AskReply(line=strings["advice"][key])
