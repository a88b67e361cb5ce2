"""The list of commands in ``--help``: first what a newcomer needs, last what measures detectors."""

from __future__ import annotations

from typing import Any

from typer.core import TyperGroup

_LONGEST_SENTENCE = 300  # characters

SECTIONS = {
    "Try it": ("try", "demo", "say"),
    "Set it up": ("practice", "init", "manifest", "doctor", "run"),
    "Look after it": (
        *("digest", "reflect", "labels", "migrate", "copy", "jobs", "new-key", "rotate-key"),
    ),
    "Measure how good it is": ("eval", "coverage", "detect", "judge", "coach"),
}
"""Each command stands in one; a test checks it."""


class WholeSentences(TyperGroup):
    """Lists commands with the whole first sentence of their help; the library's list cuts it."""

    # The types of both arguments are private to typer.
    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """Write the list, each sentence on as many lines as it needs."""
        for title, names in SECTIONS.items():
            rows = [
                (name, command.get_short_help_str(limit=_LONGEST_SENTENCE).replace("``", ""))
                for name in names
                if (command := self.get_command(ctx, name)) is not None
            ]
            with formatter.section(title):
                formatter.write_dl(rows)
