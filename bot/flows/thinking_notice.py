"""Tells who asked that the answer takes a moment, and lets the answer take the place of that line.

The line is no answer: an ask whose process stops after it is answered by the next one. It is shown
by the first try alone.
"""

from __future__ import annotations

import logging
from collections.abc import Callable

from bot.core.languages import UiStrings
from bot.flows.errors import DeliveryUnconfirmedError, SlackCallError
from bot.flows.ports.asks import Ask, AskKind, ClaimedAsk, ReplyPlace
from bot.flows.ports.clock import Clock
from bot.flows.ports.outbox import MessageKind, OutgoingMessage
from bot.flows.ports.rendering import AskReply, Presenter, Renderer
from bot.flows.ports.unit_of_work import Store, UnitOfWork

log = logging.getLogger(__name__)


class ThinkingNotice:
    """Shows the line, and puts a queued answer in its place.

    Args:
        store, clock: the ports.
        presenter: shows it at a response URL. renderer: renders it for a direct conversation.
        wake_delivery: called when it was queued.
    """

    def __init__(
        self,
        *,
        store: Store,
        presenter: Presenter,
        renderer: Renderer,
        clock: Clock,
        wake_delivery: Callable[[], None],
    ) -> None:
        self._store = store
        self._presenter = presenter
        self._renderer = renderer
        self._clock = clock
        self._wake_delivery = wake_delivery

    async def show(self, claimed: ClaimedAsk, strings: UiStrings) -> bool:
        """Show the line where the answer will be.

        A modal has shown it since it was opened. What a button asks for needs no model.

        Args:
            claimed: the ask. strings: the UI strings.

        Returns:
            Whether the answer should take the place of what a response URL has shown.
        """
        ask = claimed.ask
        is_needed = ask.kind is AskKind.ADVICE and ask.place is not ReplyPlace.VIEW
        if claimed.claim_number > 1 or not is_needed:
            return False
        line = strings["advice"]["thinking"]
        async with self._store.begin() as uow:
            if not await uow.asks.keep(claimed):
                return False  # another worker has it, and may have answered
            if ask.place is ReplyPlace.DIRECT:
                await uow.outbox.enqueue(self._queued(ask, line), now=self._clock())
        if ask.place is ReplyPlace.DIRECT:
            self._wake_delivery()
            return False
        try:
            await self._presenter.show_reply(ask, AskReply(line=line), strings)
        except (SlackCallError, DeliveryUnconfirmedError) as failure:
            log.info("%s not told that it takes a moment: %s", ask.log_name, failure)
        return True

    async def put_in_place(self, uow: UnitOfWork, ask: Ask, answer: OutgoingMessage) -> None:
        """Queue an answer to a direct message: in the place of the line, if that was queued."""
        key = _key(ask)
        if await uow.outbox.delivery_state(ask.workspace_id, key) is not None:
            answer = answer.in_place_of(key)
        await uow.outbox.enqueue(answer, now=self._clock())

    def _queued(self, ask: Ask, line: str) -> OutgoingMessage:
        return OutgoingMessage(
            key=_key(ask),
            kind=MessageKind.MESSAGE,
            workspace_id=ask.workspace_id,
            channel_id=ask.address,
            recipient_id=ask.user_id,
            thread_ts=ask.thread_ts,
            content=self._renderer.line(line),
        )


def _key(ask: Ask) -> str:
    return f"thinking-{ask.key}"
