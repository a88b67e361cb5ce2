"""When the bot may speak: each reason, which one wins, and the limits of caps and hours."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.core.gate import Gate
from bot.core.model import Audience, History, Person, Preferences, Reason, Trap, Verdict
from bot.core.nudge_policy import Decision, Speak, StayQuiet, decide
from bot.core.policy import DAY, WEEK, Limits
from bot.core.quiet_hours import QuietHours

HOUR = 3_600.0
DEFAULT = Limits()
SPEAK = Speak()
QUIET = StayQuiet(Reason.QUIET_HOURS)
DAY_OFF = StayQuiet(Reason.DAY_OFF)


def at(moment: str) -> float:
    """Return the Unix seconds of a UTC time such as ``2026-03-11 12:00``."""
    return datetime.fromisoformat(moment).replace(tzinfo=UTC).timestamp()


@dataclass(frozen=True, slots=True)
class Scene:
    """Everything that affects one decision; with the defaults the bot may speak."""

    audience: Audience = Audience.COLLEAGUES
    colleague: bool = True
    zone: str | None = "UTC"
    offset: int = 0
    trap: Trap | None = Trap.BLAME
    sure: bool = True
    why: Reason | None = None
    paused_for: float | None = None
    channel_paused_for: float | None = None
    muted_for: float | None = None
    thread_done: bool = False
    cooling: bool = False
    nudged_ago: tuple[float, ...] = ()
    age: float = 60.0
    now: float = at("2026-03-11 12:00")  # a Wednesday
    limits: Limits = DEFAULT

    def decided(self) -> Decision:
        """Return the decision of policy."""
        return decide(
            Verdict(self.trap, 0.9, suspicious=True, sure=self.sure, detector="test", why=self.why),
            audience=self.audience,
            author=Person("U1", self.zone, self.offset, self.colleague),
            history=History(
                nudged_at=[self.now - ago for ago in self.nudged_ago],
                thread_has_nudge=self.thread_done,
                cooling_down=self.cooling,
                preferences=Preferences(paused_until=self._later(self.paused_for)),
                muted_until=self._later(self.muted_for),
                channel_paused_until=self._later(self.channel_paused_for),
            ),
            sent_at=self.now - self.age,
            now=self.now,
            gate=Gate(self.limits),
        )

    def _later(self, seconds: float | None) -> float | None:
        return None if seconds is None else self.now + seconds


# Highest priority first. If two reasons use the same field, the first one counts.
BY_PRIORITY: list[tuple[Reason, dict[str, Any]]] = [
    (Reason.OUTSIDERS_READ, {"audience": Audience.OUTSIDERS}),
    (Reason.VISIBILITY_UNKNOWN, {"audience": Audience.UNKNOWN}),
    (Reason.AUTHOR_NOT_COLLEAGUE, {"colleague": False}),
    (Reason.PAUSED, {"paused_for": HOUR}),
    (Reason.CHANNEL_PAUSED, {"channel_paused_for": HOUR}),
    (Reason.MUTED_TRAP, {"muted_for": HOUR}),
    (Reason.NEVER_COACH, {"why": Reason.NEVER_COACH}),
    (Reason.NO_TRAP, {"trap": None}),
    (Reason.NOT_SURE, {"sure": False}),
    (Reason.TOO_OLD, {"age": 2 * HOUR}),
    (Reason.QUIET_HOURS, {"now": at("2026-03-11 03:00")}),
    (Reason.THREAD_DONE, {"thread_done": True}),
    (Reason.COOL_DOWN, {"cooling": True}),
    (Reason.DAILY_CAP, {"nudged_ago": (HOUR, 2 * HOUR)}),
    (Reason.WEEKLY_CAP, {"nudged_ago": (2 * DAY, 3 * DAY)}),
]


def test_the_bot_may_speak() -> None:
    """The bot speaks on a sure trap among colleagues, in time and within the caps."""
    assert Scene().decided() == SPEAK


@pytest.mark.parametrize(("reason", "change"), BY_PRIORITY, ids=[r for r, _ in BY_PRIORITY])
def test_each_reason_is_given(reason: Reason, change: dict[str, Any]) -> None:
    """Each reason alone keeps the bot quiet, and is recorded."""
    assert replace(Scene(), **change).decided() == StayQuiet(reason)


@given(st.sets(st.integers(0, len(BY_PRIORITY) - 1), min_size=1))
@settings(derandomize=True, deadline=None, max_examples=300)
def test_the_reason_of_highest_priority_is_recorded(chosen: set[int]) -> None:
    """Of several reasons, the one of highest priority is recorded."""
    change: dict[str, Any] = {}
    for index in sorted(chosen, reverse=True):
        change |= BY_PRIORITY[index][1]

    assert replace(Scene(), **change).decided() == StayQuiet(BY_PRIORITY[min(chosen)][0])


@pytest.mark.parametrize(
    "why",
    [
        Reason.ORDINARY,
        Reason.QUOTED,
        Reason.OTHER_LANGUAGE,
        Reason.NEVER_COACH,
        Reason.SECOND_THOUGHTS,
    ],
)
def test_the_detectors_reason_is_recorded(why: Reason) -> None:
    """The detector's reason is recorded, even if it is sure of a trap."""
    assert Scene(why=why).decided() == StayQuiet(why)


@pytest.mark.parametrize(
    ("field", "reason"),
    [
        ("paused_for", Reason.PAUSED),
        ("channel_paused_for", Reason.CHANNEL_PAUSED),
        ("muted_for", Reason.MUTED_TRAP),
    ],
)
def test_a_pause_ends_on_time(field: str, reason: Reason) -> None:
    """A pause or mute applies until its last second, and no longer at its end."""
    changes: list[dict[str, Any]] = [{field: left} for left in (1.0, 0.0, -1.0)]
    decisions = [replace(Scene(), **change).decided() for change in changes]

    assert decisions == [StayQuiet(reason), SPEAK, SPEAK]


def test_too_old_begins_after_the_limit() -> None:
    """A message exactly as old as the limit gets a question; one second older does not."""
    limit = DEFAULT.too_old_seconds

    assert Scene(age=limit).decided() == SPEAK
    assert Scene(age=limit + 1).decided() == StayQuiet(Reason.TOO_OLD)


@pytest.mark.fault_case(9)
@pytest.mark.parametrize(
    ("daily", "weekly", "ago", "reason"),
    [
        (1, 0, (), None),
        (1, 0, (0.0,), Reason.DAILY_CAP),
        (1, 0, (DAY - 1,), Reason.DAILY_CAP),
        (1, 0, (DAY,), None),
        (2, 0, (HOUR,), None),
        (2, 0, (HOUR, DAY), None),
        (2, 0, (HOUR, DAY - 1), Reason.DAILY_CAP),
        (0, 2, (DAY,), None),
        (0, 2, (DAY, WEEK), None),
        (0, 2, (DAY, WEEK - 1), Reason.WEEKLY_CAP),
        (0, 2, (HOUR, 2 * HOUR), Reason.WEEKLY_CAP),
        (2, 2, (HOUR, 2 * HOUR), Reason.DAILY_CAP),
        (0, 0, tuple(n * HOUR for n in range(50)), None),
    ],
)
def test_caps_at_their_limits(
    daily: int, weekly: int, ago: tuple[float, ...], reason: Reason | None
) -> None:
    """A cap counts questions less than a day or week old; 0 turns it off; the daily cap wins."""
    limits = Limits(daily_cap=daily, weekly_cap=weekly)
    expected = StayQuiet(reason) if reason else SPEAK

    assert Scene(nudged_ago=ago, limits=limits).decided() == expected


OVER_MIDNIGHT = QuietHours(time(20), time(7), days=frozenset())
AT_LUNCH = QuietHours(time(12), time(13), days=frozenset())
EMPTY = QuietHours(time(9), time(9), days=frozenset())
WITH_WEEKENDS = QuietHours(time(20), time(7))


@pytest.mark.parametrize(
    ("hours", "moment", "expected"),
    [
        (OVER_MIDNIGHT, "2026-03-11 19:59:59.999", SPEAK),
        (OVER_MIDNIGHT, "2026-03-11 20:00", QUIET),
        (OVER_MIDNIGHT, "2026-03-11 23:59:59.999", QUIET),
        (OVER_MIDNIGHT, "2026-03-12 00:00", QUIET),
        (OVER_MIDNIGHT, "2026-03-12 06:59:59.999", QUIET),
        (OVER_MIDNIGHT, "2026-03-12 07:00", SPEAK),
        (OVER_MIDNIGHT, "2026-03-14 12:00", SPEAK),
        (OVER_MIDNIGHT, "2026-03-14 22:00", QUIET),
        (AT_LUNCH, "2026-03-11 11:59:59.999", SPEAK),
        (AT_LUNCH, "2026-03-11 12:00", QUIET),
        (AT_LUNCH, "2026-03-11 12:59:59.999", QUIET),
        (AT_LUNCH, "2026-03-11 13:00", SPEAK),
        (AT_LUNCH, "2026-03-11 00:00", SPEAK),
        (EMPTY, "2026-03-11 09:00", SPEAK),
        (WITH_WEEKENDS, "2026-03-13 19:59", SPEAK),
        (WITH_WEEKENDS, "2026-03-14 12:00", DAY_OFF),
        (WITH_WEEKENDS, "2026-03-15 12:00", DAY_OFF),
        (WITH_WEEKENDS, "2026-03-16 06:59", QUIET),
        (WITH_WEEKENDS, "2026-03-16 07:00", SPEAK),
        (None, "2026-03-15 03:00", SPEAK),
    ],
)
def test_quiet_hours(hours: QuietHours | None, moment: str, expected: Decision) -> None:
    """Quiet hours include their start, not their end; they may span midnight and weekends."""
    scene = Scene(now=at(moment), limits=Limits(quiet_hours=hours))

    assert scene.decided() == expected


@pytest.mark.parametrize(
    ("zone", "moment", "expected"),
    [
        ("America/Los_Angeles", "2026-03-11 12:00", QUIET),
        ("America/Los_Angeles", "2026-03-12 01:00", SPEAK),
        ("Asia/Tokyo", "2026-03-11 12:00", QUIET),
        ("Asia/Tokyo", "2026-03-13 23:30", DAY_OFF),  # Saturday there, Friday in UTC
        ("Asia/Tokyo", "2026-03-15 23:30", SPEAK),  # Monday there, Sunday in UTC
        ("Pacific/Honolulu", "2026-03-14 03:00", SPEAK),  # Friday there, Saturday in UTC
        ("Asia/Kathmandu", "2026-03-11 01:14", QUIET),
        ("Asia/Kathmandu", "2026-03-11 01:15", SPEAK),
    ],
)
def test_the_authors_time_zone_counts(zone: str, moment: str, expected: Decision) -> None:
    """Quiet hours and weekends use the author's time zone, whatever the UTC offset says."""
    assert Scene(zone=zone, offset=12 * 3_600, now=at(moment)).decided() == expected


NIGHT = QuietHours(time(20), time(7), days=frozenset())
HALF_PAST_TWO = QuietHours(time(20), time(2, 30), days=frozenset())


@pytest.mark.fault_case(51)
@pytest.mark.parametrize(
    ("zone", "hours", "moment", "expected"),
    [
        ("Europe/Berlin", NIGHT, "2026-03-28 05:59", QUIET),
        ("Europe/Berlin", NIGHT, "2026-03-28 06:00", SPEAK),
        ("Europe/Berlin", NIGHT, "2026-03-29 04:59", QUIET),
        ("Europe/Berlin", NIGHT, "2026-03-29 05:00", SPEAK),
        ("Europe/Berlin", NIGHT, "2026-10-25 05:59", QUIET),
        ("Europe/Berlin", NIGHT, "2026-10-25 06:00", SPEAK),
        ("America/New_York", NIGHT, "2026-03-08 10:59", QUIET),
        ("America/New_York", NIGHT, "2026-03-08 11:00", SPEAK),
        ("America/New_York", NIGHT, "2026-11-01 11:59", QUIET),
        ("America/New_York", NIGHT, "2026-11-01 12:00", SPEAK),
        ("Europe/Berlin", HALF_PAST_TWO, "2026-03-29 00:59", QUIET),  # 01:59, then 03:00 follows
        ("Europe/Berlin", HALF_PAST_TWO, "2026-03-29 01:00", SPEAK),
        ("Europe/Berlin", HALF_PAST_TWO, "2026-10-25 00:45", SPEAK),  # 02:45 for the first time
        ("Europe/Berlin", HALF_PAST_TWO, "2026-10-25 01:15", QUIET),  # 02:15 for the second time
        ("Europe/Berlin", HALF_PAST_TWO, "2026-10-25 01:30", SPEAK),
    ],
)
def test_days_when_clocks_change(
    zone: str, hours: QuietHours, moment: str, expected: Decision
) -> None:
    """On a day when clocks change, quiet hours follow the author's local clock."""
    scene = Scene(zone=zone, now=at(moment), limits=Limits(quiet_hours=hours))

    assert scene.decided() == expected


@pytest.mark.parametrize(
    "zone",
    [None, "", "Mars/Olympus", "../etc/passwd", "/etc/passwd", "Europe", "A\x00B", "x" * 300],
    ids=["none", "empty", "unknown", "upwards", "absolute", "folder", "zero", "endless"],
)
def test_an_unknown_zone_falls_back_to_the_offset(zone: str | None) -> None:
    """If the zone name is unusable, the UTC offset gives the author's time."""
    india = Scene(zone=zone, offset=19_800)

    assert replace(india, now=at("2026-03-11 01:29")).decided() == QUIET
    assert replace(india, now=at("2026-03-11 01:30")).decided() == SPEAK
    assert replace(india, now=at("2026-03-11 14:30")).decided() == QUIET
