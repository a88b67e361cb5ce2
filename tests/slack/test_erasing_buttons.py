"""Whatever takes away what can't be brought back looks the same everywhere, and asks once more."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from bot.core.playbook_model import Playbook
from bot.core.workspace_rules import WorkspaceChoices
from bot.slack.views import erasure, teams, workspace_settings
from bot.slack.views.block_kit import as_json
from tests.slack.test_lengths import MESSAGES, VIEWS
from tests.slack.test_workspace_settings_view import overview

ERASING = {erasure.FORGET, teams.END, workspace_settings.USE_DEFAULTS}


def test_one_look_and_one_question(playbook: Playbook) -> None:
    """In every message, form, and tab: red, with a red answer in the question before it."""
    strings = playbook.strings
    shown: list[Any] = [make(strings).blocks for make in MESSAGES.values()]
    shown += [make(strings) for make in VIEWS.values()]
    chosen = overview(chosen=WorkspaceChoices(daily_cap=1))
    shown.append(as_json(*workspace_settings.workspace_section(chosen, strings)))
    found = list(_buttons(shown))
    erasing = [b for b in found if b["action_id"] in ERASING]

    assert {b["action_id"] for b in erasing} == ERASING
    assert all(b.get("style") == "danger" for b in erasing)
    assert all(b["confirm"]["style"] == "danger" for b in erasing)
    others = [b for b in found if b["action_id"] not in ERASING]
    assert [b["action_id"] for b in others if b.get("style") == "danger" or "confirm" in b] == []


def _buttons(shown: Any) -> Iterator[dict[str, Any]]:
    if isinstance(shown, dict):
        if shown.get("type") == "button":
            yield shown
        shown = list(shown.values())
    if isinstance(shown, list):
        for each in shown:
            yield from _buttons(each)
