"""``reframe eval`` and ``reframe judge``: how good a detector is, what a model would be asked."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path
from typing import Any, TextIO

from rich.console import Console
from rich.progress import Progress
from rich.table import Table as RichTable

from bot import settings as house
from bot import wiring
from bot.core.model import Reason
from bot.core.policy import JudgeLimits
from bot.core.words import Playbook
from bot.detect import appraise, baselines, corpus, figures, measure, report
from bot.detect.cascade import Cascade, Mode
from bot.detect.corpus import Labelled
from bot.detect.figures import Price, Table
from bot.detect.llm import LlmJudge
from bot.detect.measure import Judged
from bot.detect.offline import OfflineDetector
from bot.detect.recorded import Recorder, Replay
from bot.settings import Settings, SettingsProblem

_PATIENT = 1_000_000  # failures in a row: an evaluation wants every answer, breaker or not


def evaluate(
    place: Path,
    detector: str,
    answers: Path | None,
    html: Path | None,
    as_json: bool,
    markdown: bool,
    prices: tuple[float, float],
) -> None:
    """Scores a labelled set and shows the figures.

    Args:
        place: a file or folder of labelled messages. detector: offline, judge or cascade.
        answers: recorded raw answers of a model, instead of asking one.
        html: where a page with pictures goes. as_json, markdown: another form of the tables.
        prices: dollars a million tokens, in and out.

    Raises:
        CorpusProblem, OSError: a file is bad; says which and where.
        SettingsProblem: a live judge is wanted and none is set.
    """
    settings, playbook = house.load(), wiring.voice_of(house.load())
    offline = OfflineDetector.shipped(playbook.cues)
    messages = corpus.read(place)
    price = None
    if detector == "offline":
        judged = appraise.offline(offline, messages)
    else:
        judged, price = asyncio.run(
            _with_model(settings, playbook, offline, messages, detector, answers, prices)
        )
    tables = _tables(judged, offline, detector, price)
    if html:
        html.write_text(
            report.page(
                f"Reframe: {place.name}, {detector}",
                [*tables, *figures.worst(judged)],
                measure.curve(judged),
                offline.send if detector == "offline" else None,
                measure.reliability(judged),
            ),
            encoding="utf-8",
        )
        Console(stderr=True).print(f"wrote {html}")
    _show(tables, [] if as_json or markdown else list(figures.worst(judged)), as_json, markdown)


def dump(place: Path, out: TextIO) -> None:
    """Writes the exact request for each labelled or plain message, without sending any.

    Args:
        place: JSON lines with ``id``, ``text`` and perhaps ``context``. out: gets ``id``, ``body``.
    """
    settings = house.load()
    recorder = Recorder()
    named = (
        settings if settings.openai_model else settings.model_copy(update={"openai_model": "model"})
    )
    judge = _judge(named, wiring.voice_of(settings), recorder)

    async def every() -> None:
        for message in corpus.read(place, labels=False):
            await judge.judge(message.text, message.context)
            row = {"id": message.id, "body": recorder.bodies.pop()}
            out.write(json.dumps(row, ensure_ascii=False) + "\n")
        await judge.close()

    asyncio.run(every())


async def _with_model(
    settings: Settings,
    playbook: Playbook,
    offline: OfflineDetector,
    messages: Sequence[Labelled],
    detector: str,
    answers: Path | None,
    prices: tuple[float, float],
) -> tuple[list[Judged], Price]:
    replay = Replay(appraise.recorded_answers(answers)) if answers else None
    if replay is None and not settings.openai_model:
        raise SettingsProblem("OPENAI_MODEL", "set it, or give recorded answers with --answers")
    if replay and not settings.openai_model:
        settings = settings.model_copy(update={"openai_model": "recorded"})
    judge = _judge(settings, playbook, replay)
    turn: Callable[[Labelled], None] | None = None
    if replay:
        player = replay

        def turn(message: Labelled) -> None:
            player.current = message.id

    if detector == "judge":
        stream = appraise.by_judge(judge, messages, turn)
    else:
        mode = Mode(settings.judge) if settings.judge != "off" else Mode.SUSPICIOUS
        cascade = Cascade(offline, judge, mode, appraise.Unlimited(), clock=lambda: 0.0)
        stream = appraise.by_cascade(cascade, messages, turn)
    judged = await _watched(stream, len(messages))
    await judge.close()
    return judged, await _price(settings, playbook, judged, replay, prices)


def _judge(settings: Settings, playbook: Playbook, transport: Any) -> LlmJudge:
    limits = JudgeLimits(settings.judge_deadline_seconds, failures_in_a_row=_PATIENT)
    return wiring.judge_of(settings, playbook, lambda: 0.0, transport, limits)


async def _watched(stream: AsyncIterator[Judged], total: int) -> list[Judged]:
    judged = []
    with Progress(console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("judging", total=total)
        async for one in stream:
            judged.append(one)
            progress.advance(task)
    failed = sum(j.asked and j.verdict.why is Reason.FAILED for j in judged)
    if failed:
        Console(stderr=True).print(f"{failed} of {total} messages got no valid answer")
    return judged


async def _price(
    settings: Settings,
    playbook: Playbook,
    judged: Sequence[Judged],
    replay: Replay | None,
    prices: tuple[float, float],
) -> Price:
    """What one request weighs, by the characters that are sent and come back."""
    recorder = Recorder()
    judge = _judge(settings, playbook, recorder)
    some = judged[:: max(1, len(judged) // 50)]
    for j in some:
        await judge.judge(j.message.text, j.message.context)
    await judge.close()
    sent = sum(len(json.dumps(b, ensure_ascii=False)) for b in recorder.bodies) / len(some)
    came = replay.mean_characters if replay else 200.0
    per = figures.CHARACTERS_PER_TOKEN
    return Price(*prices, tokens_in=sent / per, tokens_out=came / per)


def _tables(
    judged: Sequence[Judged], offline: OfflineDetector, detector: str, price: Price | None
) -> list[Table]:
    messages = [j.message for j in judged]
    doubt = offline.doubt if detector == "offline" else 0.5
    others = list(baselines.all_of(messages))
    if detector != "offline":
        others.insert(0, ("offline", appraise.offline(offline, messages)))
    return [
        figures.headline(judged, doubt),
        *([figures.cost(judged, price)] if price else []),
        figures.baselines([(detector, judged), *others]),
        figures.by_trap(judged, doubt),
        figures.confusion(judged, doubt),
        *(figures.breakdown(judged, title) for title in measure.cuts()),
    ]


def _show(tables: Sequence[Table], errors: Sequence[Table], as_json: bool, markdown: bool) -> None:
    if as_json:
        rows = {t.title: [dict(zip(t.columns, r, strict=True)) for r in t.rows] for t in tables}
        sys.stdout.write(json.dumps(rows, ensure_ascii=False, indent=1) + "\n")
        return
    if markdown:
        sys.stdout.write(figures.markdown(tables[:3]) + "\n")
        return
    console = Console(highlight=False)
    for table in (*tables, *errors):
        shown = RichTable(title=table.title, title_justify="left", box=None, padding=(0, 2, 0, 0))
        for column in table.columns:
            shown.add_column(column, overflow="fold")
        for row in table.rows:
            shown.add_row(*(cell.replace("[", r"\[") for cell in row))
        console.print(shown)
        console.print()
