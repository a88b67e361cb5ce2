"""Who somebody is, if a wrong answer does little harm."""

from __future__ import annotations

from bot.core.model import Person
from bot.flows.errors import SlackCallError
from bot.flows.ports.chat import Chat


async def person_or_unknown(chat: Chat, workspace_id: str, user_id: str) -> Person:
    """Return a user as Slack describes them; a colleague in UTC if Slack can't be asked.

    For showing a time or a day. To decide whether to speak, ask ``chat.person`` itself.
    """
    try:
        return await chat.person(workspace_id, user_id)
    except SlackCallError:
        return Person.unknown(user_id)
