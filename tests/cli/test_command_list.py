"""The list of commands tells a newcomer what each is for."""

from __future__ import annotations

import typer
from typer.testing import CliRunner

from bot.cli import app


def test_no_sentence_is_cut() -> None:
    """Each command stands there with the first sentence of its own help, whole."""
    listed = " ".join(CliRunner().invoke(app, ["--help"]).stdout.split())

    assert "..." not in listed.partition("Commands:")[2]
    for command in typer.main.get_command(app).commands.values():  # type: ignore[attr-defined]
        sentence = " ".join((command.help or "").partition("\n\n")[0].split())
        assert sentence.replace("``", "").rstrip(".") in listed
