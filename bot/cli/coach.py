"""``reframe coach``: what a model would be asked to write, and what of its answers may be shown."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from bot import settings as house
from bot import wiring
from bot.core.coach import TALK_SECONDS, Coach
from bot.core.model import Trap
from bot.core.wording import Wording, Written
from bot.core.words import Playbook, Question
from bot.detect import appraise, corpus
from bot.detect.corpus import Labelled
from bot.detect.offline import OfflineDetector
from bot.detect.recorded import Recorder, Replay
from bot.flows.ports import JudgeFailed
from bot.settings import Settings

_NOTHING = json.dumps({"mirror": "", "question_id": "", "question": "", "reworded": ""})


@dataclass(frozen=True, slots=True)
class _Desk:
    """What is needed to ask a writer about a message."""

    settings: Settings
    playbook: Playbook
    coach: Coach
    wording: Wording
    offline: OfflineDetector

    def matter(self, text: str) -> tuple[Trap | None, Sequence[Question]]:
        """The trap that is near, and the questions to choose from, as for a first ask."""
        trap = self.offline.near(self.offline.glance(text))
        scenes = self.coach.situations(text)
        return trap, self.coach.fitting(trap, scenes, asked={}, now=0.0, at_least=TALK_SECONDS)


def dump(place: Path, out: TextIO) -> None:
    """Writes the exact request for each message, without sending any.

    Args:
        place: JSON lines with ``id`` and ``text``. out: gets ``id``, ``body``.
    """
    desk = _desk()
    recorder = Recorder(_NOTHING)
    writer = wiring.writer_of(
        desk.settings, desk.playbook, appraise.Unlimited(), lambda: 0.0, recorder
    )

    async def every() -> None:
        for message in corpus.read(place, labels=False):
            trap, questions = desk.matter(message.text)
            await writer.write("", message.text, trap, questions)
            row = {"id": message.id, "body": recorder.bodies.pop()}
            out.write(json.dumps(row, ensure_ascii=False) + "\n")
        await writer.close()

    asyncio.run(every())


def replay(place: Path, answers: Path, out: TextIO, err: TextIO) -> None:
    """Puts recorded answers through the live parser and guard, and writes what would be shown.

    Args:
        place: the messages. answers: raw answers (``id``, ``content``). out: gets a row a message.
        err: gets the counts.
    """
    desk = _desk()
    player = Replay(appraise.recorded_answers(answers))
    writer = wiring.writer_of(
        desk.settings, desk.playbook, appraise.Unlimited(), lambda: 0.0, player
    )
    counts = {"messages": 0, "no valid answer": 0, "question": 0, "reworded": 0, "nudge": 0}

    async def every() -> None:
        for message in corpus.read(place, labels=False):
            player.current = message.id
            trap, questions = desk.matter(message.text)
            counts["messages"] += 1
            try:
                written = await writer.write("", message.text, trap, questions)
            except JudgeFailed as failed:
                counts["no valid answer"] += 1
                out.write(json.dumps({"id": message.id, "failed": str(failed)}) + "\n")
                continue
            row = _shown(desk, message, trap, questions, written)
            counts["question"] += row["question_taken"] is True
            counts["reworded"] += bool(row["reworded"])
            counts["nudge"] += row["nudge_taken"] is True
            out.write(json.dumps(row, ensure_ascii=False) + "\n")
        await writer.close()

    asyncio.run(every())
    err.write(", ".join(f"{name}: {count}" for name, count in counts.items()) + "\n")


def _shown(
    desk: _Desk,
    message: Labelled,
    trap: Trap | None,
    questions: Sequence[Question],
    written: Written,
) -> dict[str, object]:
    """What each part of an answer comes to: taken, or which rule it broke."""
    scenes = desk.coach.situations(message.text)
    plain = desk.coach.advise(trap, scenes, asked={}, now=0.0, key=message.id)
    advice, faults = desk.wording.advice(plain, written, questions, message.text)
    row: dict[str, object] = {
        "id": message.id,
        "near": trap or "none",
        "questions": [q.text for q in advice.questions],
        "question_taken": not any(f.startswith("question") for f in faults),
        "reworded": advice.reworded,
        "faults": faults,
        "nudge": "",
        "nudge_taken": False,
    }
    if trap:
        reply = desk.coach.choose(trap, message.text, asked={}, now=0.0, key=message.id)
        if reply:
            said, more = desk.wording.reply(reply, written, questions, message.text)
            row |= {"nudge": said.text, "nudge_taken": not more, "nudge_faults": more}
    return row


def _desk() -> _Desk:
    settings = house.load()
    if not settings.openai_model:
        settings = settings.model_copy(update={"openai_model": "model"})
    playbook = wiring.voice_of(settings)
    coach, guard = wiring.coach_of(playbook, settings)
    offline = OfflineDetector.shipped(playbook.cues)
    return _Desk(settings, playbook, coach, Wording(playbook, coach, guard), offline)
