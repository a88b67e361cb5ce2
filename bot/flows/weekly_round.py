"""One round of weekly work: each person or team that is due is handled once, and fails alone."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from typing import Protocol, TypeVar

from bot.core.policy import Limits
from bot.flows.errors import StoreUnavailableError
from bot.flows.ports.clock import Clock
from bot.flows.ports.unit_of_work import Store, UnitOfWork
from bot.flows.ports.weekly import DueDigest, DueReflection

log = logging.getLogger(__name__)

Due = TypeVar("Due", DueReflection, DueDigest)
Released = TypeVar("Released", DueReflection, DueDigest, contravariant=True)


class ClaimDue(Protocol[Due]):
    """``claim_due_reflections`` or ``claim_due_digests`` of a schedule."""

    def __call__(
        self, *, now: float, limit: int, owner: str, lease_until: float
    ) -> Awaitable[list[Due]]:
        """Claim a batch of what is due."""


class ReleaseDue(Protocol[Released]):
    """``release_reflection`` or ``release_digest`` of a schedule."""

    def __call__(self, due: Released, /, *, look_at: float | None = None) -> Awaitable[bool]:
        """End a claim, and leave it due."""


class WeeklyRound:
    """Runs rounds of one kind of weekly work.

    Args:
        store, clock, limits: the ports and the caps.
        owner: who claims what is due; unique per running process.
    """

    def __init__(self, *, store: Store, clock: Clock, limits: Limits, owner: str) -> None:
        self._store = store
        self._clock = clock
        self._limits = limits
        self._owner = owner

    async def run(
        self,
        *,
        claim: Callable[[UnitOfWork], ClaimDue[Due]],
        send: Callable[[Due], Awaitable[bool | None]],
        release: Callable[[UnitOfWork], ReleaseDue[Due]],
    ) -> int:
        """Send what is due until nothing new is left; return how many were sent.

        Whoever can't be handled is logged, and looked at again later, behind the others. If Slack
        times out again and again, a round outlasts its own leases and claims what it left waiting
        once more. So it remembers whom it has handled, and ends when nobody else is due.

        Args:
            claim, release: the methods of the schedule.
            send: sends one; None if it can't be sent now and stays due.

        Raises:
            StoreUnavailableError: for two in a row; the database is away.
        """
        sent, handled, open_claims = 0, set[tuple[str, str]](), list[tuple[Due, bool]]()
        try:
            while batch := await self._claim(claim):
                new = [one for one in batch if one.subject not in handled]
                open_claims += [(one, False) for one in batch]
                for one in new:
                    handled.add(one.subject)
                    outcome, is_broken = await self._try(send, one, open_claims)
                    sent += bool(outcome)
                    open_claims.remove((one, False))
                    if is_broken or outcome is None:
                        open_claims.append((one, is_broken))
                if not new:
                    break
        finally:
            if open_claims:
                await self._release(release, open_claims)
        return sent

    async def _try(
        self,
        send: Callable[[Due], Awaitable[bool | None]],
        one: Due,
        open_claims: list[tuple[Due, bool]],
    ) -> tuple[bool | None, bool]:
        """Send one; return the outcome, and whether it failed in a way of its own."""
        workspace_id, subject_id = one.subject
        try:
            return await send(one), False
        except StoreUnavailableError as down:
            if open_claims and open_claims[-1][1]:
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

    async def _claim(self, claim: Callable[[UnitOfWork], ClaimDue[Due]]) -> list[Due]:
        now, batches = self._clock(), self._limits.batches
        async with self._store.begin() as uow:
            return await claim(uow)(
                now=now,
                limit=batches.weekly,
                owner=self._owner,
                lease_until=now + batches.lease_seconds,
            )

    async def _release(
        self,
        release: Callable[[UnitOfWork], ReleaseDue[Due]],
        open_claims: list[tuple[Due, bool]],
    ) -> None:
        """Leave the rest due for the next tick, and what is broken for a later one."""
        later = self._clock() + self._limits.broken_weekly_seconds
        try:
            async with self._store.begin() as uow:
                for one, is_broken in open_claims:
                    await release(uow)(one, look_at=later if is_broken else None)
        except StoreUnavailableError as down:
            log.error("%d claims lapse with their leases: %s", len(open_claims), down)
