"""``reframe digest`` and ``reframe reflect`` with ``--preview``: show what would be sent."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence

from rich.console import Console

from bot import flow_wiring
from bot import settings as bot_settings
from bot.cli import block_kit_text
from bot.core.model import Audience, Person
from bot.flows.errors import SlackRefusedError
from bot.flows.ports.outbox import ClaimedMessage
from bot.flows.ports.rendering import Content
from bot.playbook import load_playbook
from bot.settings import Settings
from bot.slack.views.renderer import SlackRenderer
from bot.store.database import Database
from bot.store.inspection import workspaces_of_person
from bot.workers.loop import WakeUps

_NOBODY = "preview"


class NoSlack:
    """Slack for previews: nobody is asked, and everybody lives in UTC. Implements ``Chat``."""

    async def audience(
        self, workspace_id: str, channel_id: str, *, fresh: bool = False
    ) -> Audience:
        return Audience.UNKNOWN

    async def person(self, workspace_id: str, user_id: str) -> Person:
        return Person.unknown(user_id)

    async def preceding_messages(
        self, workspace_id: str, channel_id: str, thread_ts: str | None, ts: str
    ) -> tuple[str, ...]:
        return ()

    async def post(self, claimed: ClaimedMessage) -> str:
        raise SlackRefusedError("a_preview_sends_nothing")

    async def find(self, claimed: ClaimedMessage) -> str | None:
        return None


def preview_digests() -> int:
    """Print the digest that each team would get now; return 1 if there is no team."""

    async def render(settings: Settings, database: Database) -> list[Content]:
        playbook = load_playbook(settings.prompts_dir, settings.language)
        store = flow_wiring.build_store(settings, database)
        digests = flow_wiring.build_digests(
            settings,
            playbook,
            store,
            NoSlack(),
            SlackRenderer(playbook.strings, playbook),
            time.time,
            _NOBODY,
            WakeUps(),
        )
        async with store.begin() as uow:
            teams = await uow.sales_teams.all()
        return [await digests.preview(team) for team in teams]

    return _print(render, "There is no team yet; a manager sets one up with /reframe team.")


def preview_reflection(user_id: str) -> int:
    """Print the weekly reflection that a user would get now; return 1 if we don't know them.

    Args:
        user_id: Slack's id of the user. In several workspaces, each one's is printed.
    """

    async def render(settings: Settings, database: Database) -> list[Content]:
        playbook = load_playbook(settings.prompts_dir, settings.language)
        reflections = flow_wiring.build_reflections(
            settings,
            playbook,
            flow_wiring.build_store(settings, database),
            NoSlack(),
            SlackRenderer(playbook.strings, playbook),
            time.time,
            _NOBODY,
            WakeUps(),
        )
        workspace_ids = await workspaces_of_person(database, user_id)
        return [await reflections.preview(w, user_id) for w in workspace_ids]

    return _print(render, f"Nothing is stored about {user_id}; give a user id like U0123ABCD.")


def _print(
    render: Callable[[Settings, Database], Awaitable[Sequence[Content]]], if_none: str
) -> int:
    async def rendered() -> Sequence[Content]:
        settings = bot_settings.load()
        database = Database(settings.database_url.get_secret_value())
        try:
            return await render(settings, database)
        finally:
            await database.close()

    contents = asyncio.run(rendered())
    console = Console(highlight=False)
    for content in contents:
        console.print(block_kit_text.render_message(dict(content)), markup=False)
        console.print()
    if not contents:
        Console(stderr=True, highlight=False).print(if_none, markup=False)
    return 0 if contents else 1
