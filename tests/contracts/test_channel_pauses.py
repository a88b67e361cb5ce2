"""A channel is turned off by one process while another ends its pause, or sets a shorter one."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from bot.core.playbook_model import Playbook
from bot.flows.channel_moves import ChannelMoves
from bot.flows.channel_pause import TURNED_OFF
from bot.flows.errors import SlackRefusedError
from bot.flows.ports.channels import ChannelSettings
from bot.flows.ports.outbox import MessageKind, OutgoingMessage
from bot.store.channels import SqlChannels
from tests.contracts.examples import Workers
from tests.flows.stories import Stories

PLACE = ("T1", "C-deal")
ADMIN = "U-cleo"


async def refuse_a_post(stories: Stories) -> None:
    line = OutgoingMessage("late", MessageKind.MESSAGE, *PLACE, "", content={"line": "Hi"})
    async with stories.store.begin() as uow:
        await uow.outbox.enqueue(line, now=stories.now)
    stories.chat.failures["post"] = [SlackRefusedError("is_archived")]
    await stories.deliver_all()


async def invite(stories: Stories) -> None:
    await stories.invitation.accept(*PLACE, "U-ben", "Ev-again")


async def unarchive(stories: Stories) -> None:
    await ChannelMoves(store=stories.store, watches=lambda *_: True).unarchived(*PLACE)


MOMENTS = {
    "Slack refuses a post": refuse_a_post,
    "an invitation": invite,
    "the channel is opened again": unarchive,
}


@pytest.mark.parametrize(
    "address",
    ["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)],
    indirect=True,
)
@pytest.mark.parametrize("happens", MOMENTS.values(), ids=MOMENTS)
async def test_off_is_never_lost(
    workers: Workers,
    playbook: Playbook,
    monkeypatch: pytest.MonkeyPatch,
    happens: Callable[[Stories], Awaitable[None]],
) -> None:
    """The second process turns the bot off right after the first has read how the channel is."""
    one, two = (
        Stories(store, playbook, admins=frozenset({ADMIN})) for store in (workers.one, workers.two)
    )
    async with workers.one.begin() as uow:
        await uow.channels.update(*PLACE, paused_until=one.now - 1, pause_reason="is_archived")
    turning: list[asyncio.Task[str]] = []
    read = SqlChannels.settings

    async def settings(
        channels: SqlChannels, workspace_id: str, channel_id: str
    ) -> ChannelSettings:
        found = await read(channels, workspace_id, channel_id)
        if not turning:
            turning.append(asyncio.create_task(two.switch.turn(*PLACE, ADMIN, on=False)))
            await asyncio.wait(turning, timeout=0.5)
        return found

    monkeypatch.setattr(SqlChannels, "settings", settings)
    await happens(one)
    assert "I'm off" in await turning[0]
    async with workers.one.begin() as uow:
        assert (await uow.channels.settings(*PLACE)).pause_reason == TURNED_OFF
