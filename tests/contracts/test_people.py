"""The contract of people and of channels."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from bot.core.model import Delivery, Preferences, Trap
from bot.flows.ports.channels import ChannelSettings, Probation
from bot.flows.ports.inbox import NewMessage
from bot.flows.ports.people import Topic, WrongLabel
from bot.flows.ports.unit_of_work import Store
from tests.contracts.examples import (
    DAY,
    LEASE,
    ME,
    NOW,
    Workers,
    decide,
    message,
    nudge,
    send,
    team,
)

LABEL = WrongLabel("nudge-1", "T1", "U1", Trap.FIXING)


async def test_preferences_come_back(store: Store) -> None:
    """What was chosen is read back; what was not, or is no more, is the default."""
    everything = Preferences(
        paused_until=NOW,
        resumed_at=NOW - 1,
        delivery=Delivery.PRIVATE,
        daily_limit=0,
        quiet_hours="off",
        weekly_reflection=False,
        reflection_slot="thu 16:00",
        greeted=True,
    )
    async with store.begin() as uow:
        assert await uow.people.preferences("T1", "U1") == Preferences()
        changes = {name: getattr(everything, name) for name in Preferences.__dataclass_fields__}
        await uow.people.update("T1", "U1", **changes)
        assert await uow.people.preferences("T1", "U1") == everything
        await uow.people.update("T1", "U1", paused_until=None, daily_limit=2)
        changed = await uow.people.preferences("T1", "U1")
        assert (changed.paused_until, changed.daily_limit) == (None, 2)
        assert (changed.delivery, changed.greeted) == (Delivery.PRIVATE, True)
        assert await uow.people.preferences("T1", "U2") == Preferences()


async def test_no_change_makes_no_preferences(store: Store) -> None:
    """An update of nothing leaves nothing behind."""
    async with store.begin() as uow:
        await uow.people.update("T1", "U1")
        exported = await uow.personal_data.export("T1", "U1")
    assert exported["preferences"] == []


@pytest.mark.parametrize("port", ["people", "channels"])
async def test_an_unknown_name_is_refused(store: Store, port: str) -> None:
    """A misspelled preference or setting is an error in the code, and found as one."""
    async with store.begin() as uow:
        update: Any = getattr(uow, port).update
        with pytest.raises(TypeError):
            await update("T1", "X1", quiet="off")


async def test_a_mute_is_for_one_trap_of_one_person(store: Store) -> None:
    """Muting again sets the new end."""
    async with store.begin() as uow:
        await uow.people.mute("T1", "U1", Trap.FIXING, until=NOW)
        await uow.people.mute("T1", "U1", Trap.FIXING, until=NOW + DAY)
        assert await uow.people.muted_until("T1", "U1", Trap.FIXING) == NOW + DAY
        assert await uow.people.muted_until("T1", "U1", Trap.BLAME) is None
        assert await uow.people.muted_until("T1", "U2", Trap.FIXING) is None


async def test_asked_questions_are_remembered(store: Store) -> None:
    """Each with the last time it was asked."""
    async with store.begin() as uow:
        await uow.people.note_question("T1", "U1", "blame-01", at=NOW)
        await uow.people.note_question("T1", "U1", "blame-02", at=NOW)
        await uow.people.note_question("T1", "U1", "blame-01", at=NOW + 5)
        asked = await uow.people.asked_questions("T1", "U1")
        assert await uow.people.asked_questions("T1", "U2") == {}
    assert asked == {"blame-01": NOW + 5, "blame-02": NOW}


async def test_the_same_upsert_at_the_same_time(workers: Workers) -> None:
    """Two workers that write one row at the same time both succeed."""

    async def note(store: Store, at: float) -> None:
        async with store.begin() as uow:
            await uow.people.note_question("T1", "U1", "blame-01", at=at)
            await uow.people.update("T1", "U1", daily_limit=int(at))

    stores = (workers.one, workers.two)
    await asyncio.gather(*(note(stores[n % 2], float(n)) for n in range(6)))
    async with workers.one.begin() as uow:
        asked = await uow.people.asked_questions("T1", "U1")
        limit = (await uow.people.preferences("T1", "U1")).daily_limit
    assert asked == {"blame-01": limit}


@pytest.mark.parametrize(("trap", "situations"), [(Trap.BLAME, ("demo", "price")), (None, ())])
async def test_a_topic_is_remembered(
    store: Store, trap: Trap | None, situations: tuple[str, ...]
) -> None:
    """The latest advice counts."""
    topic = Topic(trap, situations, NOW)
    async with store.begin() as uow:
        assert await uow.people.topic("T1", "U1") is None
        await uow.people.set_topic("T1", "U1", Topic(Trap.FIXING, ("silence",), NOW - 5))
        await uow.people.set_topic("T1", "U1", topic)
        assert await uow.people.topic("T1", "U1") == topic
        assert await uow.people.topic("T1", "U2") is None


async def test_a_label_is_explained_by_its_person_alone(store: Store) -> None:
    """A second "That's wrong" doesn't undo what the person wrote about the first."""
    async with store.begin() as uow:
        explain = uow.people.explain_label
        assert not await explain("T1", "nudge-1", "U1", reason="fact", words="w", now=NOW)
        await uow.people.add_label(LABEL, now=NOW)
        assert not await explain("T1", "nudge-1", "U2", reason="fact", words="theirs", now=NOW)
        assert await explain("T1", "nudge-1", "U1", reason="fact", words="mine", now=NOW)
        await uow.people.add_label(LABEL, now=NOW + 5)
        (label,) = (await uow.personal_data.export("T1", "U1"))["labels"]
    assert (label["reason"], label["words"], label["trap"]) == ("fact", "mine", Trap.FIXING)


async def test_a_reason_alone_is_a_label_without_words(store: Store) -> None:
    """So it goes after retention."""
    async with store.begin() as uow:
        await uow.people.add_label(LABEL, now=NOW)
        await uow.people.explain_label("T1", "nudge-1", "U1", reason="fact", words="", now=NOW)
        (label,) = (await uow.personal_data.export("T1", "U1"))["labels"]
    assert (label["reason"], label["words"]) == ("fact", None)


async def test_channel_settings_come_back(store: Store) -> None:
    """What was chosen is read back; the rest is the default."""
    async with store.begin() as uow:
        assert await uow.channels.settings("T1", "C1") == ChannelSettings("C1")
        await uow.channels.update("T1", "C1", inviter_id="U1", invited_at=NOW)
        await uow.channels.update("T1", "C1", delivery=Delivery.OBSERVE)
        await uow.channels.update("T1", "C1", paused_until=NOW, pause_reason="is_archived")
        await uow.channels.update("T1", "C1")
        found = await uow.channels.settings("T1", "C1")
        assert await uow.channels.settings("T1", "C2") == ChannelSettings("C2")
    assert found == ChannelSettings("C1", Delivery.OBSERVE, "U1", NOW, "is_archived")


async def test_everything_of_a_channel_follows_its_new_id(store: Store) -> None:
    """Settings, decisions and what waits are found under the new id, and only there; the same
    channel of another workspace stays where it is."""
    await decide(store, 1)
    await send(store)
    async with store.begin() as uow:
        for workspace_id in ("T1", "T2"):
            await uow.channels.update(workspace_id, "C1", delivery=Delivery.OBSERVE)
            waiting = message(2, workspace_id=workspace_id, event_id="EvWaits")
            await uow.inbox.add(NewMessage(waiting, NOW), now=NOW)
            await uow.outbox.enqueue(nudge(3, workspace_id=workspace_id), now=NOW)
            made = replace(team(), workspace_id=workspace_id, channel_id="C1")
            await uow.sales_teams.save(made, digest_due=NOW, now=NOW)
        await uow.channels.update("T1", "C9", inviter_id="U7")
        again = message(2, channel_id="C9", event_id="EvAgain")
        await uow.inbox.add(NewMessage(again, NOW), now=NOW)
        await uow.channels.change_id("T1", "C1", "C9")
    async with store.begin() as uow:
        assert await uow.channels.settings("T1", "C9") == ChannelSettings("C9", Delivery.OBSERVE)
        assert await uow.channels.settings("T1", "C1") == ChannelSettings("C1")
        assert (await uow.channels.settings("T2", "C1")).delivery is Delivery.OBSERVE
        assert await uow.findings.nudge_key_of("T1", "C9", message(1).ts) == "nudge-1"
        assert await uow.findings.nudge_key_of("T1", "C1", message(1).ts) is None
        waiting_rows = await uow.inbox.claim_due(
            now=NOW, limit=9, owner=ME, lease_until=NOW + LEASE
        )
        kept = [await uow.sales_teams.get(w, team().id) for w in ("T1", "T2")]
        to_send = await uow.outbox.claim_ready(
            now=NOW + 9, limit=9, owner=ME, lease_until=NOW + LEASE
        )
    places = {(r.message.workspace_id, r.message.channel_id) for r in waiting_rows}
    assert (len(waiting_rows), places) == (2, {("T1", "C9"), ("T2", "C1")})
    assert {(m.message.workspace_id, m.message.channel_id) for m in to_send} == places
    assert [t.channel_id for t in kept if t] == ["C9", "C1"]


async def test_inviters_are_known(store: Store) -> None:
    """Each once, in order; channels without an inviter have none."""
    async with store.begin() as uow:
        assert await uow.channels.inviters("T1") == []
        for channel_id, inviter_id in (("C1", "U2"), ("C2", "U1"), ("C3", "U2")):
            await uow.channels.update("T1", channel_id, inviter_id=inviter_id)
        await uow.channels.update("T1", "C4", delivery=Delivery.PRIVATE)
        assert await uow.channels.inviters("T1") == ["U1", "U2"]


async def test_probation_comes_and_goes(store: Store) -> None:
    """Of one trap; others are not concerned."""
    async with store.begin() as uow:
        assert await uow.channels.probation("T1", Trap.BLAME) == Probation()
        for probation in (Probation(since=NOW), Probation(cleared_at=NOW + 5)):
            await uow.channels.set_probation("T1", Trap.BLAME, probation)
            assert await uow.channels.probation("T1", Trap.BLAME) == probation
        assert await uow.channels.probation("T1", Trap.FIXING) == Probation()


async def test_tests_of_a_channel(store: Store) -> None:
    """A test runs until its end, may be prolonged, and is one person's in one channel."""
    async with store.begin() as uow:
        await uow.channels.start_test("T1", "C1", "U1", until=NOW + 1)
        await uow.channels.start_test("T1", "C1", "U2", until=NOW + 2)
        await uow.channels.start_test("T2", "C1", "U1", until=NOW + 3)
        await uow.channels.start_test("T1", "C1", "U1", until=NOW + 4)
    async with store.begin() as uow:
        assert await uow.channels.running_tests(now=NOW + 2) == {
            ("T1", "C1", "U1"): NOW + 4,
            ("T2", "C1", "U1"): NOW + 3,
        }
        await uow.channels.end_test("T1", "C1", "U1")
        await uow.channels.end_test("T1", "C9", "U9")
    async with store.begin() as uow:
        assert set(await uow.channels.running_tests(now=NOW)) == {
            ("T1", "C1", "U2"),
            ("T2", "C1", "U1"),
        }
