"""The end of an installation, which Slack tells in two ways and more than once."""

from __future__ import annotations

import logging

import pytest

from bot.flows.ports.installations import BotTokens, Installation
from tests.fakes.memory_store import MemoryStore
from tests.flows.stories import Stories


async def test_the_log_says_once_that_a_workspace_is_gone(
    stories: Stories, caplog: pytest.LogCaptureFixture
) -> None:
    """One line for the admin, however often Slack says it."""
    with caplog.at_level(logging.WARNING, "bot"):
        for _ in range(4):
            await stories.erasure.forget_workspace("T1")

    lines = [r.getMessage() for r in caplog.records if "removed the app" in r.getMessage()]
    assert lines[0] == "workspace=T1 removed the app: erased 1 rows"  # the channel that was told
    assert len(lines) == 1
    assert len([r for r in caplog.records if "install the app again" in r.getMessage()]) == 1


async def test_late_rows_are_erased_only_where_an_installation_was_kept(stories: Stories) -> None:
    """A workspace whose token stands in the settings may be back when Slack says it is gone."""
    assert isinstance(stories.store, MemoryStore)
    found: list[set[str]] = []
    for is_kept in (False, True):
        if is_kept:
            async with stories.store.begin() as uow:
                installed = Installation("T1", "U0", "B0", "A0", BotTokens("xoxb-1"))
                await uow.installations.save(installed, now=stories.now)
        await stories.erasure.forget_workspace("T1")
        found.append(set(stories.store.state.removals))

    assert found == [set(), {"T1"}]
