"""The contract of the outbox."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from bot.core.gate import Unprompted
from bot.flows.ports.outbox import MessageKind, Notice, OutgoingMessage
from bot.flows.ports.unit_of_work import Store
from tests.contracts.examples import (
    LEASE,
    ME,
    NOW,
    RIVAL,
    Workers,
    claim_message,
    claim_messages,
    direct_message,
    nudge,
    send,
)

DELETION = OutgoingMessage(
    "delete-nudge-1", MessageKind.DELETE, "T1", "C1", thread_ts="1.5", about_key="nudge-1"
)


async def enqueue(store: Store, message: OutgoingMessage, *, now: float = NOW) -> bool:
    async with store.begin() as uow:
        return await uow.outbox.enqueue(message, now=now)


async def ready(store: Store, now: float = NOW, owner: str = ME) -> list[str]:
    """The keys that this owner can claim."""
    async with store.begin() as uow:
        return [c.message.key for c in await claim_messages(uow, now=now, owner=owner)]


async def next_ready(store: Store) -> float | None:
    async with store.begin() as uow:
        return await uow.outbox.next_ready()


async def free(store: Store, channel_id: str = "C1", *, until: float = NOW) -> None:
    async with store.begin() as uow:
        await uow.outbox.hold_channel("T1", channel_id, until=until)


@pytest.mark.parametrize(
    "message",
    [
        nudge(),
        direct_message(),
        replace(direct_message(), unprompted=Unprompted.DIGEST, due_at=NOW - 5),
        nudge(
            kind=MessageKind.EPHEMERAL,
            content={"line": "thanks", "offer": "", "n": [1, {"a": None}]},
            about_key="nudge-1",
            topic="helpful",
        ),
        nudge(
            kind=MessageKind.EPHEMERAL_NUDGE,
            thread_ts="",
            content={"mirror": "na\u00efve \U0001f642"},
        ),
    ],
    ids=lambda m: m.kind,
)
async def test_a_message_comes_back_as_it_was(store: Store, message: OutgoingMessage) -> None:
    """Nothing of a message is lost on its way, whatever its kind."""
    assert await enqueue(store, message)
    async with store.begin() as uow:
        claimed = await claim_message(uow)

    assert claimed.message == message
    assert (claimed.created_at, claimed.attempts, claimed.lease_owner) == (NOW, 0, ME)
    assert (claimed.sending_since, claimed.target_ts) == (None, "")


async def test_a_key_is_queued_once(workers: Workers) -> None:
    """However often a message is queued, also at the same time, there is one of its key."""
    queued = await asyncio.gather(
        *(enqueue(w, nudge()) for _ in range(4) for w in (workers.one, workers.two))
    )

    assert sorted(queued) == [False] * 7 + [True]
    async with workers.one.begin() as uow:
        assert await uow.outbox.count_open() == 1


async def test_an_empty_outbox_has_nothing_next(store: Store) -> None:
    """Without an open message nothing can be claimed, ever."""
    assert await ready(store) == []
    assert await next_ready(store) is None


async def test_a_try_is_written_before_it_happens(store: Store) -> None:
    """While a try may be under way nobody gets the message; then it comes back unconfirmed."""
    await enqueue(store, nudge())
    async with store.begin() as uow:
        claimed = await claim_message(uow)
        assert await uow.outbox.mark_sending(claimed, now=NOW, unconfirmed_until=NOW + 15)

    assert await next_ready(store) == NOW + 15
    for owner in (ME, RIVAL):
        assert await ready(store, NOW + 14, owner) == []
    async with store.begin() as uow:
        unconfirmed = await claim_message(uow, now=NOW + 15, owner=RIVAL)
    assert (unconfirmed.sending_since, unconfirmed.claim_number) == (NOW, 2)


async def test_a_sent_message_is_done(store: Store) -> None:
    """It never comes back, and no later change of it has any effect."""
    await enqueue(store, nudge())
    claimed = await send(store)

    assert await ready(store, NOW + 99) == []
    async with store.begin() as uow:
        assert await uow.outbox.count_open() == 0
        assert not await uow.outbox.mark_sending(claimed, now=NOW, unconfirmed_until=NOW)
        assert not await uow.outbox.mark_sent(claimed, "9.9", now=NOW)
        assert not await uow.outbox.retry_at(claimed, NOW, attempts=1)
        assert not await uow.outbox.drop(claimed, "late", now=NOW)
        assert await uow.outbox.is_live("T1", "nudge-1")


@pytest.mark.parametrize("attempts", [0, 1])
async def test_another_try_is_not_unconfirmed(store: Store, attempts: int) -> None:
    """If nothing was sent the message is queued again; a try may not count."""
    await enqueue(store, nudge())
    async with store.begin() as uow:
        claimed = await claim_message(uow)
        await uow.outbox.mark_sending(claimed, now=NOW, unconfirmed_until=NOW + 15)
        assert await uow.outbox.retry_at(claimed, NOW + 30, attempts=attempts)
    await free(store)

    assert await next_ready(store) == NOW + 30
    assert await ready(store, NOW + 29) == []
    async with store.begin() as uow:
        again = await claim_message(uow, now=NOW + 30)
    assert (again.sending_since, again.attempts) == (None, attempts)


async def test_a_recheck_stays_unconfirmed(store: Store) -> None:
    """If it is still not known whether it was sent, that is asked again later."""
    await enqueue(store, nudge())
    async with store.begin() as uow:
        claimed = await claim_message(uow)
        await uow.outbox.mark_sending(claimed, now=NOW, unconfirmed_until=NOW + 15)
        assert await uow.outbox.recheck_at(claimed, NOW + 40, attempts=1)
    await free(store)

    assert await ready(store, NOW + 39) == []
    async with store.begin() as uow:
        assert (await claim_message(uow, now=NOW + 40)).sending_since == NOW


async def test_a_dropped_message_is_not_sent(store: Store) -> None:
    """It is given up for good, and doesn't count as live."""
    await enqueue(store, nudge())
    async with store.begin() as uow:
        claimed = await claim_message(uow)
        assert await uow.outbox.drop(claimed, "is_archived", now=NOW)
        assert not await uow.outbox.mark_sending(claimed, now=NOW, unconfirmed_until=NOW)
        assert not await uow.outbox.is_live("T1", "nudge-1")
    await free(store)

    assert await ready(store, NOW + 99) == []
    assert await next_ready(store) is None
    assert not await enqueue(store, nudge())


async def test_a_late_worker_changes_nothing(store: Store) -> None:
    """Once another worker has the message, the first one can neither mark nor drop it."""
    await enqueue(store, nudge())
    async with store.begin() as uow:
        late = await claim_message(uow)
        current = await claim_message(uow, now=NOW + LEASE, owner=RIVAL)
        now = NOW + LEASE
        assert not await uow.outbox.mark_sending(late, now=now, unconfirmed_until=now + 15)
        assert not await uow.outbox.mark_sent(late, "9.9", now=now)
        assert not await uow.outbox.retry_at(late, now, attempts=1)
        assert not await uow.outbox.recheck_at(late, now, attempts=1)
        assert not await uow.outbox.drop(late, "late", now=now)
        assert await uow.outbox.mark_sending(current, now=now, unconfirmed_until=now + 15)
        assert await uow.outbox.mark_sent(current, "9.9", now=now)


async def test_the_same_owner_can_be_late_too(store: Store) -> None:
    """Of two claims of one owner only the later one counts."""
    await enqueue(store, nudge())
    async with store.begin() as uow:
        first, second = await claim_message(uow), await claim_message(uow)
        assert not await uow.outbox.mark_sending(first, now=NOW, unconfirmed_until=NOW + 15)
        assert await uow.outbox.mark_sending(second, now=NOW, unconfirmed_until=NOW + 15)


async def test_one_message_per_channel_is_claimed(store: Store) -> None:
    """Of each channel the oldest message, oldest channels first, up to the limit."""
    for n, channel_id in enumerate(["C1", "C1", "C2", "C3", "C2"], 1):
        await enqueue(store, nudge(n, channel_id=channel_id), now=NOW + n / 10)
    async with store.begin() as uow:
        first = await claim_messages(uow, now=NOW + 1, limit=2)
        rest = await claim_messages(uow, now=NOW + 1, owner=RIVAL)

    assert [c.message.key for c in first] == ["nudge-1", "nudge-3"]
    assert [c.message.key for c in rest] == ["nudge-4"]


async def test_a_claimed_channel_is_on_hold_for_others(store: Store) -> None:
    """While one worker has a channel, others get none of its messages and don't spin for them."""
    await enqueue(store, nudge(1))
    await enqueue(store, nudge(2))
    assert await ready(store) == ["nudge-1"]

    assert await ready(store, NOW + LEASE - 1, RIVAL) == []
    assert await next_ready(store) == NOW + LEASE
    await enqueue(store, nudge(3, channel_id="C2"))
    assert await next_ready(store) == NOW


async def test_a_hold_takes_the_place_of_the_claims_hold(store: Store) -> None:
    """After a post the channel waits for the gap, for its own worker too, and others go on."""
    await enqueue(store, nudge(1))
    await enqueue(store, nudge(2))
    await enqueue(store, nudge(3, channel_id="C2"))
    async with store.begin() as uow:
        claimed = (await claim_messages(uow, limit=1))[0]
        await uow.outbox.mark_sending(claimed, now=NOW, unconfirmed_until=NOW + 15)
        await uow.outbox.mark_sent(claimed, "1.5", now=NOW)
        await uow.outbox.hold_channel("T1", "C1", until=NOW + 1)

    assert await ready(store, NOW + 0.9) == ["nudge-3"]
    assert await next_ready(store) == NOW + 1
    assert await ready(store, NOW + 1, RIVAL) == ["nudge-2"]


async def test_a_hold_until_now_ends_it(store: Store) -> None:
    """A channel is free again as soon as its worker says so."""
    await enqueue(store, nudge(1))
    await enqueue(store, nudge(2))
    async with store.begin() as uow:
        claimed = await claim_message(uow)
        await uow.outbox.drop(claimed, "is_archived", now=NOW)
    await free(store)

    assert await next_ready(store) == NOW
    assert await ready(store, NOW, RIVAL) == ["nudge-2"]


async def test_a_dead_workers_channel_is_free_with_its_message(store: Store) -> None:
    """When the end of a try is overdue, neither the claim nor the hold lasts any longer."""
    await enqueue(store, nudge(1))
    async with store.begin() as uow:
        claimed = await claim_message(uow)
        await uow.outbox.mark_sending(claimed, now=NOW, unconfirmed_until=NOW + 15)
    await enqueue(store, nudge(2), now=NOW + 20)

    assert await ready(store, NOW + 14, RIVAL) == []
    assert await ready(store, NOW + 20, RIVAL) == ["nudge-1"]


async def test_a_deletion_waits_until_its_nudge_is_sent(store: Store) -> None:
    """It is not known before whether there is anything to take away; then it has the ts."""
    await enqueue(store, nudge())
    await enqueue(store, DELETION)
    async with store.begin() as uow:
        claimed = await claim_message(uow)
        await uow.outbox.mark_sending(claimed, now=NOW, unconfirmed_until=NOW + 15)
    await free(store)
    assert await ready(store) == []
    assert await next_ready(store) == NOW + 15
    async with store.begin() as uow:
        await uow.outbox.mark_sent(claimed, "77.5", now=NOW)

    assert await next_ready(store) == NOW
    async with store.begin() as uow:
        deletion = await claim_message(uow)
    assert (deletion.message, deletion.target_ts) == (DELETION, "77.5")


async def test_a_deletion_of_nothing_never_runs(store: Store) -> None:
    """If its nudge was never sent, a deletion can be canceled, and doesn't keep workers awake."""
    await enqueue(store, nudge())
    await enqueue(store, DELETION)
    async with store.begin() as uow:
        assert await uow.outbox.cancel("T1", "nudge-1", "deleted", now=NOW)
        assert await uow.outbox.next_ready() is None
        await uow.outbox.cancel_deletion_of("T1", "nudge-1", now=NOW)
        assert await uow.outbox.count_open() == 0
        assert not await uow.outbox.is_live("T1", DELETION.key)


async def test_only_deletions_are_canceled_with_their_nudge(store: Store) -> None:
    """A line about the same nudge stays."""
    await enqueue(store, nudge(2, kind=MessageKind.EPHEMERAL, about_key="nudge-1"))
    async with store.begin() as uow:
        await uow.outbox.cancel_deletion_of("T1", "nudge-1", now=NOW)

    assert await ready(store) == ["nudge-2"]


async def test_a_queued_message_can_be_canceled(store: Store) -> None:
    """Also while a worker has it, as long as it has not begun to send it; and only once."""
    await enqueue(store, nudge())
    async with store.begin() as uow:
        claimed = await claim_message(uow)
        assert await uow.outbox.cancel("T1", "nudge-1", "deleted", now=NOW)
        assert not await uow.outbox.cancel("T1", "nudge-1", "deleted", now=NOW)
        assert not await uow.outbox.cancel("T1", "nudge-9", "deleted", now=NOW)
        assert not await uow.outbox.mark_sending(claimed, now=NOW, unconfirmed_until=NOW)
        assert not await uow.outbox.is_live("T1", "nudge-1")
        assert not await uow.outbox.is_live("T1", "nudge-9")


async def test_what_is_being_sent_can_not_be_canceled(store: Store) -> None:
    """Nobody knows whether it is out already; nor can it be once it is sent."""
    await enqueue(store, nudge())
    async with store.begin() as uow:
        claimed = await claim_message(uow)
        await uow.outbox.mark_sending(claimed, now=NOW, unconfirmed_until=NOW + 15)
        assert not await uow.outbox.cancel("T1", "nudge-1", "deleted", now=NOW)
        assert await uow.outbox.is_live("T1", "nudge-1")
        await uow.outbox.mark_sent(claimed, "1.5", now=NOW)
        assert not await uow.outbox.cancel("T1", "nudge-1", "deleted", now=NOW)


async def test_a_line_is_remembered_by_its_topic(store: Store) -> None:
    """When a person was told of one thing about one nudge, oldest first, sent or dropped."""
    line: dict[str, Any] = {
        "kind": MessageKind.EPHEMERAL, "about_key": "nudge-1", "topic": "why",
    }  # fmt: skip
    await enqueue(store, nudge(2, **line), now=NOW + 9)
    await enqueue(store, nudge(3, **line), now=NOW)
    await enqueue(store, nudge(4, **line | {"topic": "helpful"}))
    await enqueue(store, nudge(5, **line | {"recipient_id": "U2"}))
    await enqueue(store, nudge(6, **line | {"about_key": "nudge-2"}))
    async with store.begin() as uow:
        await uow.outbox.cancel("T1", "nudge-2", "late", now=NOW)
        assert await uow.outbox.enqueued_at("T1", "nudge-1", "U1", "why") == [NOW, NOW + 9]
        assert await uow.outbox.enqueued_at("T1", "nudge-1", "U3", "why") == []


async def test_a_reply_finds_the_message_above_it(store: Store) -> None:
    """The ts of a message that was sent leads to its key, for its reader alone."""
    await enqueue(store, direct_message())
    await send(store, ts="77.5")
    await enqueue(store, nudge())
    await send(store, ts="88.5")
    async with store.begin() as uow:
        assert await uow.outbox.key_of_sent("T1", "U1", "77.5") == "reflection-1"
        assert await uow.outbox.key_of_sent("T1", "U2", "77.5") is None
        assert await uow.outbox.key_of_sent("T1", "U1", "78.5") is None
        assert await uow.outbox.key_of_sent("T1", "U1", "88.5") is None  # no rendered message


@pytest.mark.parametrize("end", ["sent", "dropped", "canceled"])
async def test_what_a_message_held_is_erased_with_its_end(store: Store, end: str) -> None:
    """Only a private question keeps what it held, for its copy in the thread."""
    await enqueue(store, direct_message())
    await enqueue(store, nudge())
    private = {"mirror": "Quiet.", "question": "Who else decides?"}
    await enqueue(
        store, nudge(2, kind=MessageKind.EPHEMERAL_NUDGE, channel_id="C2", content=private)
    )
    async with store.begin() as uow:
        for claimed in await claim_messages(uow):
            message = claimed.message
            if end == "sent":
                await uow.outbox.mark_sent(claimed, "1.5", now=NOW)
            elif end == "dropped":
                await uow.outbox.drop(claimed, "late", now=NOW)
            else:
                await uow.outbox.cancel(message.workspace_id, message.key, "late", now=NOW)
        exported = await uow.personal_data.export("T1", "U1")

    held = str(exported["outbox"])
    assert "A look back" not in held
    assert "What could help?" not in held
    assert "Who else decides?" in held


async def test_the_content_can_be_read_in_its_workspace(store: Store) -> None:
    """A private nudge's words are read for its copy in the thread."""
    await enqueue(store, nudge())
    async with store.begin() as uow:
        assert await uow.outbox.contents_of("T1", "nudge-1") == (nudge().content, None)
        assert await uow.outbox.contents_of("T1", "unknown") == ({}, None)
        assert await uow.outbox.contents_of("T2", "nudge-1") == ({}, None)


async def test_a_late_worker_does_not_shorten_anothers_hold(store: Store) -> None:
    """Its claim lapsed while it was away, and another worker holds the channel by now."""
    await enqueue(store, nudge())
    async with store.begin() as uow:
        await claim_messages(uow, now=NOW, owner=ME)
    late = NOW + LEASE
    async with store.begin() as uow:
        await claim_messages(uow, now=late, owner=RIVAL)
        await uow.outbox.hold_channel("T1", "C1", until=late, owner=ME)
    await enqueue(store, nudge(2), now=late)
    assert await ready(store, late, owner=ME) == []

    async with store.begin() as uow:
        await uow.outbox.hold_channel("T1", "C1", until=late, owner=RIVAL)
    assert await ready(store, late, owner=ME) == ["nudge-2"]


async def test_claims_are_counted_until_one_has_an_outcome(store: Store) -> None:
    """The number of a claim only grows; tries are counted apart from it."""
    await enqueue(store, nudge())
    async with store.begin() as uow:
        await claim_message(uow)
        second = await claim_message(uow)
        assert (second.claim_number, second.unfinished_claims, second.attempts) == (2, 2, 0)
        assert await uow.outbox.retry_at(second, NOW, attempts=3)
        third = await claim_message(uow)
    assert (third.claim_number, third.unfinished_claims, third.attempts) == (3, 1, 3)


async def test_workspaces_can_be_left_out(store: Store) -> None:
    """A worker that still waits for one workspace claims only what others have."""
    await enqueue(store, nudge(1))
    await enqueue(store, nudge(2, workspace_id="T2"))
    async with store.begin() as uow:
        (other,) = await uow.outbox.claim_ready(
            now=NOW, limit=9, owner=ME, lease_until=NOW + LEASE, without=["T1", "T3"]
        )
    assert other.message.workspace_id == "T2"


async def test_what_is_taken_back_while_it_is_sent_comes_back_withdrawn(store: Store) -> None:
    """Whether it is looked for or tried again; if it was sent after all, nothing of that stays."""
    await enqueue(store, nudge())
    async with store.begin() as uow:
        claimed = await claim_message(uow)
        await uow.outbox.mark_sending(claimed, now=NOW, unconfirmed_until=NOW + 15)
        assert not await uow.outbox.cancel("T1", "nudge-1", "deleted", now=NOW)
        again = await claim_message(uow, now=NOW + 15)
        assert again.withdrawn == "deleted"
        assert await uow.outbox.retry_at(again, NOW + 15, attempts=1)
        assert (await claim_message(uow, now=NOW + 15)).withdrawn == "deleted"


async def test_a_nudge_waits_for_the_notice_to_its_channel(store: Store) -> None:
    """Also if the notice is tried again later; and it is found by its place."""
    notice = OutgoingMessage(
        "notice-1", MessageKind.MESSAGE, "T1", "C1", unprompted=Unprompted.CHANNEL_NOTICE
    )
    async with store.begin() as uow:
        assert await uow.outbox.last_notice("T1", "C1") is None
    await enqueue(store, notice, now=NOW)
    await enqueue(store, nudge(about_key="notice-1"), now=NOW - 9)
    async with store.begin() as uow:
        assert await uow.outbox.last_notice("T1", "C1") == Notice("notice-1", is_live=True)
        assert await uow.outbox.last_notice("T1", "C2") is None
        assert await uow.outbox.last_notice("T2", "C1") is None
        (claimed,) = await claim_messages(uow, now=NOW, owner=ME)
        assert claimed.message.key == "notice-1"
        assert await uow.outbox.retry_at(claimed, NOW + 60, attempts=1)
    await free(store)
    assert await ready(store, NOW + 59) == []
    async with store.begin() as uow:
        (claimed,) = await claim_messages(uow, now=NOW + 60, owner=ME)
        assert await uow.outbox.drop(claimed, "is_archived", now=NOW + 60)
    await free(store, until=NOW + 60)
    async with store.begin() as uow:
        assert await uow.outbox.last_notice("T1", "C1") == Notice("notice-1", is_live=False)
    assert await ready(store, NOW + 60) == ["nudge-1"]


@pytest.mark.parametrize("is_sent", [True, False])
async def test_an_update_waits_for_what_it_replaces(store: Store, is_sent: bool) -> None:
    """It gets the ts of that message; if that was never sent, it is sent on its own."""
    first = direct_message()
    await enqueue(store, first)
    await enqueue(store, replace(first, key="later").in_place_of(first.key), now=NOW - 9)
    async with store.begin() as uow:
        (claimed,) = await claim_messages(uow, now=NOW, owner=ME)
        assert (claimed.message.key, claimed.target_ts) == (first.key, "")
        if is_sent:
            await uow.outbox.mark_sent(claimed, "7.7", now=NOW)
        else:
            await uow.outbox.drop(claimed, "is_archived", now=NOW)
        await uow.outbox.hold_channel("T1", "U1", until=NOW)
        (update,) = await claim_messages(uow, now=NOW, owner=ME)

    assert update.message.kind is MessageKind.UPDATE
    assert update.target_ts == ("7.7" if is_sent else "")


async def test_the_last_message_of_a_kind_to_a_person(store: Store) -> None:
    sent = replace(direct_message(), unprompted=Unprompted.REFLECTION)
    await enqueue(store, sent)
    async with store.begin() as uow:
        (claimed,) = await claim_messages(uow, now=NOW, owner=ME)
        args = ("T1", sent.recipient_id, Unprompted.REFLECTION)
        assert await uow.outbox.last_sent(*args, since=NOW - 1) is None
        assert await uow.outbox.mark_sent(claimed, "9.1", now=NOW)
        assert await uow.outbox.last_sent(*args, since=NOW - 1) == sent.key
        assert await uow.outbox.last_sent(*args, since=NOW) is None
        for other in (
            ("T2", sent.recipient_id, Unprompted.REFLECTION),
            ("T1", "U9", Unprompted.REFLECTION),
            ("T1", sent.recipient_id, Unprompted.DIGEST),
        ):
            assert await uow.outbox.last_sent(*other, since=NOW - 1) is None
