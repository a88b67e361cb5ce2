"""``reframe coverage``: what share of messages is looked at, in each mode."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from bot.detect.cascade import JudgeMode
from bot.detect.offline import OfflineDetector
from bot.evaluation.coverage import coverage
from bot.playbook import load_playbook
from tests.harness import BLAME, ENTITLEMENT, ORDINARY
from tests.processes.reframe import reframe

HARASSMENT = "Their director groped my colleague, what a jerk, they owe her an apology."
TEXTS = [ENTITLEMENT, BLAME, ORDINARY, HARASSMENT, "ok thanks"]


async def test_shares() -> None:
    """A wider mode looks at more; what is a matter for people is sent in no mode."""
    found = {
        share.mode: share
        for share in await coverage(OfflineDetector.shipped(load_playbook().cues), TEXTS)
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
    assert re.search(r"all +80\.0% +60\.0%", done.stdout)
    assert all(re.search(rf"^ *{mode} ", done.stdout, re.M) for mode in JudgeMode)


def test_a_missing_file_is_named(chat: Path) -> None:
    done = reframe(chat.parent, "coverage", "nowhere.jsonl")

    assert done.returncode == 2
    assert "nowhere.jsonl" in done.stderr
