"""An answer that stands beside the reflection's thread: kept like any, and read by no model."""

from __future__ import annotations

from datetime import UTC, datetime

from bot.core.policy import DAY, HOUR
from tests.flows.stories import Stories

FRIDAY = datetime(2025, 11, 28, 14, 0, tzinfo=UTC).timestamp()  # 15:00 in Berlin
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


async def test_the_first_message_after_it_is_the_answer(stories: Stories) -> None:
    await reflect(stories)
    await stories.write_direct(WORDS)
    assert await answers(stories) == {"reply": WORDS}
    assert advised(stories) == 0


async def test_a_later_message_is_asked_about_and_not_kept(stories: Stories) -> None:
    await reflect(stories)
    await stories.write_direct(WORDS)
    stories.now += HOUR
    await stories.write_direct("blame: they never answer")
    assert await answers(stories) == {"reply": WORDS}
    assert advised(stories) == 0
    assert [key.partition("-")[0] for key in stories.chat.keys("T1")].count("thanks") == 2


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
