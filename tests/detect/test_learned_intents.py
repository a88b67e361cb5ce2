"""The model that reads asks: what it gets right, and that it is what the lines make of it."""

from __future__ import annotations

import json
from collections import Counter
from datetime import UTC
from pathlib import Path

import pytest

from bot.core.intents import Intent
from bot.core.playbook_model import Playbook
from bot.core.wishes import read_wish
from bot.detect.learned_intents import (
    MODEL_FILE,
    LearnedIntents,
    build_router,
    intent_tokens,
    load_learned_intents,
)
from bot.detect.learned_matters import matters_in_asks
from bot.evaluation.corpus import read_messages
from bot.evaluation.intents import LabeledAsk, accuracy, grave_mistakes, read_asks, understand
from bot.flows.errors import CorpusError
from bot.flows.small_answers import SmallAnswers

CORPUS = Path("tests/corpus")
DEVELOPMENT = Path("tests/corpus/intents/dev.jsonl")
ABOUT = Path("tests/corpus/intents/about")
TRAINING = Path("tests/corpus/intents/train.jsonl")


def test_asks_by_another_author_are_understood(playbook: Playbook) -> None:
    """Nobody who asks about a deal is silenced or brushed off."""
    results = understand(read_asks(DEVELOPMENT), build_router(playbook.intents).find)

    assert accuracy(results) >= 0.92
    assert grave_mistakes(results) == []


def test_what_sellers_post_about_customers_is_a_deal(playbook: Playbook) -> None:
    """Messages with a trap, by authors that the model has not learned from."""
    messages = [m.text for m in read_messages(CORPUS / "dev") if m.trap and len(m.text.split()) > 3]
    asks = [LabeledAsk(text, Intent.DEAL) for text in messages[:400]]
    results = understand(asks, build_router(playbook.intents).find)

    assert accuracy(results) >= 0.91
    assert grave_mistakes(results) == []


@pytest.mark.parametrize(
    ("asked", "topic"),
    [
        ("who can see what I type here?", "about-boss"),
        ("what are you?", "about-any"),
        ("what is this bot", "about-any"),
        ("how much does this cost", "about-cost"),
        ("why are you quiet", "about-quiet"),
        ("why didn't you answer my message in the channel", "about-quiet"),
        ("why did you not answer me", "about-quiet"),
    ],
)
def test_what_newcomers_ask_about_the_bot(playbook: Playbook, asked: str, topic: str) -> None:
    """Each gets the answer to it, and not the list of commands."""
    found = build_router(playbook.intents).find(asked)
    [text] = [each.text for each in playbook.answers.about if each.id == topic]

    assert found is Intent.ABOUT
    assert (
        SmallAnswers(playbook, model=None, retention_days=90.0).answer(found, asked, "key") == text
    )


@pytest.mark.parametrize(
    "asked",
    ["why is the customer quiet", "why did they not answer me", "how much does this cost them"],
)
def test_the_same_words_about_a_customer_are_a_deal(playbook: Playbook, asked: str) -> None:
    assert build_router(playbook.intents).find(asked) is Intent.DEAL


def test_no_line_is_learned_and_measured() -> None:
    learned = {ask.text.casefold().strip() for ask in read_asks(TRAINING)}

    assert not learned & {ask.text.casefold().strip() for ask in read_asks(DEVELOPMENT)}


def test_the_model_survives_its_file(tmp_path: Path) -> None:
    load_learned_intents().save(tmp_path / "again.json")

    assert (tmp_path / "again.json").read_bytes() == MODEL_FILE.read_bytes()
    assert LearnedIntents.load(tmp_path / "again.json") == load_learned_intents()


def test_the_weights_of_a_text_are_one() -> None:
    assert sum(load_learned_intents().weigh("draft a reply").values()) == pytest.approx(1)


def test_the_shipped_model_is_made_from_the_lines() -> None:
    pytest.importorskip("sklearn")
    from bot.training.intents_fit import fit_intents, read_training_asks

    asks = read_training_asks(read_messages(CORPUS))

    assert fit_intents(asks) == load_learned_intents()


def test_a_quotation_is_one_token() -> None:
    typed = 'Reply to "we chose somebody else": 2 lines\n> thanks for\n> your offer'

    assert intent_tokens(typed) == [
        *("reply", "to", "\u00abquote\u00bb", ":", "0", "lines", "\u00b6", "\u00abquote\u00bb")
    ]


@pytest.mark.parametrize("line", ["{}", "[]", '{"text": "a", "intent": "b"}', "nothing"])
def test_a_wrong_line_is_named(tmp_path: Path, line: str) -> None:
    path = tmp_path / "asks.jsonl"
    path.write_text('{"text": "hi", "intent": "hello"}\n' + line + "\n")

    with pytest.raises(CorpusError, match=r"asks\.jsonl, line 2: "):
        read_asks(path)


@pytest.mark.parametrize(
    ("asks", "fewest_about", "fewest_deals"),
    [(ABOUT / "dev.jsonl", 28, 19), (ABOUT / "unseen/asks.jsonl", 30, 18)],
)
def test_questions_about_the_bot_and_deals_that_look_alike(
    playbook: Playbook, asks: Path, fewest_about: int, fewest_deals: int
) -> None:
    """Each question gets its answer, and "who are the admins on their side" is about a deal."""
    router, matters = build_router(playbook.intents), matters_in_asks(playbook.cues)
    right = Counter[bool]()
    for row in map(json.loads, asks.read_text("utf-8").splitlines()):
        text = row["text"]
        intent = router.find(text)
        found = "deal" if intent.is_coached and text not in matters else intent.value
        if intent is Intent.ABOUT:
            found = router.find_topic(text) or found
            if read_wish(text, now=0.0, zone=UTC) is not None:
                found = "about-storage"  # what is kept about them: said where it can be seen
        right[row["answer"] == "deal"] += found == row["answer"]

    assert right[False] >= fewest_about
    assert right[True] >= fewest_deals
