"""``reframe coach``: shows the writer's requests, and which recorded answers may be shown."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

import httpx2

from bot import flow_wiring
from bot import settings as bot_settings
from bot.core.coach import Coach
from bot.core.draft_review import DraftReview, LlmDraft, why_silent
from bot.core.model import Trap
from bot.core.playbook_model import Playbook, Question
from bot.core.policy import CONVERSATION_SECONDS
from bot.detect.offline import OfflineDetector
from bot.detect.writer import LlmWriter
from bot.detectors import build_server, build_writer
from bot.evaluation.corpus import LabeledMessage, Speaker, read_messages
from bot.evaluation.replay import AnswerReplay, RequestRecorder, read_recorded_answers
from bot.evaluation.runner import UnlimitedBudget
from bot.flows.errors import JudgeError
from bot.flows.ports.detection import SpokenTurn
from bot.playbook import load_playbook
from bot.settings import Settings

_TEXT_FIELDS = ("evidence", "idea", "mirror", "question")
_EMPTY_ANSWER = json.dumps({"skip": True, **dict.fromkeys(_TEXT_FIELDS, "")})


@dataclass(frozen=True, slots=True)
class _Setup:
    """Everything that is needed to ask a writer about a message and to review its draft."""

    settings: Settings
    playbook: Playbook
    coach: Coach
    review: DraftReview
    review_if_read_again: DraftReview
    offline: OfflineDetector

    def writer(self, transport: httpx2.AsyncBaseTransport) -> LlmWriter:
        """Build a writer that talks to a transport instead of the network."""
        server = build_server(self.settings, self.settings.judge_limits, transport)
        return build_writer(self.settings, self.playbook, UnlimitedBudget(), lambda: 0.0, server)

    def trap_and_questions(self, message: LabeledMessage) -> tuple[Trap | None, Sequence[Question]]:
        """Return the trap, and the questions that a first ask would offer. A label stands for what
        a model that judges would find; without one it is the closest trap."""
        trap = message.trap or self.offline.closest_trap(self.offline.quick_verdict(message.text))
        situations = self.coach.find_situations(message.text)
        return trap, self.coach.eligible_questions(
            trap, situations, asked={}, now=0.0, min_repeat_seconds=CONVERSATION_SECONDS
        )


def dump(path: Path, out: TextIO) -> None:
    """Write the exact request for each message, without sending any.

    Args:
        path: JSON lines with ``id`` and ``text``.
        out: gets ``id`` and ``body`` per message.
    """
    setup = _set_up()
    recorder = RequestRecorder(_EMPTY_ANSWER)
    writer = setup.writer(recorder)

    async def write_requests() -> None:
        for message in read_messages(path, require_labels=False):
            trap, questions = setup.trap_and_questions(message)
            await writer.write("", message.text, trap, questions, _thread(message))
            row = {"id": message.id, "body": recorder.bodies.pop()}
            out.write(json.dumps(row, ensure_ascii=False) + "\n")
        await writer.close()

    asyncio.run(write_requests())


def replay(path: Path, answers: Path, out: TextIO, err: TextIO) -> None:
    """Run recorded answers through the parser and the review of a live run.

    Args:
        path: the messages.
        answers: raw answers (``id``, ``content``).
        out: gets a row per message with what would be shown.
        err: gets the totals.
    """
    setup = _set_up()
    transport = AnswerReplay(read_recorded_answers(answers))
    writer = setup.writer(transport)
    names = ("messages", "no valid answer", "silent", "nudge", "nudge if read again")
    counts = dict.fromkeys(names, 0)

    async def review_answers() -> None:
        for message in read_messages(path, require_labels=False):
            transport.current_id = message.id
            trap, questions = setup.trap_and_questions(message)
            counts["messages"] += 1
            try:
                draft = await writer.write("", message.text, trap, questions, _thread(message))
            except JudgeError as error:
                counts["no valid answer"] += 1
                out.write(json.dumps({"id": message.id, "failed": str(error)}) + "\n")
                continue
            row = _review(setup, message, trap, questions, draft)
            counts["silent"] += bool(row["silent"])
            counts["nudge"] += row["nudge_taken"] is True
            counts["nudge if read again"] += row["nudge_taken_if_read_again"] is True
            out.write(json.dumps(row, ensure_ascii=False) + "\n")
        await writer.close()

    asyncio.run(review_answers())
    err.write(", ".join(f"{name}: {count}" for name, count in counts.items()) + "\n")


def _review(
    setup: _Setup,
    message: LabeledMessage,
    trap: Trap | None,
    questions: Sequence[Question],
    draft: LlmDraft,
) -> dict[str, object]:
    """Return whether a draft is taken, or which rules it breaks."""
    situations = setup.coach.find_situations(message.text)
    silence = why_silent(draft, message.text)
    row: dict[str, object] = {
        "id": message.id,
        "trap": trap or "none",
        "situations": situations,
        "silent": silence or "",
        "nudge": "",
        "nudge_taken": False,
        "nudge_faults": [],
        "nudge_taken_if_read_again": False,
    }
    if trap and not silence:
        reply = setup.coach.choose_reply(trap, situations, asked={}, now=0.0, key=message.id)
        if reply:
            given = (reply, draft, questions, message.text, message.context)
            worded, faults = setup.review.review_reply(*given)
            read_again, faults_then = setup.review_if_read_again.review_reply(*given)
            row |= {
                "nudge": (worded if faults_then else read_again).text,
                "nudge_taken": not faults,
                "nudge_faults": faults,
                "nudge_taken_if_read_again": not faults_then,
            }
    return row


def _thread(message: LabeledMessage) -> list[SpokenTurn]:
    """Return what was said before, by a colleague where the file doesn't tell."""
    unknown: list[Speaker] = ["colleague" for _ in message.context]
    speakers = message.speakers or unknown
    return [SpokenTurn(who, said) for who, said in zip(speakers, message.context, strict=True)]


def _set_up() -> _Setup:
    settings = bot_settings.load()
    if not settings.openai_model:
        settings = settings.model_copy(update={"openai_model": "model"})
    playbook = load_playbook(settings.prompts_dir, settings.language)
    coach = flow_wiring.build_coach(settings, playbook)
    guard = flow_wiring.build_guard(playbook)
    offline = OfflineDetector.shipped(playbook.cues)
    return _Setup(
        settings,
        playbook,
        coach,
        DraftReview(playbook, coach, guard),
        DraftReview(playbook, coach, guard, is_read_again=True),
        offline,
    )
