"""Answers what needs no coaching: thanks, a hello, an insult, a question about the bot."""

from __future__ import annotations

from zlib import crc32

from bot.core.intents import Intent
from bot.core.phrases import Phrases
from bot.core.playbook_model import AboutTopic, Playbook


class SmallAnswers:
    """Picks one short line. Nothing is counted or remembered, and no model is asked.

    Args:
        playbook: the lines.
        has_model: whether a language model is set up, which some answers depend on.
        model_answers: whether it answers asks, in whatever language.
    """

    def __init__(self, playbook: Playbook, *, has_model: bool, model_answers: bool = False) -> None:
        self._talk = playbook.answers.talk
        self._topics = [(topic, Phrases(topic.cues)) for topic in playbook.answers.about]
        self._has_model = has_model
        self._model_answers = model_answers

    def answer(self, intent: Intent, text: str, key: str, *, uses_model: bool = True) -> str | None:
        """Return the line for an ask; None if it needs more than a line.

        Args:
            intent: what the ask is about.
            text: its words, which tell the topic of a question about the bot.
            key: the ask's; two asks in a row rarely get the same line.
            uses_model: whether the model that is set up may be used where this was asked.
        """
        if intent is Intent.ABOUT:
            return self._about(text, has_model=self._has_model and uses_model)
        if intent is Intent.NOT_ENGLISH and self._model_answers and uses_model:
            return None
        lines = self._talk.get(intent)
        return lines[crc32(key.encode()) % len(lines)] if lines else None

    def _about(self, text: str, *, has_model: bool) -> str:
        topic = next((topic for topic, cues in self._topics if text in cues), None)
        if topic is None:
            topic = self._everything_else()
        return (has_model and topic.with_model) or topic.text

    def _everything_else(self) -> AboutTopic:
        return next(topic for topic, _ in self._topics if not topic.cues)
