"""One round of weekly work: each person or team that is due is handled once, and fails alone."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass, field
from typing import Generic, Protocol, TypeVar

from bot.core.policy import Limits
from bot.flows.concurrency import Lanes, by_workspace
from bot.flows.errors import StoreRefusedError, StoreUnavailableError
from bot.flows.ports.chat import Chat
from bot.flows.ports.clock import Clock
from bot.flows.ports.unit_of_work import Store, UnitOfWork
from bot.flows.ports.weekly import DueDigest, DueReflection
from bot.flows.retries import respect_rate_limits

log = logging.getLogger(__name__)

Due = TypeVar("Due", DueReflection, DueDigest)
Released = TypeVar("Released", DueReflection, DueDigest, contravariant=True)


class ClaimDue(Protocol[Due]):
    """``claim_due_reflections`` or ``claim_due_digests`` of a schedule."""

    def __call__(
        self, *, now: float, limit: int, owner: str, lease_until: float, without: Collection[str]
    ) -> Awaitable[list[Due]]:
        """Claim a batch of what is due."""


class ReleaseDue(Protocol[Released]):
    """``release_reflection`` or ``release_digest`` of a schedule."""

    def __call__(self, due: Released, /, *, look_at: float | None = None) -> Awaitable[bool]:
        """End a claim, and leave it due."""


@dataclass
class _Round(Generic[Due]):
    """What one round has done so far.

    Attributes:
        sent: how many were sent. handled: who had their turn.
        open_claims: what stays claimed until the round is over, and when to look at it again, Unix
            seconds; None for where it was in the line.
    """

    sent: int = 0
    handled: set[tuple[str, str]] = field(default_factory=set)
    open_claims: list[tuple[Due, float | None]] = field(default_factory=list)
    is_over: bool = False


class WeeklyRound(Generic[Due]):
    """Runs rounds of one kind of weekly work, each workspace in a lane of its own.

    A workspace whose Slack hangs goes on after the round; what is due in the others is not held up
    by it, and neither is the next tick.

    Args:
        store, chat, clock, limits: the ports and the caps.
        owner: who claims what is due; unique per running process.
        claim, release: the methods of the schedule.
        send: sends one; returns whether it did, or None if it can't be sent now and stays due.
        wake_delivery: called when something was queued.
    """

    def __init__(
        self,
        *,
        store: Store,
        chat: Chat,
        clock: Clock,
        limits: Limits,
        owner: str,
        claim: Callable[[UnitOfWork], ClaimDue[Due]],
        release: Callable[[UnitOfWork], ReleaseDue[Due]],
        send: Callable[[Due], Awaitable[bool | None]],
        wake_delivery: Callable[[], None],
    ) -> None:
        self._store = store
        self._chat = chat
        self._clock = clock
        self._limits = limits
        self._owner = owner
        self._claim_of: Callable[[UnitOfWork], ClaimDue[Due]] = claim
        self._release_of: Callable[[UnitOfWork], ReleaseDue[Due]] = release
        self._send: Callable[[Due], Awaitable[bool | None]] = send
        self._wake_delivery = wake_delivery
        self._lanes = Lanes(limits.batches.weekly_patience_seconds)

    async def run(self) -> int:
        """Send what is due until nothing new is left; return how many were sent by then.

        Whoever can't be handled is logged, and looked at again later, behind the others; so is
        whoever waits for Slack, so that many who wait never keep the others from their turn. If
        Slack times out again and again, a round outlasts its own leases and claims what it left
        waiting once more. So it remembers whom it has handled, and ends when nobody else is due.

        Raises:
            StoreUnavailableError: for two in a row; the database is away.
        """
        this = _Round[Due]()
        try:
            while batch := await self._claim():
                new = [one for one in batch if one.subject not in this.handled]
                this.handled |= {one.subject for one in new}
                this.open_claims += [(one, self._clock()) for one in batch if one not in new]
                for workspace_id, some in by_workspace(new, lambda one: one.subject[0]).items():
                    self._lanes.start(workspace_id, self._send_each(some, this))
                await self._lanes.wait()
                if not new:
                    break
        finally:
            this.is_over = True
            await self._release(this.open_claims)
        return this.sent

    async def finish(self) -> None:
        """Wait for what is under way."""
        await self._lanes.finish()

    async def _send_each(self, some: Sequence[Due], this: _Round[Due]) -> None:
        """Send what is due in one workspace, one after the other."""
        sent, left, waiting = 0, list(some), list[tuple[Due, float | None]]()
        is_broken = False
        try:
            while left:
                outcome, is_broken = await self._try(left[0], is_again=is_broken)
                one = left.pop(0)
                sent += bool(outcome)
                if is_broken or outcome is None:
                    pause = self._limits.broken_weekly_seconds if is_broken else 0.0
                    waiting.append((one, self._clock() + pause))
        finally:
            waiting += [(one, None) for one in left]
            this.sent += sent
            if sent:
                self._wake_delivery()
            if this.is_over:
                await self._release(waiting)
            else:
                this.open_claims += waiting

    async def _try(self, one: Due, *, is_again: bool) -> tuple[bool | None, bool]:
        """Send one; return the outcome, and whether it failed in a way of its own."""
        workspace_id, subject_id = one.subject
        try:
            return await self._send(one), False
        except StoreUnavailableError as down:
            if is_again:
                raise
            why = str(down)
        except Exception as broken:  # noqa: BLE001 - one seller's fault must not stop the rest
            why = type(broken).__name__
        log.error(
            "workspace=%s subject=%s fails alone and is tried again: %s",
            workspace_id,
            subject_id,
            why,
        )
        return None, True

    async def _claim(self) -> list[Due]:
        now, batches = self._clock(), self._limits.batches
        async with self._store.begin() as uow:
            await respect_rate_limits(uow, self._chat, now=now)
            return await self._claim_of(uow)(
                now=now,
                limit=batches.weekly,
                owner=self._owner,
                lease_until=now + batches.lease_seconds,
                without=self._lanes.busy,
            )

    async def _release(self, open_claims: Sequence[tuple[Due, float | None]]) -> None:
        """Leave the rest due for the next tick, and what is broken for a later one."""
        if not open_claims:
            return
        try:
            async with self._store.begin() as uow:
                for one, look_at in open_claims:
                    await self._release_of(uow)(one, look_at=look_at)
        except (StoreUnavailableError, StoreRefusedError) as down:
            log.error("%d claims lapse with their leases: %s", len(open_claims), down)
