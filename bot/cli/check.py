"""One result of ``reframe doctor``, and how results are shown."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from rich.console import Console
from rich.markup import escape
from rich.table import Table

OK, NOT_OK, WARNING, OFF = "ok", "not ok", "warning", "-"


@dataclass(frozen=True, slots=True)
class Check:
    """What was checked.

    Attributes:
        name: of the thing.
        state: ok; not ok; warning (it runs, but look at it); or - (not set, and need not be; or
            it can't be checked from here).
        detail: what was found.
        fix: the line that mends it; empty if nothing is wrong.
    """

    name: str
    state: str
    detail: str
    fix: str = ""


def is_fine(checks: Sequence[Check]) -> bool:
    """Return whether nothing keeps the bot from working."""
    return all(check.state != NOT_OK for check in checks)


def as_json(checks: Sequence[Check]) -> str:
    """Return the results for programs: whether all is fine, and every check."""
    return json.dumps({"ok": is_fine(checks), "checks": [asdict(c) for c in checks]}, indent=2)


def print_table(checks: Sequence[Check], console: Console) -> None:
    """Print one line for each check; below one that isn't in order, the line that mends it."""
    table = Table(show_header=False, box=None, padding=(0, 2, 0, 0))
    for check in checks:
        table.add_row(check.name, check.state, escape(check.detail))
        if check.fix:
            table.add_row("", "", escape(f"-> {check.fix}"))
    console.print(table)
