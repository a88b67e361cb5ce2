"""The corpus: its size and balance, consistent labels, a frozen test split, no near-duplicates."""

from __future__ import annotations

import hashlib
import json
from collections import Counter, defaultdict
from pathlib import Path

import pytest

from bot.evaluation import baselines, corpus, metrics
from bot.evaluation.corpus import LabeledMessage
from bot.flows.errors import CorpusError
from bot.training import split

CORPUS = Path("tests/corpus")
TEST = CORPUS / "test"


@pytest.fixture(scope="module")
def training_messages() -> list[LabeledMessage]:
    return corpus.read_messages(CORPUS)


@pytest.fixture(scope="module")
def test_messages() -> list[LabeledMessage]:
    return corpus.read_messages(TEST)


def test_size_and_balance(training_messages: list[LabeledMessage]) -> None:
    """Apart from everyday chat, most messages are no trap, and a quarter comes in pairs."""
    groups = Counter(m.group for m in training_messages)
    not_chat = [
        m
        for m in training_messages
        if m.group != "ordinary" or m.author not in ("ordinary", "reed")
    ]

    assert len(not_chat) >= 3_000
    assert sum(m.trap is None for m in not_chat) >= 0.6 * len(not_chat)
    assert groups["hard"] >= groups["trap"]
    assert sum(m.pair is not None for m in not_chat) >= 0.25 * len(not_chat)
    assert len({m.author for m in not_chat}) >= 10


def test_ids_are_unique(
    training_messages: list[LabeledMessage], test_messages: list[LabeledMessage]
) -> None:
    ids = Counter(m.id for m in (*training_messages, *test_messages))

    assert [message_id for message_id, count in ids.items() if count > 1] == []


def test_a_pair_has_one_author_and_two_labels(
    training_messages: list[LabeledMessage], test_messages: list[LabeledMessage]
) -> None:
    pairs = defaultdict(list)
    for m in (*training_messages, *test_messages):
        if m.pair:
            pairs[m.author, m.pair].append(m)
    incomplete = [key for key, members in pairs.items() if len(members) != 2]
    same_label = [
        key for key, members in pairs.items() if len({(m.trap, m.kind) for m in members}) == 1
    ]

    assert incomplete == []
    assert same_label == []


def test_length_does_not_reveal_the_label(
    training_messages: list[LabeledMessage], test_messages: list[LabeledMessage]
) -> None:
    """Traps are as long as their look-alikes: the number of characters predicts nothing."""
    for messages in (training_messages, test_messages):
        baseline_scores = dict(baselines.score_with_baselines(messages))
        by_length = baseline_scores["length alone"]

        assert by_length
        assert metrics.average_precision(by_length) == pytest.approx(0.5, abs=0.05)


def test_no_two_authors_wrote_the_same_message(
    training_messages: list[LabeledMessage], test_messages: list[LabeledMessage]
) -> None:
    assert split.near_duplicates([*training_messages, *test_messages]) == []


def test_training_and_test_authors_differ(
    training_messages: list[LabeledMessage], test_messages: list[LabeledMessage]
) -> None:
    assert {m.author for m in training_messages}.isdisjoint({m.author for m in test_messages})


def test_the_test_split_is_frozen() -> None:
    """The files have the hashes that were recorded before any model had scored them."""
    frozen = json.loads((TEST / "frozen.json").read_text(encoding="utf-8"))
    actual = {p.name: hashlib.sha256(p.read_bytes()).hexdigest() for p in TEST.glob("*.jsonl")}

    assert actual == frozen["sha256"]


@pytest.mark.parametrize(
    ("line", "error"),
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
def test_an_invalid_line_is_named(tmp_path: Path, line: str, error: str) -> None:
    good = '{"id": "0", "text": "x", "trap": "none"}'
    (tmp_path / "a.jsonl").write_text(f"{good}\n\n{line}\n", encoding="utf-8")

    with pytest.raises(CorpusError, match=r"a\.jsonl, line 3") as raised:
        corpus.read_messages(tmp_path)
    assert error in str(raised.value)
