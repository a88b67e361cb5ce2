"""Listens to messages: those in channels go to intake, those to the bot itself are asks."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from bot.core.model import DirectMessage
from bot.flows.direct_message import DirectMessages
from bot.flows.intake import Intake
from bot.slack.listeners.payload import Json, workspace_of
from bot.slack.parse import parse_event


def message_listener(
    *, intake: Intake, direct_messages: DirectMessages
) -> Callable[[Json], Awaitable[None]]:
    """Return the listener for messages, given the envelope of the event.

    What it raises is no acknowledgment: an event that could not be stored, Slack sends again.

    Args:
        intake: takes what is said in channels.
        direct_messages: takes what is said to the bot.
    """

    async def on_message(body: Json) -> None:
        event = parse_event(body, workspace_of(body))
        if isinstance(event, DirectMessage):
            await direct_messages.receive(event)
        else:
            await intake.receive(event)

    return on_message
