"""Seconds that only grow, whatever happens to the machine's clock."""

from __future__ import annotations

from collections.abc import Callable


class Elapsed:
    """Counts seconds since it was made, by two clocks: it follows whichever has gone further.

    The wall clock alone stands still in effect if it is set back: what was to last ten minutes
    lasts an hour and ten. A monotonic clock alone stands still while a laptop sleeps.

    Args:
        clock: Unix seconds; may jump. monotonic: seconds that never go back.
    """

    def __init__(self, clock: Callable[[], float], monotonic: Callable[[], float]) -> None:
        self._clock = clock
        self._monotonic = monotonic
        self._last = clock(), monotonic()
        self._seconds = 0.0

    def __call__(self) -> float:
        """Return the seconds that have passed."""
        at = self._clock(), self._monotonic()
        self._seconds += max(0.0, *(now - last for now, last in zip(at, self._last, strict=True)))
        self._last = at
        return self._seconds
