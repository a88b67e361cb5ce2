"""What the work under way is for, wherever it is asked: the log adds the workspace to each line,
and a call to a model belongs to the trace of a message."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from hashlib import sha256

_workspace_id: ContextVar[str] = ContextVar("workspace_id", default="")
_trace_id: ContextVar[bytes | None] = ContextVar("trace_id", default=None)


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


@contextmanager
def working_on(trace_id: bytes) -> Iterator[None]:
    """Do the work inside for one message; tasks that it starts are for the same one."""
    token = _trace_id.set(trace_id)
    try:
        yield
    finally:
        _trace_id.reset(token)


def current_trace() -> bytes | None:
    """Return the trace of the message that is worked on; None if there is no such message."""
    return _trace_id.get()


def trace_of(workspace_id: str, nudge_key: str) -> bytes:
    """Return the trace of a message: 16 bytes, the same in every process and after a restart.

    Args:
        workspace_id: its workspace. nudge_key: of the nudge that answers it, or would.
    """
    return sha256(f"{workspace_id}/{nudge_key}".encode()).digest()[:16]
