"""``reframe coverage``: what share of messages is looked at, in each mode."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest

from bot import settings
from bot.detect.cascade import JudgeMode
from bot.detect.judge_prompt import judge_instructions
from bot.detect.offline import OfflineDetector
from bot.evaluation.corpus import read_messages
from bot.evaluation.coverage import coverage
from bot.evaluation.model_cost import (
    CHARACTERS_PER_TOKEN,
    RequestTokens,
    TokenPrices,
    judge_request_tokens,
)
from tests.harness import BLAME, ENTITLEMENT, ORDINARY
from tests.processes.reframe import reframe
from tests.shipped import shipped_playbook

HARASSMENT = "Their director groped my colleague, what a jerk, they owe her an apology."
TEXTS = [ENTITLEMENT, BLAME, ORDINARY, HARASSMENT, "ok thanks"]


async def test_shares() -> None:
    """A wider mode looks at more; what is a matter for people is sent in no mode."""
    found = {
        share.mode: share
        for share in await coverage(OfflineDetector.shipped(shipped_playbook().cues), TEXTS)
    }

    assert [found[mode].sent for mode in JudgeMode] == [0.0, 0.4, 0.4, 0.6]
    assert found[JudgeMode.ALL].stored == 0.8
    assert found[JudgeMode.OFF].stored <= found[JudgeMode.CANDIDATES].stored < 0.8


@pytest.fixture
def chat(tmp_path: Path) -> Path:
    path = tmp_path / "chat.jsonl"
    rows = [json.dumps({"id": f"m{n}", "text": text}) for n, text in enumerate(TEXTS)]
    path.write_text("\n".join(rows) + "\n", encoding="utf-8")
    return path


def test_command(chat: Path) -> None:
    done = reframe(chat.parent, "coverage", chat)

    assert done.returncode == 0, done.stderr
    assert "5 messages" in done.stdout
    assert re.search(r"all +80\.0% +60\.0% +[1-9]", done.stdout)
    assert re.search(r"off +\S+ +0\.0% +0 ", done.stdout)
    assert all(re.search(rf"^ *{mode} ", done.stdout, re.M) for mode in JudgeMode)


def test_a_missing_file_is_named(chat: Path) -> None:
    done = reframe(chat.parent, "coverage", "nowhere.jsonl")

    assert done.returncode == 2
    assert "nowhere.jsonl" in done.stderr


async def test_requests_are_measured_as_they_would_be_sent(chat: Path) -> None:
    """Nearly all of them is the same in each, and what was said before counts, too."""
    messages = read_messages(chat, require_labels=False)
    loaded, playbook = settings.load({}), shipped_playbook()
    tokens = await judge_request_tokens(loaded, playbook, messages)
    with_context = [replace(message, context=(ORDINARY,) * 4) for message in messages]
    longer = await judge_request_tokens(loaded, playbook, with_context)

    assert tokens.shared * CHARACTERS_PER_TOKEN > len(judge_instructions(playbook))
    assert 0 < tokens.own < 100
    added = (longer.shared + longer.own) - (tokens.shared + tokens.own)
    assert added * CHARACTERS_PER_TOKEN > 4 * len(ORDINARY)


def test_the_price_of_a_million_requests() -> None:
    """What is cached is cheaper, and an answer costs more per token than a request."""
    tokens = RequestTokens(shared=3_000, own=100, answer=40)

    assert TokenPrices(0.4, 0.4, 1.6).of_requests(tokens) == pytest.approx(3_100 * 0.4 + 40 * 1.6)
    assert TokenPrices(0.4, 0.1, 1.6).of_requests(tokens) == pytest.approx(
        3_000 * 0.1 + 100 * 0.4 + 40 * 1.6
    )


def test_prices_are_taken_from_the_command_line(chat: Path) -> None:
    """Without a price of their own, cached tokens cost as much as the others."""
    full = reframe(chat.parent, "coverage", chat, "--input-price", "1")
    free = reframe(chat.parent, "coverage", chat, "--input-price", "0", "--output-price", "0")

    assert "Prices: 1 (1 from" in full.stdout
    assert re.search(r"all +80\.0% +60\.0% +0 ", free.stdout)
