"""``reframe digest`` and ``reframe reflect`` with ``--preview``: show what would be sent.

Whoever runs them is not the one it is for, so no key is read and nobody's words are opened.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

from rich.console import Console

from bot import settings as bot_settings
from bot.cli import block_kit_text
from bot.core.digest_stats import DigestFigures, Theme
from bot.core.model import Audience, Message, Person, Trap, Turn
from bot.core.playbook_model import Playbook
from bot.core.weekly_slot import DEFAULT_DIGEST_SLOT
from bot.flows.digest_figures import sample_digest
from bot.flows.errors import SlackRefusedError
from bot.flows.ports.outbox import ClaimedMessage
from bot.flows.ports.rendering import Content
from bot.flows.ports.sales_teams import SalesTeam
from bot.playbook import load_playbook
from bot.rules_wiring import build_rules
from bot.settings import Settings
from bot.slack.views import weekly_modals
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

    async def channels_with(self, workspace_id: str, user_id: str) -> tuple[str, ...]:
        return ()

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

    def leave_alone(self, workspace_id: str, method: str, *, until: float) -> None:
        """Nothing is called anyway."""


def preview_digests() -> None:
    """Print the digest that each team would get now; a sample with invented figures without one.

    A digest holds nothing that its manager may not see, whoever looks at it.
    """

    async def render(playbook: Playbook, settings: Settings, database: Database) -> list[Content]:
        store = SqlStore(database, Encryptor())  # no key: a preview opens nothing
        digests = _wiring(settings, playbook, store).past_digests()
        async with store.begin() as uow:
            teams = await uow.sales_teams.all()
        return [await digests.preview(team) for team in teams]

    async def rendered(playbook: Playbook, settings: Settings) -> list[Content]:
        database = Database(settings.database_url.get_secret_value())
        file = database.url.database if database.is_sqlite else None
        try:
            if file and not Path(file).exists():
                return []  # nothing is set up yet, and a preview creates nothing
            return await render(playbook, settings, database)
        finally:
            await database.close()

    settings = bot_settings.load()
    playbook = load_playbook(settings.prompts_dir, settings.language)
    contents = asyncio.run(rendered(playbook, settings))
    _print(contents or [_sample_digest(playbook)])
    if not contents:
        sentence = playbook.text("digest", "sample")
        Console(stderr=True, highlight=False).print(sentence, markup=False)


def _sample_digest(playbook: Playbook) -> Content:
    """Return a digest of a team that does not exist, with figures that nobody stands behind."""
    name = playbook.text("digest", "sample_team")
    team = SalesTeam("sample", "", "", name, DEFAULT_DIGEST_SLOT, channel_id="sample")
    figures = DigestFigures((Theme(Trap.FIXING, 10, 1), Theme(Trap.BLAME, 5, 0)), found_helpful=5)
    content = sample_digest(team, time.time(), figures, for_manager=True)
    return SlackRenderer(playbook).digest(playbook.strings, content)


def preview_reflection() -> None:
    """Print a weekly reflection and its form as a seller gets them, with placeholders.

    Nothing is read from the database: what a person was asked and wrote is for that person alone.
    """
    settings = bot_settings.load()
    playbook = load_playbook(settings.prompts_dir, settings.language)
    database = Database(settings.database_url.get_secret_value())  # never connected to
    store = SqlStore(database, Encryptor())
    _print([_wiring(settings, playbook, store).reflections().preview()])
    plan = playbook.text("reflection", "preview_plan")
    form = weekly_modals.reflection_form(playbook.strings, "", plan)
    Console(highlight=False).print(block_kit_text.render_view(form), markup=False)


def _wiring(settings: Settings, playbook: Playbook, store: SqlStore) -> WeeklyWiring:
    """Return what builds the weekly stories; they claim and send nothing here."""
    return WeeklyWiring(
        rules=build_rules(settings, playbook),
        playbook=playbook,
        store=store,
        chat=NoSlack(),
        renderer=SlackRenderer(playbook),
        clock=time.time,
        owner=_NOBODY,
        wake_ups=WakeUps(),
    )


def _print(contents: Sequence[Content]) -> None:
    console = Console(highlight=False)
    for content in contents:
        console.print(block_kit_text.render_message(dict(content)), markup=False)
        console.print()
