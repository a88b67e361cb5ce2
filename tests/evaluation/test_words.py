"""The scored replies: what readers have judged is not asked of them again."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bot.core.coach import Coach
from bot.core.model import Trap
from bot.core.playbook_model import Playbook
from bot.evaluation.corpus import LabeledMessage
from bot.evaluation.words import AskedQuestion, ask_all, read_scores, reading_sheet, words_tables
from bot.flows.errors import CorpusError

TEXTS = {
    "one": "They have sunk it all by themselves, as they always do.",
    "two": "Nothing moves and it is entirely on them, I did my part.",
    "three": "Customers are the problem, all of them, every time.",
    "four": "We missed the date ourselves and told them so.",
}


@pytest.fixture
def asked(playbook: Playbook) -> list[AskedQuestion]:
    traps = {name: Trap.BLAME if name != "four" else None for name in TEXTS}
    messages = [
        LabeledMessage(name, text, ("before",), traps[name], (), "", "a", None)
        for name, text in TEXTS.items()
    ]
    return ask_all(messages, Coach(playbook, 30.0))


def test_only_traps_are_asked_about_and_remarks_at_large_are_not(
    asked: list[AskedQuestion],
) -> None:
    assert [(a.message.id, a.question is None) for a in asked] == [
        ("one", False),
        ("two", False),
        ("three", True),
    ]


def test_the_share_that_fits_and_what_is_to_be_read(asked: list[AskedQuestion]) -> None:
    first = asked[0].question
    assert first is not None
    counts, unread = words_tables(asked, {("one", first.id): True, ("two", "another"): False})

    assert counts.rows == (
        ("fits", "1", "0.50"),
        ("doesn't fit", "0", "0.00"),
        ("not scored yet", "1", "0.50"),
        ("stays quiet", "1", ""),
    )
    assert [row[0] for row in unread.rows] == ["two"]


def test_two_readers_must_agree_that_a_reply_fits(tmp_path: Path) -> None:
    rows = [("m", "q", True), ("m", "q", False), ("m", "p", True)]
    lines = [json.dumps({"message_id": m, "question_id": q, "fits": f}) for m, q, f in rows]
    (tmp_path / "a.jsonl").write_text("\n".join(lines), "utf-8")

    assert read_scores(tmp_path) == {("m", "q"): False, ("m", "p"): True}


@pytest.mark.parametrize("row", ["{}", '{"message_id": "m", "question_id": "q", "fits": 1}', "-"])
def test_a_wrong_score_is_named(tmp_path: Path, row: str) -> None:
    (tmp_path / "a.jsonl").write_text(row, "utf-8")

    with pytest.raises(CorpusError, match=r"a\.jsonl, line 1"):
        read_scores(tmp_path)


def test_a_sheet_is_drawn_again_by_its_seed(asked: list[AskedQuestion]) -> None:
    sheet = reading_sheet(asked, 1, seed=4)

    assert sheet == reading_sheet(asked, 1, seed=4)
    assert sheet[0]["context"] == ["before"]
    assert {row["message_id"] for row in reading_sheet(asked, 9, seed=4)} == {"one", "two"}
