"""Splits go by author, never through a pair, and twins across authors are found."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

from bot.core.model import Trap
from bot.detect import corpus, split
from bot.detect.corpus import Labelled

CORPUS = Path("tests/corpus")


def message(name: str, text: str, author: str, trap: Trap | None = None) -> Labelled:
    return Labelled(name, text, (), trap, (), "trap" if trap else "fact", author, None)


def test_an_author_is_in_one_fold() -> None:
    messages = corpus.read(CORPUS)
    folds = split.folds(messages, 4)
    of_author = defaultdict(set)
    for m in messages:
        of_author[m.author].add(folds[m.id])
    with_traps = {m.author for m in messages if m.trap}

    assert all(len(of_author[author]) == 1 for author in with_traps)
    assert {f for some in of_author.values() for f in some} == {0, 1, 2, 3}


def test_the_folds_hold_about_as_many_traps() -> None:
    messages = corpus.read(CORPUS)
    folds = split.folds(messages, 4)
    traps = [sum(folds[m.id] == at for m in messages if m.trap) for at in range(4)]

    assert max(traps) < 1.6 * min(traps)


def test_twins_of_two_authors_are_found() -> None:
    messages = [
        message("a1", "they owe us a call back after all of that work", "a", Trap.ENTITLEMENT),
        message("b1", "They owe us a call back, after all of that work!", "b", Trap.ENTITLEMENT),
        message("b2", "they owe us a call back after all of the work", "b"),
        message("c1", "the train to Leeds is late again", "c"),
    ]

    assert split.near_duplicates(messages) == [("a1", "b1"), ("a1", "b2")]
