"""Answers presses and forms that nothing listens to any more: buttons of an older version."""

from __future__ import annotations

import re

from slack_bolt.async_app import AsyncAck, AsyncApp

from bot.slack.listeners.payload import Json
from bot.slack.listeners.responder import Responder
from bot.slack.views.block_kit import line

_ANY = re.compile(".*")


def register(app: AsyncApp, *, responder: Responder) -> None:
    """Register the listeners; after every other one, since they take all that is left.

    Args:
        app: Bolt.
        responder: answers presses.
    """

    async def on_press(body: Json, ack: AsyncAck) -> None:
        await ack()
        responder.show(body, line((await responder.strings(body))["feedback"]["old"]))

    async def on_form(body: Json, ack: AsyncAck) -> None:
        strings = await responder.strings(body)
        await responder.acknowledge_form_with(body, ack, strings["feedback"]["old"])

    app.action(_ANY)(on_press)
    app.view(_ANY)(on_form)
