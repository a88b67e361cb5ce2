"""Two workspaces in one store whose channels, users, messages and keys have the same ids: nothing
that is read or changed in one is seen in the other."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import pytest

from bot.core.digest_stats import DigestFigures, Theme
from bot.core.model import Delivery, Feedback, Reason, Trap
from bot.core.weekly_slot import Period
from bot.core.workspace_rules import WorkspaceChoices
from bot.flows.ports.channels import ChannelFigures, Probation
from bot.flows.ports.inbox import NewMessage
from bot.flows.ports.outbox import MessageKind
from bot.flows.ports.people import Topic, WrongLabel
from bot.flows.ports.unit_of_work import Store, UnitOfWork
from bot.flows.ports.weekly import DueFollowUp, FollowUpOutcome, WeeklyKind
from tests.contracts.examples import (
    DAY,
    ME,
    NOW,
    ask,
    decide,
    direct_message,
    finding,
    join,
    message,
    nudge,
    send,
    team,
)

WEEK = "2026-W48"
NEWER = "1770000000.000000"
MEMBERS = [f"U{n}" for n in range(1, 7)]


async def fill(store: Store, workspace_id: str, *, limit: int) -> None:
    """Put a row into every table; the two workspaces differ in numbers and times alone."""
    at, later = NOW + limit, NOW + 8 + limit / 100  # later: what is still to be done
    for n, author_id in enumerate(MEMBERS, 1):
        await decide(store, n, at=at, workspace_id=workspace_id, author_id=author_id)
        await send(store, now=at, ts=f"{n}.{limit}")
    async with store.begin() as uow:
        await uow.inbox.add(NewMessage(message(8, workspace_id=workspace_id), later), now=at)
        await uow.outbox.enqueue(
            direct_message(workspace_id=workspace_id, channel_id="C1"), now=later
        )
        line = nudge(9, workspace_id=workspace_id, kind=MessageKind.EPHEMERAL,
                     about_key="nudge-1", topic="why")  # fmt: skip
        await uow.outbox.enqueue(line, now=later)
        await uow.asks.add(ask(workspace_id=workspace_id), now=at)
        await uow.findings.set_feedback(workspace_id, "nudge-1", Feedback.HELPFUL, now=at)
        people = uow.people
        await people.update(workspace_id, "U1", daily_limit=limit)
        await people.mute(workspace_id, "U1", Trap.FIXING, until=at)
        await people.note_question(workspace_id, "U1", "fixing-01", at=at)
        await people.set_topic(workspace_id, "U1", Topic(Trap.FIXING, ("demo",), at))
        await people.add_label(WrongLabel("nudge-1", workspace_id, "U1", Trap.FIXING), now=at)
        await uow.channels.update(workspace_id, "C1", paused_until=at, inviter_id="U1")
        await uow.channels.set_probation(workspace_id, Trap.FIXING, Probation(since=at))
        weekly = uow.weekly
        await weekly.schedule_reflection(workspace_id, "U1", due=at, time_zone="UTC")
        await weekly.record_run(
            WeeklyKind.REFLECTION, workspace_id, "U1", WEEK, skipped=None, now=at
        )
        due = DueFollowUp(workspace_id, "U2", "nudge-2", "fixing-02")
        await weekly.add_follow_up(due, now=at)
        await uow.reflections.save(workspace_id, "U1", WEEK, {"if": f"{limit}"}, now=at)
        for id in ("G1", "G2"):
            made = team(id, workspace_id=workspace_id, name=f"Team {limit}")
            await join(uow, made, MEMBERS, accepted=NOW)
            figures = DigestFigures((Theme(Trap.FIXING, 5 * limit),))
            await uow.digests.save(made, f"2026-W4{limit}", figures, frozenset("U1"), now=at)
        kept = ChannelFigures(asked=limit)
        await uow.channels.save_figures(workspace_id, "C1", WEEK, kept, now=at)
        chosen = WorkspaceChoices(admins=frozenset({"U1"}), daily_cap=limit)
        await uow.workspace_settings.save(workspace_id, chosen)


async def seen(store: Store, workspace_id: str) -> dict[str, Any]:
    """All that the ports tell of a workspace."""
    w = workspace_id
    async with store.begin() as uow:
        group = await uow.sales_teams.get(w, "G1")
        assert group is not None
        return {
            "nudge": await uow.findings.nudge(w, "nudge-1"),
            "nudge key": await uow.findings.nudge_key_of(w, "C1", message(1).ts),
            "to the author": await uow.findings.past_nudges_to(w, "U1"),
            "beside": await uow.findings.past_nudges(
                w, "U1", "C1", message(1).ts, trap=Trap.FIXING, since=0
            ),
            "circumstances": await uow.circumstances.of(w, "C1", "U1", Trap.FIXING),
            "ratings": await uow.findings.ratings(w, Trap.FIXING, since=0),
            "channel": await uow.findings.channel_counts(w, "C1", start=0, end=2 * NOW),
            "recent": await uow.findings.recent_nudges(w, "U1", since=0),
            "decisions": await uow.findings.decisions(w, "U1", limit=99),
            "count": await uow.findings.count_decisions(w, "U1"),
            "asks": await uow.asks.count_since(w, "U1", 0),
            "live": await uow.outbox.is_live(w, "reflection-1"),
            "told": await uow.outbox.enqueued_at(w, "nudge-1", "U1", "why"),
            "preferences": await uow.people.preferences(w, "U1"),
            "muted": await uow.people.muted_until(w, "U1", Trap.FIXING),
            "asked": await uow.people.asked_questions(w, "U1"),
            "topic": await uow.people.topic(w, "U1"),
            "settings": await uow.channels.settings(w, "C1"),
            "inviters": await uow.channels.inviters(w),
            "chosen": await uow.workspace_settings.get(w),
            "probation": await uow.channels.probation(w, Trap.FIXING),
            "answers": await uow.reflections.answers(w, "U1", WEEK),
            "latest": await uow.reflections.latest_answers(w, "U1", before="2026-W50"),
            "managed": await uow.sales_teams.managed_by(w, "boss"),
            "teams": await uow.sales_teams.all(w),
            "named": await uow.sales_teams.named(w, "G1"),
            "people": await uow.sales_teams.people(w, "G1"),
            "named since": await uow.sales_teams.count_named_since(w, "boss", -1),
            "accepted": await uow.sales_teams.accepted(w, "G1"),
            "figures": await uow.channels.figures(w, "C1", WEEK),
            "delivery": await uow.outbox.delivery_state(w, "reflection-1"),
            "memberships": await uow.sales_teams.memberships(w, "U1"),
            "counts": await uow.digests.counts(group, Period((NOW,), NOW + DAY)),
            "saved": [await uow.digests.saved(w, "G1", f"2026-W4{n}") for n in range(10)],
            "export": {u: await uow.personal_data.export(w, u) for u in ("U1", "U2", "boss")},
        }


Change = Callable[[UnitOfWork], Awaitable[Any]]
DUE = DueFollowUp("T1", "U1", "nudge-1", "fixing-01")
CHANGES: dict[str, Change] = {
    "message": lambda u: u.inbox.add(NewMessage(message(20), NOW), now=NOW),
    "tombstone": lambda u: u.inbox.add_tombstone(
        "T1", "C1", "20.5", event_id="E", version=NEWER, reason=Reason.DELETED, now=NOW
    ),
    "edit": lambda u: u.inbox.replace_waiting(NewMessage(message(8, version=NEWER), NOW)),
    "withdrawal": lambda u: u.inbox.end_waiting(
        "T1", "C1", message(8).ts, version=NEWER, reason=Reason.DELETED, now=NOW
    ),
    "taken back": lambda u: u.inbox.end_waiting_by_author(
        "T1", "C1", "U1", before="9", reason=Reason.SECOND_THOUGHTS, now=NOW
    ),
    "feedback": lambda u: u.findings.set_feedback("T1", "nudge-1", Feedback.WRONG, now=NOW),
    "answered": lambda u: u.findings.mark_answered("T1", "nudge-3", now=NOW),
    "enqueue": lambda u: u.outbox.enqueue(nudge(20), now=NOW),
    "hold": lambda u: u.outbox.hold_channel("T1", "C1", until=NOW + 99),
    "cancel": lambda u: u.outbox.cancel("T1", "reflection-1", "late", now=NOW),
    "cancel deletion": lambda u: u.outbox.cancel_deletion_of("T1", "nudge-1", now=NOW),
    "ask": lambda u: u.asks.add(ask("ask-2"), now=NOW),
    "preferences": lambda u: u.people.update("T1", "U1", paused_until=NOW, daily_limit=9),
    "mute": lambda u: u.people.mute("T1", "U1", Trap.FIXING, until=NOW + 99),
    "question": lambda u: u.people.note_question("T1", "U1", "fixing-01", at=NOW + 99),
    "topic": lambda u: u.people.set_topic("T1", "U1", Topic(Trap.BLAME, (), NOW + 99)),
    "label": lambda u: u.people.add_label(WrongLabel("k", "T1", "U1", Trap.FIXING), now=NOW),
    "explanation": lambda u: u.people.explain_label(
        "T1", "nudge-1", "U1", reason="fact", words="w", now=NOW
    ),
    "channel": lambda u: u.channels.update("T1", "C1", delivery=Delivery.OBSERVE, inviter_id="U9"),
    "choices": lambda u: u.workspace_settings.save("T1", WorkspaceChoices(daily_cap=9)),
    "probation": lambda u: u.channels.set_probation("T1", Trap.FIXING, Probation()),
    "schedule": lambda u: u.weekly.schedule_reflection("T1", "U1", due=None, time_zone=None),
    "run": lambda u: u.weekly.record_run(
        WeeklyKind.REFLECTION, "T1", "U1", "2026-W49", skipped="paused", now=NOW
    ),
    "follow-up": lambda u: u.weekly.add_follow_up(DUE, now=NOW),
    "outcome": lambda u: u.weekly.set_follow_up_outcome(
        "T1", "nudge-2", "U2", FollowUpOutcome.LEARNED
    ),
    "reflection": lambda u: u.reflections.save("T1", "U1", WEEK, {"if": "new"}, now=NOW),
    "team": lambda u: u.sales_teams.save(team(name="New"), digest_due=NOW + 99, now=NOW),
    "member": lambda u: u.sales_teams.invite(team(), "U9"),
    "named": lambda u: u.sales_teams.set_named(team(), ["U2", "U9"], now=NOW),
    "offer": lambda u: u.sales_teams.offer(team(), "U2"),
    "end of a team": lambda u: u.sales_teams.end("T1", "G1", now=NOW),
    "figures": lambda u: u.channels.save_figures("T1", "C1", "x", ChannelFigures(), now=NOW),
    "left": lambda u: u.sales_teams.remove_member("T1", "G1", "U1"),
    "accepted": lambda u: u.sales_teams.accept("T1", "G1", "U1", now=NOW),
    "digest": lambda u: u.digests.save(team(), WEEK, DigestFigures(), frozenset({"U9"}), now=NOW),
    "erasure": lambda u: u.personal_data.erase("T1", "U1"),
    "erasure of a manager": lambda u: u.personal_data.erase("T1", "boss"),
    "end of a workspace": lambda u: u.personal_data.erase_workspace("T1"),
}


@pytest.fixture
async def filled(store: Store) -> Store:
    """Return a store with two workspaces that differ in nothing but numbers and times."""
    for workspace_id, limit in (("T1", 3), ("T2", 4)):
        await fill(store, workspace_id, limit=limit)
    return store


async def test_each_workspace_reads_its_own_rows(filled: Store) -> None:
    """Everything was stored twice, and every reading finds the one that was asked for."""
    one, two = await seen(filled, "T1"), await seen(filled, "T2")

    for name, limit, found in (("T1", 3, one), ("T2", 4, two)):
        assert found["preferences"].daily_limit == limit
        assert found["settings"].paused_until == NOW + limit
        assert found["chosen"].daily_cap == limit
        assert found["answers"] == found["latest"] == {"if": str(limit)}
        assert found["told"] == [NOW + 8 + limit / 100]
        assert [n.at for n in found["to the author"]] == [NOW + limit]
        assert [n.at for n in found["beside"].in_thread] == [NOW + limit]
        assert len(found["beside"].about_trap) == len(MEMBERS)
        assert found["channel"].asked == found["counts"][0].counted == len(MEMBERS)
        assert (found["count"], found["asks"], found["ratings"].rated) == (1, 1, 1)
        (digest,) = filter(None, found["saved"])
        assert [theme.band for theme in digest.themes] == [5 * limit]
        assert found["figures"].asked == limit
        assert len(found["named"]) == len(found["accepted"]) == len(MEMBERS)
        assert {t.workspace_id for t in found["teams"]} == {name}
        assert [t.name for t in found["managed"]] == [f"Team {limit}"] * 2
        assert f"Team {3 if limit == 4 else 4}" not in str(found)
        other = "'T2'" if name == "T1" else "'T1'"
        assert other not in str(found)


async def test_a_change_stays_in_its_workspace(filled: Store) -> None:
    """Whatever is written in one workspace, the other one is as it was."""
    before = json.dumps(await seen(filled, "T2"), default=str)
    for name, change in CHANGES.items():
        async with filled.begin() as uow:
            await change(uow)
        assert json.dumps(await seen(filled, "T2"), default=str) == before, name


async def test_work_comes_with_its_workspace(filled: Store) -> None:
    """Both workspaces' rows are claimed, each with its own id, and finishing one leaves the other
    to be finished."""
    now = NOW + 9
    claim: dict[str, Any] = {"now": now, "limit": 9, "owner": ME, "lease_until": now + 9}
    async with filled.begin() as uow:
        candidates = await uow.inbox.claim_due(**claim)
        posts = await uow.outbox.claim_ready(**claim)
        asks = await uow.asks.claim_due(**claim)
        people = await uow.weekly.claim_due_reflections(**claim)
        teams = await uow.weekly.claim_due_digests(**claim)
        assert [c.message.workspace_id for c in candidates] == ["T1", "T2"]
        assert [p.message.workspace_id for p in posts] == ["T1", "T2"]
        assert [a.ask.workspace_id for a in asks] == ["T1", "T2"]
        assert [p.workspace_id for p in people] == ["T1", "T2"]
        assert [t.team.workspace_id for t in teams] == ["T1", "T1", "T2", "T2"]
        for mine in (0, 1):
            assert await uow.inbox.decide(candidates[mine], None, now=now)
            kept = finding(candidates[mine].id, 8, workspace_id=f"T{mine + 1}")
            await uow.findings.add(kept, now=now)
            assert await uow.outbox.mark_sent(posts[mine], "1.5", now=now)
            assert await uow.outbox.key_of_sent(f"T{mine + 1}", "U1", "1.5") == "reflection-1"
            assert await uow.asks.complete(asks[mine], now=now)
            assert await uow.weekly.finish_reflection(people[mine], next_due=None, time_zone=None)
            assert await uow.weekly.finish_digest(teams[2 * mine], next_due=None)


async def test_a_deletion_finds_the_nudge_of_its_workspace(store: Store) -> None:
    """Of two nudges with one key, one sent and one not, only the sent one is taken away."""
    for workspace_id in ("T1", "T2"):
        async with store.begin() as uow:
            await uow.outbox.enqueue(nudge(workspace_id=workspace_id), now=NOW)
        if workspace_id == "T1":
            await send(store, ts="77.5")
    async with store.begin() as uow:
        for workspace_id in ("T1", "T2"):
            deletion = nudge(2, workspace_id=workspace_id, kind=MessageKind.DELETE)
            deletion = replace(deletion, about_key="nudge-1", channel_id="C2")
            await uow.outbox.enqueue(deletion, now=NOW)
        claimed = await uow.outbox.claim_ready(now=NOW, limit=9, owner=ME, lease_until=NOW + 9)

    found = [(c.message.workspace_id, c.message.key, c.target_ts) for c in claimed]
    assert sorted(found) == [("T1", "nudge-2", "77.5"), ("T2", "nudge-1", "")]


async def test_follow_ups_do_not_cross(filled: Store) -> None:
    """A follow-up in one workspace leaves the same person's question in the other due."""
    async with filled.begin() as uow:
        await uow.weekly.add_follow_up(DUE, now=NOW)
        due = await uow.weekly.due_follow_ups(
            answered_after=0, answered_until=NOW + DAY, none_since=0, limit=9
        )
    assert [(d.workspace_id, d.key) for d in due] == [("T2", "nudge-1")]
