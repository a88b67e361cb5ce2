"""Where a question goes if nobody has chosen for the channel."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.fake_model import GOOD, FakeModel, running
from tests.harness import ENTITLEMENT, BotHarness


async def _ask(bot: BotHarness, **settings: Any) -> tuple[int, int]:
    """Let Ana write a trap; return how many questions stand in the thread, and for her eyes."""
    await bot.start(**settings)
    ts = await bot.say(ENTITLEMENT)
    await bot.idle()
    return len(bot.replies(ts)), len(bot.workspace.ephemerals(bot.deal, bot.ana))


async def test_without_a_model_only_the_author_sees_it(harness: BotHarness) -> None:
    """The offline detector alone isn't right often enough to speak before everybody."""
    assert await _ask(harness, REFRAME_DELIVERY="auto") == (0, 1)
    assert harness.workspace.ephemerals(harness.deal, harness.ben) == []


async def test_with_a_model_it_stands_in_the_thread(harness: BotHarness) -> None:
    async with running(FakeModel({**GOOD, "span": "they owe us a call back"})) as model:
        asked = await _ask(
            harness, REFRAME_DELIVERY="auto", OPENAI_BASE_URL=model.url, OPENAI_MODEL="m"
        )

    assert asked == (1, 0)


@pytest.mark.parametrize(("delivery", "asked"), [("thread", (1, 0)), ("private", (0, 1))])
async def test_the_house_may_choose(
    harness: BotHarness, delivery: str, asked: tuple[int, int]
) -> None:
    assert await _ask(harness, REFRAME_DELIVERY=delivery) == asked


async def test_the_channel_chooses_over_the_house(harness: BotHarness) -> None:
    await harness.start(REFRAME_DELIVERY="auto")
    harness.workspace.channels[harness.deal].members.remove(harness.workspace.bot_user_id)
    await harness.slack.invite_bot(harness.deal, harness.ana)
    await harness.idle()
    (welcome,) = harness.direct()
    (actions,) = (block for block in welcome["blocks"] if block["type"] == "actions")
    assert "private|" in json.dumps(actions["elements"][0]["initial_option"])
    dm = harness.workspace.dm_channel(harness.ana)
    await harness.slack.click(harness.ana, dm, welcome["ts"], "reframe_mode", option="thread")
    await harness.idle()
    ts = await harness.say(ENTITLEMENT)
    await harness.idle()

    assert len(harness.replies(ts)) == 1
