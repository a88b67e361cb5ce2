"""The outbox, on SQLite and on PostgreSQL."""

from __future__ import annotations

import pytest

from bot.core.model import Message, Reply, Trap, Verdict
from bot.flows.ports import Post
from bot.store.database import Database
from bot.store.inbox import SqlInbox
from bot.store.outbox import SqlOutbox

NOW = 1_760_000_000.0
SURE = Verdict(Trap.FIXING, 0.97, suspicious=True, sure=True, detector="test")
REPLY = Reply("fixing-01", "A gap is in view.", "What did they say?", "Idea from: an article")


@pytest.fixture
def outbox(database: Database) -> SqlOutbox:
    return SqlOutbox(database)


@pytest.fixture
async def post(database: Database, outbox: SqlOutbox) -> Post:
    return await queued(database, outbox, "C1")


async def queued(database: Database, outbox: SqlOutbox, channel: str) -> Post:
    box = SqlInbox(database)
    at = "1760000001.000100"
    await box.accept(
        Message(f"Ev{channel}", "T1", channel, at, "U1", "text", version=at), due_at=0, now=NOW
    )
    (suspect,) = await box.due(NOW, 1)
    await box.decide(suspect, SURE, REPLY, now=NOW, playbook="p")
    return next(p for p in await outbox.ready(NOW, 10) if p.channel == channel)


async def test_a_decision_queues_its_words(post: Post) -> None:
    """The post carries the words, the thread and a key that can be found again."""
    assert post.body["question"] == "What did they say?"
    assert (post.thread_ts, post.target) == ("1760000001.000100", "U1")
    assert post.key == "nudge-C1-1760000001.000100"


async def test_a_try_is_written_before_it_happens(outbox: SqlOutbox, post: Post) -> None:
    """While a try is under way nobody gets the post; when it is overdue it comes back in doubt."""
    assert await outbox.begin(post, now=NOW, doubt_until=NOW + 15)

    assert await outbox.ready(NOW + 14, 10) == []
    (doubtful,) = await outbox.ready(NOW + 15, 10)
    assert doubtful.sending_since == NOW
    assert await outbox.next_ready() == NOW + 15


async def test_what_is_sent_is_done(outbox: SqlOutbox, post: Post) -> None:
    """A sent post never comes back, and can't be begun again."""
    await outbox.begin(post, now=NOW, doubt_until=NOW + 15)
    await outbox.sent(post, "1760000002.000100", now=NOW)

    assert await outbox.ready(NOW + 99, 10) == []
    assert not await outbox.begin(post, now=NOW, doubt_until=NOW + 15)
    assert await outbox.waiting() == 0


async def test_another_try_is_no_doubt(outbox: SqlOutbox, post: Post) -> None:
    """After a definite no the post is simply queued again, later."""
    await outbox.begin(post, now=NOW, doubt_until=NOW + 15)
    await outbox.again(post, at=NOW + 30)

    assert await outbox.ready(NOW + 29, 10) == []
    (back,) = await outbox.ready(NOW + 30, 10)
    assert back.sending_since is None


async def test_one_channel_waits_others_go_on(
    outbox: SqlOutbox, post: Post, database: Database
) -> None:
    """Channels that must wait are passed over."""
    await queued(database, outbox, "C2")

    assert [p.channel for p in await outbox.ready(NOW, 10, skip=["C1"])] == ["C2"]


async def test_a_dropped_post_is_not_said(outbox: SqlOutbox, post: Post) -> None:
    """A post that was dropped does not come back."""
    await outbox.drop(post, "is_archived", now=NOW)

    assert await outbox.ready(NOW + 99, 10) == []
    assert await outbox.next_ready() is None
