"""Installing the bot in a workspace: where it began, and what Slack gave for it."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable

from bot.core.policy import InstallLimits
from bot.flows.errors import TooManyInstallsError
from bot.flows.ports.clock import Clock
from bot.flows.ports.installations import Installation
from bot.flows.ports.unit_of_work import Store

log = logging.getLogger(__name__)


class Installing:
    """Begins and ends an installation.

    Args:
        store: the port. clock: Unix seconds. new_state: makes a state that nobody can guess.
        limits: how long an installation may take, and how many at once.
    """

    def __init__(
        self, *, store: Store, clock: Clock, new_state: Callable[[], str], limits: InstallLimits
    ) -> None:
        self._store = store
        self._clock = clock
        self._new_state = new_state
        self._limits = limits

    async def begin(self) -> str:
        """Return a state that proves that an installation began here; only its mark is kept.

        Raises:
            TooManyInstallsError: so many have begun that somebody may be filling the database.
        """
        state, now = self._new_state(), self._clock()
        async with self._store.begin() as uow:
            if await uow.install_states.count(now=now) >= self._limits.open_at_once:
                raise TooManyInstallsError
            await uow.install_states.add(_mark(state), expires_at=now + self._limits.seconds)
        return state

    async def is_ours(self, state: str) -> bool:
        """Return whether a state came from ``begin`` not long ago; each counts once."""
        async with self._store.begin() as uow:
            return await uow.install_states.take(_mark(state), now=self._clock())

    async def finish(self, installation: Installation) -> None:
        """Keep an installation, in place of an earlier one of the same workspace.

        Raises:
            NoEncryptionKeyError: its token can't be encrypted.
            StoreUnavailableError: nothing was kept.
        """
        async with self._store.begin() as uow:
            await uow.removals.withdraw(
                installation.workspace_id
            )  # first: a purge waits, or is over
            await uow.installations.save(installation, now=self._clock())
            count = await uow.installations.count()
        log.warning(
            "workspace=%s installed the app; workspaces: %d", installation.workspace_id, count
        )


async def note_installed(store: Store, workspace_id: str) -> None:
    """Note that Slack knows the bot in a workspace whose token stands in the settings.

    Raises:
        StoreUnavailableError: the database can't take it now.
    """
    async with store.begin() as uow:
        await uow.removals.withdraw(workspace_id)


def _mark(state: str) -> str:
    """Return what is kept of a state: who reads the database can't finish an installation."""
    return hashlib.blake2b(state.encode("utf-8", "replace"), digest_size=20).hexdigest()
