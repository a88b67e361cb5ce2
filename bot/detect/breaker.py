"""A breaker: after failures the judge is left alone for a while, and the offline verdict stands."""

from __future__ import annotations

from bot.core.policy import JudgeLimits


class Breaker:
    """Counts failures of one server. Times in Unix seconds.

    Args:
        limits: how many failures in a row open it, and for how long.
    """

    def __init__(self, limits: JudgeLimits) -> None:
        self._limits = limits
        self._in_a_row = 0
        self._open_until = 0.0

    def closed(self, now: float) -> bool:
        """Whether the judge may be asked; after a pause, one failure more opens it again."""
        return now >= self._open_until

    def worked(self) -> None:
        """An answer came."""
        self._in_a_row = 0

    def failed(self, now: float, *, pause: float | None = None) -> bool:
        """No answer came.

        Args:
            now: Unix seconds. pause: seconds, where one failure is enough (refused key, no quota,
                "come back later").

        Returns:
            Whether this opened the breaker: the moment for one line in the log.
        """
        was_open = not self.closed(now)
        self._in_a_row += 1
        if pause is None and self._in_a_row >= self._limits.failures_in_a_row:
            pause = self._limits.pause_seconds
        if pause is None:
            return False
        self._open_until = max(self._open_until, now + pause)
        return not was_open
