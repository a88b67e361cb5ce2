"""The contract of the weekly schedule and of reflections."""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from dataclasses import replace

import pytest

from bot.core.model import Feedback
from bot.flows.ports.unit_of_work import Store
from bot.flows.ports.weekly import (
    DueDigest,
    DueFollowUp,
    DueReflection,
    FollowUpOutcome,
    WeeklyKind,
    WrittenReflection,
)
from tests.contracts.examples import DAY, LEASE, ME, NOW, RIVAL, Workers, decide, team

WEEK = "2026-W48"


async def schedule(store: Store, user_id: str = "U1", due: float | None = NOW) -> None:
    async with store.begin() as uow:
        await uow.weekly.schedule_reflection("T1", user_id, due=due, time_zone="Europe/Berlin")


async def reflections(
    store: Store,
    *,
    now: float = NOW,
    owner: str = ME,
    limit: int = 9,
    without: Collection[str] = (),
) -> list[DueReflection]:
    async with store.begin() as uow:
        return await uow.weekly.claim_due_reflections(
            now=now, limit=limit, owner=owner, lease_until=now + LEASE, without=without
        )


async def digests(
    store: Store,
    *,
    now: float = NOW,
    owner: str = ME,
    limit: int = 9,
    without: Collection[str] = (),
) -> list[DueDigest]:
    async with store.begin() as uow:
        return await uow.weekly.claim_due_digests(
            now=now, limit=limit, owner=owner, lease_until=now + LEASE, without=without
        )


async def test_a_due_person_is_claimed(store: Store) -> None:
    """With all that a reflection needs; nobody else gets the person while the lease lasts."""
    await schedule(store)
    async with store.begin() as uow:
        await uow.people.update("T1", "U1", reflection_slot="thu 16:00")

    assert await reflections(store, now=NOW - 1) == []
    assert await reflections(store) == [
        DueReflection("T1", "U1", "thu 16:00", NOW, "Europe/Berlin", ME, 1)
    ]
    assert await reflections(store, now=NOW + LEASE - 1, owner=RIVAL) == []
    assert len(await reflections(store, now=NOW + LEASE, owner=RIVAL)) == 1


async def test_the_longest_due_come_first(store: Store) -> None:
    """A limit leaves the rest for the next round; a person without a slot has the default."""
    for n in (2, 3, 1):
        await schedule(store, f"U{n}", NOW - n)

    assert [(d.user_id, d.slot) for d in await reflections(store, limit=2)] == [
        ("U3", ""),
        ("U2", ""),
    ]
    assert [d.user_id for d in await reflections(store, owner=RIVAL)] == ["U1"]


async def test_who_is_looked_at_again_comes_behind_the_others(store: Store) -> None:
    """A claim that ends without an outcome gives the next one their turn: persons and teams."""
    for n in (1, 2):
        await schedule(store, f"U{n}", NOW - 9 + n)
        async with store.begin() as uow:
            await uow.sales_teams.save(team(f"G{n}"), digest_due=NOW - 9 + n, now=NOW)
    async with store.begin() as uow:
        (person,) = await uow.weekly.claim_due_reflections(
            now=NOW, limit=1, owner=ME, lease_until=NOW + LEASE
        )
        (digest,) = await uow.weekly.claim_due_digests(
            now=NOW, limit=1, owner=ME, lease_until=NOW + LEASE
        )
        assert (person.user_id, digest.team.id) == ("U1", "G1")
        assert await uow.weekly.release_reflection(person, look_at=NOW)
        assert await uow.weekly.release_digest(digest, look_at=NOW)

    assert [d.user_id for d in await reflections(store)] == ["U2", "U1"]
    assert [d.team.id for d in await digests(store)] == ["G2", "G1"]


async def test_a_finished_reflection_is_due_next_week(store: Store) -> None:
    """In the zone that was found; the claim is over and can't be ended twice."""
    await schedule(store)
    (due,) = await reflections(store)
    async with store.begin() as uow:
        assert await uow.weekly.finish_reflection(due, next_due=NOW + 7 * DAY, time_zone="UTC")
        assert not await uow.weekly.finish_reflection(due, next_due=NOW, time_zone="UTC")
        assert not await uow.weekly.release_reflection(due)

    assert await reflections(store, now=NOW + 7 * DAY - 1) == []
    (again,) = await reflections(store, now=NOW + 7 * DAY, owner=RIVAL)
    assert (again.due_at, again.time_zone) == (NOW + 7 * DAY, "UTC")


async def test_a_reflection_can_end_for_good(store: Store) -> None:
    """Without a next time nothing is due any more."""
    await schedule(store)
    (due,) = await reflections(store)
    async with store.begin() as uow:
        assert await uow.weekly.finish_reflection(due, next_due=None, time_zone=None)

    assert await reflections(store, now=NOW + 99 * DAY) == []


async def test_a_moment_to_look_takes_the_place_of_the_due_time(store: Store) -> None:
    """Before it, to see where the person is; or after it, in better hours."""
    for look_at in (NOW - DAY, NOW + DAY):
        async with store.begin() as uow:
            await uow.weekly.schedule_reflection(
                "T1", "U1", due=NOW, time_zone=None, look_at=look_at
            )
            await uow.sales_teams.save(team(), digest_due=NOW, now=NOW)
        assert await reflections(store, now=look_at - 1) == []
        (due,) = await reflections(store, now=look_at)
        assert due.due_at == NOW
        async with store.begin() as uow:
            assert await uow.weekly.release_reflection(due, look_at=look_at + 5)
        assert await reflections(store, now=look_at + 4) == []
        (due,) = await reflections(store, now=look_at + 5)
        async with store.begin() as uow:
            assert await uow.weekly.finish_reflection(
                due, next_due=NOW, time_zone=None, look_at=look_at
            )


async def test_a_released_reflection_stays_due(store: Store) -> None:
    """The next tick may take it, by any worker."""
    await schedule(store)
    (due,) = await reflections(store)
    async with store.begin() as uow:
        assert await uow.weekly.release_reflection(due)

    assert len(await reflections(store, owner=RIVAL)) == 1


async def test_a_round_does_not_get_again_what_it_holds(store: Store) -> None:
    """What waits for Slack is left for the next tick, so a round comes to an end."""
    await schedule(store)
    async with store.begin() as uow:
        await uow.sales_teams.save(team(), digest_due=NOW, now=NOW)

    assert (len(await reflections(store)), len(await digests(store))) == (1, 1)
    assert (await reflections(store), await digests(store)) == ([], [])


async def test_a_late_worker_changes_nothing(store: Store) -> None:
    """Neither in a person's schedule nor in a team's, once another worker has it."""
    await schedule(store)
    async with store.begin() as uow:
        await uow.sales_teams.save(team(), digest_due=NOW, now=NOW)
    (person,) = await reflections(store)
    (group,) = await digests(store)
    late = NOW + LEASE
    (mine,) = await reflections(store, now=late, owner=RIVAL)
    (ours,) = await digests(store, now=late, owner=RIVAL)
    async with store.begin() as uow:
        assert not await uow.weekly.finish_reflection(person, next_due=None, time_zone=None)
        assert not await uow.weekly.release_reflection(person)
        assert not await uow.weekly.finish_digest(group, next_due=None)
        assert not await uow.weekly.release_digest(group)
        assert await uow.weekly.finish_reflection(mine, next_due=None, time_zone=None)
        assert await uow.weekly.finish_digest(ours, next_due=None)


async def test_a_change_of_settings_ends_the_claim(store: Store) -> None:
    """Who moves or switches off the reflection isn't sent the one that was under way."""
    for due_again in (NOW + DAY, None):
        await schedule(store)
        (due,) = await reflections(store)
        await schedule(store, due=due_again)
        async with store.begin() as uow:
            assert not await uow.weekly.finish_reflection(due, next_due=NOW, time_zone=None)

    assert await reflections(store, now=NOW + 9 * DAY) == []


async def test_nothing_is_kept_of_whom_nothing_is_due(store: Store) -> None:
    """Switching off what was never on makes no row; preferences survive every schedule."""
    await schedule(store, due=None)
    async with store.begin() as uow:
        assert (await uow.personal_data.export("T1", "U1"))["preferences"] == []
        await uow.people.update("T1", "U1", daily_limit=3)
    await schedule(store)
    await schedule(store, due=None)
    async with store.begin() as uow:
        assert (await uow.people.preferences("T1", "U1")).daily_limit == 3


async def test_a_workspace_can_be_left_out(store: Store) -> None:
    """One whose Slack hangs: what is due there is neither claimed nor found."""
    await schedule(store)
    async with store.begin() as uow:
        await uow.sales_teams.save(team("G1"), digest_due=NOW, now=NOW)
        other = replace(team("G1"), workspace_id="T2")
        await uow.sales_teams.save(other, digest_due=NOW, now=NOW)

    assert await reflections(store, without=["T1"]) == []
    assert [due.team for due in await digests(store, without=["T1"])] == [other]
    assert len(await reflections(store)) == 1


async def test_what_did_not_arrive_is_noted(store: Store) -> None:
    """With the week's run, if that was noted as sent; a reason that stands there stays."""
    digest, reflection = WeeklyKind.DIGEST, WeeklyKind.REFLECTION
    async with store.begin() as uow:
        for kind, skipped in ((digest, None), (reflection, "away")):
            await uow.weekly.record_run(kind, "T1", "U1", "2025-W48", skipped=skipped, now=NOW)
        await uow.weekly.record_run(digest, "T1", "U1", "2025-W49", skipped=None, now=NOW)
        for kind in (digest, reflection):
            await uow.weekly.note_undelivered(kind, "T1", "U1", "2025-W48", reason="too_old")
        await uow.weekly.note_undelivered(digest, "T2", "U1", "2025-W49", reason="too_old")
    async with store.begin() as uow:
        runs = (await uow.personal_data.export("T1", "U1"))["weekly_runs"]
    noted = [reason for run in runs for reason in ("too_old", "away") if reason in str(run)]

    assert sorted(noted) == ["away", "too_old"]
    assert len(runs) == 3


async def test_a_due_team_is_claimed(store: Store) -> None:
    """By one worker at a time, the longest due first, until it is finished."""
    made = [team("G1"), team("G2", channel_id="C9")]
    async with store.begin() as uow:
        for n, each in enumerate(made):
            await uow.sales_teams.save(each, digest_due=NOW - n, now=NOW)

    (mine,) = await digests(store, limit=1)
    assert mine == DueDigest(made[1], NOW - 1, ME, 1)
    assert await digests(store, owner=RIVAL) == [DueDigest(made[0], NOW, RIVAL, 1)]
    async with store.begin() as uow:
        assert await uow.weekly.finish_digest(mine, next_due=NOW + 7 * DAY)
        assert not await uow.weekly.finish_digest(mine, next_due=None)
    assert await digests(store, now=NOW + 1) == []
    assert len(await digests(store, now=NOW + 7 * DAY)) == 2


async def test_a_released_team_stays_due(store: Store) -> None:
    """The next tick may take it, by any worker; a new slot ends the claim too."""
    async with store.begin() as uow:
        await uow.sales_teams.save(team(), digest_due=NOW, now=NOW)
    (due,) = await digests(store)
    async with store.begin() as uow:
        assert await uow.weekly.release_digest(due)
    (due,) = await digests(store, owner=RIVAL)
    async with store.begin() as uow:
        await uow.sales_teams.save(team(slot="fri 12:00"), digest_due=NOW + DAY, now=NOW)
        assert not await uow.weekly.finish_digest(due, next_due=NOW)
    assert await digests(store) == []


@pytest.mark.parametrize("kind", list(WeeklyKind))
async def test_a_week_has_one_run(workers: Workers, kind: WeeklyKind) -> None:
    """However many workers try at the same time, one notes the week."""

    async def run(store: Store, week: str = WEEK, subject_id: str = "U1") -> bool:
        async with store.begin() as uow:
            return await uow.weekly.record_run(kind, "T1", subject_id, week, skipped=None, now=NOW)

    stores = (workers.one, workers.two)
    noted = await asyncio.gather(*(run(stores[n % 2]) for n in range(6)))

    assert sorted(noted) == [False] * 5 + [True]
    assert await run(workers.one, week="2026-W49")
    assert await run(workers.one, subject_id="U2")
    async with workers.one.begin() as uow:
        other = next(k for k in WeeklyKind if k is not kind)
        assert await uow.weekly.record_run(other, "T1", "U1", WEEK, skipped="paused", now=NOW)
        assert not await uow.weekly.record_run(kind, "T1", "U1", WEEK, skipped="paused", now=NOW)


async def due_follow_ups(
    store: Store,
    limit: int = 9,
    without: Collection[str] = (),
    after: DueFollowUp | None = None,
) -> list[str]:
    async with store.begin() as uow:
        due = await uow.weekly.due_follow_ups(
            answered_after=NOW - 7 * DAY,
            answered_until=NOW - 3 * DAY,
            none_since=NOW - 7 * DAY,
            limit=limit,
            after=after,
            without=without,
        )
    return [d.key for d in due]


async def helpful(
    store: Store, n: int, *, days_ago: float, feedback: Feedback = Feedback.HELPFUL,
    author_id: str = "",
) -> None:  # fmt: skip
    """The n-th nudge, to a person of its own, with feedback some days ago."""
    await decide(store, n, author_id=author_id or f"U{n}")
    async with store.begin() as uow:
        at = NOW - days_ago * DAY
        await uow.findings.set_feedback("T1", f"nudge-{n}", feedback, now=at)


async def test_helpful_questions_are_followed_up(store: Store) -> None:
    """Only helpful ones, of the span, the oldest first, up to the limit."""
    await helpful(store, 1, days_ago=4)
    await helpful(store, 2, days_ago=5)
    await helpful(store, 3, days_ago=2.9)
    await helpful(store, 4, days_ago=7)
    await helpful(store, 5, days_ago=4, feedback=Feedback.WRONG)
    await decide(store, 6)

    assert await due_follow_ups(store) == ["nudge-2", "nudge-1"]
    assert await due_follow_ups(store, limit=1) == ["nudge-2"]
    assert await due_follow_ups(store, without=["T1"]) == []
    async with store.begin() as uow:
        (first, _) = await uow.weekly.due_follow_ups(
            answered_after=0, answered_until=NOW - 3 * DAY, none_since=NOW, limit=2
        )
    assert first == DueFollowUp("T1", "U4", "nudge-4", "fixing-04", NOW - 7 * DAY)


async def test_one_batch_of_helpful_questions_follows_the_other(store: Store) -> None:
    """What comes after a question, also of the same moment, and also once that one is no more due;
    in another order than they were asked in."""
    for n in (1, 3, 2):
        await helpful(store, n, days_ago=4)
    await helpful(store, 4, days_ago=5)
    seen = DueFollowUp("T1", "U4", "nudge-4", "fixing-04", NOW - 5 * DAY)

    assert await due_follow_ups(store, limit=2) == ["nudge-4", "nudge-1"]
    assert await due_follow_ups(store, after=seen) == ["nudge-1", "nudge-2", "nudge-3"]
    async with store.begin() as uow:
        await uow.weekly.add_follow_up(seen, now=NOW)
    seen = DueFollowUp("T1", "U1", "nudge-1", "fixing-01", NOW - 4 * DAY)
    assert await due_follow_ups(store, after=seen) == ["nudge-2", "nudge-3"]
    assert await due_follow_ups(store, after=seen, limit=1) == ["nudge-2"]


async def test_a_question_is_followed_up_once(workers: Workers) -> None:
    """However many workers try; and the person is left alone for a while."""
    await helpful(workers.one, 1, days_ago=4)
    await helpful(workers.one, 2, days_ago=4, author_id="U1")
    due = DueFollowUp("T1", "U1", "nudge-1", "fixing-01")

    async def add(store: Store) -> bool:
        async with store.begin() as uow:
            return await uow.weekly.add_follow_up(due, now=NOW - 6 * DAY)

    added = await asyncio.gather(*(add(w) for w in (workers.one, workers.two) for _ in range(3)))
    assert sorted(added) == [False] * 5 + [True]
    assert await due_follow_ups(workers.one) == []
    async with workers.one.begin() as uow:
        later = await uow.weekly.due_follow_ups(
            answered_after=0, answered_until=NOW, none_since=NOW - 6 * DAY, limit=9
        )
    assert [d.key for d in later] == ["nudge-2"]


async def test_what_came_of_it_is_its_sellers_to_say(store: Store) -> None:
    """Nobody else's press counts; the last answer does."""
    async with store.begin() as uow:
        await uow.weekly.add_follow_up(DueFollowUp("T1", "U1", "k", "fixing-01"), now=NOW)
        say, waits = uow.weekly.set_follow_up_outcome, uow.weekly.waits_for_outcome
        assert await waits("T1", "k", "U1")
        assert not await waits("T1", "k", "U2")
        assert not await waits("T1", "other", "U1")
        assert not await waits("T2", "k", "U1")
        assert not await say("T1", "k", "U2", FollowUpOutcome.LEARNED)
        assert not await say("T1", "other", "U1", FollowUpOutcome.LEARNED)
        assert await say("T1", "k", "U1", FollowUpOutcome.ASKED)
        assert not await waits("T1", "k", "U1")
        assert await say("T1", "k", "U1", FollowUpOutcome.LEARNED)
        (kept,) = (await uow.personal_data.export("T1", "U1"))["follow_ups"]
    assert kept["outcome"] == "learned"


async def test_answers_come_back_to_their_author(store: Store) -> None:
    """Those of one week, and the latest; saving again replaces a week's answers."""
    plan = {"if": "they wait", "then": "I ask \u201cwhy\u201d"}
    async with store.begin() as uow:
        assert uow.reflections.keeps_answers
        assert await uow.reflections.latest_answers("T1", "U1", before="2026-W50") == {}
        await uow.reflections.save("T1", "U1", "2026-W49", {"if": "old"}, now=NOW)
        await uow.reflections.save("T1", "U1", "2026-W49", plan, now=NOW)
        await uow.reflections.save("T1", "U1", WEEK, {"reply": "earlier"}, now=NOW + 5)
        assert await uow.reflections.answers("T1", "U1", "2026-W49") == plan
        assert await uow.reflections.answers("T1", "U1", WEEK) == {"reply": "earlier"}
        assert await uow.reflections.answers("T1", "U1", "2026-W47") == {}
        assert await uow.reflections.latest_answers("T1", "U1", before="2026-W50") == plan
        assert await uow.reflections.latest_answers("T1", "U2", before="2026-W50") == {}
        before = await uow.reflections.latest_answers("T1", "U1", before="2026-W49")
        assert before == {"reply": "earlier"}
        assert await uow.reflections.written("T1", "U1") == [
            WrittenReflection(WEEK, NOW + 5, {"reply": "earlier"}),
            WrittenReflection("2026-W49", NOW, plan),
        ]
        assert await uow.reflections.written("T2", "U1") == []


async def test_a_reflection_without_words_is_kept_as_one(store: Store) -> None:
    """That a person reflected is known, though there is nothing to read."""
    async with store.begin() as uow:
        await uow.reflections.save("T1", "U1", WEEK, {}, now=NOW)
        assert await uow.reflections.answers("T1", "U1", WEEK) == {}
        assert await uow.reflections.latest_answers("T1", "U1", before="2026-W50") == {}
        assert len((await uow.personal_data.export("T1", "U1"))["reflections"]) == 1
