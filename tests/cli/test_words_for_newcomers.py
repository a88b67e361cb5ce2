"""What newcomers read in the terminal is said to them: no table names, and no reasons meant for
somebody else."""

from __future__ import annotations

import re

import pytest

from bot.cli.demo_report import DemoReport
from bot.core.model import Reason
from bot.core.playbook_model import Playbook
from bot.store.tables import metadata

_SAID_TO_THE_AUTHOR = re.compile(r"\b(you|your|you've|you're)\b", re.IGNORECASE)


@pytest.mark.parametrize("table", sorted(metadata.tables))
def test_doctor_has_words_for_each_table(playbook: Playbook, table: str) -> None:
    """``reframe doctor`` says what is stored, and not where."""
    assert playbook.text("cli", f"stored_{table}")


def test_no_table_that_is_gone_has_words(playbook: Playbook) -> None:
    named = {key.removeprefix("stored_") for key in playbook.strings["cli"] if "stored_" in key}

    assert named == {*metadata.tables, "nothing"}


@pytest.mark.parametrize("reason", list(Reason))
def test_the_demo_speaks_to_whoever_watches(playbook: Playbook, reason: Reason) -> None:
    """A reason that the author is told as "you" is told of the author."""
    said = DemoReport.why_quiet(playbook.strings, reason, "ana")

    assert not _SAID_TO_THE_AUTHOR.search(said)
    if _SAID_TO_THE_AUTHOR.search(playbook.text("quiet", reason)):
        assert "demo_" + reason in playbook.strings["cli"]
        assert "$" not in said
