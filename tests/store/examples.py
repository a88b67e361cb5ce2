"""Short ways to put rows into a database."""

from __future__ import annotations

from pathlib import Path

from bot.core.model import Message, Reason, Trap
from bot.flows.ports.findings import Finding
from bot.flows.ports.inbox import Candidate, NewMessage
from bot.flows.ports.outbox import ClaimedMessage, MessageKind, OutgoingMessage
from bot.store.database import Database
from bot.store.encryption import Encryptor, derive_key, generate_secret
from bot.store.unit_of_work import SqlStore

NOW = 1_760_000_000.0
OWNER = "worker"
KEYS = Encryptor(derive_key(generate_secret(), b"salt"))  # every store here has them


def message(n: int = 1, words: str = "they owe us") -> Message:
    """Return a seller's n-th message."""
    at = f"{1_760_000_000 + n}.000100"
    return Message(f"Ev{n}", "T1", "C1", at, "U1", words, version=at)


def store_of(database: Database) -> SqlStore:
    """Return a store over a database."""
    return SqlStore(database, KEYS)


async def add(store: SqlStore, n: int = 1, *, words: str = "they owe us", at: float = NOW) -> bool:
    """Store a message that is due."""
    async with store.begin() as uow:
        return await uow.inbox.add(NewMessage(message(n, words), at), now=at)


async def claim(store: SqlStore, *, at: float = NOW) -> Candidate:
    """Claim the one message that is due."""
    async with store.begin() as uow:
        (found,) = await uow.inbox.claim_due(now=at, limit=9, owner=OWNER, lease_until=at + 9)
    return found


async def decide(
    store: SqlStore, n: int = 1, *, reason: Reason | None = Reason.DAILY_CAP, at: float = NOW
) -> str:
    """Store a message and decide it; return the key of its nudge, which is queued if we speak."""
    await add(store, n, at=at)
    candidate = await claim(store, at=at)
    key = f"nudge-{n}"
    finding = Finding(
        inbox_id=candidate.id,
        workspace_id="T1",
        channel_id="C1",
        thread_ts=candidate.message.ts,
        author_id="U1",
        trap=Trap.FIXING,
        score=0.97,
        detector="test",
        playbook_version="p",
        outcome=reason,
        question_id=None if reason else "fixing-01",
        key=None if reason else key,
    )
    nudge = OutgoingMessage(
        key, MessageKind.NUDGE, "T1", "C1", "U1", candidate.message.ts, {"question": "What?"}
    )
    async with store.begin() as uow:
        await uow.inbox.decide(candidate, reason, now=at)
        await uow.findings.add(finding, now=at)
        if reason is None:
            await uow.outbox.enqueue(nudge, now=at)
    return key


async def claim_post(store: SqlStore, *, at: float = NOW) -> ClaimedMessage:
    """Claim the one outgoing message that is ready."""
    async with store.begin() as uow:
        (post,) = await uow.outbox.claim_ready(now=at, limit=9, owner=OWNER, lease_until=at + 9)
    return post


async def count_waiting(store: SqlStore) -> int:
    """Return how many messages wait."""
    async with store.begin() as uow:
        return await uow.inbox.count_waiting()


def every_byte(folder: Path) -> bytes:
    """All files of a database: the file itself, write-ahead, shared memory, lock."""
    return b"".join(f.read_bytes() for f in folder.iterdir() if f.is_file())
