"""Anything may happen in any order: events, presses, wishes, faults, crashes, two processes.

Hypothesis chooses what happens next. Whatever it was, in the end nothing is lost, nothing was done
twice, and nothing unprompted was sent to a person after they opted out.
"""

from __future__ import annotations

from dataclasses import replace

from hypothesis import strategies as st
from hypothesis.stateful import rule

from bot.core.model import Deleted, Delivery, Edited, Feedback, Message
from bot.core.policy import DAY
from bot.flows.ports.asks import Ask, AskKind, ReplyPlace
from tests.flows.opt_out import NEVER
from tests.flows.play import (
    ALL,
    CHANNELS,
    JOBS,
    ORDINARY,
    OTHER_TRAP,
    PEOPLE,
    SCRATCH,
    TRAP,
    UNSURE,
    Play,
    W,
)
from tests.flows.unreliable import QUESTION_FAULTS, Fault

STEPS = st.none() | st.integers(0, 12)


class Machine(Play):
    """The rules: what may happen next."""

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

    @rule(
        author=st.sampled_from(PEOPLE),
        channel=st.sampled_from(CHANNELS),
        which=st.integers(0, 1),
        stops_in=STEPS,
        fault=st.sampled_from(Fault),
    )
    def somebody_writes_and_a_worker_notices(
        self, author: str, channel: str, which: int, stops_in: int | None, fault: Fault
    ) -> None:
        self.ledger.post_faults = [fault]
        self.somebody_writes(author, channel, TRAP, None)
        self.set_clock(self.now + 16)
        self.work(self.workers[which], ALL, None, stops_in)

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

    @rule(
        seconds=st.sampled_from((0.5, 2.0, 16.0, 16.0, 40.0, 130.0, 700.0, 4_000.0, DAY, 4 * DAY))
    )
    def time_passes(self, seconds: float) -> None:
        self.set_clock(self.now + seconds)

    @rule()
    def the_weekly_slot_comes(self) -> None:
        self.go_to_the_weekly_slot()

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
                self.workers[which],
                job,
                dies_in if is_last else None,
                stops_in if is_last else None,
            )

    @rule(which=st.integers(0, 1))
    def a_worker_goes_on(self, which: int) -> None:
        self.go_on(self.workers[which])

    @rule(which=st.integers(0, 1))
    def a_worker_is_killed(self, which: int) -> None:
        if self.workers[which].round is not None:
            self.workers[which].fuse.is_dead = True
            self.go_on(self.workers[which])

    @rule(
        which=st.integers(0, 1),
        job=st.sampled_from(JOBS),
        stops_in=st.integers(0, 12),
        seconds=st.sampled_from((0.0, 0.0, 16.0, 130.0)),
    )
    def one_worker_overtakes_the_other(
        self, which: int, job: str, stops_in: int, seconds: float
    ) -> None:
        self.work(self.workers[which], job, None, stops_in)
        self.set_clock(self.now + seconds)
        self.work(self.workers[1 - which], job)
        self.go_on(self.workers[which])

    @rule(
        author=st.sampled_from(PEOPLE),
        which=st.integers(0, 1),
        stops_in=st.integers(4, 24),
        way=st.sampled_from(("pause", "none", "forget", "delete")),
    )
    def an_opt_out_overtakes_a_worker(
        self, author: str, which: int, stops_in: int, way: str
    ) -> None:
        self.somebody_writes(author, CHANNELS[0], TRAP, None)
        self.set_clock(self.now + 16)
        self.work(self.workers[which], ALL, None, stops_in)
        match way:
            case "pause":
                self.somebody_pauses(author, DAY)
            case "none":
                self.somebody_wants_none(author, wants_none=True)
            case "forget":
                self.somebody_is_forgotten(author, None)
            case _:
                self.somebody_deletes(0, None)
        self.work(self.workers[1 - which], ALL)
        self.go_on(self.workers[which])

    @rule(faults=st.lists(st.sampled_from(QUESTION_FAULTS), min_size=1, max_size=3))
    def slack_does_not_answer(self, faults: list[Fault]) -> None:
        self.ledger.faults = faults

    @rule(faults=st.lists(st.sampled_from(Fault), min_size=1, max_size=3))
    def slack_does_not_take_posts(self, faults: list[Fault]) -> None:
        self.ledger.post_faults = faults

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
        key = f"ask-{user}-{place}-{n}-{self.opted_out[user].tried_to_forget_time}"
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
            if self.front_does(flow.record_feedback(W, key, user, feedback)) != [True]:
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
        self.opted_out[user].tried_to_forget_time = self.now
        self.opted_out[user].was_forgotten = True
        if self.front_does(self.front.stories.erasure.forget_person(W, user), dies_in):
            opted_out = self.opted_out[user]
            opted_out.forgotten_at, opted_out.forgotten_time = self.ledger.commits, self.now
