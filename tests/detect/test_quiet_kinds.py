"""Struck-through text, quotes, jokes, word lists, praise, and talk about others than customers."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bot.detect.offline import OfflineDetector
from tests.shipped import shipped_playbook

LINES = [
    json.loads(line)
    for line in Path(__file__).with_name("quiet_kinds.jsonl").read_text("utf-8").splitlines()
]


@pytest.fixture(scope="module")
def offline() -> OfflineDetector:
    return OfflineDetector.shipped(shipped_playbook().cues)


@pytest.mark.parametrize("line", LINES, ids=[f"{x['id']}-{x['kind']}" for x in LINES])
def test_nothing_is_said_about_it(offline: OfflineDetector, line: dict[str, str]) -> None:
    assert not offline.quick_verdict(line["text"]).sure
