"""``reframe say``: what the bot makes of one message."""

from __future__ import annotations

import time

from rich.console import Console
from rich.table import Table

from bot import settings as house
from bot import wiring
from bot.core.model import Reason
from bot.detect.offline import OfflineDetector


def say(text: str, context: list[str]) -> None:
    """Prints verdict and score, and the reply or the reason for silence.

    Args:
        text: as a seller would write it. context: earlier messages, oldest first.
    """
    settings = house.load()
    playbook = wiring.voice_of(settings)
    coach, guard = wiring.coach_of(playbook, settings)
    verdict = OfflineDetector.shipped(playbook.cues).glance(text, context)
    table = Table(show_header=False, box=None, padding=(0, 2, 0, 0))
    table.add_row("trap", verdict.trap or "none")
    table.add_row("score", f"{verdict.score:.2f}")
    if verdict.sure and verdict.trap:
        reply = coach.choose(verdict.trap, text, asked={}, now=time.time(), key=text)
        if reply and not guard.breaches(reply):
            table.add_row("would say", reply.text)
            table.add_row("", reply.credit)
    else:
        reason = verdict.why or (Reason.NO_TRAP if verdict.trap is None else Reason.NOT_SURE)
        table.add_row("keeps quiet", playbook.say("quiet", reason))
    Console(highlight=False).print(table)
