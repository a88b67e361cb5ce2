"""A throw-away PostgreSQL server for the tests: its own folder, its own socket, no network."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import tempfile
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_USER = "postgres"


class PostgresMissing(Exception):
    """There is no PostgreSQL server program on this machine."""


@dataclass(frozen=True)
class Postgres:
    """A running server."""

    programs: Path
    folder: Path

    @classmethod
    def start(cls) -> Postgres:
        """Makes a cluster and starts it.

        Raises:
            PostgresMissing: the programs are not installed.
        """
        server = cls(_programs(), Path(tempfile.mkdtemp(prefix="reframe-pg-")))
        if os.geteuid() == 0:
            shutil.chown(server.folder, _USER)
        server._run("initdb", "--pgdata", "data", "--username", _USER, "--auth", "trust", "-N")
        options = f"-k {server.folder} -c listen_addresses='' -c fsync=off -c max_connections=50"
        server._run("pg_ctl", "-D", "data", "-o", options, "-w", "-l", "log", "start")
        return server

    def stop(self) -> None:
        """Stops the server and removes its folder."""
        self._run("pg_ctl", "-D", "data", "-m", "immediate", "stop")
        shutil.rmtree(self.folder, ignore_errors=True)

    @contextlib.contextmanager
    def database(self) -> Iterator[str]:
        """The address of a new, empty database."""
        name = f"reframe_{uuid.uuid4().hex[:12]}"
        self._run("createdb", "-h", str(self.folder), "-U", _USER, name)
        yield f"postgresql://{_USER}@/{name}?host={self.folder}"
        self._run("dropdb", "-h", str(self.folder), "-U", _USER, "--force", name)

    def _run(self, program: str, *arguments: str) -> None:
        command = [str(self.programs / program), *arguments]
        if os.geteuid() == 0:  # the server refuses to run as root
            command = ["runuser", "-u", _USER, "--", *command]
        subprocess.run(
            command,
            cwd=self.folder,
            check=True,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )


def _programs() -> Path:
    found = shutil.which("initdb")
    if found:
        return Path(found).resolve().parent
    for folder in sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True):
        if (folder / "initdb").exists():
            return folder
    raise PostgresMissing("initdb was not found; on Debian and Ubuntu: apt install postgresql")
