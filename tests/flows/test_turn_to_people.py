"""What is for people is never coached, in any path: a kind line on request, silence elsewhere."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime

import pytest

from bot.core.matters_for_people import MatterKind, MattersForPeople
from bot.core.model import Edited, Feedback, Reason, Turn
from bot.core.policy import DAY, Limits
from bot.flows.errors import SlackUnavailableError
from bot.flows.ports.asks import Ask, AskKind, ReplyPlace
from bot.flows.ports.outbox import ClaimedMessage
from bot.flows.turn_to_people import TurnToPeople
from tests.core.test_matters_for_people import PROBES
from tests.fakes.memory_store import MemoryStore
from tests.flows.stories import Stories

FRIDAY = datetime(2025, 11, 28, 14, 0, tzinfo=UTC).timestamp()
BLAME = "blame: they never answer"  # the detector of these tests is sure of it
GRIEF = "my mom passed on Sunday. blame: they never answer"
DANGER = "I don't want to be here anymore. blame: they never answer"
CONTACT = "People team, #people-help"


class NoAnswerer:
    """A model that may not be asked."""

    async def answer(self, *_: object) -> None:
        raise AssertionError("a model read it")


def asked(text: str, key: str = "command-1", place: ReplyPlace = ReplyPlace.RESPONSE) -> Ask:
    return Ask(key, AskKind.ADVICE, "T1", "U-ana", place, "address", text)


def memory(stories: Stories) -> MemoryStore:
    assert isinstance(stories.store, MemoryStore)
    return stories.store


def everything_kept(stories: Stories) -> str:
    return str(dataclasses.asdict(memory(stories).state))


async def test_no_probe_gets_a_question_on_request(stories: Stories) -> None:
    """Neither in a command, a form, nor a shortcut, and no model and no detector reads it."""
    stories.answerer = NoAnswerer()  # type: ignore[assignment]
    stories.limits = Limits(asks_per_hour=0)
    for line in PROBES:
        for place in (ReplyPlace.RESPONSE, ReplyPlace.VIEW):
            key = f"{place}-{line['id']}"
            await stories.on_demand.submit(asked(f"{line['text']} blame", key, place))
    kept = everything_kept(stories)
    assert not [line["text"] for line in PROBES if line["text"] in kept]
    while await stories.on_demand.run_due() is not None:
        pass

    replies = [reply for _, reply in stories.presenter.replies]
    assert len(replies) == 2 * len(PROBES)
    assert all(r.advice is None and r.question is None and CONTACT in r.line for r in replies)
    async with stories.store.begin() as uow:
        assert await uow.people.asked_questions("T1", "U-ana") == {}
        assert await uow.people.topic("T1", "U-ana") is None


async def test_no_probe_gets_a_question_in_a_channel(stories: Stories) -> None:
    """It is silent, and nothing is stored."""
    for line in PROBES:
        message = stories.message(f"{line['text']} blame", ts=f"{stories.now:.6f}")
        assert await stories.intake.receive(message) is Reason.NEVER_COACH
        await stories.nudge.run_due()
        stories.now += 1

    kept = everything_kept(stories)
    assert not [line["text"] for line in PROBES if line["text"] in kept]
    assert await stories.decided() == []
    assert stories.chat.keys("T1") == []


async def test_no_probe_gets_a_question_in_a_direct_message(stories: Stories) -> None:
    posted: list[ClaimedMessage] = []
    stories.chat.after_post = posted.append
    for line in PROBES:
        await stories.write_direct(f"{line['text']} blame")
        stories.now += 2

    kept = everything_kept(stories)
    assert not [line["text"] for line in PROBES if line["text"] in kept]
    assert len(posted) == len(PROBES)
    assert all(CONTACT in str(p.message.content) for p in posted)


async def test_danger_to_life_names_the_emergency_number(stories: Stories) -> None:
    for number, text in enumerate((DANGER, GRIEF)):
        await stories.on_demand.submit(asked(text, f"command-{number}"))
        await stories.on_demand.run_due()

    urgent, calm = (reply.line for _, reply in stories.presenter.replies)
    assert "emergency number" in urgent
    assert "emergency number" not in calm
    assert "?" not in urgent + calm


def test_without_a_contact_it_names_nobody(stories: Stories) -> None:
    strings = stories.playbook.strings
    line = TurnToPeople(MattersForPeople({})).answer(MatterKind.SELF_HARM, strings, contact="")

    assert stories.playbook.text("turn_to_people", "anyone") in line
    assert not any(character.isdigit() or character == "$" for character in line)


@pytest.mark.parametrize("late_seconds", [0.0, Limits().asks_too_old_seconds + 1])
async def test_it_is_answered_however_late(stories: Stories, late_seconds: float) -> None:
    await stories.on_demand.submit(asked(DANGER))
    stories.presenter.failures = [SlackUnavailableError("HTTP 503")]
    await stories.on_demand.run_due()
    stories.now += 60 + late_seconds
    await stories.on_demand.run_due()

    ((_, reply),) = stories.presenter.replies
    assert "emergency number" in reply.line


async def test_bad_news_ends_what_its_author_wrote_just_before(stories: Stories) -> None:
    await stories.intake.receive(stories.message(BLAME))
    stories.now += 20
    await stories.intake.receive(stories.message("my mom passed on Sunday, I'm out"))
    await stories.nudge.run_due()
    await stories.deliver_all()

    assert stories.chat.keys("T1") == []
    assert [d.reason for d in await stories.decided()] == [Reason.NEXT_MESSAGE]


async def test_an_edit_to_bad_news_is_silent(stories: Stories) -> None:
    first = stories.message(BLAME)
    await stories.intake.receive(first)
    edited = stories.message(GRIEF, ts=first.ts, version=f"{stories.now + 5:.6f}")
    await stories.intake.receive(Edited(edited, BLAME))
    await stories.nudge.run_due()
    await stories.deliver_all()

    assert stories.chat.keys("T1") == []
    assert "passed on Sunday" not in everything_kept(stories)


async def test_below_bad_news_nobody_is_asked(stories: Stories) -> None:
    """Nor is such news sent to a model as the context of another message."""
    stories.chat.history["T1", "C-deal"] = (Turn("U-ben", "my mom passed on Sunday, I'm out"),)
    classified: list[str] = []

    async def classify(_: str, text: str, context: object = ()) -> None:
        classified.append(text)

    stories.detector.classify = classify  # type: ignore[method-assign,assignment]
    await stories.coach_message(BLAME)

    assert classified == []
    assert stories.chat.keys("T1") == []
    assert await stories.decided() == []


async def reflect(stories: Stories) -> None:
    await stories.schedule.switch("T1", "U-ana", on=True)
    stories.now = FRIDAY
    await stories.reflections.run_due()
    await stories.deliver.run_due()
    stories.now += 60


@pytest.mark.parametrize("in_thread", [True, False])
async def test_below_a_reflection(stories: Stories, in_thread: bool) -> None:
    """It is no answer to it, so the next message still is."""
    posted: list[ClaimedMessage] = []
    await reflect(stories)
    stories.chat.after_post = posted.append
    thread = {"thread_ts": next(iter(stories.chat.posted["T1"]))} if in_thread else {}
    await stories.write_direct(DANGER, **thread)

    (answer,) = posted
    assert "emergency number" in str(answer.message.content)
    assert memory(stories).state.reflections == {}
    stories.now += 60
    await stories.write_direct("I asked the CFO what changed.", **thread)
    async with stories.store.begin() as uow:
        kept = await uow.reflections.answers("T1", "U-ana", "2025-W48")
    assert kept == {"reply": "I asked the CFO what changed."}


async def test_in_the_form_of_a_reflection(stories: Stories) -> None:
    answers = {"happened": "lost the deal", "learned": "I can't do this anymore"}
    line = await stories.answers.save_answers("T1", "U-ana", "2025-W48", answers)

    assert CONTACT in line
    assert memory(stories).state.reflections == {}


async def test_below_a_follow_up(stories: Stories) -> None:
    ts = await stories.coach_message(BLAME)
    await stories.press(ts, Feedback.HELPFUL)
    stories.now += 4 * DAY
    assert await stories.follow_ups.run_due() == 1
    await stories.deliver_all()
    posted: list[ClaimedMessage] = []
    stories.chat.after_post = posted.append
    stories.now += 60
    await stories.write_direct(GRIEF)

    (answer,) = posted
    assert CONTACT in str(answer.message.content)
    async with stories.store.begin() as uow:
        assert await uow.weekly.waits_for_outcome("T1", f"nudge-C-deal-{ts}", "U-ana")


async def test_in_the_form_below_a_wrong_question(stories: Stories) -> None:
    ts = await stories.coach_message(BLAME)
    await stories.press(ts, Feedback.WRONG)
    line = await stories.feedback.explain_wrong(
        "T1", f"nudge-C-deal-{ts}", "U-ana", reason="moment", words=DANGER
    )

    assert CONTACT in line
    assert DANGER not in everything_kept(stories)
