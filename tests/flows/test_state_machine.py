"""Whatever happens, in any order: nothing is lost, nothing doubled, nothing sent after an opt-out."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from bot.core.playbook_model import Playbook
from tests.fakes.memory_store import MemoryStore
from tests.flows.state_machine import Machine


@pytest.fixture
def loop() -> Iterator[asyncio.AbstractEventLoop]:
    made = asyncio.new_event_loop()
    yield made
    made.close()


SMALL = settings(
    phases=(Phase.generate,),
    max_examples=60, stateful_step_count=30, derandomize=True, deadline=None, database=None,
    suppress_health_check=list(HealthCheck),
)  # fmt: skip


def test_in_memory(playbook: Playbook, loop: asyncio.AbstractEventLoop) -> None:
    def machine() -> Machine:
        return Machine(playbook, MemoryStore(), loop)

    run_state_machine_as_test(machine, settings=SMALL)  # type: ignore[no-untyped-call]
