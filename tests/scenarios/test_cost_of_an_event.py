"""What one event of each kind may ask of the database: statements and transactions are counted, so
no clock is needed to notice one that is too many.

A change that needs another statement raises its bound here, in sight.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.flows.roles import Role
from tests.bench.statements import KINDS, counts
from tests.postgres import Postgres, migrate

Most = dict[str, tuple[int, int]]
"""Statements and transactions, by the kind of event."""

FREE = dict.fromkeys(KINDS, (0, 0))
ALONE: Most = FREE | {
    "a candidate without a question": (11, 3),
    "a question": (30, 6),
    "an answer in a thread": (1, 0),
}
IN_ROLES: Most = FREE | {
    "a candidate without a question": (14, 3),
    "a question": (34, 6),
    "an answer in a thread": (1, 0),
}


@pytest.mark.slow
async def test_alone_on_sqlite(tmp_path: Path) -> None:
    """One process does it all."""
    address = f"sqlite:///{tmp_path}/reframe.db"
    migrate(address)
    assert await too_many(address, ALONE, "all") == {}


@pytest.mark.slow
@pytest.mark.postgres
async def test_in_roles_on_postgres(postgres: Postgres) -> None:
    """A web and a worker process, with jobs between them."""
    with postgres.database(migrated=True) as address:
        assert await too_many(address, IN_ROLES, "web", "worker") == {}


async def too_many(address: str, most: Most, *roles: Role) -> dict[str, list[str]]:
    """Return the kinds that ask more than they may, with all that they ask."""
    asked = await counts(address, *roles)
    return {
        kind: found.statements
        for kind, found in asked.items()
        if len(found.statements) > most[kind][0] or found.transactions > most[kind][1]
    }
