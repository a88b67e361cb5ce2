"""The world that the adversary looks at: real stories on memory, and a record of what is seen."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from bot.core.digest_stats import Counts, DigestFigures
from bot.core.model import Feedback, Reason, Trap
from bot.core.weekly_slot import Period
from bot.flows.ports.findings import Finding
from bot.flows.ports.outbox import OutgoingMessage
from bot.flows.ports.sales_teams import SalesTeam
from tests.fakes.memory_store import MemoryStore, MemoryUnitOfWork
from tests.fakes.memory_teams import MemoryDigests
from tests.fakes.state import State
from tests.flows.stories import Stories

MANAGERS = ("U-mia", "U-max")
HELPERS = ("U-kim", "U-kay", "U-kit")
GUEST = "U-guest"
WATCHERS = (*MANAGERS, *HELPERS, GUEST)
CHANNEL = "C-team"

TeamPeriod = tuple[str, str]
"""A sales team, and the name of a period."""


@dataclass(frozen=True)
class Met:
    """A question that somebody was asked: about which trap, for whose eyes, and of what use."""

    trap: Trap
    is_private: bool
    is_helpful: bool


@dataclass(frozen=True)
class Seller:
    """Somebody honest, as chance made them; the same in all worlds.

    Attributes:
        says_yes: to every invitation. leaves_in: the week in which they leave all teams.
        forgets_in: the week in which they erase their data.
        meets: by week, what they were asked.
    """

    says_yes: bool
    leaves_in: int
    forgets_in: int
    meets: Sequence[Sequence[Met]]


class WatchedDigests(MemoryDigests):
    """Notes what went into each figure, and what came out; no watcher sees that."""

    def __init__(self, state: State) -> None:
        super().__init__(state)
        self.counted: dict[TeamPeriod, Counts] = {}
        self.figures: dict[TeamPeriod, DigestFigures] = {}

    async def counts(self, team: SalesTeam, period: Period) -> tuple[Counts, frozenset[str]]:
        counts, user_ids = await super().counts(team, period)
        self.counted[team.id, period.name] = counts
        return counts, user_ids

    async def save(
        self,
        team: SalesTeam,
        period: str,
        figures: DigestFigures,
        counted: frozenset[str],
        *,
        now: float,
    ) -> None:
        self.figures[team.id, period] = figures
        await super().save(team, period, figures, counted, now=now)


class UncopiedStore(MemoryStore):
    """A store without rollback: the stories here don't fail, and copying would take most time."""

    def __init__(self) -> None:
        super().__init__()
        self._uow = MemoryUnitOfWork(self.state, keeps_answers=True)
        self._uow.digests = self.digests = WatchedDigests(self.state)

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[MemoryUnitOfWork]:
        yield self._uow

    def take_queued(self, now: float) -> list[OutgoingMessage]:
        """Return what is queued, and note that it is sent."""
        rows = [row for row in self.state.outbox if row.state == "queued"]
        messages = [row.message for row in rows]
        for row in rows:
            row.state, row.done_at = "sent", now
            row.message = replace(row.message, content={})
        return messages


@dataclass
class World:
    """One of the worlds, and the record of what the watchers saw in it.

    Attributes:
        sellers: everybody but the watchers who manage.
        seen: all that was seen, apart from digests. digests: the digests that were seen.
    """

    store: UncopiedStore
    stories: Stories
    sellers: dict[str, Seller]
    seen: list[str] = field(default_factory=list)
    digests: list[str] = field(default_factory=list)

    def note(self, what: str, value: object) -> None:
        """Write down what a watcher saw, and when."""
        self.seen.append(f"{self.stories.now:.0f} {what}: {json.dumps(value, default=str)}")

    def note_digest(self, what: str, content: object) -> None:
        """Write down a digest that a watcher saw, and when; ``None`` if there was none."""
        self.note(what, content is not None)
        self.digests.append(f"{self.stories.now:.0f} {what}: {json.dumps(content)}")

    def deliver(self) -> None:
        """Post what is queued, and write down what a watcher or the team's channel gets.

        That skips Slack, which plays no part in what is told.
        """
        for message in self.store.take_queued(self.stories.now):
            if not {message.channel_id, message.recipient_id} & {*WATCHERS, CHANNEL}:
                continue
            if message.key.startswith(("digest-", "shared-")):
                self.note_digest(f"post {message.key}", message.content)
            else:
                self.note(f"post {message.key}", message.content)

    async def meet(self, user_id: str, met: Sequence[Met]) -> None:
        """Note that somebody was asked, and what they called helpful."""
        async with self.stories.store.begin() as uow:
            for n, each in enumerate(met):
                key = f"nudge-{user_id}-{self.stories.now}-{n}"
                found = Finding(
                    inbox_id=0,
                    workspace_id="T1",
                    channel_id=CHANNEL,
                    thread_ts=key,
                    author_id=user_id,
                    trap=each.trap,
                    score=0.9,
                    detector="d",
                    playbook_version="p",
                    outcome=Reason.OBSERVED if n else None,
                    question_id="q",
                    key=key,
                    is_private=each.is_private,
                )
                await uow.findings.add(found, now=self.stories.now)
                if each.is_helpful:
                    give = uow.findings.set_feedback
                    await give("T1", key, Feedback.HELPFUL, now=self.stories.now)

    async def answer_invitations(self) -> None:
        """Let everybody answer what they were asked."""
        members, stories = self.stories.team_members, self.stories
        for user_id, seller in self.sellers.items():
            async with stories.store.begin() as uow:
                asked = await uow.sales_teams.memberships("T1", user_id)
            for each in asked:
                if not each.accepted:
                    text = await members.answer_invitation(
                        "T1", each.team.id, user_id, accepts=seller.says_yes
                    )
                    if user_id in WATCHERS:
                        self.note(f"{user_id} answers", text)

    async def tick(self) -> None:
        """Send what is due."""
        await self.stories.digests.run_due()
        self.deliver()

    async def look(self) -> None:
        """Let every watcher look at all there is to see."""
        stories = self.stories
        for user_id in WATCHERS:
            team, named = await stories.team_setup.managed_team("T1", user_id)
            self.note(f"{user_id}'s form", [asdict(team) if team else None, named])
            digest = await stories.past_digests.latest("T1", user_id)
            self.note_digest(f"{user_id}'s digest", digest)
            overview = await stories.channel_settings.overview("T1", CHANNEL, user_id)
            self.note(f"{user_id}'s settings", asdict(overview))

    async def look_at_data(self) -> None:
        """Let every watcher ask for all that is stored about them."""
        for user_id in WATCHERS:
            async with self.stories.store.begin() as uow:
                data = await uow.personal_data.export("T1", user_id)
            self.note(f"{user_id}'s data", _without_ts(data))

    async def share_and_preview(self) -> None:
        """Let the managers share what they have, and see what a preview would show."""
        stories = self.stories
        async with stories.store.begin() as uow:
            teams = await uow.sales_teams.all("T1")
            weeks = sorted({key[2] for key in self.store.state.digests if "W" in key[2]})
        shares = []
        for team in teams:
            self.note_digest("preview", await stories.past_digests.preview(team))
            for week in weeks[-2:]:
                begun = stories.digest_sharing.begin("T1", team.manager_id, team.id, week)
                shares.append(await begun)
        self.deliver()
        for share in shares:
            self.note("share", await stories.digest_sharing.outcome("T1", share))

    async def honest_changes(self, week: int) -> None:
        """Let those leave or erase their data who do so in this week."""
        for user_id, seller in self.sellers.items():
            if seller.leaves_in == week:
                await self.stories.team_members.leave_all("T1", user_id)
            if seller.forgets_in == week:
                await self.stories.erasure.forget_person("T1", user_id)


def _without_ts(data: dict[str, list[dict[str, Any]]]) -> dict[str, list[dict[str, Any]]]:
    """Leave out what counts up in the fake Slack, and is a time in the real one."""
    return {
        table: [{k: v for k, v in row.items() if k != "sent_ts"} for row in rows]
        for table, rows in data.items()
    }
