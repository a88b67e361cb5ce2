"""The model that tells which play fits an ask: its file, what it reads, how often it is right."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.core.playbook_model import Playbook
from bot.core.plays import PlayReading
from bot.detect.encoder import load_shipped_encoder
from bot.detect.learned_plays import (
    MODEL_FILE,
    LearnedPlayReader,
    LearnedPlays,
    clean_ask,
    load_learned_plays,
    shipped_play_reader,
)
from bot.detect.meaning_model import MeaningModel
from bot.evaluation.play_labels import FoundPlay, play_tables, read_play_asks
from bot.flows.errors import CorpusError

UNSEEN = Path("tests/corpus/plays/unseen")
LARGEST_BYTES = 3_500_000


@pytest.fixture(scope="module")
def known(playbook: Playbook) -> list[str]:
    return [play.id for play in playbook.plays]


def test_the_file_holds_the_model(tmp_path: Path) -> None:
    """Saved and loaded, the same bytes; and small enough to ship."""
    load_learned_plays().save(tmp_path / "again.json")

    assert (tmp_path / "again.json").read_bytes() == MODEL_FILE.read_bytes()
    assert MODEL_FILE.stat().st_size <= LARGEST_BYTES


def test_it_knows_each_play_but_the_last(known: list[str]) -> None:
    assert sorted(load_learned_plays().plays) == sorted(known[:-1])


def test_what_is_quoted_is_read() -> None:
    """Who asks for an answer to a mail is asking about the mail."""
    text = 'answer this:\n> We went with another supplier.\nand "thanks for your time"'
    words = clean_ask(text).author_text

    assert "another supplier" in words
    assert "thanks for your time" in words


@pytest.mark.parametrize(
    ("scores", "certain", "torn"),
    [
        ((5.0, 1.0), "a", None),
        ((5.0, 4.5), None, "a"),  # too close to the next one
        ((3.9, 1.0), None, None),
    ],
)
def test_when_it_is_certain(
    scores: tuple[float, ...], certain: str | None, torn: str | None
) -> None:
    """From a score on, with a lead."""
    model: MeaningModel = load_learned_plays().model
    plays = LearnedPlays(("a", "b"), certain=4.0, lead=1.0, model=model)
    reading = plays.read(scores)

    assert reading == PlayReading(certain, torn, ("a", "b"))


def test_a_start_loads_no_model() -> None:
    """It takes 10 MB; the first ask loads it."""
    model, loaded = load_learned_plays(), []

    def load() -> LearnedPlays:
        loaded.append(model)
        return model

    read = LearnedPlayReader(load, load_shipped_encoder())
    assert not loaded
    read("They want another discount.")
    assert loaded == [model]


def test_it_is_right_on_an_unseen_author(known: list[str]) -> None:
    """Three in four of the plays that are certain fit, for every third ask or more."""
    asks = read_play_asks(UNSEEN, known)
    read = shipped_play_reader()
    found = [FoundPlay(ask, read(ask.text)) for ask in asks]
    certain = [f for f in found if f.reading.certain]

    assert len(asks) == 160
    assert len(certain) >= 0.33 * len(asks)
    assert sum(f.is_right for f in certain) >= 0.75 * len(certain)
    assert play_tables(found)[0].rows[0] == (
        "asks that a play fits",
        str(sum(bool(a.play) for a in asks)),
    )


@pytest.mark.parametrize(
    "line", ['{"text": "x"}', "[]", '{"text": "x", "play": "play-nothing", "also": ""}']
)
def test_a_wrong_line_is_named(tmp_path: Path, known: list[str], line: str) -> None:
    (tmp_path / "asks.jsonl").write_text(line + "\n")

    with pytest.raises(CorpusError, match=r"asks\.jsonl:1"):
        read_play_asks(tmp_path, known)
