"""Stories over an in-memory store."""

from __future__ import annotations

import pytest

from bot.core.playbook_model import Playbook
from tests.fakes.memory_store import MemoryStore
from tests.flows.stories import Stories


@pytest.fixture
def stories(playbook: Playbook) -> Stories:
    """Return all stories, with caps and quiet hours off, in a channel that knows about the bot."""
    store = MemoryStore()
    store.state.channels["T1", "C-deal"] = {"noticed_at": 0.0}
    return Stories(store, playbook)
