"""Remembers that text was erased, until it is gone from the database's files too."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass
class Erasures:
    """What a transaction erased.

    Attributes:
        text: whether the text of any row was erased.
        tables: those that lost whole rows of a person or a workspace.
    """

    text: bool = False
    tables: set[str] = field(default_factory=set)

    def add(self, other: Erasures) -> None:
        """Remember what another transaction erased as well."""
        self.text = self.text or other.text
        self.tables |= other.tables
