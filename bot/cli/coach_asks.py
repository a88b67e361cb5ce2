"""``reframe coach --asks``: the requests that a model gets, and what is shown of its answers."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

import httpx2

from bot import flow_wiring
from bot import settings as bot_settings
from bot.answer_wiring import build_answer_review
from bot.cli.say import offline_reply
from bot.core.answer_review import AnswerMaterial, AnswerReview, answer_material, as_advice
from bot.core.coach import Coach
from bot.core.intents import Intent, IntentRouter
from bot.core.llm_answer import AnswerKind
from bot.core.model import Trap
from bot.core.playbook_model import Playbook
from bot.core.plays import Plays
from bot.detect.answerer import LlmAnswerer
from bot.detect.learned_intents import build_router
from bot.detect.offline import OfflineDetector
from bot.detectors import build_answerer, build_server
from bot.evaluation.intents import PlainAsk, read_plain_asks
from bot.evaluation.replay import AnswerReplay, RequestRecorder, read_recorded_answers
from bot.evaluation.runner import UnlimitedBudget
from bot.flows.errors import JudgeError
from bot.flows.ports.rendering import AskReply
from bot.playbook import load_playbook
from bot.settings import Settings
from bot.slack.views.ask_reply import ask_reply

_NOTHING = json.dumps(
    {"kind": "nothing", "reply": "", "idea": "", "questions": [], "draft": "", "next_step": ""}
)


@dataclass(frozen=True, slots=True)
class _ReadAsk:
    """An ask that a model would be asked about, as a first ask of somebody."""

    ask: PlainAsk
    intent: Intent
    trap: Trap | None
    situations: tuple[str, ...]
    material: AnswerMaterial


@dataclass(frozen=True, slots=True)
class _Setup:
    """Everything that is needed to ask a model about an ask and to review its answer."""

    settings: Settings
    playbook: Playbook
    coach: Coach
    plays: Plays
    router: IntentRouter
    offline: OfflineDetector
    review: AnswerReview

    def answerer(self, transport: httpx2.AsyncBaseTransport) -> LlmAnswerer:
        """Build what talks to a transport instead of the network."""
        server = build_server(self.settings, self.settings.judge_limits, transport)
        return build_answerer(self.settings, self.playbook, UnlimitedBudget(), lambda: 0.0, server)

    def read(self, path: Path) -> Iterator[_ReadAsk]:
        """Read the asks of a file; those that need no coaching reach no model, and are left out."""
        for ask in read_plain_asks(path):
            intent = self.router.find(ask.text)
            if not (intent.is_coached or intent is Intent.NOT_ENGLISH):
                continue
            trap = self.offline.closest_trap(self.offline.quick_verdict(ask.text))
            situations = tuple(self.coach.find_asked_situations(ask.text))
            choice = self.plays.choose(ask.text, situations)
            material = answer_material(
                self.coach, intent, trap, situations, choice, asked={}, now=0.0, key=ask.id
            )
            yield _ReadAsk(ask, intent, trap, situations, material)


def dump_asks(path: Path, requests: Path) -> int:
    """Write the exact request for each ask, without sending any, and return how many.

    Args:
        path: JSON lines with ``text``, and perhaps ``id``.
        requests: gets ``id`` and ``body`` per ask.
    """
    setup = _set_up()
    recorder = RequestRecorder(_NOTHING)
    answerer = setup.answerer(recorder)
    rows: list[str] = []

    async def record() -> None:
        for read in setup.read(path):
            await answerer.answer("", read.ask.text, read.material)
            row = {"id": read.ask.id, "body": recorder.bodies.pop()}
            rows.append(json.dumps(row, ensure_ascii=False))
        await answerer.close()

    asyncio.run(record())
    requests.write_text("".join(row + "\n" for row in rows), encoding="utf-8")
    return len(rows)


def replay_asks(path: Path, answers: Path, out: TextIO, err: TextIO) -> None:
    """Run recorded answers through the parser, the guard and the rendering of a live run.

    A second reading that finds something would take away more; ``unread_faults`` says what the
    guard would take away if there were none.

    Args:
        path: the asks.
        answers: raw answers (``id``, ``content``).
        out: gets a row per ask with what would be shown: a reading sheet.
        err: gets the totals.
    """
    setup = _set_up()
    transport = AnswerReplay(read_recorded_answers(answers))
    answerer = setup.answerer(transport)
    counts: Counter[str] = Counter()

    async def review() -> None:
        for read in setup.read(path):
            if read.ask.id not in transport.ids:
                counts["without an answer"] += 1
                continue
            transport.current_id = read.ask.id
            row = await _row(setup, answerer, read)
            counts[str(row["outcome"])] += 1
            counts["would pass unread"] += row["outcome"] == "shown" and not row["unread_faults"]
            out.write(json.dumps(row, ensure_ascii=False) + "\n")
        await answerer.close()

    asyncio.run(review())
    names = ("shown", "rejected", "nothing", "people", "danger", "no valid answer")
    total = sum(counts[name] for name in names)
    more = ("would pass unread", "without an answer")
    figures = {"answers": total, **{name: counts[name] for name in (*names, *more)}}
    err.write(", ".join(f"{name}: {count}" for name, count in figures.items()) + "\n")


async def _row(setup: _Setup, answerer: LlmAnswerer, read: _ReadAsk) -> dict[str, object]:
    """Return the outcome of one recorded answer, and what the seller would see."""
    ask = read.ask
    row: dict[str, object] = {
        "id": ask.id,
        "ask": ask.text,
        "intent": read.intent,
        "outcome": "no valid answer",
        "faults": [],
        "unread_faults": [],
        "idea": "",
        "shown": "",
    }
    reply = None
    try:
        answer = await answerer.answer("", ask.text, read.material)
    except JudgeError as error:
        row["faults"] = [str(error)]
    else:
        row["idea"] = answer.idea
        if answer.kind is not AnswerKind.COACH:
            row["outcome"] = answer.kind
            if answer.kind is AnswerKind.NOTHING:
                reply = AskReply(line=setup.playbook.text("advice", "nothing_to_coach"))
        else:
            faults = setup.review.faults(answer, read.material, ask.text)
            row["faults"] = faults
            row["unread_faults"] = setup.review.unread_faults(answer, ask.text)
            sound = setup.review.sound(answer, read.material, ask.text)
            row["outcome"] = "shown" if sound else "rejected"
            if sound:
                advice = as_advice(sound, read.material, read.trap, read.situations)
                reply = AskReply(advice=advice, trap=read.trap, situations=read.situations)
            else:
                row["answer"] = answer.text
    if reply is None:
        reply = offline_reply(ask.text, setup.playbook, setup.coach, setup.plays, read.trap)
    row["shown"] = ask_reply(reply, setup.playbook.strings).text
    return row


def _set_up() -> _Setup:
    settings = bot_settings.load()
    if not settings.openai_model:
        settings = settings.model_copy(update={"openai_model": "model"})
    playbook = load_playbook(settings.prompts_dir, settings.language)
    return _Setup(
        settings,
        playbook,
        flow_wiring.build_coach(settings, playbook),
        flow_wiring.build_plays(playbook),
        build_router(playbook.intents),
        OfflineDetector.shipped(playbook.cues),
        build_answer_review(playbook, settings.limits),
    )
