"""The weekly part of the demo: users opt in, and the clock jumps to when messages are due."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from bot.sandbox.clock import SharedClock
from bot.sandbox.process import BotProcess
from bot.sandbox.slack import FakeSlack
from bot.sandbox.workspace import Json

WeeklyKind = Literal["reflection", "digest"]

_WAIT_SECONDS = 15.0


class DemoWeekly:
    """Opts users in to weekly messages and collects what the bot sends them.

    Args:
        slack: the running fake Slack. clock: shared with the bot. bot: running.
        zone: the users' time zone.
    """

    def __init__(
        self, slack: FakeSlack, clock: SharedClock, bot: BotProcess, zone: ZoneInfo
    ) -> None:
        self._slack = slack
        self._clock = clock
        self._bot = bot
        self._zone = zone

    async def opt_in(
        self,
        manager_id: str,
        seller_ids: Sequence[str],
        channel_id: str,
        teammate_ids: Sequence[str] = (),
    ) -> None:
        """Create a sales team and let everybody join it; sellers turn the weekly reflection on.

        The digest is due on Mondays at 09:00, the reflection on Fridays at 15:00.

        Args:
            manager_id: gets the digest. channel_id: where the commands are typed.
            seller_ids: who joins, and wants reflections. teammate_ids: who only joins.
        """
        await self._slack.run_command(manager_id, channel_id, "/reframe", "team")
        team = {
            "name": {"name": {"value": "North"}},
            "people": {"people": {"selected_users": [*seller_ids, *teammate_ids]}},
            "day": {"day": {"selected_option": {"value": "mon"}}},
            "time": {"time": {"selected_time": "09:00"}},
        }
        await self._slack.submit_view(manager_id, self._latest_modal(), team)
        await self._bot.wait_until_idle()
        for member_id in (*seller_ids, *teammate_ids):
            dm_id = self._slack.workspace.dm_channel(member_id)
            invitation = self._slack.workspace.messages(dm_id)[-1]
            await self._slack.click(member_id, dm_id, invitation["ts"], "reframe_team_yes")
        for seller_id in seller_ids:
            await self._slack.run_command(seller_id, channel_id, "/reframe", "settings")
            settings = {
                "reflect": {"reflect": {"selected_option": {"value": "on"}}},
                "reflect_day": {"reflect_day": {"selected_option": {"value": "fri"}}},
                "reflect_time": {"reflect_time": {"selected_time": "15:00"}},
            }
            await self._slack.submit_view(seller_id, self._latest_modal(), settings)
        await self._bot.wait_until_idle()

    async def collect(self, kind: WeeklyKind, weekday: int, hour: int, count: int) -> list[Json]:
        """Jump to when weekly messages are due, and wait until the bot has sent them.

        Args:
            weekday: 0 for Monday. hour: in the users' time zone.
            count: how many messages to wait for; waiting ends after 15 seconds anyway.

        Returns:
            The messages of this kind that were sent so far.
        """
        now = datetime.fromtimestamp(self._clock(), self._zone)
        day = now + timedelta(days=(weekday - now.weekday()) % 7)
        self._clock.jump_to(day.replace(hour=hour, minute=0, second=5).timestamp())
        deadline = asyncio.get_running_loop().time() + _WAIT_SECONDS
        while len(self._sent(kind)) < count and asyncio.get_running_loop().time() < deadline:
            await asyncio.sleep(0.05)
        await self._bot.wait_until_idle()
        return self._sent(kind)

    async def call_helpful(self, author_id: str, channel_id: str, ts: str) -> None:
        """Press *Helpful* below a message that the bot has answered in its thread."""
        for reply in self._slack.workspace.replies(channel_id, ts):
            if reply.get("bot_id"):
                button = "reframe_answer_helpful"
                await self._slack.click(author_id, channel_id, reply["ts"], button)

    def _sent(self, kind: WeeklyKind) -> list[Json]:
        return [
            message
            for _, message in self._slack.workspace.bot_messages()
            if _key(message).startswith(f"{kind}-")
        ]

    def _latest_modal(self) -> Json:
        views = self._slack.workspace.views.values()
        return [view for view in views if view["type"] == "modal"][-1]


def _key(message: Json) -> str:
    """Return the key that the bot stores in the metadata of each message it posts."""
    metadata = message.get("metadata") or {}
    return str(metadata.get("event_payload", {}).get("key"))
