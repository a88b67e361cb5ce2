"""Runs the real bot in a subprocess that can be killed and restarted."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
import time
import weakref
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import aiohttp

_START_TIMEOUT_SECONDS = 60.0  # on a busy machine; it ends as soon as the bot responds
_STOP_TIMEOUT_SECONDS = 15.0
_SHORTEST_PAUSE_SECONDS = 0.02
_LONGEST_PAUSE_SECONDS = 0.25
_PAUSE_SHARE = 0.2  # of the time waited so far: to ask costs the bot more than it is late by
_SETTING_PREFIXES = ("SLACK_", "REFRAME_", "OPENAI_", "DATABASE_URL", "HOST", "PORT")


def free_port() -> int:
    """Return a TCP port on loopback that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def reserve_port(holder: object) -> int:
    """Return a TCP port on loopback that nobody else is given as long as ``holder`` lives.

    A socket stays bound to it without listening, so the system picks the port for no other socket;
    a server that asks for this port gets it.
    """
    reservation = socket.socket()
    reservation.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    reservation.bind(("127.0.0.1", 0))
    weakref.finalize(holder, reservation.close)
    port: int = reservation.getsockname()[1]
    return port


class BotProcess:
    """``reframe run`` in a subprocess.

    Args:
        settings: environment variables; the caller's Reframe settings are not inherited.
        folder: working directory, also for the log file.
        arguments: for ``reframe run``.
        program: a program to run instead; it must listen on ``PORT`` and serve /healthz.
    """

    def __init__(
        self,
        settings: Mapping[str, str],
        folder: Path,
        *arguments: str,
        program: Sequence[str] = (sys.executable, "-m", "bot", "run"),
    ) -> None:
        self.port = reserve_port(self)
        self.log_file = folder / "bot.log"
        self._folder = folder
        self._command = (*program, *arguments)
        inherited = {k: v for k, v in os.environ.items() if not k.startswith(_SETTING_PREFIXES)}
        self._environment = inherited | dict(settings) | {"PORT": str(self.port)}
        self._process: asyncio.subprocess.Process | None = None

    @property
    def pid(self) -> int:
        """The process id.

        Raises:
            RuntimeError: the bot was not started.
        """
        if self._process is None:
            raise RuntimeError("the bot was not started")
        return self._process.pid

    @property
    def url(self) -> str:
        """The bot's request URL."""
        return f"http://127.0.0.1:{self.port}/slack/events"

    async def start(self) -> None:
        """Start the bot and wait until /healthz responds.

        Raises:
            RuntimeError: the process exited; the log says why.
        """
        with self.log_file.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                *self._command,
                cwd=self._folder,
                env=self._environment,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        async with asyncio.timeout(_START_TIMEOUT_SECONDS):
            began = time.monotonic()
            while await self.health() is None:
                if self._process.returncode is not None:
                    raise RuntimeError(f"the bot did not start; see {self.log_file}")
                await _pause(began)

    async def kill(self) -> None:
        """Kill the bot with SIGKILL, as a power cut would."""
        await self._signal(signal.SIGKILL)

    async def stop(self) -> int:
        """Stop the bot with SIGTERM and return its exit status."""
        return await self._signal(signal.SIGTERM)

    async def health(self) -> dict[str, Any] | None:
        """Return the JSON that /healthz serves, or None while it does not respond."""
        try:
            async with (
                aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=2)) as session,
                session.get(f"http://127.0.0.1:{self.port}/healthz") as response,
            ):
                state: dict[str, Any] = await response.json()
                return state
        except (aiohttp.ClientError, TimeoutError):
            return None

    async def wait_until_idle(self, timeout: float = 30.0) -> None:
        """Wait until the bot has nothing left to decide or to send.

        Raises:
            TimeoutError: it took longer than ``timeout`` seconds.
        """
        async with asyncio.timeout(timeout):
            began = time.monotonic()
            while True:
                state = await self.health()
                if state and not any(state.get(n, 1) for n in ("waiting", "to_send", "to_answer")):
                    return
                await _pause(began)

    async def _signal(self, number: signal.Signals) -> int:
        if self._process is None or self._process.returncode is not None:
            return 0
        self._process.send_signal(number)
        async with asyncio.timeout(_STOP_TIMEOUT_SECONDS):
            return await self._process.wait()


async def _pause(began: float) -> None:
    """Pause between two looks, the longer the longer it has taken since ``began``."""
    share = _PAUSE_SHARE * (time.monotonic() - began)
    await asyncio.sleep(min(max(share, _SHORTEST_PAUSE_SECONDS), _LONGEST_PAUSE_SECONDS))
