"""The list of commands in ``--help``."""

from __future__ import annotations

from typing import Any

from typer.core import TyperGroup

_LONGEST_SENTENCE = 300  # characters


class WholeSentences(TyperGroup):
    """Lists commands with the whole first sentence of their help; the library's list cuts it."""

    # The types of both arguments are private to typer.
    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """Write the list, each sentence on as many lines as it needs."""
        rows = [
            (name, command.get_short_help_str(limit=_LONGEST_SENTENCE).replace("``", ""))
            for name in self.list_commands(ctx)
            if (command := self.get_command(ctx, name)) is not None and not command.hidden
        ]
        with formatter.section("Commands"):
            formatter.write_dl(rows)
