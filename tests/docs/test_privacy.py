"""The privacy pages: every column is described, and every test that a page relies on exists."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest

from bot.store.tables import metadata
from tests.docs.pages import ROOT, prose
from tests.shipped import shipped_playbook

STORED = ROOT / "docs" / "stored-data.md"
THREATS = ROOT / "docs" / "threat-model.md"
PACK = ROOT / "docs" / "privacy-pack"
TEST_ID = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")
WITHOUT_TABLE = {"instance_lock"}  # made by the lock itself, outside the migrations


def described() -> dict[str, list[str]]:
    """Return the columns that the page describes, by table."""
    found = {}
    for section in re.split(r"^## ", prose(STORED), flags=re.MULTILINE)[1:]:
        title = re.match(r"`(\w+)`\n", section)
        assert title, section[:40]
        cells = re.findall(r"^\| (`[^|]+`) \|", section, re.MULTILINE)
        found[title[1]] = [name for cell in cells for name in re.findall(r"`(\w+)`", cell)]
    return found


def test_every_column_is_described_once() -> None:
    """A new table or column must be described, with what it holds, before it ships."""
    tables = {table.name: sorted(table.columns.keys()) for table in metadata.sorted_tables}
    pages = {name: sorted(columns) for name, columns in described().items()}

    assert {name: pages[name] for name in pages if name not in WITHOUT_TABLE} == tables


@pytest.mark.parametrize(
    "what",
    [
        "pause",
        "lower limit",
        "wider quiet hours",
        "private questions",
        "muted kinds of questions",
        "weekly reflection that",
        "marks that name nobody",
        "manager named you for a team",
    ],
)
def test_what_stays_after_an_erasure_is_told_the_same_way(what: str) -> None:
    """The page, the question before an erasure, and "my data" name the same things."""
    page = " ".join((ROOT / "docs" / "privacy.md").read_text(encoding="utf-8").split())

    assert what in page
    assert what in shipped_playbook().text("record", "forget_stays")


def test_every_table_says_how_long_it_is_kept() -> None:
    """Each section says when its rows go, or that they name no person."""
    silent = [
        section.partition("\n")[0]
        for section in re.split(r"^## ", prose(STORED), flags=re.MULTILINE)[1:]
        if not re.search(r"\b(goes|go|stays?|hours?|days?|names no person)\b", section, re.I)
    ]

    assert silent == []


@cache
def names_in(file: Path) -> set[str]:
    """Return the names of the tests in a file."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    functions = (n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef))
    return {f.name for f in functions if f.name.startswith("test_")}


@pytest.mark.parametrize(
    "page", [THREATS, ROOT / "docs" / "privacy.md"], ids=lambda page: page.name
)
def test_named_tests_exist(page: Path) -> None:
    """A page may claim that a test proves something only if there is such a test."""
    named = TEST_ID.findall(page.read_text(encoding="utf-8"))
    missing = [
        f"{file}::{name}"
        for file, name in named
        if not (ROOT / file).is_file() or name not in names_in(ROOT / file)
    ]

    assert len(named) > 5
    assert missing == []


def test_every_attacker_has_an_answer() -> None:
    """Each part of the threat model says what somebody wants, what stops them, and what remains."""
    parts = re.split(r"^## ", prose(THREATS), flags=re.MULTILINE)[1:]
    attackers = [p for p in parts if not p.startswith(("What we protect", "How to read"))]

    assert len(attackers) >= 11
    for part in attackers:
        for label in ("**They want**", "**What stops them**", "**What remains**"):
            assert label in part, part.partition("\n")[0]
        assert TEST_ID.search(part), part.partition("\n")[0]


def test_the_pack_says_that_it_is_no_legal_advice() -> None:
    """Every page of the pack says so, and the legal notes name their sources."""
    pages = sorted(PACK.glob("*.md"))

    assert len(pages) >= 3
    for page in pages:
        assert "not legal advice" in " ".join(page.read_text(encoding="utf-8").split()), page.name
    notes = (PACK / "legal-notes.md").read_text(encoding="utf-8")
    for named in ("6(1)(f)", "Art. 13", "Art. 25", "Art. 35", "§ 87(1) no. 6", "5(1)(f)"):
        assert named in notes
    assert len(re.findall(r"\]\(https://", notes)) >= 8
