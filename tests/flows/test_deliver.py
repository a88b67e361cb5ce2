"""The outbox becomes posts, each once, whatever fails; over in-memory ports."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.core.model import Audience, Person
from bot.core.policy import Limits
from bot.flows.errors import (
    DeliveryUnconfirmedError,
    RateLimitedError,
    SlackRefusedError,
    SlackUnavailableError,
    StoreUnavailableError,
)
from bot.flows.ports.outbox import ClaimedMessage, MessageKind, OutgoingMessage
from tests.flows.stories import UNLIMITED, Stories


async def enqueue(stories: Stories, key: str, **changes: object) -> None:
    values = {
        "kind": MessageKind.NUDGE,
        "workspace_id": "T1",
        "channel_id": "C-deal",
        "recipient_id": "U-ana",
        "thread_ts": "1.1",
    }
    async with stories.store.begin() as uow:
        message = OutgoingMessage(key=key, **{**values, **changes})  # type: ignore[arg-type]
        await uow.outbox.enqueue(message, now=stories.now)


async def open_messages(stories: Stories) -> int:
    async with stories.store.begin() as uow:
        return await uow.outbox.count_open()


@pytest.mark.fault_case(9)
async def test_one_message_per_channel_at_a_time(stories: Stories) -> None:
    """The one-second gap holds for every worker, because the database keeps it."""
    stories.limits = replace(UNLIMITED, post_gap_seconds=1)
    other = Stories(stories.store, stories.playbook, "worker-2", stories.limits, chat=stories.chat)
    for key in ("a", "b", "c"):
        await enqueue(stories, key)
    await enqueue(stories, "elsewhere", channel_id="C-other")

    await stories.deliver_all()
    await other.deliver_all()
    assert sorted(stories.chat.keys("T1")) == ["a", "elsewhere"]

    other.now = stories.now = stories.now + 1
    next_at = await other.deliver_all()
    assert sorted(stories.chat.keys("T1")) == ["a", "b", "elsewhere"]
    assert next_at == pytest.approx(stories.now + 1)


async def test_retry_after_holds_the_channel_for_every_worker(stories: Stories) -> None:
    other = Stories(stories.store, stories.playbook, "worker-2", stories.limits, chat=stories.chat)
    await enqueue(stories, "a")
    await enqueue(stories, "b")
    stories.chat.failures["post"] = [RateLimitedError(30)]
    await stories.deliver_all()
    await other.deliver_all()
    assert stories.chat.keys("T1") == []

    other.now = stories.now + 30
    await other.deliver_all()
    assert sorted(stories.chat.keys("T1")) == ["a", "b"]


async def test_being_asked_to_wait_does_not_count_as_a_try(stories: Stories) -> None:
    await enqueue(stories, "a")
    stories.chat.failures["post"] = [RateLimitedError(60)] * 9
    for _ in range(10):
        await stories.deliver_all()
        stories.now += 60

    assert stories.chat.keys("T1") == ["a"]


async def test_an_unconfirmed_post_is_looked_for_and_not_repeated(stories: Stories) -> None:
    await enqueue(stories, "a")

    def cut_the_connection(_: ClaimedMessage) -> None:
        raise DeliveryUnconfirmedError("connection cut")

    stories.chat.after_post = cut_the_connection
    await stories.deliver_all()
    stories.chat.after_post = lambda _: None
    assert await open_messages(stories) == 1

    stories.now += 16
    await stories.deliver_all()
    assert stories.chat.keys("T1") == ["a"]
    assert await open_messages(stories) == 0


async def test_an_unconfirmed_post_that_is_missing_is_sent_again(stories: Stories) -> None:
    await enqueue(stories, "a")
    stories.chat.failures["post"] = [DeliveryUnconfirmedError("connection cut")]
    await stories.deliver_all()
    assert stories.chat.keys("T1") == []

    stories.now += 16
    await stories.deliver_all()
    assert stories.chat.keys("T1") == ["a"]


async def test_nothing_is_sent_after_a_failed_look(stories: Stories) -> None:
    await enqueue(stories, "a")
    stories.chat.failures["post"] = [DeliveryUnconfirmedError("connection cut")]
    stories.chat.failures["find"] = [SlackUnavailableError("HTTP 503")] * 99
    for _ in range(12):
        await stories.deliver_all()
        stories.now += 300

    assert stories.chat.calls.count("post") == 1
    assert await open_messages(stories) == 0


async def test_an_unconfirmed_private_nudge_is_let_go(stories: Stories) -> None:
    """Nobody can look for a line that one person sees: rather none than two."""
    await enqueue(stories, "a", kind=MessageKind.EPHEMERAL_NUDGE)
    stories.chat.failures["post"] = [DeliveryUnconfirmedError("connection cut")]
    await stories.deliver_all()
    stories.now += 16
    await stories.deliver_all()

    assert stories.chat.calls.count("post") == 1
    assert await open_messages(stories) == 0


async def test_a_busy_database_posts_nothing_twice(stories: Stories) -> None:
    """One sibling can't write; the other's post is waited for, and not started again."""
    await enqueue(stories, "slow")
    await enqueue(stories, "busy", channel_id="C-other")
    begin = stories.store.begin

    def busy_once(claimed: ClaimedMessage) -> None:
        if claimed.message.key == "busy":
            raise StoreUnavailableError("locked")

    stories.chat.after_post = busy_once
    with pytest.raises(StoreUnavailableError):
        await stories.deliver_all()
    stories.chat.after_post = lambda _: None
    assert stories.store.begin == begin
    stories.now += 16
    await stories.deliver_all()

    assert sorted(stories.chat.keys("T1")) == ["busy", "slow"]
    assert await open_messages(stories) == 0


async def test_a_worker_that_lost_its_claim_posts_nothing(stories: Stories) -> None:
    await enqueue(stories, "a")
    async with stories.store.begin() as uow:
        slow = await uow.outbox.claim_ready(
            now=stories.now, limit=9, owner="slow", lease_until=stories.now + 120
        )
    stories.now += 121
    await stories.deliver_all()
    async with stories.store.begin() as uow:
        assert not await uow.outbox.mark_sending(
            slow[0], now=stories.now, unconfirmed_until=stories.now + 15
        )

    assert stories.chat.keys("T1") == ["a"]


async def test_outsiders_who_joined_meanwhile_see_nothing(stories: Stories) -> None:
    await enqueue(stories, "a")
    stories.chat.audiences["T1", "C-deal"] = Audience.OUTSIDERS
    await stories.deliver_all()

    assert stories.chat.keys("T1") == []
    assert await open_messages(stories) == 0


async def test_a_guest_gets_no_direct_message(stories: Stories) -> None:
    """Somebody may have become a guest since the message was queued. What answers them in their
    conversation, such as how to see their data, is sent."""
    await enqueue(stories, "a", kind=MessageKind.MESSAGE, channel_id="U7", recipient_id="U7")
    await enqueue(stories, "b", kind=MessageKind.MESSAGE, channel_id="U8", recipient_id="U8")
    await enqueue(stories, "c", kind=MessageKind.MESSAGE, channel_id="D7", recipient_id="U7")
    guest = Person("U7", time_zone=None, utc_offset=0, is_colleague=False, is_outsider=True)
    stories.chat.people["T1", "U7"] = guest
    await stories.deliver_all()

    assert stories.chat.keys("T1") == ["b", "c"]
    assert await open_messages(stories) == 0


async def test_a_closed_channel_is_paused(stories: Stories) -> None:
    await enqueue(stories, "a")
    stories.chat.failures["post"] = [SlackRefusedError("is_archived")]
    await stories.deliver_all()
    async with stories.store.begin() as uow:
        settings = await uow.channels.settings("T1", "C-deal")

    assert settings.paused_until == stories.now + Limits().channel_pause_days * 86_400


async def test_a_refused_token_is_tried_again(
    stories: Stories, caplog: pytest.LogCaptureFixture
) -> None:
    await enqueue(stories, "a")
    stories.chat.failures["post"] = [SlackRefusedError("invalid_auth")]
    await stories.deliver_all()
    assert "workspace=T1 slack refuses the bot token (invalid_auth)" in caplog.text

    stories.now += 10
    await stories.deliver_all()
    assert stories.chat.keys("T1") == ["a"]


async def test_what_fails_for_good_is_given_up(stories: Stories) -> None:
    await enqueue(stories, "a")
    stories.chat.failures["post"] = [SlackUnavailableError("no route")] * 99
    for _ in range(12):
        await stories.deliver_all()
        stories.now += 200

    assert stories.chat.calls.count("post") == Limits().backoff.max_attempts
    assert await open_messages(stories) == 0


async def test_a_message_that_waited_too_long_is_dropped(stories: Stories) -> None:
    await enqueue(stories, "a")
    stories.now += Limits().deliver_within_seconds + 1
    await stories.deliver_all()

    assert stories.chat.calls == []
    assert await open_messages(stories) == 0


async def test_a_deletion_of_a_dropped_nudge_is_dropped_too(stories: Stories) -> None:
    await enqueue(stories, "a")
    await enqueue(stories, "delete-a", kind=MessageKind.DELETE, about_key="a")
    stories.chat.audiences["T1", "C-deal"] = Audience.OUTSIDERS
    await stories.deliver_all()

    assert await open_messages(stories) == 0


async def test_deleting_what_is_gone_is_done(stories: Stories) -> None:
    await enqueue(stories, "a")
    await stories.deliver_all()
    stories.chat.posted["T1"].clear()
    await enqueue(stories, "delete-a", kind=MessageKind.DELETE, about_key="a")
    await stories.deliver_all()

    assert await open_messages(stories) == 0


async def test_a_pause_while_slack_is_asked_who_the_reader_is(stories: Stories) -> None:
    """The gate is asked in the transaction that notes the try, not before."""
    message = stories.message("blame: they never answer")
    await stories.intake.receive(message)
    await stories.nudge.run_due()
    person = stories.chat.person

    async def person_who_pauses(workspace_id: str, user_id: str) -> Person:
        found = await person(workspace_id, user_id)
        async with stories.store.begin() as uow:
            await uow.people.update("T1", user_id, paused_until=stories.now + 600)
        return found

    stories.chat.person = person_who_pauses  # type: ignore[method-assign]
    await stories.deliver_all()

    assert f"nudge-C-deal-{message.ts}" not in stories.chat.keys("T1")
