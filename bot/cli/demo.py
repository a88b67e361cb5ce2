"""``reframe demo``: a scripted week in three deal channels, with the real bot and a fake Slack."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Callable
from pathlib import Path

from rich.console import Console

from bot.cli.demo_report import DemoReport
from bot.cli.demo_result import DemoResult, MessageResult
from bot.sandbox.demo_run import DemoRun, PostedMessage
from bot.sandbox.demo_script import DemoScript, load_demo_script
from bot.store.database import Database
from bot.store.encryption import generate_secret
from bot.store.inspection import Outcome, outcomes

SETTLE_SECONDS = 0.3


def play(*, as_json: bool) -> int:
    """Play the script and print it.

    Args:
        as_json: print one JSON object at the end instead of a report.

    Returns:
        The exit code: 0 if something was coached and nothing was lost or coached twice, else 1.
    """
    script = load_demo_script()
    report = DemoReport(Console(highlight=False, quiet=as_json))
    report.print_introduction()
    with tempfile.TemporaryDirectory(prefix="reframe-demo-") as folder:
        result = asyncio.run(_play(script, Path(folder), report.print_message))
    if as_json:
        Console(highlight=False, soft_wrap=True).print(result.to_json(), markup=False)
    else:
        report.print_totals(result, SETTLE_SECONDS, script)
    return 0 if result.succeeded else 1


async def _play(
    script: DemoScript, folder: Path, on_result: Callable[[MessageResult], None]
) -> DemoResult:
    """Play all messages and the weekly part; call ``on_result`` after each message."""
    database_url = f"sqlite:///{folder / 'demo.db'}"
    settings = {
        "DATABASE_URL": database_url,
        "REFRAME_DELIVERY": "thread",  # as a channel may choose, so that there is a thread to see
        "REFRAME_SETTLE_SECONDS": str(SETTLE_SECONDS),
        "REFRAME_ENCRYPTION_KEY": generate_secret(),
    }
    result = DemoResult()
    database = Database(database_url)
    try:
        async with DemoRun(script, folder, settings) as run:
            for message in script.messages:
                if run.is_after_reflections(message) and not result.reflections:
                    result.answer = await run.ask()
                    await run.play_teammates()
                    result.reflections = await run.collect_reflections()
                posted = await run.play(message)
                stored = await outcomes(database, run.slack.workspace.team_id)
                for one in posted:
                    outcome = stored.get((one.channel_id, one.ts))
                    result.messages.append(_message_result(script, run, one, outcome))
                    on_result(result.messages[-1])
            result.digests = await run.collect_digests()
    finally:
        await database.close()
    return result


def _message_result(
    script: DemoScript, run: DemoRun, posted: PostedMessage, outcome: Outcome | None
) -> MessageResult:
    """Compare what the bot decided with what the fake Slack received."""
    posts = [
        call
        for call in run.slack.calls_to("chat.postMessage")
        if call.response.get("ok")
        and f"-{posted.ts}" in str(call.arguments.get("metadata"))
        and call.arguments.get("channel") == posted.channel_id
    ]
    question = None
    if posts:
        thread_ts = str(posts[0].arguments.get("thread_ts"))
        replies = run.slack.workspace.replies(posted.channel_id, thread_ts)
        question = next((m["text"] for m in replies if m.get("bot_id")), None)
    reason = outcome.reason if outcome else _reason_not_stored(script, posted)
    return MessageResult(
        posted=posted,
        trap=outcome.trap if outcome else None,
        reason=None if posts else reason,
        question=question,
        posts=len(posts),
        expected=outcome is not None and outcome.spoken,
        acknowledged=any(
            a.event_id == posted.event_id and a.status == 200 for a in run.slack.attempts
        ),
        seconds=posts[0].at - posted.started if posts else None,
    )


def _reason_not_stored(script: DemoScript, posted: PostedMessage) -> str:
    """Return why the bot stored nothing about a message; its author and channel tell."""
    if posted.script.author in script.bots:
        return "bot_post"
    return (
        "outsiders_read"
        if posted.script.channel in (*script.guest_channels, *script.shared_channels)
        else "ordinary"
    )
