"""Outside data: pages are dealt to parts as wholes, and what is missing is named."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bot.core.model import Trap
from bot.flows.errors import CorpusError
from bot.training.dataset import REAL_SENTENCE_WEIGHT, read_dataset, training_weight
from bot.training.outside_data import Part, part_of_page, read_outside_data, write_part

PAGES = [f"https://forum.example/{n}" for n in range(40)]


def write(path: Path, rows: list[dict[str, object]]) -> None:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Forty pages of three sentences each, one of them a trap and one a doubtful trap; and chat."""
    labels = (("blame", 3), ("none", 3), ("labelling", 1))
    sentences: list[dict[str, object]] = [
        {"id": f"{p}-{n}", "text": f"{n} {p}", "trap": trap, "conf": conf, "source": p}
        for p in PAGES
        for n, (trap, conf) in enumerate(labels)
    ]
    write(tmp_path / "real_dev.jsonl", sentences)
    chat: list[dict[str, object]] = [
        {"id": f"c{n}", "text": f"line {n}", "source": "gitter"} for n in range(100)
    ]
    write(tmp_path / "chat.jsonl", chat)
    return tmp_path


def test_a_page_is_in_one_part(folder: Path) -> None:
    found = read_outside_data(folder)

    pages = [{m.source for m in messages} for messages in found.sentences.values()]
    assert all(pages)
    assert sum(map(len, pages)) == len(set().union(*pages)) == len(PAGES)
    assert sum(map(len, found.chat.values())) == 100
    assert not found.chat[Part.ONCE]
    assert found.missing == ["real_natural.jsonl"]


def test_a_thread_is_a_page_whatever_its_title() -> None:
    first, second = (f"https://www.reddit.com/r/sales/comments/1abc2/{t}/" for t in ("a", "b"))

    assert part_of_page(first) is part_of_page(second)


def test_without_a_folder_all_is_missing() -> None:
    found = read_outside_data(None)

    assert list(found.missing) == ["chat.jsonl", "real_dev.jsonl", "real_natural.jsonl"]
    assert not any(found.sentences.values())


def test_an_invalid_file_is_named(folder: Path) -> None:
    write(folder / "real_natural.jsonl", [{"id": "1", "text": "x"}])

    with pytest.raises(CorpusError, match=r"real_natural\.jsonl, line 1"):
        read_outside_data(folder)


def test_doubtful_traps_are_not_learned_and_real_sentences_weigh_more(folder: Path) -> None:
    data = read_dataset([], folder)

    real = [m for m in data.outside if m.is_real and m.author in PAGES]
    assert {m.trap for m in real} == {Trap.BLAME, None}
    assert {training_weight(m) for m in real} == {REAL_SENTENCE_WEIGHT}
    assert {training_weight(m) for m in data.own} == {1.0}
    assert {training_weight(m) for m in data.chat} == {1.0}
    assert {m.source for m in data.real_development}.isdisjoint(m.source for m in real)


def test_a_part_can_be_written_out(folder: Path, tmp_path: Path) -> None:
    write(folder / "real_natural.jsonl", [])
    count = write_part(folder, Part.ONCE, tmp_path / "once.jsonl")

    rows = [json.loads(line) for line in (tmp_path / "once.jsonl").read_text().splitlines()]
    assert len(rows) == count > 0
    assert {part_of_page(row["source"]) for row in rows} == {Part.ONCE}
