"""Describes an unexpected error for the log, without its message: that may hold a user's text."""

from __future__ import annotations

import traceback
from pathlib import Path

_PACKAGE = Path(__file__).resolve().parents[1]


def describe(error: BaseException) -> str:
    """Return the type of an error and where in our code it was raised."""
    frames = traceback.extract_tb(error.__traceback__)
    ours = [f for f in frames if Path(f.filename).is_relative_to(_PACKAGE)] or frames
    if not ours:
        return type(error).__name__
    place = ours[-1]
    path = Path(place.filename)
    name = path.relative_to(_PACKAGE.parent) if path.is_relative_to(_PACKAGE) else path.name
    return f"{type(error).__name__} at {name}:{place.lineno}"


def is_ours(error: BaseException, *, skip: int = 0) -> bool:
    """Return whether our code was running when an error was raised, and not only a library.

    Args:
        error: as it was caught.
        skip: how many frames from where it was caught say nothing.
    """
    frames = traceback.extract_tb(error.__traceback__)[skip:]
    return any(Path(frame.filename).is_relative_to(_PACKAGE) for frame in frames)
