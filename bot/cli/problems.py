"""Known problems become one kind sentence that says what to do next."""

from __future__ import annotations

import logging
import os
import sys
from string import Template

from rich.console import Console

_FALLBACK = "Something went wrong inside Reframe ($what). REFRAME_LOG_LEVEL=DEBUG tells where."


def explain(problem: Exception) -> int:
    """Prints what to do about a problem on stderr.

    Returns:
        The exit code: 2 for a known problem, 1 for one that we did not foresee.
    """
    from bot.flows.ports import StoreDown
    from bot.settings import SettingsProblem
    from bot.store.database import DatabaseProblem
    from bot.wiring import SlackProblem
    from bot.wordfile import PlaybookProblem

    code = 2
    match problem:
        case PlaybookProblem(file=file, line=line, why=why):
            # These words can't come from the files: the files are what is broken.
            sentence = (
                f"The words of the bot can't be read: {file}, line {line}: {why}. Mend it there."
            )
        case SettingsProblem(name=name, why=("missing_bot_token" | "missing_door") as kind):
            sentence = _say(kind, name=name)
        case SettingsProblem(name=name, why=why):
            sentence = _say("bad_setting", name=name, why=why)
        case DatabaseProblem(kind=kind, what=what) | SlackProblem(kind=kind, what=what):
            sentence = _say(kind, what=what)
        case StoreDown():
            sentence = _say("database_not_ready")
        case _:
            logging.getLogger("bot").debug("unforeseen", exc_info=problem)
            sentence, code = Template(_FALLBACK).substitute(what=type(problem).__name__), 1
    Console(stderr=True, highlight=False).print(sentence, markup=False, soft_wrap=True)
    return code


def close_pipe() -> int:
    """The reader of our output left; that is no error of ours, so the exit code is 0."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 0


def _say(kind: str, **values: str) -> str:
    from bot.playbook import read

    return Template(read().say("cli", kind)).safe_substitute(values)
