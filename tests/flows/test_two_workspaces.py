"""Two workspaces in one database whose channels, users, messages and events have the same ids.

Every story is played in both, on SQLite and PostgreSQL; nothing of one may show in the other.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from bot.core.model import Delivery, Edited, Feedback, More, Reason, Trap
from bot.core.playbook_model import Playbook
from bot.core.policy import DAY
from bot.flows.concurrency import run_all
from bot.flows.ports.asks import Ask, AskKind, ReplyPlace
from bot.flows.ports.sales_teams import SalesTeam
from bot.flows.ports.unit_of_work import Store
from bot.store.database import Database
from bot.store.encryption import Encryptor, ScryptCost, derive_key
from bot.store.unit_of_work import SqlStore
from tests.flows.stories import UNLIMITED, Stories

BLAME = "blame: they never answer"
MONDAY = datetime(2025, 12, 8, 8, 0, tzinfo=UTC).timestamp()  # 09:00 in Berlin
SELLERS = [f"U-{number}" for number in range(1, 7)]


@pytest.fixture
async def two(unhurried: None, database: Database, playbook: Playbook) -> Stories:
    """Return all stories over one database that two workspaces share."""
    key = derive_key("a-secret-of-the-test", b"", ScryptCost(2, 8, 1))
    store: Store = SqlStore(database, Encryptor(key))
    async with store.begin() as uow:
        for workspace_id in ("T1", "T2"):
            await uow.channels.update(workspace_id, "C-deal", noticed_at=0.0)
    return Stories(store, playbook)


async def coach(two: Stories, workspace_id: str, text: str = BLAME) -> str:
    return await two.coach_message(text, workspace_id=workspace_id)


async def test_the_same_message_is_decided_in_each(two: Stories) -> None:
    for workspace_id in ("T1", "T2"):
        await coach(two, workspace_id)

    assert two.chat.keys("T1") == two.chat.keys("T2")
    assert len(two.chat.keys("T1")) == 1
    assert [len(await two.decided(w)) for w in ("T1", "T2")] == [1, 1]


async def test_caps_of_one_do_not_silence_the_other(two: Stories) -> None:
    two.limits = replace(UNLIMITED, daily_cap=1, weekly_cap=1, cool_down_days=7)
    await coach(two, "T1")
    two.now += 60
    await coach(two, "T1")
    await coach(two, "T2")

    assert [d.reason for d in await two.decided("T1")] == [Reason.COOL_DOWN, None]
    assert [d.reason for d in await two.decided("T2")] == [None]


async def test_an_edit_or_a_retraction_in_one_leaves_the_other_waiting(two: Stories) -> None:
    two.limits = replace(UNLIMITED, settle_seconds=15)
    messages = [two.message(BLAME, workspace_id=w) for w in ("T1", "T2")]
    for message in messages:
        await two.intake.receive(message)
    later = replace(messages[0], text="They are busy.", version=f"{two.now + 5:.6f}")
    await two.intake.receive(Edited(later, BLAME))
    two.now += 6
    await two.intake.receive(two.message("scratch that", workspace_id="T1"))
    two.now += 60
    await two.nudge.run_due()

    assert [d.reason for d in await two.decided("T1")] == [Reason.WITHDRAWN_BY_EDIT]
    assert [d.reason for d in await two.decided("T2")] == [None]


async def test_a_button_works_in_its_own_workspace(two: Stories) -> None:
    ts = await coach(two, "T1")
    await coach(two, "T2")
    key = f"nudge-C-deal-{ts}"
    await two.feedback.record_feedback("T1", key, "U-ana", Feedback.WRONG)
    await two.feedback.give_more("T1", key, "U-ana", More.PRIVATELY)
    await two.deliver_all()

    assert key not in two.chat.keys("T1")
    assert key in two.chat.keys("T2")
    async with two.store.begin() as uow:
        assert await uow.people.muted_until("T1", "U-ana", Trap.BLAME) is not None
        assert await uow.people.muted_until("T2", "U-ana", Trap.BLAME) is None
        assert (await uow.people.preferences("T2", "U-ana")).delivery is None


async def test_a_channel_is_set_in_its_own_workspace(two: Stories) -> None:
    await two.invitation.accept("T1", "C-deal", "U-ben", "Ev-invited")
    await two.invitation.accept("T2", "C-deal", "U-cy", "Ev-invited")
    chosen = await two.channel_settings.choose_delivery("T1", "C-deal", "U-ben", Delivery.OBSERVE)
    refused = await two.channel_settings.choose_delivery("T2", "C-deal", "U-ben", Delivery.OBSERVE)
    await two.deliver_all()

    assert (chosen, refused) == (True, False)
    for workspace_id in ("T1", "T2"):
        await coach(two, workspace_id)
        sent = [k for k in two.chat.keys(workspace_id) if k.startswith("hello-")]
        assert sent == ["hello-Ev-invited"]
    assert [d.reason for d in await two.decided("T1")] == [Reason.OBSERVED]
    assert [d.reason for d in await two.decided("T2")] == [None]


async def test_pauses_questions_and_topics_stay_apart(two: Stories) -> None:
    await two.pauses.pause("T1", "U-ana", DAY)
    await two.write_direct(BLAME, workspace_id="T1")
    async with two.store.begin() as uow:
        assert await uow.people.asked_questions("T2", "U-ana") == {}
        assert await uow.people.topic("T2", "U-ana") is None
    await coach(two, "T2")

    assert [d.reason for d in await two.decided("T2")] == [None]


async def test_the_same_ask_is_answered_in_each(two: Stories) -> None:
    for workspace_id in ("T1", "T2"):
        ask = Ask(
            "command-1", AskKind.ADVICE, workspace_id, "U-ana", ReplyPlace.RESPONSE, "url", BLAME
        )
        assert await two.on_demand.submit(ask)
    await two.on_demand.run_due()

    assert sorted(a.workspace_id for a, _ in two.presenter.replies) == ["T1", "T2"]


async def test_weekly_work_stays_apart(two: Stories) -> None:
    for workspace_id, name in (("T1", "North"), ("T2", "South")):
        team = SalesTeam("G1", workspace_id, "U-mia", name, "mon 09:00", "C-deal")
        await two.team_setup.save(team, SELLERS, is_new=True)
        await two.schedule.switch(workspace_id, "U-ana", on=True)
    await two.team_members.answer_invitation("T1", "G1", "U-1", accepts=True)
    await two.answers.save_answers("T1", "U-ana", "2025-W48", {"if": "a", "then": "b"})
    two.now = MONDAY
    sent = await two.reflections.run_due() + await two.digests.run_due()
    await two.deliver_all()

    assert sent == 2  # the digests; the reflections come too late by now
    assert await two.answers.plan("T2", "U-ana", "2025-W49") == ""
    assert await two.answers.plan("T1", "U-ana", "2025-W49") == "If a, then b"
    async with two.store.begin() as uow:
        accepted = [
            [m.accepted for m in await uow.sales_teams.memberships(w, "U-1")] for w in ("T1", "T2")
        ]
    assert accepted == [[True], [False]]
    for workspace_id, name in (("T1", "North"), ("T2", "South")):
        team_there, _ = await two.team_setup.managed_team(workspace_id, "U-mia")
        assert team_there is not None
        assert team_there.name == name


async def test_forgetting_in_one_leaves_the_other(two: Stories) -> None:
    for workspace_id in ("T1", "T2"):
        await coach(two, workspace_id)
        await two.schedule.switch(workspace_id, "U-ana", on=True)
    await two.erasure.forget_person("T1", "U-ana")
    assert await two.decided("T1") == []
    assert len(await two.decided("T2")) == 1

    await two.erasure.forget_workspace("T1")
    async with two.store.begin() as uow:
        assert not any((await uow.personal_data.export("T1", "U-ana")).values())
        kept = await uow.personal_data.export("T2", "U-ana")
    assert {name for name, rows in kept.items() if rows} >= {"findings", "inbox", "outbox"}


async def test_pacing_in_one_does_not_hold_the_other(two: Stories) -> None:
    two.limits = replace(UNLIMITED, post_gap_seconds=60)
    for workspace_id in ("T1", "T2"):
        await coach(two, workspace_id)

    assert [len(two.chat.keys(w)) for w in ("T1", "T2")] == [1, 1]


async def test_answers_that_come_at_once_are_all_kept(two: Stories) -> None:
    """A form and replies below the reflection; each adds to what it finds there."""
    fields = [f"field-{number}" for number in range(8)]
    await run_all(
        two.answers.save_answers(workspace_id, "U-ana", "2025-W48", {field: "I asked."})
        for workspace_id in ("T1", "T2")
        for field in fields
    )

    for workspace_id in ("T1", "T2"):
        async with two.store.begin() as uow:
            answers = await uow.reflections.answers(workspace_id, "U-ana", "2025-W48")
        assert sorted(answers) == fields
