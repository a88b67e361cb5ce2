"""What is written beside something of ours instead of in its thread: an answer, or a wish."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from bot.core.model import Delivery, DirectMessage, Feedback
from bot.core.policy import DAY, HOUR
from bot.detect.learned_intents import build_router
from bot.flows.ports.weekly import FollowUpOutcome
from tests.flows.stories import Stories

FRIDAY = datetime(2025, 11, 28, 14, 0, tzinfo=UTC).timestamp()  # 15:00 in Berlin
BLAME = "blame: they never answer"
WORDS = "I asked the CFO what changed."


async def reflect(stories: Stories) -> None:
    await stories.schedule.switch("T1", "U-ana", on=True)
    stories.now = FRIDAY
    await stories.reflections.run_due()
    await stories.deliver.run_due()
    stories.now += 60


async def answers(stories: Stories) -> dict[str, str]:
    async with stories.store.begin() as uow:
        return dict(await uow.reflections.answers("T1", "U-ana", "2025-W48"))


def advised(stories: Stories) -> int:
    return len(stories.chat.keys("T1")) - sum(
        key.startswith(("reflection-", "thanks-")) for key in stories.chat.keys("T1")
    )


async def thanks_for(stories: Stories, text: str) -> str:
    """Write to the bot, and return its line of thanks."""
    message = stories.message(text, channel_id="D-ana")
    await stories.direct_messages.receive(DirectMessage(message))
    async with stories.store.begin() as uow:
        thanks, _ = await uow.outbox.contents_of("T1", f"thanks-D-ana-{message.ts}")
    return str(thanks["line"])


async def test_every_message_below_it_is_an_answer(stories: Stories) -> None:
    """People write in several lines. What is meant otherwise is read by no model either, and the
    line of thanks says how to get it looked at."""
    await reflect(stories)
    written = [WORDS, "And they need a review.", BLAME]
    for number, words in enumerate(written):
        assert await thanks_for(stories, words) == stories.playbook.text("reflection", "beside")
        stories.now += 60 if number else 20 * HOUR
    assert await answers(stories) == {"reply": "\n".join(written)}
    await stories.on_demand.run_due()
    await stories.deliver_all()
    assert advised(stories) == 0


async def test_a_matter_for_people_below_it_is_no_answer(stories: Stories) -> None:
    await reflect(stories)
    await stories.write_direct(WORDS)
    stories.now += 60
    await stories.write_direct("My boss keeps touching me in meetings.")
    assert await answers(stories) == {"reply": WORDS}
    assert advised(stories) == 1


async def test_who_has_answered_in_the_thread_may_add_a_line_below(stories: Stories) -> None:
    await reflect(stories)
    ts = next(iter(stories.chat.posted["T1"]))
    await stories.write_direct(WORDS, thread_ts=ts)
    stories.now += 60
    for _ in range(2):  # Slack sends an event twice
        await stories.write_direct("And more.", ts=f"{stories.now:.6f}")
    assert await answers(stories) == {"reply": f"{WORDS}\nAnd more."}
    assert advised(stories) == 0


async def test_after_a_day_a_message_is_a_draft_again(stories: Stories) -> None:
    await reflect(stories)
    stories.now += DAY
    await stories.write_direct(WORDS)
    assert await answers(stories) == {}
    assert advised(stories) == 1


async def test_two_replies_in_the_thread_are_both_kept(stories: Stories) -> None:
    await reflect(stories)
    ts = next(iter(stories.chat.posted["T1"]))
    for words in (WORDS, "And they need a review."):
        stories.now += 60
        await stories.write_direct(words, thread_ts=ts)
    assert await answers(stories) == {"reply": f"{WORDS}\nAnd they need a review."}


async def follow_up(stories: Stories) -> str:
    """Let Ana get a follow-up, and return its ts."""
    ts = await stories.coach_message(BLAME)
    await stories.press(ts, Feedback.HELPFUL)
    stories.now += 3 * DAY
    assert await stories.follow_ups.run_due() == 1
    await stories.deliver_all()
    stories.now += 60
    return next(
        t for t, (key, _) in stories.chat.posted["T1"].items() if key.startswith("followup")
    )


def answered(stories: Stories) -> list[str]:
    return [key for key in stories.chat.keys("T1") if key.startswith("answer-")]


async def outcome_is_open(stories: Stories) -> bool:
    async with stories.store.begin() as uow:
        record = (await uow.personal_data.export("T1", "U-ana"))["follow_ups"][0]
    return record["outcome"] is None


async def test_the_first_message_below_a_follow_up_is_its_answer(stories: Stories) -> None:
    """It isn't coached. What comes after it is a new matter."""
    await follow_up(stories)
    message = stories.message(BLAME, channel_id="D-ana")
    await stories.direct_messages.receive(DirectMessage(message))
    async with stories.store.begin() as uow:
        thanks, _ = await uow.outbox.contents_of("T1", f"thanks-D-ana-{message.ts}")
    assert thanks == {"line": stories.playbook.text("followup", "beside")}
    assert not await outcome_is_open(stories)
    await stories.direct_messages.receive(DirectMessage(message))  # Slack sends it twice
    await stories.on_demand.run_due()
    await stories.deliver_all()
    assert answered(stories) == []

    stories.now += 60
    await stories.write_direct(BLAME)
    assert len(answered(stories)) == 1


@pytest.mark.parametrize("how", ["in the thread", "with a button", "a day later"])
async def test_below_an_answered_follow_up_a_message_is_a_draft(stories: Stories, how: str) -> None:
    ts = await follow_up(stories)
    match how:
        case "in the thread":
            await stories.write_direct("They signed.", thread_ts=ts)
        case "with a button":
            key = stories.chat.keys("T1")[0]
            await stories.follow_ups.record_outcome("T1", key, "U-ana", FollowUpOutcome.ASKED)
        case _:
            stories.now += DAY
    stories.now += 60
    await stories.write_direct(BLAME)
    assert len(answered(stories)) == 1


async def private_question(stories: Stories) -> str:
    async with stories.store.begin() as uow:
        await uow.people.update("T1", "U-ana", delivery=Delivery.PRIVATE)
    ts = await stories.coach_message(BLAME)
    stories.now += 60
    return ts


async def is_paused(stories: Stories) -> bool:
    async with stories.store.begin() as uow:
        return (await uow.people.preferences("T1", "U-ana")).is_paused(stories.now)


IN_OWN_WORDS = [
    "stop asking me these things",
    "stop asking me things",
    "don't ask me such stuff again please",
    "please stop asking me stuff like this",
    "stop commenting on everything I write",
    "please spare me these questions",
    "not now please, I'm busy",
    "bad timing, in a call",
]


@pytest.mark.parametrize(
    "text", ["stop", "Please leave me alone", "pause until Friday", *IN_OWN_WORDS]
)
async def test_a_wish_right_below_a_private_question(stories: Stories, text: str) -> None:
    """It stands in the channel: a question that only its reader sees has no thread."""
    stories.__dict__["router"] = build_router(stories.playbook.intents)
    await private_question(stories)
    assert await stories.intake.receive(stories.message(text)) is None
    await stories.deliver_all()

    assert await is_paused(stories)
    assert any(key.startswith("line-wish") for key in stories.chat.keys("T1"))


@pytest.mark.parametrize("text", IN_OWN_WORDS)
async def test_a_wish_in_the_thread_of_a_question(stories: Stories, text: str) -> None:
    stories.__dict__["router"] = build_router(stories.playbook.intents)
    ts = await stories.coach_message(BLAME)
    stories.now += 60
    assert await stories.intake.receive(stories.message(text, thread_ts=ts)) is None

    assert await is_paused(stories)


async def test_not_now_ends_with_the_day(stories: Stories) -> None:
    await private_question(stories)
    await stories.intake.receive(stories.message("not now please, I'm busy"))
    assert await is_paused(stories)
    stories.now += DAY
    assert not await is_paused(stories)


@pytest.mark.parametrize(
    ("text", "changes"),
    [
        ("don't ask me why they signed", {}),
        ("stop asking me about pricing, ask Jens", {}),
        ("not now, they said", {}),
        ("stop", {"channel_id": "C-other"}),
        ("stop", {"author_id": "U-ben"}),
        ("let's stop the trial on Friday", {}),
        ("They stopped answering, I'll call the CFO tomorrow.", {}),
    ],
)
async def test_other_words_near_a_private_question(
    stories: Stories, text: str, changes: dict[str, str]
) -> None:
    await private_question(stories)
    await stories.intake.receive(stories.message(text, **changes))
    assert not await is_paused(stories)


async def test_later_the_same_words_are_for_colleagues(stories: Stories) -> None:
    await private_question(stories)
    stories.now += stories.limits.wish_beside_seconds
    await stories.intake.receive(stories.message("stop"))
    assert not await is_paused(stories)


async def test_words_in_the_channel_answer_no_private_question(stories: Stories) -> None:
    """Colleagues read them, who see no question; shared in the thread, it counts as answered."""
    ts = await private_question(stories)
    await stories.intake.receive(stories.message("Good point, I'll ask what they need."))
    assert await unanswered(stories) == 1

    await stories.thread_sharing.begin("T1", f"nudge-C-deal-{ts}", "U-ana")
    await stories.deliver_all()
    assert await unanswered(stories) == 0
    stories.now += 60
    assert await stories.thread_replies.receive(stories.message("stop", thread_ts=ts))
    assert await is_paused(stories)


async def unanswered(stories: Stories) -> int:
    async with stories.store.begin() as uow:
        nudges = await uow.findings.past_nudges_to("T1", "U-ana")
    return sum(nudge.answered_at is None for nudge in nudges)
