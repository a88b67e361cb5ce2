"""Compiles each SQL statement once per process, instead of in each database that a test opens.

An engine keeps the statements that it has compiled, by its dialect and their form. A test process
opens thousands of engines, whose dialects differ in nothing but which of two databases they are
for. A process of its own (``tests.processes``) compiles for itself.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any
from unittest import mock

from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

_Key = tuple[Any, ...]


class SharedStatements(dict[_Key, Any]):
    """What engines of one kind of database have compiled, whichever of them did."""

    def get(self, key: _Key, default: Any = None) -> Any:
        """Return the statement of this form, if it was compiled."""
        return super().get(_form(key), default)

    def __setitem__(self, key: _Key, statement: Any) -> None:
        super().__setitem__(_form(key), statement)


def _form(key: _Key) -> _Key:
    _dialect, *form = key
    return tuple(form)


@contextlib.contextmanager
def statements_compiled_once() -> Iterator[None]:
    """Let the databases that are made while this is open share their compiled statements."""
    by_kind: dict[str, SharedStatements] = {}

    def create(*arguments: Any, **options: Any) -> AsyncEngine:
        engine = create_async_engine(*arguments, **options)
        kind = engine.dialect.name
        engine.sync_engine._compiled_cache = by_kind.setdefault(kind, SharedStatements())
        return engine

    with mock.patch("bot.store.engines.create_async_engine", create):
        yield
