"""Some days after a helpful question, one line asks what came of it."""

from __future__ import annotations

import logging
from collections.abc import Callable

from bot.core.durations import local_time
from bot.core.model import Person, Preferences
from bot.core.phrases import Phrases
from bot.core.playbook_model import Playbook
from bot.core.policy import DAY, WEEK, Limits, with_preferences
from bot.flows.errors import SlackCallError
from bot.flows.ports.chat import Chat
from bot.flows.ports.clock import Clock
from bot.flows.ports.outbox import MessageKind, OutgoingMessage
from bot.flows.ports.rendering import Renderer
from bot.flows.ports.unit_of_work import Store
from bot.flows.ports.weekly import DueFollowUp, FollowUpOutcome

log = logging.getLogger(__name__)

_KEY = "followup"


class FollowUps:
    """Sends follow-ups, one per person per week, and keeps what came of a question.

    Args:
        store, chat, clock, limits: the ports and the caps.
        playbook: the words. renderer: how they look.
        wake_delivery: called when something was queued.
    """

    def __init__(
        self,
        *,
        store: Store,
        chat: Chat,
        clock: Clock,
        limits: Limits,
        playbook: Playbook,
        renderer: Renderer,
        wake_delivery: Callable[[], None],
    ) -> None:
        self._store = store
        self._chat = chat
        self._clock = clock
        self._limits = limits
        self._playbook = playbook
        self._renderer = renderer
        self._wake_delivery = wake_delivery
        self._away = Phrases(playbook.cues["away"])
        self._questions = {
            q.id: q.text for content in playbook.traps.values() for q in content.questions
        }

    async def run_due(self) -> int:
        """Send all that is due now; return how many."""
        now, limits = self._clock(), self._limits
        async with self._store.begin() as uow:
            found = await uow.weekly.due_follow_ups(
                answered_after=now - limits.follow_up_to_days * DAY,
                answered_until=now - limits.follow_up_from_days * DAY,
                none_since=now - WEEK,
                limit=limits.batches.weekly,
            )
        one_each = {(due.workspace_id, due.user_id): due for due in reversed(found)}
        sent = 0
        for due in one_each.values():
            sent += await self._send(due)
        if sent:
            self._wake_delivery()
        return sent

    async def record_outcome(
        self, workspace_id: str, key: str, user_id: str, outcome: FollowUpOutcome
    ) -> str | None:
        """Keep what came of a question; return the line to show, None if it isn't theirs to say."""
        async with self._store.begin() as uow:
            if not await uow.weekly.set_follow_up_outcome(workspace_id, key, user_id, outcome):
                return None
        log.info("workspace=%s nudge=%s outcome=%s", workspace_id, key, outcome)
        return self._playbook.text("followup", "thanks")

    async def key_of_message(self, workspace_id: str, user_id: str, ts: str) -> str | None:
        """Return the key of the nudge that a follow-up of ours is about; None if it is none."""
        async with self._store.begin() as uow:
            key = await uow.outbox.key_of_sent(workspace_id, user_id, ts)
        if key is None or not key.startswith(f"{_KEY}-"):
            return None
        return key.removeprefix(f"{_KEY}-")

    async def _send(self, due: DueFollowUp) -> bool:
        question = self._questions.get(due.question_id)
        if question is None:
            return False
        try:
            person = await self._chat.person(due.workspace_id, due.user_id)
        except SlackCallError as failure:
            log.info("workspace=%s a follow-up waits: %s", due.workspace_id, failure)
            return False
        now = self._clock()
        async with self._store.begin() as uow:
            chosen = await uow.people.preferences(due.workspace_id, due.user_id)
            if self._is_bad_moment(person, chosen, now):
                return False
            if not await uow.weekly.add_follow_up(due, now=now):
                return False  # another worker has sent it
            message = OutgoingMessage(
                key=f"{_KEY}-{due.key}",
                kind=MessageKind.MESSAGE,
                workspace_id=due.workspace_id,
                channel_id=due.user_id,
                recipient_id=due.user_id,
                content=self._renderer.follow_up(due.key, question),
            )
            return await uow.outbox.enqueue(message, now=now)

    def _is_bad_moment(self, person: Person, chosen: Preferences, now: float) -> bool:
        quiet = with_preferences(self._limits, chosen).quiet_hours
        return (
            not person.is_colleague
            or chosen.is_paused(now)
            or person.status in self._away
            or (quiet is not None and quiet.cover(local_time(now, person)))
        )
