"""``reframe eval`` and ``reframe judge``: measures a detector, and shows the judge's requests."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import TextIO

import httpx2
from rich.console import Console
from rich.progress import Progress, track
from rich.table import Table as RichTable

from bot import flow_wiring
from bot import settings as bot_settings
from bot.core.model import Reason
from bot.core.playbook_model import Playbook
from bot.core.policy import JudgeLimits
from bot.detect.cascade import Cascade, JudgeMode
from bot.detect.judge import LlmJudge
from bot.detect.learned_intents import build_router
from bot.detect.offline import OfflineDetector
from bot.detectors import build_judge, build_server
from bot.evaluation import baselines, metrics, report, runner, tables
from bot.evaluation.chat import chat_tables
from bot.evaluation.corpus import LabeledMessage, read_messages
from bot.evaluation.intents import intent_tables, read_asks, understand
from bot.evaluation.metrics import Scored
from bot.evaluation.play_labels import FoundPlay, play_tables, read_play_asks
from bot.evaluation.replay import AnswerReplay, RequestRecorder, read_recorded_answers
from bot.evaluation.tables import Price, Table
from bot.evaluation.trained_on import trained_on
from bot.flows.errors import SettingsError
from bot.playbook import load_playbook
from bot.settings import Settings

_NO_BREAKER = 1_000_000  # failures in a row: an evaluation sends every request
_JUDGE_THRESHOLD = 0.5  # a judge answers yes or no
_PRICED_MESSAGES = 50  # sample for the mean length of a request
_LIVE_ANSWER_CHARACTERS = 200.0  # typical length


def evaluate_chat(path: Path, as_json: bool, markdown: bool) -> None:
    """Count the offline detector's false alarms on chat that holds no talk with customers.

    Args:
        path: JSON lines with ``id`` and ``text``, or a folder of such files.
        as_json, markdown: other formats of the tables.

    Raises:
        CorpusError, OSError: a file is invalid; the message says which and where.
    """
    settings = bot_settings.load()
    offline = OfflineDetector.shipped(load_playbook(settings.prompts_dir, settings.language).cues)
    messages = read_messages(path, require_labels=False)
    warn_if_trained_on(messages)
    shown = chat_tables(_score_offline(offline, messages))
    show_tables(shown, shown, as_json, markdown)


def evaluate_intents(path: Path, as_json: bool, markdown: bool) -> None:
    """Count how many asks are understood, what is confused with what, and show each miss.

    Args:
        path: JSON lines with ``text`` and ``intent``.
        as_json, markdown: other formats of the tables.

    Raises:
        CorpusError, OSError: the file is invalid; the message says where.
    """
    settings = bot_settings.load()
    router = build_router(load_playbook(settings.prompts_dir, settings.language).intents)
    shown = intent_tables(understand(read_asks(path), router.find))
    show_tables(shown, shown, as_json, markdown)


def evaluate_plays(path: Path, as_json: bool, markdown: bool) -> None:
    """Count for how many asks the bot is certain of a play, how many of these are right, and show
    each miss.

    Args:
        path: JSON lines with ``text``, ``play`` and ``also``, or a folder of such files.
        as_json, markdown: other formats of the tables.

    Raises:
        CorpusError, OSError: the file is invalid; the message says where.
    """
    settings = bot_settings.load()
    playbook = load_playbook(settings.prompts_dir, settings.language)
    known = frozenset(play.id for play in playbook.plays)
    asks = read_play_asks(path, known)
    plays, coach = flow_wiring.build_plays(playbook), flow_wiring.build_coach(settings, playbook)
    shown = play_tables(
        [
            FoundPlay(ask, plays.read(ask.text, coach.find_asked_situations(ask.text)))
            for ask in asks
        ]
    )
    show_tables(shown, shown, as_json, markdown)


def evaluate(
    path: Path,
    detector: str,
    answers: Path | None,
    html: Path | None,
    as_json: bool,
    markdown: bool,
    prices: tuple[float, float],
) -> None:
    """Score a labeled set and show the figures.

    Args:
        path: a file or folder of labeled messages.
        detector: offline, judge or cascade.
        answers: recorded raw answers of a model, instead of a live one.
        html: the file that gets a page with charts.
        as_json, markdown: other formats of the tables.
        prices: dollars per million tokens, in and out.

    Raises:
        CorpusError, OSError: a file is invalid; the message says which and where.
        SettingsError: a live judge is requested and no model is set.
    """
    settings = bot_settings.load()
    playbook = load_playbook(settings.prompts_dir, settings.language)
    messages = read_messages(path)
    # A cascade is compared with what is offline alone, which would run the models once more.
    offline = OfflineDetector.shipped(playbook.cues, cached_scores=len(messages) or 1)
    warn_if_trained_on(messages)
    price = None
    if detector == "offline":
        scored = _score_offline(offline, messages)
    else:
        scored, price = asyncio.run(
            _score_with_model(settings, playbook, offline, messages, detector, answers, prices)
        )
    shown = _build_tables(scored, offline, detector, price)
    if html:
        page = report.render_page(
            f"Reframe: {path.name}, {detector}",
            [*shown, *tables.worst_errors(scored)],
            metrics.threshold_curve(scored),
            offline.speak_threshold if detector == "offline" else None,
            metrics.reliability_curve(scored),
        )
        html.write_text(page, encoding="utf-8")
        Console(stderr=True).print(f"wrote {html}")
    show_tables(shown[:4], [*shown, *tables.worst_errors(scored)], as_json, markdown)


def dump(path: Path, out: TextIO) -> None:
    """Write the exact request for each message, without sending any.

    Args:
        path: JSON lines with ``id``, ``text`` and optionally ``context``.
        out: gets ``id`` and ``body`` per message.
    """
    settings = _with_model_name(bot_settings.load(), "model")
    recorder = RequestRecorder()
    judge = _build_judge(settings, load_playbook(settings.prompts_dir, settings.language), recorder)

    async def write_requests() -> None:
        for message in read_messages(path, require_labels=False):
            await judge.classify("", message.text, message.context)
            row = {"id": message.id, "body": recorder.bodies.pop()}
            out.write(json.dumps(row, ensure_ascii=False) + "\n")
        await judge.close()

    asyncio.run(write_requests())


def warn_if_trained_on(messages: Sequence[LabeledMessage]) -> None:
    """Print a warning if the shipped detector learned from some of the messages."""
    known = trained_on(m.text for m in messages)
    if known:
        Console(stderr=True).print(
            f"warning: the shipped detector was trained on {known} of these {len(messages)} "
            "messages, so the figures flatter; measure on text that it has not seen"
        )


def _score_offline(offline: OfflineDetector, messages: Sequence[LabeledMessage]) -> list[Scored]:
    """Score the messages behind a progress bar."""
    found = runner.score_offline(offline, messages)
    bar = track(
        found,
        "scoring",
        total=len(messages),
        console=Console(stderr=True),
        transient=True,
    )
    return list(bar)


async def _score_with_model(
    settings: Settings,
    playbook: Playbook,
    offline: OfflineDetector,
    messages: Sequence[LabeledMessage],
    detector: str,
    answers: Path | None,
    prices: tuple[float, float],
) -> tuple[list[Scored], Price]:
    replay = AnswerReplay(read_recorded_answers(answers)) if answers else None
    if replay is None and not settings.openai_model:
        raise SettingsError("OPENAI_MODEL", "set it, or give recorded answers with --answers")
    if replay:
        settings = _with_model_name(settings, "recorded")
    judge = _build_judge(settings, playbook, replay)

    def select_answer(message: LabeledMessage) -> None:
        if replay:
            replay.current_id = message.id

    before_request = select_answer if replay else None
    if detector == "judge":
        stream = runner.score_with_judge(judge, messages, before_request)
    else:
        mode = JudgeMode(settings.judge) if settings.judge != "off" else JudgeMode.ALL
        cascade = Cascade(offline, judge, mode)
        stream = runner.score_with_cascade(cascade, messages, before_request)
    scored = await _collect(stream, len(messages))
    await judge.close()
    tokens_in, tokens_out = await _request_length(settings, playbook, messages, replay)
    return scored, Price(*prices, tokens_in, tokens_out)


def _with_model_name(settings: Settings, name: str) -> Settings:
    """Return the settings with a name for the model if they set none."""
    if settings.openai_model:
        return settings
    return settings.model_copy(update={"openai_model": name})


def _build_judge(
    settings: Settings, playbook: Playbook, transport: httpx2.AsyncBaseTransport | None
) -> LlmJudge:
    limits = JudgeLimits(settings.judge_deadline_seconds, failures_in_a_row=_NO_BREAKER)
    server = build_server(settings, limits, transport)
    return build_judge(settings, playbook, runner.UnlimitedBudget(), lambda: 0.0, server, limits)


async def _collect(stream: AsyncIterator[Scored], total: int) -> list[Scored]:
    """Collect the scored messages behind a progress bar."""
    found = []
    with Progress(console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("judging", total=total)
        async for scored in stream:
            found.append(scored)
            progress.advance(task)
    failed = sum(s.judge_called and s.verdict.why is Reason.FAILED for s in found)
    if failed:
        Console(stderr=True).print(f"{failed} of {total} messages got no valid answer")
    return found


async def _request_length(
    settings: Settings,
    playbook: Playbook,
    messages: Sequence[LabeledMessage],
    replay: AnswerReplay | None,
) -> tuple[float, float]:
    """Estimate the tokens per request and per answer from a sample of messages."""
    recorder = RequestRecorder()
    judge = _build_judge(settings, playbook, recorder)
    sample = messages[:: max(1, len(messages) // _PRICED_MESSAGES)]
    for message in sample:
        await judge.classify("", message.text, message.context)
    await judge.close()
    sent = sum(len(json.dumps(b, ensure_ascii=False)) for b in recorder.bodies) / len(sample)
    received = replay.mean_characters if replay else _LIVE_ANSWER_CHARACTERS
    return sent / tables.CHARACTERS_PER_TOKEN, received / tables.CHARACTERS_PER_TOKEN


def _build_tables(
    scored: Sequence[Scored], offline: OfflineDetector, detector: str, price: Price | None
) -> list[Table]:
    messages = [s.message for s in scored]
    threshold = offline.judge_threshold if detector == "offline" else _JUDGE_THRESHOLD
    compared = [(detector, scored), *baselines.score_with_baselines(messages)]
    if detector != "offline":
        compared.insert(1, ("offline", _score_offline(offline, messages)))
    return [
        tables.headline(scored, threshold),
        tables.by_origin(scored),
        *([tables.cost(scored, price)] if price else []),
        tables.baselines(compared),
        tables.by_trap(scored, threshold),
        tables.confusion(scored, threshold),
        *(tables.breakdown(scored, name) for name in metrics.slices()),
    ]


def show_tables(
    main: Sequence[Table], everything: Sequence[Table], as_json: bool, markdown: bool
) -> None:
    """Write all tables as JSON, the main ones as Markdown, or all to the terminal."""
    if as_json:
        sys.stdout.write(_to_json(everything) + "\n")
    elif markdown:
        sys.stdout.write(tables.to_markdown(main) + "\n")
    else:
        _print(everything)


def _to_json(shown: Sequence[Table]) -> str:
    rows = {t.title: [dict(zip(t.columns, row, strict=True)) for row in t.rows] for t in shown}
    return json.dumps(rows, ensure_ascii=False, indent=1)


def _print(shown: Sequence[Table]) -> None:
    console = Console(highlight=False)
    for table in shown:
        drawn = RichTable(title=table.title, title_justify="left", box=None, padding=(0, 2, 0, 0))
        for column in table.columns:
            drawn.add_column(column, overflow="fold")
        for row in table.rows:
            drawn.add_row(*(cell.replace("[", r"\[") for cell in row))
        console.print(drawn)
        console.print()
