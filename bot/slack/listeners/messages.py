"""Listens to messages: those in channels go to intake, those to the bot itself are asks."""

from __future__ import annotations

from slack_bolt.async_app import AsyncApp

from bot.core.model import DirectMessage
from bot.flows.direct_message import DirectMessages
from bot.flows.intake import Intake
from bot.slack.listeners.payload import Json, origin_of
from bot.slack.parse import parse_event


def register(app: AsyncApp, *, intake: Intake, direct_messages: DirectMessages) -> None:
    """Register the listener for messages.

    Args:
        app: Bolt, which acknowledges after the listener: an event that could not be stored is not
            acknowledged, and Slack sends it again.
        intake: takes what is said in channels.
        direct_messages: takes what is said to the bot.
    """

    async def on_message(body: Json) -> None:
        event = parse_event(body, origin_of(body).workspace_id)
        if isinstance(event, DirectMessage):
            await direct_messages.receive(event)
        else:
            await intake.receive(event)

    app.event("message")(on_message)
