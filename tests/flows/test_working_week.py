"""A week that runs from Sunday to Thursday: quiet on Friday and Saturday, asked on Sunday."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from bot.core.model import Person, Reason
from bot.core.quiet_hours import QuietHours
from tests.flows.stories import UNLIMITED, Stories

BLAME = "blame: they never answer"
RIYADH, BERLIN = "Asia/Riyadh", "Europe/Berlin"


@pytest.mark.parametrize(
    ("zone", "day", "chosen", "reason"),
    [
        (RIYADH, 27, None, Reason.DAY_OFF),  # a Friday
        (RIYADH, 28, None, Reason.DAY_OFF),
        (RIYADH, 29, None, None),  # a Sunday
        (BERLIN, 27, None, None),
        (BERLIN, 29, None, Reason.DAY_OFF),
        (BERLIN, 27, "20:00-07:00,fri-sat", Reason.DAY_OFF),
        (BERLIN, 29, "20:00-07:00,fri-sat", None),
    ],
)
async def test_a_seller_is_asked_on_the_days_they_work(
    stories: Stories, zone: str, day: int, chosen: str | None, reason: Reason | None
) -> None:
    stories.limits = replace(UNLIMITED, quiet_hours=QuietHours())
    stories.chat.people["T1", "U-ana"] = Person("U-ana", zone, 0, is_colleague=True)
    await stories.preferences.update("T1", "U-ana", quiet_hours=chosen)
    stories.now = datetime(2026, 11, day, 10, 30, tzinfo=ZoneInfo(zone)).timestamp()
    await stories.coach_message(BLAME)

    assert [d.reason for d in await stories.decided()] == [reason]
