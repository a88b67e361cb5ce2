"""Listens to the button that erases everything about a person."""

from __future__ import annotations

from slack_bolt.async_app import AsyncAck, AsyncApp

from bot.flows.erasure import Erasure
from bot.slack.listeners.home_tab import HomeTab
from bot.slack.listeners.payload import Json, origin_of
from bot.slack.listeners.responder import Responder
from bot.slack.views import erasure
from bot.slack.views.block_kit import line


class ErasureListener:
    """Takes a confirmed erasure, from Home or from a message.

    Args:
        erasure: the flow.
        responder: answers presses.
        home: draws Home again.
    """

    def __init__(self, *, erasure: Erasure, responder: Responder, home: HomeTab) -> None:
        self._erasure = erasure
        self._responder = responder
        self._home = home

    def register(self, app: AsyncApp) -> None:
        """Register the listener."""
        app.action(erasure.FORGET)(self.on_forget)

    async def on_forget(self, body: Json, ack: AsyncAck) -> None:
        """Erase everything about a person, who has confirmed it."""
        origin = origin_of(body)
        text = await self._erasure.forget_person(origin.workspace_id, origin.user_id)
        await ack()
        if body.get("response_url"):
            self._responder.replace(body, line(text))
        else:
            self._home.draw(origin)
