"""A channel gets another id, or is opened again."""

from __future__ import annotations

import pytest

from bot.core.model import Delivery
from bot.flows.channel_moves import ChannelMoves
from tests.flows.stories import Stories


@pytest.fixture
def moves(stories: Stories) -> ChannelMoves:
    return ChannelMoves(store=stories.store, watches=lambda _, channel_id: channel_id == "C-deal")


@pytest.mark.fault_case(32)
async def test_a_choice_holds_under_the_new_id(
    stories: Stories, moves: ChannelMoves, caplog: pytest.LogCaptureFixture
) -> None:
    """And whoever listed the channels to watch reads what to change."""
    async with stories.store.begin() as uow:
        await uow.channels.update("T1", "C-deal", delivery=Delivery.OBSERVE)
    await moves.new_id("T1", "C-deal", "C-new")
    async with stories.store.begin() as uow:
        settings = await uow.channels.settings("T1", "C-new")

    assert settings.delivery is Delivery.OBSERVE
    assert "workspace=T1 channel=C-deal has the new id C-new: add it to REFRAME_CHANNELS" in (
        caplog.text
    )


@pytest.mark.parametrize(("reason", "ends"), [("is_archived", True), ("restricted_action", False)])
async def test_unarchiving_ends_only_its_own_pause(
    stories: Stories, moves: ChannelMoves, reason: str, ends: bool
) -> None:
    until = stories.now + 60
    async with stories.store.begin() as uow:
        await uow.channels.update("T1", "C-deal", paused_until=until, pause_reason=reason)
    await moves.unarchived("T1", "C-deal")
    async with stories.store.begin() as uow:
        settings = await uow.channels.settings("T1", "C-deal")

    assert settings.paused_until == (None if ends else until)
