"""Run tests several times in a row, and count which fail.

For example: ``python -m tests.repeat 20 tests/faults``.

A test that fails once in twenty runs waits for a time where it should wait for an event, or relies
on an order that nothing promises.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path
from xml.etree import ElementTree

ROOT = Path(__file__).parent.parent
_PASSED, _SOME_FAILED = 0, 1  # what pytest exits with


def run_once(arguments: list[str]) -> list[str]:
    """Run pytest in a process of its own, and return the tests that failed.

    Args:
        arguments: for pytest.

    Raises:
        SystemExit: pytest could not run the tests; its exit status.
    """
    with tempfile.TemporaryDirectory(prefix="reframe-repeat-") as folder:
        report = Path(folder) / "report.xml"
        command = [sys.executable, "-m", "pytest", "-q", "--no-header", f"--junitxml={report}"]
        done = subprocess.run([*command, *arguments], cwd=ROOT, stdout=subprocess.DEVNULL)
        if done.returncode not in (_PASSED, _SOME_FAILED):
            raise SystemExit(done.returncode)
        return failed_tests(report.read_text(encoding="utf-8"))


def failed_tests(report: str) -> list[str]:
    """Return the names of the tests that failed or ended in an error, from a report in XML."""
    cases = ElementTree.fromstring(report).iter("testcase")  # noqa: S314 - pytest wrote it
    bad = (c for c in cases if c.find("failure") is not None or c.find("error") is not None)
    return sorted({f"{case.get('classname')}::{case.get('name')}" for case in bad})


def main() -> int:
    """Repeat, print a line per run and a count per failing test; return 1 if any failed."""
    parser = argparse.ArgumentParser(prog="python -m tests.repeat", description=__doc__)
    parser.add_argument("times", type=int, help="how often to run the tests")
    parser.add_argument("arguments", nargs=argparse.REMAINDER, help="for pytest; else all tests")
    options = parser.parse_args()
    failures: Counter[str] = Counter()
    for number in range(1, options.times + 1):
        failed = run_once(options.arguments)
        failures.update(failed)
        print(f"run {number} of {options.times}: {len(failed)} failed", flush=True)
    for name, count in failures.most_common():
        print(f"{count} of {options.times}: {name}")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
