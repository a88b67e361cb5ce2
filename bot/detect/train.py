"""Trains the offline detector from the corpus (``make train``).

Weights of the two models and all thresholds come from scores on authors that the models had not
seen, weighted to the mix of a real channel: 5 % traps, 25 % hard look-alikes, 70 % ordinary talk.
That is the development set; ``tests/corpus/test`` is never read here. The linear solver is
liblinear, whose own loops make the result the same to the bit; weights are kept on a coarse grid.
Needs the extras ``train`` and ``tune``; running the detector needs neither.
"""

from __future__ import annotations

import hashlib
import json
import logging
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from math import log, sqrt
from pathlib import Path
from typing import Any

import numpy as np
from scipy.sparse import csr_matrix, hstack
from sklearn.linear_model import LogisticRegression

from bot.core.model import Trap
from bot.detect import measure, split, tune
from bot.detect.corpus import Labelled
from bot.detect.encoder import Encoder
from bot.detect.features import of_characters, of_words
from bot.detect.linear import Block, Model, rounded
from bot.detect.measure import MIX, Judged
from bot.detect.offline import Look, OfflineDetector
from bot.detect.reading import read

SEND_PRECISION = 0.90
SEND_PRECISION_AT_LEAST = 0.80  # the lower end of its 95 % interval
GATE_RECALL = 0.97
FIRST_GATE_RECALL = 0.985  # what is lost there is lost for the second gate too
STRENGTH = 15.0  # inverse of the regularisation; chosen on unseen authors
GATE_STRENGTH = 6.0
LEAST_SEEN = 2  # messages that must hold a feature
FOLDS = 4

log_line = logging.getLogger(__name__)
Features = Callable[[Sequence[str]], set[str]]
Cues = Mapping[str, Sequence[str]]


@dataclass(frozen=True)
class Unseen:
    """What models that never saw their author make of messages."""

    messages: list[Labelled]
    looks: list[Look]

    @property
    def weights(self) -> Any:
        """How much each message counts, so that the groups stand in the stated mix."""
        count = Counter(m.group for m in self.messages)
        return np.array([MIX[m.group] / count[m.group] for m in self.messages])

    @property
    def is_trap(self) -> Any:
        """Which messages show a trap."""
        return np.array([m.trap is not None for m in self.messages])

    def judged(self, detector: OfflineDetector) -> list[Judged]:
        """What a detector decides on these looks."""
        return [
            Judged(m, detector.decide(read(m.text), m.context, look))
            for m, look in zip(self.messages, self.looks, strict=True)
        ]


def train(messages: list[Labelled], cues: Cues, into: Path, kept: Path) -> tuple[Model, Unseen]:
    """The detector learnt from all messages, with thresholds from unseen authors.

    Args:
        messages: the labelled corpus. cues: the phrase lists that keep the detector quiet.
        into: the folder that gets ``encoder.onnx`` and ``tokenizer.json``.
        kept: a folder for scores of folds that are done, so that a broken run goes on.

    Returns:
        The linear model with all thresholds, and the scores that these were chosen on.
    """
    unseen = score_unseen(messages, kept)
    model = replace(_fit(messages), **_gate_and_stack(unseen))
    log_line.info("all authors: tuning the encoder that ships")
    tune.tune(messages, into)
    return thresholds(model, unseen, cues, into), unseen


def score_unseen(messages: list[Labelled], kept: Path) -> Unseen:
    """Looks at each fold of authors with models of all the others."""
    folds = split.folds(messages, FOLDS)
    found: list[Labelled] = []
    looks: list[Look] = []
    for at in range(FOLDS):
        some = [m for m in messages if folds[m.id] == at]
        others = [m for m in messages if folds[m.id] != at]
        authors = sorted({m.author for m in some})
        log_line.info("unseen authors, fold %d of %d: %s", at + 1, FOLDS, ", ".join(authors))
        found += some
        looks += _looks(some, others, kept)
    return Unseen(found, looks)


def _looks(some: list[Labelled], others: list[Labelled], kept: Path) -> list[Look]:
    settings = (tune.EPOCHS, tune.RATE, tune.FIVE, STRENGTH, GATE_STRENGTH)
    file = kept / f"{_name([*others, *some])}-{split.digest(repr(settings))}.json"
    if file.exists():
        return [Look(*row) for row in json.loads(file.read_text(encoding="ascii"))]
    linear = _fit(others)
    with tempfile.TemporaryDirectory() as folder:
        tune.tune(others, Path(folder))
        encoder = Encoder(Path(folder) / "encoder.onnx", Path(folder) / "tokenizer.json")
        looks = [_look(linear, encoder, m) for m in some]
    kept.mkdir(parents=True, exist_ok=True)
    rows = [(look.gate, list(look.linear), list(look.encoder)) for look in looks]
    file.write_text(json.dumps(rows), encoding="ascii")
    return looks


def _look(linear: Model, encoder: Encoder, message: Labelled) -> Look:
    reading = read(message.text)
    words = of_words(reading.tokens)
    return Look(
        linear.gate.score(words) + linear.gate_bias,
        linear.outputs(words, of_characters(reading.tokens)),
        encoder.outputs(reading.own),
    )


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
        stack=(1.0, 1.0, 0.0),
        wide=0.0,
        doubt=0.5,
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


def _gate_and_stack(unseen: Unseen) -> dict[str, Any]:
    """The first gate's threshold, and the weights that make both models one probability."""
    gates = np.array([look.gate for look in unseen.looks])
    traps = np.sort(gates[unseen.is_trap])
    first = np.array([(look.linear[0], look.encoder[0]) for look in unseen.looks])
    fit = LogisticRegression(C=1e6, solver="liblinear", tol=1e-8).fit(
        first, unseen.is_trap, sample_weight=unseen.weights * len(unseen.messages)
    )
    a, b = (round(float(w), 4) for w in fit.coef_[0])
    return {
        "gate_threshold": _grid(traps[int((1 - FIRST_GATE_RECALL) * len(traps))]),
        "stack": (a, b, round(float(fit.intercept_[0]), 4)),
    }


def thresholds(model: Model, unseen: Unseen, cues: Cues, encoder_folder: Path) -> Model:
    """The model with its three thresholds on the probability.

    What the phrase lists keep quiet can't be spoken to, whatever its score, and does not count.
    """
    encoder = Encoder(encoder_folder / "encoder.onnx", encoder_folder / "tokenizer.json")
    judged = unseen.judged(OfflineDetector(replace(model, wide=0.0), encoder, cues))
    scores = sorted((j.verdict.score for j in judged if j.is_trap), reverse=True)
    wide = scores[int(GATE_RECALL * len(scores))]
    return replace(
        model,
        wide=round(wide - 5e-5, 4),
        doubt=_balance(judged),
        send=_send(judged),
    )


def _balance(judged: Sequence[Judged]) -> float:
    """The probability with the best F1 on traps and look-alikes."""
    some = [j for j in judged if j.message.group != "ordinary"]
    steps = [n / 100 for n in range(1, 100)]
    return max(steps, key=lambda at: (measure.plain(some, measure.likely(at))[2], at))


def _send(judged: Sequence[Judged]) -> float:
    """The lowest probability from which on precision at the mix is ``SEND_PRECISION``, and its
    interval ends above ``SEND_PRECISION_AT_LEAST``."""
    good = [at for at, precision, _ in measure.curve(judged) if precision >= SEND_PRECISION]
    for at in reversed(good):
        if measure.precision_at_mix(judged, measure.likely(at)).low >= SEND_PRECISION_AT_LEAST:
            return round(at, 4)
    raise ValueError("no threshold reaches the wanted precision on unseen authors")


def learning_curve(messages: list[Labelled]) -> Iterator[tuple[int, float]]:
    """(messages learnt from, average precision) of the linear model alone on unseen authors, for
    an eighth, a quarter, a half and all of the other authors' messages."""
    folds = split.folds(messages, FOLDS)
    for part in (8, 4, 2, 1):
        judged: list[tuple[float, str]] = []
        size = 0
        for at in range(FOLDS):
            others = [
                m
                for m in messages
                if folds[m.id] != at and int(split.digest(m.pair or m.id), 16) % part == 0
            ]
            size += len(others)
            model = _fit(others)
            for m in messages:
                if folds[m.id] == at:
                    tokens = read(m.text).tokens
                    score = model.outputs(of_words(tokens), of_characters(tokens))[0]
                    judged.append((score, m.group))
        yield size // FOLDS, measure.weighted_average_precision(judged, measure.HALF)


def _grid(value: Any) -> float:
    return float(rounded([float(value)])[0])


def _name(messages: list[Labelled]) -> str:
    digest = hashlib.sha256()
    for m in messages:
        digest.update(f"{m.id}\t{m.text}\t{m.trap}\t{m.also}\n".encode())
    return f"offline-{digest.hexdigest()[:10]}"
