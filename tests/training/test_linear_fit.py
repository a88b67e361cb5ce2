"""The linear model: fitting is repeatable, and the shipped one fits the corpus."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.core.model import Trap
from bot.detect.features import character_features, word_features
from bot.detect.linear import MODEL_FILE, LinearModel
from bot.evaluation.corpus import LabeledMessage, playbook_examples, read_messages
from bot.training.linear_fit import fit_linear_model, model_name
from tests.shipped import shipped_playbook

CORPUS = Path("tests/corpus")


@pytest.fixture(scope="module")
def examples() -> list[LabeledMessage]:
    """The playbook's examples: a small set with all five traps."""
    return playbook_examples(shipped_playbook().traps.values())


def test_the_shipped_model_was_trained_on_this_corpus(examples: list[LabeledMessage]) -> None:
    assert LinearModel.load(MODEL_FILE).name == model_name([*read_messages(CORPUS), *examples])


def test_fitting_is_repeatable(examples: list[LabeledMessage]) -> None:
    assert fit_linear_model(examples) == fit_linear_model(examples)


def test_a_fitted_model_separates_its_training_messages(examples: list[LabeledMessage]) -> None:
    model = fit_linear_model(examples)
    right = 0
    for message in examples:
        tokens = tuple(message.text.lower().split())
        logits = model.logits(word_features(tokens), character_features(tokens))
        right += (logits[0] > 0) == (message.trap is not None)

    assert len(model.bias) == 1 + len(Trap)
    assert right / len(examples) > 0.95


def test_a_saved_model_is_the_same_file(tmp_path: Path) -> None:
    LinearModel.load(MODEL_FILE).save(tmp_path / "model.json")

    assert (tmp_path / "model.json").read_bytes() == MODEL_FILE.read_bytes()
