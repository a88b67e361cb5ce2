"""What the seller and the thread said, in a form in which a model's words can be looked up.

A word counts as said if the message or the thread holds it in any form: inflected, abbreviated,
with British or American spelling, as a number in digits or letters, as the letters of an
abbreviation ("general contractor" for "GC"), or as a word that means the same
(``prompts/free_words.toml``).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cached_property

from bot.core.free_words import FreeWordIndex
from bot.core.phrases import normalize
from bot.core.word_forms import WORD, base_forms, number_of, numbers_in, words_of

_CLAUSES = re.compile(r"[.,!?;:\n]+(?=\s|\Z)|\n")
_SIGNS = {"%": "percent", "\u20ac": "euro", "$": "dollar", "\u00a3": "pound"}
_THOUSANDS = re.compile(r"(\d{1,9})(?=(?:\s?(?:-|\u2013|to|or)\s?\d{1,9})?\s?k\b)")  # 70 to 240k
_WITHOUT = re.compile(r"\bw/o\s?")
_MIN_ABBREVIATION = 3  # letters: "reg" for "regulatory", but not "re"
_SOMEBODY = (
    r"they|he|she|who|guys?|buyers?|customers?|clients?|prospects?|procurement|purchasing|c[a-z]o"
    r"|boss|managers?|directors?|owners?|person|people|company|team|lead|champion|[A-Z][a-z]+"
)
_VERY = r"not|such|so|just|all|really|totally|a bunch of|honestly|always|being|acting like|like"
_EPITHET = re.compile(
    rf"\b(?:{_SOMEBODY})(?:'s|'re|\s(?:is|are|was|were|isn't|aren't))(?:\s(?:{_VERY}))*"
    r"\s(?P<article>an?\s)?(?P<words>[a-z'-]+(?:\s[a-z'-]+)?)"
)
_NO_EPITHET = re.compile(r"(?:[a-z]+(?:ing|ed)|n't)\b")


class Said:
    """What may be repeated.

    Args:
        message: The seller's.
        thread: What was said before, oldest first.
        free_words: Also know which words mean the same.
    """

    def __init__(self, message: str, thread: Sequence[str], free_words: FreeWordIndex) -> None:
        self.texts = tuple(_spelled_out(text) for text in (*thread, message))
        self._free = free_words
        self.clauses = [
            WORD.findall(clause) for text in self.texts for clause in _CLAUSES.split(text)
        ]

    @cached_property
    def text(self) -> str:
        """Everything, normalized, one turn per line."""
        return "\n".join(normalize(text) for text in self.texts)

    @cached_property
    def words(self) -> list[str]:
        """Every word, normalized, in order."""
        return words_of(self.text)

    @cached_property
    def own_forms(self) -> frozenset[str]:
        """The forms of the words themselves."""
        return frozenset(form for word in self.words for form in base_forms(word))

    @cached_property
    def forms(self) -> frozenset[str]:
        """The forms of the words and of what means the same."""
        others = {other for word in self.words for other in self._free.same_as(word)}
        return self.own_forms | {form for word in others for form in base_forms(word)}

    @cached_property
    def numbers(self) -> frozenset[str]:
        """Every number, as digits."""
        found = set(numbers_in(self.words).values())
        found |= set(re.findall(r"\d+", self.text))
        found |= {str(int(n) * 1_000) for n in _THOUSANDS.findall(self.text)}
        return frozenset(n.lstrip("0") or "0" for n in found)

    @cached_property
    def epithets(self) -> frozenset[str]:
        """What the seller calls somebody ("he's a bean counter"): not to be said after them."""
        found: set[str] = set()
        for match in _EPITHET.finditer("\n".join(self.texts).replace("\u2019", "'")):
            words = match["words"].split()
            if not match["article"]:
                words = words[:1]
                if _NO_EPITHET.match(words[0]):
                    continue
            found |= {form for w in words if not self._free.knows(w) for form in base_forms(w)}
        return frozenset(found)

    def holds(self, word: str) -> bool:
        """Return whether a normalized word was said, in whatever form."""
        if base_forms(word) & self.forms:
            return True
        return any(
            word.startswith(short) for short in self._abbreviations if len(word) > len(short)
        )

    def holds_itself(self, word: str) -> bool:
        """Return whether a word was said, and not only one that means the same."""
        return bool(base_forms(word) & self.own_forms)

    def expansions(self, words: Sequence[str]) -> set[int]:
        """Return the indexes of words that spell out an abbreviation: general contractor, GC."""
        found: set[int] = set()
        for length in (2, 3, 4):
            for at in range(len(words) - length + 1):
                span = words[at : at + length]
                if "".join(w[0] for w in span) in self._initials:
                    found |= set(range(at, at + length))
        return found

    @cached_property
    def _initials(self) -> frozenset[str]:
        written = (w for text in self.texts for w in WORD.findall(text))
        return frozenset(w.lower() for w in written if w.isupper() and 2 <= len(w) <= 4)

    @cached_property
    def _abbreviations(self) -> frozenset[str]:
        return frozenset(
            w
            for w in self.words
            if len(w) >= _MIN_ABBREVIATION and not w[0].isdigit() and not self._free.knows(w)
        )


def _spelled_out(text: str) -> str:
    """Return a text with signs as words: 20 percent."""
    for sign, word in _SIGNS.items():
        text = text.replace(sign, f"{sign} {word} ")
    return _WITHOUT.sub("without ", text)


def is_number(word: str) -> bool:
    """Return whether a word is a number that must have been said; "one" and "first" need not."""
    number = number_of(word)
    return number is not None and not (number == "1" and word.isalpha())
