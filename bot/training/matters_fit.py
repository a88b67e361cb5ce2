"""Fits the model that recognizes matters for people, on lines by several hands.

Ordinary talk is what ``make train`` learns from, and ordinary asks are those of
``tests/corpus/intents``, ``tests/corpus/plays``, and, told at length, ``tests/corpus/asks``. The
thresholds take two in a hundred ordinary asks for such a matter, and mute one in two hundred
messages in channels: an ask that is taken for such a matter is answered kindly, and a question
about a deal to somebody in trouble can't be taken back.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from scipy.sparse import hstack

from bot.core.matters_for_people import MatterKind, MattersForPeople
from bot.detect.features import character_features, word_features
from bot.detect.learned_matters import LearnedMatters
from bot.detect.preprocess import clean_text
from bot.training.linear_fit import block, fit_logistic, round_value, tf_idf, vocabulary

MATTERS = Path("tests/corpus/matters")
ASKS = Path("tests/corpus/intents")
LONG_ASKS = Path("tests/corpus/asks")
PLAY_ASKS = Path("tests/corpus/plays/learn")
LONG_ASKS_COUNT = 2  # times: they are few beside the short ones, and as frequent among real asks
DEVELOPMENT_ASKS = "dev.jsonl"
FINE = "fine"
INVERSE_REGULARIZATION = 8.0
ORDINARY_MESSAGES = 6_000  # more drown the few lines about matters
MUTED_ASKS, MUTED_MESSAGES = 0.02, 0.005  # of the development sets


@dataclass(frozen=True, slots=True)
class MatterLine:
    """A line about a matter for people, or one that only sounds like it (``kind`` is None)."""

    text: str
    kind: MatterKind | None


def read_matter_lines(folder: Path) -> list[MatterLine]:
    """Read the lines of a folder.

    Raises:
        ValueError: a line has a kind that does not exist.
    """
    rows = [
        json.loads(line)
        for path in sorted(folder.glob("*.jsonl"))
        for line in path.read_text(encoding="utf-8").splitlines()
    ]
    return [
        MatterLine(row["text"], None if row["kind"] == FINE else MatterKind(row["kind"]))
        for row in rows
    ]


@dataclass(frozen=True, slots=True)
class OrdinaryTalk:
    """What has nothing to do with such matters, but for some lines that nobody sorted out.

    Attributes:
        messages, asks: in channels; to the bot.
    """

    messages: Sequence[str]
    asks: Sequence[str]


def read_all_ordinary_asks() -> tuple[list[str], list[str]]:
    """Read short and long asks: to learn from, and to choose a threshold on."""
    learned, chosen_on = read_ordinary_asks(ASKS)
    long_learned, long_chosen_on = read_ordinary_asks(LONG_ASKS)
    about_plays, _ = read_ordinary_asks(PLAY_ASKS)
    return (
        [*learned, *long_learned * LONG_ASKS_COUNT, *about_plays],
        [*chosen_on, *long_chosen_on],
    )


def read_ordinary_asks(folder: Path) -> tuple[list[str], list[str]]:
    """Read what people ask the bot: to learn from, and to choose a threshold on. What is marked as
    a ``matter`` is left out."""
    learned: list[str] = []
    chosen_on: list[str] = []
    for path in sorted(folder.glob("*.jsonl")):
        rows = [json.loads(x) for x in path.read_text(encoding="utf-8").splitlines()]
        texts = [row["text"] for row in rows if not row.get("matter")]
        (chosen_on if path.name == DEVELOPMENT_ASKS else learned).extend(texts)
    return learned, chosen_on


def fit_matters(
    lines: Sequence[MatterLine],
    ordinary: OrdinaryTalk,
    development: OrdinaryTalk,
    phrases: MattersForPeople,
) -> LearnedMatters:
    """Fit the model and choose its thresholds.

    Args:
        lines: about matters, and close to them.
        ordinary: talk to learn from; what the phrases recognize is left out.
        development: talk to choose the thresholds on.
        phrases: the phrase lists.
    """
    step = max(1, len(ordinary.messages) // ORDINARY_MESSAGES)
    plain = [t for t in (*ordinary.messages[::step], *ordinary.asks) if t not in phrases]
    tokens = [clean_text(text).tokens for text in (*(x.text for x in lines), *plain)]
    kinds = [*(x.kind for x in lines), *(None for _ in plain)]
    word_index, word_idf = vocabulary(tokens, word_features)
    character_index, character_idf = vocabulary(tokens, character_features)
    words = tf_idf(tokens, word_features, word_index, word_idf)
    characters = tf_idf(tokens, character_features, character_index, character_idf)
    matrix = hstack([words, characters]).tocsr()
    targets = [np.array([k is not None for k in kinds])]
    targets += [np.array([k is kind for k in kinds]) for kind in MatterKind]
    fits = [fit_logistic(INVERSE_REGULARIZATION, matrix, target) for target in targets]
    weights = np.vstack([coefficients for coefficients, _ in fits]).T
    model = LearnedMatters(
        words=block(word_index, word_idf, weights[: len(word_index)]),
        characters=block(character_index, character_idf, weights[len(word_index) :]),
        bias=tuple(round_value(intercept) for _, intercept in fits),
        threshold=0.0,
        channel_threshold=0.0,
    )

    def threshold(talk: Sequence[str], muted: float) -> float:
        logits = [model.logit(clean_text(t).tokens) for t in talk if t not in phrases]
        return round_value(sorted(logits, reverse=True)[int(muted * len(logits))])

    return replace(
        model,
        threshold=threshold(development.asks, MUTED_ASKS),
        channel_threshold=threshold(development.messages, MUTED_MESSAGES),
    )
