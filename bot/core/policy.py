"""When the bot may speak. Every threshold and cap lives here; settings only override them.

The defaults come from ``coaching.md`` section 4: Ancker 2017 (repeats kill acceptance), Localytics
2017 (more than one unasked message a week makes a third of users switch off) and Slack's own rule
of one message a second in a channel (docs.slack.dev/apis/web-api/rate-limits).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, time, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from bot.core.model import Audience, Delivery, Past, Person, Reason, Verdict, Wishes

DAY = 86_400.0
WEEK = 7 * DAY


@dataclass(frozen=True, slots=True)
class QuietHours:
    """A span of the seller's own day in which the bot keeps still.

    Attributes:
        start: local time at which quiet begins.
        end: local time at which it ends; earlier than ``start`` means over midnight.
        weekends: also quiet on Saturday and Sunday.
    """

    start: time = time(20, 0)
    end: time = time(7, 0)
    weekends: bool = True

    def cover(self, local: datetime) -> bool:
        """Whether this local moment is quiet."""
        if self.weekends and local.weekday() >= 5:
            return True
        now = local.time()
        if self.start <= self.end:
            return self.start <= now < self.end
        return now >= self.start or now < self.end


@dataclass(frozen=True, slots=True)
class Limits:
    """All caps and spans. Seconds unless the name says days; 0 switches a cap off."""

    settle_seconds: float = 15.0
    too_old_seconds: float = 3_600.0
    deliver_within_seconds: float = 1_800.0
    readers_within_seconds: float = 1.0
    daily_cap: int = 1
    weekly_cap: int = 2
    cool_down_days: float = 7.0
    same_question_days: float = 30.0
    mute_days: float = 14.0
    pause_days: float = 7.0
    channel_pause_days: float = 1.0
    quiet_hours: QuietHours | None = field(default_factory=QuietHours)
    post_gap_seconds: float = 1.0
    post_timeout_seconds: float = 10.0
    in_doubt_margin_seconds: float = 5.0
    attempts: int = 5
    text_hours: float = 24.0
    retention_days: float = 90.0
    ignored_after_hours: float = 24.0
    ignored_halves: int = 2
    ignored_ends: int = 3
    ratings_at_least: int = 30
    not_useful_share: float = 0.10
    asks_an_hour: int = 30
    ask_within_seconds: float = 8.0
    asks_too_old_seconds: float = 1_800.0


@dataclass(frozen=True, slots=True)
class JudgeLimits:
    """How long and how often a language model may be asked. Seconds unless the name says else.

    ``deadline_seconds`` holds for a whole call, trickled bytes included. After
    ``failures_in_a_row``, or one "come back later", it rests for ``pause_seconds``; for
    ``long_pause_seconds`` where nothing will change by itself (key refused, no quota).
    """

    deadline_seconds: float = 8.0
    failures_in_a_row: int = 3
    pause_seconds: float = 60.0
    long_pause_seconds: float = 1_800.0
    daily_calls: int = 2_000


@dataclass(frozen=True, slots=True)
class Speak:
    """The bot may ask its question; ``private``: for the author's eyes only."""

    private: bool = False


@dataclass(frozen=True, slots=True)
class StayQuiet:
    """The bot says nothing, and this is why."""

    reason: Reason


Decision = Speak | StayQuiet


def zone_of(person: Person) -> tzinfo:
    """The zone in which this person's day runs; Slack's plain offset where the name is unknown."""
    if person.zone:
        try:
            return ZoneInfo(person.zone)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            pass  # no such zone, or a name such as "Europe" that is a folder of zones
    return timezone(timedelta(seconds=person.offset))


def decide(
    verdict: Verdict,
    *,
    audience: Audience,
    author: Person,
    past: Past,
    sent_at: float,
    now: float,
    limits: Limits,
) -> Decision:
    """Whether to coach this message, or why not.

    What protects people outside comes first, then what the author asked for, then how sure we are,
    then how often. So the kept reason is always the weightiest one.

    Args:
        verdict: what the detector makes of the message.
        audience: who can read the channel, as known now.
        author: who wrote it.
        past: what was said before to this author and in this place.
        sent_at: when the message was written, Unix seconds.
        now: Unix seconds.
        limits: the caps in force.

    Returns:
        ``Speak`` or ``StayQuiet`` with its reason.
    """
    limits = as_wished(limits, past.wishes)
    reason = (
        _outside(audience, author)
        or _asked_for(past, now)
        or _unsure(verdict)
        or _mistimed(author, sent_at, now, limits)
        or _too_often(past, now, limits)
        or _only_watching(past)
    )
    if reason:
        return StayQuiet(reason)
    return Speak(private=Delivery.PRIVATE in (past.wishes.delivery, past.delivery))


def barred(
    *,
    audience: Audience,
    author: Person,
    past: Past,
    sent_at: float,
    now: float,
    limits: Limits,
) -> Reason | None:
    """Why the bot would keep quiet whatever the detector finds; None where it depends on that.

    Asked before a judge is: where nothing can come of it, no text needs to leave the machine.
    """
    limits = as_wished(limits, past.wishes)
    return (
        _outside(audience, author)
        or _asked_for(past, now)
        or _mistimed(author, sent_at, now, limits)
        or _too_often(past, now, limits)
    )


def as_wished(limits: Limits, wishes: Wishes) -> Limits:
    """The limits that hold for one person: the house's, with the person's own wishes."""
    if wishes.daily_limit:
        limits = replace(limits, daily_cap=wishes.daily_limit)
    if wishes.quiet is not None:
        limits = replace(limits, quiet_hours=quiet_hours(wishes.quiet))
    return limits


def useless(not_useful: int, rated: int, limits: Limits) -> bool:
    """Whether a trap's questions were found unhelpful so often that it has to keep still.

    A tenth of at least thirty ratings is the bar that Google's Tricorder puts analysers off at
    (coaching.md section 4, "trap kill switch").
    """
    return rated >= limits.ratings_at_least and not_useful >= rated * limits.not_useful_share


def quiet_hours(value: str) -> QuietHours | None:
    """``20:00-07:00`` with weekends quiet, ``20:00-07:00,weekdays`` without, or ``off``.

    Raises:
        ValueError: it is none of these.
    """
    text = value.strip().lower()
    if text in ("off", "none", "0", ""):
        return None
    found = re.fullmatch(r"(\d{1,2}):(\d{2})\s*-\s*(\d{1,2}):(\d{2})(?:\s*,\s*(weekdays))?", text)
    if not found:
        raise ValueError(
            "write it as 20:00-07:00 (weekends quiet too), 20:00-07:00,weekdays or off"
        )
    h1, m1, h2, m2 = (int(g) for g in found.groups()[:4])
    return QuietHours(time(h1, m1), time(h2, m2), weekends=found.group(5) is None)


def _outside(audience: Audience, author: Person) -> Reason | None:
    if audience is Audience.OUTSIDERS:
        return Reason.OUTSIDERS_READ
    if audience is Audience.UNKNOWN:
        return Reason.VISIBILITY_UNKNOWN
    return None if author.colleague else Reason.AUTHOR_NOT_COLLEAGUE


def _asked_for(past: Past, now: float) -> Reason | None:
    if past.paused_until and past.paused_until > now:
        return Reason.PAUSED
    if past.channel_paused_until and past.channel_paused_until > now:
        return Reason.CHANNEL_PAUSED
    if past.muted_until and past.muted_until > now:
        return Reason.MUTED_TRAP
    if past.wishes.daily_limit == 0:
        return Reason.ONLY_ON_DEMAND
    return None


def _unsure(verdict: Verdict) -> Reason | None:
    if verdict.why:
        return verdict.why
    if verdict.trap is None:
        return Reason.NO_TRAP
    return None if verdict.sure else Reason.NOT_SURE


def _mistimed(author: Person, sent_at: float, now: float, limits: Limits) -> Reason | None:
    if now - sent_at > limits.too_old_seconds:
        return Reason.TOO_OLD
    quiet = limits.quiet_hours
    local = datetime.fromtimestamp(now, UTC).astimezone(zone_of(author))
    return Reason.QUIET_HOURS if quiet and quiet.cover(local) else None


def _too_often(past: Past, now: float, limits: Limits) -> Reason | None:
    if past.ignored >= limits.ignored_ends:
        return Reason.ONLY_ON_DEMAND
    if past.thread_done:
        return Reason.THREAD_DONE
    if past.cooling:
        return Reason.COOL_DOWN
    if limits.daily_cap and sum(now - at < DAY for at in past.nudged_at) >= limits.daily_cap:
        return Reason.DAILY_CAP
    weekly = limits.weekly_cap
    if past.ignored >= limits.ignored_halves:
        weekly = max(1, weekly // 2)
    if weekly and sum(now - at < WEEK for at in past.nudged_at) >= weekly:
        return Reason.WEEKLY_CAP
    return None


def _only_watching(past: Past) -> Reason | None:
    """The last check: what would have been said, and where it is only counted."""
    if past.delivery is Delivery.OBSERVE:
        return Reason.OBSERVED
    return Reason.ON_PROBATION if past.on_probation else None
