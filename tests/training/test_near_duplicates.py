"""Near-duplicates across authors are found."""

from __future__ import annotations

from bot.core.model import Trap
from bot.evaluation.corpus import LabeledMessage
from bot.training.near_duplicates import near_duplicates


def message(message_id: str, text: str, author: str, trap: Trap | None = None) -> LabeledMessage:
    return LabeledMessage(message_id, text, (), trap, (), "trap" if trap else "fact", author, None)


def test_near_duplicates_of_two_authors_are_found() -> None:
    messages = [
        message("a1", "they owe us a call back after all of that work", "a", Trap.ENTITLEMENT),
        message("b1", "They owe us a call back, after all of that work!", "b", Trap.ENTITLEMENT),
        message("b2", "they owe us a call back after all of the work", "b"),
        message("c1", "the train to Leeds is late again", "c"),
    ]

    assert near_duplicates(messages) == [("a1", "b1"), ("a1", "b2")]
