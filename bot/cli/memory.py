"""Keeps the program small: how often it looks for garbage, and how many heaps it has."""

from __future__ import annotations

import ctypes
import gc

_NEW_OBJECTS = 10_000
"""After how many Python looks for garbage: at its 700 that is an eighth of a start, which makes
none."""
_M_ARENA_MAX = -8  # of glibc's malloc.h


def spare_memory() -> None:
    """Look for garbage seldom, and let all threads share one heap, as far as the C library can be
    told to: what the models need while they are loaded then serves what comes later."""
    gc.set_threshold(_NEW_OBJECTS)
    try:
        library = ctypes.CDLL(None)
    except (TypeError, OSError):  # Windows, or a program that is linked with none
        return
    set_option = getattr(library, "mallopt", None)
    if set_option is not None:
        set_option(_M_ARENA_MAX, 1)
