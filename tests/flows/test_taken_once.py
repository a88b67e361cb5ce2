"""What Slack delivers again is done once, also if its sender was forgotten in between."""

from __future__ import annotations

import pytest

from bot.core.model import DirectMessage, Message
from tests.flows.stories import Stories
from tests.flows.test_on_demand import command

BLAME = "blame: they never answer"


async def deliver_direct(stories: Stories, message: Message) -> None:
    await stories.direct_messages.receive(DirectMessage(message))
    await stories.on_demand.run_due()
    await stories.deliver_all()


@pytest.mark.parametrize("text", [BLAME, "pause until Friday", "help", "my data"])
@pytest.mark.parametrize("forgets", [True, False])
async def test_a_direct_message(stories: Stories, text: str, forgets: bool) -> None:
    message = stories.message(text, channel_id="D-ana")
    await deliver_direct(stories, message)
    before = stories.chat.keys("T1")
    assert len(before) == 1
    if forgets:
        await stories.erasure.forget_person("T1", "U-ana")
    for _ in range(2):
        stories.now += 5
        await deliver_direct(stories, message)

    assert stories.chat.keys("T1") == before


@pytest.mark.parametrize("key", ["command-1", "shortcut-1", "form-V1-h", "data-1", "why-1-U-ana"])
async def test_a_request(stories: Stories, key: str) -> None:
    assert await stories.on_demand.submit(command(key))
    await stories.on_demand.run_due()
    await stories.erasure.forget_person("T1", "U-ana")

    assert not await stories.on_demand.submit(command(key))
    await stories.on_demand.run_due()
    assert len(stories.presenter.replies) == 1


async def test_a_pause_that_was_ended_does_not_come_back(stories: Stories) -> None:
    """The event of a wish that was granted comes again, after the opposite was wished."""
    pause = stories.message("pause", channel_id="D-ana")
    await deliver_direct(stories, pause)
    stories.now += 5
    await stories.write_direct("resume")
    stories.now += 5
    await deliver_direct(stories, pause)
    async with stories.store.begin() as uow:
        assert not (await uow.people.preferences("T1", "U-ana")).is_paused(stories.now)


async def test_a_wish_below_a_question(stories: Stories) -> None:
    ts = await stories.coach_message(BLAME)
    stories.now += 60
    stop = stories.message("stop", thread_ts=ts)
    assert await stories.thread_replies.receive(stop)
    stories.now += 5
    await stories.pauses.resume("T1", "U-ana")
    assert await stories.thread_replies.receive(stop)
    async with stories.store.begin() as uow:
        assert not (await uow.people.preferences("T1", "U-ana")).is_paused(stories.now)


async def test_an_invitation(stories: Stories) -> None:
    assert await stories.invitation.accept("T1", "C-deal", "U-ana", "Ev1")
    await stories.deliver_all()
    before = stories.chat.keys("T1")
    await stories.erasure.forget_person("T1", "U-ana")

    assert not await stories.invitation.accept("T1", "C-deal", "U-ana", "Ev1")
    await stories.deliver_all()
    assert stories.chat.keys("T1") == before
