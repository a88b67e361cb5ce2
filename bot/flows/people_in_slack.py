"""Who somebody is, if a wrong answer does little harm; and whether somebody is gone for good."""

from __future__ import annotations

import asyncio

from bot.core.model import Person
from bot.flows.errors import SlackCallError, SlackRefusedError
from bot.flows.ports.chat import Chat
from bot.flows.slack_error_codes import PERSON_GONE


async def person_or_unknown(
    chat: Chat, workspace_id: str, user_id: str, *, within_seconds: float | None = None
) -> Person:
    """Return a user as Slack describes them; a colleague in UTC if Slack can't be asked.

    For showing a time or a day. To decide whether to speak, ask ``chat.person`` itself.

    Args:
        chat, workspace_id, user_id: whom to ask for.
        within_seconds: how long to wait at most; None for as long as a call to Slack may take.
    """
    try:
        async with asyncio.timeout(within_seconds):
            return await chat.person(workspace_id, user_id)
    except (SlackCallError, TimeoutError):
        return Person.unknown(user_id)


async def person_if_known(
    chat: Chat, workspace_id: str, user_id: str, *, within_seconds: float | None
) -> Person | None:
    """Return a user as Slack describes them; None if Slack doesn't say, or not soon enough.

    For what somebody asks for while Slack waits: they can be told to try again. Somebody whom Slack
    doesn't know, or doesn't show to the bot, is no colleague.

    Args:
        chat, workspace_id, user_id: whom to ask for.
        within_seconds: how long to wait at most; None for as long as a call to Slack may take.
    """
    try:
        async with asyncio.timeout(within_seconds):
            return await chat.person(workspace_id, user_id)
    except TimeoutError:
        return None
    except SlackCallError as failure:
        if not is_gone(failure):
            return None
        return Person(user_id, time_zone=None, utc_offset=0, is_colleague=False)


def is_gone(failure: SlackCallError) -> bool:
    """Return whether Slack says that it has no such person to write to.

    All else passes: an invalid token is about the bot, and is replaced some day.
    """
    return isinstance(failure, SlackRefusedError) and failure.code in PERSON_GONE
