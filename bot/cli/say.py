"""``reframe say``: shows the verdict on one message, and the bot's reply."""

from __future__ import annotations

import time

from rich.console import Console
from rich.table import Table

from bot import flow_wiring
from bot.core.coach import Coach
from bot.core.model import Reason
from bot.detect.offline import OfflineDetector
from bot.playbook import load_playbook
from bot.settings import load


def say(text: str, context: list[str]) -> None:
    """Print the verdict and the score, and the reply or the reason for silence.

    Args:
        text: the message as a seller would write it.
        context: earlier messages, oldest first.
    """
    settings = load()
    playbook = load_playbook(settings.prompts_dir, settings.language)
    coach = Coach(playbook, settings.same_question_days)
    guard = flow_wiring.build_guard(playbook)
    verdict = OfflineDetector.shipped(playbook.cues).quick_verdict(text, context)
    table = Table(show_header=False, box=None, padding=(0, 2, 0, 0))
    table.add_row("trap", verdict.trap or "none")
    table.add_row("score", f"{verdict.score:.2f}")
    if verdict.sure and verdict.trap:
        reply = coach.choose_reply(verdict.trap, text, asked={}, now=time.time(), key=text)
        if reply and not guard.violations(reply):
            table.add_row("would say", reply.text)
            table.add_row("", reply.credit)
    else:
        reason = verdict.why or (Reason.NO_TRAP if verdict.trap is None else Reason.NOT_SURE)
        table.add_row("keeps quiet", playbook.text("quiet", reason))
    Console(highlight=False).print(table)
