"""The pretend Slack, running: the Web API on a port, and people who write, edit and press."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from types import TracebackType
from typing import Any, Self

from aiohttp import web

from bot.sandbox.delivery import Attempt, Delivery, Kind
from bot.sandbox.hands import Hands
from bot.sandbox.port import ApiCall, Port
from bot.sandbox.sockets import Sockets
from bot.sandbox.web_api import WebApi
from bot.sandbox.workspace import Json, Workspace


class PretendSlack(Hands):
    """A Slack workspace on loopback.

    Args:
        workspace: people and channels; an empty one if not given.
        host, port: where to listen; port 0 takes a free one.
    """

    def __init__(
        self, workspace: Workspace | None = None, *, host: str = "127.0.0.1", port: int = 0
    ) -> None:
        workspace = workspace or Workspace()
        self.echo_own_posts = True
        self.duplicate = False
        self.sockets = Sockets(workspace.app_id)
        door = Port(WebApi(workspace, self._echo, self._socket_address))
        super().__init__(workspace, Delivery(workspace, self.sockets), door)
        self.faults = self._door.faults
        self.calls = self._door.calls
        self.responses = self._door.responses
        self.responded = self._door.responded
        self.files = self._door.files
        self._host, self._port = host, port
        self._runner: web.AppRunner | None = None
        self._under_way: set[asyncio.Task[Any]] = set()

    @property
    def api_url(self) -> str:
        """What ``SLACK_API_URL`` is to be set to."""
        return f"http://{self._host}:{self._port}/api/"

    @property
    def attempts(self) -> list[Attempt]:
        """Every attempt to deliver something."""
        return self.delivery.attempts

    async def start(self) -> None:
        """Opens the port."""
        site = web.Application(client_max_size=4_000_000)
        site.add_routes(self._door.routes())
        site.router.add_get("/link", self.sockets.serve)
        self._runner = web.AppRunner(site, access_log=None, shutdown_timeout=0.2)
        await self._runner.setup()
        listening = web.TCPSite(self._runner, self._host, self._port)
        await listening.start()
        self._port = self._runner.addresses[0][1]
        self._door.base = f"http://{self._host}:{self._port}"
        await self.delivery.start()

    async def stop(self) -> None:
        """Closes the port and gives up what is still being delivered."""
        for task in self._under_way:
            task.cancel()
        await asyncio.gather(*self._under_way, return_exceptions=True)
        await self.delivery.stop()
        await self.sockets.cut()
        if self._runner is not None:
            await self._runner.cleanup()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.stop()

    def deliver_to(self, url: str | None) -> None:
        """Where HTTP events go; None for nowhere. A connected socket takes them first."""
        self.delivery.url = url

    def calls_of(self, method: str) -> list[ApiCall]:
        """The calls of one method, oldest first."""
        return [c for c in self.calls if c.method == method]

    async def settled(self, timeout: float = 10.0) -> None:
        """Waits until nothing is being delivered any more.

        Raises:
            TimeoutError: it took longer than ``timeout`` seconds.
        """
        async with asyncio.timeout(timeout):
            while self._under_way:
                await asyncio.gather(*self._under_way, return_exceptions=True)

    # what people do

    async def say(
        self,
        user: str,
        channel: str,
        text: str,
        *,
        thread_ts: str | None = None,
        ts: str | None = None,
        event_id: str | None = None,
        envelope: Json | None = None,
        **extra: Any,
    ) -> str:
        """Someone writes a message; ``extra`` goes into the event. Returns its ts.

        Follows docs.slack.dev/reference/events/message.
        """
        message: Json = {"user": user, "text": text, "team": self.workspace.team_id, **extra}
        if thread_ts:
            message["thread_ts"] = thread_ts
        stored = self.workspace.add_message(channel, message, ts)
        self._emit(self.message_event(channel, stored), event_id=event_id, envelope=envelope)
        return str(stored["ts"])

    async def edit(self, channel: str, ts: str, text: str) -> None:
        """Its author rewrites a message (docs: events/message/message_changed)."""
        message = self._message(channel, ts)
        before = dict(message)
        message["text"] = text
        message["edited"] = {"user": message.get("user"), "ts": self.workspace.next_ts()}
        self._emit(
            {
                "type": "message",
                "subtype": "message_changed",
                "hidden": True,
                "channel": channel,
                "channel_type": self.workspace.channels[channel].kind,
                "ts": self.workspace.next_ts(),
                "message": dict(message),
                "previous_message": before,
            }
        )

    async def delete(self, channel: str, ts: str) -> None:
        """A message is taken away (docs: events/message/message_deleted); one that has replies
        stays as a tombstone, and that is told as a change."""
        message = self._message(channel, ts)
        before = dict(message)
        told: Json = {"subtype": "message_deleted", "deleted_ts": ts}
        if message.get("reply_count"):
            message |= {"subtype": "tombstone", "text": "", "user": "USLACKBOT", "hidden": True}
            told = {"subtype": "message_changed", "message": dict(message)}
        else:
            self.workspace.channels[channel].messages.remove(message)
        self._emit(
            {
                "type": "message",
                "hidden": True,
                "channel": channel,
                "channel_type": self.workspace.channels[channel].kind,
                "ts": self.workspace.next_ts(),
                "previous_message": before,
                **told,
            }
        )

    async def open_home(self, user: str) -> None:
        """Someone opens the app's Home (docs: events/app_home_opened)."""
        self._emit({"type": "app_home_opened", "user": user, "tab": "home"})

    async def invite_bot(self, channel: str, inviter: str) -> None:
        """Someone invites the bot to a channel (docs: events/member_joined_channel)."""
        bot = self.workspace.bot_user_id
        self.workspace.channels[channel].members.append(bot)
        self._emit(
            {"type": "member_joined_channel", "user": bot, "channel": channel, "inviter": inviter}
        )

    # what Slack does

    async def deliver(
        self, payload: Json, kind: Kind = "events_api", *, retry: bool = True
    ) -> Attempt:
        """Delivers any payload by Slack's rules and waits for the end of it."""
        return await self.delivery.deliver(payload, kind, retry=retry)

    def envelope(self, event: Json, event_id: str | None = None) -> Json:
        """An event as Slack wraps it (docs.slack.dev/apis/events-api, "event_callback")."""
        w = self.workspace
        channel = w.channels.get(str(event.get("channel")))
        return {
            "token": "pretend",
            "team_id": w.team_id,
            "api_app_id": w.app_id,
            "event": event,
            "type": "event_callback",
            "event_id": event_id or f"Ev{next(self._numbers):08}",
            "event_time": int(w.clock()),
            "authorizations": [{"team_id": w.team_id, "user_id": w.bot_user_id, "is_bot": True}],
            "is_ext_shared_channel": bool(channel and channel.is_ext_shared),
            "event_context": "4-pretend",
        }

    def message_event(self, channel: str, stored: Json) -> Json:
        """A stored message as an event."""
        kind = self.workspace.channels[channel].kind
        return {**stored, "channel": channel, "channel_type": kind, "event_ts": stored["ts"]}

    def _emit(
        self, event: Json, *, event_id: str | None = None, envelope: Json | None = None
    ) -> None:
        if "channel" in event and not self._bot_sees(str(event["channel"])):
            return
        payload = self.envelope(event, event_id) | (envelope or {})
        for _ in range(2 if self.duplicate else 1):
            self._background(self.delivery.deliver(payload))

    def _bot_sees(self, channel: str) -> bool:
        return self.workspace.bot_user_id in self.workspace.channels[channel].members

    def _echo(self, channel: str, stored: Json) -> None:
        """Slack sends an app its own posts too."""
        if self.echo_own_posts:
            self._emit(self.message_event(channel, stored))

    def _background(self, work: Coroutine[Any, Any, Any]) -> None:
        task = asyncio.ensure_future(work)
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)

    def _socket_address(self) -> str:
        return f"ws://{self._host}:{self._port}/link?ticket={next(self._numbers)}"
