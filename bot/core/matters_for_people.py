"""Recognizes what is a matter for people and never for a bot: distress, harassment, grief, fraud.

It is asked before anything else reads a text, in every path
(``docs/decisions/0040-matters-for-people-first.md``). The phrases are those of
``prompts/matters_for_people.toml``. Pure, and in time proportional to the text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from copy import copy
from enum import StrEnum
from functools import lru_cache

from bot.core.normal_form import plain_form
from bot.core.phrase_patterns import PhraseIndex

CUES_PREFIX = "matters."
IDIOMS = "idioms"
EVERYDAY = "everyday"

_MAX_CHARACTERS = 8_000  # what follows is not read
_LITTLE_ELSE_WORDS = (
    6  # beside an everyday phrase: "my director says this deal (must close in) march"
)
_MIN_TYPO_LETTERS = 7  # shorter words have too many neighbors that mean something else

_MARKUP = re.compile(r"<(?:[@#!]|https?:|mailto:)[^<>]*>|https?://\S+|:[a-z][a-z0-9_+-]*:")
_SPELLED_OUT = re.compile(r"(?<![a-z])(?:[a-z][ .*_-]){3,}[a-z](?![a-z])")
_SENTENCE_END = re.compile(r"[.!?;\n]+(?=\s|\Z)|\n")
_LEET = str.maketrans("013457$@", "oieastsa")
_MIXED = re.compile(r"(?<![a-z])[a-z]++[0-9$@][a-z0-9$@]*[a-z]")
_LONG_RUN = re.compile(r"([a-z])\1{2,}")
_LEET_SIGN = re.compile(r"[0-9$@]")
_NO_WORD = re.compile(r"[^a-z0-9. ]|(?<=[a-z0-9])\.|\.(?=[a-z0-9])")
_DOT_IN_WORD = re.compile(r"(?<=[a-z0-9])\.|\.(?=[a-z0-9])")
_ASCII_TO_WORDS = {
    code: " " for code in range(128) if not re.fullmatch(r"[a-z0-9. ]", chr(code), re.DOTALL)
}
_PLAIN_WORD = re.compile(r"[a-z]+")


class MatterKind(StrEnum):
    """The kinds of matters, the gravest first."""

    SELF_HARM = "self_harm"
    VIOLENCE = "violence"
    HARASSMENT = "harassment"
    DISCRIMINATION = "discrimination"
    FRAUD = "fraud"
    HEALTH = "health"
    GRIEF = "grief"
    JOB_LOSS = "job_loss"
    SUBSTANCE = "substance"
    FAMILY = "family"
    DISTRESS = "distress"

    @property
    def may_be_danger_to_life(self) -> bool:
        """Whether the answer also names the local emergency number."""
        return self in (MatterKind.SELF_HARM, MatterKind.VIOLENCE)


Reader = Callable[[str], MatterKind | None]


class MattersForPeople:
    """Finds matters for people in a text.

    Args:
        phrases: by kind, in the notation of ``bot.core.phrase_patterns``.
        idioms: what only sounds like a matter; a phrase that overlaps with an idiom doesn't count.
        everyday: what sellers say of targets, pay, and bosses; if little else is said,
            ``second_reader`` reads a text without it.
        second_reader: reads what the phrases don't recognize; says what kind it is, or None.
    """

    def __init__(
        self,
        phrases: Mapping[MatterKind, Sequence[str]],
        idioms: Sequence[str] = (),
        everyday: Sequence[str] = (),
        *,
        second_reader: Reader | None = None,
    ) -> None:
        self._second_reader = second_reader
        self._phrases = PhraseIndex((p, kind) for kind, some in phrases.items() for p in some)
        self._idioms = PhraseIndex((idiom, None) for idiom in idioms)
        self._everyday = PhraseIndex((phrase, None) for phrase in everyday)
        self._typos = _typos(_PLAIN_WORD.findall(" ".join(p for s in phrases.values() for p in s)))

    @classmethod
    def of_cues(cls, cues: Mapping[str, Sequence[str]]) -> MattersForPeople:
        """Build it from the phrase lists of a playbook, once per process."""
        lists = ((n, tuple(some)) for n, some in cues.items() if n.startswith(CUES_PREFIX))
        return _build(tuple(sorted(lists)))

    def read_also_by(self, reader: Reader) -> MattersForPeople:
        """Return one that lets this reader read what the phrases don't recognize."""
        also = copy(self)
        also._second_reader = reader
        return also

    def find(self, text: str) -> MatterKind | None:
        """Return the gravest kind of matter in a text, or None.

        Quotes and struck-through words count too: what a customer wrote may be the matter.

        Args:
            text: as typed, as Slack sends it, or a ``stand_in``.
        """
        if text in _STAND_INS:
            return _STAND_INS[text]
        words = self._spelled(normalized(text))
        found = list(self._phrases.matches(words))
        kind = self._gravest(words, found) if found else None
        if kind is None and self._second_reader is not None:
            return self._second_reader(self._without_everyday(words) or text)
        return kind

    def _without_everyday(self, words: str) -> str:
        """Return a text's words without its everyday phrases; empty if it has none of them, or
        says more than they do: then all of it has to be read."""
        found = [(start, end) for start, end, _ in self._everyday.matches(words)]
        if not found:
            return ""
        rest = list(words)
        for start, end in found:
            rest[start:end] = " " * (end - start)
        left = "".join(rest)
        return left if len(_PLAIN_WORD.findall(left)) <= _LITTLE_ELSE_WORDS else ""

    def _gravest(
        self, words: str, found: Sequence[tuple[int, int, MatterKind]]
    ) -> MatterKind | None:
        idioms = [(start, end) for start, end, _ in self._idioms.matches(words)]
        kinds = {
            kind
            for start, end, kind in found
            if not any(start < stop and begin < end for begin, stop in idioms)
        }
        return next((kind for kind in MatterKind if kind in kinds), None)

    def __contains__(self, text: object) -> bool:
        return isinstance(text, str) and self.find(text) is not None

    def _spelled(self, words: str) -> str:
        spoken = words.split(" ")
        if self._typos.keys().isdisjoint(spoken):
            return words
        return " ".join([self._typos.get(word, word) for word in spoken])


_URGENT, _ANY = "[for people, now]", "[for people]"
_STAND_INS = {_URGENT: MatterKind.SELF_HARM, _ANY: MatterKind.DISTRESS}


def stand_in(kind: MatterKind) -> str:
    """Return what is stored in place of a text with a matter; it says nothing but the urgency."""
    return _URGENT if kind.may_be_danger_to_life else _ANY


def normalized(text: str) -> str:
    """Return a text as words in lower case between single blanks, with a dot after each sentence.

    Disguised, spelled-out, and leet letters become plain ones; apostrophes and markup go.
    """
    plain = plain_form(text[:_MAX_CHARACTERS]).lower()
    # Hot path: test for a sign before reading on; most messages hold none.
    if "<" in plain or ":" in plain:
        plain = _MARKUP.sub(" ", plain)
    plain = plain.replace("'", "")
    plain = _SPELLED_OUT.sub(lambda m: re.sub(r"[^a-z]", "", m.group()), plain)
    if _LEET_SIGN.search(plain):
        plain = _MIXED.sub(lambda m: m.group().translate(_LEET), plain)
    plain = _SENTENCE_END.sub(" . ", _LONG_RUN.sub(r"\1", plain))
    if plain.isascii():
        words = plain.translate(_ASCII_TO_WORDS)
        words = _DOT_IN_WORD.sub(" ", words) if "." in words else words
    else:
        words = _NO_WORD.sub(" ", plain)
    return f" {' '.join(words.split())} . "


def _typos(words: Sequence[str]) -> dict[str, str]:
    """Return misspellings of the long words: a letter left out, doubled, or swapped with the next.

    The first and the last letter are taken to be right, and no word of the lists is one.
    """
    known = set(words)
    typos: dict[str, str] = {}
    for word in (w for w in known if len(w) > _MIN_TYPO_LETTERS):
        for at in range(1, len(word) - 1):
            head, letter, tail = word[:at], word[at], word[at + 1 :]
            for typo in (
                head + tail,
                head + letter + letter + tail,
                head + tail[:1] + letter + tail[1:],
            ):
                if typo not in known:
                    typos[typo] = word
    return typos


@lru_cache(4)
def _build(lists: tuple[tuple[str, tuple[str, ...]], ...]) -> MattersForPeople:
    by_name = {name.removeprefix(CUES_PREFIX): some for name, some in lists}
    idioms, everyday = by_name.pop(IDIOMS, ()), by_name.pop(EVERYDAY, ())
    kinds = {MatterKind(name): some for name, some in by_name.items()}
    return MattersForPeople(kinds, idioms, everyday)
