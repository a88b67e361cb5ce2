"""Trains the offline detector from the corpus (``make train``).

Stacking weights and thresholds come from out-of-fold scores on the corpus, and from scores on the
authors of ``tests/corpus/dev``, whom no model was trained on. ``tests/corpus/test`` is never read.
Needs the extras ``train`` and ``tune``; running the detector needs neither.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from pathlib import Path

from bot.detect.encoder import Encoder
from bot.detect.linear import LinearModel
from bot.detect.preprocess import clean_text
from bot.evaluation.corpus import LabeledMessage
from bot.training.fine_tune import fine_tune_encoder
from bot.training.linear_fit import fit_linear_model
from bot.training.out_of_fold import UnseenScores, model_scores, score_out_of_fold
from bot.training.thresholds import set_thresholds, stack

log = logging.getLogger(__name__)

Cues = Mapping[str, Sequence[str]]


def train(
    messages: list[LabeledMessage],
    held_out: list[LabeledMessage],
    cues: Cues,
    output_folder: Path,
    cache_folder: Path,
) -> tuple[LinearModel, UnseenScores]:
    """Train the detector on all messages, with thresholds from unseen authors.

    Args:
        messages: the labeled corpus.
        held_out: messages of further authors, for the thresholds alone.
        cues: the phrase lists that keep the detector quiet.
        output_folder: gets ``encoder.onnx`` and ``tokenizer.json``.
        cache_folder: keeps the scores of finished folds, to resume an aborted run.

    Returns:
        The linear model with all thresholds, and the scores that these were chosen on.
    """
    out_of_fold = score_out_of_fold(messages, cache_folder)
    log.info("all authors: tuning the encoder that ships")
    fine_tune_encoder(messages, output_folder)
    return fit_and_calibrate(messages, held_out, out_of_fold, cues, output_folder)


def fit_and_calibrate(
    messages: list[LabeledMessage],
    held_out: list[LabeledMessage],
    out_of_fold: UnseenScores,
    cues: Cues,
    encoder_folder: Path,
) -> tuple[LinearModel, UnseenScores]:
    """Fit the linear model and choose all thresholds, given a tuned encoder.

    Args:
        messages, held_out, cues: see ``train``.
        out_of_fold: from ``score_out_of_fold``.
        encoder_folder: holds the encoder that was tuned on ``messages``.
    """
    linear = fit_linear_model(messages)
    encoder = Encoder(encoder_folder / "encoder.onnx", encoder_folder / "tokenizer.json")
    held_out_scores = [
        model_scores(linear, m, encoder.logits(clean_text(m.text).author_text)) for m in held_out
    ]
    unseen = UnseenScores(out_of_fold.messages + held_out, out_of_fold.scores + held_out_scores)
    return set_thresholds(stack(linear, unseen), unseen, cues, encoder), unseen
