"""With the gate open every message is a candidate; policy still comes before any model."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace

import pytest

from bot.core.model import Audience, Delivery, Person, Verdict
from bot.core.policy import DAY, HOUR, Limits
from tests.fakes.detector import FakeDetector
from tests.flows.stories import UNLIMITED, Stories

BLAME = "blame: they never answer"
ORDINARY = "Sent the numbers this morning."


class OpenGate(FakeDetector):
    """Lets every message through to a model; ``judged`` holds what the model was sent."""

    def __init__(self) -> None:
        self.judged: list[str] = []

    def is_candidate(self, text: str) -> bool:
        return True

    async def first_look(self, text: str) -> Verdict:
        return Verdict(None, 0.0, suspicious=True, sure=False, detector=self.name)

    def may_lead_to_reply(self, quick: Verdict) -> bool:
        return quick.trap is None

    async def classify(self, workspace_id: str, text: str, context: object = ()) -> Verdict:
        self.judged.append(text)
        return self.quick_verdict(text)


Setting = Callable[[Stories], Awaitable[None]]


async def capped(stories: Stories) -> None:
    stories.limits = replace(UNLIMITED, daily_cap=1)
    await stories.coach_message(BLAME)
    stories.now += HOUR


async def paused(stories: Stories) -> None:
    async with stories.store.begin() as uow:
        await uow.people.update("T1", "U-ana", paused_until=stories.now + DAY)


async def only_on_demand(stories: Stories) -> None:
    async with stories.store.begin() as uow:
        await uow.people.update("T1", "U-ana", daily_limit=0)


async def sleeping(stories: Stories) -> None:
    stories.limits = replace(UNLIMITED, quiet_hours=Limits().quiet_hours)
    stories.now += 11 * HOUR


async def away(stories: Stories) -> None:
    person = Person("U-ana", "UTC", 0, is_colleague=True, status=":palm_tree: vacation")
    stories.chat.people["T1", "U-ana"] = person


async def a_guest(stories: Stories) -> None:
    person = Person("U-ana", "UTC", 0, is_colleague=False, is_outsider=True)
    stories.chat.people["T1", "U-ana"] = person


async def in_a_paused_channel(stories: Stories) -> None:
    async with stories.store.begin() as uow:
        await uow.channels.update("T1", "C-deal", paused_until=stories.now + DAY)


async def among_outsiders(stories: Stories) -> None:
    stories.chat.audiences["T1", "C-deal"] = Audience.OUTSIDERS


@pytest.mark.parametrize(
    "setting",
    [
        *(capped, paused, only_on_demand, sleeping, away, a_guest),
        *(in_a_paused_channel, among_outsiders),
    ],
)
async def test_who_can_get_no_question_costs_no_call(stories: Stories, setting: Setting) -> None:
    """Neither an ordinary message nor a trap leaves the machine, and nothing is said."""
    stories.detector = OpenGate()
    await setting(stories)
    stories.detector.judged.clear()
    before = stories.chat.keys("T1")
    for text in (ORDINARY, BLAME):
        await stories.coach_message(text)
        stories.now += 1

    assert stories.detector.judged == []
    assert stories.chat.keys("T1") == before


async def test_everybody_else_is_judged(stories: Stories) -> None:
    stories.detector = OpenGate()
    for text in (ORDINARY, BLAME):
        await stories.coach_message(text)
        stories.now += 1

    assert stories.detector.judged == [ORDINARY, BLAME]
    assert len(stories.chat.keys("T1")) == 1


async def test_a_channel_that_only_observes_is_judged(stories: Stories) -> None:
    """What would have been asked there is counted, so it has to be known."""
    stories.detector = OpenGate()
    async with stories.store.begin() as uow:
        await uow.channels.update("T1", "C-deal", delivery=Delivery.OBSERVE)
    await stories.coach_message(BLAME)

    assert stories.detector.judged == [BLAME]
    assert stories.chat.keys("T1") == []
