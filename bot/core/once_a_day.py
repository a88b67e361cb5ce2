"""What is worth one line in the log a day, however often it happens."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable

from bot.core.policy import DAY

_MOST_KEYS = 5_000


class OncePerDay:
    """Tells whether something happens for the first time in a day.

    Args:
        clock: Unix seconds.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._last: OrderedDict[tuple[str, ...], float] = OrderedDict()

    def is_first(self, *key: str) -> bool:
        """Return whether it is a day since this was last said to be the first."""
        now = self._clock()
        last = self._last.get(key)
        if last is not None and abs(now - last) < DAY:
            return False
        self._last[key] = now
        self._last.move_to_end(key)
        while len(self._last) > _MOST_KEYS:
            self._last.popitem(last=False)
        return True
