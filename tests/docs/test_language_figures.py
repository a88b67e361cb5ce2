"""What the printed command measures about languages: the pages state it, and it is good enough."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.docs.pages import PAGES, ROOT, commands, prepare, run

DOCS = ROOT / "docs"
STATED_IN = (
    DOCS / "detector.md",
    DOCS / "decisions" / "0027-py3langid-instead-of-word-lists.md",
)


@pytest.fixture(scope="module")
def measured(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[int, int, str]]:
    """Run the command as printed, once: it takes seconds.

    Returns:
        How many pass of how many messages, and the share in percent: English ones, then foreign.
    """
    clone = tmp_path_factory.mktemp("clone")
    prepare(clone)
    (line,) = (
        c.line for page in PAGES for c in commands(page) if c.line.endswith("tests.bench.language")
    )
    done = run(line, clone)
    found = re.findall(r"^(English|foreign) .+: (\d+) of (\d+) \(([\d.]+) %\)$", done.stdout, re.M)

    assert done.returncode == 0, done.stderr
    assert [kind for kind, *_ in found] == ["English", "foreign"]
    return [(int(passed), int(messages), share) for _, passed, messages, share in found]


@pytest.mark.parametrize("page", STATED_IN, ids=lambda page: Path(page).stem)
def test_the_language_figures_are_current(measured: list[tuple[int, int, str]], page: Path) -> None:
    """detector.md and the decision state the figures that the printed command measures."""
    text = page.read_text(encoding="utf-8")

    for passed, messages, share in measured:
        assert f"{passed:,} of {messages:,}" in text
        assert f"{float(share):g} %" in text


def test_language_shares_on_the_corpus(measured: list[tuple[int, int, str]]) -> None:
    """At most 12 % of foreign messages pass, and at least 99.85 % of English ones."""
    (english_passed, english, _), (foreign_passed, foreign, _) = measured

    assert foreign == 200
    assert english > 9_000
    assert foreign_passed / foreign <= 0.12
    assert english_passed / english >= 0.9985
