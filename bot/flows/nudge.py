"""A candidate message becomes a question in its thread, or a silence with a reason."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Sequence
from functools import partial

from bot.core.coach import Coach
from bot.core.draft_review import DraftReview
from bot.core.guard import Guard
from bot.core.matters_for_people import MattersForPeople
from bot.core.model import Reason, Reply
from bot.core.playbook_model import Playbook
from bot.core.policy import silence_for
from bot.flows.assessment import Assessment, Assessor
from bot.flows.candidate_endings import CandidateEndings, named, trace_of_message
from bot.flows.channel_notice import owed_notice
from bot.flows.channel_pause import end_closed_pause
from bot.flows.channel_test_answers import ChannelTestAnswers
from bot.flows.channel_tests import ChannelTests
from bot.flows.concurrency import Lanes, by_workspace, run_all
from bot.flows.drafting import Drafter
from bot.flows.errors import SlackCallError, SlackRefusedError, StoreUnavailableError
from bot.flows.house_rules import HouseRules
from bot.flows.lost_texts import LostTexts
from bot.flows.nudge_history import read_background
from bot.flows.nudge_messages import nudge_for
from bot.flows.nudge_outcome import Outcomes
from bot.flows.ports.chat import Chat
from bot.flows.ports.clock import Clock
from bot.flows.ports.detection import Detector, InventionReader, Writer
from bot.flows.ports.inbox import Candidate
from bot.flows.ports.rendering import Renderer
from bot.flows.ports.telemetry import Telemetry
from bot.flows.ports.unit_of_work import Store
from bot.flows.ports.work import WorkItem
from bot.flows.retries import ends_every_claim, respect_rate_limits
from bot.flows.slack_error_codes import APP_REFUSED
from bot.flows.work_context import working_on

log = logging.getLogger(__name__)


class Nudge:
    """Decides candidates. ``run_due`` or ``run_one`` is what a worker calls.

    Args:
        store, detector, chat, clock: the ports. rules: of each workspace.
        owner: who claims candidates; unique per running process.
        playbook: the words; its version is kept with each finding.
        coach: picks the words. guard: has the last say on them. draft_review: checks a model's.
        tests: knows which messages are only tried out.
        renderer: renders the notice to a channel that was never told about the bot.
        writer: a model that may write words; None if the playbook speaks alone.
        invention_reader: reads its words once more; None if the guard's word is the last.
        wake_delivery: called when something was queued. telemetry: is told how candidates end.
    """

    def __init__(
        self,
        *,
        store: Store,
        detector: Detector,
        chat: Chat,
        clock: Clock,
        rules: HouseRules,
        owner: str,
        playbook: Playbook,
        coach: Coach,
        guard: Guard,
        draft_review: DraftReview,
        writer: Writer | None,
        invention_reader: InventionReader | None,
        tests: ChannelTests,
        renderer: Renderer,
        wake_delivery: Callable[[], None],
        telemetry: Telemetry,
    ) -> None:
        self._store = store
        self._chat = chat
        self._clock = clock
        self._rules = rules
        self._limits = limits = rules.limits
        self._owner = owner
        self._outcomes = Outcomes(coach=coach, guard=guard, draft_review=draft_review)
        self._renderer = renderer
        self._wake_delivery = wake_delivery
        self._assessor = Assessor(
            store=store,
            detector=detector,
            chat=chat,
            clock=clock,
            rules=rules,
            coach=coach,
            matters=MattersForPeople.of_cues(playbook.cues),
            drafter=Drafter(
                store=store,
                clock=clock,
                coach=coach,
                draft_review=draft_review,
                writer=writer,
                invention_reader=invention_reader,
            ),
        )
        self._endings = CandidateEndings(
            store=store,
            clock=clock,
            limits=limits,
            detector_name=detector.name,
            playbook_version=playbook.version,
            telemetry=telemetry,
        )
        self._test_answers = ChannelTestAnswers(
            store=store,
            detector=detector,
            rules=rules,
            chat=chat,
            clock=clock,
            tests=tests,
            endings=self._endings,
            coach=coach,
            guard=guard,
            matters=MattersForPeople.of_cues(playbook.cues),
        )
        self._lost_texts = LostTexts(
            store=store, chat=chat, clock=clock, limits=limits, endings=self._endings
        )
        self._lanes = Lanes(limits.batches.patience_seconds)
        self._is_some_left = False  # of what the last round has claimed

    async def run_due(self) -> float | None:
        """Decide one batch of what has settled; a stop need not wait for all of it.

        Slow questions (who reads, who wrote, what is it) are asked side by side, and a slow
        workspace holds up only itself. Decisions are taken one after the other, each in a
        transaction of its own.

        Returns:
            When to look again, Unix seconds, or None.
        """
        candidates, next_due = await self._claim(
            self._limits.batches.decide, without=self._lanes.busy
        )
        for workspace_id, some in by_workspace(
            candidates, lambda c: c.message.workspace_id
        ).items():
            self._lanes.start(workspace_id, self._decide_lane(some))
        await self._lanes.wait()
        if self._is_some_left:
            self._is_some_left = False
            async with self._store.begin() as uow:
                next_due = await uow.inbox.next_due()
        return self._lanes.next_round(next_due, self._clock())

    async def run_one(self, item: WorkItem) -> float | None:
        """Decide one candidate, if it has settled and nobody else does it; return when to look at
        it again, Unix seconds, or None if it is decided."""
        candidates, next_due = await self._claim(1, only=item)
        if not candidates:
            return next_due
        if await self._decide_all(candidates):
            return None
        async with self._store.begin() as uow:
            return await uow.inbox.next_due(item)

    async def _claim(
        self, limit: int, *, without: Collection[str] = (), only: WorkItem | None = None
    ) -> tuple[list[Candidate], float | None]:
        """Claim what is due; return it, and when the next row can be claimed, Unix seconds, if that
        is asked: not if there was only one to claim, and it is claimed."""
        now = self._clock()
        async with self._store.begin() as uow:
            await respect_rate_limits(uow, self._chat, now=now)
            candidates = await uow.inbox.claim_due(
                now=now,
                limit=limit,
                owner=self._owner,
                lease_until=now + self._limits.batches.lease_seconds,
                without=without,
                only=only,
            )
            if only is not None and candidates:
                return candidates, None
            return candidates, await uow.inbox.next_due(only)

    async def finish(self) -> None:
        """Wait for what is under way."""
        await self._lanes.finish()

    async def _decide_lane(self, candidates: Sequence[Candidate]) -> None:
        try:
            is_done = await self._decide_all(candidates)
        except BaseException:
            self._is_some_left = True
            raise
        if not is_done:
            self._is_some_left = True

    async def _decide_all(self, candidates: Sequence[Candidate]) -> bool:
        """Decide what was claimed of one workspace; return whether nothing of it is left to
        decide: nothing was given back, and nothing reworded meanwhile."""
        began = self._clock()
        ready = await self._lost_texts.restore(await self._still_to_decide(candidates))
        ready = await self._without_tests(ready)
        assessments = await run_all(self._assess(c) for c in ready)
        known = [(c, a) for c, a in zip(ready, assessments, strict=True) if a is not None]
        forgotten = {c.id: reason for c, a in known if (reason := _why_forgotten(a))}
        is_done = len(known) == len(candidates)
        is_done &= await self._endings.discard_all(
            [(c, forgotten[c.id]) for c, _ in known if c.id in forgotten]
        )
        for candidate, assessment in known:
            if candidate.id in forgotten:
                self._endings.note_stage(candidate.message, began)
                continue
            try:
                is_done &= await self._decide(candidate, assessment)
                self._endings.note_stage(candidate.message, began)
            except StoreUnavailableError:
                raise
            except Exception as broken:  # noqa: BLE001 - one poisonous message must not stop the rest
                log.error("%s can't be decided: %s", named(candidate.message), _type(broken))
                await self._endings.retry_later(candidate, broken)
                is_done = False
        return is_done

    async def _without_tests(self, candidates: Sequence[Candidate]) -> list[Candidate]:
        """Answer what is only tried out; return the rest."""
        answered = [await self._test_answers.answer(candidate) for candidate in candidates]
        if any(answered):
            self._wake_delivery()
        return [c for c, is_done in zip(candidates, answered, strict=True) if not is_done]

    async def _still_to_decide(self, candidates: Sequence[Candidate]) -> list[Candidate]:
        """Give up those whose every claim has ended with the process that held it."""
        rest, now = [], self._clock()
        for candidate in candidates:
            message, claims = candidate.message, candidate.unfinished_claims
            if ends_every_claim(claims, since=message.sent_at, now=now, limits=self._limits):
                log.error("%s given up: no claim of it came to an end", named(message))
                await self._endings.stay_quiet(candidate, Reason.FAILED)
            else:
                rest.append(candidate)
        return rest

    async def _assess(self, candidate: Candidate) -> Assessment | None:
        """Ask all that needs Slack or a model. None: it was ended or given back here."""
        message = candidate.message
        try:
            with working_on(trace_of_message(message)):
                return await self._assessor.assess(message)
        except SlackRefusedError as refused:
            log.warning("%s slack refused: %s", named(message), refused.code)
            if refused.code in APP_REFUSED:  # nothing about the author: tried again
                await self._endings.retry_later(candidate, refused)
            else:
                await self._endings.stay_quiet(candidate, Reason.AUTHOR_UNKNOWN)
        except SlackCallError as failure:
            log.warning("%s slack failed: %s", named(message), failure)
            await self._endings.retry_later(candidate, failure)
        except StoreUnavailableError:
            raise
        except Exception as broken:  # noqa: BLE001 - one poisonous message must not stop the rest
            log.error("%s can't be assessed: %s", named(message), _type(broken))
            await self._endings.retry_later(candidate, broken)
        return None

    async def _decide(self, candidate: Candidate, assessment: Assessment) -> bool:
        """Decide one candidate; return False if it was reworded or taken back meanwhile."""
        message, now = candidate.message, self._clock()
        verdict = assessment.verdict
        async with self._store.begin() as uow:
            # Two messages of one seller, or in one channel, must not both use up one cap.
            await uow.serialize(message.workspace_id, message.author_id, message.channel_id)
            known = await read_background(
                uow, message, verdict.trap, now=now, rules=self._rules, may_ask=verdict.sure
            )
            outcome, drafted = self._outcomes.choose(message, assessment, known, now)
            if not await self._endings.record(uow, candidate, verdict, outcome, now):
                return False  # the newer wording has its own turn
            if isinstance(outcome, Reply):
                await uow.people.note_question(
                    message.workspace_id, message.author_id, outcome.question_id, at=now
                )
                # The bot may speak, so a pause that is still kept has lost its cause.
                await end_closed_pause(uow, message.workspace_id, known.channel)
                strings = known.rules.strings
                notice = partial(self._renderer.channel_notice, strings)
                notice_key = await owed_notice(
                    uow, notice, message.workspace_id, known.channel, now=now
                )
                nudge = nudge_for(message, outcome, strings, drafted=drafted, after_key=notice_key)
                await uow.outbox.enqueue(nudge, now=now)
        if isinstance(outcome, Reply):
            self._wake_delivery()
        self._endings.note(message, None if isinstance(outcome, Reply) else outcome)
        log.info(
            "%s trap=%s score=%.2f outcome=%s detector=%s",
            named(message),
            verdict.trap or "none",
            verdict.score,
            "speak" if isinstance(outcome, Reply) else outcome,
            verdict.detector,
        )
        return True


def _why_forgotten(assessment: Assessment) -> Reason | None:
    """Return why nothing of a message stays: people from outside may read the channel, or it is an
    ordinary message."""
    verdict = assessment.verdict
    ordinary = None if verdict.suspicious else verdict.why or Reason.ORDINARY
    return silence_for(assessment.audience) or ordinary


def _type(error: Exception) -> str:
    return type(error).__name__
