"""One result of ``reframe doctor``."""

from __future__ import annotations

from dataclasses import dataclass

OK, NOT_OK, OFF = "ok", "not ok", "-"


@dataclass(frozen=True, slots=True)
class Check:
    """What was checked, its state (ok, not ok, -), and what to do or know."""

    name: str
    state: str
    detail: str
