"""Measures the guard on labeled outputs: ``python -m tests.evaluation.guard FILE...``.

Each line of a file holds ``message``, ``thread``, ``mirror``, ``question``, ``good``, ``why`` (the
kind of fault: invention, verdict, directive, trap_name, mention, link, ...). A false stop costs a
fallback to the playbook's question; a false pass costs trust.
"""

from __future__ import annotations

import json
import sys
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.core.guard import Guard
from bot.core.model import Reply
from bot.evaluation.intervals import wilson
from bot.flow_wiring import build_guard
from bot.playbook import load_playbook


@dataclass(frozen=True, slots=True)
class Judged:
    """One output, and what the guard says of it."""

    output: dict[str, Any]
    violations: list[str]

    @property
    def is_miss(self) -> bool:
        """Return whether the guard is wrong: a good one stopped, or a bad one passed."""
        return bool(self.output["good"]) is bool(self.violations)


def read_outputs(path: Path) -> list[dict[str, Any]]:
    """Read a file of labeled outputs."""
    return [json.loads(line) for line in path.read_text("utf-8").splitlines() if line.strip()]


def judge(outputs: Iterable[dict[str, Any]], guard: Guard, credit: str) -> list[Judged]:
    """Let the guard judge each output as a whole. ``credit``: one that it knows."""
    return [
        Judged(
            output,
            guard.draft_violations(
                Reply("q", output["mirror"], output["question"], credit),
                output["message"],
                output["thread"],
            ),
        )
        for output in outputs
    ]


def shipped_guard() -> tuple[Guard, str]:
    """Return the guard with the shipped words, and a credit that it knows."""
    playbook = load_playbook()
    return build_guard(playbook), next(iter(playbook.articles.values())).credit


def report(judged: Sequence[Judged]) -> str:
    """Return the rates with 95 % intervals, and each miss."""
    kinds: dict[str, list[Judged]] = defaultdict(list)
    for one in judged:
        kinds["good" if one.output["good"] else one.output["why"]].append(one)
    bad = [one for one in judged if not one.output["good"]]
    lines = [_rate("false stops", kinds.pop("good", []))]
    lines += [_rate(f"false passes, {kind}", kinds[kind]) for kind in sorted(kinds)]
    lines += [_rate("false passes, all", bad), ""]
    for one in judged:
        if one.is_miss:
            output = one.output
            name = "stopped" if output["good"] else f"passed ({output['why']})"
            thread = "".join(f"\n    before: {turn}" for turn in output["thread"])
            lines.append(
                f"{name}: {'; '.join(one.violations)}\n    message: {output['message']}{thread}"
                f"\n    output: {output['mirror']} {output['question']}"
            )
    return "\n".join(lines)


def _rate(name: str, judged: Sequence[Judged]) -> str:
    misses, count = sum(one.is_miss for one in judged), len(judged)
    if not count:
        return f"{name}: none"
    rate = wilson([one.is_miss for one in judged])
    return f"{name}: {misses} of {count} ({rate.value:.1%}, {rate.low:.1%} to {rate.high:.1%})"


def main(files: Sequence[str]) -> None:
    """Print a report over all the files."""
    guard, credit = shipped_guard()
    outputs = [output for file in files for output in read_outputs(Path(file))]
    sys.stdout.write(report(judge(outputs, guard, credit)) + "\n")


if __name__ == "__main__":
    main(sys.argv[1:])
