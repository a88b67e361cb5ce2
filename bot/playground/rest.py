"""Whether a bot with its usual hours asks anything now, or rests for the day or the night."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Literal
from zoneinfo import ZoneInfo

from bot.core.quiet_hours import QuietHours

Rest = Literal["day_off", "night"]


def rest_at(now: float, zone: ZoneInfo) -> Rest | None:
    """Return why nothing is asked where everybody lives in a time zone; None in working hours.

    Args:
        now: Unix seconds. zone: everybody's.
    """
    local, usual = datetime.fromtimestamp(now, UTC).astimezone(zone), QuietHours()
    if usual.is_day_off(local):
        return "day_off"
    return "night" if usual.cover(local) else None


def day_at(now: float, zone: ZoneInfo) -> str:
    """Return the name of the day in a time zone, such as Saturday. Args: see ``rest_at``."""
    return datetime.fromtimestamp(now, UTC).astimezone(zone).strftime("%A")
