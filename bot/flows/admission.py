"""Asks Slack who somebody is before the bot does what they want."""

from __future__ import annotations

import logging

from bot.core.admission import Admission, Purpose, admit
from bot.core.policy import Limits
from bot.flows.people_in_slack import person_if_known
from bot.flows.ports.chat import Chat

log = logging.getLogger(__name__)


class Admissions:
    """The one check of everybody who presses, types, sends a form, opens Home or writes to the bot.

    Args:
        chat, limits: who is asked, and for how long.
    """

    def __init__(self, *, chat: Chat, limits: Limits) -> None:
        self._chat = chat
        self._limits = limits

    async def admit(
        self, workspace_id: str, user_id: str, purpose: Purpose, *, is_waiting: bool = True
    ) -> Admission:
        """Decide whether somebody may do what they want; a refusal is in the log.

        Args:
            workspace_id: Slack's team id.
            user_id: who it is.
            purpose: what they want.
            is_waiting: whether Slack waits meanwhile, so there is little time to ask it.
        """
        if purpose is Purpose.OWN_DATA:
            return admit(None, purpose)
        within = self._limits.audience_within_seconds if is_waiting else None
        person = await person_if_known(self._chat, workspace_id, user_id, within_seconds=within)
        admission = admit(person, purpose)
        if admission is not Admission.ADMITTED:
            log.info("workspace=%s somebody was turned away: %s", workspace_id, admission)
        return admission
