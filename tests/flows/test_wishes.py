"""Who wants to be left alone is left alone, wherever they say so, and is never coached for it."""

from __future__ import annotations

import dataclasses

import pytest

from bot.core.durations import NO_END
from bot.core.model import Delivery, Preferences, Reason
from bot.core.policy import DAY, HOUR
from bot.core.wishes import WishKind
from bot.flows.ports.outbox import ClaimedMessage
from tests.flows.stories import UNLIMITED, Stories

TRAP = "blame: they never answer"


async def preferences(stories: Stories, user_id: str = "U-ana") -> Preferences:
    async with stories.store.begin() as uow:
        return await uow.people.preferences("T1", user_id)


@pytest.mark.parametrize("text", ["stop", "Leave me alone, please!", "unsubscribe", "pause"])
async def test_a_direct_message(stories: Stories, text: str) -> None:
    """Said to the bot itself, it is granted and answered, and no detector reads it."""
    posted: list[ClaimedMessage] = []
    stories.chat.after_post = posted.append
    await stories.write_direct(text)

    assert (await preferences(stories)).paused_until == NO_END
    (answer,) = posted
    assert "No unprompted questions" in str(answer.message.content)
    async with stories.store.begin() as uow:
        assert await uow.asks.count_waiting() == 0


@pytest.mark.parametrize(
    "text",
    [
        "is there a way to switch this bot off",
        "how can i get you to stop asking me stuff",
        "do you have an off switch",
        "how do I turn you off in this channel?",
    ],
)
async def test_a_question_how_pauses_nobody(stories: Stories, text: str) -> None:
    """Who asks how to be left alone is told, and decides."""
    posted: list[ClaimedMessage] = []
    stories.chat.after_post = posted.append
    await stories.write_direct(text)

    assert (await preferences(stories)).paused_until is None
    assert "/reframe pause" in str(posted[-1].message)


async def test_a_reply_below_a_question(stories: Stories) -> None:
    """Said below a question, it is granted, for the author's eyes only."""
    posted: list[ClaimedMessage] = []
    ts = await stories.coach_message(TRAP)
    stories.chat.after_post = posted.append
    stories.now += 60
    await stories.intake.receive(stories.message("please stop", thread_ts=ts))
    await stories.deliver_all()

    assert (await preferences(stories)).paused_until == NO_END
    line = posted[-1].message
    assert (line.kind, line.recipient_id) == ("ephemeral", "U-ana")


@pytest.mark.parametrize(
    "changes", [{"author_id": "U-ben"}, {"thread_ts": "1764000000.000100"}, {"channel_id": "C-2"}]
)
async def test_a_reply_elsewhere(stories: Stories, changes: dict[str, str]) -> None:
    """The same words of somebody else, or in another thread, are said to somebody else."""
    ts = await stories.coach_message(TRAP)
    stories.now += 60
    await stories.intake.receive(stories.message("stop", **{"thread_ts": ts, **changes}))

    assert await preferences(stories) == Preferences()
    assert await preferences(stories, "U-ben") == Preferences()


async def test_words_change_more_than_pauses(stories: Stories) -> None:
    """Resume and "only in private" work in words too; an unknown end asks back."""
    assert await stories.wishes.grant("T1", "U-ana", "pause until the merger closes") is not None
    assert not (await preferences(stories)).is_paused(stories.now)
    await stories.wishes.grant("T1", "U-ana", "not in public please")
    await stories.wishes.grant("T1", "U-ana", "mute for a month")
    before = await preferences(stories)
    await stories.wishes.grant("T1", "U-ana", "ok, turn it back on please")

    assert before.delivery is Delivery.PRIVATE
    assert before.paused_until == stories.now + 30 * DAY
    assert not (await preferences(stories)).is_paused(stories.now)


async def test_a_hanging_slack_delays_no_wish(stories: Stories) -> None:
    """The pause is stored before Slack is asked what its end is called."""
    quick = dataclasses.replace(UNLIMITED, audience_within_seconds=0.05)
    stories = dataclasses.replace(stories, limits=quick)
    stories.chat.hangs = True
    granted = await stories.wishes.grant("T1", "U-ana", "pause until friday")
    line = await stories.pauses.pause("T1", "U-ben", DAY)

    assert granted is not None
    assert granted[0] is WishKind.PAUSE
    assert "Friday, November 28" in granted[1]
    assert "Thursday, November 27" in line
    assert (await preferences(stories)).is_paused(stories.now)
    assert (await preferences(stories, "U-ben")).is_paused(stories.now)


@pytest.mark.parametrize("is_private", [False, True])
async def test_an_answer_in_words(stories: Stories, is_private: bool) -> None:
    """Who answers each question in its thread is asked again; nothing they say is kept."""
    if is_private:
        await stories.preferences.update("T1", "U-ana", delivery=Delivery.PRIVATE)
    for _ in range(6):
        ts = await stories.coach_message(TRAP)
        stories.now += 2 * HOUR
        words = "Good point, I'll call their buyer."
        await stories.intake.receive(stories.message(words, thread_ts=ts))
        stories.now += 2 * DAY

    assert [d.reason for d in await stories.decided()] == [None] * 6
    async with stories.store.begin() as uow:
        assert "their buyer" not in str(await uow.personal_data.export("T1", "U-ana"))


@pytest.mark.parametrize(("author_id", "after"), [("U-ben", HOUR), ("U-ana", 25 * HOUR)])
async def test_no_answer(stories: Stories, author_id: str, after: float) -> None:
    """What a colleague says, or the author a day later, is no answer."""
    for _ in range(4):
        ts = await stories.coach_message(TRAP)
        stories.now += after
        await stories.intake.receive(
            stories.message("Good point.", thread_ts=ts, author_id=author_id)
        )
        stories.now += 8 * DAY

    assert (await stories.decided())[0].reason is Reason.ONLY_ON_DEMAND


async def direct_line(stories: Stories, text: str) -> str:
    """Write to the bot; return what it says."""
    posted: list[ClaimedMessage] = []
    stories.chat.after_post = posted.append
    await stories.write_direct(text)
    (answer,) = posted
    return str(answer.message.content)


@pytest.mark.parametrize(
    "text",
    [
        "I'm fed up with your questions",
        "I'm sick of your questions",
        "fed up with these questions",
        "tired of being asked",
    ],
)
async def test_who_is_sick_of_it_is_left_alone(stories: Stories, text: str) -> None:
    assert "/reframe resume" in await direct_line(stories, text)
    assert (await preferences(stories)).paused_until == NO_END


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("less often please", "per day, at most"),
        ("only ask me on Tuesdays", "working days"),
        ("don't ask me on Fridays", "working days"),
        ("who are you?", "coaching bot for sellers"),
        ("delete everything about me", "erasure_prompt"),
    ],
)
async def test_what_is_answered_changes_nothing(stories: Stories, text: str, said: str) -> None:
    assert said in await direct_line(stories, text)
    assert await preferences(stories) == Preferences()


async def test_resume_says_what_it_found(stories: Stories) -> None:
    words = stories.playbook.strings["command"]
    assert await stories.pauses.resume("T1", "U-ana") == words["on_already"]
    await stories.pauses.pause_until("T1", "U-ana", NO_END)
    assert await stories.pauses.resume("T1", "U-ana") == words["resumed"]
    await stories.preferences.update("T1", "U-ana", daily_limit=0)
    assert await stories.pauses.resume("T1", "U-ana") == words["on_none"]
    await stories.pauses.pause_until("T1", "U-ana", NO_END)
    assert await stories.pauses.resume("T1", "U-ana") == words["resumed_none"]
