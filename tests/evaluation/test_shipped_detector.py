"""The shipped detector on text that it has not learned from: the figures that README promises."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.detect.offline import OfflineDetector
from bot.evaluation import metrics, runner
from bot.evaluation.corpus import read_messages
from bot.evaluation.metrics import Scored
from tests.shipped import shipped_playbook

CORPUS = Path("tests/corpus")


@pytest.fixture(scope="module")
def unseen() -> list[Scored]:
    detector = OfflineDetector.shipped(shipped_playbook().cues)
    return list(runner.score_offline(detector, read_messages(CORPUS / "unseen")))


def test_it_is_right_in_whole_channels(unseen: list[Scored]) -> None:
    """At natural prevalence, a false nag being worse than ten misses."""
    in_channels = [s for s in unseen if s.message.channel]

    precision, recall, _ = metrics.unweighted_scores(in_channels, metrics.speaks)
    assert precision >= 0.92
    assert recall >= 0.40
    assert metrics.plain_average_precision(in_channels) >= 0.70


def test_it_is_right_on_spoken_sentences(unseen: list[Scored]) -> None:
    spoken = [s for s in unseen if s.message.author == "lotus"]

    precision, recall, _ = metrics.unweighted_scores(spoken, metrics.speaks)
    assert precision >= 0.95
    assert recall >= 0.50


def test_it_names_the_right_trap(unseen: list[Scored]) -> None:
    named = [s for s in unseen if s.is_trap and s.verdict.sure]

    assert metrics.share(named, lambda s: s.trap_is_right) >= 0.97


def test_the_traps_of_unseen_authors_are_candidates(unseen: list[Scored]) -> None:
    traps = [s for s in unseen if s.is_trap]

    assert metrics.share(traps, lambda s: s.verdict.suspicious) >= 0.97
