"""Loads once per test process what is immutable and takes long to read and check."""

from __future__ import annotations

import functools
from pathlib import Path

from bot.core.languages import ENGLISH
from bot.core.playbook_model import Playbook
from bot.playbook import load_playbook


def shipped_playbook() -> Playbook:
    """Return the playbook that ships."""
    return load_playbook_once()


def load_playbook_once(folder: Path | None = None, language: str = ENGLISH) -> Playbook:
    """Return what ``load_playbook`` returns, and the same each time. Its tests call that itself."""
    return _load(folder, language)


@functools.cache
def _load(folder: Path | None, language: str) -> Playbook:
    return load_playbook(folder, language)
