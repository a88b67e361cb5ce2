"""Listens to what is weekly: reflections, follow-ups, sales teams and digests."""

from __future__ import annotations

import re

from slack_bolt.async_app import AsyncAck, AsyncApp

from bot.flows.digest import TeamDigests
from bot.flows.follow_up import FollowUps
from bot.flows.ports.sales_teams import SalesTeam
from bot.flows.team_setup import TeamSetup
from bot.flows.weekly_reflection import WeeklyReflections
from bot.slack.listeners.payload import Json, origin_of
from bot.slack.listeners.responder import Responder
from bot.slack.parse import plain_text
from bot.slack.views import digest, nudge, weekly, weekly_modals
from bot.slack.views.block_kit import line


class WeeklyListeners:
    """Takes what people press and send.

    Args:
        reflections, follow_ups, team_setup, digests: the flows.
        responder: answers presses.
    """

    def __init__(
        self,
        *,
        reflections: WeeklyReflections,
        follow_ups: FollowUps,
        team_setup: TeamSetup,
        digests: TeamDigests,
        responder: Responder,
    ) -> None:
        self._reflections = reflections
        self._follow_ups = follow_ups
        self._team_setup = team_setup
        self._digests = digests
        self._responder = responder

    def register(self, app: AsyncApp) -> None:
        """Register the listeners."""
        app.action(weekly.REFLECT)(self.on_reflect)
        app.action(weekly.SKIP)(self.on_skip)
        app.action(weekly.OFF)(self.on_switch_off)
        app.action(nudge.REFLECT_ON)(self.on_switch_on)
        app.action(re.compile(f"^{weekly.OUTCOME}"))(self.on_outcome)
        app.action(re.compile(f"^({weekly.ACCEPT}|{weekly.DECLINE})$"))(self.on_invitation)
        app.action(digest.SHARE)(self.on_share)
        app.view(weekly_modals.REFLECTION)(self.on_reflection_form)
        app.view(weekly_modals.TEAM)(self.on_team_form)

    async def on_reflect(self, body: Json, action: Json, ack: AsyncAck) -> None:
        """Open the form of a reflection."""
        origin = origin_of(body)
        plan = await self._reflections.plan(origin.workspace_id, origin.user_id)
        view = weekly_modals.reflection_form(self._responder.strings, action["value"], plan)
        await self._responder.open_modal(body, view)
        await ack()

    async def on_reflection_form(self, body: Json, ack: AsyncAck) -> None:
        """Keep what a seller wrote."""
        origin, view = origin_of(body), body["view"]
        written = weekly_modals.read_reflection(view.get("state") or {})
        text = await self._reflections.save_answers(
            origin.workspace_id,
            origin.user_id,
            view["private_metadata"],
            {name: plain_text(answer) for name, answer in written.items()},
        )
        await self._responder.acknowledge_form_with(ack, text)

    async def on_skip(self, body: Json, ack: AsyncAck) -> None:
        """Skip a week; nothing of it is kept."""
        await ack()
        self._replace(body, "skipped")

    async def on_switch_off(self, body: Json, ack: AsyncAck) -> None:
        """Turn off the weekly reflection."""
        origin = origin_of(body)
        await self._reflections.switch(origin.workspace_id, origin.user_id, on=False)
        await ack()
        self._replace(body, "ended")

    async def on_switch_on(self, body: Json, ack: AsyncAck) -> None:
        """Send a reflection every week."""
        origin = origin_of(body)
        await self._reflections.switch(origin.workspace_id, origin.user_id, on=True)
        await ack()
        self._replace(body, "accepted")

    async def on_outcome(self, body: Json, action: Json, ack: AsyncAck) -> None:
        """Keep what came of a question."""
        origin = origin_of(body)
        outcome, key = weekly.read_outcome(action["value"])
        text = await self._follow_ups.record_outcome(
            origin.workspace_id, key, origin.user_id, outcome
        )
        await ack()
        self._responder.replace(body, line(text or self._responder.strings["feedback"]["old"]))

    async def on_invitation(self, body: Json, action: Json, ack: AsyncAck) -> None:
        """Take a member's answer to being counted in a sales team."""
        origin = origin_of(body)
        text = await self._team_setup.answer_invitation(
            origin.workspace_id,
            action["value"],
            origin.user_id,
            accepts=action["action_id"] == weekly.ACCEPT,
        )
        await ack()
        self._responder.replace(body, line(text))

    async def on_team_form(self, body: Json, ack: AsyncAck) -> None:
        """Save a manager's sales team."""
        origin, view = origin_of(body), body["view"]
        form = weekly_modals.read_team(view.get("state") or {})
        team = SalesTeam(
            id=view.get("private_metadata") or f"G-{view['id']}",
            workspace_id=origin.workspace_id,
            manager_id=origin.user_id,
            name=plain_text(form.name),
            slot=form.slot,
            channel_id=form.channel_id,
        )
        text = await self._team_setup.save(team, form.member_ids)
        await self._responder.acknowledge_form_with(ack, text)

    async def on_share(self, body: Json, action: Json, ack: AsyncAck) -> None:
        """Pass a digest on to the team's channel."""
        origin = origin_of(body)
        team_id, week = digest.read_share(action["value"])
        text = await self._digests.share(origin.workspace_id, origin.user_id, team_id, week)
        await ack()
        self._responder.show(body, line(text))

    def _replace(self, body: Json, key: str) -> None:
        self._responder.replace(body, line(self._responder.strings["reflection"][key]))
