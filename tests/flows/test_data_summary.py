"""What is kept about a person, told in sentences: what is there, and nothing that isn't."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from bot.core.model import Person
from bot.core.playbook_model import Playbook
from bot.flows.data_summary import Rows, summarize

ANA = Person.unknown("U-ana")
AUGUST = datetime(2026, 8, 3, 12, tzinfo=UTC).timestamp()


def test_what_is_there_is_counted(playbook: Playbook) -> None:
    rows: Rows = {
        "findings": [{"created_at": AUGUST, "feedback": "helpful"}, {"created_at": AUGUST + 9e5}],
        "preferences": [{"paused_until": None}],
        "reflections": [],
        "labels": [{"words": "canary"}, {"words": None}, {"words": ""}],
        "named_people": [{}],
        "channels": [{}, {}],
        "outbox": [{"key": "canary"}],
        "marks": [{"at": AUGUST}],
    }
    told = summarize(rows, playbook.strings, ANA, days=30.0)

    assert "Decisions on your messages: 2, since Monday, August 3." in told
    assert "They go after 30 days." in told
    assert "questions: 1. They go with the decisions" in told
    assert "That's wrong: 1." in told
    assert "Questions you called wrong: 2, without" in told
    assert "joined: 1. A manager" in told
    assert "Channels you invited me to: 2." in told
    assert "on its way to you: 2." in told
    assert "Weekly reflections" not in told
    assert playbook.text("record", "forget_stays") in told
    assert "canary" not in told


@pytest.mark.parametrize(
    ("table", "says"),
    [
        ("sales_teams", "A manager sees whom they named"),
        ("channels", "In such a channel I may say that you decide"),
        ("workspace_admins", "You're an admin of mine here. I say so"),
    ],
)
def test_what_colleagues_may_learn_is_said(playbook: Playbook, table: str, says: str) -> None:
    """As long as there is any of it, nobody is told that no colleague can see these entries."""
    told = summarize({table: [{}]}, playbook.strings, ANA, days=30.0)

    assert says in told
    assert "Apart from what it says above" in told
    assert playbook.text("kept", "seen") not in told.splitlines()


def test_nothing_is_there(playbook: Playbook) -> None:
    told = summarize({"findings": [], "marks": []}, playbook.strings, ANA, days=90.0)

    assert told.startswith("I have nothing stored about you today.")
    assert playbook.text("kept", "seen") in told.splitlines()
    assert "\u2022" not in told
