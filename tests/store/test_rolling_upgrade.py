"""A new version migrates while processes of the last release still run: none of theirs may break.

The schema that a release has is what its migrations make, and they are all here. So the release's
processes need not be at hand: what they read and write is compared with what the newest migration
leaves of it.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
from alembic.config import Config
from sqlalchemy import Connection, inspect

from alembic import command
from bot.health import is_new_enough
from bot.store.database import Database
from bot.store.migrations import migrations_folder, newest_revision
from tests.postgres import Postgres

pytestmark = pytest.mark.postgres
RELEASED = "0016"
"""The newest migration of the last version that may run beside this one. Roles came with it; raise
it with each release, and not otherwise."""

Schema = dict[str, dict[str, Any]]


@pytest.fixture
async def newest(postgres: Postgres) -> AsyncIterator[Database]:
    """Yield a database with all tables."""
    with postgres.database(migrated=True) as address:
        database = Database(address)
        yield database
        await database.close()


@pytest.fixture
async def released(postgres: Postgres) -> AsyncIterator[Schema]:
    """Yield the schema that the last release knows."""
    with postgres.database() as address:
        database = Database(address)
        async with database.begin() as connection:
            await connection.run_sync(migrate_to, RELEASED)
            schema = await connection.run_sync(schema_of)
        await database.close()
        yield schema


def migrate_to(connection: Connection, revision: str) -> None:
    """Run the migrations of a release."""
    config = Config()
    config.set_main_option("script_location", str(migrations_folder()))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    command.upgrade(config, revision)


def schema_of(connection: Connection) -> Schema:
    """Return of each table what a statement can meet.

    Of all tables at once: one by one takes a server ten times as long.
    """
    found = inspect(connection)
    keys, uniques = found.get_multi_pk_constraint(), found.get_multi_unique_constraints()
    indexes, checks = found.get_multi_indexes(), found.get_multi_check_constraints()
    references = found.get_multi_foreign_keys()
    return {
        place[1]: {
            "columns": {column["name"]: column for column in columns},
            "rules": {
                *(("primary key", *key) for key in [keys[place]["constrained_columns"]] if key),
                *(("unique", *u["column_names"]) for u in uniques[place]),
                *(("unique", *map(str, i["column_names"])) for i in indexes[place] if i["unique"]),
                *(("check", c["sqltext"]) for c in checks[place]),
                *(
                    ("reference", f["referred_table"], *f["constrained_columns"])
                    for f in references[place]
                ),
            },
        }
        for place, columns in found.get_multi_columns().items()
    }


def what_breaks(old: Schema, new: Schema) -> Iterator[str]:
    """Yield what a version that knows the old schema can't do on the new one."""
    for table, known in old.items():
        if table not in new:
            yield f"{table} is gone"
            continue
        now = new[table]
        for name, column in known["columns"].items():
            if name not in now["columns"]:
                yield f"{table}.{name} is gone"
                continue
            then = now["columns"][name]
            if str(then["type"]) != str(column["type"]):
                yield f"{table}.{name} has another type"
            if column["nullable"] and not then["nullable"]:
                yield f"{table}.{name} must be set"
            if column["default"] is not None and then["default"] is None:
                yield f"{table}.{name} has lost its default"
        for name in now["columns"].keys() - known["columns"].keys():
            then = now["columns"][name]
            if not then["nullable"] and then["default"] is None and not then.get("autoincrement"):
                yield f"{table}.{name} is new and must be set"
        if known["rules"] - now["rules"]:
            yield f"{table} has lost {sorted(known['rules'] - now['rules'])}"
        if now["rules"] - known["rules"]:
            yield f"{table} has a new {sorted(now['rules'] - known['rules'])}"


async def test_the_last_release_runs_beside_this_one(newest: Database, released: Schema) -> None:
    """What is taken away must stay for one release more; what is new must need nothing."""
    async with newest.begin() as connection:
        assert list(what_breaks(released, await connection.run_sync(schema_of))) == []


@pytest.mark.parametrize(
    ("change", "breaks"),
    [
        ("DROP TABLE labels", ["labels is gone"]),
        ("ALTER TABLE inbox RENAME COLUMN reason TO why", ["inbox.reason is gone"]),
        (
            "ALTER TABLE inbox ALTER COLUMN reason TYPE varchar(2)",
            ["inbox.reason has another type"],
        ),
        ("ALTER TABLE inbox ALTER COLUMN reason SET NOT NULL", ["inbox.reason must be set"]),
        ("ALTER TABLE inbox ADD COLUMN new integer NOT NULL", ["inbox.new is new and must be set"]),
        ("ALTER TABLE inbox ADD COLUMN new integer", []),
        ("ALTER TABLE inbox ADD COLUMN new integer NOT NULL DEFAULT 0", []),
        (
            "ALTER TABLE inbox ADD UNIQUE (author_id)",
            ["inbox has a new [('unique', 'author_id')]"],
        ),
        (
            "ALTER TABLE labels DROP CONSTRAINT pk_labels",
            ["labels has lost [('primary key', 'workspace_id', 'mark')]"],
        ),
    ],
)
async def test_what_would_break_it(newest: Database, change: str, breaks: list[str]) -> None:
    """Each kind of change that an older statement can stumble over is found."""
    async with newest.begin() as connection:
        before = await connection.run_sync(schema_of)
        await connection.exec_driver_sql(change)
        found = list(what_breaks(before, await connection.run_sync(schema_of)))
        await connection.rollback()

    assert found == breaks


def test_a_newer_database_keeps_an_older_process_ready() -> None:
    """Else a load balancer would send nothing to the old ones before the new ones are up."""
    newest = newest_revision()

    assert is_new_enough(newest)
    assert is_new_enough(f"{int(newest) + 1:04}")
    assert not is_new_enough(f"{int(newest) - 1:04}")
    assert not is_new_enough(None)
