"""One transaction per story.

A story opens a unit of work, reads, decides in ``bot.core``, writes, and leaves it::

    async with self._store.begin() as uow:
        history = await uow.findings.past_nudges_to(workspace_id, author_id)
        ...
        await uow.outbox.enqueue(message, now=now)

Leaving it commits; leaving it with an error rolls back. No network call belongs inside.
"""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from typing import Protocol

from bot.flows.ports.asks import Asks
from bot.flows.ports.channels import Channels
from bot.flows.ports.circumstances import CircumstancesReader
from bot.flows.ports.digests import Digests
from bot.flows.ports.findings import Findings
from bot.flows.ports.inbox import Inbox
from bot.flows.ports.installations import Installations, InstallStates, Removals
from bot.flows.ports.llm_usage import LlmUsage
from bot.flows.ports.marks import Marks
from bot.flows.ports.outbox import Outbox
from bot.flows.ports.people import People
from bot.flows.ports.personal_data import PersonalData
from bot.flows.ports.rate_limits import RateLimits
from bot.flows.ports.sales_teams import SalesTeams
from bot.flows.ports.weekly import Reflections, WeeklySchedule
from bot.flows.ports.workspace_settings import WorkspaceSettings


class UnitOfWork(Protocol):
    """An open transaction, and every table that a story may touch in it."""

    @property
    def inbox(self) -> Inbox:
        """Candidate messages."""

    @property
    def findings(self) -> Findings:
        """Decisions."""

    @property
    def outbox(self) -> Outbox:
        """Outgoing messages."""

    @property
    def asks(self) -> Asks:
        """Asks that wait for a reply."""

    @property
    def people(self) -> People:
        """Preferences, mutes, questions and topics."""

    @property
    def channels(self) -> Channels:
        """Settings of channels, and probation."""

    @property
    def rate_limits(self) -> RateLimits:
        """What Slack says to leave alone for a while."""

    @property
    def llm_usage(self) -> LlmUsage:
        """What calls to a language model have used."""

    @property
    def weekly(self) -> WeeklySchedule:
        """Weekly work that is due."""

    @property
    def reflections(self) -> Reflections:
        """What sellers wrote for themselves."""

    @property
    def sales_teams(self) -> SalesTeams:
        """Managers' teams."""

    @property
    def digests(self) -> Digests:
        """Counts and past digests."""

    @property
    def personal_data(self) -> PersonalData:
        """Export and erasure."""

    @property
    def marks(self) -> Marks:
        """That something happened, without saying to whom."""

    @property
    def installations(self) -> Installations:
        """Workspaces that have installed the bot."""

    @property
    def install_states(self) -> InstallStates:
        """Installations that have begun."""

    @property
    def removals(self) -> Removals:
        """Workspaces that have removed the app."""

    @property
    def workspace_settings(self) -> WorkspaceSettings:
        """What the admins of each workspace have chosen for it."""

    @property
    def circumstances(self) -> CircumstancesReader:
        """What was chosen for a place and a person, all of it together."""

    async def serialize(self, workspace_id: str, *ids: str) -> None:
        """Run after any other transaction that names one of these ids, until this one ends.

        Used if a decision reads what another decision writes, such as a seller's caps.
        """


class Store(Protocol):
    """Opens units of work."""

    def begin(self) -> AbstractAsyncContextManager[UnitOfWork]:
        """Open a transaction.

        Raises:
            StoreUnavailableError: the database can't take it; nothing was written. It may be
                raised by any method of the unit of work, and on leaving it.
        """

    def look(self) -> AbstractAsyncContextManager[UnitOfWork]:
        """Open it to read alone, without a transaction: each reading is of its own moment, and no
        decision may hang on two of them. Nothing may be written.

        Raises:
            StoreUnavailableError: as ``begin`` does.
        """

    async def purge_erased_pages(self) -> None:
        """Make text that was erased since the last call unreadable in the database's files."""
