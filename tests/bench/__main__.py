"""``make bench``: the request URL beside a bare Bolt app, time to the reply, memory, start-up.

Each figure is measured several times, the two servers in turn, and shown as median with its least
and greatest value. Server and load share this machine, so compare within one run only.
"""

from __future__ import annotations

import asyncio
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table

from bot.detect.offline import OfflineDetector
from bot.evaluation.corpus import read_messages
from bot.playbook import load_playbook
from bot.sandbox.process import BotProcess
from bot.sandbox.slack import FakeSlack
from bot.sandbox.workspace import Workspace
from tests.bench import detector as offline
from tests.bench import http as door
from tests.bench import load, week
from tests.bench import statements as per_event
from tests.bench.bare import BareBolt
from tests.bench.process import measured, resident_mb
from tests.faults.chaos import TEXTS
from tests.harness import NO_LIMITS

CONNECTIONS = 64  # requests under way at once
REPLIES = 100
ASKS = 500
ASKS_BEFORE = 20
MEMORY_EVENTS = 200_000
MEMORY_TRAP_EVERY = 200  # about what real chat holds
MEMORY_LOOKS = 5
CHANNELS = 40

console = Console(highlight=False, width=160)


class Bench:
    """A fake Slack with its channels, and messages from the corpus to post in them."""

    def __init__(self, folder: Path, slack: FakeSlack) -> None:
        self.folder = folder
        self.slack = slack
        self.workspace = slack.workspace
        self.users = [self.workspace.add_user(f"seller{n}") for n in range(CHANNELS)]
        self.channels = [
            self.workspace.add_channel(f"deal-{n}", self.users) for n in range(CHANNELS)
        ]
        detector = OfflineDetector.shipped(load_playbook().cues)
        messages = read_messages(Path("tests/corpus"))
        # Lines that no model was trained on, those that pass the prefilter among them.
        unseen = read_messages(Path("tests/corpus/test"))
        self.ordinary = [m.text for m in unseen if m.group == "ordinary"]
        self.suspicious = [
            m.text for m in messages if m.trap and detector.quick_verdict(m.text).suspicious
        ]
        self._written = 0
        self._runs = 0

    def requests(self, url: str, texts: Sequence[str], count: int) -> list[bytes]:
        """Return this many signed deliveries of new messages, ready to send."""
        return [self._request(url, texts[n % len(texts)]) for n in range(count)]

    def _request(self, url: str, text: str) -> bytes:
        self._written += 1
        n = self._written % CHANNELS
        message = {
            "type": "message",
            "user": self.users[n],
            "text": text,
            "team": self.workspace.team_id,
            "ts": self.workspace.next_ts(),
        }
        event = self.slack.message_event(self.channels[n], message)
        body = json.dumps(self.slack.envelope(event)).encode()
        return load.request(url, body, self.slack.delivery.signed_headers(body))

    def reframe(self, **settings: object) -> BotProcess:
        """Run the bot with default settings on a new SQLite file, except for these settings."""
        self._runs += 1
        given = {
            "SLACK_BOT_TOKEN": self.workspace.bot_token,
            "SLACK_SIGNING_SECRET": self.workspace.signing_secret,
            "SLACK_API_URL": self.slack.api_url,
            "DATABASE_URL": f"sqlite:///{self.folder}/bench{self._runs}.db",
            "REFRAME_DELIVERY": "thread",
            "REFRAME_LOG_LEVEL": "WARNING",
            **settings,
        }
        return BotProcess({k: str(v) for k, v in given.items()}, self.folder, "--http")

    def bare(self) -> BareBolt:
        """Run Bolt alone, as the baseline."""
        return BareBolt(
            self.folder,
            {
                "SLACK_BOT_TOKEN": self.workspace.bot_token,
                "SLACK_SIGNING_SECRET": self.workspace.signing_secret,
                "SLACK_API_URL": self.slack.api_url,
            },
        )


async def http(bench: Bench) -> None:
    """Measure events per second, what one costs, and the time until its acknowledgment."""
    found = await door.measured(bench, _say)
    for title, rounds in (("warm", found.warm), ("starting", found.starting)):
        table = _table(
            f"The request URL, {title}, {CONNECTIONS} requests under way",
            "events per second",
            "microseconds per event",
            "of the load",
        )
        for (kind, server), values in rounds.items():
            table.add_row(
                f"{server}, {kind}",
                _spread(values.rates, "{:.0f}"),
                _spread(values.took, "{:.0f}"),
                _spread(values.load, "{:.0f}"),
            )
        console.print(table)
        for kind in dict.fromkeys(kind for kind, _ in rounds):
            rates, times = (_spread(some, "{:.2f}") for some in door.ratios(rounds, kind))
            console.print(f"reframe / bare Bolt, {kind}: rate {rates}, processor {times}")
    table = _table("The request URL at a rate", "p50 ms", "p99 ms", "max ms")
    for (kind, server, rate), answers in found.steady.items():
        shares = (_spread([a.at(s) for a in answers], "{:.1f}") for s in (0.5, 0.99, 1.0))
        table.add_row(f"{server}, {kind}, {rate:.0f}/s", *shares)
    console.print(table)
    console.print(f"of the ordinary lines {found.stored:.1%} are stored; nothing is decided yet\n")


async def processor(bench: Bench) -> None:
    """Measure the processor's time per event, beside bare Bolt's."""
    table = _table("Processor's time per event", "microseconds", "bare Bolt's / this")
    for name, took in (await measured(bench, _say)).items():
        table.add_row(name, _spread(took.values, "{:.0f}"), _spread(took.ratios, "{:.2f}"))
    console.print(table)


async def replies(bench: Bench) -> None:
    """Time one message after the other from event to reply, with a settling time of 0."""
    calm = {k: v for k, v in NO_LIMITS.items() if k != "REFRAME_POST_TIMEOUT_SECONDS"}
    process = bench.reframe(**calm)
    await process.start()
    bench.slack.set_request_url(process.url)
    seconds = []
    try:
        for n in range(REPLIES):
            if n % 20 == 0:
                _say(f"replies: {n} of {REPLIES}")
            before = len(bench.slack.calls_to("chat.postMessage"))
            began = time.time()
            await bench.slack.post_message(
                bench.users[n % CHANNELS],
                bench.channels[n % CHANNELS],
                TEXTS[n % len(TEXTS)],
            )
            async with asyncio.timeout(10):
                while len(posts := bench.slack.calls_to("chat.postMessage")) == before:
                    await asyncio.sleep(0.001)
            seconds.append(posts[-1].at - began)
            await bench.slack.wait_for_deliveries()
            await process.wait_until_idle()
    finally:
        await process.stop()
    answers = load.Answers(seconds, 0, sum(seconds))
    table = _table("From event to reply, settling 0", "p50 ms", "p95 ms", "max ms")
    table.add_row(f"{REPLIES} replies", *(f"{answers.at(s):.0f}" for s in (0.5, 0.95, 1.0)))
    console.print(table)


async def asks(bench: Bench) -> None:
    """Time /reframe with a sentence, offline: to the acknowledgement and to the reply."""
    process = bench.reframe(REFRAME_SAME_QUESTION_DAYS=0)
    await process.start()
    bench.slack.set_request_url(process.url)
    acks, answers = [], []
    try:
        for n in range(ASKS + ASKS_BEFORE):
            if n % 50 == 0:
                _say(f"asks: {n} of {ASKS + ASKS_BEFORE}")
            user = bench.workspace.add_user(f"asker{n}")
            bench.slack.response_url_called.clear()
            began = time.perf_counter()
            attempt = await bench.slack.run_command(
                user, bench.channels[n % CHANNELS], "/reframe", TEXTS[n % len(TEXTS)]
            )
            await asyncio.wait_for(bench.slack.response_url_called.wait(), 10)
            if n >= ASKS_BEFORE:
                acks.append(attempt.seconds)
                answers.append(time.perf_counter() - began)
    finally:
        await process.stop()
    table = _table("/reframe with a sentence, offline", "p50 ms", "p99 ms", "max ms")
    for name, seconds in (("acknowledged", acks), ("answered", answers)):
        shown = load.Answers(seconds, 0, sum(seconds))
        table.add_row(name, *(f"{shown.at(s):.1f}" for s in (0.5, 0.99, 1.0)))
    console.print(table)


async def memory(bench: Bench) -> None:
    """Measure resident memory during 200,000 events, one in 200 a trap."""
    process = bench.reframe(**{**NO_LIMITS, "REFRAME_DAILY_CAP": 1})
    texts = [*bench.ordinary[: MEMORY_TRAP_EVERY - 1], bench.suspicious[0]]
    table = _table("Memory", "events", "resident MB")
    await process.start()
    table.add_row("after the first start, which makes the tables", "0", _memory_of(process))
    await process.stop()
    await process.start()
    try:
        table.add_row("after the next start", "0", _memory_of(process))
        for look in range(MEMORY_LOOKS):
            part = MEMORY_EVENTS // MEMORY_LOOKS
            _say(f"memory: {look * part} of {MEMORY_EVENTS}")
            for _ in range(10):
                await _answered(process.url, bench.requests(process.url, texts, part // 10))
            await process.wait_until_idle(600)
            table.add_row("", f"{(look + 1) * part}", _memory_of(process))
    finally:
        await process.stop()
    console.print(table)


def _memory_of(process: BotProcess) -> str:
    return f"{resident_mb(process.pid):.0f}"


async def start_up(bench: Bench) -> None:
    """Time startup until the first response, and --help."""
    starts, helps = [], []
    for n in range(5):
        _say(f"start-up: {n + 1} of 5")
        process = bench.reframe()
        began = time.perf_counter()
        await process.start()
        starts.append(time.perf_counter() - began)
        await process.stop()
        helps.append(
            _timed(
                lambda: subprocess.run(
                    [sys.executable, "-m", "bot", "--help"], stdout=subprocess.DEVNULL, check=True
                )
            )
        )
    table = _table("Start-up", "seconds")
    table.add_row("reframe run, until it answers", _spread(starts, "{:.2f}"))
    table.add_row("reframe --help", _spread(helps, "{:.2f}"))
    console.print(table)


async def weekly(bench: Bench) -> None:
    """Time a tick and a digest in a large database."""
    table = _table(
        f"{week.FINDINGS:,} findings, {week.PEOPLE:,} people, {week.TEAMS:,} teams", "ms"
    )
    for database, looks in (await week.measured(bench.folder, _say)).items():
        for what, spans in looks.items():
            table.add_row(f"{database}: {what}", _spread(spans, "{:.1f}"))
    console.print(table)


async def statements(bench: Bench) -> None:
    """Count what one event of each kind asks of the database."""
    for setup, kinds in (await per_event.measured(bench.folder)).items():
        table = _table(setup, "statements", "transactions")
        for kind, asked in kinds.items():
            table.add_row(kind, str(len(asked.statements)), str(asked.transactions))
        console.print(table)


async def detector(bench: Bench) -> None:
    """Measure the offline detector in separate processes on one core."""
    table = _table("The offline detector, one core", "")
    for name, values in offline.rounds().items():
        table.add_row(name, _spread(values, "{:.3f}" if "ms" in name else "{:,.1f}"))
    console.print(table)


async def _answered(url: str, requests: list[bytes]) -> load.Answers:
    answers = await load.as_fast_as_it_goes(url, requests, CONNECTIONS)
    if answers.refused:
        raise RuntimeError(f"{answers.refused} of {len(requests)} were not answered with 200")
    return answers


def _timed(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def _spread(values: Sequence[float], form: str) -> str:
    least, middle, most = (
        form.format(v) for v in (min(values), statistics.median(values), max(values))
    )
    return f"{middle} ({least} to {most})"


def _table(title: str, *columns: str) -> Table:
    table = Table(title=title, title_justify="left")
    table.add_column("")
    for column in columns:
        table.add_column(column, justify="right")
    return table


def _say(what: str) -> None:
    if console.is_terminal:
        console.print(f"[dim]{what}[/]")
    else:
        print(what, file=sys.stderr, flush=True)


async def main(parts: Sequence[str]) -> None:
    """Run the named parts, or all of them."""
    known = {
        "http": http,
        "processor": processor,
        "replies": replies,
        "asks": asks,
        "memory": memory,
        "start-up": start_up,
        "detector": detector,
        "week": weekly,
        "statements": statements,
    }
    with tempfile.TemporaryDirectory(prefix="reframe-bench-") as folder:
        async with FakeSlack(Workspace()) as slack:
            slack.events.echo_bot_messages = False
            bench = Bench(Path(folder), slack)
            for name in parts or known:
                await known[name](bench)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1:]))
