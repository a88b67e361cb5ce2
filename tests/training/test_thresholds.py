"""Stacking and thresholds, on synthetic scores of unseen authors."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.core.model import Trap
from bot.detect.encoder import Encoder
from bot.detect.linear import MODEL_FILE, LinearModel
from bot.detect.offline import ModelScores, OfflineDetector
from bot.evaluation import metrics
from bot.evaluation.corpus import LabeledMessage
from bot.training import thresholds
from bot.training.unseen import UnseenScores
from tests.shipped import shipped_playbook

SIZE = 1_000  # fewer would leave the interval of the precision too wide
LINEAR_SHIFT = 2.0


def unseen_scores(separation: float) -> UnseenScores:
    """Return traps, look-alikes and ordinary talk whose logits overlap less the further apart."""
    messages, scores = [], []
    for kind, trap, shift in (
        ("trap", Trap.BLAME, separation),
        ("fact", None, 0.0),
        ("logistics", None, -1.0),
    ):
        for n in range(SIZE):
            logit = shift + 4 * n / SIZE - 2
            text = "They signed nothing and it is their fault."
            message_id = f"{kind}-{n}"
            messages.append(LabeledMessage(message_id, text, (), trap, (), kind, "author", None))
            others = [0.0] * len(Trap)
            scores.append(ModelScores([logit - LINEAR_SHIFT, *others], [logit, *others]))
    return UnseenScores(messages, scores)


@pytest.fixture(scope="module")
def model() -> LinearModel:
    return LinearModel.load(MODEL_FILE)


def test_prefilter_keeps_99_percent_of_traps(model: LinearModel) -> None:
    unseen = unseen_scores(separation=4)
    threshold = thresholds.stack(model, unseen).prefilter_threshold
    kept = [
        s.linear[0] >= threshold
        for m, s in zip(unseen.messages, unseen.scores, strict=True)
        if m.trap
    ]

    assert sum(kept) / len(kept) >= thresholds.PREFILTER_RECALL


def test_thresholds_reach_their_goals(model: LinearModel) -> None:
    unseen, cues = unseen_scores(separation=3), shipped_playbook().cues
    fitted = thresholds.set_thresholds(thresholds.stack(model, unseen), unseen, cues, Encoder())
    scored = unseen.decide(OfflineDetector(fitted, Encoder(), cues))
    traps = [s for s in scored if s.is_trap]

    assert 0 < fitted.candidate_threshold < fitted.speak_threshold < 1
    assert 0 < fitted.judge_threshold < fitted.speak_threshold
    assert metrics.share(traps, lambda s: s.verdict.suspicious) >= thresholds.CANDIDATE_RECALL
    precision = metrics.precision_at_mix(scored, metrics.speaks)
    assert precision.value >= thresholds.SPEAK_PRECISION
    assert precision.low >= thresholds.MIN_SPEAK_PRECISION


def test_no_threshold_is_an_error(model: LinearModel) -> None:
    unseen, cues = unseen_scores(separation=-4), shipped_playbook().cues

    with pytest.raises(ValueError, match="no threshold reaches"):
        thresholds.set_thresholds(
            replace(model, prefilter_threshold=-100.0), unseen, cues, Encoder()
        )
