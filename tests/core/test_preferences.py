"""How preferences, channel settings and ratings change when the bot may speak."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from bot.core.gate import Gate
from bot.core.model import Audience, Delivery, History, Person, Preferences, Reason, Trap, Verdict
from bot.core.nudge_policy import Decision, Speak, StayQuiet, blocked_regardless, decide
from bot.core.policy import DAY, Limits, fails_helpfulness_bar

NOW = datetime(2026, 3, 11, 12, 0, tzinfo=UTC).timestamp()  # a Wednesday
SURE = Verdict(Trap.BLAME, 0.99, suspicious=True, sure=True, detector="test")
ANA = Person("U1", "UTC", 0, is_colleague=True)


def decided(limits: Limits | None = None, **past: Any) -> Decision:
    return decide(
        SURE,
        audience=Audience.COLLEAGUES,
        author=ANA,
        history=History(**past),
        sent_at=NOW - 60,
        now=NOW,
        gate=Gate(limits or Limits()),
    )


@pytest.mark.parametrize(
    ("channel", "person", "expected"),
    [
        (Delivery.THREAD, None, Speak()),
        (Delivery.PRIVATE, None, Speak(private=True)),
        (Delivery.THREAD, Delivery.PRIVATE, Speak(private=True)),
        (Delivery.PRIVATE, Delivery.PRIVATE, Speak(private=True)),
        (Delivery.OBSERVE, None, StayQuiet(Reason.OBSERVED)),
        (Delivery.OBSERVE, Delivery.PRIVATE, StayQuiet(Reason.OBSERVED)),
    ],
)
def test_delivery(channel: Delivery, person: Delivery | None, expected: Decision) -> None:
    """The more private of channel and person wins; observing wins over both."""
    assert decided(delivery=channel, preferences=Preferences(delivery=person)) == expected


@pytest.mark.parametrize(
    ("ignored", "nudged", "reason"),
    [
        (0, 1, None),
        (1, 1, None),
        (2, 0, None),
        (2, 1, Reason.WEEKLY_CAP),
        (3, 0, Reason.ONLY_ON_DEMAND),
        (9, 0, Reason.ONLY_ON_DEMAND),
    ],
)
def test_unanswered_questions(ignored: int, nudged: int, reason: Reason | None) -> None:
    """Two unanswered questions in a row halve the weekly cap; three end the questions."""
    found = decided(ignored_in_a_row=ignored, nudged_at=[NOW - 2 * DAY] * nudged)

    assert found == (StayQuiet(reason) if reason else Speak())


@pytest.mark.parametrize(
    ("limit", "today", "reason"),
    [
        (None, 1, Reason.DAILY_CAP),
        (2, 1, None),
        (2, 2, Reason.DAILY_CAP),
        (0, 0, Reason.ONLY_ON_DEMAND),
    ],
)
def test_a_personal_daily_limit(limit: int | None, today: int, reason: Reason | None) -> None:
    """A personal limit replaces the default; 0 means only on request."""
    found = decided(
        Limits(weekly_cap=0),
        preferences=Preferences(daily_limit=limit),
        nudged_at=[NOW - 60] * today,
    )

    assert found == (StayQuiet(reason) if reason else Speak())


@pytest.mark.parametrize(
    ("quiet", "expected"),
    [
        (None, Speak()),
        ("off", Speak()),
        ("11:00-13:00", StayQuiet(Reason.QUIET_HOURS)),
        ("13:00-11:00", Speak()),
    ],
)
def test_personal_quiet_hours(quiet: str | None, expected: Decision) -> None:
    """Personal quiet hours replace the default."""
    assert decided(preferences=Preferences(quiet_hours=quiet)) == expected


def test_a_trap_on_probation() -> None:
    """A trap on probation is decided like any other, and silenced last."""
    assert decided(on_probation=True) == StayQuiet(Reason.ON_PROBATION)
    assert decided(on_probation=True, thread_has_nudge=True) == StayQuiet(Reason.THREAD_DONE)


@pytest.mark.parametrize(
    ("not_useful", "rated", "fails"),
    [
        (0, 100, False),
        (3, 29, False),
        (3, 30, True),
        (2, 30, False),
        (10, 100, True),
        (9, 91, False),
    ],
)
def test_the_helpfulness_bar(not_useful: int, rated: int, fails: bool) -> None:
    """A trap fails with a tenth of at least thirty ratings."""
    assert fails_helpfulness_bar(not_useful, rated, Limits()) is fails


def test_blocked_before_any_model_reads_the_text() -> None:
    """People who want questions only on request are blocked before a judge is called. Observing is
    not blocked: its purpose is to count what would have been asked."""

    def why(**past: Any) -> Reason | None:
        return blocked_regardless(
            audience=Audience.COLLEAGUES,
            author=ANA,
            history=History(**past),
            sent_at=NOW,
            now=NOW,
            gate=Gate(Limits()),
        )

    assert why(preferences=Preferences(daily_limit=0)) is Reason.ONLY_ON_DEMAND
    assert why(ignored_in_a_row=3) is Reason.ONLY_ON_DEMAND
    assert why(delivery=Delivery.OBSERVE) is None
