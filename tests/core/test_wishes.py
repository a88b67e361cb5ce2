"""What a person, a channel and its ratings change about when the bot may speak."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from bot.core.model import Audience, Delivery, Past, Person, Reason, Trap, Verdict, Wishes
from bot.core.policy import DAY, Decision, Limits, Speak, StayQuiet, barred, decide, useless

NOW = datetime(2026, 3, 11, 12, 0, tzinfo=UTC).timestamp()  # a Wednesday
SURE = Verdict(Trap.BLAME, 0.99, suspicious=True, sure=True, detector="test")
ANA = Person("U1", "UTC", 0, colleague=True)


def decided(limits: Limits | None = None, **past: Any) -> Decision:
    return decide(
        SURE,
        audience=Audience.COLLEAGUES,
        author=ANA,
        past=Past(**past),
        sent_at=NOW - 60,
        now=NOW,
        limits=limits or Limits(),
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
def test_where_it_goes(channel: Delivery, person: Delivery | None, expected: Decision) -> None:
    """The more private of channel and person counts; observing beats both."""
    assert decided(delivery=channel, wishes=Wishes(delivery=person)) == expected


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
    """Two unanswered in a row halve the week's questions; three end them."""
    found = decided(ignored=ignored, nudged_at=[NOW - 2 * DAY] * nudged)

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
def test_an_own_daily_limit(limit: int | None, today: int, reason: Reason | None) -> None:
    """The own limit holds in the place of the house's; none at all means on demand only."""
    found = decided(
        Limits(weekly_cap=0), wishes=Wishes(daily_limit=limit), nudged_at=[NOW - 60] * today
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
def test_own_quiet_hours(quiet: str | None, expected: Decision) -> None:
    """Own quiet hours hold in the place of the house's."""
    assert decided(wishes=Wishes(quiet=quiet)) == expected


def test_probation_keeps_a_kind_still() -> None:
    """A kind on probation is decided like any other, and only then kept still."""
    assert decided(on_probation=True) == StayQuiet(Reason.ON_PROBATION)
    assert decided(on_probation=True, thread_done=True) == StayQuiet(Reason.THREAD_DONE)


@pytest.mark.parametrize(
    ("bad", "rated", "keeps_still"),
    [
        (0, 100, False),
        (3, 29, False),
        (3, 30, True),
        (2, 30, False),
        (10, 100, True),
        (9, 91, False),
    ],
)
def test_when_a_kind_is_useless(bad: int, rated: int, keeps_still: bool) -> None:
    """A tenth of at least thirty ratings."""
    assert useless(bad, rated, Limits()) is keeps_still


def test_no_text_is_sent_where_nobody_wants_a_question() -> None:
    """Who wants questions on demand only is barred before a judge is asked; observing is not, as
    its whole point is to see what would be said."""

    def why(**past: Any) -> Reason | None:
        return barred(
            audience=Audience.COLLEAGUES,
            author=ANA,
            past=Past(**past),
            sent_at=NOW,
            now=NOW,
            limits=Limits(),
        )

    assert why(wishes=Wishes(daily_limit=0)) is Reason.ONLY_ON_DEMAND
    assert why(ignored=3) is Reason.ONLY_ON_DEMAND
    assert why(delivery=Delivery.OBSERVE) is None
