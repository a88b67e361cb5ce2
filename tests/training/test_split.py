"""Splits keep an author's messages together, and near-duplicates across authors are found."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

from bot.core.model import Trap
from bot.evaluation.corpus import LabeledMessage, read_messages
from bot.training import split

CORPUS = Path("tests/corpus")


def message(message_id: str, text: str, author: str, trap: Trap | None = None) -> LabeledMessage:
    return LabeledMessage(message_id, text, (), trap, (), "trap" if trap else "fact", author, None)


def test_each_author_is_in_one_fold() -> None:
    messages = read_messages(CORPUS)
    folds = split.assign_folds(messages, 4)
    folds_of_author: defaultdict[str, set[int]] = defaultdict(set)
    for m in messages:
        folds_of_author[m.author].add(folds[m.id])
    with_traps = {m.author for m in messages if m.trap}

    assert all(len(folds_of_author[author]) == 1 for author in with_traps)
    assert set().union(*folds_of_author.values()) == {0, 1, 2, 3}


def test_folds_have_similar_numbers_of_traps() -> None:
    messages = read_messages(CORPUS)
    folds = split.assign_folds(messages, 4)
    traps = [sum(folds[m.id] == fold for m in messages if m.trap) for fold in range(4)]

    assert max(traps) < 1.6 * min(traps)


def test_near_duplicates_of_two_authors_are_found() -> None:
    messages = [
        message("a1", "they owe us a call back after all of that work", "a", Trap.ENTITLEMENT),
        message("b1", "They owe us a call back, after all of that work!", "b", Trap.ENTITLEMENT),
        message("b2", "they owe us a call back after all of the work", "b"),
        message("c1", "the train to Leeds is late again", "c"),
    ]

    assert split.near_duplicates(messages) == [("a1", "b1"), ("a1", "b2")]
