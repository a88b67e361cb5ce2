"""Settings that are right one by one, and wrong together: the doctor names what is missing."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot import settings as bot_settings
from bot.cli.check import NOT_OK, OFF, WARNING
from bot.cli.combination_checks import check_combinations, missing_model_key
from bot.cli.model_checks import check_model
from bot.cli.slack_checks import check_slack
from tests.processes.reframe import reframe
from tests.shipped import shipped_playbook

KEY = "n3pQ-7vLxW9-tRb2-KdYs-4mHc-Zf8J-aGuE"
MANY = {"SLACK_CLIENT_ID": "1.2", "SLACK_CLIENT_SECRET": "x"}
MODEL = {"OPENAI_MODEL": "gpt-x"}


@pytest.mark.parametrize(
    ("values", "name", "state", "fix"),
    [
        ({"SLACK_APP_TOKEN": "xapp-1"}, "SLACK_BOT_TOKEN", NOT_OK, "xoxb-"),
        ({"SLACK_SIGNING_SECRET": "x"}, "SLACK_BOT_TOKEN", NOT_OK, " init"),
        ({**MANY, "SLACK_APP_TOKEN": "xapp-1"}, "SLACK_APP_TOKEN", WARNING, "Remove it"),
        (
            {"REFRAME_ENCRYPTION_KEY_OLD": KEY},
            "REFRAME_ENCRYPTION_KEY_OLD",
            WARNING,
            "Set REFRAME_ENCRYPTION_KEY as well",
        ),
        (
            {**MODEL, "REFRAME_JUDGE_DAILY_CALLS": "0"},
            "REFRAME_JUDGE_DAILY_CALLS",
            WARNING,
            "Raise it",
        ),
        (
            {**MODEL, "REFRAME_JUDGE": "off", "REFRAME_LLM_WRITES": "nothing"},
            "OPENAI_MODEL",
            WARNING,
            "Set REFRAME_JUDGE or REFRAME_LLM_WRITES",
        ),
    ],
)
def test_what_lacks_another_setting(
    values: dict[str, str], name: str, state: str, fix: str
) -> None:
    (found,) = check_combinations(bot_settings.load(values))

    assert (found.name, found.state) == (name, state)
    assert fix in found.fix


@pytest.mark.parametrize(
    "values",
    [
        {},
        {"SLACK_BOT_TOKEN": "xoxb-1", "SLACK_APP_TOKEN": "xapp-1"},
        {"SLACK_BOT_TOKEN": "xoxb-1", "SLACK_SIGNING_SECRET": "x"},
        {**MANY, "SLACK_SIGNING_SECRET": "x", "REFRAME_ENCRYPTION_KEY": KEY},
        {"REFRAME_ENCRYPTION_KEY": KEY, "REFRAME_ENCRYPTION_KEY_OLD": KEY[::-1]},
        {**MODEL, "REFRAME_JUDGE": "off"},
        {**MODEL, "REFRAME_LLM_WRITES": "nothing"},
    ],
)
def test_what_lacks_nothing(values: dict[str, str]) -> None:
    assert check_combinations(bot_settings.load(values)) == []


@pytest.mark.parametrize(
    ("values", "is_missing"),
    [
        (MODEL, True),
        ({**MODEL, "OPENAI_BASE_URL": "https://api.openai.com/v1"}, True),
        ({**MODEL, "OPENAI_BASE_URL": "https://eu.api.openai.com/v1"}, True),
        ({**MODEL, "OPENAI_BASE_URL": "http://127.0.0.1:11434/v1"}, False),
        ({**MODEL, "OPENAI_BASE_URL": "https://notopenai.com/v1"}, False),
        ({**MODEL, "OPENAI_API_KEY": "k"}, False),
        ({}, False),
    ],
)
def test_a_model_without_the_key_that_its_server_needs(
    values: dict[str, str], is_missing: bool
) -> None:
    assert (missing_model_key(bot_settings.load(values)) is not None) is is_missing


def test_the_doctor_names_the_line_that_mends_a_missing_key(tmp_path: Path) -> None:
    """And asks nobody: without a key there is nothing to try."""
    done = reframe(tmp_path, "doctor", environment={**MODEL, "COLUMNS": "400"})

    assert done.returncode == 1
    assert "OPENAI_API_KEY is not set" in done.stdout
    assert "-> Add a line to .env: OPENAI_API_KEY=" in done.stdout


@pytest.mark.parametrize("name", ["OPENAI_API_KEY", "OPENAI_BASE_URL"])
async def test_a_key_or_an_address_without_a_model(name: str) -> None:
    """It may be another program's, so it is no fault; but whoever meant it for the bot is told."""
    values = {name: "https://models.example/v1"}
    found = await check_model(bot_settings.load(values), shipped_playbook())

    assert found.state == OFF
    assert f"though {name} is set" in found.detail
    assert "OPENAI_MODEL=" in found.fix


@pytest.mark.parametrize(
    ("values", "missing"),
    [
        (
            {"SLACK_CLIENT_ID": "1.2"},
            "SLACK_CLIENT_SECRET, SLACK_SIGNING_SECRET, REFRAME_ENCRYPTION_KEY",
        ),
        ({"SLACK_CLIENT_SECRET": "x", "SLACK_SIGNING_SECRET": "x", "REFRAME_ENCRYPTION_KEY": KEY},
         "SLACK_CLIENT_ID"),
    ],
)  # fmt: skip
async def test_all_that_many_workspaces_need_is_named_at_once(
    values: dict[str, str], missing: str
) -> None:
    """Not one after the other, each after another run of the doctor."""
    (found,) = await check_slack(bot_settings.load(values))

    assert found.state == NOT_OK
    assert found.detail.endswith(f": {missing}")
    assert f"Set {missing} in .env" in found.fix
