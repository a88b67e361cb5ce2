"""``reframe copy``: moves to another database, such as from SQLite to PostgreSQL."""

from __future__ import annotations

import asyncio
from functools import partial

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from bot.cli.problems import sentence
from bot.store.copying import copy_database


def copy(source: str, target: str) -> None:
    """Copy everything, with a bar on stderr, and print how many rows each table got.

    Args:
        source: the address to read. target: the address of an empty database.

    Raises:
        DatabaseError: it can't be done; nothing was copied.
    """
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=Console(stderr=True)) as bar:
        counts = asyncio.run(copy_database(source, target, partial(_show, bar)))
    console = Console(highlight=False)
    for table, count in counts.items():
        if count:
            console.print(f"{table} {count}")
    console.print(sentence("copy_done", what=str(sum(counts.values()))), soft_wrap=True)


def _show(bar: Progress, done: int, total: int) -> None:
    """Move the bar. Until the first rows were copied there is none: it may come to nothing."""
    if not bar.task_ids:
        bar.add_task("rows", total=total)
    bar.update(bar.task_ids[0], completed=done, total=total)
