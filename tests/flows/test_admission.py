"""Who is no member of the workspace gets nothing done, wherever they write."""

from __future__ import annotations

import dataclasses

import pytest

from bot.core.admission import Admission, Purpose
from bot.core.model import Delivery, DirectMessage, Feedback, Message, Person, Preferences
from bot.flows.errors import SlackRefusedError, SlackUnavailableError
from bot.flows.feedback import Press
from tests.flows.stories import UNLIMITED, Stories

BLAME = "blame: they never answer"


def become_a_guest(stories: Stories, user_id: str = "U-ana") -> None:
    guest = Person(user_id, None, 0, is_colleague=False, is_outsider=True)
    stories.chat.people["T1", user_id] = guest


async def preferences(stories: Stories, user_id: str = "U-ana") -> Preferences:
    async with stories.store.begin() as uow:
        return await uow.people.preferences("T1", user_id)


async def queued(stories: Stories, message: Message) -> object:
    """Return what waits to be posted as the answer to a direct message."""
    place = f"{message.channel_id}-{message.ts}"
    async with stories.store.begin() as uow:
        contents = [
            await uow.outbox.contents_of("T1", key)
            for key in (f"thanks-{place}", f"answer-dm-{place}")
        ]
    return next(private or content for content, private in contents if content)


async def is_anything_kept(stories: Stories) -> bool:
    async with stories.store.begin() as uow:
        waiting = await uow.asks.count_waiting() + await uow.outbox.count_open()
        asked = await uow.asks.count_since("T1", "U-ana", 0)
    return bool(waiting or asked or stories.chat.keys("T1"))


@pytest.mark.parametrize("text", [BLAME, "pause", "resume", "coach me privately", "help", "hello"])
async def test_a_guest_who_writes_to_the_bot_gets_no_answer(stories: Stories, text: str) -> None:
    become_a_guest(stories)
    await stories.write_direct(text)

    assert not await is_anything_kept(stories)
    assert await preferences(stories) == Preferences()


@pytest.mark.parametrize("text", ["forget me", "please delete my data"])
async def test_a_guest_who_wants_to_be_forgotten_gets_the_button(
    stories: Stories, text: str
) -> None:
    become_a_guest(stories)
    message = stories.message(text, channel_id="D-ana")
    await stories.direct_messages.receive(DirectMessage(message))

    shown = {"erasure_prompt": stories.playbook.text("record", "forget")}
    assert await queued(stories, message) == shown


@pytest.mark.parametrize("text", ["my data", "GDPR"])
async def test_a_guest_who_asks_about_their_data_is_told_how(stories: Stories, text: str) -> None:
    become_a_guest(stories)
    message = stories.message(text, channel_id="D-ana")
    await stories.direct_messages.receive(DirectMessage(message))

    assert await queued(stories, message) == {"line": stories.playbook.text("command", "own_data")}


async def test_what_is_left_alone_without_slack(stories: Stories) -> None:
    """A pause counts though Slack doesn't say who it is; an ask waits until it does."""
    stories.chat.failures["person"] = [SlackUnavailableError("503")] * 2
    await stories.write_direct("pause")
    assert (await preferences(stories)).is_paused(stories.now)

    stories.now += 1
    message = stories.message(BLAME, channel_id="D-ana")
    stories.chat.failures["person"] = [SlackUnavailableError("503")] * 2
    await stories.direct_messages.receive(DirectMessage(message))
    await stories.on_demand.run_due()
    become_a_guest(stories)
    stories.now += 10
    await stories.on_demand.run_due()
    sentence = stories.playbook.text("people", "not_ours")
    assert await queued(stories, message) == {"ask_reply": sentence}


@pytest.mark.parametrize("code", ["user_not_found", "user_not_visible"])
async def test_somebody_whom_slack_does_not_know(stories: Stories, code: str) -> None:
    stories.chat.failures["person"] = [SlackRefusedError(code)]
    admission = await stories.admissions.admit("T1", "U-ana", Purpose.ORDINARY)
    assert admission is Admission.NOT_OURS


async def test_slack_that_never_answers_is_not_waited_for(
    stories: Stories, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    quick = dataclasses.replace(UNLIMITED, audience_within_seconds=0.05)
    stories = dataclasses.replace(stories, limits=quick)
    stories.chat.hangs = True
    ordinary = await stories.admissions.admit("T1", "U-ana", Purpose.ORDINARY)
    starts = await stories.admissions.admit("T1", "U-ana", Purpose.STARTS_SOMETHING)
    assert (ordinary, starts) == (Admission.ADMITTED, Admission.UNKNOWN)
    assert "workspace=T1 somebody was turned away: unknown" in caplog.text


async def test_a_guest_who_invites_the_bot_chooses_nothing(stories: Stories) -> None:
    become_a_guest(stories)
    assert await stories.invitation.accept("T1", "C-deal", "U-ana", "Ev1")
    await stories.deliver_all()

    async with stories.store.begin() as uow:
        channel = await uow.channels.settings("T1", "C-deal")
    assert channel.inviter_id != "U-ana"
    assert not [key for key in stories.chat.keys("T1") if key.startswith("hello-")]
    assert not await stories.channel_settings.choose_delivery(
        "T1", "C-deal", "U-ana", Delivery.PRIVATE
    )


async def test_a_wish_below_a_question_is_not_a_guests(stories: Stories) -> None:
    ts = await stories.coach_message(BLAME)
    become_a_guest(stories)
    stories.now += 60
    assert await stories.thread_replies.receive(stories.message("stop", thread_ts=ts))
    assert (await preferences(stories)).paused_until is None


async def test_feedback_is_open_to_members_without_slack(stories: Stories) -> None:
    ts = await stories.coach_message(BLAME)
    stories.chat.failures["person"] = [SlackUnavailableError("503")] * 4
    assert await stories.admissions.admit("T1", "U-ana", Purpose.ORDINARY) is Admission.ADMITTED
    assert await stories.press(ts, Feedback.HELPFUL) is Press.TAKEN
