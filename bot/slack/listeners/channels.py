"""Listens to invitations to a channel, and to what is chosen for a channel or a trap."""

from __future__ import annotations

from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_bolt.context.async_context import AsyncBoltContext

from bot.core.model import Trap
from bot.core.policy import Limits
from bot.flows.channel_invitation import ChannelInvitation
from bot.flows.channel_settings import ChannelSettingsFlow
from bot.flows.probation import ProbationFlow
from bot.slack.listeners.channel_changes import RemembersReaders
from bot.slack.listeners.payload import Json, origin_of
from bot.slack.listeners.responder import Responder
from bot.slack.views import channels
from bot.slack.views.block_kit import line


class ChannelListeners:
    """Takes what concerns a channel, or a trap in the whole workspace.

    Args:
        invitation, settings, probation: the flows.
        limits: how long a pause is.
        readers: remembers who reads each channel.
        responder: answers presses.
    """

    def __init__(
        self,
        *,
        invitation: ChannelInvitation,
        settings: ChannelSettingsFlow,
        probation: ProbationFlow,
        limits: Limits,
        readers: RemembersReaders,
        responder: Responder,
    ) -> None:
        self._invitation = invitation
        self._settings = settings
        self._probation = probation
        self._limits = limits
        self._readers = readers
        self._responder = responder

    def register(self, app: AsyncApp) -> None:
        """Register the listeners."""
        app.event("member_joined_channel")(self.on_joined)
        app.action(channels.DELIVERY)(self.on_delivery)
        app.action(channels.EXAMPLE)(self.on_example)
        app.action(channels.CLEAR_PROBATION)(self.on_clear_probation)

    async def on_joined(self, event: Json, body: Json, context: AsyncBoltContext) -> None:
        """Greet the channel if the bot came in; whoever joins, its readers are others now."""
        channel_id, inviter_id = event.get("channel"), event.get("inviter")
        if not isinstance(channel_id, str):
            return
        workspace_id = origin_of(body).workspace_id
        self._readers.readers_changed(workspace_id, channel_id)
        if event.get("user") == context.bot_user_id:
            # no inviter: nobody in particular brought it in
            who = inviter_id if isinstance(inviter_id, str) else ""
            event_id = str(body.get("event_id") or channel_id)
            await self._invitation.accept(workspace_id, channel_id, who, event_id)

    async def on_delivery(self, body: Json, action: Json, ack: AsyncAck) -> None:
        """Choose where a channel's questions go."""
        origin, strings = origin_of(body), await self._responder.strings(body)
        delivery, channel_id = channels.read_delivery(action["selected_option"]["value"])
        is_theirs = await self._settings.choose_delivery(
            origin.workspace_id, channel_id, origin.user_id, delivery
        )
        await ack()
        shown = line(strings["channel"]["not_yours"])
        if is_theirs:
            shown = channels.delivery_chosen(channel_id, delivery, strings)
        self._responder.show(body, shown)

    async def on_example(self, body: Json, ack: AsyncAck) -> None:
        """Show what a question looks like."""
        await ack()
        strings = await self._responder.strings(body)
        self._responder.show(body, channels.example(strings, self._limits))

    async def on_clear_probation(self, body: Json, action: Json, ack: AsyncAck) -> None:
        """Let a trap speak again."""
        origin = origin_of(body)
        is_theirs = await self._probation.clear(
            origin.workspace_id, Trap(action["value"]), origin.user_id
        )
        await ack()
        words = (await self._responder.strings(body))["channel"]
        self._responder.show(body, line(words["again_done" if is_theirs else "not_yours"]))
