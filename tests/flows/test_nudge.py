"""From a message to its question, over in-memory ports."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.core.model import Audience, Deleted, Delivery, Edited, Feedback, Person, Reason
from bot.core.policy import DAY, Limits
from bot.flows.errors import RateLimitedError, SlackRefusedError, SlackUnavailableError
from bot.flows.ports.channels import ChannelFigures
from tests.flows.stories import UNLIMITED, Stories

BLAME = "blame: they never answer"
FIXING = "fixing: they need to change"


async def reasons(stories: Stories) -> list[Reason | None]:
    return [d.reason for d in reversed(await stories.decided())]


async def test_a_trap_gets_one_question(stories: Stories) -> None:
    ts = await stories.coach_message(BLAME)

    assert stories.chat.keys("T1") == [f"nudge-C-deal-{ts}"]
    assert await reasons(stories) == [None]


async def test_an_ordinary_message_leaves_no_trace(stories: Stories) -> None:
    await stories.coach_message("Sent the numbers this morning.")

    assert await stories.decided() == []
    assert stories.chat.calls == []


async def test_a_candidate_that_can_lead_to_nothing_asks_slack_nothing_but_the_audience(
    stories: Stories,
) -> None:
    await stories.coach_message("maybe blame")

    assert await reasons(stories) == [Reason.NOT_SURE]
    assert stories.chat.calls == ["audience"]


async def test_the_same_event_twice_is_one_decision(stories: Stories) -> None:
    message = stories.message(BLAME)
    await stories.intake.receive(message)
    await stories.nudge.run_due()
    await stories.intake.receive(message)
    await stories.nudge.run_due()
    await stories.deliver_all()

    assert len(stories.chat.keys("T1")) == 1
    assert len(await stories.decided()) == 1


@pytest.mark.parametrize(
    ("audience", "reason"),
    [
        (Audience.OUTSIDERS, Reason.OUTSIDERS_READ),
        (Audience.UNKNOWN, Reason.VISIBILITY_UNKNOWN),
    ],
)
async def test_nothing_is_stored_if_outsiders_may_read(
    stories: Stories, audience: Audience, reason: Reason
) -> None:
    stories.chat.audiences["T1", "C-deal"] = audience

    assert await stories.intake.receive(stories.message(BLAME)) is reason
    await stories.nudge.run_due()
    assert await stories.decided() == []


@pytest.mark.parametrize(
    ("audience", "reason"),
    [
        (Audience.COLLEAGUES, None),
        (Audience.OUTSIDERS, Reason.OUTSIDERS_READ),
        (Audience.UNKNOWN, Reason.VISIBILITY_UNKNOWN),
    ],
)
async def test_why_a_channel_is_quiet_altogether(
    stories: Stories, audience: Audience, reason: Reason | None
) -> None:
    """Nothing is stored about such a channel, and yet whoever asks there is told."""
    stories.chat.audiences["T1", "C-deal"] = audience
    assert await stories.decisions.why_quiet_here("T1", "C-deal") is reason

    stories.chat.failures["audience"] = [SlackUnavailableError("down")]
    unknown = Reason.VISIBILITY_UNKNOWN
    assert await stories.decisions.why_quiet_here("T1", "C-deal") is unknown


async def test_a_guest_is_not_coached(stories: Stories) -> None:
    stories.chat.people["T1", "U-ana"] = Person("U-ana", None, 0, is_colleague=False)
    await stories.coach_message(BLAME)

    assert await reasons(stories) == [Reason.AUTHOR_NOT_COLLEAGUE]


async def test_two_messages_at_once_use_up_one_cap(stories: Stories) -> None:
    """Both settle in the same round; the second one sees the first one's question."""
    stories.limits = replace(UNLIMITED, daily_cap=1)
    for seconds, text in enumerate((BLAME, FIXING)):
        stories.now += seconds
        await stories.intake.receive(stories.message(text))
    await stories.nudge.run_due()
    await stories.deliver_all()

    assert await reasons(stories) == [None, Reason.DAILY_CAP]
    assert len(stories.chat.keys("T1")) == 1


async def test_an_edit_that_takes_it_back_ends_it(stories: Stories) -> None:
    stories.limits = replace(UNLIMITED, settle_seconds=15)
    message = stories.message(BLAME)
    await stories.intake.receive(message)
    calmer = replace(message, text="They are busy.", version=f"{stories.now + 5:.6f}")
    await stories.intake.receive(Edited(calmer, BLAME))
    stories.now += 60
    await stories.nudge.run_due()

    assert await reasons(stories) == [Reason.WITHDRAWN_BY_EDIT]
    assert stories.chat.keys("T1") == []


async def test_an_edit_that_becomes_a_trap_is_coached(stories: Stories) -> None:
    message = replace(stories.message(BLAME), version=f"{stories.now + 5:.6f}")
    await stories.intake.receive(Edited(message, "They are busy."))
    await stories.nudge.run_due()
    await stories.deliver_all()

    assert len(stories.chat.keys("T1")) == 1


@pytest.mark.parametrize("arrived_by", ["message", "edit"])
async def test_scratch_that_takes_back_what_settles(stories: Stories, arrived_by: str) -> None:
    """However the message arrived, and whichever process stored it."""
    stories.limits = replace(UNLIMITED, settle_seconds=15)
    message = stories.message(BLAME)
    await stories.intake.receive(message if arrived_by == "message" else Edited(message, None))
    other_process = Stories(stories.store, stories.playbook, "worker-2", stories.limits)
    other_process.now = stories.now + 5
    await other_process.intake.receive(other_process.message("scratch that"))
    stories.now += 60
    await stories.nudge.run_due()

    assert await reasons(stories) == [Reason.NEXT_MESSAGE]


async def test_scratch_that_in_another_channel_takes_nothing_back(stories: Stories) -> None:
    stories.limits = replace(UNLIMITED, settle_seconds=15)
    await stories.intake.receive(stories.message(BLAME))
    stories.now += 5
    await stories.intake.receive(stories.message("scratch that", channel_id="C-other"))
    stories.now += 60
    await stories.nudge.run_due()

    assert await reasons(stories) == [None]


async def test_a_deletion_before_the_message_leaves_a_tombstone(stories: Stories) -> None:
    message = stories.message(BLAME)
    deleted = Deleted("Ev-del", "T1", "C-deal", message.ts, None)
    await stories.intake.receive(deleted)
    await stories.intake.receive(message)
    await stories.nudge.run_due()
    await stories.deliver_all()

    assert stories.chat.keys("T1") == []


async def test_a_deletion_takes_the_posted_question_away(stories: Stories) -> None:
    ts = await stories.coach_message(BLAME)
    await stories.intake.receive(Deleted("Ev-del", "T1", "C-deal", ts, BLAME))
    await stories.deliver_all()

    assert stories.chat.keys("T1") == []


async def test_a_deletion_stops_a_question_on_its_way(stories: Stories) -> None:
    message = stories.message(BLAME)
    await stories.intake.receive(message)
    await stories.nudge.run_due()
    await stories.intake.receive(Deleted("Ev-del", "T1", "C-deal", message.ts, BLAME))
    await stories.deliver_all()

    assert "post" not in stories.chat.calls


async def test_a_copy_in_the_thread_goes_with_its_message(stories: Stories) -> None:
    """A private question that its author brought to the thread is deleted as well."""
    async with stories.store.begin() as uow:
        await uow.people.update("T1", "U-ana", delivery=Delivery.PRIVATE)
    ts = await stories.coach_message(BLAME)
    await stories.thread_sharing.begin("T1", f"nudge-C-deal-{ts}", "U-ana")
    await stories.deliver_all()
    copy = f"nudge-C-deal-{ts}-thread"
    assert copy in stories.chat.keys("T1")

    await stories.intake.receive(Deleted("Ev-del", "T1", "C-deal", ts, BLAME))
    await stories.deliver_all()

    assert copy not in stories.chat.keys("T1")


async def test_slack_that_fails_is_asked_again(stories: Stories) -> None:
    stories.chat.failures["person"] = [SlackUnavailableError("HTTP 503")]
    await stories.coach_message(BLAME)
    assert await stories.decided() == []

    stories.now += 10
    await stories.nudge.run_due()
    assert await reasons(stories) == [None]


async def test_slack_that_refuses_means_silence(stories: Stories) -> None:
    stories.chat.failures["person"] = [SlackRefusedError("user_not_found")]
    await stories.coach_message(BLAME)

    assert await reasons(stories) == [Reason.AUTHOR_UNKNOWN]


@pytest.mark.fault_case(56)
async def test_failing_for_good_means_silence(stories: Stories) -> None:
    stories.chat.failures["person"] = [SlackUnavailableError("HTTP 503")] * 9
    await stories.coach_message(BLAME)
    for _ in range(9):
        stories.now += 300
        await stories.nudge.run_due()

    assert await reasons(stories) == [Reason.FAILED]
    assert stories.chat.calls.count("person") == Limits().backoff.max_attempts


async def test_being_asked_to_wait_does_not_count_as_a_try(stories: Stories) -> None:
    stories.chat.failures["person"] = [RateLimitedError(30)] * 9
    await stories.coach_message(BLAME)
    for _ in range(9):
        stories.now += 31
        await stories.nudge.run_due()

    assert await reasons(stories) == [None]


async def test_a_worker_that_lost_its_claim_decides_nothing(stories: Stories) -> None:
    """A worker that slept through its lease comes back after another one has decided."""
    await stories.intake.receive(stories.message(BLAME))
    async with stories.store.begin() as uow:
        slow = await uow.inbox.claim_due(
            now=stories.now, limit=9, owner="slow", lease_until=stories.now + 120
        )
    stories.now += 121
    await stories.nudge.run_due()
    async with stories.store.begin() as uow:
        assert not await uow.inbox.decide(slow[0], Reason.FAILED, now=stories.now)
    await stories.deliver_all()

    assert len(stories.chat.keys("T1")) == 1


async def test_three_ignored_questions_end_unprompted_ones(stories: Stories) -> None:
    for _ in range(3):
        await stories.coach_message(BLAME)
        stories.now += 8 * DAY
    await stories.coach_message(BLAME)

    assert (await reasons(stories))[-1] is Reason.ONLY_ON_DEMAND


async def test_feedback_keeps_questions_coming(stories: Stories) -> None:
    for _ in range(4):
        ts = await stories.coach_message(BLAME)
        await stories.press(ts, Feedback.HELPFUL)
        stories.now += 2 * DAY

    assert await reasons(stories) == [None] * 4


async def test_observed_channels_only_count(stories: Stories) -> None:
    async with stories.store.begin() as uow:
        await uow.channels.update("T1", "C-deal", delivery=Delivery.OBSERVE, inviter_id="U-ben")
    await stories.coach_message(BLAME)
    overview = await stories.channel_settings.overview("T1", "C-deal", "U-ben")

    assert await reasons(stories) == [Reason.OBSERVED]
    assert overview.figures == ChannelFigures()
    assert overview.may_choose


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("blame: customers never answer anybody, all of them", Reason.NO_ONE_DEAL),
        ("blame: clowns", Reason.TOO_LITTLE),
    ],
)
async def test_nobody_is_asked_about_a_deal_that_is_not_there(
    stories: Stories, text: str, reason: Reason
) -> None:
    await stories.coach_message(text)

    assert stories.chat.keys("T1") == []
    assert await reasons(stories) == [reason]
    assert stories.playbook.text("quiet", reason)
