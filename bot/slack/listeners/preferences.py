"""Listens to Home and to the settings, and to the button that erases everything about a person."""

from __future__ import annotations

from slack_bolt.async_app import AsyncAck, AsyncApp

from bot.core.policy import DAY
from bot.flows.channel_settings import ChannelSettingsFlow
from bot.flows.erasure import Erasure
from bot.flows.on_demand import OnDemand
from bot.flows.pause import Pauses
from bot.flows.preferences import PreferencesFlow
from bot.flows.weekly_reflection import WeeklyReflections
from bot.slack.listeners.home_tab import HomeTab
from bot.slack.listeners.on_demand import data_ask
from bot.slack.listeners.payload import Json, Origin, origin_of
from bot.slack.listeners.responder import Responder
from bot.slack.views import erasure, home, modals, settings_modal
from bot.slack.views.block_kit import line


class PreferencesListeners:
    """Takes what a person chooses.

    Args:
        preferences, channel_settings, reflections, pauses, erasure, on_demand: the flows.
        responder: answers presses.
        home: draws Home again.
    """

    def __init__(
        self,
        *,
        preferences: PreferencesFlow,
        channel_settings: ChannelSettingsFlow,
        reflections: WeeklyReflections,
        pauses: Pauses,
        erasure: Erasure,
        on_demand: OnDemand,
        responder: Responder,
        home: HomeTab,
    ) -> None:
        self._preferences = preferences
        self._channel_settings = channel_settings
        self._reflections = reflections
        self._pauses = pauses
        self._erasure = erasure
        self._on_demand = on_demand
        self._responder = responder
        self._home = home

    def register(self, app: AsyncApp) -> None:
        """Register the listeners."""
        app.event("app_home_opened")(self.on_home_opened)
        app.action(home.PAUSE)(self.on_home_pause)
        app.action(home.SETTINGS)(self.on_home_settings)
        app.action(home.ASK)(self.on_home_ask)
        app.action(home.DATA)(self.on_home_data)
        app.action(erasure.FORGET)(self.on_forget)
        app.view(settings_modal.SETTINGS)(self.on_settings_form)

    async def settings_view(self, origin: Origin, channel_id: str) -> Json:
        """Return the settings form.

        Args:
            origin: whose settings.
            channel_id: where it is opened; empty, or a direct conversation, for no channel.
        """
        workspace_id, user_id = origin.workspace_id, origin.user_id
        chosen = await self._preferences.get(workspace_id, user_id)
        channel = None
        if channel_id.startswith(("C", "G")):
            channel = await self._channel_settings.overview(workspace_id, channel_id, user_id)
        strings, limits = self._responder.strings, self._preferences.limits
        weekend = await self._preferences.weekend(workspace_id, user_id)
        return settings_modal.settings_form(strings, chosen, limits, channel, weekend=weekend)

    async def on_home_opened(self, event: Json, body: Json) -> None:
        """Draw Home for whoever opens it."""
        if event.get("tab", "home") == "home":
            self._home.draw(origin_of(body), opened=True)

    async def on_home_pause(self, body: Json, ack: AsyncAck) -> None:
        """Pause for a day."""
        origin = origin_of(body)
        await self._pauses.pause(origin.workspace_id, origin.user_id, DAY)
        await ack()
        self._home.draw(origin)

    async def on_home_settings(self, body: Json, ack: AsyncAck) -> None:
        """Open the settings."""
        view = await self.settings_view(origin_of(body), channel_id="")
        await self._responder.open_modal(body, view)
        await ack()

    async def on_home_ask(self, body: Json, ack: AsyncAck) -> None:
        """Open the form for asking."""
        await self._responder.open_modal(body, modals.ask_form(self._responder.strings))
        await ack()

    async def on_home_data(self, body: Json, ack: AsyncAck) -> None:
        """Send a person everything that is kept about them."""
        await self._on_demand.submit(data_ask(origin_of(body), body["trigger_id"]))
        await ack()

    async def on_settings_form(self, body: Json, ack: AsyncAck) -> None:
        """Save the settings."""
        origin, view = origin_of(body), body["view"]
        workspace_id, user_id = origin.workspace_id, origin.user_id
        found = settings_modal.read_settings(view.get("state") or {}, self._responder.strings)
        if found.errors:
            await ack(response_action="errors", errors=found.errors)
            return
        await self._preferences.update(workspace_id, user_id, **found.preferences)
        await self._reflections.reschedule(workspace_id, user_id)
        channel_id = view.get("private_metadata") or ""
        if channel_id and found.delivery:
            await self._channel_settings.choose_delivery(
                workspace_id, channel_id, user_id, found.delivery
            )
        await ack()
        self._home.draw(origin)

    async def on_forget(self, body: Json, ack: AsyncAck) -> None:
        """Erase everything about a person, who has confirmed it."""
        origin = origin_of(body)
        text = await self._erasure.forget_person(origin.workspace_id, origin.user_id)
        await ack()
        if body.get("response_url"):
            self._responder.replace(body, line(text))
        else:
            self._home.draw(origin)
