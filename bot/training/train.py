"""Trains the offline detector (``make train``).

Needs the extras ``train`` and ``tune``; running the detector needs neither.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from pathlib import Path

from bot.detect.encoder import Encoder
from bot.detect.linear import LinearModel
from bot.training.dataset import Dataset
from bot.training.fine_tune import fine_tune_encoder
from bot.training.linear_fit import fit_linear_model, model_name
from bot.training.thresholds import set_thresholds, stack
from bot.training.unseen import UnseenScores, score_unseen

log = logging.getLogger(__name__)

Cues = Mapping[str, Sequence[str]]


def train(data: Dataset, cues: Cues, output_folder: Path) -> tuple[LinearModel, UnseenScores]:
    """Train both models, and choose the thresholds on authors and pages that they had not seen.

    Args:
        data: what to learn from, and what to choose on.
        cues: the phrase lists that keep the detector quiet.
        output_folder: gets ``encoder.onnx``, ``encoder.onnx.data``, and ``tokenizer.json``.

    Returns:
        The linear model with all thresholds, and the scores that these were chosen on.
    """
    log.info("tuning the encoder on %d messages", len(data.training))
    fine_tune_encoder(data.training, output_folder)
    return fit_and_calibrate(data, cues, output_folder)


def fit_and_calibrate(
    data: Dataset, cues: Cues, encoder_folder: Path
) -> tuple[LinearModel, UnseenScores]:
    """Fit the linear model and choose all thresholds, given a tuned encoder.

    Args:
        data, cues: see ``train``.
        encoder_folder: holds the encoder that was tuned on ``data.training``.
    """
    linear = fit_linear_model(data.training, name=model_name(data.own))
    encoder = Encoder(encoder_folder / "encoder.onnx", encoder_folder / "tokenizer.json")
    unseen = score_unseen(linear, encoder, data.unseen)
    return set_thresholds(stack(linear, unseen), unseen, cues, encoder), unseen
