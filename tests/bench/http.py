"""The door over HTTP beside a bare Bolt app, on the same lines: events per second, the processor's
time for one, and the time until its acknowledgment.

A rate says how fast a server is while it competes with the load for the processors. So both servers
run side by side, warm, and are measured in turn. What a start costs is measured for itself: it
takes the bot some thousand events until it knows the words, channels and statements of a workspace.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tests.bench import load
from tests.bench.process import CONNECTIONS, WARM_UP, cpu_seconds, ordinary_lines

if TYPE_CHECKING:
    from bot.sandbox.process import BotProcess
    from tests.bench.__main__ import Bench

ROUNDS = 5
EVENTS = 3_000
FIRST_EVENTS = 2_000
STEADY_RATES = (50.0, 200.0)  # Slack delivers 30,000 events an hour of one workspace, at most
STEADY_SECONDS = 5
SERVERS = ("reframe", "bare Bolt")
_NOT_YET = {"REFRAME_SETTLE_SECONDS": 3_600}  # nothing is decided meanwhile
_MICRO = 1e6


@dataclass
class Rounds:
    """What one server did with one kind of lines, a value per round.

    Attributes:
        rates: events per second. took: microseconds of the processor for one, all threads together.
        load: what the load took for one, in microseconds.
    """

    rates: list[float] = field(default_factory=list)
    took: list[float] = field(default_factory=list)
    load: list[float] = field(default_factory=list)


@dataclass
class Door:
    """All that is measured, by kind of lines and server.

    Attributes:
        stored: the share of the ordinary lines that pass the prefilter.
        warm, starting: as fast as it goes. steady: at a rate, events per second.
    """

    stored: float
    warm: dict[tuple[str, str], Rounds] = field(default_factory=dict)
    starting: dict[tuple[str, str], Rounds] = field(default_factory=dict)
    steady: dict[tuple[str, str, float], list[load.Answers]] = field(default_factory=dict)


def ratios(found: Mapping[tuple[str, str], Rounds], kind: str) -> tuple[list[float], list[float]]:
    """Return the bot's rate to bare Bolt's, and bare Bolt's time to the bot's, round by round."""
    ours, theirs = (found[kind, server] for server in SERVERS)
    return (
        [r / b for r, b in zip(ours.rates, theirs.rates, strict=True)],
        [b / r for r, b in zip(ours.took, theirs.took, strict=True)],
    )


def lines(
    ordinary: Sequence[str], candidates: Sequence[str]
) -> tuple[float, dict[str, Sequence[str]]]:
    """Return the share of the ordinary lines that is stored, and what is sent: those as they come,
    those that aren't stored, and lines that all are."""
    forgotten = ordinary_lines(ordinary)
    stored = 1 - len(forgotten) / len(ordinary)
    return stored, {
        "ordinary, as they come": ordinary,
        "ordinary, none stored": forgotten,
        "candidates, all stored": candidates,
    }


async def measured(bench: Bench, say: Callable[[str], None]) -> Door:
    """Measure both servers, warm and right after a start."""
    stored, kinds = lines(bench.ordinary, bench.suspicious)
    door = Door(stored)
    async with AsyncExitStack() as stack:
        servers: dict[str, BotProcess] = {}
        for name in SERVERS:
            servers[name] = server = _server(bench, name)
            await server.start()
            stack.push_async_callback(server.stop)
            for texts in kinds.values():
                await _send(bench, server, texts, WARM_UP, Rounds())
        for round_ in range(ROUNDS):
            say(f"http: round {round_ + 1} of {ROUNDS}")
            for kind, texts in kinds.items():
                for name, server in servers.items():
                    found = door.warm.setdefault((kind, name), Rounds())
                    await _send(bench, server, texts, EVENTS, found)
            await _steadily(bench, servers, door, stored_lines=bench.suspicious)
    for round_ in range(ROUNDS):
        say(f"http: start {round_ + 1} of {ROUNDS}")
        for name in SERVERS:
            await _start(bench, name, door)
    return door


def _server(bench: Bench, name: str) -> BotProcess:
    return bench.reframe(**_NOT_YET) if name == SERVERS[0] else bench.bare()


async def _steadily(
    bench: Bench, servers: Mapping[str, BotProcess], door: Door, *, stored_lines: Sequence[str]
) -> None:
    kinds = {"ordinary, as they come": bench.ordinary, "candidates": stored_lines}
    for kind, texts in kinds.items():
        for name, server in servers.items():
            for rate in STEADY_RATES:
                even = bench.requests(server.url, texts, int(rate * STEADY_SECONDS))
                answers = await load.at_a_rate(server.url, even, rate)
                door.steady.setdefault((kind, name, rate), []).append(answers)


async def _start(bench: Bench, name: str, door: Door) -> None:
    """Measure the first events that a server gets."""
    server = _server(bench, name)
    await server.start()
    try:
        found = door.starting.setdefault(("the first after a start", name), Rounds())
        await _send(bench, server, bench.ordinary, FIRST_EVENTS, found)
    finally:
        await server.stop()


async def _send(
    bench: Bench, server: BotProcess, texts: Sequence[str], count: int, found: Rounds
) -> None:
    requests = bench.requests(server.url, texts, count)
    server_before, load_before = cpu_seconds(server.pid), time.thread_time()
    answers = await load.as_fast_as_it_goes(server.url, requests, CONNECTIONS)
    if answers.refused:
        raise RuntimeError(f"{answers.refused} of {count} were not answered with 200")
    found.load.append(_MICRO * (time.thread_time() - load_before) / count)
    found.took.append(_MICRO * (cpu_seconds(server.pid) - server_before) / count)
    found.rates.append(answers.rate)
