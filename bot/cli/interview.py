"""Where ``reframe init`` gets its answers: from a person at a terminal, or from a file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

import typer

from bot.cli.problems import sentence


class Interview(Protocol):
    """Answers questions, each of which has the name of a setting (or ``MODE``, or ``URL``)."""

    can_try_again: bool
    """Whether a wrong answer can be followed by another one."""

    def ask(self, name: str, question: str, *, default: str = "", is_secret: bool = False) -> str:
        """Return the answer; the default, which may be empty, if there is none."""

    def keeps(self, name: str, *, default: bool) -> bool:
        """Return whether a value that is set already, and can be used, stays.

        Args:
            name: of the setting.
            default: what an empty answer means.
        """

    def takes_odd(self) -> bool:
        """Return whether an answer that looks odd is taken all the same."""


class Terminal:
    """A person. Implements ``Interview``."""

    can_try_again = True

    def ask(self, name: str, question: str, *, default: str = "", is_secret: bool = False) -> str:
        """Ask at the terminal; a secret is not shown while it is typed."""
        answer: str = typer.prompt(
            question, default=default, hide_input=is_secret, show_default=bool(default)
        )
        return answer.strip()

    def keeps(self, name: str, *, default: bool) -> bool:
        """Ask whether it stays."""
        return typer.confirm(sentence("init_keep", name=name), default=default)

    def takes_odd(self) -> bool:
        """Ask; Enter means that it isn't, since most such answers were copied wrong."""
        return typer.confirm(sentence("init_take_odd"), default=False)


class Answers:
    """Answers that were written down, where nobody can be asked. What is set already stays.
    Implements ``Interview``.

    Args:
        values: by name.
    """

    can_try_again = False

    def __init__(self, values: Mapping[str, str]) -> None:
        self._values = values

    def ask(self, name: str, question: str, *, default: str = "", is_secret: bool = False) -> str:
        """Return what was written down."""
        return self._values.get(name, "").strip() or default

    def keeps(self, name: str, *, default: bool) -> bool:
        """Return True: nobody can be asked, and nothing is replaced without a question."""
        return True

    def takes_odd(self) -> bool:
        """Return True: nobody can be asked for another one."""
        return True
