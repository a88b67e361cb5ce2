"""Chooses the stacking weights and the thresholds of the detector.

All are chosen on authors and pages that the models had not seen. Shares are weighted to the mix of
a real channel: 5 % traps, 25 % look-alikes, 70 % ordinary talk. Invented text flatters, so what the
detector speaks to also has to be rare in real chat.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
from threadpoolctl import threadpool_limits

from bot.detect.encoder import Encoder
from bot.detect.linear import STEP, LinearModel
from bot.detect.offline import OfflineDetector
from bot.evaluation import metrics
from bot.evaluation.metrics import Scored
from bot.training.linear_fit import round_value
from bot.training.unseen import UnseenScores

log = logging.getLogger(__name__)

PREFILTER_RECALL = 0.975  # a trap that is lost here is lost for good
CANDIDATE_RECALL = 0.97
SPEAK_PRECISION = 0.90
MIN_SPEAK_PRECISION = 0.80  # lower end of its 95 % interval
MAX_FALSE_ALARMS = 1.0  # per 1,000 lines of real chat, and of real sentences without a trap
DOOR_MARGIN = 0.5  # of a logit, below the lowest that a message to speak to has


def stack(model: LinearModel, unseen: UnseenScores) -> LinearModel:
    """Set the prefilter threshold, and the weights that combine both models' trap logits."""
    from sklearn.linear_model import LogisticRegression  # see bot.training.linear_fit

    logits = unseen.trap_logits
    fit = LogisticRegression(C=1e6, solver="liblinear", tol=1e-8)
    with threadpool_limits(1):  # see bot.training.linear_fit
        fit.fit(logits, unseen.is_trap, sample_weight=unseen.weights * len(unseen.messages))
    linear_logits_of_traps = np.sort(logits[unseen.is_trap, 0])
    lost = int((1 - PREFILTER_RECALL) * len(linear_logits_of_traps))
    a, b = (round(float(w), 4) for w in fit.coef_[0])
    return replace(
        model,
        prefilter_threshold=round_value(linear_logits_of_traps[lost]) - STEP,
        stacking_weights=(a, b, round(float(fit.intercept_[0]), 4)),
    )


def set_thresholds(
    model: LinearModel, unseen: UnseenScores, cues: Mapping[str, Sequence[str]], encoder: Encoder
) -> LinearModel:
    """Set the three thresholds on the probability, and the one for what is stored at all.

    Messages that the phrase lists keep quiet are left out: no score makes the bot speak there.
    """
    detector = OfflineDetector(replace(model, candidate_threshold=0.0), encoder, cues)
    scored = unseen.decide(detector)
    scores = sorted((s.verdict.score for s in scored if s.is_trap), reverse=True)
    candidate = scores[int(CANDIDATE_RECALL * len(scores))]
    speak = _speak_threshold(scored)
    spoken_to = [s.verdict.score >= speak for s in scored]
    lowest = min(unseen.trap_logits[spoken_to, 0])
    return replace(
        model,
        candidate_threshold=round(candidate - 5e-5, 4),
        judge_threshold=_best_f1_threshold(scored),
        speak_threshold=speak,
        door_threshold=max(model.prefilter_threshold, round_value(float(lowest) - DOOR_MARGIN)),
    )


def _best_f1_threshold(scored: Sequence[Scored]) -> float:
    """Return the probability with the best F1 on traps and look-alikes."""
    hard = [s for s in scored if s.message.group != "ordinary"]
    steps = [n / 100 for n in range(1, 100)]
    return max(
        steps, key=lambda t: (metrics.unweighted_scores(hard, metrics.scores_at_least(t))[2], t)
    )


def _speak_threshold(scored: Sequence[Scored]) -> float:
    """Return the lowest probability that reaches ``SPEAK_PRECISION`` at the mix, with an interval
    that starts at ``MIN_SPEAK_PRECISION`` or above, and raises no more than ``MAX_FALSE_ALARMS`` in
    real text.

    Without real text there may be too few messages for such an interval. Then it is the threshold
    whose interval starts highest.
    """
    real = [s for s in scored if s.message.is_real]
    precise = [t for t, p, _ in metrics.threshold_curve(scored) if p >= SPEAK_PRECISION]
    found: dict[float, float] = {}
    for threshold in reversed(precise):
        select = metrics.scores_at_least(threshold)
        found[threshold] = metrics.precision_at_mix(scored, select).low
        is_quiet = not real or metrics.false_alarm_rate(real, select).value <= MAX_FALSE_ALARMS
        if found[threshold] >= MIN_SPEAK_PRECISION and is_quiet:
            return round(threshold, 4)
    if real or not found:
        raise ValueError("no threshold reaches the required precision on unseen authors")
    log.warning("too few messages for the required interval of precision")
    return round(max(found.items(), key=lambda item: item[1])[0], 4)
