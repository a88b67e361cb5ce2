"""Finds what a message says outright, and what it calls the thing.

"Their committee can't decide" is about a committee, whatever else it is about; a question that says
"the committee" helps more than one about "them". A pattern may hold ``{it}``: each name that its
situation may have in a message, and how a question calls it then.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from bot.core.asked_phrases import ReadAsk
from bot.core.phrase_patterns import PhraseIndex
from bot.core.situations import Situation, called

_IT = "{it}"


class ToldSituations:
    """The patterns of all situations, read once.

    Args:
        situations: with their patterns, in the notation of ``bot.core.phrase_patterns``.

    Raises:
        ValueError: a pattern is not well formed, or speaks of names that there are none of.
    """

    def __init__(self, situations: Iterable[Situation]) -> None:
        found = list(situations)
        self._told = PhraseIndex(_phrases((s, s.told) for s in found))
        self._unless = PhraseIndex(_phrases((s, s.unless) for s in found))

    def read(self, text: str) -> Mapping[str, list[str]]:
        """Return the situations that a message surely tells of, each with its name in the message.

        A name is there as ``"group:the board"``, and only if the message has one for it: of two,
        nobody knows which is meant.
        """
        words = ReadAsk(text).words
        names: dict[str, set[str]] = {}
        for _, _, (situation, name) in self._told.matches(words):
            names.setdefault(situation, set()).add(name)
        if names:
            for _, _, (situation, _) in self._unless.matches(words):
                names.pop(situation, None)
        return {
            situation: [called(situation, name) for name in found - {""}]
            if len(found - {""}) == 1
            else []
            for situation, found in names.items()
        }


def _phrases(
    lists: Iterable[tuple[Situation, Iterable[str]]],
) -> Iterable[tuple[str, tuple[str, str]]]:
    """Yield each pattern with its situation and the name in it, which may be empty."""
    for situation, patterns in lists:
        for pattern in patterns:
            plain = pattern.replace("'", "")
            if _IT not in plain:
                yield plain, (situation.id, "")
                continue
            if not situation.names:
                raise ValueError(f'"{situation.id}" has no names for {_IT}')
            for name, said in situation.names.items():
                yield plain.replace(_IT, f"({said})"), (situation.id, name)
