"""The doors to what comes once a week: reflections, follow-ups, teams and their digests."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from bot.core.model import Feedback
from bot.core.tally import Counts, Facts


class Weekly(StrEnum):
    """What comes once in an ISO week."""

    REFLECTION = "reflection"
    DIGEST = "digest"


class Learnt(StrEnum):
    """What became of a question that was called helpful; kept as a count, without words."""

    LEARNT = "learnt"
    ASKED = "asked"
    NOT_YET = "not_yet"


@dataclass(frozen=True, slots=True)
class DueReflection:
    """A person whose slot has come. ``at``: when, Unix seconds; ``zone`` as it was computed."""

    team: str
    user: str
    slot: str
    at: float
    zone: str | None
    paused_until: float | None


@dataclass(frozen=True, slots=True)
class DueDigest:
    """A team whose slot has come. ``at``: when, Unix seconds."""

    group: Group
    at: float


@dataclass(frozen=True, slots=True)
class DueFollowUp:
    """A question that its seller called helpful some days ago."""

    team: str
    user: str
    key: str
    question_id: str
    paused_until: float | None


@dataclass(frozen=True, slots=True)
class Moment:
    """One question that a seller had this week. ``at``: Unix seconds."""

    at: float
    question_id: str
    feedback: Feedback | None


@dataclass(frozen=True, slots=True)
class Group:
    """A sales team as its manager set it up."""

    id: str
    team: str
    manager: str
    name: str
    slot: str
    channel: str = ""


@dataclass(frozen=True, slots=True)
class Said:
    """Something for the outbox: its key, where to, for whom, how it looks, and in which thread."""

    key: str
    channel: str
    reader: str
    body: Mapping[str, str]
    thread_ts: str = ""


class Weeks(Protocol):
    """What is due, and what was done. One method, one transaction."""

    keeps: bool
    """Whether answers can be kept at all: only where a key to seal them with is set."""

    async def reflections_due(self, now: float, limit: int) -> list[DueReflection]:
        """Whose slot has come, the oldest first."""

    async def digests_due(self, now: float, limit: int) -> list[DueDigest]:
        """Which teams' slot has come, the oldest first."""

    async def follow_ups_due(
        self, *, since: float, until: float, week_ago: float, limit: int
    ) -> list[DueFollowUp]:
        """Questions that were called helpful between two moments and not followed up, of people
        who had no follow-up within the week."""

    async def done(
        self,
        kind: Weekly,
        team: str,
        subject: str,
        week: str,
        *,
        reason: str | None,
        said: Said | None,
        due: float | None,
        zone: str | None = None,
        now: float,
    ) -> bool:
        """Notes what was done or why not, queues what is said, and sets when it is due next.
        False: it was done in this week already, here or elsewhere; only the due time is set."""

    async def put_off(
        self, kind: Weekly, team: str, subject: str, *, due: float | None, zone: str | None = None
    ) -> None:
        """Sets when it is due; None for never."""

    async def followed_up(self, due: DueFollowUp, said: Said, *, now: float) -> bool:
        """Notes a follow-up and queues it. False: it was noted already."""

    async def say(self, team: str, said: Said, *, now: float) -> bool:
        """Queues something, once."""

    async def learnt(self, key: str, user: str, outcome: Learnt) -> bool:
        """What became of it. False: not this person's to say."""

    async def moments(self, team: str, user: str, since: float, limit: int) -> list[Moment]:
        """The person's questions since then, those called helpful first."""

    async def plan(self, team: str, user: str) -> tuple[str, str]:
        """The last plan that the person made: if, then; empty where there is none."""

    async def reflect(
        self, team: str, user: str, week: str, answers: Mapping[str, str], *, now: float
    ) -> bool:
        """Keeps that the person looked back, and the answers sealed. False: without the answers, as
        there is no key."""

    async def follow_up_in(self, team: str, user: str, ts: str) -> str | None:
        """The key of the question that a follow-up of ours with this ts is about; None if it is
        none."""

    async def reflection_in(self, team: str, user: str, ts: str) -> str | None:
        """The week of the look back that a message of ours with this ts is; None if it is none."""


class Teams(Protocol):
    """Teams, who may be counted, and what was told of them."""

    async def save(self, group: Group, *, due: float, now: float) -> None:
        """Makes a team, or changes its name, slot and channel."""

    async def groups(self, team: str, user: str) -> list[Group]:
        """The teams that a person manages, oldest first."""

    async def group(self, group: str) -> Group | None:
        """One team."""

    async def invite(
        self, group: Group, users: Sequence[str], said: Sequence[Said], *, now: float
    ) -> list[str]:
        """Asks people to be counted, each once; who is not named any more is out at once. Returns
        those who were asked now. ``said``: what each is told, in the same order."""

    async def agree(self, group: str, user: str, *, now: float) -> bool:
        """A person says yes. False: nobody asked."""

    async def leave(self, user: str, group: str) -> None:
        """A person is out, without a word to anybody."""

    async def memberships(self, team: str, user: str) -> list[tuple[Group, bool]]:
        """The teams that a person was asked into, and whether with a yes."""

    async def members(self, group: str) -> list[str]:
        """Everyone who was asked into a team; who said yes is nobody's to know."""

    async def counts(
        self, group: Group, *, start: float, end: float, week: str, now: float
    ) -> tuple[Counts, frozenset[str]]:
        """What is known of a team in a span, each cell of at least the floor, and who was
        counted."""

    async def told(self, group: str, week: str) -> tuple[Facts | None, frozenset[str]]:
        """What was told of a team in a week, and who had been counted."""

    async def others(self, team: str, week: str, group: str) -> list[frozenset[str]]:
        """Who was counted in each other team's digest of that week, where figures were shown."""

    async def tell(
        self, group: Group, week: str, facts: Facts, counted: frozenset[str], *, now: float
    ) -> None:
        """Keeps what a digest says and who was counted in it."""
