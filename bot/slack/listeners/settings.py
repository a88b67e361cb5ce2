"""Listens to the settings: opens their form, and saves what comes back."""

from __future__ import annotations

from slack_bolt.async_app import AsyncAck, AsyncApp

from bot.flows.channel_settings import ChannelSettingsFlow
from bot.flows.preferences import PreferencesFlow
from bot.flows.reflection_schedule import ReflectionSchedule
from bot.slack.listeners.home_tab import HomeTab
from bot.slack.listeners.payload import Json, origin_of
from bot.slack.listeners.responder import Responder
from bot.slack.views import home, settings_modal


class SettingsListeners:
    """Takes what a person chooses.

    Args:
        preferences, channel_settings, schedule: the flows.
        responder: answers presses.
        home: draws Home again.
    """

    def __init__(
        self,
        *,
        preferences: PreferencesFlow,
        channel_settings: ChannelSettingsFlow,
        schedule: ReflectionSchedule,
        responder: Responder,
        home: HomeTab,
    ) -> None:
        self._preferences = preferences
        self._channel_settings = channel_settings
        self._schedule = schedule
        self._responder = responder
        self._home = home

    def register(self, app: AsyncApp) -> None:
        """Register the listeners."""
        app.action(home.SETTINGS)(self.on_home_settings)
        app.view(settings_modal.SETTINGS)(self.on_settings_form)

    async def settings_view(self, body: Json, channel_id: str) -> Json:
        """Return the settings form.

        Args:
            body: the payload of whoever opens them.
            channel_id: where it is opened; empty, or a direct conversation, for no channel.
        """
        origin = origin_of(body)
        workspace_id, user_id = origin.workspace_id, origin.user_id
        chosen = await self._preferences.get(workspace_id, user_id)
        channel = None
        if channel_id.startswith(("C", "G")):
            channel = await self._channel_settings.overview(workspace_id, channel_id, user_id)
        limits = await self._preferences.limits(workspace_id)
        weekend = await self._preferences.weekend(workspace_id, user_id)
        strings = await self._responder.strings(body)
        return settings_modal.settings_form(strings, chosen, limits, channel, weekend=weekend)

    async def on_home_settings(self, body: Json, ack: AsyncAck) -> None:
        """Open the settings."""
        view = await self.settings_view(body, channel_id="")
        await self._responder.open_modal(body, view)
        await ack()

    async def on_settings_form(self, body: Json, ack: AsyncAck) -> None:
        """Save the settings."""
        origin, view = origin_of(body), body["view"]
        workspace_id, user_id = origin.workspace_id, origin.user_id
        strings = await self._responder.strings(body)
        before = await self._preferences.get(workspace_id, user_id)
        limits = await self._preferences.limits(workspace_id)
        weekend = await self._preferences.weekend(workspace_id, user_id)
        found = settings_modal.read_settings(
            view.get("state") or {}, strings, before, limits, weekend=weekend
        )
        if found.errors:
            await ack(response_action="errors", errors=found.errors)
            return
        await self._preferences.update(workspace_id, user_id, **found.preferences)
        await self._schedule.reschedule(workspace_id, user_id)
        channel_id, all_saved = view.get("private_metadata") or "", True
        if channel_id and found.delivery:
            all_saved = await self._channel_settings.choose_delivery(
                workspace_id, channel_id, user_id, found.delivery
            )
        text = strings["settings"]["saved" if all_saved else "saved_yours"]
        await self._responder.acknowledge_form_with(body, ack, text)
        self._home.draw(origin)
