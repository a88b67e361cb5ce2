"""The main job on each database that a user may choose."""

from __future__ import annotations

from tests.harness import ENTITLEMENT, ORDINARY, BotHarness


async def test_ask_and_take_back(harness: BotHarness, database_address: str) -> None:
    """Answer a trap with a question and delete it on "That's wrong", on an empty database."""
    harness.address = database_address
    await harness.start()
    ordinary = await harness.say(ORDINARY)
    ts = await harness.say(ENTITLEMENT)
    await harness.idle()
    (reply,) = harness.replies(ts)
    await harness.choose(reply, "wrong")
    await harness.idle()

    outcome = await harness.outcome(ts)
    assert outcome is not None
    assert outcome.trap == "entitlement"
    assert await harness.outcome(ordinary) is None
    assert harness.replies(ts) == []
