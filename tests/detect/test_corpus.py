"""What the corpus promises: enough of each kind, honest labels, a frozen test split, no twins."""

from __future__ import annotations

import hashlib
import json
from collections import Counter, defaultdict
from pathlib import Path

import pytest

from bot.detect import baselines, corpus, measure, split
from bot.detect.corpus import CorpusProblem, Labelled

CORPUS = Path("tests/corpus")
TEST = CORPUS / "test"


@pytest.fixture(scope="module")
def learnt() -> list[Labelled]:
    return corpus.read(CORPUS)


@pytest.fixture(scope="module")
def kept_back() -> list[Labelled]:
    return corpus.read(TEST)


def test_there_is_enough(learnt: list[Labelled]) -> None:
    """Of what is no everyday chat most is none, most of that hard; a quarter comes in pairs."""
    groups = Counter(m.group for m in learnt)
    labelled = [m for m in learnt if m.group != "ordinary" or m.author not in ("ordinary", "reed")]

    assert len(labelled) >= 3_000
    assert sum(m.trap is None for m in labelled) >= 0.6 * len(labelled)
    assert groups["hard"] >= groups["trap"]
    assert sum(m.pair is not None for m in labelled) >= 0.25 * len(labelled)
    assert len({m.author for m in labelled}) >= 10


def test_every_id_is_there_once(learnt: list[Labelled], kept_back: list[Labelled]) -> None:
    ids = Counter(m.id for m in (*learnt, *kept_back))

    assert [name for name, count in ids.items() if count > 1] == []


def test_a_pair_is_two_of_one_hand_with_two_labels(
    learnt: list[Labelled], kept_back: list[Labelled]
) -> None:
    pairs = defaultdict(list)
    for m in (*learnt, *kept_back):
        if m.pair:
            pairs[m.author, m.pair].append(m)
    odd = [name for name, some in pairs.items() if len(some) != 2]
    same = [n for n, some in pairs.items() if len({(m.trap, m.kind) for m in some}) == 1]

    assert odd == []
    assert same == []


def test_length_tells_nothing(learnt: list[Labelled], kept_back: list[Labelled]) -> None:
    """Traps are no longer and no shorter than their look-alikes: characters alone are chance."""
    for messages in (learnt, kept_back):
        (by_length,) = (j for name, j in baselines.all_of(messages) if name == "length alone" and j)

        assert measure.average_precision(by_length) == pytest.approx(0.5, abs=0.05)


def test_no_hand_wrote_what_another_wrote(
    learnt: list[Labelled], kept_back: list[Labelled]
) -> None:
    assert split.near_duplicates([*learnt, *kept_back]) == []


def test_nobody_learns_from_the_test_split(
    learnt: list[Labelled], kept_back: list[Labelled]
) -> None:
    assert {m.author for m in learnt}.isdisjoint({m.author for m in kept_back})


def test_the_test_split_is_frozen() -> None:
    """Its files are those whose hashes were written down before any model saw them."""
    frozen = json.loads((TEST / "frozen.json").read_text(encoding="utf-8"))
    there = {p.name: hashlib.sha256(p.read_bytes()).hexdigest() for p in TEST.glob("*.jsonl")}

    assert there == frozen["sha256"]


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("[]", "not a JSON object"),
        ("{", "not JSON"),
        ("[" * 100_000, "not JSON"),
        ('{"id": 1, "text": "x", "trap": "none"}', '"id" is missing'),
        ('{"id": "1", "text": "", "trap": "none"}', '"text" is missing'),
        ('{"id": "1", "text": "x", "trap": "rude"}', "rude"),
        ('{"id": "1", "text": "x", "trap": "none", "also": "blame"}', "lists of texts"),
        ('{"id": "1", "text": "x", "trap": "none", "context": [1]}', "lists of texts"),
    ],
)
def test_a_bad_line_is_named(tmp_path: Path, line: str, why: str) -> None:
    good = '{"id": "0", "text": "x", "trap": "none"}'
    (tmp_path / "a.jsonl").write_text(f"{good}\n\n{line}\n", encoding="utf-8")

    with pytest.raises(CorpusProblem, match=r"a\.jsonl, line 3") as bad:
        corpus.read(tmp_path)
    assert why in str(bad.value)
