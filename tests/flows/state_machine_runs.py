"""Plays many runs of the state machine, with a line of progress per batch.

Each run is another order of events, presses, faults and crashes. Half an hour::

    python -m tests.flows.state_machine_runs 5000

A tenth as many run on SQLite. What breaks a promise ends it, with the shortest order that does;
the same arguments, with the number of the batch as the third, play that again.
"""

from __future__ import annotations

import asyncio
import logging
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import cast

import hypothesis
import pytest
from hypothesis import HealthCheck, Phase
from hypothesis.stateful import RuleBasedStateMachine, run_state_machine_as_test

from bot.core.playbook_model import Playbook
from bot.playbook import load_playbook
from bot.store.database import Database
from tests.fakes.memory_store import MemoryStore
from tests.flows.kept import KeptSqlStore
from tests.flows.state_machine import Machine
from tests.harness import let_databases_wait
from tests.postgres import migrate

_BATCH = 50  # runs on the in-memory store; a tenth of it on SQLite


def play(
    machine: Callable[[], Machine], *, runs: int, steps: int, seed: int, shrinks: bool = False
) -> None:
    """Play runs of a machine; the same seed plays the same ones.

    Args:
        machine: makes one for each run.
        runs: how many. steps: how many things happen in each.
        shrinks: look for a shorter order that breaks the same promise.
    """
    how = hypothesis.settings(
        max_examples=runs,
        stateful_step_count=steps,
        deadline=None,
        database=None,
        phases=(Phase.generate, Phase.shrink) if shrinks else (Phase.generate,),
        suppress_health_check=list(HealthCheck),
    )
    seeded = hypothesis.seed(seed)(machine)
    run_state_machine_as_test(cast(type[RuleBasedStateMachine], seeded), settings=how)


@contextmanager
def on_sqlite(
    playbook: Playbook, loop: asyncio.AbstractEventLoop, migrated: Path, folder: Path
) -> Iterator[Callable[[], Machine]]:
    """Yield what makes machines, each on a new SQLite file.

    Args:
        migrated: a file with all tables, to be copied.
        folder: for the copies.
    """
    opened: list[Database] = []
    numbers = count()

    def machine() -> Machine:
        file = folder / f"{next(numbers)}.db"
        shutil.copy(migrated, file)
        while opened:
            loop.run_until_complete(opened.pop().close())
        opened.append(Database(f"sqlite:///{file}"))
        return Machine(playbook, KeptSqlStore(opened[0]), loop)

    try:
        yield machine
    finally:
        for database in opened:
            loop.run_until_complete(database.close())


def main(runs: int, seed: int = 1, batch: int = 0) -> None:
    """Play runs in batches, from one on, and print a line per batch.

    Raises:
        AssertionError: a promise was broken.
    """
    playbook, loop, began = load_playbook(), asyncio.new_event_loop(), time.monotonic()
    logging.disable()  # each fault that is played has its line
    with (
        tempfile.TemporaryDirectory(prefix="reframe-runs-") as name,
        pytest.MonkeyPatch.context() as patch,
    ):
        let_databases_wait(patch)
        migrated = Path(name) / "migrated.db"
        migrate(f"sqlite:///{migrated}")
        for number in range(batch, -(-runs // _BATCH)):
            seed_of_batch = seed * 1_000_000 + number
            play(
                lambda: Machine(playbook, MemoryStore(), loop),
                runs=_BATCH, steps=40, seed=seed_of_batch, shrinks=True,
            )  # fmt: skip
            with (
                tempfile.TemporaryDirectory(dir=name) as folder,
                on_sqlite(playbook, loop, migrated, Path(folder)) as machine,
            ):
                play(machine, runs=_BATCH // 10, steps=30, seed=seed_of_batch)
            done = (number - batch + 1) * _BATCH
            sys.stdout.write(
                f"batch {number}: {done} runs in memory, {done // 10} on SQLite, "
                f"{time.monotonic() - began:.0f} s, nothing found\n"
            )
            sys.stdout.flush()
    loop.close()


if __name__ == "__main__":
    main(*map(int, sys.argv[1:] or ["5000"]))
