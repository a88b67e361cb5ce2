"""The circuit breaker: when it opens, for how long, and what closes it."""

from __future__ import annotations

from bot.core.policy import JudgeLimits
from bot.detect.breaker import CircuitBreaker

LIMITS = JudgeLimits(failures_in_a_row=2, pause_seconds=60)


def test_opens_after_consecutive_failures_and_says_so_once() -> None:
    breaker = CircuitBreaker(LIMITS)

    assert not breaker.record_failure(0)
    assert breaker.is_closed(0)
    assert breaker.record_failure(1)
    assert not breaker.is_closed(60.9)
    assert not breaker.record_failure(2)
    assert breaker.is_closed(62)


def test_a_success_resets_the_count() -> None:
    breaker = CircuitBreaker(LIMITS)
    breaker.record_failure(0)
    breaker.record_success()

    assert not breaker.record_failure(1)
    assert breaker.is_closed(1)


def test_one_failure_opens_it_again_after_a_pause() -> None:
    breaker = CircuitBreaker(LIMITS)
    breaker.record_failure(0)
    breaker.record_failure(0)

    assert breaker.is_closed(60)
    assert breaker.record_failure(60)
    assert not breaker.is_closed(60)


def test_a_shorter_pause_never_ends_a_longer_one() -> None:
    breaker = CircuitBreaker(LIMITS)

    assert breaker.record_failure(0, pause=1_800)
    assert not breaker.record_failure(1, pause=5)
    assert not breaker.is_closed(1_799)
