"""What the stories tell whoever watches that the bot works."""

from __future__ import annotations

import pytest

from bot.core.model import Audience, Reason
from bot.flows.errors import SlackUnavailableError
from bot.flows.nudge_messages import asked_about_at, nudge_key, thread_copy_key
from bot.flows.ports.asks import Ask, AskKind, ReplyPlace
from bot.flows.ports.telemetry import ReplyKind, Stage
from tests.flows.stories import NOON, Stories

BLAME = "blame: they never answer"


async def test_a_message_on_its_way_to_a_question(stories: Stories) -> None:
    """Taken, decided, posted: each once, with the time since the message."""
    message = stories.message(BLAME)
    await stories.intake.receive(message)
    stories.now += 15
    await stories.nudge.run_due()
    stories.now += 2
    await stories.deliver_all()

    seen = stories.telemetry
    assert seen.received == [None]
    ((reason, decided_after),) = seen.decided
    ((kind, replied_after),) = seen.replies
    assert (reason, seen.posts, kind) == (None, [True], ReplyKind.QUESTION)
    assert decided_after == pytest.approx(15, abs=2)
    assert replied_after == pytest.approx(17, abs=2)


async def test_the_stages_of_a_message_are_one_trace(stories: Stories) -> None:
    """Its own, and another one for another message; an ordinary message has none."""
    for text in (BLAME, "maybe blame", "Sent the numbers this morning."):
        stories.now += 60
        await stories.coach_message(text)
    by_trace: dict[bytes, list[Stage]] = {}
    for stage, trace_id, _ in stories.telemetry.stages:
        by_trace.setdefault(trace_id, []).append(stage)

    assert sorted(by_trace.values(), key=len) == [
        [Stage.ACKNOWLEDGE, Stage.DECIDE],
        [Stage.ACKNOWLEDGE, Stage.DECIDE, Stage.POST],
    ]


async def test_silence_is_told_with_its_reason(stories: Stories) -> None:
    """At intake, and at the decision; the port is the place where reasons end."""
    stories.chat.audiences["T1", "C-open"] = Audience.OUTSIDERS
    await stories.intake.receive(stories.message("Sent the numbers this morning."))
    await stories.coach_message("maybe blame")

    assert stories.telemetry.received == [Reason.ORDINARY, None]
    assert [reason for reason, _ in stories.telemetry.decided] == [Reason.NOT_SURE]
    assert stories.telemetry.replies == []


async def test_a_post_that_fails_is_told_once_per_try(stories: Stories) -> None:
    """And the reply only when it stands in Slack."""
    stories.chat.failures["post"] = [SlackUnavailableError("down")]
    await stories.coach_message(BLAME)
    assert (stories.telemetry.posts, stories.telemetry.replies) == ([False], [])

    stories.now += 10
    await stories.deliver_all()
    assert stories.telemetry.posts == [False, True]
    assert len(stories.telemetry.replies) == 1


async def test_an_answer_is_a_reply(stories: Stories) -> None:
    """Counted from when the ask was taken."""
    ask = Ask(
        "k", AskKind.ADVICE, "T1", "U-ana", ReplyPlace.RESPONSE, "https://slack.test/1", BLAME
    )
    await stories.on_demand.submit(ask)
    stories.now += 3
    await stories.on_demand.run_due()

    ((kind, seconds),) = stories.telemetry.replies
    assert (kind, seconds) == (ReplyKind.ANSWER, 3)


def test_only_a_nudge_answers_a_message(stories: Stories) -> None:
    """Its key says when; a copy that its author asked for, and everything else, answers none."""
    key = nudge_key(stories.message(BLAME))

    assert asked_about_at(key) == pytest.approx(NOON, abs=10)
    others = (thread_copy_key(key), f"delete-{key}", "answer-command-1", "model-low-2026-01-31-U1")
    assert [asked_about_at(other) for other in others] == [None] * 4
