"""The bot is invited to a channel: a modest hello to who invited it, one line for the others."""

from __future__ import annotations

import logging
from collections.abc import Callable

from bot.core.admission import Admission, Purpose
from bot.core.gate import Unprompted
from bot.core.model import Audience
from bot.flows import remembered
from bot.flows.admission import Admissions
from bot.flows.channel_notice import post_notice_of_invitation
from bot.flows.channel_pause import end_closed_pause, is_turned_off, turn_on
from bot.flows.errors import SlackCallError
from bot.flows.house_rules import HouseRules
from bot.flows.ports.chat import Chat
from bot.flows.ports.clock import Clock
from bot.flows.ports.outbox import MessageKind, OutgoingMessage
from bot.flows.ports.rendering import Content, Renderer
from bot.flows.ports.unit_of_work import Store

log = logging.getLogger(__name__)


class ChannelInvitation:
    """Says hello in a new channel.

    Args:
        store, chat, clock: the ports. renderer: renders the hello and the notice.
        admissions: decides who may choose for a channel.
        watches: whether a channel of a workspace is to be watched; given both ids.
        rules: of each workspace; where questions go until somebody chooses for the channel.
        wake_delivery: called when something was queued.
    """

    def __init__(
        self,
        *,
        store: Store,
        admissions: Admissions,
        chat: Chat,
        clock: Clock,
        renderer: Renderer,
        watches: Callable[[str, str], bool],
        rules: HouseRules,
        wake_delivery: Callable[[], None],
    ) -> None:
        self._store = store
        self._admissions = admissions
        self._chat = chat
        self._clock = clock
        self._renderer = renderer
        self._watches = watches
        self._rules = rules
        self._wake_delivery = wake_delivery

    async def accept(
        self, workspace_id: str, channel_id: str, inviter_id: str, event_id: str
    ) -> bool:
        """Take an invitation. False: known already, or not a channel that is watched.

        It ends a pause that the channel has because the bot could not post there, and, if whoever
        invites may decide for the channel, one because it was turned off there.

        Args:
            workspace_id, channel_id: where.
            inviter_id: who is greeted, if they are a member of the workspace; empty if Slack
                doesn't say.
            event_id: tells invitations apart.

        Raises:
            StoreUnavailableError: nothing was stored, so it must not be acknowledged.
        """
        if not self._watches(workspace_id, channel_id):
            return False
        async with self._store.begin() as uow:
            if await remembered.is_taken(uow, workspace_id, event_id):
                return False
            rules = await self._rules.of(uow, workspace_id)
        if not await self._is_ours(workspace_id, inviter_id):
            inviter_id = ""
        may_speak = await self._only_colleagues_read(workspace_id, channel_id)
        now = self._clock()
        async with self._store.begin() as uow:
            await uow.serialize(workspace_id, channel_id)  # somebody may be turning the bot off
            settings = await uow.channels.settings(workspace_id, channel_id)
            await end_closed_pause(uow, workspace_id, settings)
            may_choose = rules.may_choose(inviter_id, inviter_id)
            if may_choose:
                await turn_on(uow, workspace_id, settings)
            stays_off = is_turned_off(settings, now) and not may_choose
            if inviter_id:
                content = self._renderer.hello(
                    rules.strings,
                    channel_id,
                    may_speak=may_speak,
                    may_choose=may_choose,
                    is_off=stays_off,
                    delivery=rules.limits.delivery,
                )
                hello = _hello(workspace_id, inviter_id, event_id, content)
                if not await uow.outbox.enqueue(hello, now=now):
                    return False
                await uow.channels.update(
                    workspace_id, channel_id, inviter_id=inviter_id, invited_at=now
                )
            if may_speak and not stays_off:
                notice = self._renderer.channel_notice(rules.strings)
                await post_notice_of_invitation(
                    uow, notice, workspace_id, settings, event_id=event_id, now=now
                )
            await remembered.take(uow, workspace_id, event_id, at=now)
        self._wake_delivery()
        log.info(
            "workspace=%s channel=%s invited, only colleagues read: %s",
            workspace_id,
            channel_id,
            may_speak,
        )
        return True

    async def _is_ours(self, workspace_id: str, inviter_id: str) -> bool:
        """Return whether the inviter may be greeted and may choose for the channel."""
        admission = await self._admissions.admit(workspace_id, inviter_id, Purpose.ORDINARY)
        return admission is Admission.ADMITTED

    async def _only_colleagues_read(self, workspace_id: str, channel_id: str) -> bool:
        try:
            audience = await self._chat.audience(workspace_id, channel_id)
        except SlackCallError:  # the adapter has said so
            return False
        return audience is Audience.COLLEAGUES


def _hello(workspace_id: str, inviter_id: str, event_id: str, content: Content) -> OutgoingMessage:
    return OutgoingMessage(
        key=f"hello-{event_id}",
        kind=MessageKind.MESSAGE,
        workspace_id=workspace_id,
        channel_id=inviter_id,
        recipient_id=inviter_id,
        content=content,
        unprompted=Unprompted.HELLO,
    )
