"""An author brings a private question to its thread, and sees below it that it is there."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from bot.core.model import More
from bot.flows.delivery_outcome import wait_for_delivery
from bot.flows.house_rules import HouseRules
from bot.flows.nudge_messages import line_about, reject_other_user, thread_copy_key
from bot.flows.ports.clock import Clock
from bot.flows.ports.findings import NudgeRecord
from bot.flows.ports.outbox import DeliveryState, MessageKind, OutgoingMessage
from bot.flows.ports.unit_of_work import Store, UnitOfWork

log = logging.getLogger(__name__)

_DELETED = "deleted"


@dataclass(frozen=True, slots=True)
class ThreadShare:
    """What a press has begun, or why it has begun nothing.

    Attributes:
        key: of the copy for the thread, which may be there since an earlier press; empty for none.
        content: what the private question holds.
        is_first: whether this press has queued the copy.
        line: what takes the place of the private question if there is no copy; empty to leave it.
    """

    key: str = ""
    content: Mapping[str, Any] | None = None
    is_first: bool = False
    line: str = ""


class ThreadSharing:
    """Shares private questions in their threads, each once.

    Args:
        store, clock: the ports. rules: of each workspace.
        wake_delivery: called when something was queued.
    """

    def __init__(
        self, store: Store, clock: Clock, rules: HouseRules, wake_delivery: Callable[[], None]
    ) -> None:
        self._store = store
        self._clock = clock
        self._rules = rules
        self._wait_seconds = rules.limits.teams.share_wait_seconds
        self._wake_delivery = wake_delivery

    async def begin(self, workspace_id: str, key: str, user_id: str) -> ThreadShare | None:
        """Queue a copy of a private question for its thread, if its author presses.

        Args:
            workspace_id: Slack's team id. key: of the question. user_id: who pressed.

        Returns:
            None if nothing is known of the question any more.
        """
        async with self._store.begin() as uow:
            await uow.serialize(workspace_id, user_id)  # not while this person is forgotten
            nudge = await uow.findings.nudge(workspace_id, key)
            if nudge is None:
                return None
            strings = await self._rules.strings(uow, workspace_id)
            if nudge.author_id != user_id:
                await reject_other_user(uow, nudge, user_id, strings, now=self._clock())
                share = ThreadShare()
            elif nudge.message_deleted:
                share = ThreadShare(line=strings["feedback"][_DELETED])
            elif nudge.is_private:
                share = await self._queue_copy(uow, nudge)
                if not share.key:  # from a version that kept it in another way
                    old = strings["feedback"]["old"]
                    await uow.outbox.enqueue(
                        line_about(nudge, user_id, More.TO_THREAD, old, strings), now=self._clock()
                    )
            else:
                share = ThreadShare()
        self._wake_delivery()
        log.info("workspace=%s nudge=%s more=%s", workspace_id, key, More.TO_THREAD)
        return share

    async def outcome(self, workspace_id: str, share: ThreadShare) -> str:
        """Return the key in ``[feedback]`` of the note below the private question, once Slack has
        taken the copy, refused it, or takes long."""
        state = await wait_for_delivery(
            self._store, workspace_id, share.key, within_seconds=self._wait_seconds
        )
        if state is DeliveryState.WAITING:
            return "sharing"
        if state is not DeliveryState.SENT:
            return "not_shared"
        async with self._store.look() as uow:
            deletion = await uow.outbox.delivery_state(workspace_id, f"delete-{share.key}")
        if deletion in (DeliveryState.WAITING, DeliveryState.SENT):
            return "shared_removed"
        return "shared" if share.is_first else "shared_before"

    async def _queue_copy(self, uow: UnitOfWork, nudge: NudgeRecord) -> ThreadShare:
        content, private = await uow.outbox.contents_of(nudge.workspace_id, nudge.key)
        if not content:
            return ThreadShare()
        marked, key, now = {"nudge_key": nudge.key}, thread_copy_key(nudge.key), self._clock()
        copy = OutgoingMessage(
            key=key,
            kind=MessageKind.NUDGE,
            workspace_id=nudge.workspace_id,
            channel_id=nudge.channel_id,
            recipient_id=nudge.author_id,
            thread_ts=nudge.thread_ts,
            content={**content, **marked},
            private_content=None if private is None else {**private, **marked},
        )
        is_first = await uow.outbox.enqueue(copy, now=now)
        if is_first:
            await uow.findings.mark_answered(nudge.workspace_id, nudge.key, now=now)
        return ThreadShare(key, private or content, is_first)
