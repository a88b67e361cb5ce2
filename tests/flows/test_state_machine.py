"""Whatever happens, in any order: nothing lost, nothing doubled, nothing after an opt-out.

Thousands of other runs: ``python -m tests.flows.state_machine_runs 5000``.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from functools import cached_property
from pathlib import Path

import pytest

from bot.core.gate import Passage, SendNow
from bot.core.playbook_model import Playbook
from bot.flows.deliver import Deliver
from bot.flows.gatekeeper import Gatekeeper
from bot.flows.ports.asks import Ask
from bot.flows.ports.outbox import ClaimedMessage
from tests.fakes.memory_outbox import MemoryAsks, MemoryOutbox
from tests.fakes.memory_store import MemoryStore
from tests.fakes.state import OutboxRow
from tests.flows.state_machine import Machine
from tests.flows.state_machine_runs import on_sqlite, play
from tests.flows.stories import Stories

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


def test_in_memory(in_memory: Callable[[type[Stories]], Callable[[], Machine]]) -> None:
    """Both processes and everybody who writes, on the in-memory store."""
    play(in_memory(Stories), runs=16, steps=25, seed=SEED, shrinks=True)


def test_on_sqlite(
    playbook: Playbook,
    loop: asyncio.AbstractEventLoop,
    migrated_sqlite: Path,
    tmp_path: Path,
    unhurried: None,
) -> None:
    """The same on a real file."""
    with on_sqlite(playbook, loop, migrated_sqlite, tmp_path) as machine:
        play(machine, runs=2, steps=12, seed=SEED)


# The machine finds what is broken


class BlindDeliver(Deliver):
    """Posts again without looking for the message first."""

    async def _resolve_unconfirmed(self, claimed: ClaimedMessage) -> bool:
        return False


class DeafGatekeeper(Gatekeeper):
    """Lets everything pass."""

    def check(self, *_: object, **__: object) -> Passage:
        return SendNow()


class BlindStories(Stories):
    @cached_property
    def deliver(self) -> Deliver:
        return BlindDeliver(
            telemetry=self.telemetry,
            store=self.store,
            chat=self.chat,
            clock=self.clock,
            limits=self.limits,
            gatekeeper=Gatekeeper(chat=self.chat, rules=self.rules),
            owner=self.owner,
        )


class DeafStories(Stories):
    @cached_property
    def deliver(self) -> Deliver:
        return Deliver(
            telemetry=self.telemetry,
            store=self.store,
            chat=self.chat,
            clock=self.clock,
            limits=self.limits,
            gatekeeper=DeafGatekeeper(chat=self.chat, rules=self.rules),
            owner=self.owner,
        )


@pytest.mark.parametrize(
    ("broken", "found", "seed"),
    [(BlindStories, "doubled: ", 9), (DeafStories, "was sent in spite of", SEED)],
)
def test_it_finds_a_broken_delivery(
    in_memory: Callable[[type[Stories]], Callable[[], Machine]],
    broken: type[Stories],
    found: str,
    seed: int,
) -> None:
    """A delivery that does not look, or does not ask the gate, is found in a few runs."""
    with pytest.raises(AssertionError, match=found):
        play(in_memory(broken), runs=200, steps=30, seed=seed)


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
        play(in_memory(Stories), runs=200, steps=30, seed=SEED)


def test_it_finds_asks_that_are_lost(
    in_memory: Callable[[type[Stories]], Callable[[], Machine]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """An ask is acknowledged and not kept."""

    async def forget(asks: MemoryAsks, ask: Ask, *, now: float) -> bool:
        return True

    monkeypatch.setattr(MemoryAsks, "add", forget)
    with pytest.raises(AssertionError, match="lost: "):
        play(in_memory(Stories), runs=200, steps=30, seed=SEED)
