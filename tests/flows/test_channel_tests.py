"""Test mode: answered at once and for one person alone, counted nowhere, over by itself."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest

from bot.core.model import Audience, Delivery, Message, Reason
from bot.core.playbook_model import Playbook
from bot.core.quiet_hours import parse_quiet_hours
from bot.core.workspace_rules import WorkspaceChoices
from bot.flows.channel_tests import quiet_line
from bot.flows.errors import SlackUnavailableError, StoreUnavailableError
from bot.flows.ports.outbox import ClaimedMessage, MessageKind
from bot.flows.ports.unit_of_work import UnitOfWork
from tests.fakes.memory_store import MemoryStore
from tests.flows.stories import NOON, UNLIMITED, Stories

HERE = ("T1", "C-deal", "U-ana")
STRICT = replace(
    UNLIMITED,
    settle_seconds=600.0,
    daily_cap=1,
    weekly_cap=1,
    cool_down_days=7.0,
    quiet_hours=parse_quiet_hours("00:00-23:59"),
)


@pytest.fixture
def strict(playbook: Playbook) -> Stories:
    """Return stories with every cap on, and Ana as their admin, in a channel that was told."""
    store = MemoryStore()
    store.state.channels["T1", "C-deal"] = {"noticed_at": 0.0}
    return Stories(store, playbook, limits=STRICT, admins=frozenset({"U-ana"}))


def seen_by_ana(stories: Stories) -> list[str]:
    """Return a list that gets each line of a test as it is posted."""
    lines: list[str] = []

    def note(claimed: ClaimedMessage) -> None:
        message = claimed.message
        if message.key.startswith("test-"):
            assert (message.kind, message.recipient_id) == (MessageKind.EPHEMERAL, "U-ana")
            lines.append(str(message.content["line"]))

    stories.chat.after_post = note
    return lines


def nothing_is_kept(stories: Stories) -> bool:
    """Return whether neither a message, nor a decision, nor a question that was asked is kept."""
    assert isinstance(stories.store, MemoryStore)
    state = stories.store.state
    return not (state.inbox or state.findings or state.asked_questions)


async def test_every_message_is_answered_at_once_and_none_counts(strict: Stories) -> None:
    """Three traps in a row, an ordinary message and a doubtful one, under caps of one."""
    lines = seen_by_ana(strict)
    assert "until" in await strict.channel_tests.start(*HERE)
    for text in (
        "blame: they never answer",
        "blame: they never write back",
        "blame: they never call us",
        "See you at two.",
        "maybe blame",
    ):
        strict.now += 1
        await strict.coach_message(text)

    assert [line.startswith("Test: I would ask: ") for line in lines] == [True] * 3 + [False] * 2
    assert "(I'm 95% sure. I ask when I'm at least 90% sure.)" in lines[0]
    assert "Nothing in it calls for a question" in lines[3]
    assert "(I'm 40% sure. I ask when I'm at least 90% sure.)" in lines[4]
    assert nothing_is_kept(strict)
    assert len(strict.chat.keys("T1")) == 5


async def test_a_score_that_was_high_enough_is_not_named_as_the_reason(strict: Stories) -> None:
    """Beside "nothing in it called for a question" it would contradict the sentence."""
    lines = seen_by_ana(strict)
    await strict.channel_tests.start(*HERE)
    await strict.coach_message("blame, harmless")

    assert lines == [f"Test: I would stay quiet. {strict.playbook.text('quiet', Reason.NO_TRAP)}"]


async def test_messages_that_come_together_after_a_start_share_one_read(strict: Stories) -> None:
    """One transaction each kept the last of 64 waiting for longer than a connection is waited
    for, so Slack was told that the database is busy."""
    transactions = count_transactions(strict)
    outcomes = await asyncio.gather(
        *(
            strict.intake.receive(
                Message(f"Ev{n}", "T1", "C-deal", f"{NOON:.0f}.{n:06}", "U-ana", "See you at two.")
            )
            for n in range(64)
        )
    )

    assert outcomes == [Reason.ORDINARY] * 64
    assert len(transactions) == 1


async def test_a_read_that_failed_is_tried_again_by_the_next_message(strict: Stories) -> None:
    assert isinstance(strict.store, MemoryStore)
    message = Message("Ev1", "T1", "C-deal", f"{NOON:.0f}.000001", "U-ana", "See you at two.")
    strict.store.unavailable = True
    with pytest.raises(StoreUnavailableError):
        await strict.intake.receive(message)
    strict.store.unavailable = False

    assert await strict.intake.receive(message) is Reason.ORDINARY


def count_transactions(stories: Stories) -> list[None]:
    """Return a list that grows by one with each transaction. As with a database, each is waited
    for."""
    begun: list[None] = []
    begin = stories.store.begin

    @asynccontextmanager
    async def counted() -> AsyncIterator[UnitOfWork]:
        begun.append(None)
        await asyncio.sleep(0)
        async with begin() as uow:
            yield uow

    stories.store.begin = counted  # type: ignore[method-assign]
    return begun


@pytest.mark.parametrize("chosen_by", ["channel", "workspace"])
async def test_where_it_only_counts_it_says_so(strict: Stories, chosen_by: str) -> None:
    """What it would ask is shown, and that nobody would be asked it here; silence stays silence."""
    lines = seen_by_ana(strict)
    async with strict.store.begin() as uow:
        if chosen_by == "channel":
            await uow.channels.update("T1", "C-deal", delivery=Delivery.OBSERVE)
        else:
            await uow.workspace_settings.save("T1", WorkspaceChoices(delivery=Delivery.OBSERVE))
    await strict.channel_tests.start(*HERE)
    for text in ("blame: they never answer", "See you at two."):
        strict.now += 1
        await strict.coach_message(text)

    assert "I would ask" in lines[0]
    assert "in this channel I only count" in lines[0]
    assert "only count" not in lines[1]


async def test_other_people_and_channels_are_treated_as_usual(strict: Stories) -> None:
    lines = seen_by_ana(strict)
    await strict.channel_tests.start(*HERE)
    await strict.coach_message("blame: they never answer", author_id="U-ben")
    await strict.coach_message("blame: they never answer", channel_id="C-other")

    assert lines == []
    assert isinstance(strict.store, MemoryStore)
    assert len(strict.store.state.inbox) == 2  # both settle


async def test_it_ends_by_itself(strict: Stories) -> None:
    """An hour later a message settles as usual."""
    lines = seen_by_ana(strict)
    await strict.channel_tests.start(*HERE)
    strict.now += STRICT.test_seconds
    await strict.coach_message("blame: they never answer")

    assert lines == []
    assert not nothing_is_kept(strict)


async def test_it_survives_a_restart(strict: Stories) -> None:
    """What waits, and the test itself."""
    await strict.channel_tests.start(*HERE)
    await strict.intake.receive(strict.message("blame: they never answer"))
    again = Stories(
        strict.store, strict.playbook, owner="worker-2", limits=STRICT, now=strict.now + 1
    )
    lines = seen_by_ana(again)
    again.chat.messages = [strict.message("blame: they never answer")]
    await again.nudge.run_due()
    await again.deliver_all()

    assert len(lines) == 1
    assert nothing_is_kept(again)


async def test_it_can_be_ended(strict: Stories) -> None:
    lines = seen_by_ana(strict)
    started = await strict.channel_tests.start(*HERE)
    stopped = await strict.channel_tests.stop(*HERE)
    none = await strict.channel_tests.stop(*HERE)
    await strict.coach_message("blame: they never answer")

    assert len({started, stopped, none}) == 3
    assert "off" in stopped
    assert lines == []


async def test_who_may_test(strict: Stories, playbook: Playbook) -> None:
    """Admins; where none is named, whoever invited the bot to the channel."""
    refused = await strict.channel_tests.start("T1", "C-deal", "U-ben")
    assert isinstance(strict.store, MemoryStore)
    strict.store.state.channels["T1", "C-deal"]["inviter_id"] = "U-ben"
    still_refused = await strict.channel_tests.start("T1", "C-deal", "U-ben")
    without_admins = Stories(strict.store, playbook)
    by_inviter = await without_admins.channel_tests.start("T1", "C-deal", "U-ben")

    assert "REFRAME_ADMINS" in refused == still_refused
    assert "Test mode is on" in by_inviter


@pytest.mark.parametrize(
    ("channel_id", "audience", "said"),
    [
        ("C-unwatched", Audience.COLLEAGUES, "I don't watch this channel"),
        ("C-deal", Audience.OUTSIDERS, "outside the company"),
    ],
)
async def test_where_nobody_is_asked_nothing_is_tested(
    strict: Stories, channel_id: str, audience: Audience, said: str
) -> None:
    lines = seen_by_ana(strict)
    strict.chat.audiences["T1", channel_id] = audience
    answer = await strict.channel_tests.start("T1", channel_id, "U-ana")
    await strict.coach_message("blame: they never answer", channel_id=channel_id)

    assert said in answer
    assert lines == []


async def test_a_matter_for_people_is_not_stored_here_neither(strict: Stories) -> None:
    """It is answered without a word of it, and no detector reads it."""
    lines = seen_by_ana(strict)
    await strict.channel_tests.start(*HERE)
    await strict.coach_message("blame: I can't go on, I want to kill myself")

    assert lines == [quiet_line(strict.playbook.strings, Reason.NEVER_COACH)]
    assert nothing_is_kept(strict)


async def test_slack_fails_for_a_moment(strict: Stories) -> None:
    """The message waits, and is answered later."""
    lines = seen_by_ana(strict)
    await strict.channel_tests.start(*HERE)
    strict.chat.failures["preceding_messages"] = [SlackUnavailableError("HTTP 502")]
    await strict.coach_message("blame: they never answer")
    assert lines == []
    strict.now += 60
    await strict.nudge.run_due()
    await strict.deliver_all()

    assert len(lines) == 1
    assert nothing_is_kept(strict)
