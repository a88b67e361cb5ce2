"""Measures the guard on labeled outputs: ``python -m tests.evaluation.guard FILE...``.

With ``--answers FILE``, the recorded answers of a second reading count as well: one JSON line per
output, in the same order, with the words that it found ``unsaid``.

Each line of a file holds ``message``, ``thread``, ``mirror``, ``question``, ``good``, ``why`` (the
kind of fault: invention, verdict, directive, trap_name, mention, link, ...). A false stop costs a
fallback to the playbook's question; a false pass costs trust.
"""

from __future__ import annotations

import argparse
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


def judge(
    outputs: Iterable[dict[str, Any]],
    guard: Guard,
    credit: str,
    unsaid: Sequence[str] | None = None,
) -> list[Judged]:
    """Let the guard judge each output as a whole.

    Args:
        outputs: from ``read_outputs``.
        guard, credit: the guard, and a credit that it knows.
        unsaid: what a second reading objects to in each output; empty where nothing. None: there
            is no second reading.
    """
    judged = []
    for number, output in enumerate(outputs):
        reply = Reply("q", output["mirror"], output["question"], credit)
        violations = guard.draft_violations(
            reply, output["message"], output["thread"], is_read_again=unsaid is not None
        )
        if unsaid and unsaid[number]:
            violations.append(f"second reading: {unsaid[number]}")
        judged.append(Judged(output, violations))
    return judged


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


def main() -> None:
    """Print a report over all the files."""
    parser = argparse.ArgumentParser(description="Measure the guard on labeled outputs.")
    parser.add_argument("files", nargs="+", type=Path)
    parser.add_argument("--answers", type=Path, help="recorded answers of a second reading")
    arguments = parser.parse_args()
    guard, credit = shipped_guard()
    outputs = [output for file in arguments.files for output in read_outputs(file)]
    unsaid = None
    if arguments.answers:
        unsaid = [answer["unsaid"] for answer in read_outputs(arguments.answers)]
        if len(unsaid) != len(outputs):
            parser.error(f"{len(unsaid)} answers for {len(outputs)} outputs")
    sys.stdout.write(report(judge(outputs, guard, credit, unsaid)) + "\n")


if __name__ == "__main__":
    main()
