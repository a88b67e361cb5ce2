"""Some days after a helpful question, one line asks what came of it."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence

from bot.core.gate import SendNow, Unprompted
from bot.core.model import Person, Preferences
from bot.core.playbook_model import Playbook
from bot.core.policy import DAY, WEEK
from bot.flows.concurrency import Lanes, by_workspace
from bot.flows.errors import SlackCallError, StoreUnavailableError
from bot.flows.house_rules import HouseRules
from bot.flows.people_in_slack import is_gone
from bot.flows.ports.chat import Chat
from bot.flows.ports.clock import Clock
from bot.flows.ports.outbox import MessageKind, OutgoingMessage
from bot.flows.ports.rendering import Renderer
from bot.flows.ports.unit_of_work import Store, UnitOfWork
from bot.flows.ports.weekly import DueFollowUp, FollowUpOutcome
from bot.flows.weekly_messages import follow_up_key

log = logging.getLogger(__name__)


class FollowUps:
    """Sends follow-ups, one per person per week, and keeps what came of a question.

    Args:
        store, chat, clock: the ports. rules: of each workspace.
        playbook: the questions. renderer: how they look.
        wake_delivery: called when something was queued.
    """

    def __init__(
        self,
        *,
        store: Store,
        chat: Chat,
        clock: Clock,
        rules: HouseRules,
        playbook: Playbook,
        renderer: Renderer,
        wake_delivery: Callable[[], None],
    ) -> None:
        self._store = store
        self._chat = chat
        self._clock = clock
        self._rules = rules
        self._renderer = renderer
        self._wake_delivery = wake_delivery
        self._questions = playbook.question_texts
        self._last_seen: DueFollowUp | None = None
        self._lanes = Lanes(rules.limits.batches.weekly_patience_seconds)

    async def run_due(self) -> int:
        """Send what is due now, each workspace in a lane of its own; return how many by then.

        A workspace whose Slack hangs goes on after that, and is left out meanwhile. One call looks
        at a batch. What waits at the gate stays due, so the next call goes on behind this batch,
        and begins again at the oldest after the last.
        """
        now, limits = self._clock(), self._rules.limits
        async with self._store.begin() as uow:
            found = await uow.weekly.due_follow_ups(
                answered_after=now - limits.follow_up_to_days * DAY,
                answered_until=now - limits.follow_up_from_days * DAY,
                none_since=now - WEEK,
                limit=limits.batches.weekly,
                after=self._last_seen,
                without=self._lanes.busy,
            )
        self._last_seen = found[-1] if len(found) == limits.batches.weekly else None
        sent: list[DueFollowUp] = []
        for workspace_id, some in by_workspace(found, lambda due: due.workspace_id).items():
            self._lanes.start(workspace_id, self._send_each(some, sent))
        await self._lanes.wait()
        return len(sent)

    async def finish(self) -> None:
        """Wait for what is under way."""
        await self._lanes.finish()

    async def record_outcome(
        self, workspace_id: str, key: str, user_id: str, outcome: FollowUpOutcome
    ) -> str | None:
        """Keep what came of a question; return the line to show, None if it isn't theirs to say."""
        async with self._store.begin() as uow:
            return await self.record_in(uow, workspace_id, key, user_id, outcome)

    async def record_in(
        self,
        uow: UnitOfWork,
        workspace_id: str,
        key: str,
        user_id: str,
        outcome: FollowUpOutcome,
    ) -> str | None:
        """Keep what came of a question, in an open transaction; see ``record_outcome``."""
        if not await uow.weekly.set_follow_up_outcome(workspace_id, key, user_id, outcome):
            return None
        log.info("workspace=%s nudge=%s outcome=%s", workspace_id, key, outcome)
        return (await self._rules.strings(uow, workspace_id))["followup"]["thanks"]

    async def _send_each(self, some: Sequence[DueFollowUp], sent: list[DueFollowUp]) -> None:
        """Send what is due in one workspace, person by person; add to ``sent`` what was sent."""
        per_person: dict[str, list[DueFollowUp]] = {}
        for due in some:
            per_person.setdefault(due.user_id, []).append(due)
        for theirs in per_person.values():
            if due_now := await self._try(theirs):
                sent.append(due_now)
                self._wake_delivery()

    async def _try(self, theirs: Sequence[DueFollowUp]) -> DueFollowUp | None:
        """Send one person theirs; whoever can't be sent theirs keeps nobody else from it."""
        try:
            return await self._send_first(theirs)
        except StoreUnavailableError:
            raise
        except Exception as broken:  # noqa: BLE001 - one seller's fault must not stop the rest
            log.error(
                "workspace=%s subject=%s fails alone and is tried again: %s",
                theirs[0].workspace_id,
                theirs[0].user_id,
                type(broken).__name__,
            )
            return None

    async def _send_first(self, theirs: Sequence[DueFollowUp]) -> DueFollowUp | None:
        """Send one person the first that the gate lets pass, and return it."""
        askable = [due for due in theirs if due.question_id in self._questions]
        if not askable:
            return None
        oldest = askable[0]
        async with self._store.begin() as uow:
            if await self._wants_nothing(uow, oldest):
                return None  # so Slack need not be asked
        try:
            person = await self._chat.person(oldest.workspace_id, oldest.user_id)
        except SlackCallError as failure:
            log.info("workspace=%s a follow-up waits: %s", oldest.workspace_id, failure)
            if is_gone(failure):
                async with self._store.begin() as uow:
                    await uow.weekly.add_follow_up(oldest, now=self._clock())
            return None
        for due in askable:
            if await self._send(due, person):
                return due
        return None

    async def _send(self, due: DueFollowUp, person: Person) -> bool:
        now = self._clock()
        async with self._store.begin() as uow:
            chosen = await uow.people.preferences(due.workspace_id, due.user_id)
            rules = await self._rules.of(uow, due.workspace_id)
            passage = rules.gate.check(
                Unprompted.FOLLOW_UP,
                person,
                chosen,
                now=now,
                due_at=now,
                muted_until=await self._muted_until(uow, due),
            )
            if not isinstance(passage, SendNow):
                return False  # found again at a later tick, until it is too old
            if not await uow.weekly.add_follow_up(due, now=now):
                return False  # another worker has sent it
            message = OutgoingMessage(
                key=follow_up_key(due.key),
                kind=MessageKind.MESSAGE,
                workspace_id=due.workspace_id,
                channel_id=due.user_id,
                recipient_id=due.user_id,
                content=self._renderer.follow_up(
                    rules.strings, due.key, self._questions[due.question_id]
                ),
                unprompted=Unprompted.FOLLOW_UP,
            )
            return await uow.outbox.enqueue(message, now=now)

    async def _wants_nothing(self, uow: UnitOfWork, due: DueFollowUp) -> bool:
        chosen: Preferences = await uow.people.preferences(due.workspace_id, due.user_id)
        return chosen.is_paused(self._clock()) or chosen.daily_limit == 0

    async def _muted_until(self, uow: UnitOfWork, due: DueFollowUp) -> float | None:
        nudge = await uow.findings.nudge(due.workspace_id, due.key)
        if nudge is None or nudge.trap is None:
            return None
        return await uow.people.muted_until(due.workspace_id, due.user_id, nudge.trap)
