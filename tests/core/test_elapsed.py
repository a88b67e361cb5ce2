"""Seconds that only grow: a clock set back, a leap, and a laptop that slept."""

from __future__ import annotations

import pytest

from bot.core.elapsed import Elapsed


@pytest.mark.parametrize(
    ("wall", "monotonic", "expected"),
    [
        ([100.0, 160.0, 220.0], [5.0, 65.0, 125.0], 120.0),
        ([100.0, -3_440.0, -3_380.0], [5.0, 65.0, 125.0], 120.0),  # set back an hour
        ([100.0, 30_100.0, 30_160.0], [5.0, 6.0, 66.0], 30_060.0),  # slept for hours
        ([100.0, 90.0, 80.0], [5.0, 5.0, 5.0], 0.0),
    ],
)
def test_it_follows_the_clock_that_has_gone_further(
    wall: list[float], monotonic: list[float], expected: float
) -> None:
    walls, monotonics = iter(wall), iter(monotonic)
    elapsed = Elapsed(lambda: next(walls), lambda: next(monotonics))
    elapsed()
    assert elapsed() == expected
