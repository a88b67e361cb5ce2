"""What earlier nudges mean for the next decision: which ones count, and which were ignored."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.core.model import Delivery, History, Preferences
from bot.core.policy import HOUR, WEEK, Limits


@dataclass(frozen=True, slots=True)
class PastNudge:
    """One nudge, as the store keeps it.

    Attributes:
        at: when it was decided, Unix seconds.
        observed: it was only counted, because its channel is only observed.
        dropped: it was never shown, because delivery gave up or it was taken back before.
        answered_at: when its author reacted, Unix seconds; None if they didn't.
    """

    at: float
    observed: bool = False
    dropped: bool = False
    answered_at: float | None = None

    @property
    def counts(self) -> bool:
        """Whether it counts against the caps.

        Observed ones do, because observing is to show what speaking would be like.
        """
        return self.observed or not self.dropped


@dataclass(frozen=True, slots=True)
class PastNudges:
    """The earlier nudges that bear on one message: to its author, in its thread, about its trap in
    its channel within the cool-down. Each oldest first."""

    to_author: Sequence[PastNudge] = ()
    in_thread: Sequence[PastNudge] = ()
    about_trap: Sequence[PastNudge] = ()


def history_of(
    past: PastNudges,
    *,
    preferences: Preferences,
    asked_questions: Mapping[str, float],
    asked_here: Mapping[str, float],
    muted_until: float | None,
    channel_paused_until: float | None,
    delivery: Delivery,
    on_probation: bool,
    now: float,
    limits: Limits,
) -> History:
    """Return what policy needs to know before it decides on one message.

    Args:
        past: earlier nudges.
        preferences: the author's.
        asked_questions: when the author last got each question, by question id.
        asked_here: when each was last asked in the channel, whoever got it.
        muted_until, channel_paused_until: Unix seconds, None if not.
        delivery: the channel's.
        on_probation: whether the trap's questions are stopped.
        now: Unix seconds.
        limits: the caps in force.
    """
    return History(
        nudged_at=[n.at for n in past.to_author if n.counts and now - n.at < WEEK],
        thread_has_nudge=any(n.counts for n in past.in_thread),
        cooling_down=any(n.counts for n in past.about_trap),
        muted_until=muted_until,
        channel_paused_until=channel_paused_until,
        asked_questions=asked_questions,
        asked_here=asked_here,
        preferences=preferences,
        ignored_in_a_row=ignored_in_a_row(past.to_author, preferences, now=now, limits=limits),
        delivery=delivery,
        on_probation=on_probation,
    )


def ignored_in_a_row(
    nudges: Sequence[PastNudge], preferences: Preferences, *, now: float, limits: Limits
) -> int:
    """Return how many of the latest nudges to a person went unanswered.

    Args:
        nudges: all to them, oldest first.
        preferences: theirs; a return after a pause starts the count anew.
        now: Unix seconds.
        limits: the caps in force.
    """
    since = preferences.resumed_at or 0.0
    before = now - limits.ignored_after_hours * HOUR
    count = 0
    for nudge in reversed(nudges):
        if nudge.observed or nudge.dropped or nudge.at > before:
            continue  # nobody saw it, or there is still time to answer
        if nudge.answered_at is not None or nudge.at <= since:
            break
        count += 1
    return count
