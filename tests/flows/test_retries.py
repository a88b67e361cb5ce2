"""What a failure costs: only tries that happened count, and what is let go has a reason."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from bot.core.gate import Unprompted
from bot.core.model import Deleted, Delivery, Edited, Feedback, Reason
from bot.core.policy import DAY, HOUR, Limits
from bot.flows.errors import (
    DeliveryUnconfirmedError,
    RateLimitedError,
    SlackUnavailableError,
    StoreUnavailableError,
)
from bot.flows.ports.asks import Ask, AskKind, ReplyPlace
from bot.flows.ports.outbox import ClaimedMessage, MessageKind, OutgoingMessage
from bot.workers.loop import WorkerLoop
from tests.fakes.memory_store import MemoryStore
from tests.fakes.state import OutboxRow
from tests.flows.stories import UNLIMITED, Stories

BLAME = "blame: they never answer"


def rows(stories: Stories) -> list[OutboxRow]:
    assert isinstance(stories.store, MemoryStore)
    return stories.store.state.outbox


async def queue(stories: Stories, text: str = BLAME) -> str:
    """Take and decide a message; leave its question in the outbox, and return the message's ts."""
    message = stories.message(text)
    await stories.intake.receive(message)
    await stories.nudge.run_due()
    return message.ts


async def enqueue(stories: Stories, key: str, **changes: object) -> None:
    values = {"kind": MessageKind.MESSAGE, "workspace_id": "T1", "channel_id": key}
    async with stories.store.begin() as uow:
        message = OutgoingMessage(key=key, **{**values, **changes})  # type: ignore[arg-type]
        await uow.outbox.enqueue(message, now=stories.now)


async def test_claims_without_a_try_use_up_no_try(stories: Stories) -> None:
    """The process was killed, or the database went away, nine times before anything was tried."""
    await queue(stories)
    for _ in range(9):
        async with stories.store.begin() as uow:
            await uow.outbox.claim_ready(
                now=stories.now, limit=1, owner="worker-1", lease_until=stories.now + 120
            )
    stories.chat.failures["post"] = [SlackUnavailableError("HTTP 503")]
    await stories.deliver_all()
    stories.now += 2
    await stories.deliver_all()

    assert len(stories.chat.keys("T1")) == 1


async def test_what_ends_every_claim_without_an_outcome_is_given_up(stories: Stories) -> None:
    """It may be what kills the process."""
    await queue(stories)
    await claim_in_vain(stories)
    stories.now += Limits().unfinished_claims_seconds + 1
    await stories.deliver_all()

    assert stories.chat.calls.count("post") == 0
    assert [(r.state, r.reason) for r in rows(stories)] == [("dropped", Reason.FAILED)]


async def test_many_kills_in_a_short_time_lose_nothing(stories: Stories) -> None:
    """A process that is killed again and again, whatever it does, says nothing about a row."""
    await queue(stories)
    await claim_in_vain(stories)
    stories.now += Limits().unfinished_claims_seconds / 2
    await stories.deliver_all()

    assert len(stories.chat.keys("T1")) == 1


async def claim_in_vain(stories: Stories) -> None:
    """Claim what is queued as often as a row may be claimed without an outcome."""
    for _ in range(Limits().unfinished_claims_at_most):
        async with stories.store.begin() as uow:
            await uow.outbox.claim_ready(
                now=stories.now, limit=1, owner="worker-1", lease_until=stories.now + 120
            )


@pytest.mark.parametrize(
    "change",
    ["deleted", "edited", "paused", "muted", "on demand", "forgotten", "channel", "private"],
)
async def test_what_changed_while_a_question_waited_holds(stories: Stories, change: str) -> None:
    """Slack asked to wait; what its author does meanwhile is seen before the question is posted."""
    ts = await queue(stories)
    stories.chat.failures["post"] = [RateLimitedError(30)]
    await stories.deliver_all()
    message = stories.message(BLAME, ts=ts)
    match change:
        case "deleted":
            await stories.intake.receive(Deleted("Ev-d", "T1", "C-deal", ts, BLAME))
        case "edited":
            calm = replace(message, text="They are busy.", version=f"{stories.now + 5:.6f}")
            await stories.intake.receive(Edited(calm, BLAME))
        case "paused":
            await stories.pauses.pause("T1", "U-ana", DAY)
        case "muted":
            async with stories.store.begin() as uow:
                (decision,) = await uow.findings.decisions("T1", "U-ana", limit=1)
                assert decision.trap is not None
                await uow.people.mute("T1", "U-ana", decision.trap, until=stories.now + DAY)
        case "on demand":
            await stories.preferences.update("T1", "U-ana", daily_limit=0)
        case "forgotten":
            await stories.erasure.forget_person("T1", "U-ana")
        case "channel":
            async with stories.store.begin() as uow:
                await uow.channels.update("T1", "C-deal", paused_until=stories.now + DAY)
        case "private":
            await stories.preferences.update("T1", "U-ana", delivery=Delivery.PRIVATE)
    stories.now += 31
    await stories.deliver_all()

    assert stories.chat.keys("T1") == []
    assert all(r.state == "dropped" for r in rows(stories))


@pytest.mark.parametrize("what", ["deleted", "edited"])
async def test_what_is_taken_back_while_it_is_sent_is_not_sent_again(
    stories: Stories, what: str
) -> None:
    """Nobody knows whether the post arrived. It did not, and its message is gone by now."""
    ts = await queue(stories)
    stories.chat.failures["post"] = [DeliveryUnconfirmedError("connection cut")]
    await stories.deliver_all()
    if what == "deleted":
        await stories.intake.receive(Deleted("Ev-d", "T1", "C-deal", ts, BLAME))
    else:
        calm = replace(stories.message("They are busy.", ts=ts), version=f"{stories.now + 5:.6f}")
        await stories.intake.receive(Edited(calm, BLAME))
    stories.now += 16
    await stories.deliver_all()

    assert stories.chat.keys("T1") == []
    assert stories.chat.calls.count("post") == 1
    assert all(r.state == "dropped" for r in rows(stories))


async def test_a_pause_holds_for_a_reflection_that_is_queued(stories: Stories) -> None:
    await enqueue(stories, "U-ana", recipient_id="U-ana", unprompted=Unprompted.REFLECTION)
    await stories.pauses.pause("T1", "U-ana", DAY)
    await stories.deliver_all()

    assert stories.chat.keys("T1") == []
    assert [r.reason for r in rows(stories)] == [Reason.PAUSED]


async def test_a_method_on_hold_is_left_alone_by_all_and_each_gets_theirs_once(
    stories: Stories,
) -> None:
    """Slack takes ten calls a round; the others wait together, in another process too."""
    other = Stories(stories.store, stories.playbook, "worker-2", chat=stories.chat)
    people = [f"U-{number}" for number in range(45)]
    for user_id in people:
        await enqueue(stories, user_id, recipient_id=user_id)
    refused = 0
    while len(stories.chat.keys("T1")) < len(people):
        taken = len(stories.chat.keys("T1"))
        limit: list[Exception | None] = [None] * 10
        stories.chat.failures["post"] = [*limit, RateLimitedError(10)]
        calls = stories.chat.calls.count("post")
        await stories.deliver_all()
        await other.deliver_all()
        refused = stories.chat.calls.count("post") - calls - 10
        assert len(stories.chat.keys("T1")) <= taken + 10
        assert refused <= 1
        stories.now += 10.1
        other.now = stories.now

    assert sorted(stories.chat.keys("T1")) == sorted(people)
    assert all(r.attempts == 0 for r in rows(stories))


async def test_a_hold_is_kept_for_a_process_that_starts_later(stories: Stories) -> None:
    await enqueue(stories, "U-ana", recipient_id="U-ana")
    await enqueue(stories, "U-ben", recipient_id="U-ben")
    stories.chat.failures["post"] = [RateLimitedError(30)]
    await stories.deliver_all()
    fresh = Stories(stories.store, stories.playbook, "worker-2")
    fresh.now = stories.now + 29
    await fresh.deliver_all()
    assert fresh.chat.calls.count("post") == 0

    fresh.now = stories.now + 31
    await fresh.deliver_all()
    assert sorted(fresh.chat.keys("T1")) == ["U-ana", "U-ben"]


@pytest.mark.parametrize("kind", [Unprompted.REFLECTION, Unprompted.INVITATION, None])
@pytest.mark.parametrize("down", ["post", "find"])
async def test_what_does_not_hang_on_a_moment_outlives_an_outage(
    stories: Stories, kind: Unprompted | None, down: str
) -> None:
    """Slack is away for an hour and a half; it comes late, and once."""
    await enqueue(stories, "U-ana", recipient_id="U-ana", unprompted=kind)
    failure: Exception = SlackUnavailableError("HTTP 503")
    if down == "find":
        stories.chat.failures["post"] = [DeliveryUnconfirmedError("HTTP 503")]
    stories.chat.failures[down] += [failure] * 99
    end = stories.now + 1.5 * HOUR
    while stories.now < end:
        await stories.deliver_all()
        stories.now += 60
    stories.chat.failures.clear()
    stories.now += 600
    await stories.deliver_all()

    assert stories.chat.keys("T1") == ["U-ana"]


async def test_what_never_gets_through_counts_as_skipped_after_a_day(stories: Stories) -> None:
    await enqueue(stories, "U-ana", recipient_id="U-ana", unprompted=Unprompted.REFLECTION)
    stories.chat.failures["post"] = [SlackUnavailableError("HTTP 503")] * 999
    for _ in range(160):
        await stories.deliver_all()
        stories.now += 600

    assert [(r.state, r.reason) for r in rows(stories)] == [("dropped", Reason.TOO_OLD)]


async def test_one_row_that_the_database_refuses_stops_nobody(
    stories: Stories, caplog: pytest.LogCaptureFixture
) -> None:
    """It is logged, comes later than the others, and is not posted twice."""
    for user_id in ("U-bad", "U-ben"):
        await enqueue(stories, user_id, recipient_id=user_id)

    def refuse(claimed: ClaimedMessage) -> None:
        if claimed.message.key == "U-bad":
            raise LookupError("value too long")

    stories.chat.after_post = refuse
    await stories.deliver_all()
    assert "U-ben" in stories.chat.keys("T1")
    assert "workspace=T1 message=U-bad unconfirmed: LookupError" in caplog.text
    stories.chat.after_post = lambda _: None
    stories.now += 20
    await stories.deliver_all()

    assert sorted(stories.chat.keys("T1")) == ["U-bad", "U-ben"]


async def test_one_batch_per_round_lets_a_stop_through(stories: Stories) -> None:
    stories.limits = replace(UNLIMITED, batches=replace(UNLIMITED.batches, deliver=2))
    for number in range(6):
        await enqueue(stories, f"U-{number}", recipient_id=f"U-{number}")
    loop = WorkerLoop("delivery", stories.deliver.run_due, stories.clock, idle_seconds=60)
    stories.chat.after_post = lambda _: loop.stop()
    await loop.run()

    assert len(stories.chat.keys("T1")) == 2


async def test_a_slow_workspace_holds_up_only_itself(stories: Stories) -> None:
    stories.limits = replace(UNLIMITED, batches=replace(UNLIMITED.batches, patience_seconds=0.01))
    await enqueue(stories, "slow", recipient_id="U-1")
    released, post = asyncio.Event(), stories.chat.post

    async def hang(claimed: ClaimedMessage) -> str:
        if claimed.message.workspace_id == "T1":
            await released.wait()
        return await post(claimed)

    stories.chat.post = hang  # type: ignore[method-assign]
    assert await stories.deliver.run_due() == pytest.approx(stories.now + 0.01)
    for number in range(3):
        await enqueue(stories, f"U-{number}", workspace_id="T2", recipient_id=f"U-{number}")
        await stories.deliver.run_due()
    assert len(stories.chat.keys("T2")) == 3
    assert stories.chat.keys("T1") == []

    released.set()
    await stories.deliver.finish()
    assert stories.chat.keys("T1") == ["slow"]


def ask(place: ReplyPlace = ReplyPlace.RESPONSE) -> Ask:
    return Ask("ask-1", AskKind.ADVICE, "T1", "U-ana", place, "https://slack.test/1", BLAME)


@pytest.mark.parametrize(
    ("place", "shown"), [(ReplyPlace.RESPONSE, 2), (ReplyPlace.VIEW, 2), (ReplyPlace.DIRECT, 0)]
)
async def test_a_reply_that_may_be_shown_is_not_shown_again(
    stories: Stories, place: ReplyPlace, shown: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The database goes away right after the reply was shown. A modal takes it once more; beside
    any other, a line says that it may be missing."""
    store = stories.store
    assert isinstance(store, MemoryStore)
    await stories.on_demand.submit(ask(place))
    show = stories.presenter.show_reply

    async def show_and_lose(*values: object, **named: object) -> None:
        await show(*values, **named)  # type: ignore[arg-type]
        store.unavailable = True

    monkeypatch.setattr(stories.presenter, "show_reply", show_and_lose)
    if place is ReplyPlace.DIRECT:
        await stories.on_demand.run_due()
    else:
        with pytest.raises(StoreUnavailableError):
            await stories.on_demand.run_due()
    store.unavailable = False
    monkeypatch.setattr(stories.presenter, "show_reply", show)
    await stories.on_demand.run_due()
    await stories.deliver_all()

    assert len(stories.presenter.replies) == shown
    if place is ReplyPlace.RESPONSE:
        lines = [reply.line for _, reply in stories.presenter.replies]
        assert lines == ["", stories.playbook.text("advice", "doubtful")]
    assert len(stories.chat.keys("T1")) == (place is ReplyPlace.DIRECT)
    async with store.begin() as uow:
        assert await uow.asks.count_waiting() == 0


async def test_an_old_scratch_that_ends_nothing_newer(stories: Stories) -> None:
    """Slack delivers the retraction again after its author has written something else."""
    stories.limits = replace(UNLIMITED, settle_seconds=15)
    retraction = stories.message("scratch that")
    await stories.intake.receive(retraction)
    stories.now += 5
    await stories.intake.receive(stories.message(BLAME))
    await stories.intake.receive(retraction)
    stories.now += 60
    await stories.nudge.run_due()
    await stories.deliver_all()

    assert len(stories.chat.keys("T1")) == 1


@pytest.mark.parametrize("arrives_by", ["message", "edit"])
async def test_what_was_taken_back_before_it_arrives_is_not_coached(
    stories: Stories, arrives_by: str
) -> None:
    stories.limits = replace(UNLIMITED, settle_seconds=15)
    first = stories.message(BLAME)
    stories.now += 5
    await stories.intake.receive(stories.message("scratch that"))
    if arrives_by == "edit":
        await stories.intake.receive(Edited(first, "They are busy."))
    else:
        await stories.intake.receive(first)
    stories.now += 60
    await stories.nudge.run_due()
    await stories.deliver_all()

    assert stories.chat.keys("T1") == []


@pytest.mark.parametrize("order", ["shown", "queued", "being sent", "deleted first"])
async def test_a_deletion_takes_the_copy_in_the_thread_along(stories: Stories, order: str) -> None:
    await stories.preferences.update("T1", "U-ana", delivery=Delivery.PRIVATE)
    ts = await stories.coach_message(BLAME)
    key = f"nudge-C-deal-{ts}"
    deletion = Deleted("Ev-d", "T1", "C-deal", ts, BLAME)
    if order == "deleted first":
        await stories.intake.receive(deletion)
    await stories.thread_sharing.begin("T1", key, "U-ana")
    match order:
        case "shown":
            await stories.deliver_all()
        case "being sent":
            stories.chat.failures["post"] = [DeliveryUnconfirmedError("connection cut")]
            await stories.deliver_all()
    if order != "deleted first":
        await stories.intake.receive(deletion)
    for _ in range(3):
        await stories.deliver_all()
        stories.now += 16

    assert f"{key}-thread" not in stories.chat.keys("T1")
    assert all(r.state in ("sent", "dropped") for r in rows(stories))


async def test_thats_wrong_drops_a_copy_that_still_waits(stories: Stories) -> None:
    await stories.preferences.update("T1", "U-ana", delivery=Delivery.PRIVATE)
    ts = await stories.coach_message(BLAME)
    key = f"nudge-C-deal-{ts}"
    await stories.thread_sharing.begin("T1", key, "U-ana")
    await stories.feedback.record_feedback("T1", key, "U-ana", Feedback.WRONG)
    seen: list[str] = []
    stories.chat.after_post = lambda claimed: seen.append(claimed.message.key)
    await stories.deliver_all()

    assert f"{key}-thread" not in seen
