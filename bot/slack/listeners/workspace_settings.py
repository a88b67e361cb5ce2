"""Listens to what an admin chooses for the whole workspace, in Home and in its form."""

from __future__ import annotations

from slack_bolt.async_app import AsyncAck, AsyncApp

from bot.flows.workspace_settings import WorkspaceSettingsFlow
from bot.slack.listeners.home_tab import HomeTab
from bot.slack.listeners.payload import Json, origin_of
from bot.slack.listeners.responder import Responder
from bot.slack.views import workspace_settings


class WorkspaceSettingsListeners:
    """Takes what an admin presses. Whoever is none, whatever they send, changes nothing.

    Args:
        flow: shows and changes the rules of a workspace.
        responder: answers presses.
        home: draws Home again.
    """

    def __init__(self, *, flow: WorkspaceSettingsFlow, responder: Responder, home: HomeTab) -> None:
        self._flow = flow
        self._responder = responder
        self._home = home

    def register(self, app: AsyncApp) -> None:
        """Register the listeners."""
        app.action(workspace_settings.CHANGE)(self.on_change)
        app.action(workspace_settings.USE_DEFAULTS)(self.on_use_defaults)
        app.view(workspace_settings.FORM)(self.on_form)

    async def on_change(self, body: Json, ack: AsyncAck) -> None:
        """Open the form for an admin; for somebody who is none any more, draw Home without it."""
        origin = origin_of(body)
        shown = await self._flow.overview(origin.workspace_id, origin.user_id)
        if shown is None:
            await ack()
            self._home.draw(origin)
            return
        view = workspace_settings.workspace_form(shown, shown.rules.strings)
        await self._responder.open_modal(body, view)
        await ack()

    async def on_use_defaults(self, body: Json, ack: AsyncAck) -> None:
        """Take all choices back."""
        origin = origin_of(body)
        await self._flow.use_defaults(origin.workspace_id, origin.user_id)
        await ack()
        self._home.draw(origin)

    async def on_form(self, body: Json, ack: AsyncAck) -> None:
        """Keep what was chosen, all of it or nothing."""
        origin, strings = origin_of(body), await self._responder.strings(body)
        state = body["view"].get("state") or {}
        found = workspace_settings.read_workspace_form(state, self._flow.house, strings)
        if found.errors:
            await ack(response_action="errors", errors=found.errors)
            return
        wrong = await self._flow.choose(origin.workspace_id, origin.user_id, found.choices)
        if wrong:
            errors = workspace_settings.in_words(wrong, self._flow.house, strings)
            await ack(response_action="errors", errors=errors)
            return
        strings = await self._responder.strings(body)  # in the language that was just chosen
        text = strings["workspace"]["not_admin" if wrong is None else "saved"]
        await self._responder.acknowledge_form_with(body, ack, text)
        self._home.draw(origin)
