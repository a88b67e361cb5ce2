"""docs/troubleshooting.md explains every reason for silence, and says what an admin can do."""

from __future__ import annotations

import re
from collections import Counter

from bot.core.model import Reason
from tests.docs.pages import ROOT

PAGE = (ROOT / "docs" / "troubleshooting.md").read_text(encoding="utf-8")
ROWS = re.findall(r"^\| `([a-z_]+)` \| ([^|]+) \| ([^|]+) \|$", PAGE, re.MULTILINE)


def test_every_reason_is_explained_once() -> None:
    """No reason is missing, invented, or explained twice."""
    assert Counter(name for name, _, _ in ROWS) == Counter(Reason)


def test_every_row_says_what_it_means_and_what_to_do() -> None:
    """The two cells are filled in, and the meaning is a sentence."""
    assert [name for name, meaning, todo in ROWS if len(meaning) < 12 or len(todo) < 5] == []
    assert all(meaning.endswith(".") for _, meaning, _ in ROWS)
