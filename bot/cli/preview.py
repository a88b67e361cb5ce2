"""``reframe digest`` and ``reframe reflect`` with ``--preview``: what would be sent, to nobody."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Awaitable, Callable, Mapping

from rich.console import Console

from bot import settings as house
from bot import wiring
from bot.core.model import Audience, Person
from bot.flows.digest import Digests
from bot.flows.ports import ChatRefused, Post
from bot.flows.reflect import Reflect
from bot.sandbox import screen
from bot.store.database import Database
from bot.store.previews import known_groups, team_of_person

Shown = Mapping[str, str]


class Nobody:
    """Slack, where nobody is asked: every person lives in UTC. Implements ``Chat``."""

    async def audience(self, channel: str, *, fresh: bool = False) -> Audience:
        return Audience.UNKNOWN

    async def person(self, user: str) -> Person:
        return Person(user, zone=None, offset=0, colleague=True)

    async def earlier(self, channel: str, thread_ts: str | None, ts: str) -> tuple[str, ...]:
        return ()

    async def post(self, post: Post) -> str:
        raise ChatRefused("a_preview_sends_nothing")

    async def find(self, post: Post) -> str | None:
        return None


def digests() -> int:
    """Prints the digest that each team would have now; 1 where there is no team."""

    async def shown(database: Database, _: Reflect, digests: Digests) -> list[Shown]:
        return [await digests.preview(group) for group in await known_groups(database)]

    return _print(shown, "There is no team yet; a manager sets one up with /reframe team.")


def reflection(user: str) -> int:
    """Prints the look back that a person would have now; 1 where nothing is known of the person.

    Args:
        user: Slack's id of the person.
    """

    async def shown(database: Database, reflect: Reflect, _: Digests) -> list[Shown]:
        team = await team_of_person(database, user)
        return [await reflect.preview(team, user)] if team else []

    return _print(shown, f"Nothing is known of {user}; give a user id such as U0123ABCD.")


def _print(shown: Callable[[Database, Reflect, Digests], Awaitable[list[Shown]]], none: str) -> int:
    async def every() -> list[Shown]:
        settings = house.load()
        database = Database(settings.database_url.get_secret_value())
        try:
            reflect, digests, _ = wiring.week_of(
                settings, wiring.voice_of(settings), database, Nobody(), time.time, lambda: None
            )
            return await shown(database, reflect, digests)
        finally:
            await database.close()

    looks = asyncio.run(every())
    console = Console(highlight=False)
    for look in looks:
        message = {"text": look["text"], "blocks": json.loads(look["blocks"])}
        console.print(screen.message(message), markup=False)
        console.print()
    if not looks:
        Console(stderr=True, highlight=False).print(none, markup=False)
    return 0 if looks else 1
