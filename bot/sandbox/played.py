"""The weekly side of the week that the demo plays: a team, the members' yes, look backs."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from bot.sandbox.clock import SharedClock
from bot.sandbox.process import BotProcess
from bot.sandbox.slack import PretendSlack
from bot.sandbox.workspace import Json

_WAIT_SECONDS = 15.0


class PlayedWeek:
    """Lets people do by hand, in the pretend Slack, what the weekly messages need.

    Args:
        slack: with its people. clock: of all. bot: the running one. zone: of the week.
    """

    def __init__(self, slack: PretendSlack, clock: SharedClock, bot: BotProcess, zone: str) -> None:
        self._slack = slack
        self._clock = clock
        self._bot = bot
        self._zone = ZoneInfo(zone)

    async def set_up(self, manager: str, sellers: list[str], channel: str) -> None:
        """The manager sets up a team, every seller says yes and switches the look back on."""
        workspace = self._slack.workspace
        await self._slack.command(manager, channel, "/reframe", "team")
        form = {
            "name": {"name": {"value": "North"}},
            "people": {"people": {"selected_users": sellers}},
            "day": {"day": {"selected_option": {"value": "mon"}}},
            "time": {"time": {"selected_time": "09:00"}},
        }
        await self._slack.submit(manager, self._form(), form)
        await self._bot.idle()
        for user in sellers:
            dm = workspace.direct_channel(user)
            asked = workspace.messages(dm)[-1]
            await self._slack.press(user, dm, asked["ts"], "reframe_team_yes")
            await self._slack.command(user, channel, "/reframe", "settings")
            chosen = {
                "reflect": {"reflect": {"selected_option": {"value": "on"}}},
                "reflect_day": {"reflect_day": {"selected_option": {"value": "fri"}}},
                "reflect_time": {"reflect_time": {"selected_time": "15:00"}},
            }
            await self._slack.submit(user, self._form(), chosen)
        await self._bot.idle()

    async def until(self, weekday: int, hour: int, kind: str, count: int) -> list[Json]:
        """Leaps to the next such hour, and waits for so many messages of a kind; returns them."""
        now = datetime.fromtimestamp(self._clock(), self._zone)
        day = now + timedelta(days=(weekday - now.weekday()) % 7)
        self._clock.leap_to(day.replace(hour=hour, minute=0, second=5).timestamp())
        deadline = asyncio.get_running_loop().time() + _WAIT_SECONDS
        while len(self.said(kind)) < count and asyncio.get_running_loop().time() < deadline:
            await asyncio.sleep(0.05)
        await self._bot.idle()
        return self.said(kind)

    def said(self, kind: str) -> list[Json]:
        """What the bot said of a kind: ``reflection`` or ``digest``."""
        return [
            message
            for _, message in self._slack.workspace.own_posts()
            if str((message.get("metadata") or {}).get("event_payload", {}).get("key")).startswith(
                f"{kind}-"
            )
        ]

    def _form(self) -> Json:
        views = self._slack.workspace.views.values()
        return [view for view in views if view["type"] == "modal"][-1]
