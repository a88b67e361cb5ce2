"""People, channels and personal data in memory."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import asdict, fields, is_dataclass, replace
from typing import Any

from bot.core.model import Message, Preferences, Trap
from bot.flows.ports.channels import ChannelFigures, ChannelSettings, Probation
from bot.flows.ports.outbox import OutgoingMessage
from bot.flows.ports.people import Topic, WrongLabel
from tests.fakes.state import Key, LabelRow, PersonRow, State, of_workspace

_CHANNEL_SETTINGS = {
    "delivery",
    "inviter_id",
    "invited_at",
    "paused_until",
    "pause_reason",
    "noticed_at",
}


class MemoryPeople:
    """In-memory twin of ``bot.flows.ports.people.People``."""

    def __init__(self, state: State, *, keeps_words: bool) -> None:
        self._state = state
        self.keeps_words = keeps_words

    async def preferences(self, workspace_id: str, user_id: str) -> Preferences:
        row = self._state.people.get((workspace_id, user_id))
        return row.preferences if row else Preferences()

    async def update(self, workspace_id: str, user_id: str, **changes: Any) -> None:
        if changes.keys() - {f.name for f in fields(Preferences)}:
            raise TypeError("no such preference")
        if changes:
            row = self._state.people.setdefault((workspace_id, user_id), PersonRow())
            row.preferences = replace(row.preferences, **changes)

    async def muted_until(self, workspace_id: str, user_id: str, trap: Trap) -> float | None:
        return self._state.mutes.get((workspace_id, user_id, trap))

    async def mutes(self, workspace_id: str, user_id: str) -> dict[Trap, float]:
        mine = self._state.mutes.items()
        return {Trap(k[2]): until for k, until in mine if k[:2] == (workspace_id, user_id)}

    async def mute(self, workspace_id: str, user_id: str, trap: Trap, *, until: float) -> None:
        self._state.mutes[workspace_id, user_id, trap] = until

    async def asked_questions(self, workspace_id: str, user_id: str) -> dict[str, float]:
        asked = self._state.asked_questions.items()
        return {key[2]: at for key, at in asked if key[:2] == (workspace_id, user_id)}

    async def note_question(
        self, workspace_id: str, user_id: str, question_id: str, *, at: float
    ) -> None:
        self._state.asked_questions[workspace_id, user_id, question_id] = at

    async def topic(self, workspace_id: str, user_id: str) -> Topic | None:
        return self._state.topics.get((workspace_id, user_id))

    async def set_topic(self, workspace_id: str, user_id: str, topic: Topic) -> None:
        self._state.topics[workspace_id, user_id] = topic

    async def add_label(self, label: WrongLabel, *, now: float) -> None:
        row = LabelRow(label.user_id, label.trap, now)
        self._state.labels.setdefault((label.workspace_id, label.key), row)

    async def explain_label(
        self, workspace_id: str, key: str, user_id: str, *, reason: str, words: str, now: float
    ) -> bool:
        row = self._state.labels.get((workspace_id, key))
        if row is None or row.user_id != user_id:
            return False
        kept = words if self.keeps_words else ""
        row.reason, row.words, row.created_at = reason, kept or None, now
        return True


class MemoryChannels:
    """In-memory twin of ``bot.flows.ports.channels.Channels``."""

    def __init__(self, state: State) -> None:
        self._state = state

    async def settings(self, workspace_id: str, channel_id: str) -> ChannelSettings:
        row = self._state.channels.get((workspace_id, channel_id), {})
        return ChannelSettings(
            channel_id=channel_id,
            delivery=row.get("delivery"),
            inviter_id=row.get("inviter_id") or "",
            paused_until=row.get("paused_until"),
            pause_reason=row.get("pause_reason") or "",
            noticed_at=row.get("noticed_at"),
        )

    async def update(self, workspace_id: str, channel_id: str, **changes: Any) -> None:
        if changes.keys() - _CHANNEL_SETTINGS:
            raise TypeError("no such setting of a channel")
        if changes:
            self._state.channels.setdefault((workspace_id, channel_id), {}).update(changes)

    async def change_id(self, workspace_id: str, old_id: str, new_id: str) -> None:
        state, old, new = self._state, (workspace_id, old_id), (workspace_id, new_id)
        if old in state.channels:
            state.channels[new] = state.channels.pop(old)
        if old in state.pacing:
            state.pacing[new] = state.pacing.pop(old)
        moving = {r.message.ts for r in state.inbox if _place(r.message) == old}
        state.inbox[:] = [
            r for r in state.inbox if _place(r.message) != new or r.message.ts not in moving
        ]
        for inbox_row in state.inbox:
            if _place(inbox_row.message) == old:
                inbox_row.message = replace(inbox_row.message, channel_id=new_id)
        for outbox_row in state.outbox:
            if _place(outbox_row.message) == old:
                outbox_row.message = replace(outbox_row.message, channel_id=new_id)
        for finding_row in state.findings:
            if (finding_row.finding.workspace_id, finding_row.finding.channel_id) == old:
                finding_row.finding = replace(finding_row.finding, channel_id=new_id)
        if any(key[:2] == old for key in state.channel_figures):
            for key in [k for k in state.channel_figures if k[:2] == new]:
                del state.channel_figures[key]
        for key in [k for k in state.channel_figures if k[:2] == old]:
            state.channel_figures[(*new, key[2])] = state.channel_figures.pop(key)
        for key, team_row in state.sales_teams.items():
            if key[0] == workspace_id and team_row.team.channel_id == old_id:
                team_row.team = replace(team_row.team, channel_id=new_id)

    async def figures(self, workspace_id: str, channel_id: str, week: str) -> ChannelFigures | None:
        return self._state.channel_figures.get((workspace_id, channel_id, week))

    async def save_figures(
        self,
        workspace_id: str,
        channel_id: str,
        week: str,
        figures: ChannelFigures,
        *,
        now: float,
    ) -> None:
        self._state.channel_figures.setdefault((workspace_id, channel_id, week), figures)

    async def start_test(
        self, workspace_id: str, channel_id: str, user_id: str, *, until: float
    ) -> None:
        self._state.channel_tests[workspace_id, channel_id, user_id] = until

    async def end_test(self, workspace_id: str, channel_id: str, user_id: str) -> None:
        self._state.channel_tests.pop((workspace_id, channel_id, user_id), None)

    async def running_tests(self, *, now: float) -> dict[tuple[str, str, str], float]:
        kept = self._state.channel_tests.items()
        return {(key[0], key[1], key[2]): until for key, until in kept if until > now}

    async def inviters(self, workspace_id: str) -> list[str]:
        rows = (
            self._state.channels[key] for key in of_workspace(self._state.channels, workspace_id)
        )
        return sorted({row["inviter_id"] for row in rows if row.get("inviter_id")})

    async def probation(self, workspace_id: str, trap: Trap) -> Probation:
        return self._state.probation.get((workspace_id, trap), Probation())

    async def set_probation(self, workspace_id: str, trap: Trap, probation: Probation) -> None:
        self._state.probation[workspace_id, trap] = probation


class MemoryPersonalData:
    """In-memory twin of ``bot.flows.ports.personal_data.PersonalData``."""

    def __init__(self, state: State) -> None:
        self._state = state

    async def export(self, workspace_id: str, user_id: str) -> dict[str, list[dict[str, Any]]]:
        state, me = self._state, (workspace_id, user_id)
        found: dict[str, list[Any]] = {
            "inbox": [r for r in state.inbox if _author(r.message) == me],
            "findings": [r for r in state.findings if _author(r.finding) == me],
            "outbox": [
                r for r in state.outbox if (r.message.workspace_id, r.message.recipient_id) == me
            ],
            "asks": [r for r in state.asks if (r.ask.workspace_id, r.ask.user_id) == me],
            "channels": [
                row for key, row in state.channels.items() if (key[0], row.get("inviter_id")) == me
            ],
        }
        named = state.named_people.items()
        found["named_people"] = [row for key, row in named if (key[0], key[2]) == me]
        for name, rows, is_mine in self._keyed(workspace_id, user_id):
            found[name] = [row for key, row in rows.items() if is_mine(key)]
        return {name: [_plain(row) for row in rows] for name, rows in found.items()}

    async def erase(self, workspace_id: str, user_id: str) -> int:
        state, me = self._state, (workspace_id, user_id)
        before = _count(state)
        managed = {k for k, row in state.sales_teams.items() if _manager(row.team) == me}
        for rows in (state.named_people, state.members, state.digests, state.digest_members):
            _remove(rows, lambda key: key[:2] in managed)
        state.findings = [r for r in state.findings if _author(r.finding) != me]
        state.inbox = [r for r in state.inbox if _author(r.message) != me]
        state.outbox = [
            r for r in state.outbox if (r.message.workspace_id, r.message.recipient_id) != me
        ]
        state.asks = [r for r in state.asks if (r.ask.workspace_id, r.ask.user_id) != me]
        for _, keyed, is_mine in self._keyed(workspace_id, user_id):
            _remove(keyed, is_mine)
        for key in of_workspace(state.channels, workspace_id):
            if state.channels[key].get("inviter_id") == user_id:
                state.channels[key]["inviter_id"] = None
        return before - _count(state)

    async def erase_workspace(self, workspace_id: str) -> int:
        state = self._state
        before = _count(state)
        state.inbox = [r for r in state.inbox if r.message.workspace_id != workspace_id]
        state.findings = [r for r in state.findings if r.finding.workspace_id != workspace_id]
        state.outbox = [r for r in state.outbox if r.message.workspace_id != workspace_id]
        state.asks = [r for r in state.asks if r.ask.workspace_id != workspace_id]
        for rows in _keyed_tables(state):
            _remove(rows, lambda key: key[0] == workspace_id)
        return before - _count(state)

    def _keyed(
        self, workspace_id: str, user_id: str
    ) -> Iterable[tuple[str, dict[Key, Any], Callable[[Key], bool]]]:
        """Tables whose keys or rows name one person, and which rows are that person's."""
        state, me = self._state, (workspace_id, user_id)

        def second(key: Key) -> bool:
            return key[:2] == me

        def third(key: Key) -> bool:
            return (key[0], key[2]) == me

        yield "preferences", state.people, second
        yield "retractions", state.retractions, third
        yield "channel_tests", state.channel_tests, third
        yield "mutes", state.mutes, second
        yield "asked_questions", state.asked_questions, second
        yield "topics", state.topics, second
        yield "workspace_admins", state.workspace_admins, second
        yield "channel_pacing", state.pacing, second
        yield "reflections", state.reflections, second
        yield "weekly_runs", state.weekly_runs, third
        yield "sales_team_members", state.members, third
        yield "digest_members", state.digest_members, lambda key: (key[0], key[3]) == me
        yield (
            "labels",
            state.labels,
            lambda key: (key[0], state.labels[key].user_id) == me,
        )
        yield (
            "follow_ups",
            state.follow_ups,
            lambda key: (key[0], state.follow_ups[key].user_id) == me,
        )
        yield (
            "sales_teams",
            state.sales_teams,
            lambda key: _manager(state.sales_teams[key].team) == me,
        )


def _author(row: Any) -> tuple[str, str]:
    return row.workspace_id, row.author_id


def _manager(team: Any) -> tuple[str, str]:
    return team.workspace_id, team.manager_id


def _keyed_tables(state: State) -> list[dict[Key, Any]]:
    return [v for v in vars(state).values() if isinstance(v, dict)]


def _count(state: State) -> int:
    return sum(len(v) for v in vars(state).values() if isinstance(v, list | dict))


def _remove(rows: dict[Key, Any], which: Callable[[Key], bool]) -> None:
    for key in [key for key in rows if which(key)]:
        del rows[key]


def _plain(row: Any) -> dict[str, Any]:
    if is_dataclass(row) and not isinstance(row, type):
        found = asdict(row)
        found.get("finding", {}).pop("inbox_id", None)
        return {name: value for name, value in found.items() if not (name == "id" and value)}
    return dict(row) if isinstance(row, dict) else {"value": row}


def _place(message: Message | OutgoingMessage) -> Key:
    return (message.workspace_id, message.channel_id)
