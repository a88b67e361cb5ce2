"""What a seller's feedback changes, over in-memory ports."""

from __future__ import annotations

import pytest

from bot.core.model import Deleted, Delivery, Feedback, More, Reason, Trap
from bot.core.policy import DAY, Limits
from bot.flows.feedback import Press
from bot.flows.ports.outbox import ClaimedMessage
from bot.flows.ports.unit_of_work import Store
from tests.flows.stories import Stories

BLAME = "blame: they never answer"


@pytest.fixture
def lines(stories: Stories) -> list[tuple[str, str]]:
    """Return what was shown to one person in the deal channel: (topic, recipient)."""
    shown: list[tuple[str, str]] = []

    def note(claimed: ClaimedMessage) -> None:
        if claimed.message.topic:
            shown.append((claimed.message.topic, claimed.message.recipient_id))

    stories.chat.after_post = note
    return shown


async def muted_until(store: Store) -> float | None:
    async with store.begin() as uow:
        return await uow.people.muted_until("T1", "U-ana", Trap.BLAME)


async def test_a_double_click_thanks_once(stories: Stories, lines: list[tuple[str, str]]) -> None:
    ts = await stories.coach_message(BLAME)
    for _ in range(2):
        assert await stories.press(ts, Feedback.HELPFUL) is Press.TAKEN

    assert lines == [("helpful", "U-ana")]


async def test_only_the_author_can_press(stories: Stories, lines: list[tuple[str, str]]) -> None:
    ts = await stories.coach_message(BLAME)
    for feedback in (Feedback.WRONG, Feedback.PAUSE):
        assert await stories.press(ts, feedback, "U-ben") is Press.NOT_THEIRS

    assert lines == [("only_author", "U-ben")]
    assert await muted_until(stories.store) is None
    assert len(stories.chat.keys("T1")) == 2  # the nudge and the line


async def test_an_unknown_nudge_is_nobodys(stories: Stories) -> None:
    assert await stories.press("404.1", Feedback.HELPFUL) is Press.UNKNOWN
    met = await stories.feedback.give_more("T1", "nudge-404", "U-ana", More.WHY)
    assert met is Press.UNKNOWN
    assert await stories.thread_sharing.begin("T1", "nudge-404", "U-ana") is None


async def test_wrong_takes_the_nudge_away_and_mutes_the_trap(stories: Stories) -> None:
    ts = await stories.coach_message(BLAME)
    await stories.press(ts, Feedback.WRONG)

    assert f"nudge-C-deal-{ts}" not in stories.chat.keys("T1")
    assert await muted_until(stories.store) == stories.now + Limits().mute_days * DAY
    stories.now += DAY
    await stories.coach_message(BLAME)
    assert (await stories.decided())[0].reason is Reason.MUTED_TRAP


async def test_a_pause_holds_and_a_second_press_does_not_prolong_it(stories: Stories) -> None:
    ts = await stories.coach_message(BLAME)
    await stories.press(ts, Feedback.PAUSE)
    stories.now += 600
    await stories.press(ts, Feedback.PAUSE)
    chosen = await stories.preferences.get("T1", "U-ana")
    assert chosen.paused_until == stories.now - 600 + DAY

    await stories.coach_message("fixing: they must change")
    assert (await stories.decided())[0].reason is Reason.PAUSED

    await stories.pauses.resume("T1", "U-ana")
    await stories.press(ts, Feedback.PAUSE)
    chosen = await stories.preferences.get("T1", "U-ana")
    assert chosen.paused_until == stories.now + DAY


async def test_another_question_is_a_different_one(
    stories: Stories, lines: list[tuple[str, str]]
) -> None:
    ts = await stories.coach_message(BLAME)
    key = f"nudge-C-deal-{ts}"
    for _ in range(3):
        await stories.feedback.give_more("T1", key, "U-ana", More.ANOTHER)
        stories.now += 10
    await stories.deliver_all()
    async with stories.store.begin() as uow:
        asked = await uow.people.asked_questions("T1", "U-ana")

    assert lines == [("another", "U-ana")] * 3
    assert len(asked) == 4


async def test_a_double_click_on_more_gives_one(
    stories: Stories, lines: list[tuple[str, str]]
) -> None:
    ts = await stories.coach_message(BLAME)
    for _ in range(2):
        await stories.feedback.give_more("T1", f"nudge-C-deal-{ts}", "U-ana", More.WHY)
        stories.now += 1
    await stories.deliver_all()

    assert lines == [("why", "U-ana")]


async def test_bad_ratings_put_a_trap_on_probation_until_an_admin_clears_it(
    stories: Stories,
) -> None:
    """A tenth of thirty ratings; the inviter decides if no admin is named."""
    async with stories.store.begin() as uow:
        await uow.channels.update("T1", "C-deal", inviter_id="U-ben")
    for number in range(30):
        stories.now += DAY
        ts = await stories.coach_message(BLAME)
        bad = number in (4, 11, 29)
        await stories.press(ts, Feedback.NOT_THIS_TIME if bad else Feedback.HELPFUL)
    stories.now += DAY
    await stories.coach_message(BLAME)
    assert (await stories.decided())[0].reason is Reason.ON_PROBATION
    told = [key for key in stories.chat.keys("T1") if key.startswith("probation-")]
    assert len(told) == 1
    assert told[0].endswith("-U-ben")

    assert not await stories.probation.clear("T1", Trap.BLAME, "U-ana")
    assert await stories.probation.clear("T1", Trap.BLAME, "U-ben")
    stories.now += DAY
    await stories.coach_message(BLAME)
    assert (await stories.decided())[0].reason is None


async def test_forgetting_keeps_only_a_pause_that_lasts(stories: Stories) -> None:
    ts = await stories.coach_message(BLAME)
    await stories.press(ts, Feedback.PAUSE)
    until = (await stories.preferences.get("T1", "U-ana")).paused_until
    await stories.erasure.forget_person("T1", "U-ana")

    assert await stories.decided() == []
    assert (await stories.preferences.get("T1", "U-ana")).paused_until == until
    stories.now += 2 * DAY
    await stories.erasure.forget_person("T1", "U-ana")
    assert (await stories.preferences.get("T1", "U-ana")).paused_until is None


async def test_a_copy_that_is_not_posted_leaves_no_deletion(stories: Stories) -> None:
    """Brought to the thread, called wrong, and then the message itself is deleted."""
    await stories.preferences.update("T1", "U-ana", delivery=Delivery.PRIVATE)
    ts = await stories.coach_message(BLAME)
    key = f"nudge-C-deal-{ts}"
    await stories.thread_sharing.begin("T1", key, "U-ana")
    await stories.feedback.record_feedback("T1", key, "U-ana", Feedback.WRONG)
    await stories.intake.receive(Deleted("Ev-deleted", "T1", "C-deal", ts, BLAME))
    for _ in range(3):
        await stories.deliver_all()
        stories.now += 60

    async with stories.store.begin() as uow:
        assert await uow.outbox.count_open() == 0
    assert f"{key}-thread" not in stories.chat.keys("T1")
