"""The gate that everything unprompted passes, when it is queued and right before it is posted.

A nudge obeys all of it. What comes by the week, and what a colleague or a duty brings, obeys what
the table ``_RULES`` says, and may wait for the reader's next working hours.
``docs/architecture.md`` shows the same table.
"""

from __future__ import annotations

from collections.abc import Callable, Container
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta, tzinfo
from enum import StrEnum

from bot.core.model import Person, Preferences, Reason
from bot.core.policy import DAY, HOUR, Limits, with_preferences, zone_of
from bot.core.quiet_hours import QuietHours
from bot.core.weekly_slot import Holidays, unix_seconds

_LOOK_AHEAD_DAYS = 15
_USUAL_HOURS = QuietHours()  # for what comes late to somebody without quiet hours


class Unprompted(StrEnum):
    """Everything that the bot sends without being asked for it at that moment."""

    NUDGE = "nudge"
    REFLECTION = "reflection"
    FOLLOW_UP = "follow_up"
    DIGEST = "digest"
    INVITATION = "invitation"
    HELLO = "hello"
    CHANNEL_NOTICE = "channel_notice"
    ADMIN_NOTICE = "admin_notice"


@dataclass(frozen=True, slots=True)
class SendNow:
    """Nothing speaks against it."""


@dataclass(frozen=True, slots=True)
class WaitUntil:
    """Not now, but at ``at`` (Unix seconds), in the reader's working hours; look again then."""

    at: float
    reason: Reason


@dataclass(frozen=True, slots=True)
class Skip:
    """It may not be sent any more, and this is why."""

    reason: Reason


Passage = SendNow | WaitUntil | Skip

_CLOCK = frozenset({Reason.QUIET_HOURS, Reason.DAY_OFF, Reason.HOLIDAY})
_WEEKLY = _CLOCK | {Reason.AUTHOR_NOT_COLLEAGUE, Reason.PAUSED, Reason.AWAY}
_EVERYTHING = _WEEKLY | {Reason.MUTED_TRAP, Reason.ONLY_ON_DEMAND}
_PASSING = _CLOCK | {Reason.PAUSED, Reason.AWAY, Reason.MUTED_TRAP}
_NOTHING = frozenset[Reason]()


@dataclass(frozen=True, slots=True)
class _Rule:
    """What one kind obeys.

    Attributes:
        obeys: what speaks against it. waits_out: which of these it waits for, if there is time.
        grace: seconds after its due time within which it may still come.
        on_time: seconds after its due time within which the clock doesn't matter, since the reader
            chose that time or has just acted.
        keeps_usual_hours: if it is late, it keeps usual hours even for readers without quiet hours.
    """

    obeys: frozenset[Reason]
    waits_out: frozenset[Reason]
    grace: Callable[[Limits], float]
    on_time: Callable[[Limits], float] = lambda _: 0.0
    keeps_usual_hours: bool = False


def _weekly(limits: Limits) -> float:
    return limits.weekly_late_hours * HOUR


def _notice(limits: Limits) -> float:
    return limits.notice_days * DAY


_RULES = {
    Unprompted.NUDGE: _Rule(
        _EVERYTHING, _NOTHING, grace=lambda limits: limits.deliver_within_seconds
    ),
    Unprompted.REFLECTION: _Rule(
        _WEEKLY,
        frozenset({Reason.QUIET_HOURS, Reason.DAY_OFF}),
        grace=_weekly,
        on_time=lambda limits: limits.on_time_seconds,
        keeps_usual_hours=True,
    ),
    Unprompted.DIGEST: _Rule(
        _WEEKLY,
        _CLOCK | {Reason.AWAY},
        grace=lambda limits: limits.digest_days * DAY,
        on_time=lambda limits: limits.on_time_seconds,
        keeps_usual_hours=True,
    ),
    Unprompted.FOLLOW_UP: _Rule(
        _EVERYTHING,
        _PASSING,
        grace=lambda limits: (limits.follow_up_to_days - limits.follow_up_from_days) * DAY,
    ),
    Unprompted.INVITATION: _Rule(
        _WEEKLY, _PASSING, grace=lambda limits: limits.invitation_days * DAY
    ),
    Unprompted.HELLO: _Rule(
        _CLOCK | {Reason.AUTHOR_NOT_COLLEAGUE},
        _PASSING,
        grace=_notice,
        on_time=lambda limits: limits.deliver_within_seconds,
    ),
    Unprompted.CHANNEL_NOTICE: _Rule(_NOTHING, _NOTHING, grace=_notice),
    Unprompted.ADMIN_NOTICE: _Rule(_CLOCK | {Reason.AUTHOR_NOT_COLLEAGUE}, _PASSING, grace=_notice),
}


@dataclass(frozen=True, slots=True)
class Gate:
    """Decides whether something unprompted may go to a person now. A pure function of its values.

    Attributes:
        limits: the caps in force.
        holidays: days without anything unprompted.
        away: whether a Slack status says that its person is away.
    """

    limits: Limits = field(default_factory=Limits)
    holidays: Holidays = field(default_factory=Holidays)
    away: Container[str] = ()

    def check(
        self,
        kind: Unprompted,
        reader: Person,
        preferences: Preferences,
        *,
        now: float,
        due_at: float,
        muted_until: float | None = None,
    ) -> Passage:
        """Decide whether a message may go to its reader now, has to wait, or is too late for good.

        Args:
            kind: what it is.
            reader: whom it goes to, as Slack describes them now: the clock is the one they have
                now, wherever they were when it was planned.
            preferences: the reader's.
            now: Unix seconds.
            due_at: when it should have come, Unix seconds.
            muted_until: until when the reader mutes the trap that it is about, Unix seconds.

        Returns:
            ``SendNow``; ``WaitUntil`` the reader's next working hours; ``Skip`` if it doesn't wait
            for what speaks against it, or if there is no good moment before ``latest``.
        """
        rule, latest = _RULES[kind], self.latest(kind, due_at)
        if now > latest:
            return Skip(Reason.TOO_OLD)
        is_on_time = 0 <= now - due_at < rule.on_time(self.limits)
        obstacles = {
            reason: until
            for reason, until in self._obstacles(
                reader, preferences, rule, now, muted_until, is_on_time=is_on_time
            ).items()
            if reason in rule.obeys
        }
        if not obstacles:
            return SendNow()
        for reason in obstacles:
            if reason not in rule.waits_out:
                return Skip(reason)
        reason = next(iter(obstacles))
        quiet = self._quiet_hours(preferences) or _USUAL_HOURS
        at = self._next_working_moment(max(obstacles.values()), zone_of(reader), quiet)
        return Skip(reason) if at is None or at > latest else WaitUntil(at, reason)

    def latest(self, kind: Unprompted, due_at: float) -> float:
        """Return until when a message may still come, Unix seconds."""
        return due_at + _RULES[kind].grace(self.limits)

    def _obstacles(
        self,
        reader: Person,
        preferences: Preferences,
        rule: _Rule,
        now: float,
        muted_until: float | None,
        *,
        is_on_time: bool,
    ) -> dict[Reason, float]:
        """Return what speaks against it, the weightiest first, and when each may have passed."""
        found: dict[Reason, float] = {}
        if not reader.is_colleague:
            found[Reason.AUTHOR_NOT_COLLEAGUE] = now
        if preferences.paused_until is not None and preferences.is_paused(now):
            found[Reason.PAUSED] = preferences.paused_until
        if muted_until is not None and muted_until > now:
            found[Reason.MUTED_TRAP] = muted_until
        if preferences.daily_limit == 0:
            found[Reason.ONLY_ON_DEMAND] = now
        zone = zone_of(reader)
        local = datetime.fromtimestamp(now, zone)
        quiet = self._quiet_hours(preferences)
        if rule.keeps_usual_hours:
            quiet = quiet or _USUAL_HOURS
        if quiet is not None and not is_on_time and quiet.cover(local):
            found[Reason.DAY_OFF if quiet.is_day_off(local) else Reason.QUIET_HOURS] = now
        if self.holidays.contains(now, zone):
            found[Reason.HOLIDAY] = now
        if reader.status in self.away:
            tomorrow = local.date() + timedelta(days=1)
            found[Reason.AWAY] = unix_seconds(tomorrow, time(), zone)
        return found

    def _quiet_hours(self, preferences: Preferences) -> QuietHours | None:
        return with_preferences(self.limits, preferences).quiet_hours

    def _next_working_moment(self, after: float, zone: tzinfo, quiet: QuietHours) -> float | None:
        """Return the first moment from ``after`` on that is neither quiet nor on a holiday."""
        first = datetime.fromtimestamp(after, zone).date()
        moments = [after]
        for ahead in range(_LOOK_AHEAD_DAYS):
            day = first + timedelta(days=ahead)
            moments += [unix_seconds(day, at, zone) for at in sorted({time(), quiet.end})]
        for moment in moments:
            local = datetime.fromtimestamp(moment, zone)
            is_holiday = self.holidays.contains(moment, zone)
            if moment >= after and not quiet.cover(local) and not is_holiday:
                return moment
        return None
