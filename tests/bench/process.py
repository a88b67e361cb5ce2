"""What a server takes: memory, and the processor's time per event beside a bare Bolt app.

Servers run side by side and are measured in turn, so what else the machine does falls on all of
them alike. A rate says how busy the machine was; the time that a process is charged, much less.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from bot.detect.offline import OfflineDetector
from bot.playbook import load_playbook
from tests.bench import load

if TYPE_CHECKING:
    from bot.sandbox.process import BotProcess
    from tests.bench.__main__ import Bench

ROUNDS = 5
EVENTS = 2_000
WARM_UP = 1_500
CONNECTIONS = 64
BARE = "bare Bolt"
MODEL = {
    "OPENAI_MODEL": "none",
    "OPENAI_API_KEY": "none",
    "OPENAI_BASE_URL": "http://127.0.0.1:9/v1",  # not asked: nothing is decided meanwhile
}


class Beside(NamedTuple):
    """One server. Attributes: values: microseconds per event. ratios: bare Bolt's to these."""

    values: Sequence[float]
    ratios: Sequence[float]


def ordinary_lines(texts: Sequence[str]) -> list[str]:
    """Return those that are read and forgotten without a language model."""
    detector = OfflineDetector.shipped(load_playbook().cues)
    return [text for text in texts if not detector.is_candidate(text)]


async def measured(bench: Bench, say: Callable[[str], None]) -> Mapping[str, Beside]:
    """Return what each server takes, round after round."""
    texts = ordinary_lines(bench.ordinary)
    settle = {"REFRAME_SETTLE_SECONDS": 3_600}
    servers: dict[str, BotProcess] = {
        "read and forgotten": bench.reframe(**settle),
        "with a model: stored, encrypted": bench.reframe(**settle, **MODEL),
        BARE: bench.bare(),
    }
    taken: dict[str, list[float]] = {name: [] for name in servers}
    async with AsyncExitStack() as stack:
        for server in servers.values():
            await server.start()
            stack.push_async_callback(server.stop)
            await _send(bench, server, texts, WARM_UP)
        for round_ in range(ROUNDS):
            for name, server in servers.items():
                say(f"processor: round {round_ + 1} of {ROUNDS}, {name}")
                before = cpu_seconds(server.pid)
                await _send(bench, server, texts, EVENTS)
                taken[name].append(1e6 * (cpu_seconds(server.pid) - before) / EVENTS)
    return {
        name: Beside(values, [b / v for b, v in zip(taken[BARE], values, strict=True)])
        for name, values in taken.items()
    }


async def _send(bench: Bench, server: BotProcess, texts: Sequence[str], count: int) -> None:
    requests = bench.requests(server.url, texts, count)
    answers = await load.as_fast_as_it_goes(server.url, requests, CONNECTIONS)
    if answers.refused:
        raise RuntimeError(f"{answers.refused} of {count} were not answered with 200")


def cpu_seconds(pid: int) -> float:
    """Return the processor's time that all threads of a process have had."""
    threads = Path(f"/proc/{pid}/task").iterdir()
    return sum(int((t / "schedstat").read_text().split()[0]) for t in threads) / 1e9


def resident_mb(pid: int) -> float:
    """Return the resident memory of a process.

    Raises:
        RuntimeError: this system doesn't tell.
    """
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1_024
    raise RuntimeError("this system does not tell how much memory a process holds")
