"""Whether a message gets a question, and in which words: policy, coach, and guard in turn."""

from __future__ import annotations

import logging
from dataclasses import replace

from bot.core.coach import Coach
from bot.core.draft_review import DraftReview, why_silent
from bot.core.guard import Guard
from bot.core.model import Message, Reason, Reply
from bot.core.nudge_policy import StayQuiet, decide
from bot.core.situations import no_deal_to_ask_about
from bot.flows.assessment import Assessment
from bot.flows.candidate_endings import named
from bot.flows.nudge_history import Background

log = logging.getLogger(__name__)


class Outcomes:
    """Chooses between a question and a silence.

    Args:
        coach: picks the words. guard: has the last say on them. draft_review: checks a model's.
    """

    def __init__(self, *, coach: Coach, guard: Guard, draft_review: DraftReview) -> None:
        self._coach = coach
        self._guard = guard
        self._draft_review = draft_review

    def choose(
        self, message: Message, assessment: Assessment, known: Background, now: float
    ) -> tuple[Reason | Reply, Reply | None]:
        """Return why to stay quiet, or the playbook's reply; and the reply as a model words it."""
        verdict = assessment.verdict
        decision = decide(
            verdict,
            audience=assessment.audience,
            author=assessment.author,
            history=known.history,
            sent_at=message.sent_at,
            now=now,
            gate=known.rules.gate,
        )
        if isinstance(decision, StayQuiet):
            return decision.reason, None
        if verdict.trap is None:
            return Reason.NO_TRAP, None
        if reason := no_deal_to_ask_about(message.text, assessment.situations):
            return reason, None
        asked, asked_here = known.history.asked_questions, known.history.asked_here
        key = f"{message.channel_id}/{message.ts}"
        chosen = self._coach.choose_reply(
            verdict.trap,
            assessment.situations,
            asked=asked,
            asked_here=asked_here,
            now=now,
            key=key,
        )
        if chosen is None:
            return Reason.NO_QUESTION_LEFT, None
        reply = replace(chosen, private=decision.private)
        if assessment.draft is None:
            return self._unless_stopped(message, reply, None, assessment)
        if silence := why_silent(assessment.draft, message.text):
            return silence, None
        questions = self._coach.questions_for_model(
            verdict.trap,
            assessment.situations,
            asked=asked,
            asked_here=asked_here,
            now=now,
            key=key,
        )
        drafted, faults = self._draft_review.review_reply(
            reply, assessment.draft, questions, message.text, assessment.context
        )
        if faults:
            log.info("%s a model's draft was rejected: %d rules", named(message), len(faults))
            return self._unless_stopped(message, reply, None, assessment)
        # What is stored readably applies the same idea in the words of the playbook.
        reply = self._draft_review.in_playbook_words(drafted, reply)
        return self._unless_stopped(message, reply, drafted, assessment)

    def _unless_stopped(
        self, message: Message, reply: Reply, drafted: Reply | None, assessment: Assessment
    ) -> tuple[Reason | Reply, Reply | None]:
        """Return what is said, after the guard's last word on both wordings."""
        violations = self._guard.violations(reply)
        if drafted is not None:
            violations += self._draft_review.draft_violations(
                drafted, message.text, assessment.context
            )
        if violations:
            log.error(
                "%s question=%s stopped by guard: %s",
                named(message),
                reply.question_id,
                "; ".join(violations),
            )
            return Reason.FAILED, None
        return reply, drafted
