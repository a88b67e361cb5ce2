"""``python -m tests.bench.detector``: measures the offline detector on one core.

Each run is a process, so load time and memory are those of the detector alone.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bot.detect.offline import OfflineDetector

ROUNDS = 3
MESSAGES = 3_000


def measure() -> dict[str, float]:
    """Return the figures of one run: seconds, milliseconds, MB, messages per second."""
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    memory, started = _resident_mb(), time.perf_counter()
    from bot.detect.offline import OfflineDetector
    from bot.playbook import load_playbook

    detector = OfflineDetector.shipped(load_playbook().cues)
    load = time.perf_counter() - started
    detector.quick_verdict("They owe us a call back.")
    first_verdict = time.perf_counter() - started

    from bot.evaluation.corpus import read_messages

    ordinary: list[str] = []
    traps: list[str] = []
    for message in read_messages(Path("tests/corpus")):
        if message.trap and len(traps) < MESSAGES:
            traps.append(message.text)
        elif message.group == "ordinary" and len(ordinary) < MESSAGES:
            ordinary.append(message.text)
    with tempfile.TemporaryDirectory() as folder:
        rate = _messages_per_second(Path(folder), [traps[0], *ordinary])
    return {
        "load, s": load,
        "load and the first verdict on a trap, s": first_verdict,
        "ordinary message, median ms": _median_verdict(detector, ordinary),
        "message with a trap, median ms": _median_verdict(detector, traps),
        "is_candidate, ordinary message, median ms": _median_is_candidate(detector, ordinary),
        "memory that it adds, MB": _resident_mb() - memory,
        "reframe detect, ordinary messages per second": rate,
    }


def _median_verdict(detector: OfflineDetector, texts: Sequence[str]) -> float:
    times = []
    for text in texts:
        started = time.perf_counter()
        detector.quick_verdict(text)
        times.append(time.perf_counter() - started)
    return 1_000 * statistics.median(times)


def _median_is_candidate(detector: OfflineDetector, texts: Sequence[str]) -> float:
    times = []
    for text in texts:
        started = time.perf_counter()
        detector.is_candidate(text)
        times.append(time.perf_counter() - started)
    return 1_000 * statistics.median(times)


def _messages_per_second(folder: Path, texts: Sequence[str]) -> float:
    """Return the rate of the command without its start-up, which a run of one message measures.

    The first message is a trap, so that all models are loaded in both runs.
    """
    file = folder / "messages.jsonl"
    seconds = []
    for count in (1, len(texts)):
        rows = (json.dumps({"id": n, "text": t}) for n, t in enumerate(texts[:count]))
        file.write_text("\n".join(rows) + "\n", encoding="utf-8")
        started = time.perf_counter()
        with file.open("rb") as source:
            subprocess.run(
                [sys.executable, "-m", "bot", "detect"],
                stdin=source,
                stdout=subprocess.DEVNULL,
                check=True,
            )
        seconds.append(time.perf_counter() - started)
    return (len(texts) - 1) / (seconds[1] - seconds[0])


def _resident_mb() -> float:
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1_024
    raise RuntimeError("this system does not report the memory of a process")


def rounds() -> dict[str, list[float]]:
    """Return each figure of ``ROUNDS`` processes."""
    figures: dict[str, list[float]] = {}
    for _ in range(ROUNDS):
        done = subprocess.run(
            [sys.executable, "-m", "tests.bench.detector"],
            capture_output=True,
            text=True,
            check=True,
        )
        for name, value in json.loads(done.stdout).items():
            figures.setdefault(name, []).append(value)
    return figures


if __name__ == "__main__":
    print(json.dumps(measure()))
