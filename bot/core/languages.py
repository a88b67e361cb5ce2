"""The fixed words of the bot in every language that is installed."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

ENGLISH = "en"
LANGUAGE_CODE = re.compile(r"[a-z]{2,3}(-[a-z]{2,4})?")
"""What names a language: its code, in lower case, perhaps with a region."""

Section = Mapping[str, str]


class UiStrings(Mapping[str, Section]):
    """The UI strings of one language, by section and key.

    Args:
        language: its code, such as ``de``.
        sections: the sentences.
    """

    __slots__ = ("_sections", "language")

    def __init__(self, language: str, sections: Mapping[str, Section]) -> None:
        self.language = language
        self._sections = sections

    def __getitem__(self, section: str) -> Section:
        return self._sections[section]

    def __iter__(self) -> Iterator[str]:
        return iter(self._sections)

    def __len__(self) -> int:
        return len(self._sections)

    def __repr__(self) -> str:
        return f"UiStrings({self.language})"


class Languages:
    """Every language that the bot can speak, and the one that it speaks unless told otherwise.

    Args:
        usual: code of the operator's language; must be among the known.
        known: the UI strings of each language.
    """

    def __init__(self, usual: str, known: Iterable[UiStrings]) -> None:
        self._known = {each.language: each for each in known}
        self.usual = self._known[usual]

    def __repr__(self) -> str:
        return f"Languages({self.usual.language} of {', '.join(self._known)})"

    @property
    def is_one(self) -> bool:
        """Whether there is nothing to choose."""
        return len(self._known) == 1

    @property
    def names(self) -> Mapping[str, str]:
        """How each language calls itself, by code, in the order of these names."""
        named = {code: each["language"]["name"] for code, each in self._known.items()}
        return dict(sorted(named.items(), key=lambda item: item[1]))

    def of(self, language: str | None) -> UiStrings:
        """Return the UI strings of a language; of the usual one if none is named, or if the named
        one is installed no more."""
        return self._known.get(language or "", self.usual)
