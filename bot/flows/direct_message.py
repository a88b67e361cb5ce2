"""A direct message to the bot: a wish, a reply to something weekly, or a draft to look at."""

from __future__ import annotations

from collections.abc import Callable

from bot.core.model import DirectMessage, Message
from bot.flows.follow_up import FollowUps
from bot.flows.on_demand import OnDemand
from bot.flows.ports.asks import Ask, AskKind, ReplyPlace
from bot.flows.ports.clock import Clock
from bot.flows.ports.outbox import MessageKind, OutgoingMessage
from bot.flows.ports.rendering import Renderer
from bot.flows.ports.unit_of_work import Store
from bot.flows.ports.weekly import FollowUpOutcome
from bot.flows.weekly_reflection import WeeklyReflections
from bot.flows.wishes import Wishes


class DirectMessages:
    """Finds out what a direct message is, and passes it on.

    Args:
        store, clock: the ports. renderer: renders the thanks.
        wishes, on_demand, reflections, follow_ups: who takes it.
        wake_delivery: called when something was queued.
    """

    def __init__(
        self,
        *,
        store: Store,
        clock: Clock,
        renderer: Renderer,
        wishes: Wishes,
        on_demand: OnDemand,
        reflections: WeeklyReflections,
        follow_ups: FollowUps,
        wake_delivery: Callable[[], None],
    ) -> None:
        self._store = store
        self._clock = clock
        self._renderer = renderer
        self._wishes = wishes
        self._on_demand = on_demand
        self._reflections = reflections
        self._follow_ups = follow_ups
        self._wake_delivery = wake_delivery

    async def receive(self, direct: DirectMessage) -> None:
        """Take a direct message.

        Raises:
            StoreUnavailableError: nothing was stored, so it must not be acknowledged.
        """
        message = direct.message
        place = (message.workspace_id, message.author_id)
        if (granted := await self._wishes.grant(*place, message.text)) is not None:
            await self._say(message, granted[1])
            return
        thanks = await self._reply_to_weekly(message) if message.thread_ts else None
        if thanks is not None:
            await self._say(message, thanks)
            return
        ask = Ask(
            key=f"dm-{message.channel_id}-{message.ts}",
            kind=AskKind.ADVICE,
            workspace_id=message.workspace_id,
            user_id=message.author_id,
            place=ReplyPlace.DIRECT,
            address=message.channel_id,
            text=message.text,
            thread_ts=message.thread,
        )
        await self._on_demand.submit(ask)

    async def _reply_to_weekly(self, message: Message) -> str | None:
        """Take a reply below a reflection, or below a follow-up, which is counted and not kept.

        Returns:
            The line of thanks, or None if the message is neither.
        """
        workspace_id, user_id = message.workspace_id, message.author_id
        week = await self._reflections.week_of_message(workspace_id, user_id, message.thread)
        if week is not None:
            answers = {"reply": message.text}
            return await self._reflections.save_answers(workspace_id, user_id, week, answers)
        key = await self._follow_ups.key_of_message(workspace_id, user_id, message.thread)
        if key is None:
            return None
        return await self._follow_ups.record_outcome(
            workspace_id, key, user_id, FollowUpOutcome.LEARNED
        )

    async def _say(self, message: Message, line: str) -> None:
        thanks = OutgoingMessage(
            key=f"thanks-{message.channel_id}-{message.ts}",
            kind=MessageKind.MESSAGE,
            workspace_id=message.workspace_id,
            channel_id=message.channel_id,
            recipient_id=message.author_id,
            thread_ts=message.thread,
            content=self._renderer.line(line),
        )
        async with self._store.begin() as uow:
            await uow.outbox.enqueue(thanks, now=self._clock())
        self._wake_delivery()
