"""``python -m tests.bench.detector``: what the offline detector costs, on one core.

Run as a process of its own, so that load time and memory are those of the detector alone.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROUNDS = 3
MESSAGES = 3_000


def measure() -> dict[str, float]:
    """Figures of one run: milliseconds, seconds, MB, messages a second."""
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    before, began = _resident(), time.perf_counter()
    from bot import playbook
    from bot.detect.offline import OfflineDetector

    detector = OfflineDetector.shipped(playbook.read().cues)
    detector.glance("They owe us a call back.")
    load = time.perf_counter() - began

    from bot.detect import corpus

    ordinary, suspicious = [], []
    for message in corpus.read(Path("tests/corpus")):
        if message.trap and len(suspicious) < MESSAGES:
            suspicious.append(message.text)
        elif message.group == "ordinary" and len(ordinary) < MESSAGES:
            ordinary.append(message.text)
    with tempfile.TemporaryDirectory() as folder:
        rate = _stream(Path(folder), ordinary)
    return {
        "load, s": load,
        "ordinary message, median ms": _median(detector, ordinary),
        "message with a trap, median ms": _median(detector, suspicious),
        "gate, ordinary message, median ms": _median(detector, ordinary, gate=True),
        "memory that it adds, MB": _resident() - before,
        "reframe detect, ordinary messages a second": rate,
    }


def _median(detector: object, texts: list[str], *, gate: bool = False) -> float:
    ask = detector.suspects if gate else detector.glance  # type: ignore[attr-defined]
    taken = []
    for text in texts:
        began = time.perf_counter()
        ask(text)
        taken.append(time.perf_counter() - began)
    return 1_000 * statistics.median(taken)


def _stream(folder: Path, texts: list[str]) -> float:
    """Messages a second through the command, start-up left out by a first short run."""
    asked = folder / "asked.jsonl"
    times = []
    for count in (1, len(texts)):
        lines = (json.dumps({"id": n, "text": t}) for n, t in enumerate(texts[:count]))
        asked.write_text("\n".join(lines) + "\n", encoding="utf-8")
        began = time.perf_counter()
        with asked.open("rb") as given:
            subprocess.run(
                [sys.executable, "-m", "bot", "detect"],
                stdin=given,
                stdout=subprocess.DEVNULL,
                check=True,
            )
        times.append(time.perf_counter() - began)
    return (len(texts) - 1) / (times[1] - times[0])


def _resident() -> float:
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1_024
    raise RuntimeError("this system does not tell how much memory a process holds")


def rounds() -> dict[str, list[float]]:
    """Each figure of ``ROUNDS`` processes."""
    found: dict[str, list[float]] = {}
    for _ in range(ROUNDS):
        done = subprocess.run(
            [sys.executable, "-m", "tests.bench.detector"],
            capture_output=True,
            text=True,
            check=True,
        )
        for name, value in json.loads(done.stdout).items():
            found.setdefault(name, []).append(value)
    return found


if __name__ == "__main__":
    print(json.dumps(measure()))
