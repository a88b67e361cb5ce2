"""Fetches messages again whose text nobody can open any more: the key was lost with a restart.

An edited message counts as edited, a missing one as deleted, and where Slack refuses, the bot stays
quiet and says why. Slack allows some apps one such call per minute (docs.slack.dev/changelog,
2025-05-29), so messages of one channel share a call, and ``Retry-After`` is obeyed.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import replace

from bot.core.model import Reason
from bot.core.policy import Limits
from bot.flows.candidate_endings import CandidateEndings, named
from bot.flows.concurrency import run_all
from bot.flows.errors import SlackCallError, SlackRefusedError
from bot.flows.ports.chat import Chat
from bot.flows.ports.clock import Clock
from bot.flows.ports.inbox import Candidate, NewMessage
from bot.flows.ports.unit_of_work import Store
from bot.flows.slack_error_codes import APP_REFUSED, MISSING_SCOPE

log = logging.getLogger(__name__)


class LostTexts:
    """Gives candidates their text back.

    Args:
        store, chat, clock, limits: the ports and the caps.
        endings: ends those that have none any more.
    """

    def __init__(
        self,
        *,
        store: Store,
        chat: Chat,
        clock: Clock,
        limits: Limits,
        endings: CandidateEndings,
    ) -> None:
        self._store = store
        self._chat = chat
        self._clock = clock
        self._limits = limits
        self._endings = endings

    async def restore(self, candidates: Sequence[Candidate]) -> list[Candidate]:
        """Return the candidates of one workspace that can be decided now, each with its text.

        The others are ended here, or given back for later.
        """
        ready = [c for c in candidates if not c.text_is_lost]
        lost: dict[tuple[str, str | None], list[Candidate]] = {}
        for candidate in candidates:
            if candidate.text_is_lost:
                place = (candidate.message.channel_id, candidate.message.thread_ts)
                lost.setdefault(place, []).append(candidate)
        fetched = await run_all(self._fetch(together) for together in lost.values())
        return [*ready, *(candidate for some in fetched for candidate in some)]

    async def _fetch(self, lost: Sequence[Candidate]) -> list[Candidate]:
        """Fetch messages that stand in one thread, or all in the channel itself."""
        first = lost[0].message
        try:
            found = await self._chat.messages_at(
                first.workspace_id,
                first.channel_id,
                first.thread_ts,
                [c.message.ts for c in lost],
            )
        except SlackCallError as failure:
            log.warning("%s its text was lost: %s", named(first), failure)
            for candidate in lost:
                if _is_final(failure):
                    await self._endings.stay_quiet(candidate, Reason.TEXT_LOST)
                else:
                    await self._endings.retry_later(candidate, failure, in_vain=Reason.TEXT_LOST)
            return []
        restored = []
        for candidate in lost:
            now_stands = found.get(candidate.message.ts)
            if now_stands is None:
                await self._endings.stay_quiet(candidate, Reason.DELETED)
            elif now_stands.version > candidate.message.version:
                due_at = self._clock() + self._limits.settle_seconds
                async with self._store.begin() as uow:
                    await uow.inbox.replace_waiting(NewMessage(now_stands, due_at))
            else:
                message = replace(candidate.message, text=now_stands.text)
                restored.append(replace(candidate, message=message, text_is_lost=False))
        return restored


def _is_final(failure: SlackCallError) -> bool:
    """Return whether Slack won't show the messages later either. A token may be replaced within
    minutes; a scope takes a new installation."""
    if not isinstance(failure, SlackRefusedError):
        return False
    return failure.code == MISSING_SCOPE or failure.code not in APP_REFUSED
