"""What the state machine plays with, and what must hold whatever has happened."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass, field, replace
from typing import Any

from hypothesis.stateful import RuleBasedStateMachine, invariant

from bot.core.model import Deleted, Edited, Message, Trap
from bot.core.playbook_model import Playbook
from bot.core.policy import DAY, HOUR, Batches
from bot.flows.errors import ReframeError
from bot.flows.ports.asks import Ask, ReplyPlace
from bot.flows.ports.outbox import ClaimedMessage
from bot.flows.ports.sales_teams import SalesTeam
from bot.flows.ports.unit_of_work import Store
from tests.flows.kept import Kept, read_kept
from tests.flows.opt_out import NEVER, OptOut
from tests.flows.stories import NOON, UNLIMITED, Stories
from tests.flows.unreliable import (
    CrashError,
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
TEAM = SalesTeam("G1", W, PEOPLE[0], "North", SLOT)
LIMITS = replace(
    UNLIMITED,
    settle_seconds=15.0,
    post_gap_seconds=1.0,
    batches=Batches(
        patience_seconds=3_600.0, weekly_patience_seconds=3_600.0
    ),  # a process that stands still is waited for
)
ALL = "all"
JOBS = (ALL, "decide", "deliver", "answer", "weekly")
QUESTIONS = ("nudge-", "followup-")
WEEKLY = ("reflection-", "digest-", "team-")


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


class Play(RuleBasedStateMachine):
    """Two workers, the process that listens, and what must hold; the rules are in ``Machine``.

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
        self.next_at: list[float] = []
        self.failed_rounds: list[str] = []
        self.ledger = Ledger(may_be_sent=self.why_not)
        self.workers = [Process(name, self.build) for name in ("a", "b")]
        self.front = Process("front", self.build)
        self.events: list[Message | Edited | Deleted] = []
        self.to_send_again: list[Message | Edited | Deleted] = []
        self.accepted: dict[str, str] = {}
        self.asked: dict[str, Ask] = {}
        self.opted_out = {user_id: OptOut() for user_id in PEOPLE}
        for user_id in PEOPLE:
            self.run(self.front.stories.schedule.switch(W, user_id, on=True))
        self.run(self.front.stories.team_setup.save(TEAM, PEOPLE, is_new=True))

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
        if not message.key.startswith((*QUESTIONS, *WEEKLY)):
            return None
        if opted_out.paused_at < after_commit and self.now < opted_out.paused_until:
            return "its reader has paused"
        if opted_out.none_at < after_commit and message.key.startswith(QUESTIONS):
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
        self.ledger.faults, self.ledger.post_faults = [], []
        self.failed_rounds.clear()
        self.ledger.database_is_away_for = 0
        for process in self.workers:
            self.go_on(process)
        for event in self.to_send_again[:]:
            self.receive(event, None)
        self.work_until_idle()
        self.nothing_is_lost()
        self.nothing_weekly_is_lost()
        self.every_due_reflection_comes()
        self.every_due_digest_comes()
        self.nothing_weekly_is_lost()
        assert not self.ledger.violations, self.ledger.violations

    def work_until_idle(self) -> None:
        """Work until nothing is left, each time at the moment when the next thing is due."""
        for _ in range(100):
            self.next_at = []
            self.work(self.workers[0], ALL)
            if not any(row.is_open for row in self.kept()):
                return
            self.set_clock(max(self.now + 0.1, min(self.next_at, default=self.now + DAY)))
        raise AssertionError(f"never done: {[row for row in self.kept() if row.is_open]}")

    def tick_until_idle(self) -> None:
        """Let three ticks come: a database on a busy machine may be away for one."""
        for _ in range(3):
            self.work_until_idle()
            self.set_clock(self.now + 60)

    def nothing_is_lost(self) -> None:
        rows = {(row.table, row.key): row for row in self.kept()}
        work = [row for row in rows.values() if row.table in ("inbox", "outbox", "asks")]
        assert not [row for row in work if row.is_leased], "claimed for ever"
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

    def nothing_weekly_is_lost(self) -> None:
        """What is noted as sent was sent, and what is noted as skipped was not."""
        rows = {(row.table, row.key): row.outcome for row in self.kept()}
        for (table, key), noted in rows.items():
            if table == "follow_ups":
                assert ("outbox", f"followup-{key}") in rows, f"noted, never queued: {key}"
            if table != "weekly_runs":
                continue
            if (came_to := rows.get(("outbox", key))) is not None:
                assert came_to == noted, f"noted as {noted}: {key} is {came_to}"
            elif not self.opted_out[TEAM.manager_id].was_forgotten:
                assert noted != "sent", f"noted, never queued: {key}"

    def every_due_reflection_comes(self) -> None:
        """Everybody who wants it has exactly one more after the next slot."""
        for user in PEOPLE:
            self.opted_out[user] = OptOut(was_forgotten=self.opted_out[user].was_forgotten)
            self.run(self.front.stories.pauses.resume(W, user))
            self.run(self.front.stories.schedule.switch(W, user, on=True))
        before = [key for key, _ in self.ledger.sent]
        self.go_to_the_weekly_slot()
        self.tick_until_idle()
        more = [key for key, _ in self.ledger.sent if key not in before]
        for user in PEOPLE:
            mine = [key for key in more if key.startswith(f"reflection-{user}-")]
            assert len(mine) == 1, f"reflections of {user}: {mine}; {self.failed_rounds}"

    def every_due_digest_comes(self) -> None:
        """The manager has more of them after a few slots, also of a new team after "forget me"."""
        team = replace(TEAM, id="G2") if self.opted_out[TEAM.manager_id].was_forgotten else TEAM
        self.run(self.front.stories.team_setup.save(team, PEOPLE, is_new=True))
        before = {key for key, _ in self.ledger.sent}
        for _ in range(3):
            self.go_to_the_weekly_slot()
            self.tick_until_idle()
        more = {key for key, _ in self.ledger.sent if key.startswith("digest-")} - before
        assert more, "no digest"
        assert not [row for row in self.kept() if row.is_leased], "claimed for ever"

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

    def go_to_the_weekly_slot(self) -> None:
        """Let it be the next Friday, 15:00 in Berlin in winter."""
        friday = NOON + 2 * DAY + 2 * HOUR
        weeks = -(-(self.now - friday) // (7 * DAY))
        self.set_clock(friday + max(0.0, weeks) * 7 * DAY + 1)

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
        taken = self.front_does(self.front.stories.intake.receive(event), dies_in)
        if not taken:
            self.to_send_again.append(event)
        elif taken == [None] and isinstance(event, Message) and event.text in (TRAP, OTHER_TRAP):
            forgotten_at = self.opted_out[event.author_id].tried_to_forget_time
            if event.sent_at > forgotten_at:
                self.accepted[f"{event.channel_id}-{event.ts}"] = event.author_id

    def front_does(self, work: Coroutine[Any, Any, Any], dies_in: int | None = None) -> list[Any]:
        """Let the process that listens do something; return what it returned, in a list that is
        empty if it did not get to the end."""
        self.front.fuse.dies_in = dies_in
        try:
            return [self.run(work)]
        except ReframeError:
            return []
        except CrashError:
            self.ledger.is_disturbed = True
            self.front.start()
            return []
        finally:
            self.front.fuse.dies_in = None

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
            "weekly": (
                stories.reflections.run_due,
                stories.follow_ups.run_due,
                stories.digests.run_due,
            ),
            "decide": (stories.nudge.run_due,),
            "answer": (stories.on_demand.run_due,),
            "deliver": (stories.deliver.run_due,),
        }
        for run_due in rounds[job] if job in rounds else sum(rounds.values(), ()):
            try:
                next_at = await run_due()
                if isinstance(next_at, float):
                    self.next_at.append(next_at)
            except ReframeError as failure:  # the loop logs it, and tries again
                self.failed_rounds.append(f"{failure!r}")

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
