"""The port to weekly work: what is due, what was done, and what sellers wrote for themselves."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from bot.flows.ports.sales_teams import SalesTeam


class WeeklyKind(StrEnum):
    """What is sent at most once per ISO week."""

    REFLECTION = "reflection"
    DIGEST = "digest"


class FollowUpOutcome(StrEnum):
    """What came of a question that was called helpful; kept as a count, without words."""

    LEARNED = "learned"
    ASKED = "asked"
    NOT_YET = "not_yet"


@dataclass(frozen=True, slots=True)
class DueReflection:
    """A person whose slot has come, claimed by one worker.

    Attributes:
        slot: as chosen, ``fri 15:00``; empty for the default.
        due_at: when it was due, Unix seconds. time_zone: that it was computed in.
        claim_number: of this claim; each claim of the row has a higher one.
    """

    workspace_id: str
    user_id: str
    slot: str
    due_at: float
    time_zone: str | None
    lease_owner: str
    claim_number: int

    @property
    def subject(self) -> tuple[str, str]:
        """Whose it is: workspace and user."""
        return self.workspace_id, self.user_id


@dataclass(frozen=True, slots=True)
class DueDigest:
    """A sales team whose slot has come, claimed by one worker. ``due_at``: Unix seconds."""

    team: SalesTeam
    due_at: float
    lease_owner: str
    claim_number: int

    @property
    def subject(self) -> tuple[str, str]:
        """Whose it is: workspace and sales team."""
        return self.team.workspace_id, self.team.id


@dataclass(frozen=True, slots=True)
class DueFollowUp:
    """A question that its seller called helpful some days ago.

    Attributes:
        answered_at: when, Unix seconds.
    """

    workspace_id: str
    user_id: str
    key: str
    question_id: str
    answered_at: float = 0.0


class WeeklySchedule(Protocol):
    """What is due weekly, claimed by one worker at a time. Times in Unix seconds.

    ``finish_*`` and ``release_*`` hold only while the claim does, and return False afterward.
    """

    async def claim_due_reflections(
        self,
        *,
        now: float,
        limit: int,
        owner: str,
        lease_until: float,
        without: Collection[str] = (),
    ) -> list[DueReflection]:
        """Claim the people whose slot has come, or whom to look at by now, the earliest first.

        Other than messages, what this owner holds already is not claimed again: a round goes on
        until nothing is left, and leaves out what waits for Slack. ``without``: the ids of
        workspaces to leave out.
        """

    async def finish_reflection(
        self,
        due: DueReflection,
        *,
        next_due: float | None,
        time_zone: str | None,
        look_at: float | None = None,
    ) -> bool:
        """End a claim and set when the person is due next.

        Args:
            due: as claimed.
            next_due: Unix seconds; None for never.
            time_zone: in which that was computed.
            look_at: when to claim the person instead, Unix seconds: before they are due, to see
                whether they have moved, or after, because it is not a good moment.
        """

    async def release_reflection(self, due: DueReflection, *, look_at: float | None = None) -> bool:
        """End a claim and leave the person due, for the next tick or for ``look_at``."""

    async def schedule_reflection(
        self,
        workspace_id: str,
        user_id: str,
        *,
        due: float | None,
        time_zone: str | None,
        look_at: float | None = None,
    ) -> None:
        """Set when a person is due, after a change of settings; None for never."""

    async def claim_due_digests(
        self,
        *,
        now: float,
        limit: int,
        owner: str,
        lease_until: float,
        without: Collection[str] = (),
    ) -> list[DueDigest]:
        """Claim the sales teams whose slot has come; the rules are those of reflections."""

    async def finish_digest(
        self, due: DueDigest, *, next_due: float | None, look_at: float | None = None
    ) -> bool:
        """End a claim and set when the team is due next, as for a reflection."""

    async def release_digest(self, due: DueDigest, *, look_at: float | None = None) -> bool:
        """End a claim and leave the team due, for the next tick or for ``look_at``."""

    async def record_run(
        self,
        kind: WeeklyKind,
        workspace_id: str,
        subject_id: str,
        week: str,
        *,
        skipped: str | None,
        now: float,
    ) -> bool:
        """Note that a week's reflection or digest was sent, or why it was skipped.

        False: this week has a note already. Insert and check are one statement.
        """

    async def note_undelivered(
        self, kind: WeeklyKind, workspace_id: str, subject_id: str, week: str, *, reason: str
    ) -> None:
        """Note why a week's reflection or digest did not arrive, after it was noted as sent."""

    async def due_follow_ups(
        self,
        *,
        answered_after: float,
        answered_until: float,
        none_since: float,
        limit: int,
        after: DueFollowUp | None = None,
        without: Collection[str] = (),
    ) -> list[DueFollowUp]:
        """Return helpful questions of a span that had no follow-up, of people who had none lately.

        The oldest come first.

        Args:
            answered_after, answered_until: when they were called helpful.
            none_since: a person who had a follow-up after this is left out.
            limit: how many at most.
            after: only what comes after this one; it need not be due any more.
            without: the ids of workspaces to leave out.
        """

    async def add_follow_up(self, due: DueFollowUp, *, now: float) -> bool:
        """Note that a follow-up is sent. False: another worker has noted it."""

    async def set_follow_up_outcome(
        self, workspace_id: str, key: str, user_id: str, outcome: FollowUpOutcome
    ) -> bool:
        """Keep what came of it. False: the follow-up belongs to somebody else."""

    async def waits_for_outcome(self, workspace_id: str, key: str, user_id: str) -> bool:
        """Return whether a person has a follow-up about a nudge that they haven't answered."""


@dataclass(frozen=True, slots=True)
class WrittenReflection:
    """What a person wrote in a week.

    Attributes:
        week: its ISO name. at: when it was written, Unix seconds.
        answers: by field; empty if there are none, or none that can be read.
        is_locked: there are answers, and no key that is set opens them.
    """

    week: str
    at: float
    answers: Mapping[str, str] = field(repr=False)
    is_locked: bool = False


class Reflections(Protocol):
    """What sellers write for themselves, encrypted. Only its author can read it."""

    keeps_answers: bool
    """Whether answers can be kept: only if there is a key to encrypt them with."""

    async def answers(self, workspace_id: str, user_id: str, week: str) -> Mapping[str, str]:
        """Return a person's answers of a week, by field; empty if none can be read."""

    async def latest_answers(
        self, workspace_id: str, user_id: str, *, before: str
    ) -> Mapping[str, str]:
        """Return a person's latest answers before a week (its ISO name), by field."""

    async def written(self, workspace_id: str, user_id: str) -> list[WrittenReflection]:
        """Return all that a person wrote, oldest week first. For that person alone."""

    async def save(
        self, workspace_id: str, user_id: str, week: str, answers: Mapping[str, str], *, now: float
    ) -> bool:
        """Keep that a person reflected, and the answers, encrypted or not at all.

        False: nothing was written, because what stands there needs a key that we don't have.
        """
