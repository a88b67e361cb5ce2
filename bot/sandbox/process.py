"""The real bot as a process of its own, so that it can be killed and started again."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import aiohttp

_START_SECONDS = 20.0
_STOP_SECONDS = 15.0
_OURS = ("SLACK_", "REFRAME_", "OPENAI_", "DATABASE_URL", "HOST", "PORT")


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class BotProcess:
    """``reframe run`` in a process.

    Args:
        settings: as environment variables; nothing of the caller's own settings gets in.
        folder: where it runs, and where its log goes.
        arguments: of ``reframe run``.
        program: another program to run instead, which listens on ``PORT`` and has /healthz.
    """

    def __init__(
        self,
        settings: Mapping[str, str],
        folder: Path,
        *arguments: str,
        program: Sequence[str] = (sys.executable, "-m", "bot", "run"),
    ) -> None:
        self.port = free_port()
        self.log_file = folder / "bot.log"
        self._folder = folder
        self._command = (*program, *arguments)
        outer = {k: v for k, v in os.environ.items() if not k.startswith(_OURS)}
        self._environment = outer | dict(settings) | {"PORT": str(self.port)}
        self._process: asyncio.subprocess.Process | None = None

    @property
    def pid(self) -> int:
        """The number of the running process.

        Raises:
            RuntimeError: it was not started.
        """
        if self._process is None:
            raise RuntimeError("the bot was not started")
        return self._process.pid

    @property
    def url(self) -> str:
        """Where Slack's requests go."""
        return f"http://127.0.0.1:{self.port}/slack/events"

    async def start(self) -> None:
        """Starts it and waits until it answers.

        Raises:
            RuntimeError: it ended instead; the log says why.
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
        async with asyncio.timeout(_START_SECONDS):
            while await self.health() is None:
                if self._process.returncode is not None:
                    raise RuntimeError(f"the bot did not start; see {self.log_file}")
                await asyncio.sleep(0.03)

    async def kill(self) -> None:
        """Ends it as a power cut would: -9, in the middle of whatever it does."""
        await self._end(signal.SIGKILL)

    async def stop(self) -> int:
        """Asks it to stop, and returns its exit status."""
        return await self._end(signal.SIGTERM)

    async def health(self) -> dict[str, Any] | None:
        """What /healthz says; None while it does not answer."""
        try:
            async with (
                aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=2)) as session,
                session.get(f"http://127.0.0.1:{self.port}/healthz") as answer,
            ):
                state: dict[str, Any] = await answer.json()
                return state
        except (aiohttp.ClientError, TimeoutError):
            return None

    async def idle(self, timeout: float = 30.0) -> None:
        """Waits until nothing is waiting to be decided or sent.

        Raises:
            TimeoutError: it took longer than ``timeout`` seconds.
        """
        async with asyncio.timeout(timeout):
            while True:
                state = await self.health()
                if state and not any(state.get(n, 1) for n in ("waiting", "to_send", "to_answer")):
                    return
                await asyncio.sleep(0.02)

    async def _end(self, number: signal.Signals) -> int:
        if self._process is None or self._process.returncode is not None:
            return 0
        self._process.send_signal(number)
        async with asyncio.timeout(_STOP_SECONDS):
            return await self._process.wait()
