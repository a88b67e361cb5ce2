"""The running fake Slack: HTTP server, Socket Mode, event delivery and users in one object."""

from __future__ import annotations

from types import TracebackType
from typing import Self

from aiohttp import web

from bot.sandbox.delivery import Delivery
from bot.sandbox.events import EventEmitter
from bot.sandbox.http_server import ApiCall, HttpServer
from bot.sandbox.socket_mode import SocketModeServer
from bot.sandbox.user_actions import UserActions
from bot.sandbox.web_api import WebApi
from bot.sandbox.workspace import Workspace


class FakeSlack(UserActions):
    """One Slack workspace on loopback. Use it as an async context manager.

    Several instances can run at the same time, also with colliding user, channel and message ids.

    Args:
        workspace: users and channels; an empty one by default.
        host, port: where to listen; port 0 picks a free port.

    Attributes:
        socket_mode: the Socket Mode connections.
        faults, calls, serve_api, response_url_bodies, response_url_called, uploads: see
            ``HttpServer``.
        attempts, deliver: see ``Delivery``.
        envelope, message_event, wait_for_deliveries: see ``EventEmitter``.
    """

    def __init__(
        self, workspace: Workspace | None = None, *, host: str = "127.0.0.1", port: int = 0
    ) -> None:
        workspace = workspace or Workspace()
        self.socket_mode = SocketModeServer(workspace.app_id)
        events = EventEmitter(workspace, Delivery(workspace, self.socket_mode))
        api = WebApi(workspace, events.echo, lambda: self._base_url)
        http = HttpServer(api, workspace.clock)
        super().__init__(workspace, events, http)
        self.delivery = events.delivery
        self.deliver = self.delivery.deliver
        self.attempts = self.delivery.attempts
        self.envelope = events.envelope
        self.message_event = events.message_event
        self.wait_for_deliveries = events.wait_for_deliveries
        self.faults = http.faults
        self.calls = http.calls
        self.serve_api = http.serve_api
        self.response_url_bodies = http.response_url_bodies
        self.response_url_called = http.response_url_called
        self.uploads = http.uploads
        self._host, self._port = host, port
        self._runner: web.AppRunner | None = None

    @property
    def api_url(self) -> str:
        """Value for ``SLACK_API_URL``."""
        return f"{self._base_url}/api/"

    async def start(self) -> None:
        """Start listening."""
        application = web.Application(client_max_size=4_000_000)
        application.add_routes(self._http.routes())
        application.router.add_get("/link", self.socket_mode.serve)
        self._runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.2)
        await self._runner.setup()
        await web.TCPSite(self._runner, self._host, self._port).start()
        self._port = self._runner.addresses[0][1]
        self._http.base_url = self._base_url
        await self.delivery.start()

    async def stop(self) -> None:
        """Cancel the deliveries in progress and stop to listen."""
        await self.events.cancel_deliveries()
        await self.delivery.stop()
        await self.socket_mode.drop_connections()
        if self._runner is not None:
            await self._runner.cleanup()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.stop()

    def set_request_url(self, url: str | None) -> None:
        """Set the app's request URL; None for nowhere. Socket Mode takes precedence over it."""
        self.delivery.request_url = url

    def calls_to(self, method: str) -> list[ApiCall]:
        """Return the calls to one Web API method, oldest first."""
        return [c for c in self.calls if c.method == method]

    @property
    def _base_url(self) -> str:
        return f"http://{self._host}:{self._port}"
