"""Everything fails at once, and each message still gets exactly one question.

A short storm; ``python -m tests.bench.storm`` runs longer ones.
"""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from tests.faults.storm import Outcome, Plan, Storm
from tests.postgres import Postgres


@pytest.mark.slow
@pytest.mark.postgres
async def test_two_processes_on_one_database(tmp_path: Path, postgres: Postgres) -> None:
    """Two processes share the work while both are killed, paused, and cut off."""
    plan = Plan(events=60, rate=15, kills=1, pauses=1, slack=2, outages=1)
    with postgres.database() as address:
        storm = Storm(tmp_path, address, bots=2, rng=random.Random(7))
        async with storm.slack:
            outcome = await storm.run(plan)

    assert (outcome.sent, outcome.lost, outcome.doubled) == (60, 0, 0)
    assert outcome.incidents == {"kill": 1, "pause": 1, "slack": 2, "outage": 1}


async def test_a_lost_and_a_doubled_message_are_counted() -> None:
    """The storm notices what it is there to notice."""
    storm = Storm(Path(), "sqlite:///unused.db", bots=1, rng=random.Random(1))
    workspace = storm.slack.workspace
    lost, doubled, fine, ordinary = (
        (channel, str(workspace.add_message(channel, {"user": "U1", "text": "x"})["ts"]))
        for channel in list(workspace.channels)[:4]
    )
    for channel, ts in (doubled, doubled, fine, ordinary):
        workspace.add_message(channel, {"bot_id": workspace.bot_id, "text": "?", "thread_ts": ts})

    assert storm.count_replies(traps={lost, doubled, fine}, ordinary={ordinary}) == Outcome(
        sent=3, lost=1, doubled=1, stray=1
    )
