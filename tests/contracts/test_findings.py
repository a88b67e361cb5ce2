"""The contract of findings."""

from __future__ import annotations

import pytest

from bot.core.digest_stats import FLOOR
from bot.core.history import PastNudge, PastNudges
from bot.core.model import Feedback, Reason, Trap
from bot.flows.ports.findings import (
    ChannelCounts,
    DecisionRecord,
    NudgeInThread,
    NudgeRecord,
    Ratings,
    RecentNudge,
)
from bot.flows.ports.inbox import NewMessage
from bot.flows.ports.unit_of_work import Store
from tests.contracts.examples import DAY, NOW, claim_message, decide, message


async def past(store: Store, author_id: str = "U1") -> list[PastNudge]:
    async with store.begin() as uow:
        return await uow.findings.past_nudges_to("T1", author_id)


@pytest.mark.parametrize("is_private", [False, True])
async def test_a_nudge_is_known_by_its_key(store: Store, is_private: bool) -> None:
    """All that a button needs comes back; silence and other keys are no nudges."""
    await decide(store, is_private=is_private)
    await decide(store, 2, reason=Reason.NOT_SURE)
    async with store.begin() as uow:
        found = await uow.findings.nudge("T1", "nudge-1")
        assert await uow.findings.nudge("T1", "nudge-2") is None
        assert await uow.findings.nudge("T1", "") is None

    assert found == NudgeRecord(
        key="nudge-1",
        workspace_id="T1",
        channel_id="C1",
        thread_ts=message().ts,
        author_id="U1",
        trap=Trap.FIXING,
        question_id="fixing-01",
        situations=("demo", "price"),
        is_private=is_private,
    )


async def test_a_nudge_without_situations(store: Store) -> None:
    """A message about nothing special has no situations."""
    await decide(store, situations=())
    async with store.begin() as uow:
        found = await uow.findings.nudge("T1", "nudge-1")
    assert found is not None
    assert found.situations == ()


async def test_a_message_leads_to_its_nudge(store: Store) -> None:
    """The key is found by channel and ts; silence and unknown messages have none."""
    await decide(store, 1)
    await decide(store, 2, reason=Reason.NOT_SURE)
    async with store.begin() as uow:
        find = uow.findings.nudge_key_of
        assert await find("T1", "C1", message(1).ts) == "nudge-1"
        assert await find("T1", "C1", message(2).ts) is None
        assert await find("T1", "C1", message(3).ts) is None
        assert await find("T1", "C2", message(1).ts) is None


async def test_past_nudges_are_those_asked_or_observed(store: Store) -> None:
    """Oldest first; other silence is no nudge."""
    await decide(store, 1, at=NOW + 2)
    await decide(store, 2, at=NOW + 1, reason=Reason.OBSERVED)
    await decide(store, 3, at=NOW + 3, reason=Reason.NOT_SURE)
    await decide(store, 4, at=NOW + 3, reason=Reason.ON_PROBATION)
    await decide(store, 5, at=NOW + 3, author_id="U2")

    assert await past(store) == [PastNudge(NOW + 1, observed=True), PastNudge(NOW + 2)]
    assert await past(store, "U2") == [PastNudge(NOW + 3)]
    assert await past(store, "U3") == []


async def test_a_dropped_nudge_is_told_apart(store: Store) -> None:
    """A question that was never shown is marked, whoever gave up on it."""
    await decide(store, 1)
    await decide(store, 2, channel_id="C2")
    async with store.begin() as uow:
        await uow.outbox.cancel("T1", "nudge-1", "deleted", now=NOW)
        claimed = await claim_message(uow)
        await uow.outbox.drop(claimed, "is_archived", now=NOW)

    assert [n.dropped for n in await past(store)] == [True, True]


async def test_past_nudges_in_a_thread(store: Store) -> None:
    """Only those of this thread in this channel."""
    thread = message(1).ts
    await decide(store, 1)
    await decide(store, 2, at=NOW + 1, thread_ts=thread, author_id="U2")
    await decide(store, 3, thread_ts=thread, channel_id="C2")
    await decide(store, 4)
    async with store.begin() as uow:
        found = await uow.findings.past_nudges("T1", "U9", "C1", thread, trap=None, since=0)

    assert found == PastNudges(
        to_author=[], in_thread=[PastNudge(NOW), PastNudge(NOW + 1)], about_trap=[]
    )


async def test_the_latest_nudge_to_a_person_in_a_thread(store: Store) -> None:
    """Only questions that were asked, of this person, in this thread."""
    thread = "1760000000.000100"
    await decide(store, 1, thread_ts=thread)
    await decide(store, 2, thread_ts=thread, at=NOW + 1)
    await decide(store, 3, thread_ts=thread, at=NOW + 2, author_id="U2")
    await decide(store, 4, thread_ts=thread, at=NOW + 3, reason=Reason.OBSERVED)
    async with store.begin() as uow:
        found = await uow.findings.latest_nudge_in_thread("T1", "C1", thread, "U1")
        elsewhere = await uow.findings.latest_nudge_in_thread("T1", "C2", thread, "U1")

    assert (found, elsewhere) == (NudgeInThread("nudge-2", NOW + 1), None)


async def test_past_nudges_about_a_trap(store: Store) -> None:
    """Only those about this trap in this channel, after the moment."""
    await decide(store, 1)
    await decide(store, 2, at=NOW + 1, author_id="U2")
    await decide(store, 3, at=NOW + 1, trap=Trap.BLAME)
    await decide(store, 4, at=NOW + 1, channel_id="C2")
    async with store.begin() as uow:
        found = await uow.findings.past_nudges("T1", "U9", "C1", "1", trap=Trap.FIXING, since=NOW)

    assert found == PastNudges(to_author=[], in_thread=[], about_trap=[PastNudge(NOW + 1)])


async def test_a_past_nudge_counts_for_all_that_it_bears_on(store: Store) -> None:
    """One to the author in this thread about this trap is each of the three."""
    await decide(store, 2, at=NOW + 1, thread_ts="1760000000.000100")
    await decide(store, 1, thread_ts="1760000000.000100")
    async with store.begin() as uow:
        find = uow.findings.past_nudges
        found = await find("T1", "U1", "C1", "1760000000.000100", trap=Trap.FIXING, since=NOW)
        elsewhere = await find("T2", "U1", "C1", "1760000000.000100", trap=Trap.FIXING, since=NOW)

    both = [PastNudge(NOW), PastNudge(NOW + 1)]
    assert found == PastNudges(to_author=both, in_thread=both, about_trap=both[1:])
    assert elsewhere == PastNudges(to_author=[], in_thread=[], about_trap=[])


@pytest.mark.parametrize("feedback", list(Feedback))
async def test_feedback_is_kept_once(store: Store, feedback: Feedback) -> None:
    """The same feedback again changes nothing, not even its time."""
    await decide(store)
    async with store.begin() as uow:
        give = uow.findings.set_feedback
        assert await give("T1", "nudge-1", feedback, now=NOW + 5)
        assert not await give("T1", "nudge-1", feedback, now=NOW + 9)
        assert not await give("T1", "nudge-9", feedback, now=NOW + 9)
        (recent,) = await uow.findings.recent_nudges("T1", "U1", since=NOW - 1)

    assert recent == RecentNudge(NOW, "fixing-01", feedback, ("demo", "price"))
    assert (await past(store))[0].answered_at == NOW + 5


async def test_changed_feedback_is_kept(store: Store) -> None:
    """The latest feedback stands, with its time."""
    await decide(store)
    async with store.begin() as uow:
        give = uow.findings.set_feedback
        await give("T1", "nudge-1", Feedback.NOT_THIS_TIME, now=NOW + 5)
        assert await give("T1", "nudge-1", Feedback.HELPFUL, now=NOW + 9)
        assert await uow.findings.ratings("T1", Trap.FIXING, since=NOW + 5) == Ratings(1, 0)

    assert (await past(store))[0].answered_at == NOW + 9


async def test_any_reaction_is_an_answer(store: Store) -> None:
    """The first one counts; it is no rating."""
    await decide(store)
    async with store.begin() as uow:
        await uow.findings.mark_answered("T1", "nudge-1", now=NOW + 5)
        await uow.findings.mark_answered("T1", "nudge-1", now=NOW + 9)
        await uow.findings.mark_answered("T1", "nudge-9", now=NOW + 9)
        assert await uow.findings.ratings("T1", Trap.FIXING, since=0) == Ratings(0, 0)

    assert (await past(store))[0].answered_at == NOW + 5


async def test_ratings_are_counted_per_trap(store: Store) -> None:
    """Pauses are no ratings, and those up to the moment don't count any more."""
    given = [*list(Feedback), Feedback.WRONG, Feedback.HELPFUL, Feedback.HELPFUL]
    for n, feedback in enumerate(given, 1):
        await decide(store, n, trap=Trap.BLAME if n == len(given) else Trap.FIXING)
        async with store.begin() as uow:
            await uow.findings.set_feedback("T1", f"nudge-{n}", feedback, now=NOW + n)
    async with store.begin() as uow:
        assert await uow.findings.ratings("T1", Trap.FIXING, since=NOW) == Ratings(5, 3)
        assert await uow.findings.ratings("T1", Trap.FIXING, since=NOW + 3) == Ratings(2, 1)
        assert await uow.findings.ratings("T1", Trap.BLAME, since=NOW) == Ratings(1, 0)
        assert await uow.findings.ratings("T1", Trap.ENTITLEMENT, since=0) == Ratings(0, 0)


@pytest.mark.parametrize("sellers", [4, 5])
async def test_a_channels_sellers_are_counted(store: Store, sellers: int) -> None:
    """Asked and observed ones apart, in the span, of this channel; none below the floor.

    A question for one person's eyes is counted nowhere.
    """
    for n in range(sellers):
        await decide(store, 10 * n + 1, at=NOW, author_id=f"U{n}")
        await decide(store, 10 * n + 2, at=NOW, author_id=f"U{n}")
        await decide(store, 10 * n + 3, at=NOW, author_id=f"U{n}", reason=Reason.OBSERVED)
        await decide(store, 10 * n + 4, at=NOW, author_id=f"V{n}", is_private=True)
        await decide(store, 10 * n + 5, at=NOW, author_id=f"W{n}", reason=Reason.NO_TRAP)
        await decide(store, 10 * n + 6, at=NOW, author_id=f"W{n}", channel_id="C2")
        await decide(store, 10 * n + 7, at=NOW + 9, author_id=f"W{n}")
    seen = sellers if sellers >= FLOOR else 0
    async with store.begin() as uow:
        counts = uow.findings.channel_counts
        assert await counts("T1", "C1", start=NOW, end=NOW + 9) == ChannelCounts(seen, seen)
        assert await counts("T1", "C1", start=NOW + 1, end=NOW + 9) == ChannelCounts(0, 0)
        assert await counts("T1", "C9", start=0, end=2 * NOW) == ChannelCounts(0, 0)


async def test_questions_that_were_asked_in_a_channel(store: Store) -> None:
    """The latest time of each, whoever got it; nothing of other channels, private, or silent."""
    await decide(store, 1, at=NOW)
    await decide(store, 2, at=NOW + 1)
    await decide(store, 3, at=NOW + 2, question_id="fixing-02", author_id="U2")
    await decide(store, 4, at=NOW + 3, is_private=True)
    await decide(store, 5, at=NOW + 3, channel_id="C2")
    await decide(store, 6, at=NOW + 3, reason=Reason.OBSERVED, question_id="fixing-06")
    async with store.begin() as uow:
        asked = uow.findings.asked_in_channel
        assert await asked("T1", "C1", since=0) == {"fixing-01": NOW, "fixing-02": NOW + 2}
        assert await asked("T1", "C1", since=NOW + 1) == {"fixing-02": NOW + 2}
        assert await asked("T2", "C1", since=0) == {}


async def test_recent_nudges_are_the_questions_of_a_person(store: Store) -> None:
    """Newest first, after the moment; what was only observed the person never got."""
    await decide(store, 1, at=NOW)
    await decide(store, 2, at=NOW + 1)
    await decide(store, 3, at=NOW + 2)
    await decide(store, 4, at=NOW + 2, reason=Reason.OBSERVED)
    await decide(store, 5, at=NOW + 2, author_id="U2")
    async with store.begin() as uow:
        found = await uow.findings.recent_nudges("T1", "U1", since=NOW)

    assert found == [
        RecentNudge(NOW + 2, "fixing-03", None, ("demo", "price")),
        RecentNudge(NOW + 1, "fixing-02", None, ("demo", "price")),
    ]


async def test_a_person_sees_every_decision(store: Store) -> None:
    """Newest first, up to the limit; silence included, also if nothing was classified."""
    await decide(store, 1, at=NOW)
    await decide(store, 2, at=NOW + 1, reason=Reason.DAILY_CAP)
    await decide(store, 3, at=NOW + 1, author_id="U2")
    async with store.begin() as uow:
        await uow.inbox.add(NewMessage(message(4), NOW), now=NOW)
        await uow.inbox.end_waiting_by_author(
            "T1", "C1", "U1", before="9", reason=Reason.SECOND_THOUGHTS, now=NOW + 2
        )
        await uow.inbox.add(NewMessage(message(5), NOW + DAY), now=NOW)
        found = await uow.findings.decisions("T1", "U1", limit=9)
        newest = await uow.findings.decisions("T1", "U1", limit=1)
        nudges = await uow.findings.decisions("T1", "U1", limit=9, only_nudges=True)
        assert await uow.findings.count_decisions("T1", "U1") == 3

    spoken = DecisionRecord(NOW, "C1", Trap.FIXING, None, "fixing-01")
    assert found == [
        DecisionRecord(NOW + 2, "C1", None, Reason.SECOND_THOUGHTS, None),
        DecisionRecord(NOW + 1, "C1", Trap.FIXING, Reason.DAILY_CAP, None),
        spoken,
    ]
    assert newest == found[:1]
    assert nudges == [spoken]
