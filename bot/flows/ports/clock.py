"""The clock as the stories see it."""

from __future__ import annotations

from collections.abc import Callable

Clock = Callable[[], float]
"""Returns the time now, in Unix seconds (UTC). Stories never read a clock of their own."""
