"""How this program was started, for sentences that tell somebody what to type next."""

from __future__ import annotations

import shlex
import shutil
import sys
from pathlib import Path

_NAME = "reframe"
_IN_A_CHECKOUT = ".venv/bin/reframe"


def program() -> str:
    """Return the command line that starts this program from any folder."""
    started = Path(sys.argv[0])
    if _is_module(started):
        return f"{shlex.quote(sys.executable)} -m bot"
    return shlex.quote(str(started.resolve()))


def program_here() -> str:
    """Return the shortest command line that starts this program from the current folder."""
    started = Path(sys.argv[0])
    if _is_module(started):
        started = Path(sys.executable).with_name(_NAME)
        if not started.exists():
            return program()
    if started.stem != _NAME:  # a test, or a script that calls us
        return _IN_A_CHECKOUT
    found = shutil.which(_NAME)
    if found and Path(found).resolve() == started.resolve():
        return _NAME
    try:
        return shlex.quote(str(started.resolve().relative_to(Path.cwd().resolve())))
    except ValueError:
        return shlex.quote(str(started.resolve()))


def _is_module(started: Path) -> bool:
    """Return whether this is ``python -m bot``."""
    return (started.parent.name, started.name) == ("bot", "__main__.py")
