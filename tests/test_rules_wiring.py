"""What the operator's settings are for workspaces that have chosen nothing."""

from __future__ import annotations

import logging
from typing import Any

import pytest

from bot import settings as bot_settings
from bot.core.model import Delivery
from bot.core.playbook_model import Playbook
from bot.core.workspace_rules import WorkspaceRules
from bot.rules_wiring import build_rules

MANY = {"SLACK_CLIENT_ID": "1.2", "SLACK_CLIENT_SECRET": "s"}


def house(playbook: Playbook, **values: Any) -> WorkspaceRules:
    return build_rules(bot_settings.load(values), playbook).house


def test_the_settings_become_the_house_rules(playbook: Playbook) -> None:
    rules = house(
        playbook,
        REFRAME_DAILY_CAP=3,
        REFRAME_HOLIDAYS="12-25",
        REFRAME_ADMINS="U1,U2",
        REFRAME_HELP_CONTACT="People team",
        OPENAI_MODEL="m",
        REFRAME_JUDGE_DAILY_CALLS=7,
    )
    assert rules.limits.daily_cap == 3
    assert str(rules.gate.holidays) == "12-25"
    assert rules.admins == {"U1", "U2"}
    assert (rules.uses_model, rules.daily_model_calls, rules.help_contact) == (
        True,
        7,
        "People team",
    )


@pytest.mark.parametrize(
    ("delivery", "usual", "without"),
    [
        ("auto", Delivery.THREAD, Delivery.PRIVATE),
        ("thread", Delivery.THREAD, Delivery.THREAD),
        ("private", Delivery.PRIVATE, Delivery.PRIVATE),
    ],
)
def test_where_questions_go_without_the_model(
    playbook: Playbook, delivery: str, usual: Delivery, without: Delivery
) -> None:
    rules = house(playbook, OPENAI_MODEL="m", REFRAME_DELIVERY=delivery)
    assert (rules.limits.delivery, rules.delivery_without_model) == (usual, without)


@pytest.mark.parametrize(
    ("values", "may"),
    [({}, True), ({"REFRAME_ADMINS": "U1"}, False), ({**MANY, "REFRAME_ADMINS": "U1"}, True)],
)
def test_who_owns_a_slack_workspace_chooses_unless_the_only_operator_names_admins(
    playbook: Playbook, values: dict[str, str], may: bool
) -> None:
    assert house(playbook, **values).slack_admins_may_choose is may


@pytest.mark.parametrize(("values", "warns"), [(MANY, True), ({}, False)])
def test_admins_of_every_workspace_are_warned_of(
    playbook: Playbook, caplog: pytest.LogCaptureFixture, values: dict[str, str], warns: bool
) -> None:
    with caplog.at_level(logging.WARNING):
        house(playbook, REFRAME_ADMINS="U1", **values)
    assert ("names admins of every workspace" in caplog.text) is warns
