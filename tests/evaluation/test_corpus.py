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
from bot.training.near_duplicates import near_duplicates

CORPUS = Path("tests/corpus")
TEST = CORPUS / "test"
UNSEEN = CORPUS / "unseen"
DEV = CORPUS / "dev"


@pytest.fixture(scope="module")
def training_messages() -> list[LabeledMessage]:
    return corpus.read_messages(CORPUS)


@pytest.fixture(scope="module")
def test_messages() -> list[LabeledMessage]:
    return corpus.read_messages(TEST)


@pytest.fixture(scope="module")
def held_out(test_messages: list[LabeledMessage]) -> list[LabeledMessage]:
    """Everything that no model was trained on."""
    return [*test_messages, *(m for f in (UNSEEN, DEV) for m in corpus.read_messages(f))]


def test_size_and_balance(training_messages: list[LabeledMessage]) -> None:
    """Apart from everyday chat and whole channels, most messages are no trap, and a quarter comes
    in pairs. Sixty channels hold few traps, as channels do."""
    groups = Counter(m.group for m in training_messages)
    not_chat = [
        m
        for m in training_messages
        if m.channel is None and (m.group != "ordinary" or m.author not in ("ordinary", "reed"))
    ]
    in_channels = [m for m in training_messages if m.channel]

    assert len(training_messages) >= 12_000
    assert len({(m.author, m.channel) for m in in_channels}) >= 60
    assert sum(m.trap is not None for m in in_channels) <= 0.13 * len(in_channels)
    assert len(not_chat) >= 6_000
    assert sum(m.trap is None for m in not_chat) >= 0.6 * len(not_chat)
    assert groups["hard"] >= groups["trap"]
    assert sum(m.pair is not None for m in not_chat) >= 0.25 * len(not_chat)
    assert len({m.author for m in training_messages}) >= 40


def test_ids_are_unique(
    training_messages: list[LabeledMessage], held_out: list[LabeledMessage]
) -> None:
    ids = Counter(m.id for m in (*training_messages, *held_out))

    assert [message_id for message_id, count in ids.items() if count > 1] == []


def test_a_pair_has_one_author_and_two_labels(
    training_messages: list[LabeledMessage], held_out: list[LabeledMessage]
) -> None:
    pairs = defaultdict(list)
    for m in (*training_messages, *held_out):
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
        name, by_length = next(baselines.score_with_baselines(messages))  # the others take seconds

        assert name == "length alone"
        assert by_length
        assert metrics.average_precision(by_length) == pytest.approx(0.5, abs=0.05)


def test_no_two_authors_wrote_the_same_message(
    training_messages: list[LabeledMessage], held_out: list[LabeledMessage]
) -> None:
    assert near_duplicates([*training_messages, *held_out]) == []


def test_training_and_test_authors_differ(
    training_messages: list[LabeledMessage], held_out: list[LabeledMessage]
) -> None:
    assert {m.author for m in training_messages}.isdisjoint({m.author for m in held_out})


@pytest.mark.parametrize("folder", [TEST, UNSEEN], ids=["test", "unseen"])
def test_the_test_splits_are_frozen(folder: Path) -> None:
    """The files have the hashes that were recorded before any model had scored them."""
    frozen = json.loads((folder / "frozen.json").read_text(encoding="utf-8"))
    actual = {p.name: hashlib.sha256(p.read_bytes()).hexdigest() for p in folder.glob("*.jsonl")}

    assert actual == frozen["sha256"]


def test_half_of_the_traps_in_the_later_channels_are_short() -> None:
    """People at work type short lines. The later authors, who say how sure they are of a label,
    wrote as people do."""
    files = [p for f in (CORPUS, UNSEEN, DEV) for p in f.glob("*.jsonl")]
    rows = [json.loads(line) for p in files for line in p.read_text("utf-8").splitlines()]
    traps = [row for row in rows if row["trap"] != corpus.NO_TRAP and "conf" in row]
    in_channels = [row for row in traps if "channel" in row]

    assert len(traps) >= 2_200
    assert len(in_channels) >= 400
    assert sum(len(row["text"].split()) < 12 for row in in_channels) >= 0.5 * len(in_channels)


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
        ('{"id": "1", "text": "x", "trap": "blame", "conf": 7}', '"conf" must be'),
    ],
)
def test_an_invalid_line_is_named(tmp_path: Path, line: str, error: str) -> None:
    good = '{"id": "0", "text": "x", "trap": "none"}'
    (tmp_path / "a.jsonl").write_text(f"{good}\n\n{line}\n", encoding="utf-8")

    with pytest.raises(CorpusError, match=r"a\.jsonl, line 3") as raised:
        corpus.read_messages(tmp_path)
    assert error in str(raised.value)
