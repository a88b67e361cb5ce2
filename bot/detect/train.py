"""Trains the offline detector from the corpus (``make train``).

Weights of the two models and all thresholds come from scores on authors that the models had not
seen, weighted to the mix of a real channel: 5 % traps, 25 % hard look-alikes, 70 % ordinary talk.
That is the development set, with the authors of ``tests/corpus/dev`` in it, whom no model has
seen; ``tests/corpus/test`` is never read here. The linear solver is
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
from scipy.sparse import csr_matrix, diags, hstack
from sklearn.linear_model import LogisticRegression

from bot.core.model import Trap, Verdict
from bot.detect import measure, split, tune
from bot.detect.corpus import Labelled
from bot.detect.encoder import Encoder
from bot.detect.features import of_characters, of_words
from bot.detect.linear import STEP, Block, Model, rounded
from bot.detect.measure import MIX, Judged
from bot.detect.offline import Look, OfflineDetector
from bot.detect.reading import read

SEND_PRECISION = 0.90
SEND_PRECISION_AT_LEAST = 0.80  # the lower end of its 95 % interval
GATE_RECALL = 0.97
FIRST_GATE_RECALL = 0.99  # what is lost there is lost for the second gate too
STRENGTH = 6.0  # inverse of the regularisation; these were chosen on unseen authors
FIVE_STRENGTH = 15.0
TELLING = 0.7  # 0: a plain linear model, 1: all of the naive Bayes ratio
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


def train(
    messages: list[Labelled], held_out: list[Labelled], cues: Cues, into: Path, kept: Path
) -> tuple[Model, Unseen]:
    """The detector learnt from all messages, with thresholds from unseen authors.

    Args:
        messages: the labelled corpus. held_out: more authors, for the thresholds alone.
        cues: the phrase lists that keep the detector quiet.
        into: the folder that gets ``encoder.onnx`` and ``tokenizer.json``.
        kept: a folder for scores of folds that are done, so that a broken run goes on.

    Returns:
        The linear model with all thresholds, and the scores that these were chosen on.
    """
    folds = score_unseen(messages, kept)
    log_line.info("all authors: tuning the encoder that ships")
    tune.tune(messages, into)
    return settle(messages, held_out, folds, cues, into)


def settle(
    messages: list[Labelled], held_out: list[Labelled], folds: Unseen, cues: Cues, encoder: Path
) -> tuple[Model, Unseen]:
    """The linear model and all thresholds, once the encoder is there.

    Args:
        messages, held_out, cues: as for ``train``. folds: from ``score_unseen``.
        encoder: the folder of the encoder that was tuned on ``messages``.
    """
    linear = _fit(messages)
    reader = Encoder(encoder / "encoder.onnx", encoder / "tokenizer.json")
    looks = [_look(linear, m, reader.outputs(read(m.text).own)) for m in held_out]
    unseen = Unseen(folds.messages + held_out, folds.looks + looks)
    return thresholds(replace(linear, **_gate_and_stack(unseen)), unseen, cues, reader), unseen


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
    linear = _fit(others)
    encoded = zip(some, _encoded(some, others, kept), strict=True)
    return [_look(linear, message, outputs) for message, outputs in encoded]


def _look(linear: Model, message: Labelled, encoder: Sequence[float]) -> Look:
    tokens = read(message.text).tokens
    return Look(linear.outputs(of_words(tokens), of_characters(tokens)), encoder)


def _encoded(some: list[Labelled], others: list[Labelled], kept: Path) -> list[Sequence[float]]:
    """What an encoder tuned on the others says of some; read from a file if it was here before."""
    settings = (tune.EPOCHS, tune.RATE, tune.FIVE)
    file = kept / f"{_name([*others, *some])}-{split.digest(repr(settings))}.json"
    if file.exists():
        rows: list[Sequence[float]] = json.loads(file.read_text(encoding="ascii"))
        return rows
    with tempfile.TemporaryDirectory() as folder:
        tune.tune(others, Path(folder))
        encoder = Encoder(Path(folder) / "encoder.onnx", Path(folder) / "tokenizer.json")
        rows = [encoder.outputs(read(m.text).own) for m in some]
    kept.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(rows), encoding="ascii")
    return rows


def _fit(messages: list[Labelled]) -> Model:
    tokens = [read(m.text).tokens for m in messages]
    any_trap = np.array([m.trap is not None for m in messages])
    word_index, word_rarity = _vocabulary(tokens, of_words)
    character_index, character_rarity = _vocabulary(tokens, of_characters)
    words = _matrix(tokens, of_words, word_index, word_rarity)
    characters = _matrix(tokens, of_characters, character_index, character_rarity)
    both = hstack([words, characters]).tocsr()

    outputs = [_telling(STRENGTH, both, any_trap)]
    of_traps = np.flatnonzero(any_trap)
    for trap in Trap:
        shows = np.array([trap in (m.trap, *m.also) for m in messages])
        outputs.append(_plain(FIVE_STRENGTH, both[of_traps], shows[of_traps]))
    weights = np.vstack([o[0] for o in outputs]).T
    split = len(word_index)
    return Model(
        name=_name(messages),
        words=_block(word_index, word_rarity, weights[:split]),
        characters=_block(character_index, character_rarity, weights[split:]),
        bias=tuple(_grid(o[1]) for o in outputs),
        gate=-100.0,
        stack=(1.0, 1.0, 0.0),
        wide=0.0,
        doubt=0.5,
        send=1.0,
    )


def _block(index: dict[str, int], rarity: Any, weights: Any) -> Block:
    return Block(index, rounded(rarity), rounded(weights.ravel()), weights.shape[1])


def _telling(strength: float, values: Any, shows: Any) -> tuple[Any, float]:
    """Weights and offset, where features count the more, the more they tell of the label by
    themselves (after Wang & Manning 2012, naive Bayes features in a linear model)."""
    held = values > 0
    yes = np.asarray(held[shows].sum(axis=0)).ravel() + 1.0
    no = np.asarray(held[~shows].sum(axis=0)).ravel() + 1.0
    telling = np.abs(np.log(yes / yes.sum()) - np.log(no / no.sum())) ** TELLING
    weights, offset = _plain(strength, values @ diags(telling), shows)
    return weights * telling, offset


def _plain(strength: float, values: Any, shows: Any) -> tuple[Any, float]:
    model = LogisticRegression(
        C=strength, solver="liblinear", class_weight="balanced", tol=1e-6, max_iter=1_000
    ).fit(values, shows)
    return model.coef_[0], float(model.intercept_[0])


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
    first = np.array([(look.linear[0], look.encoder[0]) for look in unseen.looks])
    fit = LogisticRegression(C=1e6, solver="liblinear", tol=1e-8).fit(
        first, unseen.is_trap, sample_weight=unseen.weights * len(unseen.messages)
    )
    traps = np.sort(first[unseen.is_trap, 0])
    a, b = (round(float(w), 4) for w in fit.coef_[0])
    return {
        "gate": _grid(traps[int((1 - FIRST_GATE_RECALL) * len(traps))]) - STEP,
        "stack": (a, b, round(float(fit.intercept_[0]), 4)),
    }


def thresholds(model: Model, unseen: Unseen, cues: Cues, encoder: Encoder) -> Model:
    """The model with its three thresholds on the probability.

    What the phrase lists keep quiet can't be spoken to, whatever its score, and does not count.
    """
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


def compared(unseen: Unseen) -> Iterator[tuple[str, float, float]]:
    """(model, average precision, recall at ``SEND_PRECISION``) of each half and of both, on authors
    that they had not seen: what the choice of the detector rests on."""
    first = np.array([(look.linear[0], look.encoder[0]) for look in unseen.looks])
    level = (first - first.mean(axis=0)) / first.std(axis=0)
    both = level.sum(axis=1)
    for name, score in (("linear", level[:, 0]), ("encoder", level[:, 1]), ("their mean", both)):
        chance = 1.0 / (1.0 + np.exp(-score))
        judged = [
            Judged(m, Verdict(None, float(c), suspicious=True, sure=False, detector=name))
            for m, c in zip(unseen.messages, chance, strict=True)
        ]
        good = [
            share for _, precision, share in measure.curve(judged) if precision >= SEND_PRECISION
        ]
        yield name, measure.average_precision(judged), max(good, default=0.0)


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
