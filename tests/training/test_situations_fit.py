"""How thresholds are chosen, and that authors stay apart."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from bot.core.model import Trap
from bot.detect.encoder import load_shipped_encoder
from bot.evaluation.corpus import LabeledMessage
from bot.evaluation.situation_labels import SituationLabels, read_situations
from bot.flows.errors import CorpusError
from bot.training.situations_fit import fit_situations, highest_ruling_out, lowest_precise


def labeled(name: str, text: str, author: str, *situations: str) -> SituationLabels:
    message = LabeledMessage(name, text, (), Trap.BLAME, (), "trap", author, None)
    return SituationLabels(message, frozenset(situations))


def test_the_lowest_score_that_is_precise() -> None:
    """19 of 20 right is enough, and a run of wrong ones below ends it."""
    scores = np.arange(30.0, 0.0, -1.0)
    shows = np.array([True] * 7 + [False] + [True] * 12 + [False] * 10)

    assert lowest_precise(scores, shows, fewest_right=5) == 11.0


def test_too_few_right_ones_are_luck() -> None:
    scores, shows = np.array([3.0, 2.0, 1.0]), np.array([True, True, False])

    assert lowest_precise(scores, shows, fewest_right=2) == 2.0
    assert lowest_precise(scores, shows, fewest_right=3) is None


def test_ruled_out_below() -> None:
    """One in 25 may be wrong below the threshold."""
    scores = np.arange(50.0)
    shows = np.array([False] * 30 + [True] + [False] * 9 + [True] * 10)

    assert highest_ruling_out(scores, shows) == 39.0


def test_a_situation_that_words_show_is_learned() -> None:
    """Six authors, each with messages that show it and messages that don't."""
    rows = [
        labeled(f"{a}-{n}", f"{text} number {n}", a, *found)
        for a in ("ada", "ben", "cleo", "dan", "eve", "finn")
        for n in range(8)
        for text, found in (
            ("they signed with another supplier and the deal is over", ["lost"]),
            ("he keeps asking for one more slide before friday", []),
        )
    ]
    model = fit_situations(rows, load_shipped_encoder(), lambda text: [])
    thresholds = model.thresholds["lost"]

    assert list(model.thresholds) == ["lost"]
    assert thresholds.certain is not None
    assert thresholds.possible is not None
    assert 0.0 < thresholds.certain <= 8.0


@pytest.mark.parametrize(
    "line",
    ["no json", '{"id": "unknown", "frame": "live", "tags": []}', '{"id": "a-1", "frame": "live"}'],
)
def test_a_wrong_line_is_named(tmp_path: Path, line: str) -> None:
    file = tmp_path / "labels.jsonl"
    file.write_text(f'{{"id": "a-1", "frame": "over", "tags": ["demo"]}}\n{line}\n', "utf-8")
    messages = [labeled("a-1", "text", "a").message]

    with pytest.raises(CorpusError, match=r"labels\.jsonl, line 2"):
        read_situations(file, messages)
