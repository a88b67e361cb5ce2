"""Makes what several test processes need once per run, instead of once in each of them."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from filelock import FileLock


def made_once(factory: pytest.TempPathFactory, name: str, make: Callable[[Path], object]) -> Path:
    """Return a folder that is filled by the first test process that asks for it.

    The others wait for that. If it fails, the next one that asks tries again, with an empty folder.

    Args:
        factory: of this process.
        name: of the folder; the same name means the same content.
        make: fills an empty folder.
    """
    base = factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        base = base.parent  # which all processes of a run have in common
    folder, is_made = base / f"once-{name}", base / f"once-{name}.made"
    with FileLock(base / f"once-{name}.lock"):
        if not is_made.exists():
            tries = len(list(base.glob(f"once-{name}.try-*")))
            attempt = base / f"once-{name}.try-{tries}"
            attempt.mkdir()
            make(attempt)
            folder.symlink_to(attempt)
            is_made.touch()
    return folder.resolve()
