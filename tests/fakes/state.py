"""What an in-memory store holds: one list of rows per table, with the names of the SQL columns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from bot.core.digest_stats import DigestFigures
from bot.core.model import Message, Preferences, Reason, Trap
from bot.core.workspace_rules import WorkspaceChoices
from bot.flows.ports.asks import Ask
from bot.flows.ports.channels import ChannelFigures, Probation
from bot.flows.ports.detection import TokenUsage
from bot.flows.ports.findings import Finding
from bot.flows.ports.installations import BotTokens, Installation
from bot.flows.ports.outbox import OutgoingMessage
from bot.flows.ports.people import Topic
from bot.flows.ports.sales_teams import SalesTeam
from bot.flows.ports.weekly import FollowUpOutcome

SPEAK = "speak"

Key = tuple[str, ...]
"""Begins with a workspace id."""


@dataclass(kw_only=True)
class Leased:
    """A row that can be claimed."""

    lease_owner: str | None = None
    lease_until: float | None = None
    claim_number: int = 0
    unfinished_claims: int = 0


@dataclass(frozen=True)
class Keys:
    """The number of a process's own key, and of the one that it shares; None without that."""

    own: int
    shared: int | None

    def sealing(self, *, only_here: bool = False) -> int:
        """Return the number of the key that seals."""
        return self.own if only_here or self.shared is None else self.shared

    def opens(self, key: int) -> bool:
        """Return whether what a key has sealed can be opened here."""
        return key in (self.own, self.shared)


@dataclass
class InboxRow(Leased):
    """A message; ``outcome`` is None as long as it waits, and ``speak`` if we speak."""

    id: int
    message: Message
    due_at: float
    accepted_at: float
    sealed_by: int = 0
    outcome: str | None = None
    withdrawn: str | None = None
    decided_at: float | None = None
    attempts: int = 0


@dataclass
class FindingRow:
    """A decision."""

    finding: Finding
    created_at: float
    feedback: str | None = None
    answered_at: float | None = None


@dataclass
class OutboxRow(Leased):
    """An outgoing message."""

    id: int
    message: OutgoingMessage
    created_at: float
    not_before: float
    sealed_by: int = 0
    state: str = "queued"
    reason: str | None = None
    attempts: int = 0
    sending_since: float | None = None
    sent_ts: str = ""
    done_at: float = 0.0


@dataclass
class AskRow(Leased):
    """An ask."""

    id: int
    ask: Ask
    created_at: float
    due_at: float
    sealed_by: int = 0
    done: bool = False
    showing_since: float | None = None
    attempts: int = 0


@dataclass
class PersonRow(Leased):
    """A person's preferences, and when the next reflection is due."""

    preferences: Preferences = field(default_factory=Preferences)
    time_zone: str | None = None
    due_at: float | None = None
    look_at: float | None = None


@dataclass
class LabelRow:
    """One "That's wrong"."""

    user_id: str
    trap: Trap | None
    created_at: float
    reason: str | None = None
    words: str | None = None


@dataclass
class TeamRow(Leased):
    """A sales team, and when its next digest is due."""

    team: SalesTeam
    created_at: float
    due_at: float | None
    ended_at: float | None = None
    look_at: float | None = None


@dataclass
class NamedRow:
    """A person whom a manager has named."""

    named_at: float
    is_named: bool = True
    invitations: int = 0


@dataclass
class FollowUpRow:
    """A follow-up on a helpful question."""

    user_id: str
    created_at: float
    outcome: FollowUpOutcome | None = None


@dataclass
class ReflectionRow:
    """What a person wrote in a week."""

    answers: dict[str, str]
    created_at: float
    is_locked: bool = False


@dataclass
class DigestRow:
    """What a digest said."""

    figures: DigestFigures
    created_at: float


@dataclass
class Pacing:
    """When a channel is free, and who holds it."""

    free_at: float
    held_by: str | None = None


@dataclass
class InstallationRow:
    """An installation, the key that sealed its tokens, and who exchanges them."""

    installation: Installation
    sealed_by: int
    refresh_owner: str | None = None
    refresh_until: float | None = None

    def replace(self, tokens: BotTokens) -> None:
        """Keep new tokens and end the claim."""
        self.installation = replace(self.installation, tokens=tokens)
        self.refresh_owner = self.refresh_until = None


@dataclass
class State:
    """All tables."""

    last_id: int = 0
    inbox: list[InboxRow] = field(default_factory=list)
    findings: list[FindingRow] = field(default_factory=list)
    outbox: list[OutboxRow] = field(default_factory=list)
    asks: list[AskRow] = field(default_factory=list)
    pacing: dict[Key, Pacing] = field(default_factory=dict)
    method_holds: dict[Key, float] = field(default_factory=dict)
    llm_calls: dict[Key, tuple[int, TokenUsage]] = field(default_factory=dict)
    retractions: dict[Key, None] = field(default_factory=dict)
    people: dict[Key, PersonRow] = field(default_factory=dict)
    channel_tests: dict[Key, float] = field(default_factory=dict)
    mutes: dict[Key, float] = field(default_factory=dict)
    asked_questions: dict[Key, float] = field(default_factory=dict)
    topics: dict[Key, Topic] = field(default_factory=dict)
    labels: dict[Key, LabelRow] = field(default_factory=dict)
    channels: dict[Key, dict[str, Any]] = field(default_factory=dict)
    probation: dict[Key, Probation] = field(default_factory=dict)
    weekly_runs: dict[Key, tuple[str | None, float]] = field(default_factory=dict)
    follow_ups: dict[Key, FollowUpRow] = field(default_factory=dict)
    reflections: dict[Key, ReflectionRow] = field(default_factory=dict)
    marks: dict[Key, list[float]] = field(default_factory=dict)
    sales_teams: dict[Key, TeamRow] = field(default_factory=dict)
    members: dict[Key, float | None] = field(default_factory=dict)
    named_people: dict[Key, NamedRow] = field(default_factory=dict)
    channel_figures: dict[Key, ChannelFigures] = field(default_factory=dict)
    digests: dict[Key, DigestRow] = field(default_factory=dict)
    digest_members: dict[Key, None] = field(default_factory=dict)
    installations: dict[Key, InstallationRow] = field(default_factory=dict)
    removals: dict[str, float] = field(default_factory=dict)
    workspace_settings: dict[Key, WorkspaceChoices] = field(default_factory=dict)
    workspace_admins: dict[Key, None] = field(default_factory=dict)
    install_states: dict[str, float] = field(default_factory=dict)

    def next_id(self) -> int:
        """Return an id that no row has had."""
        self.last_id += 1
        return self.last_id

    def copied(self) -> State:
        """Return a copy that can be changed, row by row, and leaves this one as it is."""
        return State(**{name: _copied(table) for name, table in vars(self).items()})


ROWS = frozenset(
    {
        InboxRow,
        FindingRow,
        OutboxRow,
        AskRow,
        PersonRow,
        LabelRow,
        TeamRow,
        NamedRow,
        FollowUpRow,
        ReflectionRow,
        DigestRow,
        Pacing,
        InstallationRow,
    }
)
"""What is changed in place. All else in a table is replaced by another value, as in a database."""


def _copied(value: Any) -> Any:
    """Copy tables, rows, and what they hold that can be changed; twenty times as fast as to pickle
    them, which took a third of the time of the tests that use this store."""
    kind = type(value)
    if kind is dict:
        return {key: _copied(each) for key, each in value.items()}
    if kind is list:
        return [_copied(each) for each in value]
    if kind in ROWS:
        row = object.__new__(kind)
        vars(row).update({name: _copied(each) for name, each in vars(value).items()})
        return row
    return value


def is_free(row: Leased, now: float, owner: str | None = None) -> bool:
    """Return whether a row may be claimed: nobody holds it any more, or this owner does."""
    return row.lease_until is None or row.lease_until <= now or row.lease_owner == owner


def begin_claim(row: Leased, owner: str, lease_until: float) -> None:
    """Claim a row."""
    row.lease_owner, row.lease_until = owner, lease_until
    row.claim_number += 1
    row.unfinished_claims += 1


def end_lease(row: Leased) -> None:
    """End the claim on a row that had an outcome."""
    row.lease_owner = row.lease_until = None
    row.unfinished_claims = 0


def claimable_at(due_at: float, row: Leased) -> float:
    """Return when a row can be claimed, Unix seconds."""
    return max(due_at, row.lease_until or 0.0)


def speaks(finding: Finding) -> bool:
    """Return whether a finding is a question that was asked, not silence."""
    return finding.outcome is None


def is_observed(finding: Finding) -> bool:
    """Return whether a finding is a question that was only counted."""
    return finding.outcome is Reason.OBSERVED


def of_workspace(rows: Mapping[Key, Any], workspace_id: str) -> list[Key]:
    """Return the keys that belong to a workspace."""
    return [key for key in rows if key[0] == workspace_id]
