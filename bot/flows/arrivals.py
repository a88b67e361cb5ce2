"""Stores messages before Slack is told that they were taken: those that arrive together share one
transaction, so a burst costs one write to disk and not hundreds.

Whoever comes first is written at once. Whoever comes while a transaction is open waits for the next
one, with all others of the same workspace (group commit: DeWitt et al. 1984).
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from bot.core.model import Message, Reason
from bot.core.policy import Limits
from bot.flows import remembered
from bot.flows.errors import StoreRefusedError
from bot.flows.ports.clock import Clock
from bot.flows.ports.inbox import NewMessage
from bot.flows.ports.unit_of_work import Store, UnitOfWork


@dataclass(frozen=True, slots=True)
class _Arrival:
    """A message that waits to be stored, and whoever waits for it."""

    new: NewMessage
    stored: asyncio.Future[Reason | None]


class Arrivals:
    """Stores messages.

    Args:
        store, clock, limits: the ports and the caps.
    """

    def __init__(self, *, store: Store, clock: Clock, limits: Limits) -> None:
        self._store = store
        self._clock = clock
        self._limits = limits
        self._waiting: dict[str, list[_Arrival]] = {}
        self._writers: dict[str, asyncio.Task[None]] = {}

    async def store(self, new: NewMessage) -> Reason | None:
        """Store a message, unless it was stored or handled before.

        Returns:
            Why it isn't stored; None if it is, or was before.

        Raises:
            StoreUnavailableError, StoreRefusedError: it is not stored.
        """
        workspace_id = new.message.workspace_id
        arrival = _Arrival(new, asyncio.get_running_loop().create_future())
        self._waiting.setdefault(workspace_id, []).append(arrival)
        if workspace_id not in self._writers:
            self._writers[workspace_id] = asyncio.create_task(self._write(workspace_id))
        return await arrival.stored

    async def _write(self, workspace_id: str) -> None:
        """Store what waits in a workspace, batch after batch, until nothing does."""
        most = self._limits.batches.arrivals
        try:
            while waiting := self._waiting.pop(workspace_id, None):
                batch, rest = waiting[:most], waiting[most:]
                if rest:
                    self._waiting[workspace_id] = rest
                await self._store_together(workspace_id, batch)
        finally:
            del self._writers[workspace_id]

    async def _store_together(self, workspace_id: str, batch: Sequence[_Arrival]) -> None:
        try:
            async with self._store.begin() as uow:
                outcomes = await self._add(uow, workspace_id, [a.new for a in batch])
        except StoreRefusedError as refused:
            if len(batch) == 1:  # the one that the database refuses
                _fail(batch[0], refused)
                return
            for arrival in batch:
                await self._store_together(workspace_id, [arrival])
        except BaseException as failure:  # Slack waits, so whatever it was is told
            for arrival in batch:
                _fail(arrival, failure)
            if not isinstance(failure, Exception):  # this process stops
                raise
        else:
            for arrival, outcome in zip(batch, outcomes, strict=True):
                if not arrival.stored.done():
                    arrival.stored.set_result(outcome)

    async def _add(
        self, uow: UnitOfWork, workspace_id: str, batch: Sequence[NewMessage]
    ) -> list[Reason | None]:
        messages = [new.message for new in batch]
        authors = sorted({message.author_id for message in messages})
        await uow.serialize(workspace_id, *authors)  # not while one takes back, or is forgotten
        retractions = await uow.inbox.retractions_of(workspace_id, authors)
        handled = await remembered.handled(uow, workspace_id, messages)
        outcomes: list[Reason | None] = []
        added = []
        for new in batch:
            taken_back = is_taken_back(new.message, retractions, self._limits)
            outcomes.append(Reason.NEXT_MESSAGE if taken_back else None)
            if not taken_back and new.message not in handled:
                added.append(new)
        await uow.inbox.add_all(added, now=self._clock())
        return outcomes


def is_taken_back(
    message: Message, retractions: Sequence[tuple[str, str, str]], limits: Limits
) -> bool:
    """Return whether its author has taken a message back before it arrived.

    Args:
        message: with the time of its wording.
        retractions: channel, author and ts of each.
        limits: how long afterward one may take something back.
    """
    written_at = message.version or message.ts
    until = f"{float(written_at) + limits.take_back_seconds:.6f}"
    return any(
        (channel_id, author_id) == (message.channel_id, message.author_id)
        and written_at < ts <= until
        for channel_id, author_id, ts in retractions
    )


def _fail(arrival: _Arrival, failure: BaseException) -> None:
    if arrival.stored.done():
        return
    if isinstance(failure, asyncio.CancelledError):
        arrival.stored.cancel()
    else:
        arrival.stored.set_exception(failure)
