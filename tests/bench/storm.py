"""Runs a storm (``tests/faults/storm.py``) and counts lost and doubled questions.

    python -m tests.bench.storm --events 1000 --kills 60
    python -m tests.bench.storm --postgres --bots 2 --events 1000 --kills 60 --pauses 10
    python -m tests.bench.storm --key --events 1000 --kills 60
    python -m tests.bench.storm --refuse-history --events 1000 --kills 60
    python -m tests.bench.storm --minutes 30 --rate 20 --traps 0.2 --kills 10 --slack 200

Prints the counts and the memory of each process; exits with 1 if a message was lost or doubled.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import sys
import tempfile
from pathlib import Path

from bot.store.encryption import generate_secret
from tests.faults.storm import Plan, Storm, new_database


async def _main(arguments: argparse.Namespace) -> int:
    events = round(arguments.minutes * 60 * arguments.rate) or arguments.events
    plan = Plan(
        events,
        arguments.rate,
        arguments.traps,
        kills=arguments.kills,
        pauses=arguments.pauses,
        slack=arguments.slack,
        outages=arguments.outages,
        lookups=arguments.lookups,
        refuses_history=arguments.refuse_history,
    )
    with (
        tempfile.TemporaryDirectory(prefix="reframe-storm-") as name,
        new_database(Path(name), postgres=arguments.postgres) as address,
    ):
        storm = Storm(
            Path(name),
            address,
            bots=arguments.bots,
            rng=random.Random(arguments.seed),
            key=generate_secret() if arguments.key else "",
            say=lambda line: print(line, file=sys.stderr, flush=True),
        )
        async with storm.slack:
            outcome = await storm.run(plan)
    print(f"{outcome.sent} trap messages: {outcome.lost} lost, {outcome.doubled} doubled,")
    print(f"{outcome.silenced} of the lost are silences with the reason that their text was lost,")
    print(f"{outcome.stray} ordinary ones answered; incidents: {dict(outcome.incidents)}")
    if outcome.memory:
        print(f"memory in MB, first and last look: {outcome.memory[0]}, {outcome.memory[-1]}")
    return 0 if outcome.is_clean else 1


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m tests.bench.storm",
        description="Send messages while everything fails, and count lost and doubled questions.",
    )
    parser.add_argument("--postgres", action="store_true", help="on a new PostgreSQL server")
    parser.add_argument("--bots", type=int, default=1, help="processes; several need --postgres")
    parser.add_argument("--events", type=int, default=1_000)
    parser.add_argument("--minutes", type=float, default=0.0, help="instead of --events")
    parser.add_argument("--rate", type=float, default=20.0, help="messages per second")
    parser.add_argument("--traps", type=float, default=1.0, help="share that needs a question")
    parser.add_argument("--kills", type=int, default=0)
    parser.add_argument("--pauses", type=int, default=0)
    parser.add_argument("--slack", type=int, default=0, help="posts that Slack does not take")
    parser.add_argument("--lookups", type=int, default=0, help="look-ups that Slack refuses")
    parser.add_argument("--outages", type=int, default=0, help="of the database")
    parser.add_argument("--key", action="store_true", help="set REFRAME_ENCRYPTION_KEY")
    parser.add_argument(
        "--refuse-history", action="store_true", help="Slack never shows a lost text again"
    )
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    if arguments.bots > 1 and not arguments.postgres:
        parser.error("several bots need --postgres")
    return arguments


if __name__ == "__main__":
    sys.exit(asyncio.run(_main(_arguments())))
