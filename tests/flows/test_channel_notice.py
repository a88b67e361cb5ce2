"""A channel is told about the bot before anybody in it is asked anything, however it came in."""

from __future__ import annotations

import pytest

from bot.core.model import Reason
from bot.core.policy import HOUR
from bot.flows.errors import SlackRefusedError, SlackUnavailableError
from tests.flows.stories import NOON, Stories

BLAME = "blame: they never answer"
NEW = "C-new"


def places(stories: Stories) -> list[str]:
    return [key.partition("-")[0] for key in stories.chat.keys("T1")]


async def test_a_channel_without_an_invitation_is_told_first(stories: Stories) -> None:
    await stories.coach_message(BLAME, channel_id=NEW)
    assert places(stories) == ["notice", "nudge"]
    stories.now += 60
    await stories.coach_message(BLAME, channel_id=NEW)
    assert places(stories) == ["notice", "nudge", "nudge"]


@pytest.mark.parametrize("inviter_id", ["", "U-ben"])
async def test_an_invitation_tells_it_once(stories: Stories, inviter_id: str) -> None:
    for _ in range(2):
        await stories.invitation.accept("T1", NEW, inviter_id, "Ev-join")
    await stories.coach_message(BLAME, channel_id=NEW)
    assert places(stories).count("notice") == 1
    assert places(stories).count("hello") == bool(inviter_id)
    assert places(stories).index("notice") < places(stories).index("nudge")


async def test_an_invitation_that_comes_late_tells_it_no_second_time(stories: Stories) -> None:
    """Slack sent it again a minute later, and a message was faster. Whoever invited is greeted."""
    await stories.coach_message(BLAME, channel_id=NEW)
    stories.now += 60
    await stories.invitation.accept("T1", NEW, "U-ben", "Ev-join")
    await stories.deliver.run_due()

    assert places(stories).count("notice") == 1
    assert places(stories).count("hello") == 1


async def test_another_invitation_tells_it_again(stories: Stories) -> None:
    """Hours later the bot was removed and came back, and others may be there."""
    for event_id in ("Ev-join", "Ev-again"):
        await stories.invitation.accept("T1", NEW, "U-ben", event_id)
        await stories.deliver.run_due()
        stories.now += 2 * HOUR

    assert places(stories).count("notice") == 2


async def test_a_question_waits_for_a_notice_that_is_tried_again(stories: Stories) -> None:
    stories.chat.failures["post"] = [SlackUnavailableError("HTTP 503")]
    await stories.coach_message(BLAME, channel_id=NEW)
    assert places(stories) == []
    stories.now += 60
    for expected in (["notice"], ["notice", "nudge"]):
        await stories.deliver.run_due()
        assert places(stories) == expected


@pytest.mark.parametrize("how", ["invited", "message"])
async def test_back_in_a_channel_it_works_at_once(stories: Stories, how: str) -> None:
    stories.chat.failures["post"] = [SlackRefusedError("not_in_channel")]
    await stories.coach_message(BLAME)
    stories.now += 60
    if how == "invited":
        await stories.invitation.accept("T1", "C-deal", "U-ben", "Ev-again")
    await stories.coach_message(BLAME)
    assert places(stories)[-1] == "nudge"


async def test_a_pause_for_another_reason_stays(stories: Stories) -> None:
    async with stories.store.begin() as uow:
        await uow.channels.update(
            "T1", "C-deal", paused_until=NOON + 8 * HOUR, pause_reason="admin"
        )
    await stories.invitation.accept("T1", "C-deal", "U-ben", "Ev-again")
    await stories.coach_message(BLAME)
    assert "nudge" not in places(stories)
    assert [d.reason for d in await stories.decided("T1")] == [Reason.CHANNEL_PAUSED]
