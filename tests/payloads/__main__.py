"""``python -m tests.payloads FILE``: posts recorded payloads (JSON lines with ``name``, ``kind``,
``payload``) to the real bot. ``python -m tests.payloads --fuzz SECONDS [SEED]``: random requests.

Exit code 1 if the bot answers one with 5xx, or writes a text into its log.
"""

from __future__ import annotations

import asyncio
import json
import logging
import sys
import tempfile
from pathlib import Path

from bot.telemetry.logs import set_up_log
from tests.harness import running_harness
from tests.payloads.fuzz import fuzz
from tests.payloads.replay import replay
from tests.payloads.shapes import Recorded


async def _replay(file: Path) -> int:
    lines = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    recorded = [Recorded(line["name"], line["kind"], line["payload"]) for line in lines]
    with tempfile.TemporaryDirectory() as folder:
        async with running_harness(Path(folder)) as bot:
            await bot.start()
            report = await replay(bot, recorded)
    _say(f"{len(recorded)} payloads")
    for variant, statuses in sorted(report.statuses.items()):
        _say(f"  {variant}: {dict(sorted(statuses.items()))}")
    _say(f"answered with 5xx: {len(report.failures)}; texts in the log: {len(report.leaks)}")
    for failure in report.failures:
        _say(f"  {failure}")
    return 1 if report.failures or report.leaks else 0


async def _fuzz(seconds: float, seed: int) -> int:
    with tempfile.TemporaryDirectory() as folder:
        async with running_harness(Path(folder)) as bot:
            await bot.start()
            outcome = await fuzz(bot, seconds, seed)
    _say(f"{outcome.statuses.total()} requests: {dict(sorted(outcome.statuses.items()))}")
    _say(f"5xx: {len(outcome.failures)}; tracebacks: {len(outcome.log)}")
    _say(f"rows: {outcome.rows_before == outcome.rows_after}; memory: {outcome.grown:+} bytes")
    for line in [*map(repr, outcome.failures[:5]), *outcome.log[:5]]:
        _say(f"  {line[:2_000]}")
    return 1 if outcome.failures or outcome.log else 0


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")


def main() -> int:
    """Run what the arguments ask for."""
    set_up_log("INFO")
    logging.getLogger().handlers.clear()  # what is logged is looked at, not shown
    match sys.argv[1:]:
        case ["--fuzz", seconds]:
            return asyncio.run(_fuzz(float(seconds), 1))
        case ["--fuzz", seconds, seed]:
            return asyncio.run(_fuzz(float(seconds), int(seed)))
        case [file]:
            return asyncio.run(_replay(Path(file)))
    _say(__doc__ or "")
    return 2


if __name__ == "__main__":
    sys.exit(main())
