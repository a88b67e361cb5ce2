"""What becomes of a job: run in its line, put off, tried again, or kept as a dead letter."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import procrastinate
import pytest
from procrastinate.testing import InMemoryConnector

from bot.core.policy import Backoff
from bot.flows.errors import StoreRefusedError, StoreUnavailableError
from bot.flows.ports.work import WorkItem, WorkKind
from bot.workers.job_runner import JobRunner

NOW = 1_000_000_000.0
ITEM = WorkItem(WorkKind.DELIVERY, "T1", "C1", "nudge-1")


@dataclass
class Line:
    """A queue in memory with one job, and the story that does it.

    Attributes:
        answers: what the story returns or raises, one after the other; then None.
        done, later, ended: what was run, put off, and whose claim was ended.
    """

    answers: list[float | Exception | None] = field(default_factory=list)
    connector: InMemoryConnector = field(default_factory=InMemoryConnector)
    done: list[WorkItem] = field(default_factory=list)
    later: list[tuple[WorkItem, float]] = field(default_factory=list)
    ended: list[WorkItem] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.app = procrastinate.App(connector=self.connector)
        JobRunner(self, {WorkKind.DELIVERY: self.run_one}, lambda: NOW)

    async def run_one(self, item: WorkItem) -> float | None:
        self.done.append(item)
        answer = self.answers.pop(0) if self.answers else None
        if isinstance(answer, Exception):
            raise answer
        return answer

    async def defer_later(self, item: WorkItem, at: float) -> None:
        self.later.append((item, at))

    async def end_claim(self, item: WorkItem) -> None:
        self.ended.append(item)

    async def defer_what_has_no_job(self) -> int:
        return 0

    async def take_over(self) -> int:
        return 0

    async def note_last_error(self, job_id: int, error: str) -> None:
        self.connector.jobs[job_id]["args"]["error"] = error

    async def run(self, *, lock: str | None = "C1", attempts: int = 0) -> dict[str, Any]:
        """Run one job to its end, or to its next try; return it."""
        job_id = await self.app.configure_task("delivery", lock=lock).defer_async(
            workspace_id=ITEM.workspace_id, place_id=ITEM.place_id, key=ITEM.key
        )
        self.connector.jobs[job_id]["attempts"] = attempts
        await self.app.run_worker_async(
            wait=False, listen_notify=False, install_signal_handlers=False
        )
        return dict(self.connector.jobs[job_id])


async def test_a_job_in_its_line_is_run() -> None:
    line = Line()

    assert (await line.run())["status"] == "succeeded"
    assert (line.done, line.later, line.ended) == ([ITEM], [], [])


async def test_a_job_that_has_waited_takes_its_place_in_the_line() -> None:
    line = Line()
    await line.run(lock=None)

    assert (line.done, line.later) == ([], [(ITEM, NOW)])


async def test_a_row_that_must_wait_gets_a_job_for_then() -> None:
    line = Line([NOW + 60])

    assert (await line.run())["status"] == "succeeded"
    assert line.later == [(ITEM, NOW + 60)]


async def test_a_short_wait_passes_in_the_job() -> None:
    """Such as the gap between two posts: others of the channel stay behind it."""
    line = Line([NOW, NOW])
    await line.run()

    assert (line.done, line.later) == ([ITEM] * 3, [])


async def test_a_second_try_ends_the_claim_of_the_first() -> None:
    line = Line()
    await line.run(attempts=1)

    assert (line.ended, line.done) == ([ITEM], [ITEM])


@pytest.mark.parametrize(
    ("failure", "attempts", "status"),
    [
        (StoreRefusedError("odd"), 0, "todo"),
        (StoreRefusedError("odd"), Backoff().max_attempts - 1, "failed"),
        (StoreUnavailableError("down"), Backoff().max_attempts - 1, "todo"),
    ],
)
async def test_what_fails_is_tried_again_and_kept_in_the_end(
    failure: Exception, attempts: int, status: str
) -> None:
    """A database that is away is no fault of the job, however long it takes."""
    line = Line([failure])

    assert (await line.run(attempts=attempts))["status"] == status
