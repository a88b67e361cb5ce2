"""``make bench-past``: what ten million past findings cost each statement on the way of a message.

    python -m tests.bench.past --findings 10000000

PostgreSQL is filled with findings of the last 80 days, of a thousand sellers in each of ten
workspaces, and the messages and posts that belong to them. Then a web and a worker process serve
the same workspaces, where some of these sellers write, click buttons, ask, and look at Home, and
PostgreSQL tells what each statement took. Every statement that took more than the goal on average
is printed with its plan, and the exit status is 1. What runs when a process starts isn't counted.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import re
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, LiteralString

import psycopg
from rich.console import Console
from rich.progress import Progress
from rich.table import Table
from sqlalchemy import create_engine, text

from bot.core.policy import Limits
from bot.evaluation.corpus import read_messages
from bot.sandbox.slack import FakeSlack
from bot.sandbox.workspace import Json
from bot.store import tables
from tests.bench.many_workspaces import ManyWorkspaces
from tests.postgres import Postgres

GOAL_MS = 5.0
HELPFUL = "reframe_answer_helpful"
MOST_FINDINGS = 20_000_000

_WORKSPACES, _CHANNELS = 10, 4
_PAST_SELLERS, _PAST_CHANNELS = 1_000, 200
_BATCH = 250_000
_PAST_SECONDS = 80 * 86_400
_LAST_REPLIES_SECONDS = 60.0
_OPTIONS = {
    "fsync": "on",
    "full_page_writes": "on",
    "wal_level": "minimal",
    "max_wal_size": "4GB",
    "shared_buffers": "256MB",
    "maintenance_work_mem": "256MB",
    "shared_preload_libraries": "pg_stat_statements,auto_explain",
    "pg_stat_statements.track_planning": "on",
    "auto_explain.log_min_duration": str(int(GOAL_MS)),
    "auto_explain.log_analyze": "on",
    "auto_explain.log_timing": "off",
}
_FILLED = (tables.inbox, tables.findings, tables.outbox)
_TRAPS = "(ARRAY['blame', 'labelling', 'fixing', 'entitlement', 'future_pitching'])"
_WORKSPACE = f"'T' || lpad((n % {_WORKSPACES})::text, 4, '0')"
_NUMBER = f"(n / {_WORKSPACES} % {_PAST_SELLERS})"
_SELLER = f"'U' || lpad((2 * {_NUMBER} + 1)::text, 4, '0')"
_CHANNEL = f"'C' || lpad((2 * ({_NUMBER} % {_PAST_CHANNELS}) + 2)::text, 4, '0')"
_AT = f":now - {_PAST_SECONDS}.0 * (1 - n::float / :count)"
_TS = f"to_char({_AT}, 'FM9999999999.000000')"

_FILL = (
    f"""
    INSERT INTO inbox (id, workspace_id, event_id, channel_id, ts, author_id, version, state,
                       due_at, attempts, accepted_at, decided_at, reason)
    SELECT n, {_WORKSPACE}, 'EvPast' || n, {_CHANNEL}, {_TS}, {_SELLER}, '', 'decided',
           {_AT}, 1, {_AT}, {_AT}, CASE WHEN n % 97 > 2 THEN 'not_sure' END
    FROM generate_series(CAST(:first AS integer), :last) AS n
    """,
    f"""
    INSERT INTO findings (id, inbox_id, workspace_id, channel_id, thread_ts, author_id, trap, score,
                          detector, playbook_version, outcome, question_id, key, feedback,
                          answered_at, created_at)
    SELECT n, n, {_WORKSPACE}, {_CHANNEL}, {_TS}, {_SELLER}, {_TRAPS}[n % 5 + 1], 0.5,
           'offline', 'past', CASE WHEN n % 97 > 2 THEN 'not_sure' ELSE 'speak' END,
           CASE WHEN n % 97 <= 2 THEN 'blame-01' END,
           CASE WHEN n % 97 <= 2 THEN 'past-' || n END,
           CASE WHEN n % 97 = 0 THEN 'helpful' WHEN n % 970 = 1 THEN 'wrong' END,
           CASE WHEN n % 97 = 0 OR n % 970 = 1 THEN {_AT} END, {_AT}
    FROM generate_series(CAST(:first AS integer), :last) AS n
    """,
    f"""
    INSERT INTO outbox (workspace_id, key, kind, channel_id, thread_ts, recipient_id, about_key,
                        topic, content, state, not_before, attempts, sent_ts, created_at, done_at)
    SELECT {_WORKSPACE}, 'past-' || n, 'nudge', {_CHANNEL}, {_TS}, {_SELLER}, '', '', '{{}}',
           'sent', {_AT}, 1, to_char({_AT} + 1, 'FM9999999999.000000'), {_AT}, {_AT}
    FROM generate_series(CAST(:first AS integer), :last) AS n
    WHERE n % 97 <= 2
    """,
)
"""Three of 97 findings were spoken about: a seller who writes a lot gets a question a day."""


@dataclass(frozen=True)
class Statement:
    """A statement that ran: how often, and milliseconds on average and at most."""

    words: str
    calls: int
    mean: float
    most: float


def fill(address: str, count: int, progress: Progress) -> None:
    """Write the past, without the indexes, and then the indexes."""
    engine = create_engine(address.replace("postgresql://", "postgresql+psycopg://"))
    bar = progress.add_task("past findings", total=count)
    now = time.time()
    indexes = [index for table in _FILLED for index in table.indexes]
    with engine.connect() as connection:
        for index in indexes:
            index.drop(connection)
        connection.commit()
        for first in range(1, count + 1, _BATCH):
            last = min(count, first + _BATCH - 1)
            for statement in _FILL:
                values = {"now": now, "count": count, "first": first, "last": last}
                connection.execute(text(statement), values)
            connection.commit()
            progress.update(bar, completed=last)
        bar = progress.add_task("indexes", total=len(indexes))
        for index in indexes:
            index.create(connection)
            connection.commit()
            progress.advance(bar)
        for table in _FILLED[:2]:
            connection.execute(
                text(f"SELECT setval(pg_get_serial_sequence('{table.name}', 'id'), :last)"),
                {"last": count},
            )
        connection.commit()
    engine.dispose()
    _run(address, "VACUUM ANALYZE")


async def live(town: ManyWorkspaces, minutes: float, rate: float, progress: Progress) -> None:
    """Let people write, click, ask, and look at Home, one after the other."""
    total = max(1, round(minutes * 60 * rate))
    bar = progress.add_task("people", total=total)
    began = time.perf_counter()
    visits = _visits(town)
    for number in range(total):
        await asyncio.sleep(max(0.0, began + number / rate - time.perf_counter()))
        await next(visits)()
        progress.advance(bar)
    progress.update(bar, description="last replies")
    await asyncio.gather(*(slack.wait_for_deliveries() for slack in town.slacks))
    try:
        await town.workers[0].wait_until_idle(_LAST_REPLIES_SECONDS)
    except TimeoutError:
        progress.update(bar, description="some have no reply")


def _visits(town: ManyWorkspaces) -> Iterator[Callable[[], Awaitable[object]]]:
    """Yield what somebody does next, for ever."""
    number = 0
    while True:
        for slack, channel, seller in town.deals:
            words = town.text(is_trap=number % 3 > 0)
            post = _bound(slack.post_message, seller, channel, words)
            yield post
            for nudge in _unrated(slack, channel):
                yield _bound(slack.click, seller, channel, nudge["ts"], HELPFUL)
            if number % 4 == 0:
                yield _bound(slack.open_home, seller)
                yield _bound(slack.run_command, seller, channel, "/reframe", "why")
            if number % 4 == 2:
                asked = "they went quiet after the quote, what do I do"
                yield _bound(slack.run_command, seller, channel, "/reframe", asked)
            number += 1


def _unrated(slack: FakeSlack, channel: str) -> list[Json]:
    """Return the last question in a channel, if it still has its buttons."""
    for message in reversed(slack.workspace.messages(channel)):
        if message.get("bot_id"):
            return [message] if HELPFUL in json.dumps(message.get("blocks")) else []
    return []


def _bound(act: Callable[..., Awaitable[object]], *given: str) -> Callable[[], Awaitable[object]]:
    return lambda: act(*given)


def statements(address: str) -> list[Statement]:
    """Return what ran since the count began, the slowest first."""
    rows = _run(
        address,
        "SELECT query, calls, mean_exec_time + mean_plan_time, max_exec_time + max_plan_time"
        " FROM pg_stat_statements JOIN pg_database d ON d.oid = dbid"
        " WHERE d.datname = current_database() AND query NOT LIKE '%pg_stat_statements%'"
        " ORDER BY 3 DESC",
    )
    return [Statement(" ".join(q.split()), c, mean, most) for q, c, mean, most in rows]


def plans(server: Postgres) -> dict[str, str]:
    """Return the plans that PostgreSQL logged, by the statement's first words."""
    logged = (server.folder / "log").read_text(errors="replace")
    found = {}
    for block in re.findall(r"plan:\n\tQuery Text: ((?:.*\n)(?:\t.*\n?)+)", logged):
        query, _, plan = re.sub(r"\n\t(?=[^\n]*\(cost=)", "\n\0", block).partition("\0")
        found[_kind(query)] = plan
    return found


def _kind(statement: str) -> str:
    """Return a statement without its values, of which the statistics have none: its plan's key."""
    return re.sub(r"\$\d+(::\w+)?|'[^']*'|\bNULL\b|\d+|\s+", "", statement)[:400]


def report(console: Console, ran: list[Statement], logged: dict[str, str]) -> int:
    """Print the figures; return 1 if a statement is too slow."""
    table = Table("calls", "mean ms", "at most ms", "statement", box=None)
    for s in ran[:15]:
        table.add_row(str(s.calls), f"{s.mean:.2f}", f"{s.most:.1f}", s.words[:90])
    console.print(table)
    slow = [s for s in ran if s.mean > GOAL_MS]
    console.print(f"statements: {len(ran)}, slower than {GOAL_MS:.0f} ms on average: {len(slow)}")
    for s in slow:
        console.print(f"\n{s.words}\n{logged.get(_kind(s.words), '(no plan was logged)')}")
    return 1 if slow else 0


def _run(address: str, statement: LiteralString) -> list[tuple[Any, ...]]:
    with psycopg.connect(address, autocommit=True) as connection:
        done = connection.execute(statement)
        return done.fetchall() if done.description else []


async def measure(arguments: argparse.Namespace) -> int:
    """Fill the database, let people write, and print what statements took."""
    console, shipped = Console(highlight=False, width=140), Limits()
    server = Postgres.start(**_OPTIONS)
    try:
        with (
            tempfile.TemporaryDirectory(prefix="reframe-past-") as name,
            server.database(migrated=True) as address,
            Progress(console=Console(stderr=True)) as progress,
        ):
            _run(address, "CREATE EXTENSION pg_stat_statements")
            fill(address, arguments.findings, progress)
            unseen = read_messages(Path("tests/corpus/test"))
            town = ManyWorkspaces(
                Path(name),
                address,
                webs=1,
                workers=1,
                workspaces=_WORKSPACES,
                channels=_CHANNELS,
                ordinary=[m.text for m in unseen if m.group == "ordinary"],
                rng=random.Random(arguments.seed),
                REFRAME_LOG_LEVEL="WARNING",
                REFRAME_POST_TIMEOUT_SECONDS=shipped.post_timeout_seconds,
                REFRAME_UNCONFIRMED_SECONDS=shipped.unconfirmed_margin_seconds,
            )
            try:
                await town.start()
                for slack in town.slacks:
                    await _open(slack, town.webs[0].url)
                _run(address, "SELECT pg_stat_statements_reset()")
                await live(town, arguments.minutes, arguments.rate, progress)
                ran = statements(address)
            finally:
                await town.stop()
                await asyncio.gather(*(slack.stop() for slack in town.slacks))
            posted = sum(len(slack.workspace.bot_messages()) for slack in town.slacks)
        console.print(f"past findings: {arguments.findings}, posts of the bot: {posted}")
        return report(console, ran, plans(server))
    finally:
        server.stop()


async def _open(slack: FakeSlack, url: str) -> None:
    await slack.start()
    slack.set_request_url(url)


def main() -> int:
    """Read the options, and measure."""
    options = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    options.add_argument("--findings", type=int, default=10_000_000)
    options.add_argument("--minutes", type=float, default=1.0)
    options.add_argument("--rate", type=float, default=10.0, help="of what people do, per second")
    options.add_argument("--seed", type=int, default=1)
    arguments = options.parse_args()
    arguments.findings = max(1_000, min(arguments.findings, MOST_FINDINGS))
    return asyncio.run(measure(arguments))


if __name__ == "__main__":
    sys.exit(main())
