"""A store in memory: transactions on a copy, one at a time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import count

from bot.flows.errors import StoreUnavailableError
from tests.fakes.memory_circumstances import MemoryCircumstances
from tests.fakes.memory_findings import MemoryFindings
from tests.fakes.memory_inbox import MemoryInbox
from tests.fakes.memory_installations import MemoryInstallations, MemoryInstallStates
from tests.fakes.memory_llm_usage import MemoryLlmUsage
from tests.fakes.memory_marks import MemoryMarks
from tests.fakes.memory_outbox import MemoryAsks, MemoryOutbox
from tests.fakes.memory_people import MemoryChannels, MemoryPeople, MemoryPersonalData
from tests.fakes.memory_rate_limits import MemoryRateLimits
from tests.fakes.memory_removals import MemoryRemovals
from tests.fakes.memory_teams import MemoryDigests, MemorySalesTeams
from tests.fakes.memory_weekly import MemoryReflections, MemoryWeeklySchedule
from tests.fakes.memory_workspaces import MemoryWorkspaceSettings
from tests.fakes.state import Keys, State

_WAIT_SECONDS = 2.0
_processes = count(1)
_ONE_KEY = Keys(own=0, shared=0)


class MemoryUnitOfWork:
    """In-memory twin of ``bot.flows.ports.unit_of_work.UnitOfWork``.

    Args:
        state: the tables; changed in place.
        keys: what seals words, and what opens them.
        keeps_answers: whether answers of reflections can be kept.
    """

    def __init__(self, state: State, keys: Keys = _ONE_KEY, *, keeps_answers: bool) -> None:
        self.inbox = MemoryInbox(state, keys)
        self.findings = MemoryFindings(state)
        self.outbox = MemoryOutbox(state, keys)
        self.asks = MemoryAsks(state, keys)
        self.people = MemoryPeople(state, keeps_words=keeps_answers)
        self.channels = MemoryChannels(state)
        self.rate_limits = MemoryRateLimits(state)
        self.llm_usage = MemoryLlmUsage(state)
        self.weekly = MemoryWeeklySchedule(state)
        self.reflections = MemoryReflections(state, keeps_answers=keeps_answers)
        self.sales_teams = MemorySalesTeams(state)
        self.digests = MemoryDigests(state)
        self.personal_data = MemoryPersonalData(state)
        self.marks = MemoryMarks(state)
        self.installations = MemoryInstallations(state, keys)
        self.removals = MemoryRemovals(state)
        self.install_states = MemoryInstallStates(state)
        self.workspace_settings = MemoryWorkspaceSettings(state)
        self.circumstances = MemoryCircumstances(state)

    async def serialize(self, workspace_id: str, *ids: str) -> None:
        """Do nothing: there is one transaction at a time anyway."""


class _Data:
    """What several stores share: the tables, and one transaction at a time."""

    def __init__(self) -> None:
        self.state = State()
        self.one_at_a_time = asyncio.Lock()


class MemoryStore:
    """In-memory twin of ``bot.flows.ports.unit_of_work.Store``.

    Args:
        keeps_answers: whether answers of reflections can be kept.
        has_key: whether other processes can open what this one has sealed.
        data: of another store, to work on the same.

    Attributes:
        state: what is committed; a test may read it.
        unavailable: set it to let transactions fail, as with a database that is gone.
        purges: how often erased pages were purged.
    """

    def __init__(
        self, *, keeps_answers: bool = True, has_key: bool = True, data: _Data | None = None
    ) -> None:
        self._data = data or _Data()
        self.unavailable = False
        self.purges = 0
        self._keeps_answers = keeps_answers
        self._keys = Keys(own=next(_processes), shared=0 if has_key else None)

    @property
    def state(self) -> State:
        """Return the tables."""
        return self._data.state

    def restarted(self, *, has_key: bool = True) -> MemoryStore:
        """Return the store of a process that starts after this one, on the same data."""
        return MemoryStore(keeps_answers=self._keeps_answers, has_key=has_key, data=self._data)

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[MemoryUnitOfWork]:
        """Open a transaction; a second one inside it can't be opened, as on SQLite."""
        try:
            async with asyncio.timeout(_WAIT_SECONDS):
                await self._data.one_at_a_time.acquire()
        except TimeoutError as waited:
            raise StoreUnavailableError("a transaction is open") from waited
        try:
            if self.unavailable:
                raise StoreUnavailableError("unavailable")
            state = self.state.copied()
            yield MemoryUnitOfWork(state, self._keys, keeps_answers=self._keeps_answers)
            if self.unavailable:
                raise StoreUnavailableError("unavailable")
            for workspace_id in state.removals:
                if (workspace_id,) not in state.installations:
                    await MemoryPersonalData(state).erase_workspace(workspace_id)
            self._data.state = state
        finally:
            self._data.one_at_a_time.release()

    @asynccontextmanager
    async def look(self) -> AsyncIterator[MemoryUnitOfWork]:
        """Open it to read alone; what is written by mistake is lost, as a test would notice."""
        if self.unavailable:
            raise StoreUnavailableError("unavailable")
        yield MemoryUnitOfWork(self.state.copied(), self._keys, keeps_answers=self._keeps_answers)

    async def purge_erased_pages(self) -> None:
        """Count the call."""
        self.purges += 1
