"""The contract of the inbox."""

from __future__ import annotations

import asyncio

import pytest

from bot.core.model import Reason
from bot.flows.ports.inbox import NewMessage
from bot.flows.ports.unit_of_work import Store
from tests.contracts.examples import (
    LEASE,
    ME,
    NOW,
    RIVAL,
    Workers,
    claim_one,
    decide,
    message,
)

NEWER = "1760000090.000000"


async def add(store: Store, n: int = 1, *, due_at: float = NOW, **changes: str) -> bool:
    async with store.begin() as uow:
        return await uow.inbox.add(NewMessage(message(n, **changes), due_at), now=NOW)


async def due(store: Store, now: float = NOW, owner: str = ME) -> list[str]:
    """The texts that this owner can claim."""
    async with store.begin() as uow:
        claimed = await uow.inbox.claim_due(now=now, limit=9, owner=owner, lease_until=now + LEASE)
    return [c.message.text for c in claimed]


async def end(store: Store, *, version: str = NEWER, reason: Reason = Reason.DELETED) -> bool:
    async with store.begin() as uow:
        return await uow.inbox.end_waiting(
            "T1", "C1", message().ts, version=version, reason=reason, now=NOW
        )


async def tombstone(store: Store) -> bool:
    async with store.begin() as uow:
        return await uow.inbox.add_tombstone(
            "T1",
            "C1",
            message().ts,
            event_id="EvGone",
            version=NEWER,
            reason=Reason.DELETED,
            now=NOW,
        )


async def test_the_same_event_is_stored_once(workers: Workers) -> None:
    """Eight deliveries of one event at the same time, to two workers, make one row."""
    stored = await asyncio.gather(*(add(w) for _ in range(4) for w in (workers.one, workers.two)))

    assert sorted(stored) == [False] * 7 + [True]
    assert len(await due(workers.one)) == 1


async def test_two_events_for_one_message_are_stored_once(store: Store) -> None:
    """A message that arrives under two event ids is one message."""
    await add(store)

    assert not await add(store, event_id="EvOther")


async def test_a_message_settles_before_it_is_due(store: Store) -> None:
    """Nothing can be claimed before its time, and the inbox knows when that is."""
    await add(store, due_at=NOW + 15)

    assert await due(store, NOW + 14) == []
    async with store.begin() as uow:
        assert await uow.inbox.next_due() == NOW + 15
    assert await due(store, NOW + 15) == ["they owe us 1"]


async def test_an_empty_inbox_has_nothing_next(store: Store) -> None:
    """Without a waiting message there is no next one."""
    async with store.begin() as uow:
        assert await uow.inbox.next_due() is None
        assert await uow.inbox.count_waiting() == 0


async def test_the_oldest_are_claimed_first(store: Store) -> None:
    """A limit leaves the youngest for later, and what was stored comes back as it was."""
    for n, due_at in ((1, NOW - 1), (2, NOW - 3), (3, NOW - 2)):
        await add(store, n, due_at=due_at, thread_ts=f"{n}.5")
    async with store.begin() as uow:
        claimed = await uow.inbox.claim_due(now=NOW, limit=2, owner=ME, lease_until=NOW + LEASE)

    assert [c.message for c in claimed] == [
        message(2, thread_ts="2.5"),
        message(3, thread_ts="3.5"),
    ]
    assert [(c.claim_number, c.attempts, c.lease_owner) for c in claimed] == [(1, 0, ME)] * 2


async def test_a_version_defaults_to_the_ts(store: Store) -> None:
    """A message without a version has the version of its first writing."""
    await add(store, version="")
    async with store.begin() as uow:
        candidate = await claim_one(uow)
        assert candidate.message.version == message().ts
        assert await uow.inbox.decide(candidate, None, now=NOW)


async def test_a_claim_excludes_others_until_its_lease_ends(store: Store) -> None:
    """Only the owner can claim again at once; others when the lease has run out."""
    await add(store)
    assert await due(store) != []

    assert await due(store, NOW + LEASE - 1, RIVAL) == []
    async with store.begin() as uow:
        assert await uow.inbox.next_due() == NOW + LEASE
        again = await claim_one(uow, now=NOW + 1)
    assert (again.claim_number, again.unfinished_claims, again.attempts) == (2, 2, 0)
    assert await due(store, NOW + 1 + LEASE, RIVAL) != []


async def test_a_decision_ends_the_row(store: Store) -> None:
    """A decided message can't be claimed, decided or released again, and no longer waits."""
    await add(store)
    async with store.begin() as uow:
        candidate = await claim_one(uow)
        assert await uow.inbox.decide(candidate, Reason.DAILY_CAP, now=NOW)
        assert not await uow.inbox.decide(candidate, None, now=NOW)
        assert not await uow.inbox.release(candidate, due_at=NOW, attempts=1)
        assert await uow.inbox.count_waiting() == 0
        (decision,) = await uow.findings.decisions("T1", "U1", limit=9)

    assert (decision.reason, decision.at) == (Reason.DAILY_CAP, NOW)
    assert await due(store, NOW + 2 * LEASE) == []
    assert not await add(store)


@pytest.mark.parametrize("attempts", [0, 1])
async def test_a_released_message_comes_back_later(store: Store, attempts: int) -> None:
    """A try that doesn't count leaves the number of attempts as it was."""
    await add(store)
    async with store.begin() as uow:
        candidate = await claim_one(uow)
        assert await uow.inbox.release(candidate, due_at=NOW + 8, attempts=attempts)
        assert await uow.inbox.next_due() == NOW + 8

    assert await due(store, NOW + 7, RIVAL) == []
    async with store.begin() as uow:
        assert (await claim_one(uow, now=NOW + 8, owner=RIVAL)).attempts == attempts
        assert not await uow.inbox.release(candidate, due_at=NOW, attempts=1)


async def test_a_late_worker_changes_nothing(store: Store) -> None:
    """Once the lease has run out and another worker has the row, the first one can't touch it."""
    await add(store)
    async with store.begin() as uow:
        late = await claim_one(uow)
    async with store.begin() as uow:
        current = await claim_one(uow, now=NOW + LEASE, owner=RIVAL)
        assert not await uow.inbox.decide(late, None, now=NOW + LEASE)
        assert not await uow.inbox.release(late, due_at=NOW + LEASE, attempts=1)
        assert await uow.inbox.decide(current, None, now=NOW + LEASE)


async def test_a_late_worker_may_finish_what_nobody_took(store: Store) -> None:
    """A lease that ran out is no loss as long as nobody else has claimed the row."""
    await add(store)
    async with store.begin() as uow:
        late = await claim_one(uow)
    async with store.begin() as uow:
        assert await uow.inbox.decide(late, None, now=NOW + 9 * LEASE)


async def test_the_same_owner_can_be_late_too(store: Store) -> None:
    """Of two claims of one owner only the later one counts."""
    await add(store)
    async with store.begin() as uow:
        first, second = await claim_one(uow), await claim_one(uow)
        assert not await uow.inbox.decide(first, None, now=NOW)
        assert await uow.inbox.decide(second, None, now=NOW)


async def test_a_newer_wording_takes_its_place(store: Store) -> None:
    """An edit replaces the words, moves the due time and ends the claim on the older wording."""
    await add(store)
    async with store.begin() as uow:
        older = await claim_one(uow)
        newer = message(text="new", version=NEWER)
        assert await uow.inbox.replace_waiting(NewMessage(newer, NOW + 5))
        assert not await uow.inbox.decide(older, None, now=NOW)
        assert not await uow.inbox.release(older, due_at=NOW, attempts=1)

    assert await due(store, NOW + 4, RIVAL) == []
    assert await due(store, NOW + 5, RIVAL) == ["new"]


@pytest.mark.parametrize("version", [message().ts, "1759999999.000000"])
async def test_an_older_wording_changes_nothing(store: Store, version: str) -> None:
    """Edits that arrive late or twice leave the newer words, and any claim, alone."""
    await add(store)
    async with store.begin() as uow:
        candidate = await claim_one(uow)
        older = message(text="old", version=version)
        assert not await uow.inbox.replace_waiting(NewMessage(older, NOW + 5))
        assert not await uow.inbox.end_waiting(
            "T1", "C1", message().ts, version=version, reason=Reason.DELETED, now=NOW
        )
        assert await uow.inbox.decide(candidate, None, now=NOW)


async def test_a_message_that_is_not_there_is_not_replaced(store: Store) -> None:
    """Only a waiting message can be reworded."""
    async with store.begin() as uow:
        assert not await uow.inbox.replace_waiting(NewMessage(message(version=NEWER), NOW))
    assert await due(store) == []


async def test_a_withdrawn_message_is_never_decided(store: Store) -> None:
    """A deletion while a message waits, or while a worker has it, ends it."""
    await add(store)
    async with store.begin() as uow:
        candidate = await claim_one(uow)
    assert await end(store)

    async with store.begin() as uow:
        assert not await uow.inbox.decide(candidate, None, now=NOW)
        (decision,) = await uow.findings.decisions("T1", "U1", limit=9)
    assert decision.reason is Reason.DELETED
    assert not await end(store)
    assert await due(store) == []


async def test_a_tombstone_keeps_its_message_out(store: Store) -> None:
    """A deletion that overtakes its message leaves a row that the message can't replace."""
    assert await tombstone(store)

    assert not await tombstone(store)
    assert not await add(store)
    assert await due(store) == []
    async with store.begin() as uow:
        assert await uow.inbox.count_waiting() == 0
        assert await uow.findings.decisions("T1", "U1", limit=9) == []


async def test_a_tombstone_finds_its_message_there(store: Store) -> None:
    """If the message is there already, whatever its state, no tombstone is added."""
    await add(store)

    assert not await tombstone(store)
    assert await due(store) != []


async def test_an_author_takes_back_what_waits(store: Store) -> None:
    """All waiting messages of one author in one channel end, claimed or not, and no others."""
    await add(store, 1)
    await add(store, 2)
    await add(store, 3, author_id="U2")
    await add(store, 4, channel_id="C2")
    async with store.begin() as uow:
        claimed = await uow.inbox.claim_due(now=NOW, limit=1, owner=ME, lease_until=NOW + LEASE)
        ended = await uow.inbox.end_waiting_by_author(
            "T1", "C1", "U1", before=NEWER, reason=Reason.SECOND_THOUGHTS, now=NOW
        )
        assert not await uow.inbox.decide(claimed[0], None, now=NOW)
        assert await uow.inbox.count_waiting() == 2

    assert ended == 2
    assert sorted(await due(store)) == ["they owe us 3", "they owe us 4"]


async def test_only_earlier_wordings_are_taken_back(store: Store) -> None:
    """A retraction that is delivered again leaves what was written after it."""
    await add(store, 1)
    await add(store, 3)
    async with store.begin() as uow:
        ended = await uow.inbox.end_waiting_by_author(
            "T1", "C1", "U1", before=message(2).ts, reason=Reason.SECOND_THOUGHTS, now=NOW
        )
    assert ended == 1
    assert await due(store) == ["they owe us 3"]


async def test_a_retraction_is_noted_for_what_arrives_later(store: Store) -> None:
    """Once, for its author alone."""
    async with store.begin() as uow:
        for _ in range(2):
            await uow.inbox.note_retraction("T1", "C1", "U1", "5.0", now=NOW)

        assert await uow.inbox.retractions_of("T1", ["U1", "U2"]) == [("C1", "U1", "5.0")]
        assert await uow.inbox.retractions_of("T1", ["U2"]) == []
        assert await uow.inbox.retractions_of("T2", ["U1"]) == []


async def test_a_deleted_message_is_noted_with_its_question(store: Store) -> None:
    """So that nothing about it is brought to the thread any more."""
    await decide(store)
    async with store.begin() as uow:
        before = await uow.findings.nudge("T1", "nudge-1")
        await uow.inbox.note_withdrawal("T1", "C1", message().ts, reason=Reason.DELETED)
        after = await uow.findings.nudge("T1", "nudge-1")
    assert before is not None
    assert after is not None
    assert (before.message_deleted, after.message_deleted) == (False, True)
