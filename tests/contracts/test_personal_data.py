"""The contract of export and erasure."""

from __future__ import annotations

from typing import Any

from bot.core.digest_stats import DigestFigures
from bot.core.model import Feedback, Preferences, Reason, Trap
from bot.flows.ports.inbox import NewMessage
from bot.flows.ports.people import Topic, WrongLabel
from bot.flows.ports.unit_of_work import Store
from bot.flows.ports.weekly import DueFollowUp, WeeklyKind
from tests.contracts.examples import NOW, ask, decide, join, message, send, team

EVERY_TABLE = {
    "asked_questions",
    "asks",
    "channel_pacing",
    "channel_tests",
    "channels",
    "digest_members",
    "findings",
    "follow_ups",
    "inbox",
    "labels",
    "mutes",
    "named_people",
    "outbox",
    "preferences",
    "reflections",
    "sales_team_members",
    "sales_teams",
    "topics",
    "weekly_runs",
}


async def fill(store: Store, user_id: str, n: int) -> None:
    """Put rows about a person into every table."""
    await decide(store, n, author_id=user_id)
    await send(store, ts=f"{n}.5")
    async with store.begin() as uow:
        await uow.findings.set_feedback("T1", f"nudge-{n}", Feedback.WRONG, now=NOW)
        label = WrongLabel(f"nudge-{n}", "T1", user_id, Trap.FIXING)
        await uow.people.add_label(label, now=NOW)
        await uow.people.update("T1", user_id, daily_limit=1, paused_until=NOW + 9)
        await uow.people.mute("T1", user_id, Trap.FIXING, until=NOW)
        await uow.people.note_question("T1", user_id, "fixing-01", at=NOW)
        await uow.people.set_topic("T1", user_id, Topic(Trap.FIXING, ("demo",), NOW))
        await uow.asks.add(ask(f"ask-{n}", user_id=user_id), now=NOW)
        await uow.channels.update("T1", f"C{n}", inviter_id=user_id, paused_until=NOW)
        await uow.channels.start_test("T1", f"C{n}", user_id, until=NOW)
        await uow.weekly.record_run(
            WeeklyKind.REFLECTION, "T1", user_id, "2026-W48", skipped=None, now=NOW
        )
        due = DueFollowUp("T1", user_id, f"nudge-{n}", "fixing-01")
        await uow.weekly.add_follow_up(due, now=NOW)
        await uow.outbox.hold_channel("T1", user_id, until=NOW)  # as a direct message does
        await uow.reflections.save("T1", user_id, "2026-W48", {"if": "canary"}, now=NOW)
        managed = team(f"G{n}", manager_id=user_id)
        await join(uow, managed, ["U1", "U2"], accepted=None)
        await uow.digests.save(
            managed, "2026-W48", DigestFigures(), frozenset({"U1", "U2"}), now=NOW
        )


async def export(store: Store, user_id: str) -> dict[str, list[dict[str, Any]]]:
    async with store.begin() as uow:
        return await uow.personal_data.export("T1", user_id)


async def test_everything_about_a_person_is_exported(store: Store) -> None:
    """Every table that names the person, and nothing of anybody else."""
    await fill(store, "U1", 1)
    await fill(store, "U2", 2)
    found = await export(store, "U1")

    assert {name for name, rows in found.items() if rows} == EVERY_TABLE
    assert "nudge-1" in str(found)
    assert "nudge-2" not in str(found)
    assert not any((await export(store, "U3")).values())


async def test_everything_about_a_person_is_erased(store: Store) -> None:
    """Nothing is left in any table; what isn't the person's stays, in their teams too."""
    await fill(store, "U1", 1)
    await fill(store, "U2", 2)
    async with store.begin() as uow:
        count = await uow.personal_data.erase("T1", "U1")
        assert await uow.personal_data.erase("T1", "U1") == 0
    left = await export(store, "U1")
    theirs = await export(store, "U2")

    assert count >= len(EVERY_TABLE) - 2  # a channel is kept, without its inviter
    # Whom another manager named is that manager's: the form must not show who erased themselves.
    assert [name for name, rows in left.items() if rows] == ["named_people"]
    assert {name for name, rows in theirs.items() if rows} == EVERY_TABLE
    async with store.begin() as uow:
        assert await uow.people.preferences("T1", "U1") == Preferences()
        assert (await uow.channels.settings("T1", "C1")).paused_until == NOW
        assert await uow.channels.inviters("T1") == ["U2"]
        assert await uow.sales_teams.people("T1", "G1") == []  # gone with its manager
        assert await uow.sales_teams.named("T1", "G2") == ["U1", "U2"]
        open_ones = [p.user_id for p in await uow.sales_teams.people("T1", "G2") if p.is_open]
        assert open_ones == ["U2"]
        assert await uow.digests.saved("T1", "G1", "2026-W48") is None
        assert await uow.digests.saved("T1", "G2", "2026-W48") == DigestFigures()


async def test_what_a_worker_has_is_erased_too(store: Store) -> None:
    """A decision, an answer and a reflection that were under way find nothing to change."""
    async with store.begin() as uow:
        await uow.inbox.add(NewMessage(message(), NOW), now=NOW)
        await uow.asks.add(ask(), now=NOW)
        await uow.weekly.schedule_reflection("T1", "U1", due=NOW, time_zone=None)
        claim: dict[str, Any] = {"now": NOW, "owner": "w", "lease_until": NOW + 9}
        (candidate,) = await uow.inbox.claim_due(limit=1, **claim)
        (asked,) = await uow.asks.claim_due(limit=1, **claim)
        (due,) = await uow.weekly.claim_due_reflections(limit=1, **claim)
    async with store.begin() as uow:
        await uow.personal_data.erase("T1", "U1")
    async with store.begin() as uow:
        assert not await uow.inbox.decide(candidate, None, now=NOW)
        assert not await uow.inbox.release(candidate, due_at=NOW, attempts=1)
        assert not await uow.asks.complete(asked, now=NOW)
        assert not await uow.weekly.finish_reflection(due, next_due=NOW, time_zone=None)
    assert not any((await export(store, "U1")).values())


async def test_a_workspace_is_erased(store: Store) -> None:
    """All of it at once, rows of nobody included."""
    await fill(store, "U1", 1)
    await fill(store, "U2", 2)
    await decide(store, 3, reason=Reason.NOT_SURE)
    async with store.begin() as uow:
        assert await uow.personal_data.erase_workspace("T2") == 0
        assert await uow.personal_data.erase_workspace("T1") > 2 * len(EVERY_TABLE)
        assert await uow.personal_data.erase_workspace("T1") == 0
        assert await uow.inbox.count_waiting() == 0
        assert await uow.outbox.count_open() == 0
        assert await uow.asks.count_waiting() == 0
        assert await uow.sales_teams.all() == []
    for user_id in ("U1", "U2"):
        assert not any((await export(store, user_id)).values())
