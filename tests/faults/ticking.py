"""One of several processes that tick on one database: reads a time a line, ticks, answers."""

from __future__ import annotations

import asyncio
import sys

from bot import playbook as words
from bot import settings as house
from bot import wiring
from bot.core.model import Audience, Person
from bot.flows.ports import ChatRefused, Post
from bot.store.database import Database

ZONES = (
    "Europe/Berlin", "Europe/London", "America/New_York", "America/Sao_Paulo", "Asia/Kolkata",
    "Asia/Kathmandu", "Asia/Tokyo", "Australia/Lord_Howe", "Pacific/Auckland", "Pacific/Apia",
    "America/St_Johns", "America/Los_Angeles",
)  # fmt: skip


def zone_of(user: str) -> str:
    """Where a person of the simulation lives, by the number in the id."""
    return ZONES[int(user[1:]) % len(ZONES)]


class Chat:
    """As much of Slack as a tick asks for; implements ``bot.flows.ports.Chat``."""

    async def audience(self, channel: str, *, fresh: bool = False) -> Audience:
        return Audience.COLLEAGUES

    async def person(self, user: str) -> Person:
        return Person(user, zone_of(user), 0, colleague=True)

    async def earlier(self, channel: str, thread_ts: str | None, ts: str) -> tuple[str, ...]:
        return ()

    async def post(self, post: Post) -> str:
        raise ChatRefused("nothing_is_said_here")

    async def find(self, post: Post) -> str | None:
        return None


async def main(address: str) -> None:
    """Ticks at each time that comes in, until there is none."""
    now = [0.0]
    database = Database(address)
    reflect, digests, _ = wiring.week_of(
        house.load({}), words.read(), database, Chat(), lambda: now[0], lambda: None
    )
    loop = asyncio.get_running_loop()
    while line := await loop.run_in_executor(None, sys.stdin.readline):
        now[0] = float(line)
        sent = await reflect.tick() + await digests.tick()
        sys.stdout.write(f"{sent}\n")
        sys.stdout.flush()
    await database.close()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
