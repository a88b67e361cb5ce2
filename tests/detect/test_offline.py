"""The offline detector as it ships: what it answers, and what it leaves alone."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot import playbook
from bot.core.model import Reason, Trap
from bot.detect.offline import OfflineDetector
from tests.house import BLAME, ENTITLEMENT, FIXING, LABELLING, ORDINARY, PITCHING

LANGUAGES = Path("tests/corpus/languages/six.jsonl")


@pytest.fixture(scope="module")
def detector() -> OfflineDetector:
    return OfflineDetector.shipped(playbook.read().cues)


@pytest.mark.parametrize(
    ("text", "trap"),
    [
        (BLAME, Trap.BLAME),
        (LABELLING, Trap.LABELLING),
        (FIXING, Trap.FIXING),
        (ENTITLEMENT, Trap.ENTITLEMENT),
        (PITCHING, Trap.FUTURE_PITCHING),
    ],
)
def test_plain_traps_are_named(detector: OfflineDetector, text: str, trap: Trap) -> None:
    verdict = detector.glance(text)

    assert (verdict.trap, verdict.sure, verdict.suspicious) == (trap, True, True)
    assert asyncio.run(detector.suspects(text))
    assert detector.promises(verdict)


@pytest.mark.parametrize(
    "text",
    [
        f'Tom wrote "{ENTITLEMENT}" in the other channel',
        f"> {ENTITLEMENT}\nsee above",
        f"```{ENTITLEMENT}```",
        f"-- Forwarded message --\n{ENTITLEMENT}",
        f"Someone said: {ENTITLEMENT} I don't see it that way.",
        f"{ENTITLEMENT} Sorry, that was unfair, I'll ask her what happened.",
        ENTITLEMENT.replace("them, they owe", "our legal team, they owe"),
        f"They are being racist to Ana. {ENTITLEMENT}",
        ORDINARY,
        "ok",
        "",
        ":+1:",
        "https://example.com/they-owe-us-a-call-back",
    ],
)
def test_what_is_left_alone(detector: OfflineDetector, text: str) -> None:
    assert not detector.glance(text).sure


def test_a_contraction_is_not_a_quotation(detector: OfflineDetector) -> None:
    """A matcher that took apostrophes for quotation marks lost such messages (products.md 1.2)."""
    text = (
        "They're ungrateful, they've had everything from us and they owe us at least a call back."
    )

    assert detector.glance(text).sure
    assert detector.glance(text.replace("'", "\u2019")).sure


def test_hidden_letters_change_nothing(detector: OfflineDetector) -> None:
    """Fault 42: zero-width characters and look-alike letters are read as what they look like."""
    hidden = "\u200b".join(ENTITLEMENT.replace("o", "\u043e"))

    assert detector.glance(hidden) == detector.glance(ENTITLEMENT)


def test_context_only_clears(detector: OfflineDetector) -> None:
    text = "They owe us an answer after everything we did for them, the least they can do is reply."

    assert detector.glance(text).sure
    assert not detector.glance(text, ["our legal team has the addendum since monday"]).sure
    assert not detector.glance(ORDINARY, [ENTITLEMENT] * 4).sure


def test_other_languages_are_left_alone(detector: OfflineDetector) -> None:
    """200 messages in six languages, half of them complaints: at most 2 % spoken to."""
    rows = [json.loads(line) for line in LANGUAGES.read_text(encoding="utf-8").splitlines()]
    spoken = [r["text"] for r in rows if detector.glance(r["text"]).sure]

    assert len(rows) == 200
    assert len({r["language"] for r in rows}) == 6
    assert len(spoken) <= 4, spoken


def test_a_language_is_given_as_the_reason(detector: OfflineDetector) -> None:
    verdict = detector.glance("Nach all der Arbeit schulden die uns wenigstens einen Rückruf.")

    assert verdict.why is Reason.OTHER_LANGUAGE


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(text=st.text(max_size=400))
def test_any_text_gets_a_verdict(detector: OfflineDetector, text: str) -> None:
    verdict = detector.glance(text)

    assert 0.0 <= verdict.score <= 1.0
    assert not verdict.sure or verdict.suspicious
    assert asyncio.run(detector.suspects(text)) == verdict.suspicious


def test_forty_thousand_characters_are_read(detector: OfflineDetector) -> None:
    """Fault 42: the encoder sees the beginning, the linear model all of it."""
    assert detector.glance(ENTITLEMENT + " lorem" * 6_600).score <= 1.0
