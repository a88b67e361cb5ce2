"""Computes the first logit of a linear model fast: it runs on every message.

What a word consists of is looked up once per word, since most words of a chat come again and again.
The result is that of ``FeatureBlock.logits``: idf values and weights are multiples of ``STEP``, so
their products add up without rounding, in whatever order.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from math import sqrt
from typing import NamedTuple

from bot.detect.features import GAP, PAIR, character_features
from bot.detect.linear import FeatureBlock

_CACHED_WORDS = 16_384  # about 10 MB

_NextWords = Mapping[str, int]
_NO_PAIRS: _NextWords = {}


class _Word(NamedTuple):
    """What a word brings along.

    Attributes:
        characters: the rows of its character n-grams. squares, part: their sums.
        row: its row as a word; None if training has not seen it.
        before, near: rows of the pairs with the next word, and with the next but one.
    """

    characters: Sequence[int]
    squares: float
    part: float
    row: int | None
    before: _NextWords
    near: _NextWords


class TrapLogit:
    """The first logit of a linear model. Threads may share it.

    Args:
        words, characters: the two blocks. bias: of the first logit.
    """

    def __init__(self, words: FeatureBlock, characters: FeatureBlock, bias: float) -> None:
        self._words = words
        self._characters = characters
        self._bias = bias
        self._word = lru_cache(_CACHED_WORDS)(self._look_up)

    def of(self, tokens: Sequence[str]) -> float:
        """Return the logit of the tokens of one message."""
        seen: set[int] = set()
        rows: set[int] = set()
        squares = part = 0.0
        before = near = near_next = _NO_PAIRS
        word_of = self._word
        for token in tokens:
            characters, its_squares, its_part, row, its_before, its_near = word_of(token)
            squares += its_squares
            part += its_part
            if not seen.isdisjoint(characters):  # each n-gram counts once
                again = self._characters.first_sums(seen.intersection(characters))
                squares -= again[0]
                part -= again[1]
            seen.update(characters)
            if row is not None:
                rows.add(row)
            if token in before:
                rows.add(before[token])
            if token in near:
                rows.add(near[token])
            before, near, near_next = its_before, near_next, its_near
        return _scaled(squares, part) + _scaled(*self._words.first_sums(rows)) + self._bias

    def _look_up(self, token: str) -> _Word:
        index, block = self._characters.index, self._characters
        found = (index.get(feature) for feature in character_features((token,)))
        rows = tuple(row for row in found if row is not None)
        return _Word(
            rows,
            *block.first_sums(rows),
            self._words.index.get(token),
            *self._pairs_of(token),
        )

    def _pairs_of(self, token: str) -> tuple[_NextWords, _NextWords]:
        """Return the rows of a word's pairs with the next word, and with the next but one."""
        before: dict[str, int] = {}
        near: dict[str, int] = {}
        for pair, row in self._words.index.starting_with(f"{token}{PAIR}"):
            _, gap, second = pair.partition(GAP)
            if gap:
                near[second] = row
            else:
                before[pair.partition(PAIR)[2]] = row
        return before or _NO_PAIRS, near or _NO_PAIRS


def _scaled(squares: float, part: float) -> float:
    return part / sqrt(squares) if squares > 0 else 0.0
