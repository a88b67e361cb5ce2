"""Caps, hours, and days are said once, in the words of the language, and never as code."""

from __future__ import annotations

from dataclasses import replace
from datetime import time

import pytest

from bot.core.durations import format_clock
from bot.core.limits_in_words import (
    caps_in_words,
    days_in_words,
    holidays_in_words,
    hours_in_words,
    quiet_days,
)
from bot.core.playbook_model import Playbook
from bot.core.policy import Limits
from bot.core.quiet_hours import parse_quiet_hours
from bot.core.weekly_slot import Holidays


@pytest.mark.parametrize(
    ("daily", "weekly", "said"),
    [
        (1, 2, "at most 1 a day and 2 a week"),
        (4, 0, "at most 4 a day"),
        (0, 3, "at most 3 a week"),
        (5, 2, "at most 2 a week"),
        (0, 0, "no limit"),
    ],
)
def test_caps_are_said_once(playbook: Playbook, daily: int, weekly: int, said: str) -> None:
    """Nobody reads "no limit a day, no limit a week"."""
    limits = replace(Limits(), daily_cap=daily, weekly_cap=weekly)

    assert caps_in_words(limits, playbook.strings["caps"]) == said


@pytest.mark.parametrize(
    ("at", "said"),
    [
        (time(0, 5), "12:05 AM"),
        (time(9), "9:00 AM"),
        (time(12), "12:00 PM"),
        (time(23, 59), "11:59 PM"),
    ],
)
def test_one_clock(playbook: Playbook, at: time, said: str) -> None:
    assert format_clock(at, playbook.strings["time"]) == said


def test_a_translation_may_count_to_24(playbook: Playbook) -> None:
    words = {**playbook.strings["time"], "clock": "$hour24:$minute Uhr"}

    assert format_clock(time(7, 5), words) == "07:05 Uhr"


def test_quiet_hours_and_days_off(playbook: Playbook) -> None:
    words = playbook.strings["time"]
    quiet = parse_quiet_hours("20:00-07:00,fri-sat")

    assert hours_in_words(quiet, words) == "8:00 PM to 7:00 AM"
    assert days_in_words(quiet_days(quiet, {5, 6}), words) == "Friday and Saturday"
    assert days_in_words(quiet_days(parse_quiet_hours("20:00-07:00"), {6}), words) == "Sunday"
    assert days_in_words(quiet_days(None, {5, 6}), words) == ""
    assert days_in_words({4, 5, 6}, words) == "Friday, Saturday, and Sunday"


def test_holidays(playbook: Playbook) -> None:
    shown = holidays_in_words(Holidays.parse("2026-12-28, 12-25"), playbook.strings["time"])

    assert shown == ["December 25", "December 28, 2026"]
