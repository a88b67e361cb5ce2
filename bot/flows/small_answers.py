"""Answers what needs no coaching: thanks, a hello, an insult, a question about the bot."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from string import Template
from zlib import crc32

from bot.core.bare_orders import BareOrder, orders_translation, read_bare_order
from bot.core.intents import Intent
from bot.core.phrases import Phrases
from bot.core.playbook_model import AboutTopic, Playbook
from bot.core.venting import Venting
from bot.core.wins import tells_of_win

_FOR_WORDS = (Intent.REWORD, Intent.EMAIL)


@dataclass(frozen=True, slots=True)
class ModelInUse:
    """What is true of the language model that is set up; who asks about it is told.

    Attributes:
        name: what it is called. host: of the server that runs it.
        gets_asks: whether it reads what people ask the bot.
        gets_messages: whether it reads messages in channels.
    """

    name: str
    host: str
    gets_asks: bool
    gets_messages: bool


def has_mentions(line: str) -> bool:
    """Return whether a line of ours mentions people or channels, so it is Slack's markup."""
    return "<@" in line or "<#" in line


class SmallAnswers:
    """Picks one short line. Nothing is counted or remembered, and no model is asked.

    Args:
        playbook: the lines.
        model: that is set up, which some answers depend on; None if there is none.
        retention_days: how long decisions are kept.
        model_answers: whether it answers asks, in whatever language.
    """

    def __init__(
        self,
        playbook: Playbook,
        *,
        model: ModelInUse | None,
        retention_days: float,
        model_answers: bool = False,
    ) -> None:
        self._sent = playbook.answers.sent
        self._talk = playbook.answers.talk
        self._venting = Venting(playbook.intents.venting)
        self._venting_lines = playbook.answers.venting
        self._orders = playbook.answers.bare_orders
        self._won = playbook.answers.won
        self._admins = playbook.answers.admins
        self._by_id = {topic.id: topic for topic in playbook.answers.about}
        self._topics = [(topic, Phrases(topic.cues)) for topic in playbook.answers.about]
        self._model = model
        self._retention_days = retention_days
        self._model_answers = model_answers

    def answer(
        self,
        intent: Intent,
        text: str,
        key: str,
        *,
        topic: str = "",
        uses_model: bool = True,
        admins: Collection[str] = (),
        stop: str = "",
    ) -> str | None:
        """Return the line for an ask; None if it needs more than a line.

        Args:
            intent: what the ask is about.
            text: its words, which tell the topic of a question about the bot.
            key: the ask's; two asks in a row rarely get the same line.
            topic: of a question about the bot, if a pattern told it; empty for a look at its words.
            uses_model: whether the model that is set up may be used where this was asked.
            admins: there, by user id.
            stop: how to be left alone where this was written, for the lines to an insult.

        Returns:
            The line; the admins are mentioned in it in Slack's markup (``has_mentions``).
        """
        if intent is Intent.ABOUT:
            asked = self._topic_of(text) if not topic else self._by_id[topic]
            return self._about(asked, self._model if uses_model else None, admins)
        if intent is Intent.NOT_ENGLISH and self._model_answers and uses_model:
            return None
        may_translate = self._model_answers and uses_model
        if intent in _FOR_WORDS and not may_translate and orders_translation(text):
            lines: Sequence[str] | None = self._orders.get(BareOrder.TRANSLATION)
        else:
            lines = self._closer_lines(intent, text) or self._talk.get(intent)
        if not lines:
            return None
        line = lines[crc32(key.encode()) % len(lines)]
        if intent is not Intent.INSULT:
            return line
        return Template(line).substitute(stop=stop)

    def _closer_lines(self, intent: Intent, text: str) -> Sequence[str]:
        """Return the lines for a certain kind of such a text, if the playbook has any."""
        if intent is Intent.THANKS:
            return self._won if tells_of_win(text) else ()
        if intent is not Intent.TOO_SHORT:
            return ()
        if text in self._venting:
            return self._venting_lines
        order = read_bare_order(text)
        return self._orders.get(order, ()) if order is not None else ()

    def depends_on_channel(self, text: str, topic: str) -> bool:
        """Return whether a question about the bot is about what it does in one channel.

        Args: see ``answer``.
        """
        return (self._by_id[topic] if topic else self._topic_of(text)).of_channel

    def depends_on_person(self, text: str, topic: str) -> bool:
        """Return whether a question about the bot is about what stands for whoever asks.

        Args: see ``answer``.
        """
        return (self._by_id[topic] if topic else self._topic_of(text)).of_person

    def _topic_of(self, text: str) -> AboutTopic:
        found = next((topic for topic, cues in self._topics if text in cues), None)
        return found or self._everything_else()

    def _about(self, topic: AboutTopic, model: ModelInUse | None, admins: Collection[str]) -> str:
        names = ", ".join(f"<@{user_id}>" for user_id in sorted(admins))
        who = Template(self._admins.named).substitute(names=names) if names else self._admins.none
        facts = {"days": f"{self._retention_days:g}", "admins": who}
        if topic.if_it_answers and not self._model_answers:
            model = None
        if model is None or not topic.with_model:
            return Template(topic.text).substitute(facts)
        facts |= {"model": model.name, "host": model.host, "sent": self._what_is_sent(model)}
        return Template(topic.with_model).substitute(facts)

    def _what_is_sent(self, model: ModelInUse) -> str:
        if model.gets_asks and model.gets_messages:
            return self._sent.both
        return self._sent.asks if model.gets_asks else self._sent.messages

    def _everything_else(self) -> AboutTopic:
        return next(topic for topic, _ in self._topics if not topic.cues)
