"""``reframe demo --json``, from the wheel: the documented shape, nothing lost, nothing doubled."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from bot.core.model import Reason, Trap
from bot.sandbox.demo_script import load_demo_script
from tests.installed import run_python

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the empty folder that the demo runs in."""
    return tmp_path_factory.mktemp("demo")


@pytest.fixture(scope="module")
def process(folder: Path, installed: Path) -> subprocess.CompletedProcess[str]:
    """Run the demo once, from the installed wheel, with an empty environment."""
    return run_python(folder, "-m", "bot", "demo", "--json", path=installed)


@pytest.fixture(scope="module")
def result(process: subprocess.CompletedProcess[str]) -> dict[str, Any]:
    """Parse the object that the demo printed."""
    parsed = json.loads(process.stdout)
    assert isinstance(parsed, dict)
    return parsed


def test_demo_succeeds_and_prints_one_object(process: subprocess.CompletedProcess[str]) -> None:
    """The exit code is 0; stdout is one line of JSON and stderr is empty."""
    assert process.returncode == 0
    assert process.stdout.count("\n") == 1
    assert process.stderr == ""


def test_demo_leaves_no_file(
    process: subprocess.CompletedProcess[str],
    folder: Path,
) -> None:
    """The working folder is as empty as it was."""
    assert process.returncode == 0
    assert list(folder.iterdir()) == []


def test_keys_are_as_documented(result: dict[str, Any]) -> None:
    """The object has eight numbers and the list of messages, in the documented order."""
    assert list(result) == [
        *("coached", "left_alone", "lost", "doubled", "reflections", "digests"),
        *("p50_ms", "p95_ms", "messages"),
    ]
    for count in ("coached", "left_alone", "lost", "doubled", "reflections", "digests"):
        assert type(result[count]) is int
    for latency in ("p50_ms", "p95_ms"):
        assert type(result[latency]) is float
    assert 0 < result["p50_ms"] <= result["p95_ms"]


def test_weekly_messages_are_sent_once(result: dict[str, Any]) -> None:
    """Each of the eight sellers gets one weekly reflection, and the manager one digest."""
    assert (result["reflections"], result["digests"]) == (8, 1)


def test_each_message_is_as_documented(result: dict[str, Any]) -> None:
    """A message has id, channel, trap, outcome and reason, with documented values only."""
    for message in result["messages"]:
        assert list(message) == ["id", "channel", "trap", "outcome", "reason"]
        assert isinstance(message["id"], str)
        assert message["trap"] in {*Trap, "none"}
        assert message["outcome"] in ("coached", "left_alone")
    ids = [message["id"] for message in result["messages"]]
    assert len(set(ids)) == len(ids)


def test_nothing_is_lost_or_doubled(result: dict[str, Any]) -> None:
    """Each question is posted once, whatever incidents happen."""
    assert result["lost"] == 0
    assert result["doubled"] == 0


def test_counts_match_the_messages(result: dict[str, Any]) -> None:
    """Every message is either coached or left alone, and the counts agree with the list."""
    outcomes = [message["outcome"] for message in result["messages"]]

    assert result["coached"] == outcomes.count("coached") > 0
    assert result["left_alone"] == outcomes.count("left_alone")
    assert result["coached"] + result["left_alone"] == len(outcomes)


def test_only_messages_left_alone_have_a_reason(result: dict[str, Any]) -> None:
    """A message left alone has a documented reason; a coached one has a trap instead."""
    for message in result["messages"]:
        if message["outcome"] == "coached":
            assert message["reason"] is None, message
            assert message["trap"] in set(Trap), message
        else:
            assert message["reason"] in set(Reason), message


def test_week_is_rich_enough(result: dict[str, Any]) -> None:
    """There are 60 messages in three deal channels, and 8 with a trap, coached or not."""
    messages = result["messages"]
    deal_channels = {m["channel"] for m in messages if m["channel"].startswith("deal-")}
    trapped = {m["id"] for m in messages if m["trap"] != "none"}

    assert len(messages) >= 60
    assert len(deal_channels) == 3
    assert len(trapped) >= 8


def test_result_contains_every_message_of_the_script(result: dict[str, Any]) -> None:
    """Every message of the script is listed with its channel, and so is every follow-up."""
    script = load_demo_script()
    channels = {message["id"]: message["channel"] for message in result["messages"]}

    assert {message.id: message.channel for message in script.messages}.items() <= channels.items()
    follow_ups = sum(bool(message.follow_up) for message in script.messages)
    assert len(channels) == len(script.messages) + follow_ups


@pytest.mark.parametrize("incident", ["duplicate", "retry", "edit", "delete", "crash"])
def test_script_contains_every_incident(incident: str) -> None:
    """Each incident is in the script, and only an edit has a new text."""
    messages = [m for m in load_demo_script().messages if m.incident == incident]

    assert messages
    assert all(bool(m.edited_text) == (incident == "edit") for m in messages)
