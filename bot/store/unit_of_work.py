"""One transaction over all tables; implements ``bot.flows.ports.unit_of_work``."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cached_property
from hashlib import blake2b
from typing import TYPE_CHECKING

from sqlalchemy import Table, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.flows.errors import StoreUnavailableError
from bot.flows.ports.work import DueWork
from bot.store.asks import SqlAsks
from bot.store.channels import SqlChannels
from bot.store.circumstances import SqlCircumstances
from bot.store.claims import NO_LEASE
from bot.store.database import Database
from bot.store.digests import SqlDigests
from bot.store.encryption import Encryptor
from bot.store.erasures import Erasures
from bot.store.findings import SqlFindings
from bot.store.inbox import SqlInbox
from bot.store.installations import SqlInstallations, SqlInstallStates
from bot.store.llm_usage import SqlLlmUsage
from bot.store.marks import Secrets, SqlMarks, remembered_secrets
from bot.store.outbox import SqlOutbox
from bot.store.people import SqlPeople
from bot.store.personal_data import SqlPersonalData
from bot.store.rate_limits import SqlRateLimits
from bot.store.reflections import SqlReflections
from bot.store.removals import SqlRemovals
from bot.store.sales_teams import SqlSalesTeams
from bot.store.tables import asks, channel_pacing, inbox, outbox, preferences, sales_teams
from bot.store.weekly import SqlWeeklySchedule
from bot.store.words import Words
from bot.store.workspace_settings import SqlWorkspaceSettings

if TYPE_CHECKING:  # it takes 11 MB, and on SQLite nothing is handed out
    from bot.store.job_queue import JobQueue

_LEASED: tuple[Table, ...] = (inbox, outbox, asks, preferences, sales_teams)
_SERIALIZE = text("SELECT pg_advisory_xact_lock(key) FROM unnest(CAST(:keys AS bigint[])) AS key")


class SqlUnitOfWork:
    """An open transaction; implements ``bot.flows.ports.unit_of_work.UnitOfWork``.

    Args:
        connection: in a transaction.
        encryptor: for what only its author may read. words: for what waits.
        has_jobs: whether work is handed out to other processes.
        secrets: of marks, as far as this process remembers them.

    Attributes:
        jobs: the work that this transaction stores; None if it isn't handed out.
    """

    def __init__(
        self,
        connection: AsyncConnection,
        encryptor: Encryptor,
        words: Words,
        *,
        has_jobs: bool = False,
        secrets: Secrets | None = None,
    ) -> None:
        self._connection = connection
        self._secrets = secrets
        self._encryptor = encryptor
        self._words = words
        self.jobs: list[DueWork] | None = [] if has_jobs else None
        self.erasures = Erasures()

    @cached_property
    def inbox(self) -> SqlInbox:
        return SqlInbox(self._connection, self._words, self.jobs)

    @cached_property
    def findings(self) -> SqlFindings:
        return SqlFindings(self._connection)

    @cached_property
    def outbox(self) -> SqlOutbox:
        return SqlOutbox(self._connection, self._words, self.jobs)

    @cached_property
    def asks(self) -> SqlAsks:
        return SqlAsks(self._connection, self._words, self.jobs)

    @cached_property
    def people(self) -> SqlPeople:
        return SqlPeople(self._connection, self._encryptor)

    @cached_property
    def channels(self) -> SqlChannels:
        return SqlChannels(self._connection)

    @cached_property
    def rate_limits(self) -> SqlRateLimits:
        return SqlRateLimits(self._connection)

    @cached_property
    def llm_usage(self) -> SqlLlmUsage:
        return SqlLlmUsage(self._connection)

    @cached_property
    def weekly(self) -> SqlWeeklySchedule:
        return SqlWeeklySchedule(self._connection)

    @cached_property
    def reflections(self) -> SqlReflections:
        return SqlReflections(self._connection, self._encryptor)

    @cached_property
    def sales_teams(self) -> SqlSalesTeams:
        return SqlSalesTeams(self._connection)

    @cached_property
    def digests(self) -> SqlDigests:
        return SqlDigests(self._connection)

    @cached_property
    def personal_data(self) -> SqlPersonalData:
        return SqlPersonalData(self._connection, self.erasures, self._words, self._encryptor)

    @cached_property
    def marks(self) -> SqlMarks:
        return SqlMarks(self._connection, self._secrets)

    @cached_property
    def installations(self) -> SqlInstallations:
        return SqlInstallations(self._connection, self._encryptor)

    @cached_property
    def install_states(self) -> SqlInstallStates:
        return SqlInstallStates(self._connection)

    @cached_property
    def removals(self) -> SqlRemovals:
        return SqlRemovals(self._connection)

    @cached_property
    def workspace_settings(self) -> SqlWorkspaceSettings:
        return SqlWorkspaceSettings(self._connection)

    @cached_property
    def circumstances(self) -> SqlCircumstances:
        return SqlCircumstances(self._connection)

    async def serialize(self, workspace_id: str, *ids: str) -> None:
        if self._connection.dialect.name == "sqlite":
            return  # one transaction at a time anyway
        # Locks that end with the transaction, so they work behind a transaction pooler. Always in
        # one order, or two transactions wait for each other.
        keys = sorted({_lock_key(workspace_id, each) for each in ids})
        await self._connection.execute(_SERIALIZE, {"keys": keys})


class SqlStore:
    """Opens transactions; implements ``bot.flows.ports.unit_of_work.Store``.

    Args:
        database: an open one.
        encryptor: for what only its author may read.
        jobs: hands out what is stored to other processes; None if this one does it.
    """

    def __init__(
        self, database: Database, encryptor: Encryptor, jobs: JobQueue | None = None
    ) -> None:
        self._database = database
        self._jobs = jobs
        self._encryptor = encryptor
        self._words = Words(encryptor)
        self._secrets = remembered_secrets()
        self._erasures = Erasures(text=True)  # whatever an earlier process may have left

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[SqlUnitOfWork]:
        """Open a transaction; it commits at the end, and rolls back on an error.

        Raises:
            StoreUnavailableError: locked, full, read-only or gone. Nothing was written.
        """
        async with self._database.begin() as connection:
            uow = self._unit_on(connection)
            yield uow
            if self._jobs is not None and uow.jobs:
                await self._jobs.defer(connection, uow.jobs)
        self._erasures.add(uow.erasures)

    @asynccontextmanager
    async def look(self) -> AsyncIterator[SqlUnitOfWork]:
        """Open it to read alone, without a transaction.

        Raises:
            StoreUnavailableError: locked or gone.
        """
        async with self._database.look() as connection:
            yield self._unit_on(connection)

    def _unit_on(self, connection: AsyncConnection) -> SqlUnitOfWork:
        return SqlUnitOfWork(
            connection,
            self._encryptor,
            self._words,
            has_jobs=self._jobs is not None,
            secrets=self._secrets,
        )

    async def purge_erased_pages(self) -> None:
        """Make text that was erased since the last call unreadable in the database's files."""
        erasures, self._erasures = self._erasures, Erasures()
        if not erasures.text:
            return
        try:
            await self._database.purge_erased_pages(*sorted(erasures.tables))
        except StoreUnavailableError:
            self._erasures.add(erasures)
            raise

    async def release_all_leases(self) -> None:
        """End all claims and holds. Called at the start, when no other process works here."""
        async with self._database.begin() as connection:
            for table in _LEASED:
                leased = update(table).where(table.c.lease_until.is_not(None))
                await connection.execute(leased.values(NO_LEASE))
            held = update(channel_pacing).where(channel_pacing.c.held_by.is_not(None))
            await connection.execute(held.values(free_at=0.0, held_by=None))


def _lock_key(workspace_id: str, each: str) -> int:
    digest = blake2b(f"{workspace_id}/{each}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big", signed=True)
