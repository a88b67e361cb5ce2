"""Which words fit: the mirror sentence and the question for one message.

The same input gives the same words. A question is never repeated to a seller within the span that
policy sets (Ancker 2017: repeats are what wears people out), and none is asked that presupposes
something the message does not hold (rubric R7).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from zlib import crc32

from bot.core.model import Reply, Trap
from bot.core.phrases import Phrases
from bot.core.words import Mirror, Move, Playbook, Question

ANY = "any"
TALK_SECONDS = 3_600.0  # in one talk no question comes twice, whatever the settings say


@dataclass(frozen=True, slots=True)
class Advice:
    """What the bot gives a seller who asks, for that seller's eyes only.

    Attributes:
        trap: the trap that is near; None where none is. scenes: the situations in the message.
        near: kind words for it. questions: none, one or two. frame: a sentence to fill in.
        move: an if-then plan; empty where there is none.
        reworded: the seller's sentence said another way by a model; empty where the frame serves.
        skipped: a model was set and did not answer in time, so the playbook speaks alone.
    """

    trap: Trap | None
    scenes: tuple[str, ...]
    near: str
    questions: tuple[Question, ...]
    frame: str
    move: str = ""
    reworded: str = ""
    skipped: bool = False


@dataclass(frozen=True, slots=True)
class _Scene:
    id: str
    cues: Phrases


class Coach:
    """Chooses words from the playbook.

    Args:
        playbook: the checked words of ``prompts/``.
        same_question_days: days in which one seller never gets the same question twice.
    """

    def __init__(self, playbook: Playbook, same_question_days: float) -> None:
        self._playbook = playbook
        self._span = same_question_days * 86_400.0
        self._scenes = [_Scene(s.id, Phrases(s.cues)) for s in playbook.situations]

    def situations(self, text: str) -> list[str]:
        """The situations that the text holds, the most specific first."""
        return [scene.id for scene in self._scenes if text in scene.cues]

    def choose(
        self, trap: Trap, text: str, *, asked: Mapping[str, float], now: float, key: str
    ) -> Reply | None:
        """The reply for one message.

        Args:
            trap: the trap that was found.
            text: the seller's message; only its situations are used, never its words.
            asked: question id to when this seller was last asked it, Unix seconds.
            now: Unix seconds.
            key: what settles a tie, so that the same message always gets the same words.

        Returns:
            The reply, or None if every fitting question was asked too recently.
        """
        words = self._playbook.traps[trap]
        scenes = self.situations(text)
        question = self.another(trap, scenes, asked=asked, now=now, key=key)
        if question is None:
            return None
        mirror = _mirror(words.mirrors, scenes, key)
        article = self._playbook.articles[question.article]
        return Reply(question.id, mirror.text, question.text, article.credit, scenes=tuple(scenes))

    def fitting(
        self,
        trap: Trap | None,
        scenes: Sequence[str],
        *,
        asked: Mapping[str, float],
        now: float,
        at_least: float = 0.0,
    ) -> list[Question]:
        """Every question that may be asked now: nothing in it is presupposed, none is a repeat.

        Args:
            trap: None for the open questions. scenes: from ``situations``.
            asked: question id to when this seller was last asked it, Unix seconds. now: the same.
            at_least: seconds before a repeat, where the span of policy is shorter.
        """
        span = max(self._span, at_least)
        words = self._playbook.traps[trap].questions if trap else self._playbook.open.questions
        return [
            q
            for q in words
            if (not q.needs or set(q.needs) & set(scenes))
            and now - asked.get(q.id, float("-inf")) >= span
        ]

    def another(
        self,
        trap: Trap | None,
        scenes: Sequence[str],
        *,
        asked: Mapping[str, float],
        now: float,
        key: str,
        at_least: float = 0.0,
    ) -> Question | None:
        """The question that fits best; of several, the one asked longest ago. None: all were asked
        too recently."""
        return min(
            self.fitting(trap, scenes, asked=asked, now=now, at_least=at_least),
            key=lambda q: (not set(q.when) & set(scenes), asked.get(q.id, 0.0), _chance(key, q.id)),
            default=None,
        )

    def advise(
        self,
        trap: Trap | None,
        scenes: Sequence[str],
        *,
        asked: Mapping[str, float],
        now: float,
        key: str,
    ) -> Advice:
        """What is given on demand, where nothing is too much: up to two questions, a frame for the
        sentence, and a plan for next time. The arguments are those of ``another``."""
        first = self.another(trap, scenes, asked=asked, now=now, key=key, at_least=TALK_SECONDS)
        chosen = [first] if first else []
        if first:
            later = {**asked, first.id: now}
            second = self.another(
                trap, scenes, asked=later, now=now, key=key, at_least=TALK_SECONDS
            )
            chosen += [second] if second else []
        words = self._playbook.traps[trap] if trap else None
        return Advice(
            trap=trap,
            scenes=tuple(scenes),
            near=words.near if words else self._playbook.open.near,
            questions=tuple(chosen),
            frame=words.frame if words else self._playbook.open.frame,
            move=_move(words.moves, scenes, key).text if words else "",
        )


def _move(moves: tuple[Move, ...], scenes: Sequence[str], key: str) -> Move:
    fitting = [m for m in moves if set(m.when) & set(scenes)] or [m for m in moves if not m.when]
    return min(fitting, key=lambda m: _chance(key, m.id))


def _mirror(mirrors: tuple[Mirror, ...], scenes: list[str], key: str) -> Mirror:
    for scene in [*scenes, ANY]:
        fitting = [m for m in mirrors if m.when == scene]
        if fitting:
            return min(fitting, key=lambda m: _chance(key, m.id))
    raise LookupError("the playbook promises a mirror for any situation")


def _chance(key: str, of: str) -> int:
    return crc32(f"{key}/{of}".encode())
