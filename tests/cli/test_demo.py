"""``reframe demo --json``: the promised form, and a week in which nothing is lost or doubled."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any

import pytest

from bot.core.model import Reason, Trap
from bot.sandbox.week import written_week

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> subprocess.CompletedProcess[str]:
    """One run of the demo, in an empty folder and an empty environment."""
    return subprocess.run(
        [sys.executable, "-m", "bot", "demo", "--json"],
        cwd=tmp_path_factory.mktemp("demo"),
        env={"PATH": os.defpath},
        capture_output=True,
        text=True,
        timeout=180,
    )


@pytest.fixture(scope="module")
def told(done: subprocess.CompletedProcess[str]) -> dict[str, Any]:
    """The object that it printed."""
    found = json.loads(done.stdout)
    assert isinstance(found, dict)
    return found


def test_it_ends_well_and_prints_one_object(done: subprocess.CompletedProcess[str]) -> None:
    """Exit code 0, one line of JSON on stdout, nothing on stderr."""
    assert done.returncode == 0
    assert done.stdout.count("\n") == 1
    assert done.stderr == ""


def test_the_keys_are_as_promised(told: dict[str, Any]) -> None:
    """Eight numbers and the list of messages, in the promised order."""
    assert list(told) == [
        *("coached", "left_alone", "lost", "doubled", "reflections", "digests"),
        *("p50_ms", "p95_ms", "messages"),
    ]
    for count in ("coached", "left_alone", "lost", "doubled", "reflections", "digests"):
        assert type(told[count]) is int
    for span in ("p50_ms", "p95_ms"):
        assert type(told[span]) is float
    assert 0 < told["p50_ms"] <= told["p95_ms"]


def test_friday_and_monday_come_once(told: dict[str, Any]) -> None:
    """Each of the eight sellers has one look back, and the manager one digest."""
    assert (told["reflections"], told["digests"]) == (8, 1)


def test_each_message_is_as_promised(told: dict[str, Any]) -> None:
    """A message has id, channel, trap, outcome and reason, from the known words only."""
    for message in told["messages"]:
        assert list(message) == ["id", "channel", "trap", "outcome", "reason"]
        assert isinstance(message["id"], str)
        assert message["trap"] in {*Trap, "none"}
        assert message["outcome"] in ("coached", "left_alone")
    ids = [message["id"] for message in told["messages"]]
    assert len(set(ids)) == len(ids)


def test_nothing_is_lost_and_nothing_doubled(told: dict[str, Any]) -> None:
    """Whatever goes wrong in the week, each question is said once."""
    assert told["lost"] == 0
    assert told["doubled"] == 0


def test_the_counts_add_up(told: dict[str, Any]) -> None:
    """Every message is either coached or left alone, and the counts are those of the list."""
    outcomes = [message["outcome"] for message in told["messages"]]

    assert told["coached"] == outcomes.count("coached") > 0
    assert told["left_alone"] == outcomes.count("left_alone")
    assert told["coached"] + told["left_alone"] == len(outcomes)


def test_silence_has_a_reason_and_a_question_has_none(told: dict[str, Any]) -> None:
    """Who is left alone is told why, in a known word; who is coached has a trap instead."""
    for message in told["messages"]:
        if message["outcome"] == "coached":
            assert message["reason"] is None, message
            assert message["trap"] in set(Trap), message
        else:
            assert message["reason"] in set(Reason), message


def test_it_is_a_week_worth_watching(told: dict[str, Any]) -> None:
    """At least 60 messages in three deal channels; 8 or more sound like a trap and are either
    coached or held back for a reason."""
    messages = told["messages"]
    deals = {m["channel"] for m in messages if m["channel"].startswith("deal-")}
    sounding = {m["id"] for m in messages if m["trap"] != "none"}

    assert len(messages) >= 60
    assert len(deals) == 3
    assert len(sounding) >= 8


def test_every_line_of_the_week_is_told(told: dict[str, Any]) -> None:
    """No written line is missing from the list, nor in another channel than it was written in."""
    week = written_week()
    channels = {message["id"]: message["channel"] for message in told["messages"]}

    assert {line.id: line.where for line in week.lines}.items() <= channels.items()
    assert len(channels) == len(week.lines) + sum(bool(line.then) for line in week.lines)


@pytest.mark.parametrize("trouble", ["duplicate", "retry", "edit", "delete", "crash"])
def test_the_week_has_its_troubles(trouble: str) -> None:
    """Each trouble that the demo shows is written into the week, and an edit has its wording."""
    lines = [line for line in written_week().lines if line.do == trouble]

    assert lines
    assert all(bool(line.becomes) == (trouble == "edit") for line in lines)
