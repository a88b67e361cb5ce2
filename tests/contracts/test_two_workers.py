"""Two workers on one row never both win, whatever the kind of work, round after round."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from itertools import pairwise
from typing import Any

import pytest
from sqlalchemy import delete

from bot.core.gate import Gate
from bot.core.playbook_model import Playbook
from bot.core.workspace_rules import WorkspaceRules
from bot.flows.erasure import Erasure
from bot.flows.house_rules import HouseRules
from bot.flows.ports.inbox import NewMessage
from bot.flows.ports.unit_of_work import Store, UnitOfWork
from bot.flows.ports.work import WorkItem, WorkKind
from bot.store.database import Database
from bot.store.personal_data import OWNERS
from bot.store.tables import channel_pacing, outbox
from tests.contracts.examples import (
    LEASE,
    ME,
    NOW,
    RIVAL,
    Workers,
    ask,
    claim_messages,
    direct_message,
    message,
    nudge,
    team,
)

ROUNDS = 25
Claimed = list[Any]


def rules_of(playbook: Playbook) -> HouseRules:
    """Return the rules of an operator who has set nothing."""
    house = WorkspaceRules(Gate(), languages=playbook.languages, strings=playbook.strings)
    return HouseRules(house)


async def add_message(uow: UnitOfWork, n: int) -> None:
    await uow.inbox.add(NewMessage(message(n), NOW), now=NOW)


async def add_post(uow: UnitOfWork, n: int) -> None:
    await uow.outbox.enqueue(nudge(n, channel_id=f"C{n}"), now=NOW)


async def add_ask(uow: UnitOfWork, n: int) -> None:
    await uow.asks.add(ask(f"ask-{n}"), now=NOW)


async def add_person(uow: UnitOfWork, n: int) -> None:
    await uow.weekly.schedule_reflection("T1", f"U{n}", due=NOW, time_zone=None)


async def add_team(uow: UnitOfWork, n: int) -> None:
    await uow.sales_teams.save(team(f"G{n}"), digest_due=NOW, now=NOW)


Kind = tuple[
    Callable[[UnitOfWork, int], Awaitable[None]],
    Callable[[UnitOfWork], Any],
    Callable[[UnitOfWork, Any], Awaitable[bool]],
]
KINDS: dict[str, Kind] = {
    "inbox": (
        add_message,
        lambda uow: uow.inbox.claim_due,
        lambda uow, mine: uow.inbox.decide(mine, None, now=NOW),
    ),
    "outbox": (
        add_post,
        lambda uow: uow.outbox.claim_ready,
        lambda uow, mine: uow.outbox.mark_sent(mine, "1.5", now=NOW),
    ),
    "asks": (
        add_ask,
        lambda uow: uow.asks.claim_due,
        lambda uow, mine: uow.asks.complete(mine, now=NOW),
    ),
    "reflections": (
        add_person,
        lambda uow: uow.weekly.claim_due_reflections,
        lambda uow, mine: uow.weekly.finish_reflection(mine, next_due=None, time_zone=None),
    ),
    "digests": (
        add_team,
        lambda uow: uow.weekly.claim_due_digests,
        lambda uow, mine: uow.weekly.finish_digest(mine, next_due=None),
    ),
}


@pytest.fixture(params=list(KINDS))
def kind(request: pytest.FixtureRequest) -> Kind:
    """Return how one kind of work is added, claimed and finished."""
    return KINDS[request.param]


async def claim(
    kind: Kind, store: Store, owner: str, *, now: float = NOW, limit: int = 9
) -> Claimed:
    async with store.begin() as uow:
        claim_due = kind[1](uow)
        claimed: Claimed = await claim_due(
            now=now, limit=limit, owner=owner, lease_until=now + LEASE
        )
        return claimed


async def race(
    kind: Kind, workers: Workers, *, batch: int = 0, limit: int = 9
) -> tuple[Claimed, Claimed]:
    """Let both claim at the same moment; an owner of each batch never gets a row of another."""
    mine, theirs = await asyncio.gather(
        claim(kind, workers.one, f"{ME}-{batch}", limit=limit),
        claim(kind, workers.two, f"{RIVAL}-{batch}", limit=limit),
    )
    return mine, theirs


async def test_one_row_has_one_winner(kind: Kind, workers: Workers) -> None:
    """Both claim at the same moment: exactly one has it, and only that one can finish it."""
    add, _, finish = kind
    for n in range(1, ROUNDS + 1):
        async with workers.one.begin() as uow:
            await add(uow, n)
        mine, theirs = await race(kind, workers)
        assert len(mine) + len(theirs) == 1
        async with workers.two.begin() as uow:
            assert await finish(uow, (mine or theirs)[0])


async def test_many_rows_are_shared(kind: Kind, workers: Workers) -> None:
    """No row is in two batches, and none is left out."""
    add = kind[0]
    async with workers.one.begin() as uow:
        for n in range(20):
            await add(uow, n)
    found: Claimed = []
    for batch in range(10):
        for claimed in await race(kind, workers, batch=batch, limit=3):
            found += claimed
            assert len(claimed) <= 3
    rows = {getattr(c, "id", None) or getattr(c, "user_id", None) or c.team.id for c in found}

    assert len(rows) == len(found) == 20
    assert all(c.claim_number == 1 for c in found)


async def test_a_late_and_a_current_worker_finish_at_the_same_moment(
    kind: Kind, workers: Workers
) -> None:
    """The lease has run out and the row was claimed anew: only the current claim counts."""
    add, _, finish = kind

    async def end(store: Store, claimed: Any) -> bool:
        async with store.begin() as uow:
            return await finish(uow, claimed)

    for n in range(1, ROUNDS + 1):
        async with workers.one.begin() as uow:
            await add(uow, n)
        (late,) = await claim(kind, workers.one, ME)
        (current,) = await claim(kind, workers.two, RIVAL, now=NOW + LEASE)
        ends = (end(workers.one, late), end(workers.two, current))
        assert list(await asyncio.gather(*ends)) == [False, True]


async def test_one_channel_has_one_worker(workers: Workers) -> None:
    """Of a channel's messages two workers never deliver two at a time, and the gap holds."""
    posted: list[tuple[str, float]] = []

    async def deliver(store: Store, owner: str, now: float) -> None:
        async with store.begin() as uow:
            claimed = await claim_messages(uow, now=now, owner=owner)
        for one in claimed:
            posted.append((one.message.key, now))
            async with store.begin() as uow:
                assert await uow.outbox.mark_sending(one, now=now, unconfirmed_until=now + 15)
            async with store.begin() as uow:
                assert await uow.outbox.mark_sent(one, "1.5", now=now)
                await uow.outbox.hold_channel("T1", "C1", until=now + 1)

    async with workers.one.begin() as uow:
        for n in range(12):
            await uow.outbox.enqueue(nudge(n), now=NOW)
    for tick in range(30):
        now = NOW + tick / 2
        await asyncio.gather(deliver(workers.one, ME, now), deliver(workers.two, RIVAL, now))

    assert [key for key, _ in posted] == [f"nudge-{n}" for n in range(12)]
    assert all(b - a >= 1 for (_, a), (_, b) in pairwise(posted))


async def test_the_loser_of_a_channel_leaves_the_hold(workers: Workers) -> None:
    """Both claim from one channel at the same moment; the channel stays the winner's."""
    for n in range(1, ROUNDS + 1):
        async with workers.one.begin() as uow:
            for second in (0, 1):
                post = nudge(n, channel_id=f"C{n}", key=f"{n}-{second}")
                await uow.outbox.enqueue(post, now=NOW)
        mine, theirs = await race(KINDS["outbox"], workers, batch=n)
        assert len(mine) + len(theirs) == 1
        assert await claim(KINDS["outbox"], workers.two, "third") == []


async def test_a_withdrawal_and_a_decision_at_the_same_moment(workers: Workers) -> None:
    """Either the message is withdrawn or it is decided, never both."""
    for n in range(1, ROUNDS + 1):
        async with workers.one.begin() as uow:
            await add_message(uow, n)
            (candidate,) = await uow.inbox.claim_due(
                now=NOW, limit=9, owner=ME, lease_until=NOW + LEASE
            )

        async def decide(mine: Any = candidate) -> bool:
            async with workers.one.begin() as uow:
                return await uow.inbox.decide(mine, None, now=NOW)

        async def replace(number: int = n) -> bool:
            newer = message(number, text="new", version="1770000000.000000")
            async with workers.two.begin() as uow:
                return await uow.inbox.replace_waiting(NewMessage(newer, NOW + 2 * LEASE + number))

        assert sorted(await asyncio.gather(decide(), replace())) == [False, True]


async def test_a_cancellation_and_a_try_at_the_same_moment(workers: Workers) -> None:
    """Either the question is taken back or it is being sent, never both."""
    for n in range(1, ROUNDS + 1):
        async with workers.one.begin() as uow:
            await add_post(uow, n)
            (claimed,) = await claim_messages(uow)

        async def send(mine: Any = claimed) -> bool:
            async with workers.one.begin() as uow:
                return await uow.outbox.mark_sending(
                    mine, now=NOW, unconfirmed_until=NOW + 9 * LEASE
                )

        async def cancel(mine: Any = claimed) -> bool:
            async with workers.two.begin() as uow:
                return await uow.outbox.cancel("T1", mine.message.key, "deleted", now=NOW)

        assert sorted(await asyncio.gather(send(), cancel())) == [False, True]


@pytest.mark.parametrize("name", ["inbox", "asks"])
async def test_a_person_is_forgotten_while_work_of_theirs_ends(
    name: str, workers: Workers, playbook: Playbook
) -> None:
    """What was decided or answered and what it noted go together; neither waits for the other."""
    kind = KINDS[name]
    async with workers.one.begin() as uow:
        await kind[0](uow, 1)
        await uow.people.note_question("T1", "U1", "fixing-01", at=NOW)
    (mine,) = await claim(kind, workers.one, ME)
    erasure = Erasure(rules=rules_of(playbook), store=workers.two, clock=lambda: NOW)
    async with workers.one.begin() as uow:
        assert await kind[2](uow, mine)
        forgotten = asyncio.create_task(erasure.forget_person("T1", "U1"))
        await asyncio.sleep(0.2)
        await uow.people.note_question("T1", "U1", "fixing-01", at=NOW + 1)
    await forgotten
    async with workers.one.begin() as uow:
        assert not any((await uow.personal_data.export("T1", "U1")).values())


@pytest.mark.parametrize(
    "address", [pytest.param("postgres", marks=pytest.mark.postgres)], indirect=True
)
async def test_people_are_forgotten_while_messages_to_them_are_claimed_and_sent(
    workers: Workers, playbook: Playbook
) -> None:
    """Erasures, claims and deliveries lock messages and pacing in one order, so none fails."""
    erasure = Erasure(rules=rules_of(playbook), store=workers.two, clock=lambda: NOW)
    people = [f"U{n}" for n in range(12)]

    async def deliver(store: Store, owner: str) -> None:
        async with store.begin() as uow:
            claimed = await uow.outbox.claim_ready(
                now=NOW, limit=9, owner=owner, lease_until=NOW + LEASE
            )
        for one in claimed:
            async with store.begin() as uow:
                await uow.outbox.mark_sent(one, "1.5", now=NOW)
                await uow.outbox.hold_channel(
                    "T1", one.message.channel_id, until=NOW, owner=one.lease_owner
                )

    for turn in range(8):
        async with workers.one.begin() as uow:
            for user_id in people:
                await uow.outbox.hold_channel("T1", user_id, until=NOW)
                for n in range(2):
                    post = direct_message(
                        f"{turn}-{user_id}-{n}", channel_id=user_id, recipient_id=user_id
                    )
                    await uow.outbox.enqueue(post, now=NOW)
        await asyncio.gather(
            deliver(workers.one, ME),
            *(erasure.forget_person("T1", user_id) for user_id in people[::3]),
            deliver(workers.one, RIVAL),
            *(erasure.forget_person("T1", user_id) for user_id in people[1::3]),
        )


@pytest.mark.parametrize(
    "address", [pytest.param("postgres", marks=pytest.mark.postgres)], indirect=True
)
async def test_a_claim_in_the_middle_of_an_erasure_waits_for_nothing(
    workers: Workers, address: str
) -> None:
    """The erasure has a person's message already and comes to the pacing last."""
    tables = list(OWNERS)
    assert tables.index("outbox") < tables.index("channel_pacing")
    async with workers.one.begin() as uow:
        await uow.outbox.enqueue(direct_message(), now=NOW)
        await uow.outbox.hold_channel("T1", "U1", until=NOW)
    database = Database(address)
    async with database.begin() as connection:
        await connection.execute(delete(outbox).where(outbox.c.recipient_id == "U1"))
        claiming = asyncio.create_task(claim(KINDS["outbox"], workers.one, ME))
        await asyncio.sleep(0.3)
        await connection.execute(delete(channel_pacing).where(channel_pacing.c.channel_id == "U1"))
    await database.close()

    assert await claiming == []


async def test_a_claim_of_one_leaves_the_others(store: Store) -> None:
    """What a job names is claimed, or nothing; when it can be claimed, the row says."""
    async with store.begin() as uow:
        for n in (1, 2):
            await add_message(uow, n)
            await add_post(uow, n)
            await add_ask(uow, n)
    post, asked, said = nudge(2, channel_id="C2"), ask("ask-2"), message(2)
    posting = WorkItem(WorkKind.DELIVERY, "T1", post.channel_id, post.key)
    asking = WorkItem(WorkKind.ASK, "T1", "", asked.key)
    deciding = WorkItem(WorkKind.DECISION, "T1", said.channel_id, said.ts)
    options: dict[str, Any] = {"now": NOW, "limit": 9, "owner": ME, "lease_until": NOW + LEASE}
    async with store.begin() as uow:
        posts = await uow.outbox.claim_ready(**options, only=posting)
        asks = await uow.asks.claim_due(**options, only=asking)
        messages = await uow.inbox.claim_due(**options, only=deciding)
        assert [p.message.key for p in posts] == [post.key]
        assert [a.ask.key for a in asks] == [asked.key]
        assert [m.message.ts for m in messages] == [said.ts]
        assert await uow.outbox.next_ready(posting) == NOW + LEASE
        assert await uow.asks.next_due(asking) == NOW + LEASE
        assert await uow.inbox.next_due(deciding) == NOW + LEASE
        for row in messages:
            await uow.inbox.decide(row, None, now=NOW)
        assert await uow.inbox.next_due(deciding) is None
        assert await uow.inbox.next_due() == NOW
