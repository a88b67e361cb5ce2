"""The gate: which kind obeys what, and for how long each waits for its reader's working hours."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from bot.core.gate import Gate, SendNow, Skip, Unprompted, WaitUntil
from bot.core.model import Person, Preferences, Reason
from bot.core.phrases import Phrases
from bot.core.policy import DAY, HOUR, WEEK, Limits
from bot.core.weekly_slot import Holidays

WEDNESDAY = datetime(2025, 11, 26, 12, 0, tzinfo=UTC).timestamp()
NIGHT = WEDNESDAY + 10 * HOUR
MORNING = WEDNESDAY + 19 * HOUR  # Thursday, 07:00
ANA = Person("U-ana", "UTC", 0, is_colleague=True)
GATE = Gate(away=Phrases(["vacation"]))
NOBODY = Preferences()

SEND = "send"
OBSTACLES = ["guest", "paused", "muted", "on demand", "night", "holiday", "away"]
TABLE = {
    # A reflection and a digest are late here: at their own hour the clock doesn't matter.
    Unprompted.NUDGE: ["skip"] * 7,
    Unprompted.REFLECTION: ["skip", "skip", SEND, SEND, "wait", "skip", "skip"],
    Unprompted.DIGEST: ["skip", "skip", SEND, SEND, "wait", "wait", "wait"],
    Unprompted.FOLLOW_UP: ["skip", "wait", "wait", "skip", "wait", "wait", "wait"],
    Unprompted.INVITATION: ["skip", "wait", SEND, SEND, "wait", "wait", "wait"],
    Unprompted.HELLO: ["skip", SEND, SEND, SEND, "wait", "wait", SEND],
    Unprompted.CHANNEL_NOTICE: [SEND] * 7,
    Unprompted.ADMIN_NOTICE: ["skip", SEND, SEND, SEND, "wait", "wait", SEND],
}
CASES = [(kind, what, row[n]) for kind, row in TABLE.items() for n, what in enumerate(OBSTACLES)]
NAMES = {SendNow: SEND, WaitUntil: "wait", Skip: "skip"}


def test_the_table_has_every_kind() -> None:
    assert set(TABLE) == set(Unprompted)


@pytest.mark.parametrize(("kind", "obstacle", "expected"), CASES)
def test_which_kind_obeys_what(kind: Unprompted, obstacle: str, expected: str) -> None:
    reader, chosen, gate, now, muted = ANA, NOBODY, GATE, WEDNESDAY, None
    match obstacle:
        case "guest":
            reader = replace(ANA, is_colleague=False)
        case "paused":
            chosen = Preferences(paused_until=now + DAY)
        case "muted":
            muted = now + DAY
        case "on demand":
            chosen = Preferences(daily_limit=0)
        case "night":
            now = NIGHT
        case "holiday":
            gate = replace(GATE, holidays=Holidays.parse("2025-11-26"))
        case "away":
            reader = replace(ANA, status=":palm_tree: vacation")
    late = 0 if kind is Unprompted.NUDGE else 2 * HOUR
    passage = gate.check(kind, reader, chosen, now=now, due_at=now - late, muted_until=muted)
    assert NAMES[type(passage)] == expected


def test_what_waits_comes_in_the_morning_after() -> None:
    passage = GATE.check(Unprompted.INVITATION, ANA, NOBODY, now=NIGHT, due_at=NIGHT)
    assert passage == WaitUntil(MORNING, Reason.QUIET_HOURS)
    assert GATE.check(Unprompted.INVITATION, ANA, NOBODY, now=MORNING, due_at=NIGHT) == SendNow()


def test_what_waits_skips_the_weekend_a_holiday_and_the_rest_of_a_pause() -> None:
    friday_night = NIGHT + 2 * DAY
    gate = replace(GATE, holidays=Holidays.parse("2025-12-01"))  # the Monday after
    passage = gate.check(Unprompted.INVITATION, ANA, NOBODY, now=friday_night, due_at=friday_night)
    assert passage == WaitUntil(MORNING + 5 * DAY, Reason.QUIET_HOURS)

    paused = Preferences(paused_until=MORNING + 5 * DAY + HOUR)
    passage = gate.check(Unprompted.INVITATION, ANA, paused, now=friday_night, due_at=friday_night)
    assert passage == WaitUntil(MORNING + 5 * DAY + HOUR, Reason.PAUSED)


@pytest.mark.parametrize(
    ("zone", "moment", "expected"),
    [
        ("Europe/Berlin", "2025-11-29 00:00", Skip(Reason.DAY_OFF)),  # Saturday
        ("Asia/Kolkata", "2025-11-27 23:30", "2025-11-28 07:00"),
        ("America/Los_Angeles", "2025-11-28 06:00", "2025-11-28 07:00"),
        ("America/Los_Angeles", "2025-11-28 12:00", SendNow()),
    ],
)
@pytest.mark.parametrize("quiet_hours", [None, "off"])
def test_a_late_reflection_goes_by_the_clock_its_reader_has_now(
    zone: str, moment: str, expected: object, quiet_hours: str | None
) -> None:
    """Also for somebody without quiet hours: those are for questions about what they just wrote."""
    here = ZoneInfo(zone)

    def at(text: str) -> float:
        return datetime.fromisoformat(text).replace(tzinfo=here).timestamp()

    reader, chosen = replace(ANA, time_zone=zone), Preferences(quiet_hours=quiet_hours)
    now = at(moment)
    passage = GATE.check(Unprompted.REFLECTION, reader, chosen, now=now, due_at=now - 9 * HOUR)
    if isinstance(expected, str):
        expected = WaitUntil(at(expected), Reason.QUIET_HOURS)
    assert passage == expected


def test_a_reflection_comes_at_the_hour_its_reader_chose_whatever_hour_it_is() -> None:
    for late, expected in ((0.0, SendNow), (HOUR - 1, SendNow), (HOUR, WaitUntil)):
        passage = GATE.check(Unprompted.REFLECTION, ANA, NOBODY, now=NIGHT + late, due_at=NIGHT)
        assert isinstance(passage, expected)


@pytest.mark.parametrize(
    ("kind", "days"),
    [
        (Unprompted.NUDGE, 1 / 48),
        (Unprompted.REFLECTION, 1),
        (Unprompted.DIGEST, 4),
        (Unprompted.FOLLOW_UP, 4),
        (Unprompted.INVITATION, 14),
        (Unprompted.HELLO, 7),
        (Unprompted.ADMIN_NOTICE, 7),
    ],
)
def test_nothing_comes_after_its_grace(kind: Unprompted, days: float) -> None:
    due_at = WEDNESDAY - days * DAY
    assert GATE.check(kind, ANA, NOBODY, now=WEDNESDAY, due_at=due_at) == SendNow()
    too_old = GATE.check(kind, ANA, NOBODY, now=WEDNESDAY, due_at=due_at - 1)
    assert too_old == Skip(Reason.TOO_OLD)


def test_a_reader_who_is_never_free_gets_nothing() -> None:
    chosen = Preferences(paused_until=WEDNESDAY + 52 * WEEK)
    passage = GATE.check(Unprompted.INVITATION, ANA, chosen, now=WEDNESDAY, due_at=WEDNESDAY)
    assert passage == Skip(Reason.PAUSED)
    always = Gate(Limits(), Holidays(yearly=frozenset((11, day) for day in range(1, 31))))
    passage = always.check(Unprompted.REFLECTION, ANA, NOBODY, now=WEDNESDAY, due_at=WEDNESDAY)
    assert passage == Skip(Reason.HOLIDAY)
