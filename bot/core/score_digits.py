"""How a score and a threshold are shown beside each other: as percentages, as people say them."""

from __future__ import annotations

_MOST = 2


def score_and_threshold(score: float, threshold: float) -> tuple[str, str]:
    """Return both with as many digits as it takes to see which is higher: 73.39% and 73.40%.

    Nobody is 0% or 100% sure: that is less than 1%, and more than 99%.
    """
    digits = 0
    while digits < _MOST and f"{score:.{digits}%}" == f"{threshold:.{digits}%}":
        digits += 1
    return _percentage(score, digits), f"{threshold:.{digits}%}"


def _percentage(score: float, digits: int) -> str:
    if not digits and score < 0.005:
        return "less than 1%"
    if not digits and score >= 0.995:
        return "more than 99%"
    return f"{score:.{digits}%}"
