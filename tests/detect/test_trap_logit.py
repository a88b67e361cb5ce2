"""The fast way to the first logit gives the very number that the plain way gives."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache
from math import sqrt
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.detect.features import character_features, word_features
from bot.detect.learned_matters import load_learned_matters
from bot.detect.linear import STEP, FeatureBlock, load_shipped_linear_model
from bot.detect.preprocess import clean_text
from bot.detect.trap_logit import TrapLogit
from bot.evaluation.corpus import read_messages

CORPUS = Path("tests/corpus")
SPOKEN = "they owe us a call callback calling they're their theirs never 0 xyzzy :smile: ? !"
Blocks = tuple[FeatureBlock, FeatureBlock, float]


def shipped(name: str) -> Blocks:
    """Return the blocks and the first bias of a model that ships."""
    model = load_shipped_linear_model() if name == "traps" else load_learned_matters()
    return model.words, model.characters, model.bias[0]


@cache
def tokens_of_the_corpus() -> list[tuple[str, ...]]:
    return [clean_text(message.text).tokens for message in read_messages(CORPUS)]


@cache
def fast_trap_logit() -> TrapLogit:
    return TrapLogit(*shipped("traps"))


def first_logit(blocks: Blocks, tokens: Sequence[str]) -> float:
    """Return the first logit, feature after feature."""
    words, characters, bias = blocks
    of_words = part_of(words, word_features(tokens))
    return part_of(characters, character_features(tokens)) + of_words + bias


def part_of(block: FeatureBlock, features: Iterable[str]) -> float:
    found = map(block.index.get, features)
    rows = [row for row in found if row is not None]
    length = sqrt(sum((block.idf[row] * STEP) ** 2 for row in rows))
    total = sum(block.idf[row] * STEP * block.weights[row * block.outputs] * STEP for row in rows)
    return total / length if rows else 0.0


@pytest.mark.parametrize("name", ["traps", "matters"])
def test_it_is_the_same_number_for_every_message_of_the_corpus(name: str) -> None:
    """To the bit, so no decision can differ, whatever the threshold."""
    blocks = shipped(name)
    fast = TrapLogit(*blocks)
    tokens = tokens_of_the_corpus()

    assert len(tokens) > 9_000
    assert [fast.of(each) for each in tokens] == [first_logit(blocks, each) for each in tokens]


@given(st.lists(st.sampled_from(SPOKEN.split()), max_size=30))
@settings(derandomize=True, deadline=None, max_examples=200)
def test_words_that_come_again_or_share_letters_count_once(tokens: list[str]) -> None:
    assert fast_trap_logit().of(tokens) == first_logit(shipped("traps"), tokens)


def test_it_is_the_first_of_all_logits() -> None:
    tokens = clean_text("They owe us a call back, after all we did for them.").tokens
    logits = load_shipped_linear_model().logits(word_features(tokens), character_features(tokens))

    assert fast_trap_logit().of(tokens) == pytest.approx(logits[0])
