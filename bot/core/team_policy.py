"""The thresholds and caps of sales teams and of figures about several people."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TeamLimits:
    """What keeps a person out of sight in figures about several, and managers within bounds.

    A figure is the least number of sellers that may be told. It is told only if, after a random
    0 to ``blur - 1`` was taken off, it is at least ``floor``, and if ``counted_per_shown`` times as
    many are counted in all, blurred likewise. So one person changes each figure with a chance of at
    most 1 in ``blur``, for somebody who knows all about everybody else
    (docs/decisions/0034-blurred-digest.md, 0045-four-week-figures.md).

    Attributes:
        bands: the numbers that can be told; further apart than ``blur``, or one person could
            change two of them.
        teams_per_manager: teams of one manager at the same time.
        new_names_per_day: people whom one manager can name newly in 24 hours.
        invitations: how often one person is asked to join one team, ever.
        digest_weeks: how many weeks the figures of a digest cover; periods follow each other.
        channel_weeks: how long figures of a channel stay the same, in weeks.
        share_wait_seconds: how long somebody who shares waits to hear what came of it.
        themes: how many traps a digest names at most.
        lookup_seconds: how long to ask Slack who the people named are.
    """

    floor: int = 5
    bands: tuple[int, ...] = (5, 10, 20, 50)
    counted_per_shown: int = 2
    blur: int = 5
    teams_per_manager: int = 3
    new_names_per_day: int = 50
    invitations: int = 2
    digest_weeks: int = 4
    channel_weeks: int = 4
    share_wait_seconds: float = 8.0
    themes: int = 3
    lookup_seconds: float = 1.5
