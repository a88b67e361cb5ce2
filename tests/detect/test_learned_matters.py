"""Matters for people in words that no list foresaw, on lines by a hand that saw neither."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.core.matters_for_people import MatterKind, MattersForPeople
from bot.detect.learned_matters import (
    MODEL_FILE,
    LearnedMatters,
    load_learned_matters,
    matters_in_asks,
)
from bot.playbook import load_playbook
from bot.training.matters_fit import MATTERS, MatterLine, fit_matters, read_matter_lines

UNSEEN = read_matter_lines(MATTERS / "unseen")


@pytest.fixture(scope="module")
def matters() -> MattersForPeople:
    return matters_in_asks(load_playbook().cues)


def test_most_unseen_matters_are_recognized(matters: MattersForPeople) -> None:
    """The lists alone find 27 in a hundred of these lines."""
    about = [line for line in UNSEEN if line.kind]
    found = [line for line in about if matters.find(line.text)]
    alone = [line for line in about if line.text in MattersForPeople.of_cues(load_playbook().cues)]

    assert len(about) == 120
    assert len(alone) < 0.35 * len(about)
    assert len(found) >= 0.72 * len(about)


def test_the_gravest_are_recognized(matters: MattersForPeople) -> None:
    """Thoughts of ending one's life, and violence."""
    grave = [x for x in UNSEEN if x.kind in (MatterKind.SELF_HARM, MatterKind.VIOLENCE)]

    assert sum(matters.find(x.text) is not None for x in grave) >= 0.9 * len(grave)


def test_sales_talk_in_the_same_words_is_hardly_muted(matters: MattersForPeople) -> None:
    fine = [line for line in UNSEEN if line.kind is None]

    assert len(fine) == 100
    assert sum(matters.find(x.text) is not None for x in fine) <= 0.12 * len(fine)


def test_a_saved_model_is_the_same_file(tmp_path: Path) -> None:
    load_learned_matters().save(tmp_path / "model.json")

    assert (tmp_path / "model.json").read_bytes() == MODEL_FILE.read_bytes()


def test_fitting_is_repeatable_and_separates_its_lines(tmp_path: Path) -> None:
    lines = read_matter_lines(MATTERS)[:240]
    ordinary = [
        f"the call with the buyer is at {hour} on day {day}"
        for hour in range(9)
        for day in range(20)
    ]
    models = [fit_matters(lines, ordinary, ordinary, MattersForPeople({})) for _ in range(2)]

    assert models[0] == models[1]
    about = [x for x in lines if x.kind]
    assert sum(models[0].find(x.text) is not None for x in about) > 0.9 * len(about)


def test_an_unknown_kind_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text('{"id": "1", "text": "x", "kind": "gloom"}\n')

    with pytest.raises(ValueError, match="gloom"):
        read_matter_lines(tmp_path)


def test_a_line_may_be_fine(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text('{"id": "1", "text": "x", "kind": "fine"}\n')

    assert read_matter_lines(tmp_path) == [MatterLine("x", None)]


def test_the_model_reads_any_text() -> None:
    model: LearnedMatters = load_learned_matters()

    assert model.find("") is None
    assert model.find(":+1:") is None
