"""The words that assert nothing, so that a model may use them though nobody said them."""

from __future__ import annotations

from functools import lru_cache

from bot.core.playbook_model import FreeWords
from bot.core.word_forms import inflected_forms


class FreeWordIndex:
    """The free words, under all forms that are compared; nothing changes them.

    Args:
        words: Of ``prompts/free_words.toml``.
    """

    def __init__(self, words: FreeWords) -> None:
        self.anywhere = words.anywhere
        self.given = words.given
        self.verbs = words.verbs
        self.open_verbs = words.open_verbs
        self.open_nouns = words.open_nouns
        self.open_words = words.open_words | {_comparative(w) for w in words.open_words}
        self._groups: dict[str, set[str]] = {}
        for group in words.same:
            spelled = {part for word in group for part in (word, *word.split("-"))}
            for word in group:
                self._groups.setdefault(word, set()).update(spelled)

    def same_as(self, word: str) -> set[str]:
        """Return the words that may stand for a normalized word."""
        found: set[str] = set()
        for form in inflected_forms(word):
            found |= self._groups.get(form, set())
        return found

    def knows(self, word: str) -> bool:
        """Return whether a word is in any list, and so is no abbreviation."""
        forms = inflected_forms(word)
        lists = (self.anywhere, self.given, self.verbs, self.open_verbs, self.open_nouns)
        return any(forms & each for each in (*lists, self.open_words))


@lru_cache(8)  # several guards know the same words
def free_word_index(words: FreeWords) -> FreeWordIndex:
    """Return the index of some free words, which is built once.

    Args:
        words: Of ``prompts/free_words.toml``.
    """
    return FreeWordIndex(words)


def is_free(word: str, allowed: frozenset[str]) -> bool:
    """Return whether a normalized word is an inflection of one of the allowed base forms."""
    return word in allowed or bool(inflected_forms(word) & allowed)


def _comparative(word: str) -> str:
    return f"{word[:-1]}ier" if word.endswith("y") else f"{word.removesuffix('e')}er"
