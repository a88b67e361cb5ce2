"""``reframe digest`` and ``reframe reflect`` with ``--preview``: show what would be sent.

Whoever runs them is not the one it is for, so no key is read and nobody's words are opened.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Collection, Mapping, Sequence

from rich.console import Console

from bot import settings as bot_settings
from bot.cli import block_kit_text
from bot.core.model import Audience, Message, Person, Turn
from bot.core.playbook_model import Playbook
from bot.flows.errors import SlackRefusedError
from bot.flows.ports.outbox import ClaimedMessage
from bot.flows.ports.rendering import Content
from bot.playbook import load_playbook
from bot.settings import Settings
from bot.slack.views.renderer import SlackRenderer
from bot.store.database import Database
from bot.store.encryption import Encryptor
from bot.store.unit_of_work import SqlStore
from bot.weekly_wiring import WeeklyWiring
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

    async def is_member(self, workspace_id: str, channel_id: str) -> bool:
        return False

    async def preceding_messages(
        self, workspace_id: str, channel_id: str, thread_ts: str | None, ts: str
    ) -> tuple[Turn, ...]:
        return ()

    async def messages_at(
        self, workspace_id: str, channel_id: str, thread_ts: str | None, ts: Collection[str]
    ) -> Mapping[str, Message]:
        return {}

    async def post(self, claimed: ClaimedMessage) -> str:
        raise SlackRefusedError("a_preview_sends_nothing")

    async def find(self, claimed: ClaimedMessage) -> str | None:
        return None

    async def leave_alone(self, workspace_id: str, method: str, *, until: float) -> None:
        """Nothing is called anyway."""


def preview_digests() -> int:
    """Print the digest that each team would get now; return 1 if there is no team.

    A digest holds nothing that its manager may not see, whoever looks at it.
    """

    async def render(settings: Settings, database: Database) -> list[Content]:
        playbook = load_playbook(settings.prompts_dir, settings.language)
        store = SqlStore(database, Encryptor())  # no key: a preview opens nothing
        digests = _wiring(settings, playbook, store).past_digests()
        async with store.begin() as uow:
            teams = await uow.sales_teams.all()
        return [await digests.preview(team) for team in teams]

    async def rendered() -> list[Content]:
        settings = bot_settings.load()
        database = Database(settings.database_url.get_secret_value())
        try:
            return await render(settings, database)
        finally:
            await database.close()

    contents = asyncio.run(rendered())
    _print(contents)
    if not contents:
        sentence = "There is no team yet; a manager sets one up with /reframe team."
        Console(stderr=True, highlight=False).print(sentence, markup=False)
    return 0 if contents else 1


def preview_reflection() -> None:
    """Print a weekly reflection as a seller gets it, with placeholders for the seller's data.

    Nothing is read from the database: what a person was asked and wrote is for that person alone.
    """
    settings = bot_settings.load()
    playbook = load_playbook(settings.prompts_dir, settings.language)
    database = Database(settings.database_url.get_secret_value())  # never connected to
    store = SqlStore(database, Encryptor())
    _print([_wiring(settings, playbook, store).reflections().preview()])


def _wiring(settings: Settings, playbook: Playbook, store: SqlStore) -> WeeklyWiring:
    """Return what builds the weekly stories; they claim and send nothing here."""
    return WeeklyWiring(
        settings=settings,
        playbook=playbook,
        store=store,
        chat=NoSlack(),
        renderer=SlackRenderer(playbook.strings, playbook),
        clock=time.time,
        owner=_NOBODY,
        wake_ups=WakeUps(),
    )


def _print(contents: Sequence[Content]) -> None:
    console = Console(highlight=False)
    for content in contents:
        console.print(block_kit_text.render_message(dict(content)), markup=False)
        console.print()
