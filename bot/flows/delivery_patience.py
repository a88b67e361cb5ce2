"""How long a queued message is right to come, and when it is tried again."""

from __future__ import annotations

from bot.core.policy import Limits
from bot.flows.gatekeeper import Gatekeeper
from bot.flows.ports.clock import Clock
from bot.flows.ports.outbox import ClaimedMessage
from bot.flows.retries import NextTry, next_try


class Patience:
    """Knows which messages may be tried again, and until when.

    Args:
        clock, limits: the port and the caps.
        gatekeeper: says how late something unprompted may come.
    """

    def __init__(self, *, clock: Clock, limits: Limits, gatekeeper: Gatekeeper) -> None:
        self._clock = clock
        self._limits = limits
        self._gatekeeper = gatekeeper

    def next_try(self, claimed: ClaimedMessage, why: Exception) -> NextTry | None:
        """Return when a message is tried again; None if this was its last try. ``why``: what went
        wrong."""
        limits = self._limits
        backoff = limits.patient_backoff if claimed.message.kind.is_patient else limits.backoff
        return next_try(why, attempts=claimed.attempts, backoff=backoff, now=self._clock())

    def is_over(self, claimed: ClaimedMessage) -> bool:
        """Return whether a message would come too late."""
        limits, created_at = self._limits, claimed.created_at
        latest = self._gatekeeper.latest(claimed.message, enqueued_at=created_at)
        if latest is None:
            is_patient = claimed.message.kind.is_patient
            latest = created_at + (
                limits.patient_within_seconds if is_patient else limits.deliver_within_seconds
            )
        return self._clock() > latest
