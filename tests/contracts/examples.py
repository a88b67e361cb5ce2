"""Values that the contract tests share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from bot.core.model import Message, Reason, Trap
from bot.flows.ports.asks import Ask, AskKind, ClaimedAsk, ReplyPlace
from bot.flows.ports.findings import Finding
from bot.flows.ports.inbox import Candidate, NewMessage
from bot.flows.ports.outbox import ClaimedMessage, MessageKind, OutgoingMessage
from bot.flows.ports.sales_teams import SalesTeam
from bot.flows.ports.unit_of_work import Store, UnitOfWork

NOW = 1_760_000_000.0
DAY = 86_400.0
LEASE = 120.0
ME, RIVAL = "worker-1", "worker-2"


@dataclass(frozen=True)
class Workers:
    """Two workers' stores, over the same data; and the store of a process that starts without the
    key of the settings."""

    one: Store
    two: Store
    without_key: Store


def message(n: int = 1, **changes: str) -> Message:
    """Return a seller's n-th message."""
    ts = f"{1_760_000_000 + n}.000100"
    made = Message(f"Ev{n}", "T1", "C1", ts, "U1", f"they owe us {n}", version=ts)
    return replace(made, **changes)


def nudge(n: int = 1, **changes: Any) -> OutgoingMessage:
    """Return the question that answers the n-th message."""
    about = message(n)
    made = OutgoingMessage(
        key=f"nudge-{n}",
        kind=MessageKind.NUDGE,
        workspace_id="T1",
        channel_id="C1",
        recipient_id="U1",
        thread_ts=about.ts,
        content={"mirror": "No answer so far.", "question": "What could help?"},
    )
    return replace(made, **changes)


def direct_message(key: str = "reflection-1", **changes: Any) -> OutgoingMessage:
    """Return a rendered message for one person."""
    content = {"text": "A look back", "blocks": [{"type": "divider"}]}
    made = OutgoingMessage(key, MessageKind.MESSAGE, "T1", "U1", recipient_id="U1", content=content)
    return replace(made, **changes)


def ask(key: str = "ask-1", **changes: Any) -> Ask:
    """Return a question of a person's."""
    made = Ask(
        key, AskKind.ADVICE, "T1", "U1", ReplyPlace.RESPONSE, "https://hooks.example/1", "canary"
    )
    return replace(made, **changes)


def finding(inbox_id: int, n: int = 1, **changes: Any) -> Finding:
    """Return the decision to answer the n-th message with its nudge."""
    made = Finding(
        inbox_id=inbox_id,
        workspace_id="T1",
        channel_id="C1",
        thread_ts=message(n).ts,
        author_id="U1",
        trap=Trap.FIXING,
        score=0.97,
        detector="test",
        playbook_version="p",
        outcome=None,
        question_id=f"fixing-0{n}",
        key=f"nudge-{n}",
        situations=("demo", "price"),
    )
    return replace(made, **changes)


def team(id: str = "G1", **changes: Any) -> SalesTeam:
    """Return a manager's team."""
    return replace(SalesTeam(id, "T1", "boss", "Harbor", "mon 09:00"), **changes)


async def join(
    uow: UnitOfWork, made: SalesTeam, users: Sequence[str], *, accepted: float | None
) -> None:
    """Save a team, name these people and ask them; at ``accepted`` they agree."""
    await uow.sales_teams.save(made, digest_due=0.0, now=0.0)
    await uow.sales_teams.set_named(made, users, now=0.0)
    for user_id in users:
        await uow.sales_teams.invite(made, user_id)
        if accepted is not None:
            await uow.sales_teams.accept(made.workspace_id, made.id, user_id, now=accepted)


async def claim_one(uow: UnitOfWork, *, now: float = NOW, owner: str = ME) -> Candidate:
    """Claim the one message that is due."""
    (candidate,) = await uow.inbox.claim_due(now=now, limit=9, owner=owner, lease_until=now + LEASE)
    return candidate


async def claim_message(uow: UnitOfWork, *, now: float = NOW, owner: str = ME) -> ClaimedMessage:
    """Claim the one outgoing message that is ready."""
    (claimed,) = await claim_messages(uow, now=now, owner=owner)
    return claimed


async def claim_messages(
    uow: UnitOfWork, *, now: float = NOW, owner: str = ME, limit: int = 9
) -> list[ClaimedMessage]:
    """Claim outgoing messages."""
    return await uow.outbox.claim_ready(now=now, limit=limit, owner=owner, lease_until=now + LEASE)


async def claim_ask(uow: UnitOfWork, *, now: float = NOW, owner: str = ME) -> ClaimedAsk:
    """Claim the one ask that is due."""
    (claimed,) = await uow.asks.claim_due(now=now, limit=9, owner=owner, lease_until=now + LEASE)
    return claimed


async def decide(
    store: Store,
    n: int = 1,
    *,
    at: float = NOW,
    reason: Reason | None = None,
    workspace_id: str = "T1",
    **changes: Any,
) -> int:
    """Store the n-th message and decide it: as silence with a reason, or to speak.

    Args:
        store: where.
        n: which message.
        at: when, Unix seconds.
        reason: of the silence; None to speak, with the nudge in the outbox.
        workspace_id: whose.
        changes: of the finding.

    Returns:
        The id of the row in the inbox.
    """
    made = message(n, workspace_id=workspace_id)
    changes = {"workspace_id": workspace_id, "outcome": reason} | changes
    if reason is not None:
        changes = {"key": None, "question_id": None} | changes
    kept = finding(0, n, **changes)
    made = replace(made, channel_id=kept.channel_id, author_id=kept.author_id)
    async with store.begin() as uow:
        await uow.inbox.add(NewMessage(made, at), now=at)
        candidate = await claim_one(uow, now=at)
        await uow.inbox.decide(candidate, reason, now=at)
        await uow.findings.add(replace(kept, inbox_id=candidate.id), now=at)
        if reason is None and kept.key:
            post = nudge(n, workspace_id=workspace_id, key=kept.key, channel_id=kept.channel_id)
            await uow.outbox.enqueue(replace(post, recipient_id=kept.author_id), now=at)
    return candidate.id


async def send(store: Store, *, now: float = NOW, ts: str = "1760000050.000200") -> ClaimedMessage:
    """Send the one message that is ready, and free its channel."""
    async with store.begin() as uow:
        claimed = await claim_message(uow, now=now)
        await uow.outbox.mark_sending(claimed, now=now, unconfirmed_until=now + 15)
        assert await uow.outbox.mark_sent(claimed, ts, now=now)
        await uow.outbox.hold_channel(
            claimed.message.workspace_id, claimed.message.channel_id, until=now
        )
    return claimed
