"""A text whose key is lost is fetched again; what waits unread is never readable meanwhile."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from bot.core.model import Audience, DirectMessage, Message, Reason
from bot.core.policy import Limits
from bot.flows.errors import RateLimitedError, SlackRefusedError, SlackUnavailableError
from bot.flows.ports.asks import Ask, AskKind, ReplyPlace
from bot.flows.ports.outbox import MessageKind
from tests.fakes.memory_store import MemoryStore
from tests.flows.stories import Stories

BLAME = "blame: they never answer"
SILENT = SlackUnavailableError("HTTP 503")


def restart(stories: Stories, *, has_key: bool) -> Stories:
    """Return the stories of the process that comes after this one."""
    assert isinstance(stories.store, MemoryStore)
    store = stories.store.restarted(has_key=has_key)
    after = replace(stories, store=store, owner="worker-2", now=stories.now + 121)
    after.chat.clock = after.clock
    return after


async def received(stories: Stories, text: str = BLAME, **changes: str) -> Message:
    stories.now += 1
    message = stories.message(text, **changes)
    stories.chat.messages.append(message)
    await stories.intake.receive(message)
    return message


def burst(stories: Stories, count: int) -> list[Message]:
    """Return messages that are written within one second."""
    return [stories.message(BLAME, ts=f"{stories.now + n / 100:.6f}") for n in range(count)]


async def decided(stories: Stories) -> None:
    await stories.nudge.run_due()
    await stories.deliver_all()


def reasons(stories: Stories) -> list[str | None]:
    assert isinstance(stories.store, MemoryStore)
    return [row.outcome for row in stories.store.state.inbox]


async def test_a_lost_text_is_fetched_again(stories: Stories) -> None:
    """And answered as if nothing had happened."""
    await received(stories)
    after = restart(stories, has_key=False)
    await decided(after)

    assert len(after.chat.keys("T1")) == 1
    assert after.chat.calls.count("messages_at") == 1


async def test_with_the_key_nothing_is_fetched(stories: Stories) -> None:
    """A process that shares the key goes on where the other stopped."""
    await received(stories)
    after = restart(stories, has_key=True)
    await decided(after)

    assert len(after.chat.keys("T1")) == 1
    assert "messages_at" not in after.chat.calls


async def test_several_of_one_channel_share_a_call(stories: Stories) -> None:
    """Those in the channel itself share one, and those in a thread another."""
    for author in ("U1", "U2", "U3"):
        await received(stories, author_id=author)
    await received(stories, author_id="U4", thread_ts="1760000000.000100")
    after = restart(stories, has_key=False)
    await decided(after)

    assert after.chat.calls.count("messages_at") == 2
    assert len(after.chat.keys("T1")) == 4


async def test_a_text_edited_meanwhile_counts_as_edited(stories: Stories) -> None:
    """It settles again, and the newer wording decides."""
    message = await received(stories)
    after = restart(stories, has_key=False)
    after.chat.messages[:] = [replace(message, text="fine now", version="1899999999.000100")]
    await decided(after)
    await decided(after)

    assert after.chat.keys("T1") == []
    assert reasons(after) == []  # an ordinary message: nothing stays


async def test_a_missing_message_counts_as_deleted(stories: Stories) -> None:
    await received(stories)
    after = restart(stories, has_key=False)
    after.chat.messages.clear()
    await decided(after)

    assert after.chat.keys("T1") == []
    assert reasons(after) == [Reason.DELETED]


@pytest.mark.parametrize("code", ["not_in_channel", "missing_scope"])
async def test_a_refused_call_is_silence_with_its_reason(stories: Stories, code: str) -> None:
    await received(stories)
    after = restart(stories, has_key=False)
    after.chat.failures["messages_at"] = [SlackRefusedError(code)]
    await decided(after)

    assert reasons(after) == [Reason.TEXT_LOST]
    assert stories.playbook.text("quiet", Reason.TEXT_LOST)


async def test_calls_that_fail_too_often_are_silence_with_the_same_reason(
    stories: Stories,
) -> None:
    """Such as with a token that nobody replaces."""
    await received(stories)
    after = restart(stories, has_key=False)
    after.chat.failures["messages_at"] = [SlackRefusedError("invalid_auth")] * 9
    for _ in range(9):
        await decided(after)
        after.now += 200

    assert reasons(after) == [Reason.TEXT_LOST]


async def test_a_limited_call_is_waited_for_and_is_no_try(stories: Stories) -> None:
    """Some apps get one such call per minute."""
    await received(stories)
    after = restart(stories, has_key=False)
    after.chat.failures["messages_at"] = [RateLimitedError(60, "messages_at")] * 7
    for _ in range(7):
        await decided(after)
        assert after.chat.keys("T1") == []
        after.now += 61
    await decided(after)

    assert len(after.chat.keys("T1")) == 1


async def test_a_message_waits_until_slack_says_who_reads(stories: Stories) -> None:
    """It is not passed over while Slack is silent, and opens in this process alone."""
    stories.chat.failures["audience"] = [SILENT] * 4
    await received(stories)
    assert isinstance(stories.store, MemoryStore)
    (row,) = stories.store.state.inbox
    assert row.sealed_by != 0  # not the key that others share
    for _ in range(3):
        await decided(stories)
        stories.now += 10

    assert len(stories.chat.keys("T1")) == 1


@pytest.mark.parametrize("reader", [Audience.OUTSIDERS, Audience.UNKNOWN])
async def test_nothing_stays_where_outsiders_turn_out_to_read(
    stories: Stories, reader: Audience
) -> None:
    """What waited for that answer is forgotten, ids and all."""
    stories.chat.failures["audience"] = [SILENT, SILENT]
    message = await received(stories)
    stories.chat.audiences[message.workspace_id, message.channel_id] = reader
    await decided(stories)

    assert reasons(stories) == []
    assert stories.chat.keys("T1") == []


async def test_a_lost_ask_is_answered_with_that(stories: Stories) -> None:
    """It can't be fetched again, so the person is asked to repeat it."""
    await stories.on_demand.submit(
        Ask("a", AskKind.ADVICE, "T1", "U1", ReplyPlace.RESPONSE, "https://hooks/1", BLAME)
    )
    after = restart(stories, has_key=False)
    await after.on_demand.run_due()

    ((_, reply),) = after.presenter.replies
    assert reply.line == stories.playbook.text("advice", "words_lost")


async def test_a_lost_reply_is_replaced_by_a_request(stories: Stories) -> None:
    """A direct message that was queued but not sent: it is not sent empty, and not dropped."""
    message = replace(stories.message("they never answer"), channel_id="D1")
    await stories.direct_messages.receive(DirectMessage(message))
    await stories.on_demand.run_due()
    assert isinstance(stories.store, MemoryStore)
    answer = next(r for r in stories.store.state.outbox if r.message.kind is MessageKind.MESSAGE)
    assert answer.message.private_content is not None
    after = restart(stories, has_key=False)
    async with after.store.begin() as uow:
        claimed = await uow.outbox.claim_ready(
            now=after.now, limit=9, owner="worker-2", lease_until=after.now + 9
        )

    again = stories.playbook.text("advice", "words_lost")
    assert again in str(claimed[0].message.content)


async def test_a_burst_shares_one_transaction(stories: Stories) -> None:
    """Those who come while it is written wait for the next one; each hears of its own message."""
    assert isinstance(stories.store, MemoryStore)
    begun = 0
    begin = stories.store.begin

    def counted():  # type: ignore[no-untyped-def]
        nonlocal begun
        begun += 1
        return begin()

    stories.store.begin = counted  # type: ignore[method-assign]
    messages = burst(stories, 40)
    heard = await asyncio.gather(*(stories.intake.receive(m) for m in [*messages, messages[0]]))

    assert heard == [None] * 41
    assert len(stories.store.state.inbox) == 40
    assert begun <= 3


async def test_a_burst_is_not_acknowledged_while_the_database_is_away(stories: Stories) -> None:
    """Each of those who wait hears of it, and all is well again afterward."""
    assert isinstance(stories.store, MemoryStore)
    stories.store.unavailable = True
    messages = burst(stories, 9)
    failed = await asyncio.gather(
        *(stories.intake.receive(m) for m in messages), return_exceptions=True
    )
    assert {type(f).__name__ for f in failed} == {"StoreUnavailableError"}
    stories.store.unavailable = False
    await asyncio.gather(*(stories.intake.receive(m) for m in messages))

    assert len(stories.store.state.inbox) == 9


def test_the_limits_hold_a_burst() -> None:
    assert Limits().batches.arrivals > 64
