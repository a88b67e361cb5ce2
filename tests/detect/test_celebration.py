"""Joy about delighted customers is no complaint; one that quotes their delight is."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.core.playbook_model import Playbook
from bot.detect.celebration import Celebrations
from bot.detect.offline import OfflineDetector

HERE = Path(__file__).parent
CORPUS = HERE.parent / "corpus"


def lines_of(name: str) -> list[str]:
    """Return the lines of a file without those that explain it."""
    return [
        line for line in (HERE / name).read_text().splitlines() if line and not line.startswith("#")
    ]


@pytest.fixture(scope="module")
def joy(playbook: Playbook) -> Celebrations:
    """Return what tells joy from the rest."""
    return Celebrations(playbook.cues)


@pytest.mark.parametrize("line", lines_of("joy.txt"))
def test_joy_gets_no_question(detector: OfflineDetector, line: str) -> None:
    assert not detector.quick_verdict(line).sure


@pytest.mark.parametrize("line", lines_of("pitching.txt"))
def test_delight_as_a_reason_to_sign_is_read_like_any_other_message(
    joy: Celebrations, line: str
) -> None:
    assert line not in joy


@pytest.mark.parametrize(
    "line",
    [
        "wow, that demo was killer, they love the roadmap",
        "Their VP was super impressed with the roadmap :tada:",
        "The demo blew them away, great job team",
        "They love it!",
    ],
)
def test_plain_joy(joy: Celebrations, line: str) -> None:
    assert line in joy


@pytest.mark.parametrize(
    "rest",
    [
        "so why won't they sign?",
        "and they should sign",
        "but nothing happens",
        "and they still haven't answered",
        "now they just need to move",
        "what are they waiting for",
        "idiots",
    ],
)
def test_one_clause_of_complaint_is_enough(joy: Celebrations, rest: str) -> None:
    """In the same sentence or in the next."""
    assert f"They love the roadmap, {rest}" not in joy
    assert f"They love the roadmap. {rest.capitalize()}" not in joy


def labeled() -> Iterator[tuple[str, bool]]:
    """Yield what may be looked at: no test split."""
    for folder in (CORPUS, CORPUS / "dev"):
        for file in sorted(folder.glob("*.jsonl")):
            for line in file.read_text().splitlines():
                message = json.loads(line)
                yield message["text"], message["trap"] != "none"


def test_no_trap_of_the_corpus_is_taken_for_joy(joy: Celebrations) -> None:
    assert [text for text, is_trap in labeled() if is_trap and text in joy] == []
