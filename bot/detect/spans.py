"""A part of a text that must be masked."""

from __future__ import annotations

from typing import NamedTuple


class Span(NamedTuple):
    """A part of a text.

    Attributes:
        start: index of the first character.
        stop: index after the last one.
        label: what is written instead, in square brackets.
    """

    start: int
    stop: int
    label: str
