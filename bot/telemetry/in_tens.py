"""Holds figures back until ten of a kind have come together.

In a workspace with one seller, a counter that moves is that seller: "at 14:03 something was asked".
Ten at once say how much happens, and nothing about a moment or a message. With the caps as they
ship, ten questions are at least five weeks of one seller.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable

TOGETHER = 10


class InTens:
    """Keeps what is to be counted, by kind, and counts it ten at a time.

    What is held back lives in memory alone: a restart loses up to nine of each kind.
    """

    def __init__(self) -> None:
        self._held: dict[Hashable, list[Callable[[], None]]] = {}

    def add(self, kind: Hashable, count: Callable[[], None]) -> None:
        """Hold something back with others of its kind, or count all of them if they are ten.

        Args:
            kind: what comes out together; a question must not come out with ten silences.
            count: counts this one.
        """
        held = self._held.setdefault(kind, [])
        held.append(count)
        if len(held) < TOGETHER:
            return
        del self._held[kind]
        for each in held:
            each()
