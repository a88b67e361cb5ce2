"""Everything about a person as direct messages, where Slack takes no file from the bot."""

from __future__ import annotations

from bot.flows.ports.asks import Ask
from bot.flows.ports.outbox import MessageKind, OutgoingMessage
from bot.flows.ports.rendering import Renderer

_MESSAGE_CHARACTERS = 2_500  # of a text block, which holds 3,000 with what is escaped


def data_messages(
    ask: Ask, intro: str, content: str, again: str, renderer: Renderer
) -> list[OutgoingMessage]:
    """Return direct messages that hold all of it, as many as it takes.

    Args:
        ask: for the data.
        intro: the first message.
        content: what is kept.
        again: sent in place of a part that nobody can open any more.
        renderer: how a line looks.
    """
    starts = range(0, len(content), _MESSAGE_CHARACTERS)
    parts = [content[start : start + _MESSAGE_CHARACTERS] for start in starts]
    return [
        OutgoingMessage(
            key=f"answer-{ask.key}-{number}",
            kind=MessageKind.MESSAGE,
            workspace_id=ask.workspace_id,
            channel_id=ask.user_id,
            recipient_id=ask.user_id,
            content=renderer.line(again),
            private_content=renderer.line(text),
        )
        for number, text in enumerate((intro, *parts))
    ]
