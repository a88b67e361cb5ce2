"""The main job on each database that a user may choose."""

from __future__ import annotations

from tests.house import ENTITLEMENT, ORDINARY, House


async def test_a_trap_gets_its_question(empty_house: House, database_address: str) -> None:
    """From the event to the question and the answer to it, on SQLite and on PostgreSQL."""
    empty_house.address = database_address
    await empty_house.start()
    ordinary = await empty_house.say(ORDINARY)
    ts = await empty_house.say(ENTITLEMENT)
    await empty_house.idle()
    (reply,) = empty_house.replies(ts)
    await empty_house.choose(reply, "wrong")
    await empty_house.idle()

    outcome = await empty_house.outcome(ts)
    assert outcome is not None
    assert outcome.trap == "entitlement"
    assert await empty_house.outcome(ordinary) is None
    assert empty_house.replies(ts) == []
