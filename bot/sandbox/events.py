"""Wraps what happens in the workspace as Slack events and delivers them in the background."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Coroutine
from typing import Any

from bot.sandbox.delivery import Delivery
from bot.sandbox.workspace import Json, Workspace


class EventEmitter:
    """Emits events to the app.

    Args:
        workspace: the state that events describe. delivery: brings events to the app.

    Attributes:
        duplicate_events: while true, every event is delivered twice at the same time.
        echo_bot_messages: whether the app receives its own messages as events, as in Slack.
    """

    def __init__(self, workspace: Workspace, delivery: Delivery) -> None:
        self.workspace = workspace
        self.delivery = delivery
        self.duplicate_events = False
        self.echo_bot_messages = True
        self._event_numbers = itertools.count(int(workspace.clock() * 1_000))
        self._deliveries: set[asyncio.Task[Any]] = set()

    def envelope(self, event: Json, event_id: str | None = None) -> Json:
        """Wrap an event as Slack does (docs.slack.dev/apis/events-api, "event_callback").

        Args:
            event_id: by default a new one. Slack's event ids are unique forever, so the new one
                holds the team id and counts on from the time at which the workspace started.
        """
        w = self.workspace
        channel = w.channels.get(str(event.get("channel")))
        return {
            "token": "fake",
            "team_id": w.team_id,
            "api_app_id": w.app_id,
            "event": event,
            "type": "event_callback",
            "event_id": event_id or f"Ev{w.team_id}{next(self._event_numbers)}",
            "event_time": int(w.clock()),
            "authorizations": [{"team_id": w.team_id, "user_id": w.bot_user_id, "is_bot": True}],
            "is_ext_shared_channel": bool(channel and channel.is_ext_shared),
            "event_context": "4-fake",
        }

    def message_event(self, channel_id: str, message: Json) -> Json:
        """Return a stored message as an event (docs.slack.dev/reference/events/message)."""
        kind = self.workspace.channels[channel_id].kind
        return {**message, "channel": channel_id, "channel_type": kind, "event_ts": message["ts"]}

    def emit(
        self,
        event: Json,
        *,
        event_id: str | None = None,
        envelope: Json | None = None,
        to_members: bool = True,
    ) -> None:
        """Start the delivery of an event, unless it is in a channel that the bot is not in, or the
        app isn't installed.

        Args:
            envelope: fields that override the envelope's.
            to_members: False for what reaches the bot although it is not in the channel.
        """
        is_there = "channel" not in event or self._bot_is_member(str(event["channel"]))
        if (to_members and not is_there) or not self.workspace.is_installed:
            return
        payload = self.envelope(event, event_id) | (envelope or {})
        for _ in range(2 if self.duplicate_events else 1):
            self._start(self.delivery.deliver(payload))

    def echo(self, channel_id: str, message: Json) -> None:
        """Emit a message that the bot itself posted."""
        if self.echo_bot_messages:
            self.emit(self.message_event(channel_id, message))

    @property
    def is_delivering(self) -> bool:
        """Whether a delivery is in progress."""
        return bool(self._deliveries)

    async def wait_for_deliveries(self, timeout: float = 10.0) -> None:
        """Wait until no delivery is in progress.

        Raises:
            TimeoutError: it took longer than ``timeout`` seconds.
        """
        async with asyncio.timeout(timeout):
            while self._deliveries:
                await asyncio.gather(*self._deliveries, return_exceptions=True)

    async def cancel_deliveries(self) -> None:
        """Cancel all deliveries in progress."""
        for task in self._deliveries:
            task.cancel()
        await asyncio.gather(*self._deliveries, return_exceptions=True)

    def _bot_is_member(self, channel_id: str) -> bool:
        return self.workspace.bot_user_id in self.workspace.channels[channel_id].members

    def _start(self, delivery: Coroutine[Any, Any, Any]) -> None:
        task = asyncio.ensure_future(delivery)
        self._deliveries.add(task)
        task.add_done_callback(self._deliveries.discard)
