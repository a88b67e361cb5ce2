"""Listens to what is about sales teams: their form, invitations, digests, and handing over."""

from __future__ import annotations

import re

from slack_bolt.async_app import AsyncAck, AsyncApp

from bot.flows.digest_sharing import DigestSharing
from bot.flows.ports.sales_teams import SalesTeam
from bot.flows.team_handover import TeamHandover
from bot.flows.team_members import TeamMembers
from bot.flows.team_setup import TeamSetup
from bot.slack.listeners.payload import Json, origin_of
from bot.slack.listeners.responder import Responder
from bot.slack.parse import plain_text
from bot.slack.views import digest, teams, weekly_modals
from bot.slack.views.block_kit import line


class TeamListeners:
    """Takes what people press and send.

    Args:
        setup, members, handover, sharing: the flows.
        responder: answers presses.
    """

    def __init__(
        self,
        *,
        setup: TeamSetup,
        members: TeamMembers,
        handover: TeamHandover,
        sharing: DigestSharing,
        responder: Responder,
    ) -> None:
        self._setup = setup
        self._members = members
        self._handover = handover
        self._sharing = sharing
        self._responder = responder

    def register(self, app: AsyncApp) -> None:
        """Register the listeners."""
        app.action(re.compile(f"^({teams.ACCEPT}|{teams.DECLINE})$"))(self.on_invitation)
        app.action(re.compile(f"^({teams.TAKE_OVER}|{teams.LEAVE_IT})$"))(self.on_offer)
        app.action(teams.END)(self.on_end)
        app.action(teams.HAND_OVER)(self.on_hand_over)
        app.action(digest.SHARE)(self.on_share)
        app.view(weekly_modals.TEAM)(self.on_team_form)

    async def on_team_form(self, body: Json, ack: AsyncAck) -> None:
        """Save a manager's sales team."""
        origin, view = origin_of(body), body["view"]
        form = weekly_modals.read_team(view.get("state") or {})
        known_id = view.get("private_metadata") or ""
        team = SalesTeam(
            id=known_id or f"G-{view['id']}",
            workspace_id=origin.workspace_id,
            manager_id=origin.user_id,
            name=plain_text(form.name),
            slot=form.slot,
            channel_id=form.channel_id,
        )
        text = await self._setup.save(team, form.member_ids, is_new=not known_id)
        await self._responder.acknowledge_form_with(body, ack, text)

    async def on_invitation(self, body: Json, action: Json, ack: AsyncAck) -> None:
        """Take a member's answer to being counted in a sales team."""
        origin = origin_of(body)
        text = await self._members.answer_invitation(
            origin.workspace_id,
            action["value"],
            origin.user_id,
            accepts=action["action_id"] == teams.ACCEPT,
        )
        await ack()
        self._responder.replace(body, line(text))

    async def on_end(self, body: Json, action: Json, ack: AsyncAck) -> None:
        """End a team."""
        origin = origin_of(body)
        text = await self._handover.end(origin.workspace_id, origin.user_id, action["value"])
        await ack()
        self._responder.replace(body, line(text))

    async def on_hand_over(self, body: Json, action: Json, ack: AsyncAck) -> None:
        """Ask somebody to take a team over."""
        origin, next_id = origin_of(body), action.get("selected_user")
        if not next_id:  # the field was emptied again
            await ack()
            return
        text = await self._handover.offer(
            origin.workspace_id, origin.user_id, action["block_id"], next_id
        )
        await ack()
        self._responder.replace(body, line(text))

    async def on_offer(self, body: Json, action: Json, ack: AsyncAck) -> None:
        """Take the answer of the person who was asked to take a team over."""
        origin = origin_of(body)
        text = await self._handover.answer_offer(
            origin.workspace_id,
            origin.user_id,
            action["value"],
            accepts=action["action_id"] == teams.TAKE_OVER,
        )
        await ack()
        self._responder.replace(body, line(text))

    async def on_share(self, body: Json, action: Json, ack: AsyncAck) -> None:
        """Pass a digest on to the team's channel, and show what came of it once that is known."""
        origin = origin_of(body)
        team_id, week = digest.read_share(action["value"])
        share = await self._sharing.begin(origin.workspace_id, origin.user_id, team_id, week)
        await ack()
        self._responder.show_later(body, self._sharing.outcome(origin.workspace_id, share))
