"""What ``reframe doctor`` says about the language model: one try, and what its calls have taken."""

from __future__ import annotations

import time

from bot.cli.check import NOT_OK, OFF, OK, Check
from bot.cli.combination_checks import missing_model_key
from bot.cli.problems import sentence
from bot.core.model import Trap
from bot.core.playbook_model import Playbook
from bot.core.policy import utc_day
from bot.detect.llm_server import where_is
from bot.detectors import build_judge, build_server
from bot.flows.errors import JudgeError
from bot.flows.ports.detection import TokenUsage
from bot.settings import Settings
from bot.store.database import Database
from bot.store.inspection import ModelUsage, model_usage


class _OneCall:
    """Implements ``bot.flows.ports.detection.LlmBudget``: the one call is not counted, but what it
    took is told."""

    usage = TokenUsage()

    async def spend(self, workspace_id: str, now: float) -> bool:
        return True

    async def record(self, workspace_id: str, now: float, usage: TokenUsage) -> None:
        self.usage = usage


async def check_model(settings: Settings, playbook: Playbook) -> Check:
    """Ask the model once about a sentence of our own, with the schema and the deadline of a live
    request. The call is not counted."""
    if not settings.openai_model:
        return _no_model(settings)
    if no_key := missing_model_key(settings):
        return no_key
    server, budget = build_server(settings, settings.judge_limits), _OneCall()
    judge = build_judge(settings, playbook, budget, time.time, server)
    started = time.monotonic()
    try:
        verdict = await judge.classify("", playbook.traps[Trap.BLAME].sounds_like[0])
    except JudgeError as failed:
        where = where_is(settings.openai_base_url)
        is_away = failed.fix == "fix_model_away"
        detail = f"{settings.openai_model} gives no valid answer: {failed}"
        detail = f"nothing answers at {where}" if is_away else detail
        lacks_key = failed.fix == "fix_model_key" and not settings.judge_key
        detail = f"{detail}; OPENAI_API_KEY is not set" if lacks_key else detail
        fix = "fix_model_no_key" if lacks_key else failed.fix
        return Check("model", NOT_OK, detail, sentence(fix, what=where))
    finally:
        await server.close()
    took, accepted = time.monotonic() - started, server.accepted
    found = "finds" if verdict.trap is Trap.BLAME else "misses"
    refused = f"; refuses {', '.join(sorted(accepted.left_out))}" if accepted.left_out else ""
    detail = (
        f"{settings.openai_model} answers in {took:.1f} s as {accepted.answer_format}{refused}, "
        f"and {found} the trap of an example "
        f"({_told(ModelUsage(1, budget.usage), settings)}); "
        f"judges: {settings.judge}; writes: {settings.llm_writes}"
    )
    return Check("model", OK, detail)


def _no_model(settings: Settings) -> Check:
    """Return that no model is used. Its key or address may be there for another program."""
    others = {"OPENAI_API_KEY": settings.judge_key, "OPENAI_BASE_URL": settings.openai_base_url}
    found = " and ".join(name for name, value in others.items() if value)
    nothing = "OPENAI_MODEL is not set: nothing is sent anywhere"
    if not found:
        return Check("model", OFF, nothing)
    return Check("model", OFF, f"{nothing}, though {found} is set", sentence("fix_no_model_name"))


async def check_model_usage(settings: Settings, database: Database, now: float) -> list[Check]:
    """Tell for each workspace how many calls, tokens and how much money went to the model, today
    and as far back as counts are kept. ``now``: Unix seconds.

    Raises:
        StoreUnavailableError: the database can't be read.
    """
    if not settings.openai_model:
        return []
    today = await model_usage(database, since_day=utc_day(now))
    so_far = await model_usage(database, since_day="")
    checks = []
    for workspace_id, total in so_far.items():
        used = today.get(workspace_id, ModelUsage())
        limit = settings.judge_daily_calls
        detail = (
            f"today {used.calls} of {limit}: {_told(used, settings)}; "
            f"in {settings.retention_days:g} days {total.calls}: {_told(total, settings)}"
        )
        name = f"model calls, {workspace_id}"
        if used.calls < limit:
            checks.append(Check(name, OK, detail))
        else:
            checks.append(Check(name, NOT_OK, detail, sentence("fix_model_calls")))
    return checks


def _told(usage: ModelUsage, settings: Settings) -> str:
    tokens = usage.tokens
    told = f"{tokens.prompt:,} tokens sent, {tokens.cached:,} of them cached"
    told += f", {tokens.completion:,} written"
    if settings.input_price or settings.output_price:
        sent, written = (
            tokens.prompt * settings.input_price,
            tokens.completion * settings.output_price,
        )
        cost = (sent + written) / 1e6
        told += f", cost at most {cost:.2f}" if cost >= 0.01 else f", cost at most {cost:.5f}"
    return told
