"""``make bench-scale``: a hundred workspaces against web and worker processes on PostgreSQL.

    python -m tests.bench.scale --rate 833 --minutes 5 --webs 2 --workers 2

Each workspace installs the bot by OAuth first, and has a token of its own. Events come at fixed
moments, signed, over kept-alive connections to all web processes in turn. A share of them are lines
that the bot answers; the others are ordinary lines that no model was trained on, edits, deletions,
answers in threads, people who join, and other apps' posts. It talks to this machine alone, stops by
itself, and exits with 1 if a question is lost or doubled. PostgreSQL writes to disk before it says
so, as in production.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from rich.console import Console
from rich.progress import Progress

from bot import event_loop
from bot.core.policy import Limits
from bot.evaluation.corpus import read_messages
from bot.sandbox.process import BotProcess
from bot.store.database import Database
from bot.store.inspection import outcomes
from tests.bench import load
from tests.bench.many_workspaces import ManyWorkspaces, Place, TakenBack
from tests.bench.processor_shares import ProcessorShares
from tests.postgres import Postgres

MOST_PER_SECOND = 5_000.0
MOST_MINUTES = 60.0
_LINES_PER_WEB = 64
_LAST_REPLIES_SECONDS = 60.0
_SAFE = {"fsync": "on", "full_page_writes": "on", "shared_buffers": "128MB"}


@dataclass
class Figures:
    """What was measured: seconds for each acknowledgment, how many were not 200, and seconds of the
    processor's time by kind of process."""

    acks: list[float] = field(default_factory=list)
    refused: int = 0
    took: float = 0.0
    shares: dict[str, float] = field(default_factory=dict)


class ScaleRun:
    """One run.

    Args:
        town: the workspaces and the processes, started. rate: events per second.
        traps: the share that is answered.
        rng: seeded.
    """

    def __init__(
        self, town: ManyWorkspaces, *, rate: float, traps: float, rng: random.Random
    ) -> None:
        self._town = town
        self._rate = rate
        self._traps = traps
        self._rng = rng
        self.figures = Figures()

    async def run(self, events: int, progress: Progress) -> None:
        """Send this many events, and wait for the last replies, for a while."""
        bar = progress.add_task("events", total=events)
        lines: asyncio.Queue[tuple[BotProcess, load.Line]] = asyncio.Queue()
        opened = [(web, await load.lines(web.url, _LINES_PER_WEB)) for web in self._town.webs]
        for several in zip(*(some for _, some in opened), strict=True):
            for (web, _), line in zip(opened, several, strict=True):
                lines.put_nowait((web, line))
        began, under_way = time.perf_counter(), set[asyncio.Task[None]]()
        for number in range(events):
            due = began + number / self._rate
            if (wait := due - time.perf_counter()) > 0:
                await asyncio.sleep(wait)
            task = asyncio.create_task(self._send(number, due, lines))
            under_way.add(task)
            task.add_done_callback(under_way.discard)
            progress.advance(bar)
        await asyncio.gather(*under_way)
        self.figures.took = time.perf_counter() - began
        for _, some in opened:
            for line in some:
                line.close()
        progress.update(bar, description="last replies")
        try:
            await self._town.workers[0].wait_until_idle(_LAST_REPLIES_SECONDS)
        except TimeoutError:
            progress.update(bar, description="some have no reply")

    async def _send(
        self, number: int, due: float, lines: asyncio.Queue[tuple[BotProcess, load.Line]]
    ) -> None:
        written = self._town.write(number, is_trap=self._rng.random() < self._traps)
        web, line = await lines.get()
        sent = load.request(web.url, written.body, written.headers)
        if written.takes_back:
            self._town.taken_back.append(TakenBack(written.place, time.perf_counter()))
        try:
            status = await line.ask(sent)
        except ConnectionError:  # the server ends connections that nobody uses
            [line] = await load.lines(web.url, 1)
            status = await line.ask(sent)
        finally:
            lines.put_nowait((web, line))
        self.figures.acks.append(time.perf_counter() - due)
        self.figures.refused += status != 200
        if written.is_trap and status == 200:
            self._town.sent.append(written.place)
            self._town.acknowledged[written.place] = time.perf_counter()


@dataclass(frozen=True)
class Unanswered:
    """What became of the messages without a question.

    Attributes:
        silences: why the bot decided to say nothing, such as an author who took one back a moment
            later.
        taken_back_first: how many have no row since what took them back was there before them.
        lost: those for which there is no reason.
    """

    silences: Counter[str]
    taken_back_first: int
    lost: Sequence[Place]


async def unanswered(town: ManyWorkspaces, address: str) -> Unanswered:
    """Find out why messages have no question."""
    database = Database(address)
    try:
        known = {
            Place(slack.workspace.team_id, *where): outcome
            for slack in town.slacks
            for where, outcome in (await outcomes(database, slack.workspace.team_id)).items()
        }
    finally:
        await database.close()
    replies = town.replies
    without = [place for place in town.sent if place not in replies]
    reasons = {p: known[p].reason for p in without if p in known and known[p].reason}
    unexplained = [p for p in without if p not in reasons]
    lost = [p for p in unexplained if p in known or not town.may_be_taken_back(p)]
    return Unanswered(Counter(filter(None, reasons.values())), len(unexplained) - len(lost), lost)


def at(ranked: list[float], share: float) -> float:
    """Return the value that this share of the sorted values does not exceed."""
    return ranked[min(len(ranked) - 1, int(share * len(ranked)))] if ranked else float("nan")


async def measure(arguments: argparse.Namespace) -> int:
    """Run, and print the figures."""
    console = Console(highlight=False, width=120)
    events, shipped = round(arguments.rate * arguments.minutes * 60), Limits()
    server = Postgres.start(**_SAFE)
    try:
        with (
            tempfile.TemporaryDirectory(prefix="reframe-scale-") as name,
            server.database(migrated=True) as address,
        ):
            unseen, rng = read_messages(Path("tests/corpus/test")), random.Random(arguments.seed)
            town = ManyWorkspaces(
                Path(name),
                address,
                webs=arguments.webs,
                workers=arguments.workers,
                workspaces=arguments.workspaces,
                channels=arguments.channels,
                ordinary=[m.text for m in unseen if m.group == "ordinary"],
                rng=rng,
                REFRAME_LOG_LEVEL="WARNING",
                REFRAME_POST_TIMEOUT_SECONDS=shipped.post_timeout_seconds,
                REFRAME_UNCONFIRMED_SECONDS=shipped.unconfirmed_margin_seconds,
            )
            run = ScaleRun(town, rate=arguments.rate, traps=arguments.traps, rng=rng)
            try:
                await town.start()
                shares = ProcessorShares({**town.folders, server.folder: "PostgreSQL"})
                with Progress(console=Console(stderr=True)) as progress:
                    await run.run(events, progress)
                run.figures.shares = shares.since()
            finally:
                await town.stop()
            return report(console, town, run.figures, await unanswered(town, address))
    finally:
        server.stop()


def report(console: Console, town: ManyWorkspaces, figures: Figures, without: Unanswered) -> int:
    """Print the figures; return 1 if a question is lost or doubled."""
    acks, replies = sorted(figures.acks), town.reply_seconds
    sent, found = Counter[Place](town.sent), town.replies
    doubled = sum(count > 1 for count in found.values())
    console.print(f"events: {len(acks)} at {len(acks) / figures.took:.0f}/s")
    console.print(
        f"acknowledged: p50 {at(acks, 0.5) * 1e3:.0f} ms, p99 {at(acks, 0.99) * 1e3:.0f} ms"
    )
    console.print(f"not acknowledged: {figures.refused}")
    console.print(
        f"questions: {len(sent)}, event to reply p50 {at(replies, 0.5):.2f} s, "
        f"p95 {at(replies, 0.95):.2f} s"
    )
    console.print(f"lost: {len(without.lost)}, doubled: {doubled}")
    console.print(
        f"decided to say nothing: {dict(without.silences)}, "
        f"taken back before they arrived: {without.taken_back_first}"
    )
    for name, seconds in figures.shares.items():
        each = 1e6 * seconds / len(acks)
        console.print(f"processor's time, {name}: {seconds:.1f} s, {each:.0f} us per event")
    for place in without.lost:
        console.print(f"lost: {place}")
    return 1 if without.lost or doubled else 0


def main() -> int:
    """Read the options, and measure."""
    options = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    options.add_argument("--rate", type=float, default=200.0, help="events per second")
    options.add_argument("--minutes", type=float, default=0.5)
    options.add_argument("--webs", type=int, default=2)
    options.add_argument("--workers", type=int, default=2)
    options.add_argument("--workspaces", type=int, default=100)
    options.add_argument("--channels", type=int, default=2, help="in each workspace")
    options.add_argument("--traps", type=float, default=0.02, help="share that is answered")
    options.add_argument("--seed", type=int, default=1)
    arguments = options.parse_args()
    arguments.rate = min(arguments.rate, MOST_PER_SECOND)
    arguments.minutes = min(arguments.minutes, MOST_MINUTES)
    return event_loop.run(measure(arguments))


if __name__ == "__main__":
    sys.exit(main())
