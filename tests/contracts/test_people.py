"""The contract of people and of channels."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from bot.core.model import Delivery, Preferences, Trap
from bot.flows.ports.channels import ChannelSettings, Probation
from bot.flows.ports.people import Topic, WrongLabel
from bot.flows.ports.unit_of_work import Store
from tests.contracts.examples import DAY, NOW, Workers

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
    assert found == ChannelSettings("C1", Delivery.OBSERVE, "U1", NOW)


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
