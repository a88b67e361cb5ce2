"""The listeners for channels and the workspace: invitations, modes, probation, the end of all."""

from __future__ import annotations

from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp

from bot.core.model import Delivery, Trap
from bot.flows.channels import Arrivals
from bot.flows.wishes import Controls
from bot.slack import blocks
from bot.slack.aside import Aside
from bot.slack.blocks import Look
from bot.slack.gateway import Identity
from bot.slack.screen import Screen

Body = dict[str, Any]


class ChannelRequests:
    """What concerns a channel or the whole workspace.

    Args:
        me: who the bot is. arrivals: invitations. controls: modes, and the end.
        screen: shows things. aside: for what need not be waited for.
    """

    def __init__(
        self, *, me: Identity, arrivals: Arrivals, controls: Controls, screen: Screen, aside: Aside
    ) -> None:
        self._me = me
        self._arrivals = arrivals
        self._controls = controls
        self._screen = screen
        self._aside = aside

    def register(self, app: AsyncApp) -> None:
        """Tells Bolt who hears what."""
        app.event("member_joined_channel")(self.on_joined)
        app.event("app_uninstalled")(self.on_uninstalled)
        app.event("tokens_revoked")(self.on_revoked)
        app.action(blocks.MODE)(self.on_mode)
        app.action(blocks.CLEAR)(self.on_clear)

    async def on_joined(self, event: Body, body: Body) -> None:
        """Someone joined a channel; only the bot's own coming matters."""
        inviter = event.get("inviter")
        if event.get("user") == self._me.user and isinstance(inviter, str):
            key = str(body.get("event_id") or event["channel"])
            await self._arrivals.invited(self._me.team, event["channel"], inviter, key)

    async def on_mode(self, body: Body, action: Body, ack: AsyncAck) -> None:
        """How a channel is to be watched was chosen."""
        name, _, channel = action["selected_option"]["value"].partition("|")
        delivery, voice = Delivery(name), self._screen.voice
        team, user = body["team"]["id"], body["user"]["id"]
        if await self._controls.watch(team, channel, user, delivery):
            said = voice["channel"]["chosen"].replace("$mode", voice["settings"][delivery])
            look = blocks.linked(said.replace("$channel", blocks.mention(channel)))
        else:
            look = blocks.line(voice["channel"]["not_yours"])
        await ack()
        self._respond(body, look)

    async def on_clear(self, body: Body, action: Body, ack: AsyncAck) -> None:
        """A kind of question may speak again."""
        team, user = body["team"]["id"], body["user"]["id"]
        done = await self._arrivals.clear(team, Trap(action["value"]), user)
        await ack()
        words_of = self._screen.voice["channel"]
        self._respond(body, blocks.line(words_of["again_done" if done else "not_yours"]))

    async def on_uninstalled(self) -> None:
        """The app was removed; Slack sends this and tokens_revoked in either order."""
        await self._controls.uninstalled(self._me.team)

    async def on_revoked(self, event: Body) -> None:
        """Tokens were taken back; those of persons don't matter."""
        if (event.get("tokens") or {}).get("bot"):
            await self._controls.uninstalled(self._me.team)

    def _respond(self, body: Body, look: Look) -> None:
        if url := body.get("response_url"):
            self._aside.do(self._screen.respond(url, look))
