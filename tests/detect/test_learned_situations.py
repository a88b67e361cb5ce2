"""The models that read situations: the thresholds, the file, and what the shipped ones do."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from bot.core.coach import Coach
from bot.detect.encoder import load_shipped_encoder
from bot.detect.learned_situations import (
    MODEL_FILE,
    LearnedSituations,
    SituationThresholds,
    load_learned_situations,
    shipped_reader,
)
from bot.detect.meaning_model import embedding_features
from bot.detect.preprocess import clean_text
from bot.evaluation.corpus import read_messages
from bot.evaluation.situation_labels import read_situations
from tests.shipped import shipped_playbook

CORPUS = Path("tests/corpus")
LARGEST_BYTES = 300_000


@pytest.fixture(scope="module")
def model() -> LearnedSituations:
    return load_learned_situations()


@pytest.mark.parametrize(
    ("score", "cued", "certain"),
    [(4.9, False, False), (5.0, False, True), (2.9, True, False), (3.0, True, True)],
)
def test_a_phrase_lowers_what_is_needed(score: float, cued: bool, certain: bool) -> None:
    thresholds = SituationThresholds(certain=5.0, certain_if_cued=3.0)

    assert thresholds.is_certain(score, cued=cued) is certain


def test_no_threshold_no_certainty() -> None:
    thresholds = SituationThresholds()

    assert not thresholds.is_certain(100.0, cued=True)
    assert not thresholds.is_certain(100.0, cued=False)
    assert not thresholds.is_possible(100.0)


def test_phrases_of_what_no_model_knows_stand(model: LearnedSituations) -> None:
    """The security list has too few examples to be learned, so it decides alone."""
    scores = dict.fromkeys(model.thresholds, 0.0)
    reading = model.read(scores, ["security", "price"])

    assert "security" not in model.thresholds
    assert reading.certain == {"security"}


def test_what_a_phrase_shows_of_a_frame_stays_in_doubt(model: LearnedSituations) -> None:
    scores = dict.fromkeys(model.thresholds, 0.0)

    assert model.read(scores, []).possible == frozenset()
    assert model.read({**scores, "lost": 4.0}, []).possible == {"lost"}
    assert model.read({**scores, "lost": 9.0}, []).certain == {"lost"}


def test_the_file_holds_the_model(model: LearnedSituations, tmp_path: Path) -> None:
    """Saved and loaded, the same bytes; and small enough to ship."""
    model.save(tmp_path / "again.json")

    assert (tmp_path / "again.json").read_bytes() == MODEL_FILE.read_bytes()
    assert MODEL_FILE.stat().st_size <= LARGEST_BYTES


def test_each_layer_counts_the_same() -> None:
    features = embedding_features(
        np.array([3.0, 4.0, 0.0, 0.5], np.float32), np.zeros(4, np.float32)
    )

    assert features.tolist() == pytest.approx([0.4243, 0.5657, 0.0, 0.7071], abs=1e-4)


def test_the_encoder_reads_a_message_once() -> None:
    """What was judged costs nothing to read again: the same output, not another one."""
    encoder = load_shipped_encoder()
    text = clean_text("They owe us an answer after that pilot.").author_text

    assert encoder.read(text) is encoder.read(text)
    assert encoder.logits(text) == list(encoder.read(text).logits)


@pytest.mark.parametrize(
    ("text", "certain", "not_certain"),
    [
        ("He is a liar, he told me on the phone he had signed it himself.", "named_person", "lost"),
        ("They went with someone else, after all we did for them.", "lost", "general"),
        (
            "Every customer I ever had was a cheapskate, that's just how people are.",
            "general",
            "lost",
        ),
    ],
)
def test_plain_cases(text: str, certain: str, not_certain: str) -> None:
    cued = ["lost"] if "went with" in text else []
    reading = shipped_reader()(text, cued)

    assert certain in reading.certain
    assert not_certain not in reading.certain


def test_what_is_certain_is_right_on_unseen_authors() -> None:
    """Of what the models add to the phrases, nine in ten are right on authors nobody trained on."""
    messages = [m for f in ("dev", "unseen", "test") for m in read_messages(CORPUS / f)]
    labels = read_situations(CORPUS / "situations/measure.jsonl", messages)
    reader, known = shipped_reader(), load_learned_situations().thresholds
    added = [
        name in x.situations
        for x in labels
        for name in reader(x.message.text, []).certain
        if name in known
    ]

    assert len(added) >= 80
    assert sum(added) >= 0.9 * len(added)


ASKED = CORPUS / "situations/asked"


@pytest.mark.parametrize(
    ("asks", "fewest"), [(ASKED / "dev.jsonl", 39), (ASKED / "unseen/asks.jsonl", 34)]
)
def test_asks_are_understood_as_sellers_type_them(asks: Path, fewest: int) -> None:
    """What a seller asks about comes first, so the answer is about that."""
    coach = Coach(shipped_playbook(), 30.0, shipped_reader())
    rows = [json.loads(line) for line in asks.read_text("utf-8").splitlines()]
    missed = {
        row["text"]: row["situation"]
        for row in rows
        if coach.find_asked_situations(row["text"])[:1] != [row["situation"]]
    }

    assert len(rows) - len(missed) >= fewest, missed
