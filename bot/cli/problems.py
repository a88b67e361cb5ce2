"""Turns known problems into one kind sentence that says what to do next."""

from __future__ import annotations

import logging
import os
import sys
from functools import cache
from string import Template
from typing import TYPE_CHECKING

from rich.console import Console

from bot.cli.program import program_here

if TYPE_CHECKING:
    from bot.core.playbook_model import Playbook

_SENTENCES_OF_SETTINGS = frozenset(
    {
        "missing_bot_token",
        "missing_transport",
        "missing_for_many",
        "many_need_http",
        "one_or_many",
        "roles_need_postgres",
        "roles_need_key",
    }
)
"""Reasons of a ``SettingsError`` that name a sentence, instead of being one."""

_FALLBACK = "Something went wrong inside Reframe ($what). Set REFRAME_LOG_LEVEL=DEBUG to see where."


def explain(problem: Exception) -> int:
    """Print what to do about a problem to stderr.

    Returns:
        The exit code: 2 for a known problem, 1 for an unforeseen one.
    """
    from bot.flows.errors import (
        DatabaseError,
        PlaybookError,
        SettingsError,
        SlackSetupError,
        StoreUnavailableError,
    )

    code = 2
    match problem:
        case PlaybookError(file=file, line=line, why=why):
            # These words can't come from the files: the files are what is broken.
            told = f"The bot's words can't be read: {file}, line {line}: {why}. Fix it there."
        case SettingsError(name=name, why=why) if why in _SENTENCES_OF_SETTINGS:
            told = sentence(why, name=name, folder=os.getcwd())
        case SettingsError(name=name, why=why):
            told = sentence("bad_setting", name=name, why=why)
        case DatabaseError(kind=kind, what=what) | SlackSetupError(kind=kind, what=what):
            told = sentence(kind, what=what)
        case StoreUnavailableError():
            told = sentence("database_not_ready")
        case _:
            logging.getLogger("bot").debug("unforeseen problem", exc_info=problem)
            told, code = Template(_FALLBACK).substitute(what=type(problem).__name__), 1
    Console(stderr=True, highlight=False).print(told, markup=False, soft_wrap=True)
    return code


def close_pipe() -> int:
    """Stop writing after the reader has left. That is no error of ours: exit code 0."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 0


def sentence(kind: str, **values: str) -> str:
    """Return a sentence of ``[cli]`` in ``prompts/strings.toml``, filled in.

    Args:
        kind: its key. values: for its $names; ``$reframe`` is how this program is called here.
    """
    return Template(_shipped_words().text("cli", kind)).safe_substitute(
        values, reframe=program_here()
    )


@cache
def _shipped_words() -> Playbook:
    """Return the words that ship. To read them takes a tenth of a second; a doctor says many."""
    from bot.playbook import load_playbook

    return load_playbook()
