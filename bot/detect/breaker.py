"""Stops calls to a failing language model for a while."""

from __future__ import annotations

from bot.core.policy import JudgeLimits


class CircuitBreaker:
    """Counts the failures of one server and pauses calls to it. Times only grow.

    Args:
        limits: the number of consecutive failures that opens the breaker, and the pause.
    """

    def __init__(self, limits: JudgeLimits) -> None:
        self._limits = limits
        self._consecutive_failures = 0
        self._open_until = 0.0

    def is_closed(self, now: float) -> bool:
        """Return whether calls are allowed. After a pause, a single failure opens it again."""
        return now >= self._open_until

    def record_success(self) -> None:
        """Reset the count of consecutive failures."""
        self._consecutive_failures = 0

    def record_failure(self, now: float, *, pause: float | None = None) -> bool:
        """Count a failure, and open the breaker if there were too many in a row.

        Args:
            now: seconds.
            pause: seconds to stay open after this one failure (key refused, quota used up,
                ``Retry-After``). None: open only after ``failures_in_a_row``.

        Returns:
            Whether this failure opened the breaker; the caller logs that once.
        """
        was_open = not self.is_closed(now)
        self._consecutive_failures += 1
        if pause is None and self._consecutive_failures >= self._limits.failures_in_a_row:
            pause = self._limits.pause_seconds
        if pause is None:
            return False
        self._open_until = max(self._open_until, now + pause)
        return not was_open
