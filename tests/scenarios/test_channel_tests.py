"""Test mode with the real bot: what an admin sees who tries it out in a channel."""

from __future__ import annotations

from tests.harness import ENTITLEMENT, ORDINARY, BotHarness


async def test_an_admin_tries_the_bot_out(harness: BotHarness) -> None:
    """A settling time of an hour and a cap of one don't matter, and nobody else sees anything."""
    await harness.start(
        REFRAME_ADMINS=harness.ana, REFRAME_SETTLE_SECONDS=3_600, REFRAME_DAILY_CAP=1
    )
    await harness.command("test here")
    assert "Test mode is on" in harness.shown()[-1]["text"]
    for text in (ENTITLEMENT, ORDINARY, ENTITLEMENT):
        await harness.say(text)
        await harness.idle()
    lines = [message["text"] for message in harness.shown()[-3:]]

    assert [line.startswith("Test: I would ask") for line in lines] == [True, False, True]
    assert all("I ask from 0." in line for line in lines)
    assert harness.shown(harness.ben) == []
    await harness.command("why")
    assert "Nothing is stored about your messages" in harness.shown()[-1]["text"]

    await harness.command("test off")
    assert "Test mode is off" in harness.shown()[-1]["text"]


async def test_nobody_else_may(harness: BotHarness) -> None:
    await harness.start(REFRAME_ADMINS=harness.ana)
    await harness.command("test here", user=harness.ben)

    assert "Only an admin" in harness.shown(harness.ben)[-1]["text"]
