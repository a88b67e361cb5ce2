"""One of several processes that tick on one database: reads a time per line, ticks, responds."""

from __future__ import annotations

import asyncio
import os
import sys

from bot import settings as bot_settings
from bot import store_wiring
from bot.cli.preview import NoSlack
from bot.core.model import Person
from bot.playbook import load_playbook
from bot.rules_wiring import build_rules
from bot.slack.views.renderer import SlackRenderer
from bot.store.database import Database
from bot.weekly_wiring import WeeklyWiring
from bot.workers.loop import WakeUps

ZONES = (
    "Europe/Berlin", "Europe/London", "America/New_York", "America/Sao_Paulo", "Asia/Kolkata",
    "Asia/Kathmandu", "Asia/Tokyo", "Australia/Lord_Howe", "Pacific/Auckland", "Pacific/Apia",
    "America/St_Johns", "America/Los_Angeles",
)  # fmt: skip


def zone_of(user_id: str) -> str:
    """Return the time zone of a user of the simulation, by the number in the id."""
    return ZONES[int(user_id[1:]) % len(ZONES)]


class Chat(NoSlack):
    """Slack as far as a tick uses it: everybody is a colleague, each in a time zone."""

    async def person(self, workspace_id: str, user_id: str) -> Person:
        """Return a colleague."""
        return Person(user_id, zone_of(user_id), 0, is_colleague=True)


async def main(address: str) -> None:
    """Tick at each time on standard input; print how many messages were queued."""
    now = [0.0]
    settings, playbook = bot_settings.load({}), load_playbook()
    database = Database(address)
    weekly = WeeklyWiring(
        rules=build_rules(settings, playbook),
        playbook=playbook,
        store=await store_wiring.build_store(settings, database, 0.0),
        chat=Chat(),
        renderer=SlackRenderer(playbook),
        clock=lambda: now[0],
        owner=f"process-{os.getpid()}",
        wake_ups=WakeUps(),
    )
    reflections, digests = weekly.reflections(), weekly.digests()
    loop = asyncio.get_running_loop()
    while line := await loop.run_in_executor(None, sys.stdin.readline):
        now[0] = float(line)
        queued = await reflections.run_due() + await digests.run_due()
        sys.stdout.write(f"{queued}\n")
        sys.stdout.flush()
    await database.close()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
