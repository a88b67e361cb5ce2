"""Which words fit: the mirror sentence and the question for one message.

The same input gives the same words. A question is never repeated to a seller within the span that
policy sets (Ancker 2017: repeats are what wears people out), and none is asked that presupposes
something the message does not hold (rubric R7).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from zlib import crc32

from bot.core.model import Mirror, Playbook, Question, Reply, Trap
from bot.core.phrases import Phrases

ANY = "any"


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
        question = self._question(words.questions, scenes, asked, now, key)
        if question is None:
            return None
        mirror = _mirror(words.mirrors, scenes, key)
        article = self._playbook.articles[question.article]
        return Reply(question.id, mirror.text, question.text, article.credit)

    def _question(
        self,
        questions: tuple[Question, ...],
        scenes: list[str],
        asked: Mapping[str, float],
        now: float,
        key: str,
    ) -> Question | None:
        fitting = [
            q
            for q in questions
            if (not q.needs or set(q.needs) & set(scenes))
            and now - asked.get(q.id, float("-inf")) >= self._span
        ]
        return min(
            fitting,
            key=lambda q: (not set(q.when) & set(scenes), asked.get(q.id, 0.0), _chance(key, q.id)),
            default=None,
        )


def _mirror(mirrors: tuple[Mirror, ...], scenes: list[str], key: str) -> Mirror:
    for scene in [*scenes, ANY]:
        fitting = [m for m in mirrors if m.when == scene]
        if fitting:
            return min(fitting, key=lambda m: _chance(key, m.id))
    raise LookupError("the playbook promises a mirror for any situation")


def _chance(key: str, of: str) -> int:
    return crc32(f"{key}/{of}".encode())
