"""Test mode: for an hour an admin's messages in a channel are answered at once, for them alone."""

from __future__ import annotations

import logging
from collections.abc import Callable
from string import Template

from bot.core.durations import format_moment
from bot.core.languages import UiStrings
from bot.core.model import Message, Reason
from bot.flows.concurrency import SharedCalls
from bot.flows.decision_log import DecisionLog
from bot.flows.house_rules import HouseRules
from bot.flows.people_in_slack import person_or_unknown
from bot.flows.ports.chat import Chat
from bot.flows.ports.clock import Clock
from bot.flows.ports.outbox import MessageKind, OutgoingMessage
from bot.flows.ports.unit_of_work import Store

log = logging.getLogger(__name__)

TOPIC = "channel_test"

Place = tuple[str, str, str]
"""Workspace, channel, and who tests."""


class ChannelTests:
    """Starts and ends tests, and knows which messages belong to one.

    What runs is remembered in memory, since every message is asked about; it is read from the
    database once, however many wait for it, and there is one bot per database.

    Args:
        store, chat, clock: the ports.
        rules: of each workspace. Its admins may test; if there are none, whoever invited the bot
            to the channel.
        watches: whether a channel of a workspace is to be watched; given both ids.
        decision_log: says why a channel is silent whoever writes.
        wake_delivery: called when something was queued.
    """

    def __init__(
        self,
        *,
        store: Store,
        chat: Chat,
        clock: Clock,
        rules: HouseRules,
        watches: Callable[[str, str], bool],
        decision_log: DecisionLog,
        wake_delivery: Callable[[], None],
    ) -> None:
        self._store = store
        self._chat = chat
        self._clock = clock
        self._rules = rules
        self._limits = rules.limits
        self._watches = watches
        self._decision_log = decision_log
        self._wake_delivery = wake_delivery
        self._running: dict[Place, float] | None = None
        self._first_read: SharedCalls[dict[Place, float]] = SharedCalls()

    async def start(self, workspace_id: str, channel_id: str, user_id: str) -> str:
        """Start a test, or make it last an hour from now; return what to say."""
        async with self._store.begin() as uow:
            rules = await self._rules.of(uow, workspace_id)
            settings = await uow.channels.settings(workspace_id, channel_id)
        strings = rules.strings
        if not rules.may_choose(user_id, settings.inviter_id):
            return _say(strings, "not_admin")
        silent: Reason | None = Reason.NOT_WATCHED
        if self._watches(workspace_id, channel_id):
            silent = await self._decision_log.why_quiet_here(workspace_id, channel_id)
        if silent is not None:
            return _say(strings, "not_here", reason=strings["quiet"][silent])
        running = await self._tests()
        until = self._clock() + self._limits.test_seconds
        async with self._store.begin() as uow:
            await uow.channels.start_test(workspace_id, channel_id, user_id, until=until)
        running[workspace_id, channel_id, user_id] = until
        person = await person_or_unknown(self._chat, workspace_id, user_id)
        log.info("workspace=%s channel=%s a test starts", workspace_id, channel_id)
        return _say(strings, "started", until=format_moment(until, person, strings["time"]))

    async def stop(self, workspace_id: str, channel_id: str, user_id: str) -> str:
        """End a test at once; return what to say."""
        place = (workspace_id, channel_id, user_id)
        async with self._store.begin() as uow:
            await uow.channels.end_test(*place)
            strings = await self._rules.strings(uow, workspace_id)
        until = (await self._tests()).pop(place, 0.0)
        return _say(strings, "stopped" if until > self._clock() else "none")

    async def covers(self, message: Message) -> bool:
        """Return whether a message belongs to a test that runs now."""
        place = (message.workspace_id, message.channel_id, message.author_id)
        running = await self._tests()
        return bool(running) and running.get(place, 0.0) > self._clock()

    async def tell_why_quiet(self, message: Message, reason: Reason) -> None:
        """Queue why the bot would keep quiet, of a message of which nothing else is stored."""
        async with self._store.begin() as uow:
            strings = await self._rules.strings(uow, message.workspace_id)
            line = line_for(message, quiet_line(strings, reason))
            await uow.outbox.enqueue(line, now=self._clock())
        self._wake_delivery()

    async def _tests(self) -> dict[Place, float]:
        if self._running is None:
            return await self._first_read.result_of("tests", self._read_tests)
        return self._running

    async def _read_tests(self) -> dict[Place, float]:
        async with self._store.begin() as uow:
            self._running = await uow.channels.running_tests(now=self._clock())
        return self._running


def quiet_line(strings: UiStrings, reason: Reason) -> str:
    """Return the line that says why the bot would keep quiet, where no score led to it."""
    return _say(strings, "quiet", reason=strings["quiet"][reason])


def line_for(message: Message, line: str) -> OutgoingMessage:
    """Return what the author of a test message is shown, beside the message."""
    return OutgoingMessage(
        key=f"test-{message.channel_id}-{message.ts}-{message.version}",
        kind=MessageKind.EPHEMERAL,
        workspace_id=message.workspace_id,
        channel_id=message.channel_id,
        recipient_id=message.author_id,
        thread_ts=message.thread_ts or "",
        content={"line": line, "topic": TOPIC},
        topic=TOPIC,
    )


def _say(strings: UiStrings, key: str, **values: str) -> str:
    return Template(strings["test"][key]).substitute(values)
