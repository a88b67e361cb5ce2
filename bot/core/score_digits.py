"""How a score and a threshold are shown beside each other."""

from __future__ import annotations

_FEWEST, _MOST = 2, 4


def score_and_threshold(score: float, threshold: float) -> tuple[str, str]:
    """Return both with as many digits as it takes to see which is higher: 0.7339 and 0.7340."""
    digits = _FEWEST
    while digits < _MOST and f"{score:.{digits}f}" == f"{threshold:.{digits}f}":
        digits += 1
    return f"{score:.{digits}f}", f"{threshold:.{digits}f}"
