"""Which workspace the work under way is for, wherever it is asked: the log adds it to each line."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_workspace_id: ContextVar[str] = ContextVar("workspace_id", default="")


@contextmanager
def working_for(workspace_id: str) -> Iterator[None]:
    """Do the work inside for a workspace; tasks that it starts are for the same one."""
    token = _workspace_id.set(workspace_id)
    try:
        yield
    finally:
        _workspace_id.reset(token)


def current_workspace() -> str:
    """Return the workspace that is worked for; empty for all or none."""
    return _workspace_id.get()
