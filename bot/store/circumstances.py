"""What was chosen for a place and a person, in one statement over all the tables that hold it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import FromClause, String, Table, and_, bindparam, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.core.model import Trap
from bot.flows.ports.channels import Probation
from bot.flows.ports.circumstances import Circumstances
from bot.store.channels import settings_of
from bot.store.people import PREFERENCES, preferences_of
from bot.store.tables import (
    channels,
    mutes,
    preferences,
    probation,
    workspace_admins,
    workspace_settings,
)
from bot.store.workspace_settings import CHOICES, choices_of

_NO_TRAP = ""


class SqlCircumstances:
    """Implements ``bot.flows.ports.circumstances.CircumstancesReader``."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def of(
        self, workspace_id: str, channel_id: str, user_id: str, trap: Trap | None
    ) -> Circumstances:
        values = {
            "workspace_id": workspace_id,
            "channel_id": channel_id,
            "user_id": user_id,
            "trap": trap or _NO_TRAP,
        }
        found = await self._connection.execute(_CHOSEN, values)
        rows = [
            dict(row) for row in found.mappings()
        ]  # one for each of the admins; without any, one
        of_table = {name: _values(rows[0], name) for name in _TABLES}
        admins = frozenset(str(row[_ADMIN]) for row in rows if row[_ADMIN])
        trial = of_table[probation.name]
        return Circumstances(
            choices=choices_of(of_table[workspace_settings.name], admins),
            channel=settings_of(channel_id, of_table[channels.name]),
            preferences=preferences_of(of_table[preferences.name]),
            muted_until=rows[0][f"{mutes.name}.until"],
            probation=Probation(trial["since"], trial["cleared_at"]),
        )


def _values(row: Mapping[str, Any], table: str) -> dict[str, Any]:
    return {name: row[f"{table}.{name}"] for name in _TABLES[table]}


_TABLES: dict[str, tuple[str, ...]] = {
    channels.name: tuple(column.name for column in channels.c),
    preferences.name: ("user_id", *PREFERENCES),
    workspace_settings.name: CHOICES,
    mutes.name: ("until",),
    probation.name: ("since", "cleared_at"),
}
_ADMIN = f"{workspace_admins.name}.user_id"
_KEYS = ("workspace_id", "channel_id", "user_id", "trap")
_asked = select(*(bindparam(name, type_=String).label(name) for name in _KEYS)).subquery("asked")


def _beside(found: FromClause, table: Table, *names: str) -> FromClause:
    same = (table.c[name] == _asked.c[name] for name in ("workspace_id", *names))
    return found.outerjoin(table, and_(*same))


def _all() -> FromClause:
    found = _beside(_asked, workspace_settings)
    found = _beside(found, workspace_admins)
    found = _beside(found, channels, "channel_id")
    found = _beside(found, preferences, "user_id")
    found = _beside(found, mutes, "user_id", "trap")
    return _beside(found, probation, "trap")


_by_name = {
    table.name: table for table in (channels, preferences, workspace_settings, mutes, probation)
}
_CHOSEN = select(
    workspace_admins.c.user_id.label(_ADMIN),
    *(
        _by_name[table].c[name].label(f"{table}.{name}")
        for table, names in _TABLES.items()
        for name in names
    ),
).select_from(_all())
