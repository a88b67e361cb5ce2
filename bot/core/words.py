"""All that the bot can say, as values: read and checked by ``bot.playbook``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bot.core.model import Trap


@dataclass(frozen=True, slots=True)
class Article:
    """One of the articles that the coaching rests on: the credit that may be shown, and what it
    says in our own words."""

    id: str
    credit: str
    ideas: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Question:
    """An open question. ``needs`` names situations it presupposes, ``when`` where it fits best."""

    id: str
    text: str
    article: str
    when: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Mirror:
    """A sentence that says back what the message surely holds, where ``when`` is in it."""

    id: str
    when: str
    text: str


@dataclass(frozen=True, slots=True)
class Move:
    """A plan for next time: "If <what they do>, then I will <move>." ``when`` as for questions."""

    id: str
    text: str
    when: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Situation:
    """A concrete thing that a deal message can be about, and the phrases that show it."""

    id: str
    cues: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TrapWords:
    """All words of one trap, from ``prompts/traps/<trap>.toml``. ``for_the_team``: a question for
    the team meeting."""

    trap: Trap
    title: str
    near: str
    article: str
    definition: str
    sounds_like: tuple[str, ...]
    is_not: tuple[str, ...]
    questions: tuple[Question, ...]
    mirrors: tuple[Mirror, ...]
    moves: tuple[Move, ...]
    frame: str
    for_the_team: str


@dataclass(frozen=True, slots=True)
class OpenWords:
    """What is said on demand where no trap is near (``prompts/open.toml``)."""

    near: str
    frame: str
    questions: tuple[Question, ...]


@dataclass(frozen=True, slots=True)
class Rubric:
    """The words that no reply may hold (``prompts/rubric.toml``), lower case."""

    trap_names: tuple[str, ...]
    verdicts: tuple[str, ...]
    directives: tuple[str, ...]
    feelings: tuple[str, ...]
    cheering: tuple[str, ...]
    harsh_lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Playbook:
    """All words of the bot, checked. ``version`` is a hash of the files they came from.

    ``classify`` is what a language model is told as the judge, with ``$traps`` to be filled in;
    ``reword`` what it is told where it may write the words.
    """

    version: str
    traps: Mapping[Trap, TrapWords]
    articles: Mapping[str, Article]
    situations: tuple[Situation, ...]
    rubric: Rubric
    voice: Mapping[str, Mapping[str, str]]
    cues: Mapping[str, tuple[str, ...]]
    classify: str
    reword: str
    open: OpenWords

    def say(self, section: str, key: str) -> str:
        """One fixed sentence of ``prompts/voice.toml``. Raises KeyError for an unknown one."""
        return self.voice[section][key]
