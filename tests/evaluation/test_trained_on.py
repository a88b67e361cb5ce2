"""An evaluation knows which texts the shipped detector learned from."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.evaluation import trained_on as subject
from bot.evaluation.corpus import read_messages

LONG = "They never told us who else signs."


def test_the_training_texts_are_known_and_the_test_texts_are_not() -> None:
    learned = [m.text for m in read_messages(Path("tests/corpus")) if len(m.text) >= 20]
    held_out = [
        m.text
        for folder in ("test", "dev", "unseen")
        for m in read_messages(Path("tests/corpus") / folder)
    ]

    assert subject.trained_on(learned) == len(learned)
    assert subject.trained_on(held_out) <= 0.002 * len(held_out)  # what two people happen to write


def test_case_and_blanks_make_no_difference(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "hashes"
    subject.write_trained_on([LONG, "ok"], path)
    monkeypatch.setattr(subject, "HASHES_FILE", path)
    subject._known.cache_clear()

    assert subject.trained_on([f"  {LONG.upper()}", LONG.replace(" ", "\n"), "ok", LONG[1:]]) == 2
    assert path.stat().st_size == 5  # the short one is left out
    subject._known.cache_clear()
