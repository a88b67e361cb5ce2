"""The commands for a bot that runs: ``migrate`` and ``jobs``."""

from __future__ import annotations

import sys
from typing import Annotated, Literal

import typer


def migrate(
    check: Annotated[
        bool, typer.Option("--check", help="First check all that run needs, tokens included.")
    ] = False,
    role: Annotated[
        Literal["all", "web", "worker"], typer.Option("--role", help="With --check: of run.")
    ] = "all",
) -> None:
    """Bring the database up to date (``run`` does it too)."""
    from bot.cli.migrate import migrate_database

    migrate_database(checks_first=check, role=role)


def jobs(
    retry: Annotated[
        str | None,
        typer.Option("--retry", metavar="ID|all", help="Hand out again what failed."),
    ] = None,
) -> None:
    """With several processes: list the work that failed for good, or have it tried again."""
    from bot.cli.jobs import list_failed, retry_failed

    sys.exit(list_failed() if retry is None else retry_failed(retry))
