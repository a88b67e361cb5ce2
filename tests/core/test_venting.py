"""Who only vents is asked what happened; who says more is coached."""

from __future__ import annotations

import pytest

from bot.core.intents import Intent
from bot.core.playbook_model import Playbook
from bot.core.venting import Venting
from bot.detect.learned_intents import build_router
from bot.flows.small_answers import SmallAnswers


@pytest.mark.parametrize(
    "text",
    [
        "clowns",
        "Morons.",
        "time wasters",
        "total time wasters",
        "bunch of idiots",
        "they're clowns",
        "what clowns!!",
        "ugh",
        "wtf",
        "\U0001f44e",
        ":-1:",
        ":clown_face: :skull:",
        ":thumbsdown::skin-tone-3:",
    ],
)
def test_an_angry_word_is_asked_what_happened(playbook: Playbook, text: str) -> None:
    router = build_router(playbook.intents)
    small = SmallAnswers(playbook, model=None, retention_days=90.0)

    assert router.find(text) is Intent.TOO_SHORT
    line = small.answer(Intent.TOO_SHORT, text, "key")
    assert line in playbook.answers.venting
    assert "what happened" in line.lower() or "what did they do" in line.lower()


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        (":+1:", Intent.THANKS),
        (":pray::skin-tone-2:", Intent.THANKS),
        ("ok :+1:", Intent.THANKS),
        ("\U0001f44d", Intent.THANKS),
        ("...", Intent.TOO_SHORT),
        ("pricing", Intent.TOO_SHORT),
        ("those clowns at procurement want another 10%", Intent.DEAL),
        ("you clown", Intent.TOO_SHORT),
        ("you are a useless bot", Intent.INSULT),
    ],
)
def test_other_scraps(playbook: Playbook, text: str, intent: Intent) -> None:
    assert build_router(playbook.intents).find(text) is intent
    assert text not in Venting(playbook.intents.venting)


def test_who_says_too_little_is_asked_for_more(playbook: Playbook) -> None:
    small = SmallAnswers(playbook, model=None, retention_days=90.0)

    for text in ("...", "pricing"):
        line = small.answer(Intent.TOO_SHORT, text, "key")
        assert line in playbook.answers.talk[Intent.TOO_SHORT]
