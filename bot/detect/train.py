"""Trains the offline detector from the corpus (``make train``).

Thresholds and calibration come from predictions on authors that the model has not seen, weighted to
the mix of a real channel: 5 % traps, 25 % hard look-alikes, 70 % ordinary talk. The solver is
liblinear, whose own loops make the result the same to the bit; weights are kept on a coarse grid.
Needs scikit-learn (extra ``train``); running the detector needs nothing.
"""

from __future__ import annotations

import hashlib
import logging
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from math import log, sqrt
from typing import Any

import numpy as np
from scipy.sparse import csr_matrix, hstack
from sklearn.linear_model import LogisticRegression

from bot.core.model import Trap
from bot.detect.corpus import Labelled
from bot.detect.features import of_characters, of_words
from bot.detect.linear import Block, Model, rounded
from bot.detect.offline import OfflineDetector
from bot.detect.reading import read

MIX = {"trap": 0.05, "hard": 0.25, "ordinary": 0.70}
SEND_PRECISION = 0.90
GATE_RECALL = 0.97
STRENGTH = 15.0  # inverse of the regularisation; chosen on unseen authors
GATE_STRENGTH = 6.0
LEAST_SEEN = 2  # messages that must hold a feature
ORDINARY_FOLDS = 5

log_line = logging.getLogger(__name__)
Features = Callable[[Sequence[str]], set[str]]
Cues = Mapping[str, Sequence[str]]


@dataclass(frozen=True)
class Unseen:
    """Scores of messages by models that never saw their author."""

    messages: list[Labelled]
    gate: Any
    raw: Any

    @property
    def weights(self) -> Any:
        """How much each message counts, so that the groups stand in the stated mix."""
        groups = [m.group for m in self.messages]
        count = Counter(groups)
        return np.array([MIX[g] / count[g] for g in groups])

    @property
    def is_trap(self) -> Any:
        """Which messages show a trap."""
        return np.array([m.trap is not None for m in self.messages])


def train(messages: list[Labelled], cues: Cues) -> tuple[Model, Unseen]:
    """The detector learnt from all messages, with thresholds from unseen authors.

    Args:
        messages: the labelled corpus. cues: the phrase lists that keep the detector quiet.

    Returns:
        The model, and the scores on unseen authors that its thresholds were chosen on.
    """
    unseen = score_unseen(messages)
    slope, offset = _platt(unseen)
    model = replace(
        _fit(messages),
        gate_threshold=_grid(_gate_threshold(unseen)),
        slope=slope,
        offset=offset,
    )
    return replace(model, send=_send_threshold(model, unseen, cues)), unseen


def score_unseen(messages: list[Labelled]) -> Unseen:
    """Scores each author's messages with a model of all the others."""
    folds = sorted({_fold(m) for m in messages})
    kept: list[Labelled] = []
    gate: list[float] = []
    raw: list[list[float]] = []
    for at, fold in enumerate(folds, 1):
        log_line.info("unseen authors: fold %d of %d (%s)", at, len(folds), fold)
        model = _fit([m for m in messages if _fold(m) != fold])
        for message in (m for m in messages if _fold(m) == fold):
            tokens = read(message.text).tokens
            kept.append(message)
            gate.append(model.gate.score(of_words(tokens)) + model.gate_bias)
            raw.append(model.outputs(of_words(tokens), of_characters(tokens)))
    return Unseen(kept, np.array(gate), np.array(raw))


def _fold(message: Labelled) -> str:
    """Authors of traps are folds of their own; ordinary talk is dealt out by its words."""
    if message.author != "ordinary":
        return message.author
    digest = hashlib.sha256(message.text.encode()).digest()[0]
    return f"ordinary-{digest % ORDINARY_FOLDS}"


def _fit(messages: list[Labelled]) -> Model:
    tokens = [read(m.text).tokens for m in messages]
    any_trap = np.array([m.trap is not None for m in messages])
    word_index, word_rarity = _vocabulary(tokens, of_words)
    character_index, character_rarity = _vocabulary(tokens, of_characters)
    words = _matrix(tokens, of_words, word_index, word_rarity)
    characters = _matrix(tokens, of_characters, character_index, character_rarity)
    both = hstack([words, characters]).tocsr()

    gate = _regression(GATE_STRENGTH).fit(words, any_trap)
    outputs = [_regression(STRENGTH).fit(both, any_trap)]
    of_traps = np.flatnonzero(any_trap)
    for trap in Trap:
        shows = np.array([trap in (m.trap, *m.also) for m in messages])
        outputs.append(_regression(STRENGTH).fit(both[of_traps], shows[of_traps]))
    weights = np.vstack([o.coef_[0] for o in outputs]).T
    split = len(word_index)
    return Model(
        name=_name(messages),
        gate=Block(word_index, rounded(word_rarity), rounded(gate.coef_[0]), 1),
        gate_bias=_grid(gate.intercept_[0]),
        gate_threshold=0.0,
        words=_block(word_index, word_rarity, weights[:split]),
        characters=_block(character_index, character_rarity, weights[split:]),
        bias=tuple(_grid(o.intercept_[0]) for o in outputs),
        slope=1.0,
        offset=0.0,
        send=1.0,
    )


def _block(index: dict[str, int], rarity: Any, weights: Any) -> Block:
    return Block(index, rounded(rarity), rounded(weights.ravel()), weights.shape[1])


def _regression(strength: float) -> Any:
    return LogisticRegression(
        C=strength, solver="liblinear", class_weight="balanced", tol=1e-6, max_iter=1_000
    )


def _vocabulary(tokens: list[tuple[str, ...]], features: Features) -> tuple[dict[str, int], Any]:
    seen = Counter(f for t in tokens for f in features(t))
    kept = sorted(f for f, count in seen.items() if count >= LEAST_SEEN)
    rarity = [1.0 + log((1 + len(tokens)) / (1 + seen[f])) for f in kept]
    return {f: i for i, f in enumerate(kept)}, np.array(rounded(rarity), dtype=float)


def _matrix(
    tokens: list[tuple[str, ...]], features: Features, index: dict[str, int], rarity: Any
) -> Any:
    rows, columns, values = [], [], []
    for row, some in enumerate(tokens):
        known = sorted(index[f] for f in features(some) if f in index)
        length = sqrt(sum(rarity[c] ** 2 for c in known)) or 1.0
        rows += [row] * len(known)
        columns += known
        values += [rarity[c] / length for c in known]
    return csr_matrix((values, (rows, columns)), shape=(len(tokens), len(index)))


def _platt(unseen: Unseen) -> tuple[float, float]:
    """Slope and offset that turn the raw score into a probability at the stated mix."""
    weights = unseen.weights * len(unseen.messages)
    fit = LogisticRegression(C=1e6, solver="liblinear", tol=1e-8).fit(
        unseen.raw[:, :1], unseen.is_trap, sample_weight=weights
    )
    return round(float(fit.coef_[0][0]), 4), round(float(fit.intercept_[0]), 4)


def _gate_threshold(unseen: Unseen) -> float:
    """The highest threshold that still lets ``GATE_RECALL`` of the unseen traps pass."""
    traps = np.sort(unseen.gate[unseen.is_trap])
    return float(traps[int((1 - GATE_RECALL) * len(traps))])


def _send_threshold(model: Model, unseen: Unseen, cues: Cues) -> float:
    """The lowest probability from which on precision at the mix is ``SEND_PRECISION``.

    What the phrase lists keep quiet can't be spoken to, whatever its score, and does not count.
    """
    detector = OfflineDetector(replace(model, send=0.0), cues)
    able = np.array([detector.verdict(m.text, m.context).why is None for m in unseen.messages])
    able &= unseen.gate >= model.gate_threshold
    chances = np.array([model.probability(r) for r in unseen.raw[:, 0]])
    order = np.argsort(-chances, kind="stable")
    order = order[able[order]]
    weights, hits = unseen.weights[order], unseen.is_trap[order]
    precision = np.cumsum(weights * hits) / np.cumsum(weights)
    good = np.flatnonzero(precision >= SEND_PRECISION)
    if not len(good):
        raise ValueError("no threshold reaches the wanted precision on unseen authors")
    return round(float(chances[order][good[-1]]), 4)


def _grid(value: Any) -> float:
    return float(rounded([float(value)])[0])


def _name(messages: list[Labelled]) -> str:
    digest = hashlib.sha256()
    for m in messages:
        digest.update(f"{m.id}\t{m.text}\t{m.trap}\t{m.also}\n".encode())
    return f"offline-{digest.hexdigest()[:10]}"


def report(model: Model, unseen: Unseen, cues: Cues) -> list[str]:
    """What was measured on unseen authors, line by line."""
    chances = np.array([model.probability(r) for r in unseen.raw[:, 0]])
    trap, weights = unseen.is_trap, unseen.weights
    groups = np.array([m.group for m in unseen.messages])
    detector = OfflineDetector(replace(model, send=0.0), cues)
    able = np.array([detector.verdict(m.text, m.context).why is None for m in unseen.messages])
    speak = able & (unseen.gate >= model.gate_threshold) & (chances >= model.send)
    passes = unseen.gate >= model.gate_threshold
    order = np.argsort(-chances, kind="stable")
    balanced = order[groups[order] != "ordinary"]
    hits = trap[balanced]
    average = float((np.cumsum(hits) / np.arange(1, len(hits) + 1))[hits].mean())
    right = np.array(
        [
            list(Trap)[int(r[1:].argmax())] in (m.trap, *m.also)
            for m, r in zip(unseen.messages, unseen.raw, strict=True)
        ]
    )
    spoken = float((weights * speak).sum())
    precision = float((weights * (speak & trap)).sum()) / spoken if spoken else float("nan")
    return [
        f"messages: {dict(Counter(groups.tolist()))}",
        f"average precision, traps against hard look-alikes: {average:.3f}",
        f"right trap named, of traps: {right[trap].mean():.3f}",
        f"send from {model.send}: precision at the mix {precision:.3f}, "
        f"recall {speak[trap].mean():.3f}",
        f"spoken to, per 1,000: hard {1000 * speak[groups == 'hard'].mean():.1f}, "
        f"ordinary {1000 * speak[groups == 'ordinary'].mean():.1f}",
        f"gate: recall {passes[trap].mean():.3f}, passes of ordinary "
        f"{passes[groups == 'ordinary'].mean():.3f}, of hard {passes[groups == 'hard'].mean():.3f}",
    ]
