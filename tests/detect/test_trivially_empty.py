"""What is too little to be sent to a language model."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.detect.language import is_english
from bot.detect.preprocess import MAX_CHARACTERS, clean_text
from bot.detect.trivially_empty import is_trivially_empty

CORPUS = Path(__file__).parents[1] / "corpus"


def rows(name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (CORPUS / name).read_text(encoding="utf-8").splitlines()]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "   ",
        "ok",
        "thanks Ana!",
        ":tada: :tada: :tada: :clown_face:",
        "\U0001f389\U0001f389 \U0001f44d",
        "<https://crm.example.com/they-owe-us-a-call> <@U012> <#C01|deal-acme>",
        "https://docs.example.com/a b",
        "ana@example.com bob@example.com cleo@example.com",
        "12,000 3.5 % 14:00",
        "```they never call back and owe us everything```",
        "`they never call us` yes",
        "> they never call back and owe us everything",
        "&gt;&gt;&gt; they never call back\nand owe us everything",
        "~they never call back and owe us everything~ sorry",
        'noted: "they never call back and owe us everything"',
        "From: Ana\nThey never call back and owe us everything",
        "\u4ed6\u4eec\u6b20\u6211\u4eec\u4e00\u4e2a\u7535\u8bdd \u4ed6\u4eec \u6b20\u6211 \u4eec",
        "\u041e\u043d\u0438 \u0434\u043e\u043b\u0436\u043d\u044b \u043d\u0430\u043c"
        " \u0437\u0432\u043e\u043d\u043e\u043a \u0438 \u0432\u0441\u0451",
        "Der Kunde ist einfach ein Idiot und schuldet uns eine Antwort.",
        "El cliente nos debe una llamada despu\u00e9s de todo este trabajo.",
    ],
)
def test_empty(text: str) -> None:
    assert is_trivially_empty(text)


@pytest.mark.parametrize(
    "text",
    [
        "they owe us",
        "Clueless buyers again \U0001f921",
        "note: they owe us",
        "Typical. Ghosted after demo.",
        "they \u201cowe\u201d us a call",
        "sure, `POC` done, they owe us",
        "> did they call?\nno, and they owe us",
        "It\u2019s all on them",
        "r u kidding me",
    ],
)
def test_not_empty(text: str) -> None:
    assert not is_trivially_empty(text)


@given(st.text(max_size=400))
def test_any_text_has_an_answer(text: str) -> None:
    assert is_trivially_empty(text) in (True, False)


def test_no_more_is_read_than_a_detector_reads() -> None:
    assert is_trivially_empty(" " * MAX_CHARACTERS + "they owe us")


def test_few_traps_are_lost_to_it() -> None:
    """Of the development set; what is lost is one or two words long."""
    traps = [row["text"] for row in rows("dev/beech.jsonl") if row["trap"] != "none"]
    lost = [text for text in traps if is_trivially_empty(text)]

    assert len(lost) <= 2
    assert all(len(text.split()) <= 3 for text in lost)


def test_other_languages_mostly_stop_here() -> None:
    stopped = [is_trivially_empty(row["text"]) for row in rows("languages/six.jsonl")]

    assert sum(stopped) / len(stopped) >= 0.9


def test_most_of_real_chat_takes_the_short_way(monkeypatch: pytest.MonkeyPatch) -> None:
    """It runs on every message while Slack waits: four in five are neither taken apart nor shown to
    the language model. (``tests/detect/test_linear_time.py`` bounds the time that one can take.)
    """
    texts = [row["text"] for row in rows("ordinary.jsonl")]
    taken_apart, shown = Mock(wraps=clean_text), Mock(wraps=is_english)
    monkeypatch.setattr("bot.detect.trivially_empty.clean_text", taken_apart)
    monkeypatch.setattr("bot.detect.trivially_empty.is_english", shown)
    for text in texts:
        is_trivially_empty(text)

    assert 0 < taken_apart.call_count < 0.2 * len(texts)
    assert 0 < shown.call_count < 0.1 * len(texts)
