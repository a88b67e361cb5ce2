"""Anything may happen in any order: events, presses, wishes, faults, crashes, two processes.

Hypothesis chooses what happens next. Whatever it was, in the end nothing is lost, nothing was done
twice, and nothing unprompted was sent to a person after they opted out.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass, field, replace
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from bot.core.model import Deleted, Delivery, Edited, Feedback, Message, Trap
from bot.core.playbook_model import Playbook
from bot.core.policy import DAY, Batches
from bot.flows.errors import ReframeError
from bot.flows.ports.asks import Ask, AskKind, ReplyPlace
from bot.flows.ports.outbox import ClaimedMessage
from bot.flows.ports.unit_of_work import Store
from tests.flows.kept import Kept, read_kept
from tests.flows.stories import NOON, UNLIMITED, Stories
from tests.flows.unreliable import (
    CrashError,
    Fault,
    Fuse,
    Ledger,
    UnreliableChat,
    UnreliablePresenter,
    UnreliableStore,
)

W = "T1"
PEOPLE = ("U-ana", "U-ben")
CHANNELS = ("C-deal", "C-two")
TRAP, OTHER_TRAP = f"{Trap.BLAME}: they never answer", f"{Trap.FIXING}: I sent a deck"
UNSURE, ORDINARY, SCRATCH = f"maybe {Trap.BLAME}", "good morning", "scratch that"
SLOT = "fri 15:00"
LIMITS = replace(
    UNLIMITED,
    settle_seconds=15.0,
    post_gap_seconds=1.0,
    batches=Batches(patience_seconds=3_600.0),  # a process that stands still is waited for
)
JOBS = ("decide", "deliver", "answer", "weekly")
STEPS = st.none() | st.integers(0, 12)
NEVER = float("inf")


@dataclass
class Process:
    """One process of the bot; after a crash it lives again, as another owner."""

    name: str
    build: Callable[[str, Fuse], Stories]
    life: int = 0
    fuse: Fuse = field(default_factory=Fuse)
    round: asyncio.Task[None] | None = None

    def __post_init__(self) -> None:
        self.start()

    def start(self) -> None:
        """Start a new life."""
        self.life += 1
        self.fuse = Fuse()
        self.stories = self.build(f"{self.name}-{self.life}", self.fuse)


@dataclass
class OptOut:
    """What a person has said that they don't want, and the commits after which it holds."""

    paused_until: float = 0.0
    paused_at: float = NEVER
    none_at: float = NEVER
    forgotten_at: float = NEVER
    forgotten_time: float = 0.0
    wrong_at: dict[str, float] = field(default_factory=dict)


class Machine(RuleBasedStateMachine):
    """The rules and what must hold.

    Args:
        playbook: the words. store: where everything is kept, new and empty.
        stories: which stories run; a test may break one.
        loop: runs everything.
    """

    def __init__(
        self,
        playbook: Playbook,
        store: Store,
        loop: asyncio.AbstractEventLoop,
        stories: type[Stories] = Stories,
    ) -> None:
        super().__init__()
        self.loop = loop
        self.playbook, self.store, self.kind = playbook, store, stories
        self.now = NOON
        self.ledger = Ledger(may_be_sent=self.why_not)
        self.workers = [Process(name, self.build) for name in ("a", "b")]
        self.front = Process("front", self.build)
        self.events: list[Message | Edited | Deleted] = []
        self.to_send_again: list[Message | Edited | Deleted] = []
        self.accepted: dict[str, str] = {}
        self.asked: dict[str, Ask] = {}
        self.opted_out = {user_id: OptOut() for user_id in PEOPLE}
        for user_id in PEOPLE:
            self.run(self.front.stories.reflections.switch(W, user_id, on=True))

    def build(self, owner: str, fuse: Fuse) -> Stories:
        store = UnreliableStore(self.store, self.ledger, fuse)
        return self.kind(
            store,
            self.playbook,
            owner=owner,
            limits=LIMITS,
            now=self.now,
            chat=UnreliableChat(self.ledger, fuse, store),
            presenter=UnreliablePresenter(self.ledger, fuse),
        )

    # What happens

    @rule(
        author=st.sampled_from(PEOPLE),
        channel=st.sampled_from(CHANNELS),
        text=st.sampled_from((TRAP, TRAP, OTHER_TRAP, UNSURE, ORDINARY, SCRATCH)),
        dies_in=STEPS,
    )
    def somebody_writes(self, author: str, channel: str, text: str, dies_in: int | None) -> None:
        ts = f"{self.now:.6f}"
        message = Message(f"Ev-{ts}", W, channel, ts, author, text, version=ts)
        self.events.append(message)
        self.receive(message, dies_in)

    @rule(which=st.integers(0, 5), text=st.sampled_from((TRAP, ORDINARY)), dies_in=STEPS)
    def somebody_edits(self, which: int, text: str, dies_in: int | None) -> None:
        if (message := self.written(which)) is not None:
            now = f"{self.now:.6f}"
            newer = replace(message, event_id=f"Ev-{now}", text=text, version=now)
            self.events.append(edit := Edited(newer, message.text))
            self.receive(edit, dies_in)

    @rule(which=st.integers(0, 5), dies_in=STEPS)
    def somebody_deletes(self, which: int, dies_in: int | None) -> None:
        if (message := self.written(which)) is not None:
            event_id, ts = f"Ev-{self.now:.6f}", message.ts
            gone = Deleted(event_id, W, message.channel_id, ts, message.text, message.author_id)
            self.events.append(gone)
            self.receive(gone, dies_in)

    @rule(which=st.integers(0, 5))
    def slack_sends_an_event_again(self, which: int) -> None:
        if self.events:
            self.receive(self.events[-1 - which % len(self.events)], None)

    @rule(seconds=st.sampled_from((0.5, 2.0, 16.0, 16.0, 40.0, 130.0, 700.0, 4_000.0, DAY, 4 * DAY)))
    def time_passes(self, seconds: float) -> None:
        self.set_clock(self.now + seconds)

    @rule()
    def the_weekly_slot_comes(self) -> None:
        friday = NOON + 2 * DAY + 2 * 3_600  # 15:00 in Berlin
        weeks = -(-(self.now - friday) // (7 * DAY))
        self.set_clock(friday + max(0.0, weeks) * 7 * DAY + 1)

    @rule(
        which=st.integers(0, 1),
        job=st.sampled_from(JOBS),
        dies_in=STEPS,
        stops_in=STEPS,
        rounds=st.integers(1, 3),
    )
    def a_worker_works(
        self, which: int, job: str, dies_in: int | None, stops_in: int | None, rounds: int
    ) -> None:
        for n in range(rounds):
            is_last = n == rounds - 1
            self.work(
                self.workers[which], job, dies_in if is_last else None, stops_in if is_last else None
            )

    @rule(which=st.integers(0, 1))
    def a_worker_goes_on(self, which: int) -> None:
        self.go_on(self.workers[which])

    @rule(which=st.integers(0, 1))
    def a_worker_is_killed(self, which: int) -> None:
        self.workers[which].fuse.is_dead = True
        self.ledger.is_disturbed = True
        self.go_on(self.workers[which])

    @rule(faults=st.lists(st.sampled_from(Fault), min_size=1, max_size=4))
    def slack_fails(self, faults: list[Fault]) -> None:
        self.ledger.faults = faults

    @rule(transactions=st.integers(1, 4))
    def the_database_is_away(self, transactions: int) -> None:
        self.ledger.database_is_away_for = transactions

    @rule(
        user=st.sampled_from(PEOPLE),
        place=st.sampled_from((ReplyPlace.DIRECT, ReplyPlace.RESPONSE)),
        n=st.integers(0, 2),
        dies_in=STEPS,
    )
    def somebody_asks(self, user: str, place: ReplyPlace, n: int, dies_in: int | None) -> None:
        key = f"ask-{user}-{place}-{n}"
        ask = Ask(key, AskKind.ADVICE, W, user, place, f"D-{user}", text=TRAP, thread_ts="1.0")
        if self.front_does(self.front.stories.on_demand.submit(ask), dies_in):
            self.asked[key] = ask

    @rule(
        which=st.integers(0, 5),
        feedback=st.sampled_from(Feedback),
        times=st.integers(1, 2),
    )
    def somebody_presses(self, which: int, feedback: Feedback, times: int) -> None:
        message = self.written(which)
        if message is None:
            return
        key, user = f"nudge-{message.channel_id}-{message.ts}", message.author_id
        flow = self.front.stories.feedback
        for _ in range(times):
            if not self.front_does(flow.record_feedback(W, key, user, feedback), None):
                continue
            if feedback is Feedback.PAUSE:
                self.note_pause(user, self.now + DAY)
            if feedback is Feedback.WRONG:
                self.opted_out[user].wrong_at.setdefault(key, self.ledger.commits)

    @rule(user=st.sampled_from(PEOPLE), seconds=st.sampled_from((600.0, DAY, NEVER)))
    def somebody_pauses(self, user: str, seconds: float) -> None:
        self.opted_out[user].paused_at = NEVER
        if self.front_does(self.front.stories.pauses.pause(W, user, seconds), None):
            self.note_pause(user, self.now + seconds)

    @rule(user=st.sampled_from(PEOPLE))
    def somebody_resumes(self, user: str) -> None:
        self.opted_out[user].paused_at = NEVER
        self.front_does(self.front.stories.pauses.resume(W, user), None)

    @rule(user=st.sampled_from(PEOPLE), wants_none=st.booleans())
    def somebody_wants_none(self, user: str, wants_none: bool) -> None:
        self.opted_out[user].none_at = NEVER
        chosen = 0 if wants_none else None
        if self.front_does(self.front.stories.preferences.update(W, user, daily_limit=chosen)):
            self.opted_out[user].none_at = self.ledger.commits if wants_none else NEVER

    @rule(user=st.sampled_from(PEOPLE), privately=st.booleans())
    def somebody_wants_it_privately(self, user: str, privately: bool) -> None:
        delivery = Delivery.PRIVATE if privately else None
        self.front_does(self.front.stories.preferences.update(W, user, delivery=delivery))

    @rule(user=st.sampled_from(PEOPLE), dies_in=STEPS)
    def somebody_is_forgotten(self, user: str, dies_in: int | None) -> None:
        self.accepted = {place: who for place, who in self.accepted.items() if who != user}
        self.asked = {key: ask for key, ask in self.asked.items() if ask.user_id != user}
        if self.front_does(self.front.stories.erasure.forget_person(W, user), dies_in):
            opted_out = self.opted_out[user]
            opted_out.forgotten_at, opted_out.forgotten_time = self.ledger.commits, self.now

    # What must hold

    def why_not(self, claimed: ClaimedMessage, after_commit: int) -> str | None:
        """Return why a message must not be sent that was on its way since a commit."""
        message, opted_out = claimed.message, self.opted_out.get(claimed.message.recipient_id)
        if opted_out is None:
            return None
        if opted_out.forgotten_at < after_commit and claimed.created_at < opted_out.forgotten_time:
            return "its reader was forgotten"
        if opted_out.wrong_at.get(message.key, NEVER) < after_commit:
            return "it was called wrong"
        if not message.key.startswith(("nudge-", "reflection-", "followup-")):
            return None
        if opted_out.paused_at < after_commit and self.now < opted_out.paused_until:
            return "its reader has paused"
        if opted_out.none_at < after_commit and not message.key.startswith("reflection-"):
            return "its reader wants none"
        return None

    @invariant()
    def nothing_forbidden_has_happened(self) -> None:
        assert not self.ledger.violations, self.ledger.violations
        self.set_clock(self.now + 0.01)

    def teardown(self) -> None:
        """Let all faults end and time pass; then nothing may be left or lost."""
        try:
            if not self.ledger.violations:
                self.end()
        finally:
            for process in self.workers:
                process.fuse.is_dead = True
                self.go_on(process)

    def end(self) -> None:
        self.ledger.faults, self.ledger.database_is_away_for = [], 0
        for process in self.workers:
            self.go_on(process)
        for event in self.to_send_again[:]:
            self.receive(event, None)
        self.work_until_idle()
        self.nothing_is_lost()
        self.every_due_reflection_comes()
        assert not self.ledger.violations, self.ledger.violations

    def work_until_idle(self) -> None:
        for _ in range(200):
            for process in self.workers:
                for job in JOBS:
                    self.work(process, job)
            if not any(row.is_open for row in self.kept()):
                return
            self.set_clock(self.now + 61)
            if _ > 100:
                self.set_clock(self.now + DAY)
        raise AssertionError(f"never done: {[row for row in self.kept() if row.is_open]}")

    def nothing_is_lost(self) -> None:
        rows = {(row.table, row.key): row for row in self.kept()}
        assert not [row for row in rows.values() if row.is_leased], "claimed for ever"
        for place in self.accepted:
            assert ("inbox", place) in rows, f"lost: {place}"
        for (table, key), row in rows.items():
            assert row.outcome, f"no outcome: {row}"
            if table == "inbox" and row.outcome == "speak":
                assert ("outbox", f"nudge-{key}") in rows, f"decided, never queued: {key}"
            if table == "outbox" and row.outcome == "sent" and not key.startswith("delete-"):
                assert key in {k for k, _ in self.ledger.sent}, f"never sent: {key}"
        for key, ask in self.asked.items():
            assert ("asks", key) in rows, f"lost: {key}"
            if ask.place is ReplyPlace.DIRECT:
                assert ("outbox", f"answer-{key}") in rows, f"never answered: {key}"
            elif not self.ledger.is_disturbed:
                assert key in self.ledger.replies, f"never answered: {key}"

    def every_due_reflection_comes(self) -> None:
        """Everybody who wants it has exactly one more after the next slot."""
        for user in PEOPLE:
            self.opted_out[user] = OptOut()
            self.run(self.front.stories.pauses.resume(W, user))
            self.run(self.front.stories.reflections.switch(W, user, on=True))
        before = [key for key, _ in self.ledger.sent]
        self.the_weekly_slot_comes()
        self.work_until_idle()
        more = [key for key, _ in self.ledger.sent if key not in before]
        for user in PEOPLE:
            mine = [key for key in more if key.startswith(f"reflection-{user}-")]
            assert len(mine) == 1, f"reflections of {user}: {mine}"

    # How it is done

    def run(self, work: Coroutine[Any, Any, Any]) -> Any:
        return self.loop.run_until_complete(work)

    def kept(self) -> list[Kept]:
        found: list[Kept] = self.run(read_kept(self.store))
        return found

    def set_clock(self, now: float) -> None:
        self.now = now
        for process in (*self.workers, self.front):
            process.stories.now = now

    def written(self, which: int) -> Message | None:
        mine = [event for event in self.events if isinstance(event, Message)]
        return mine[-1 - which % len(mine)] if mine else None

    def note_pause(self, user: str, until: float) -> None:
        opted_out = self.opted_out[user]
        if self.now >= opted_out.paused_until or opted_out.paused_at == NEVER:
            opted_out.paused_at, opted_out.paused_until = self.ledger.commits, until

    def receive(self, event: Message | Edited | Deleted, dies_in: int | None) -> None:
        """Let the process that listens take an event; Slack sends it again if that fails."""
        if event in self.to_send_again:
            self.to_send_again.remove(event)
        taken: list[Any] = []

        async def take() -> None:
            taken.append(await self.front.stories.intake.receive(event))

        if not self.front_does(take(), dies_in):
            self.to_send_again.append(event)
        elif taken == [None] and isinstance(event, Message) and event.text in (TRAP, OTHER_TRAP):
            self.accepted[f"{event.channel_id}-{event.ts}"] = event.author_id

    def front_does(self, work: Coroutine[Any, Any, Any], dies_in: int | None = None) -> bool:
        """Let the process that listens do something; return whether it got to the end."""
        self.front.fuse.dies_in = dies_in
        try:
            self.run(work)
        except ReframeError:
            return False
        except CrashError:
            self.ledger.is_disturbed = True
            self.front.start()
            return False
        finally:
            self.front.fuse.dies_in = None
        return True

    def work(
        self,
        process: Process,
        job: str,
        dies_in: int | None = None,
        stops_in: int | None = None,
    ) -> None:
        """Let a worker do one round, to its end or to where it stands still."""
        self.go_on(process)
        process.fuse.dies_in, process.fuse.stops_in = dies_in, stops_in
        process.round = self.loop.create_task(self.do_round(process.stories, job))
        self.wait_for(process)

    async def do_round(self, stories: Stories, job: str) -> None:
        rounds: dict[str, tuple[Callable[[], Awaitable[object]], ...]] = {
            "decide": (stories.nudge.run_due,),
            "deliver": (stories.deliver.run_due,),
            "answer": (stories.on_demand.run_due,),
            "weekly": (stories.reflections.run_due, stories.follow_ups.run_due),
        }
        for run_due in rounds[job]:
            try:
                await run_due()
            except ReframeError:
                pass  # the loop logs it, and tries again

    def go_on(self, process: Process) -> None:
        """Let a worker that stands still go on, or die if it is dead."""
        process.fuse.stops_in = None
        process.fuse.stopped.clear()
        process.fuse.goes_on.set()
        self.wait_for(process)

    def wait_for(self, process: Process) -> None:
        self.run(self.until_done_or_stopped(process))
        process.fuse.dies_in = None
        if process.round is not None and process.round.done():
            failure, process.round = process.round.exception(), None
            if failure is not None and not isinstance(failure, CrashError):
                raise failure
        if process.fuse.is_dead and process.round is None:
            self.ledger.is_disturbed = True
            process.start()

    async def until_done_or_stopped(self, process: Process) -> None:
        if process.round is None:
            return
        stopped = asyncio.ensure_future(process.fuse.stopped.wait())
        await asyncio.wait({process.round, stopped}, return_when=asyncio.FIRST_COMPLETED)
        stopped.cancel()
