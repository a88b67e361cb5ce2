"""Stored work, named so that another process can find it. It holds ids alone, nothing readable."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class WorkKind(StrEnum):
    """Which story does it: decides a message, posts one, or answers an ask."""

    DECISION = "decision"
    DELIVERY = "delivery"
    ASK = "ask"


@dataclass(frozen=True, slots=True)
class WorkItem:
    """One row that waits to be worked on.

    Attributes:
        kind: which story does it.
        workspace_id: whose it is.
        place_id: what is done in one place is done one after the other: a channel; empty for asks.
        key: of the row: the ts of a message, or the key of a post or an ask.
    """

    kind: WorkKind
    workspace_id: str
    place_id: str
    key: str


@dataclass(frozen=True, slots=True)
class DueWork:
    """Work, and when it is due, Unix seconds."""

    item: WorkItem
    at: float
