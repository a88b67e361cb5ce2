"""Turns known problems into one kind sentence that says what to do next."""

from __future__ import annotations

import logging
import os
import sys
from string import Template

from rich.console import Console

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
            sentence = f"The bot's words can't be read: {file}, line {line}: {why}. Fix it there."
        case SettingsError(name=name, why=("missing_bot_token" | "missing_transport") as kind):
            sentence = _say(kind, name=name)
        case SettingsError(name=name, why=why):
            sentence = _say("bad_setting", name=name, why=why)
        case DatabaseError(kind=kind, what=what) | SlackSetupError(kind=kind, what=what):
            sentence = _say(kind, what=what)
        case StoreUnavailableError():
            sentence = _say("database_not_ready")
        case _:
            logging.getLogger("bot").debug("unforeseen problem", exc_info=problem)
            sentence, code = Template(_FALLBACK).substitute(what=type(problem).__name__), 1
    Console(stderr=True, highlight=False).print(sentence, markup=False, soft_wrap=True)
    return code


def close_pipe() -> int:
    """Stop writing after the reader has left. That is no error of ours: exit code 0."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 0


def _say(kind: str, **values: str) -> str:
    from bot.playbook import load_playbook

    return Template(load_playbook().text("cli", kind)).safe_substitute(values)
