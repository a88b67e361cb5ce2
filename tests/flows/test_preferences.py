"""What is stored of a choice and of a refusal fits its column."""

from __future__ import annotations

from bot.flows.errors import SlackRefusedError
from tests.flows.stories import Stories


async def test_quiet_hours_are_kept_without_needless_spaces(stories: Stories) -> None:
    chosen = f" 20:00{' ' * 50}-\t07:00 ,  weekdays "
    await stories.preferences.update("T1", "U-ana", quiet_hours=chosen)

    kept = await stories.preferences.get("T1", "U-ana")
    assert kept.quiet_hours == "20:00-07:00,weekdays"


async def test_an_endless_refusal_code_is_cut() -> None:
    assert SlackRefusedError("x" * 200).code == "x" * 64
