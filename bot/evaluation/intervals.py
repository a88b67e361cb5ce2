"""Computes 95 % intervals of measured figures.

A plain share gets Wilson's interval (1927), which is sensible even if nothing was found. Everything
else gets a bootstrap interval (Efron 1979), drawn per group with a fixed seed. A group of which
none or all was selected is drawn from the Jeffreys posterior of its share for the same reason. A
figure at the edge of what is possible, such as a precision of 1, lies outside the middle of such
samples; the interval then reaches up to the figure.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import sqrt

BOOTSTRAP_SAMPLES = 1_000
SEED = 20_261_125
_Z95 = 1.96


@dataclass(frozen=True, slots=True)
class Interval:
    """A figure with its 95 % interval. All are NaN if the figure is undefined."""

    value: float
    low: float
    high: float


UNDEFINED = Interval(float("nan"), float("nan"), float("nan"))


def wilson(selected: Sequence[bool]) -> Interval:
    """Return the share of True with Wilson's interval."""
    size = len(selected)
    if not size:
        return UNDEFINED
    share, z = sum(selected) / size, _Z95
    middle = (share + z * z / (2 * size)) / (1 + z * z / size)
    half = z * sqrt(share * (1 - share) / size + z * z / (4 * size * size)) / (1 + z * z / size)
    return Interval(share, max(0.0, middle - half), min(1.0, middle + half))


def bootstrap_shares(
    selected: Mapping[str, Sequence[bool]], figure: Callable[[dict[str, float]], float]
) -> Interval:
    """Return a figure of the groups' shares with its bootstrap interval.

    Args:
        selected: for each group, whether each message was selected. Empty groups are left out.
        figure: computes the figure from the share of each group.
    """
    groups = {g: flags for g, flags in selected.items() if flags}
    value = figure({g: sum(flags) / len(flags) for g, flags in groups.items()})
    rng = seeded_rng()
    samples = [
        figure({g: _resampled_share(flags, rng) for g, flags in groups.items()})
        for _ in range(BOOTSTRAP_SAMPLES)
    ]
    defined = [s for s in samples if s == s]
    if not defined:
        return Interval(value, float("nan"), float("nan"))
    return percentile_interval(value, defined)


def percentile_interval(value: float, samples: Sequence[float]) -> Interval:
    """Return a figure with the middle 95 % of its bootstrap samples, and always with itself."""
    ordered, size = sorted(samples), len(samples)
    low, high = ordered[int(0.025 * size)], ordered[int(0.975 * size)]
    return Interval(value, min(low, value), max(high, value))


def seeded_rng() -> random.Random:
    """Return a random generator that makes intervals repeatable."""
    return random.Random(SEED)  # noqa: S311 - samples for an interval, no secret


def _resampled_share(flags: Sequence[bool], rng: random.Random) -> float:
    selected, size = sum(flags), len(flags)
    if selected in (0, size):  # resampling would treat none or all as certain
        return rng.betavariate(selected + 0.5, size - selected + 0.5)
    return sum(rng.random() * size < selected for _ in range(size)) / size
