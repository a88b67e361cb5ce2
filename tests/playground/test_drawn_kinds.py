"""The page draws every kind of block and element that the bot's views are made of."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from slack_sdk.models import blocks as kit

from bot.core.digest_stats import DigestFigures, Theme
from bot.core.model import Trap
from bot.core.playbook_model import Playbook
from bot.flows.digest_figures import sample_digest
from bot.slack.views import weekly_modals
from bot.slack.views.digest import DigestView
from tests.slack.test_lengths import MESSAGES, TEAM, VIEWS

PAGE = Path("bot/playground/page")
SOURCES = sorted(Path("bot/slack/views").glob("*.py"))
_ABSTRACT = {"InputInteractiveElement", "InteractiveElement"}


def drawn(file: str, table: str) -> set[str]:
    """Return the kinds that a table of the page draws: its keys."""
    text = (PAGE / file).read_text(encoding="utf-8")
    found = re.search(rf"const {table} = \{{\n(.*?)\n\}};", text, re.DOTALL)
    assert found, f"{file} has no {table}"
    return set(re.findall(r"^  (\w+)[:,]", found[1], re.MULTILINE))


def kinds_imported() -> Iterator[str]:
    """Yield the type of each block and element that a view is built from."""
    for source in SOURCES:
        for node in ast.walk(ast.parse(source.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and node.module == "slack_sdk.models.blocks":
                names = (alias.name for alias in node.names if alias.name not in _ABSTRACT)
                yield from (
                    getattr(kit, name).type
                    for name in names
                    if name != "Block" and name.endswith(("Block", "Element"))
                )


def test_every_kind_that_a_view_imports_is_drawn() -> None:
    everything = drawn("block_kit.js", "BLOCKS") | drawn("block_kit.js", "ELEMENTS")

    assert set(kinds_imported()) - everything - drawn("inputs.js", "MAKERS") == set()


def blocks_of(playbook: Playbook) -> Iterator[dict[str, Any]]:
    """Yield the blocks of every message and form."""
    strings = playbook.strings
    for message in MESSAGES.values():
        yield from message(strings).blocks
    for view in VIEWS.values():
        yield from view(strings)["blocks"]
    yield from weekly_modals.team_form(strings, TEAM, ["U2"])["blocks"]
    figures = DigestFigures((Theme(Trap.BLAME, 10, 1),))
    sample = sample_digest(TEAM, 1_790_000_000.0, figures, for_manager=True)
    yield from DigestView(strings, playbook).render(sample)["blocks"]


@pytest.mark.parametrize("where", ["actions", "input", "block"])
def test_every_kind_is_drawn_where_it_stands(playbook: Playbook, where: str) -> None:
    """A picker of people among buttons once read: This page can't show a users_select."""
    blocks = list(blocks_of(playbook))
    shown = {
        "block": {block["type"] for block in blocks},
        "input": {block["element"]["type"] for block in blocks if "element" in block},
        "actions": {
            element["type"]
            for block in blocks
            for element in [*block.get("elements", []), block.get("accessory")]
            if element and block["type"] != "context"
        },
    }
    tables = {
        "block": drawn("block_kit.js", "BLOCKS"),
        "input": drawn("inputs.js", "MAKERS"),
        "actions": drawn("block_kit.js", "ELEMENTS"),
    }

    assert shown[where]
    assert shown[where] - tables[where] == set()
