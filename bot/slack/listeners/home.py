"""Listens to Home: draws it for whoever opens it; its buttons pause, ask, and send data."""

from __future__ import annotations

from slack_bolt.async_app import AsyncAck, AsyncApp

from bot.core.policy import DAY
from bot.flows.on_demand import OnDemand
from bot.flows.pause import Pauses
from bot.slack.listeners.home_tab import HomeTab
from bot.slack.listeners.on_demand import data_ask
from bot.slack.listeners.payload import Json, origin_of
from bot.slack.listeners.responder import Responder
from bot.slack.views import home, modals


class HomeListeners:
    """Takes what a person presses in Home; the settings have a file of their own.

    Args:
        pauses, on_demand: the flows.
        pause_days: how long the button pauses.
        responder: answers presses.
        home: draws Home again.
    """

    def __init__(
        self,
        *,
        pauses: Pauses,
        pause_days: float,
        on_demand: OnDemand,
        responder: Responder,
        home: HomeTab,
    ) -> None:
        self._pauses = pauses
        self._pause_seconds = pause_days * DAY
        self._on_demand = on_demand
        self._responder = responder
        self._home = home

    def register(self, app: AsyncApp) -> None:
        """Register the listeners."""
        app.event("app_home_opened")(self.on_home_opened)
        app.action(home.PAUSE)(self.on_home_pause)
        app.action(home.ASK)(self.on_home_ask)
        app.action(home.DATA)(self.on_home_data)

    async def on_home_opened(self, event: Json, body: Json) -> None:
        """Draw Home for whoever opens it."""
        if event.get("tab", "home") == "home":
            self._home.draw(origin_of(body), opened=True)

    async def on_home_pause(self, body: Json, ack: AsyncAck) -> None:
        """Pause for as long as the button says."""
        origin = origin_of(body)
        await self._pauses.pause(origin.workspace_id, origin.user_id, self._pause_seconds)
        await ack()
        self._home.draw(origin)

    async def on_home_ask(self, body: Json, ack: AsyncAck) -> None:
        """Open the form for asking."""
        await self._responder.open_modal(body, modals.ask_form(await self._responder.strings(body)))
        await ack()

    async def on_home_data(self, body: Json, ack: AsyncAck) -> None:
        """Send a person everything that is kept about them."""
        await self._on_demand.submit(data_ask(origin_of(body), body["trigger_id"]))
        await ack()
