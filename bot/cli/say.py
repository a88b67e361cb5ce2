"""``reframe say``: shows the verdict on one message, and the bot's reply."""

from __future__ import annotations

import time
from collections.abc import Sequence

from rich.console import Console
from rich.table import Table

from bot import flow_wiring
from bot.core.model import Reason, Verdict
from bot.core.situations import no_deal_to_ask_about
from bot.detect.offline import OfflineDetector
from bot.playbook import load_playbook
from bot.settings import load


def say(text: str, context: list[str]) -> None:
    """Print the verdict, the score and the situations, and the reply or the reason for silence.

    Args:
        text: the message as a seller would write it.
        context: earlier messages, oldest first.
    """
    settings = load()
    playbook = load_playbook(settings.prompts_dir, settings.language)
    coach = flow_wiring.build_coach(settings, playbook)
    guard = flow_wiring.build_guard(playbook)
    verdict = OfflineDetector.shipped(playbook.cues).quick_verdict(text, context)
    table = Table(show_header=False, box=None, padding=(0, 2, 0, 0))
    table.add_row("trap", verdict.trap or "none")
    table.add_row("score", f"{verdict.score:.2f}")
    situations = coach.find_situations(text)
    table.add_row("about", ", ".join(situations) or "nothing certain")
    reason = _reason_to_stay_quiet(verdict, text, situations)
    if reason is None and verdict.trap:
        reply = coach.choose_reply(verdict.trap, situations, asked={}, now=time.time(), key=text)
        if reply and not guard.violations(reply):
            table.add_row("would say", reply.text)
            table.add_row("", reply.credit)
    elif reason:
        table.add_row("keeps quiet", playbook.text("quiet", reason))
    Console(highlight=False).print(table)


def _reason_to_stay_quiet(verdict: Verdict, text: str, situations: Sequence[str]) -> Reason | None:
    if verdict.sure and verdict.trap:
        return no_deal_to_ask_about(text, situations)
    return verdict.why or (Reason.NO_TRAP if verdict.trap is None else Reason.NOT_SURE)
