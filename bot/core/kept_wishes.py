"""What of a person's choices outlives "forget me": those that mean less, and nothing else."""

from __future__ import annotations

from collections.abc import Iterable

from bot.core.history import PastNudge
from bot.core.model import Delivery, Preferences
from bot.core.policy import HOUR, WEEK, Limits, with_preferences


def wishes_to_keep(chosen: Preferences, limits: Limits, now: float) -> Preferences:
    """Return a person's choices that make the bot quieter than the workspace's settings do.

    Erasing must not make the bot more talkative than it was before.

    Args:
        chosen: what the person has chosen.
        limits: of the workspace.
        now: Unix seconds.
    """
    house, mine = limits.quiet_hours, with_preferences(limits, chosen).quiet_hours
    is_wider = mine is not None and (house is None or not house.include(mine))
    limit, cap = chosen.daily_limit, limits.daily_cap
    is_lower = limit is not None and (limit == 0 or cap == 0 or limit < cap)
    return Preferences(
        paused_until=chosen.paused_until if chosen.is_paused(now) else None,
        delivery=chosen.delivery if chosen.delivery is Delivery.PRIVATE else None,
        daily_limit=limit if is_lower else None,
        quiet_hours=chosen.quiet_hours if is_wider else None,
        weekly_reflection=False if chosen.weekly_reflection is False else None,
    )


def spent_nudges(
    past: Iterable[PastNudge], *, resumed_at: float | None, now: float, limits: Limits
) -> list[PastNudge]:
    """Return the nudges whose times must be remembered: they use up a cap, or went unanswered.

    Args:
        past: all nudges to a person, oldest first.
        resumed_at: when the person last ended a pause by hand, Unix seconds.
        now: Unix seconds.
        limits: the caps in force.
    """
    counting = [n for n in past if n.counts]
    settled = now - limits.ignored_after_hours * HOUR
    ignored: list[PastNudge] = []
    for nudge in reversed(counting):
        if nudge.observed or nudge.at > settled:
            continue
        if nudge.answered_at is not None or nudge.at <= (resumed_at or 0.0):
            break
        ignored.append(nudge)
    return [n for n in counting if now - n.at < WEEK or n in ignored[: limits.ignored_ends]]
