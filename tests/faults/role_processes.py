"""Web and worker processes, as they share a PostgreSQL database: ``reframe run --role``."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bot.sandbox.process import BotProcess
from tests.processes.reframe import command as reframe_program


class RoleProcesses:
    """The processes, each with a folder of its own for its log.

    Args:
        folder: for the logs.
        settings: environment variables of all of them.
        webs, workers: how many of each.
        arguments: of ``reframe run``, besides the role.
    """

    def __init__(
        self,
        folder: Path,
        settings: Mapping[str, Any],
        *arguments: str,
        webs: int = 1,
        workers: int = 1,
    ) -> None:
        self._folder = folder
        self._environment = {name: str(value) for name, value in settings.items()}
        self._arguments = arguments
        self.webs = [self.process("web", n) for n in range(webs)]
        self.workers = [self.process("worker", n) for n in range(workers)]

    @property
    def all(self) -> tuple[BotProcess, ...]:
        """Every process."""
        return (*self.webs, *self.workers)

    def process(self, role: str, number: int) -> BotProcess:
        """Return a process that is not started yet."""
        folder = self._folder / f"{role}-{number}"
        folder.mkdir(exist_ok=True)
        program = (*reframe_program(), "run")
        arguments = ("--role", role, *self._arguments)
        return BotProcess(self._environment, folder, *arguments, program=program)

    async def start(self) -> None:
        """Start all processes at once; the fake Slack must be up."""
        await asyncio.gather(*(process.start() for process in self.all))

    async def stop(self) -> list[int]:
        """Stop all processes; return their exit statuses."""
        return await asyncio.gather(*(process.stop() for process in self.all))
