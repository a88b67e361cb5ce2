"""Phrases with alternatives and gaps, and an index that compares a text with few of them.

The notation is for people who edit ``prompts/``, whose ``README.md`` explains it: ``(a|b c)`` is
one of several, ``(a|)`` one or nothing, a ``*`` behind a word any ending, a ``*`` alone up to three
words. A gap stays within its sentence, so matching takes time in proportion to the text.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Generic, TypeVar

Label = TypeVar("Label")

_GAP = r"(?:[^ .]+ ){0,3}"
_STEM_LETTERS = 3  # what a word with any ending is found by
_TOKEN = re.compile(r"[()|]|[^\s()|]+")
_WORD = re.compile(r"[a-z0-9]+\*?")


@dataclass(frozen=True, slots=True)
class _Part:
    """A piece of a phrase: its regular expression, and the words with which it may begin.

    ``may_be_nothing``: whether it also fits no word; then the next piece may begin the phrase.
    """

    regex: str
    firsts: frozenset[str]
    may_be_nothing: bool = False


@dataclass(slots=True)
class _Phrase(Generic[Label]):
    """A phrase that is compiled when a text first has one of the words it begins with: of 1,200
    phrases most are never met, and compiling them all takes most of a second at each start."""

    regex: str
    label: Label
    compiled: re.Pattern[str] | None = None

    def compile(self) -> re.Pattern[str]:
        """Compile it, once."""
        self.compiled = re.compile(self.regex)
        return self.compiled


class PhraseIndex(Generic[Label]):
    """Phrases by their first word.

    Args:
        phrases: each with a label.

    Raises:
        ValueError: a phrase is not well formed.
    """

    def __init__(self, phrases: Iterable[tuple[str, Label]]) -> None:
        self._words: dict[str, list[_Phrase[Label]]] = {}
        self._stems: dict[str, list[_Phrase[Label]]] = {}
        for phrase, label in phrases:
            whole = _parse(phrase)
            entry = _Phrase(whole.regex, label)
            for first in whole.firsts:
                by_first = self._stems if first.endswith("*") else self._words
                by_first.setdefault(_key(first), []).append(entry)

    def matches(self, words: str) -> Iterator[tuple[int, int, Label]]:
        """Return where phrases begin and end in a text, and their labels.

        Args:
            words: lower case, between single blanks, also at both ends; a dot after each sentence.
        """
        at = 1
        for word in words.split():
            for phrases in (self._words.get(word), self._stems.get(word[:_STEM_LETTERS])):
                for phrase in phrases or ():
                    found = (phrase.compiled or phrase.compile()).match(words, at)
                    if found:
                        yield at, found.end(), phrase.label
            at += len(word) + 1


def check_phrase(phrase: str) -> None:
    """Check that a phrase can be read.

    Raises:
        ValueError: it is not well formed.
    """
    _parse(phrase)


def _key(first: str) -> str:
    return first[:_STEM_LETTERS] if first.endswith("*") else first


@lru_cache(4_096)  # checked when the words are read, and needed again for the index
def _parse(phrase: str) -> _Part:
    """Return the whole phrase as one part.

    Raises:
        ValueError: it is not well formed, or would be compared at nearly every word.
    """
    tokens = _TOKEN.findall(phrase)[::-1]
    whole = _sequence(tokens)
    if tokens:
        raise ValueError(f'"{phrase}" closes a bracket that was never opened')
    if whole.may_be_nothing or "*" in whole.firsts:
        raise ValueError(f'"{phrase}" may begin with any word')
    short = [f for f in whole.firsts if f.endswith("*") and len(f) <= _STEM_LETTERS]
    if short:
        raise ValueError(f'"{phrase}" begins with {short[0]}, which is too short for any ending')
    return whole


def _sequence(tokens: list[str]) -> _Part:
    """Read parts that follow each other, up to the end of a group's alternative."""
    regex, firsts, open_ended = "", frozenset[str](), True
    while tokens and tokens[-1] not in "|)":
        part = _group(tokens) if tokens[-1] == "(" else _word(tokens.pop())
        regex += part.regex
        if open_ended:
            firsts |= part.firsts
            open_ended = part.may_be_nothing
    return _Part(regex, firsts, open_ended)


def _group(tokens: list[str]) -> _Part:
    options = []
    while tokens and tokens.pop() != ")":
        options.append(_sequence(tokens))
        if not tokens:
            raise ValueError("a bracket is never closed")
    body = "|".join(option.regex for option in options if option.regex)
    optional = any(not option.regex for option in options)
    return _Part(
        f"(?:{body})?" if optional else f"(?:{body})",
        frozenset[str]().union(*(option.firsts for option in options)),
        optional or any(option.may_be_nothing for option in options),
    )


def _word(word: str) -> _Part:
    if word == "*":
        return _Part(_GAP, frozenset("*"))
    if word == ".":
        return _Part(r"\. ", frozenset("."))
    if not _WORD.fullmatch(word):
        raise ValueError(f'"{word}" is no plain word')
    if word.endswith("*"):
        return _Part(f"{word[:-1]}[^ .]* ", frozenset({word}))
    return _Part(f"{word} ", frozenset({word}))
