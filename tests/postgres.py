"""A disposable PostgreSQL server for the tests: its own folder and socket, no network."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import os
import shutil
import subprocess
import tempfile
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import LiteralString

import psycopg
from psycopg import sql

from bot.store.database import Database

_USER = "postgres"
_MEMORY = Path("/dev/shm")  # noqa: S108 - a folder of a random name within
_MEMORY_BYTES = 2 << 30  # free, or it stays on the disk; containers often have 64 MB
_OPTIONS = {
    "listen_addresses": "''",
    "max_connections": "100",
    "fsync": "off",  # the data need not survive the machine, only the processes under test
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "shared_buffers": "32MB",
}


class PostgresMissingError(Exception):
    """No PostgreSQL server is installed on this machine."""


class Postgres:
    """A running server.

    Args:
        programs: The folder of ``initdb`` and ``pg_ctl``.
        folder: The folder of the cluster, its socket and its log.
        options: of the server, beside those that tests want.
    """

    def __init__(self, programs: Path, folder: Path, **options: str) -> None:
        self.programs = programs
        self.folder = folder
        self._options = {**_OPTIONS, **options}
        self._templates: dict[Callable[[str], None], str] = {}  # by what made them

    @classmethod
    def start(cls, place: Path | None = None, /, **options: str) -> Postgres:
        """Create a cluster and start its server.

        Args:
            place: where to put its folder; None for where temporary files go.
            options: of the server, beside those that tests want.

        Raises:
            PostgresMissingError: The programs are not installed.
        """
        folder = Path(tempfile.mkdtemp(prefix="reframe-pg-", dir=place))
        server = cls(_programs(), folder, **options)
        if os.geteuid() == 0:
            shutil.chown(server.folder, _USER)
        server._run("initdb", "--pgdata", "data", "--username", _USER, "--auth", "trust", "-N")
        server.begin()
        return server

    def begin(self) -> None:
        """Start the server of a cluster that exists."""
        options = " ".join(f"-c {name}={value}" for name, value in self._options.items())
        options = f"-k {self.folder} {options}"
        self._run("pg_ctl", "-D", "data", "-o", options, "-w", "-l", "log", "start")

    def end(self) -> None:
        """Stop the server as a crash of its machine would, and keep the cluster."""
        self._run("pg_ctl", "-D", "data", "-m", "immediate", "stop")

    def stop(self) -> None:
        """Stop the server and remove its folder."""
        self.end()
        shutil.rmtree(self.folder, ignore_errors=True)

    def address(self, name: str) -> str:
        """Return the address of a database of this server."""
        return f"postgresql://{_USER}@/{name}?host={self.folder}"

    @contextlib.contextmanager
    def database(
        self, *, migrated: bool = False, like: Callable[[str], None] | None = None
    ) -> Iterator[str]:
        """Yield the address of a new database, and drop it at the end.

        Args:
            migrated: Copy a database that has all tables, instead of an empty one. Migrations run
                once per server, which is many times faster than once per test.
            like: Copy one that this made, at its address; it is called once per server.
        """
        name = f"reframe_{uuid.uuid4().hex[:12]}"
        make = migrate if migrated else like
        self._create(name, self._template(make) if make else "template1")
        try:
            yield self.address(name)
        finally:
            self._execute("DROP DATABASE {} WITH (FORCE)", name)

    def _template(self, make: Callable[[str], None]) -> str:
        if make not in self._templates:
            name = f"template_{len(self._templates)}"
            self._create(name, "template1")
            make(self.address(name))
            self._templates[make] = name
        return self._templates[make]

    def _create(self, name: str, template: str) -> None:
        strategy = "STRATEGY FILE_COPY" if self._can_choose_strategy else ""
        self._execute(f"CREATE DATABASE {{}} TEMPLATE {{}} {strategy}", name, template)

    @functools.cached_property
    def _can_choose_strategy(self) -> bool:
        """Whether the server has another way to copy than that of files, since version 15: by its
        log, which costs three times as much."""
        with psycopg.connect(self.address("postgres")) as connection:
            return connection.info.server_version >= 150_000

    def _execute(self, statement: LiteralString, *names: str) -> None:
        with psycopg.connect(self.address("postgres"), autocommit=True) as connection:
            connection.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))

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


def migrate(address: str) -> None:
    """Create the tables in a database by running all migrations."""

    async def run() -> None:
        database = Database(address)
        try:
            await database.open()
            await database.migrate()
        finally:
            await database.close()

    with ThreadPoolExecutor(1) as thread:  # the calling test may have a running event loop
        thread.submit(asyncio.run, run()).result()


def memory() -> Path | None:
    """Return a folder in memory with room for a server, if this machine has one: a new database is
    some 300 files, which take four times as long on a disk."""
    if _MEMORY.is_dir() and shutil.disk_usage(_MEMORY).free >= _MEMORY_BYTES:
        return _MEMORY
    return None


def _programs() -> Path:
    found = shutil.which("initdb")
    if found:
        return Path(found).resolve().parent
    for folder in sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True):
        if (folder / "initdb").exists():
            return folder
    raise PostgresMissingError("initdb was not found; on Debian and Ubuntu: apt install postgresql")
