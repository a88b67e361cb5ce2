"""The end of an installation, which Slack tells in two ways and more than once."""

from __future__ import annotations

import logging

import pytest

from tests.flows.stories import Stories


async def test_the_log_says_once_that_a_workspace_is_gone(
    stories: Stories, caplog: pytest.LogCaptureFixture
) -> None:
    """One line for the admin, however often Slack says it."""
    with caplog.at_level(logging.WARNING, "bot"):
        for _ in range(4):
            await stories.erasure.forget_workspace("T1")

    lines = [r.getMessage() for r in caplog.records if "removed the app" in r.getMessage()]
    assert lines == ["workspace=T1 removed the app: erased 1 rows"]  # the channel that was told
