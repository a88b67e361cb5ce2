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
_DOT = "."

# Words that say little about what a text is about. The list only decides by which of its words a
# phrase is looked up, so it changes how long that takes and never what is found.
_COMMON = """
a about after again all also always am an and another any anymore anyone anything are as ask at
away back be because been before being better but by call came can cant come could day days did
didnt do does doesnt doing done dont down each else end even ever every everyone everything few
find first for from get gets getting give go goes going gone good got had has have havent he
hear help her here him his how i id if ill im in into is isnt it its ive just keep know last
leave left let life like little long look lot made make man me meeting might month more most
much my need never new next no nobody not nothing now of off ok old on once one only or other
our out over own people please put really right said same say see she should since so some
someone something soon still stop such sure take talk team tell than thank that thats the their
them then there these they thing things think this those time to today told tomorrow too tried
try two until up us use used very want wants was way we week well went were what when where
which while who why will with without wont work working would year years yes yet you your
"""
_COMMON_WORDS = frozenset(_COMMON.split())


@dataclass(frozen=True, slots=True)
class _Part:
    """A piece of a phrase: its regular expression, and the words with which it may begin.

    ``needs``: lists of words, the rarest first; every text that it fits has one word of each.
    ``may_be_nothing``: whether it also fits no word; then the next piece may begin the phrase.
    """

    regex: str
    firsts: frozenset[str]
    needs: tuple[frozenset[str], ...] = ()
    may_be_nothing: bool = False


@dataclass(slots=True, eq=False)
class _Phrase(Generic[Label]):
    """A phrase that is compiled when a text first has one of the words it begins with: of 1,200
    phrases most are never met, and compiling them all takes most of a second at each start."""

    regex: str
    label: Label
    other_needs: tuple[frozenset[str], ...]  # all but the one that it is looked up by
    compiled: re.Pattern[str] | None = None

    def compile(self) -> re.Pattern[str]:
        """Compile it, once."""
        self.compiled = re.compile(self.regex)
        return self.compiled


class PhraseIndex(Generic[Label]):
    """Phrases by the rarest word that each of them needs, and by their first word.

    Most texts hold none of the rare words, so no phrase is compared with them.

    Args:
        phrases: each with a label.

    Raises:
        ValueError: a phrase is not well formed.
    """

    def __init__(self, phrases: Iterable[tuple[str, Label]]) -> None:
        self._words: dict[str, list[_Phrase[Label]]] = {}
        self._stems: dict[str, list[_Phrase[Label]]] = {}
        self._by_need: dict[str, list[_Phrase[Label]]] = {}
        self._by_needed_stem: dict[str, list[tuple[str, _Phrase[Label]]]] = {}
        for phrase, label in phrases:
            whole = _parse(phrase)
            rarest, *others = whole.needs or (whole.firsts,)
            entry = _Phrase(whole.regex, label, tuple(n for n in others if not _has_stem(n)))
            for needed in rarest:
                if needed.endswith("*"):
                    stems = self._by_needed_stem.setdefault(_key(needed), [])
                    stems.append((needed[:-1], entry))
                else:
                    self._by_need.setdefault(needed, []).append(entry)
            for first in whole.firsts:
                by_first = self._stems if first.endswith("*") else self._words
                by_first.setdefault(_key(first), []).append(entry)

    def matches(self, words: str) -> Iterator[tuple[int, int, Label]]:
        """Return where phrases begin and end in a text, and their labels.

        Args:
            words: lower case, between single blanks, also at both ends; a dot after each sentence.
        """
        spoken = words.split()
        possible = self._possible(frozenset(spoken))
        if not possible:
            return
        at = 1
        for word in spoken:
            for phrases in (self._words.get(word), self._stems.get(word[:_STEM_LETTERS])):
                for phrase in phrases or ():
                    if phrase not in possible:
                        continue
                    found = (phrase.compiled or phrase.compile()).match(words, at)
                    if found:
                        yield at, found.end(), phrase.label
            at += len(word) + 1

    def _possible(self, spoken: frozenset[str]) -> set[_Phrase[Label]]:
        """Return the phrases whose words are there, in whatever order."""
        met = [phrase for word in self._by_need.keys() & spoken for phrase in self._by_need[word]]
        for word in spoken:
            for stem, phrase in self._by_needed_stem.get(word[:_STEM_LETTERS], ()):
                if word.startswith(stem):
                    met.append(phrase)
        possible = set()
        for phrase in met:
            for needed in phrase.other_needs:
                if needed.isdisjoint(spoken):
                    break
            else:
                possible.add(phrase)
        return possible


def check_phrase(phrase: str) -> None:
    """Check that a phrase can be read.

    Raises:
        ValueError: it is not well formed.
    """
    _parse(phrase)


def _has_stem(words: frozenset[str]) -> bool:
    return any(word.endswith("*") for word in words)


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
    needs: list[frozenset[str]] = []
    while tokens and tokens[-1] not in "|)":
        part = _group(tokens) if tokens[-1] == "(" else _word(tokens.pop())
        regex += part.regex
        needs += part.needs
        if open_ended:
            firsts |= part.firsts
            open_ended = part.may_be_nothing
    return _Part(regex, firsts, tuple(sorted(needs, key=_commonness)), open_ended)


def _commonness(words: frozenset[str]) -> tuple[int, float]:
    """Return how often a text has one of these words, as a guess to compare with others."""
    common = sum(word.rstrip("*") in _COMMON_WORDS for word in words)
    return common, sum(0.5 ** len(word.rstrip("*")) for word in words)


def _group(tokens: list[str]) -> _Part:
    options = []
    while tokens and tokens.pop() != ")":
        options.append(_sequence(tokens))
        if not tokens:
            raise ValueError("a bracket is never closed")
    body = "|".join(option.regex for option in options if option.regex)
    optional = any(not option.regex for option in options)
    rarest = [option.needs[0] for option in options if option.needs]
    can_tell = len(rarest) == len(options)
    return _Part(
        f"(?:{body})?" if optional else f"(?:{body})",
        frozenset[str]().union(*(option.firsts for option in options)),
        (frozenset[str]().union(*rarest),) if can_tell else (),
        optional or any(option.may_be_nothing for option in options),
    )


def _word(word: str) -> _Part:
    if word == "*":
        return _Part(_GAP, frozenset("*"))
    if word == _DOT:
        return _Part(r"\. ", frozenset(_DOT))
    if not _WORD.fullmatch(word):
        raise ValueError(f'"{word}" is no plain word')
    if word.endswith("*"):
        return _Part(f"{word[:-1]}[^ .]* ", frozenset({word}), (frozenset({word}),))
    return _Part(f"{word} ", frozenset({word}), (frozenset({word}),))
