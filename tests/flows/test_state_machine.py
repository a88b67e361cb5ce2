"""Whatever happens, in any order: nothing lost, nothing doubled, nothing after an opt-out.

Thousands of other runs, for as long as you like::

    STATE_MACHINE_EXAMPLES=5000 python -m pytest -n 0 tests/flows/test_state_machine.py
"""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import Callable, Iterator
from functools import cached_property
from itertools import count
from pathlib import Path
from typing import cast

import pytest
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import RuleBasedStateMachine, run_state_machine_as_test

from bot.core.gate import Passage, SendNow
from bot.core.playbook_model import Playbook
from bot.flows.deliver import Deliver
from bot.flows.gatekeeper import Gatekeeper
from bot.flows.ports.asks import Ask
from bot.flows.ports.outbox import ClaimedMessage
from bot.store.database import Database
from tests.fakes.memory_outbox import MemoryAsks, MemoryOutbox
from tests.fakes.memory_store import MemoryStore
from tests.fakes.state import OutboxRow
from tests.flows.kept import KeptSqlStore
from tests.flows.state_machine import Machine
from tests.flows.stories import Stories

EXAMPLES = int(os.environ.get("STATE_MACHINE_EXAMPLES", "0"))
"""How many runs in memory, a tenth of it on SQLite; 0 for the few that are always the same."""

LONGEST_SECONDS = 600 + EXAMPLES
SEED = 4
"""One with which each broken story is found within seconds."""


@pytest.fixture
def loop() -> Iterator[asyncio.AbstractEventLoop]:
    """Yield what runs all coroutines of a test."""
    made = asyncio.new_event_loop()
    yield made
    made.close()


@pytest.fixture
def in_memory(
    playbook: Playbook, loop: asyncio.AbstractEventLoop
) -> Callable[[type[Stories]], Callable[[], Machine]]:
    """Return what makes machines over an in-memory store, for some stories."""
    return lambda stories: lambda: Machine(playbook, MemoryStore(), loop, stories)


def play(
    machine: Callable[[], Machine],
    runs: int,
    steps: int,
    *,
    shrinks: bool = False,
    always_same: bool = False,
) -> None:
    """Play runs of a machine, the same ones each time if they are few, or ``always_same``."""
    many = settings(
        max_examples=runs,
        stateful_step_count=steps,
        derandomize=always_same or not EXAMPLES,
        deadline=None,
        database=None,
        phases=(Phase.generate, Phase.shrink) if shrinks else (Phase.generate,),
        suppress_health_check=list(HealthCheck),
    )
    factory = machine if EXAMPLES and not always_same else seed(SEED)(machine)
    run_state_machine_as_test(cast(type[RuleBasedStateMachine], factory), settings=many)


@pytest.mark.timeout(LONGEST_SECONDS)
def test_in_memory(in_memory: Callable[[type[Stories]], Callable[[], Machine]]) -> None:
    """Both processes and everybody who writes, on the in-memory store."""
    play(in_memory(Stories), EXAMPLES or 16, 40 if EXAMPLES else 25, shrinks=True)


@pytest.mark.timeout(LONGEST_SECONDS)
def test_on_sqlite(
    playbook: Playbook,
    loop: asyncio.AbstractEventLoop,
    migrated_sqlite: Path,
    tmp_path: Path,
    unhurried: None,
) -> None:
    """The same on a real file."""
    opened: list[Database] = []
    numbers = count()

    def machine() -> Machine:
        file = tmp_path / f"{next(numbers)}.db"
        shutil.copy(migrated_sqlite, file)
        while opened:
            loop.run_until_complete(opened.pop().close())
        opened.append(Database(f"sqlite:///{file}"))
        return Machine(playbook, KeptSqlStore(opened[0]), loop)

    try:
        play(machine, EXAMPLES // 10 or 2, 30 if EXAMPLES else 12)
    finally:
        for database in opened:
            loop.run_until_complete(database.close())


# The machine finds what is broken


class BlindDeliver(Deliver):
    """Posts again without looking for the message first."""

    async def _resolve_unconfirmed(self, claimed: ClaimedMessage) -> bool:
        return False


class DeafGatekeeper(Gatekeeper):
    """Lets everything pass."""

    async def check(self, *_: object, **__: object) -> Passage:
        return SendNow()


class BlindStories(Stories):
    @cached_property
    def deliver(self) -> Deliver:
        return BlindDeliver(
            store=self.store,
            chat=self.chat,
            clock=self.clock,
            limits=self.limits,
            gatekeeper=Gatekeeper(chat=self.chat, gate=self.gate),
            owner=self.owner,
        )


class DeafStories(Stories):
    @cached_property
    def deliver(self) -> Deliver:
        return Deliver(
            store=self.store,
            chat=self.chat,
            clock=self.clock,
            limits=self.limits,
            gatekeeper=DeafGatekeeper(chat=self.chat, gate=self.gate),
            owner=self.owner,
        )


@pytest.mark.parametrize(
    ("broken", "found", "runs"),
    [(BlindStories, "doubled: ", 200), (DeafStories, "was sent in spite of", 200)],
)
def test_it_finds_a_broken_delivery(
    in_memory: Callable[[type[Stories]], Callable[[], Machine]],
    broken: type[Stories],
    found: str,
    runs: int,
) -> None:
    """A delivery that does not look, or does not ask the gate, is found in a few runs."""
    with pytest.raises(AssertionError, match=found):
        play(in_memory(broken), runs, 30, always_same=True)


def test_it_finds_claims_that_are_not_exclusive(
    in_memory: Callable[[type[Stories]], Callable[[], Machine]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two workers may hold one message: something is doubled."""

    def of_anybody(outbox: MemoryOutbox, claimed: ClaimedMessage) -> OutboxRow | None:
        return next((row for row in outbox._state.outbox if row.id == claimed.id), None)

    def is_ready(outbox: MemoryOutbox, row: OutboxRow, now: float, owner: str) -> bool:
        return row.not_before <= now and outbox._may_be_sent(row)

    monkeypatch.setattr(MemoryOutbox, "_is_ready", is_ready)
    monkeypatch.setattr(MemoryOutbox, "_claimed", of_anybody)
    with pytest.raises(AssertionError, match="doubled: "):
        play(in_memory(Stories), 200, 30, always_same=True)


def test_it_finds_asks_that_are_lost(
    in_memory: Callable[[type[Stories]], Callable[[], Machine]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """An ask is acknowledged and not kept."""

    async def forget(asks: MemoryAsks, ask: Ask, *, now: float) -> bool:
        return True

    monkeypatch.setattr(MemoryAsks, "add", forget)
    with pytest.raises(AssertionError, match="lost: "):
        play(in_memory(Stories), 200, 30, always_same=True)
