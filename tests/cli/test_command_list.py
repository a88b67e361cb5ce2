"""The list of commands tells a newcomer what each is for."""

from __future__ import annotations

from collections import Counter

import typer
from typer.testing import CliRunner

from bot.cli import app
from bot.cli.command_list import SECTIONS


def test_no_sentence_is_cut() -> None:
    """Each command stands there with the first sentence of its own help, whole."""
    listed = " ".join(CliRunner().invoke(app, ["--help"]).stdout.split())

    assert "..." not in listed.partition("Try it:")[2]
    for command in typer.main.get_command(app).commands.values():  # type: ignore[attr-defined]
        sentence = " ".join((command.help or "").partition("\n\n")[0].split())
        assert sentence.replace("``", "").rstrip(".") in listed


def test_each_command_stands_in_one_section() -> None:
    listed = Counter(name for names in SECTIONS.values() for name in names)

    assert set(listed.values()) == {1}
    assert set(listed) == set(typer.main.get_command(app).commands)  # type: ignore[attr-defined]
