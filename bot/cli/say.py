"""``reframe say``: shows the verdict on one message, the bot's reply, and the answer to an ask."""

from __future__ import annotations

import time

from rich.console import Console
from rich.table import Table

from bot import flow_wiring
from bot.cli.block_kit_text import render_message
from bot.cli.wish_preview import preview_wish
from bot.core.advice import build_advice
from bot.core.coach import Coach
from bot.core.model import Trap
from bot.core.nudge_policy import why_quiet
from bot.core.playbook_model import Playbook
from bot.core.plays import Plays
from bot.core.policy import Limits
from bot.core.score_digits import score_and_threshold
from bot.core.situations import is_name, no_deal_to_ask_about
from bot.detect.learned_intents import build_router
from bot.detect.learned_matters import matters_in_asks
from bot.detect.offline import OfflineDetector
from bot.flows.ports.rendering import AskReply
from bot.flows.small_answers import SmallAnswers
from bot.flows.turn_to_people import TurnToPeople
from bot.playbook import load_playbook
from bot.settings import load
from bot.slack.views.ask_reply import ask_reply


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
    detector = OfflineDetector.shipped(playbook.cues)
    verdict = detector.quick_verdict(text, context)
    table = Table(show_header=False, box=None, padding=(0, 2, 0, 0))
    closest = detector.closest_trap(verdict)
    score, enough = score_and_threshold(verdict.score, detector.speak_threshold)
    held_back = verdict.trap if verdict.score >= detector.speak_threshold else None
    most_like = f"most like {held_back}" if held_back else "none"  # a phrase may outweigh a score
    table.add_row("trap", trap_in_words(closest or most_like))
    table.add_row("sure", score)
    table.add_row("asks at", f"{enough} or more")
    situations = coach.find_situations(text)
    certain = [each for each in situations if not (each.endswith("?") or is_name(each))]
    table.add_row("about", ", ".join(certain) or "nothing certain")
    reason = why_quiet(verdict, is_candidate=detector.is_candidate(text))
    reason = reason or no_deal_to_ask_about(text, situations)
    if reason is None and verdict.trap:
        nudge = coach.choose_reply(verdict.trap, situations, asked={}, now=time.time(), key=text)
        if nudge and not guard.violations(nudge):
            table.add_row("would say", nudge.text)
            table.add_row("", nudge.credit)
    elif reason:
        table.add_row("keeps quiet", playbook.text("quiet", reason))
    plays = flow_wiring.build_plays(playbook)
    reply = offline_reply(text, playbook, coach, plays, closest)
    console = Console(highlight=False)
    console.print("Written in a channel:\n")
    console.print(table)
    console.print(f"\nAsked with /reframe {text}", markup=False)
    shown = ask_reply(reply, playbook.strings).content
    console.print(render_message(dict(shown)), markup=False)


def trap_in_words(name: str) -> str:
    """Return the name of a trap, or words around one, as Americans write it."""
    return name.replace("_", "-").replace("labelling", "labeling")


def offline_reply(
    text: str, playbook: Playbook, coach: Coach, plays: Plays, trap: Trap | None
) -> AskReply:
    """Return what ``/reframe`` with the text would answer without a language model."""
    kind = matters_in_asks(playbook.cues).find(text)
    if kind is not None:
        people = TurnToPeople(matters_in_asks(playbook.cues))
        return AskReply(line=people.answer(kind, playbook.strings, contact=""))
    router = build_router(playbook.intents)
    intent = router.find(text)
    if (line := preview_wish(text, intent, playbook, now=time.time())) is not None:
        return AskReply(line=line)
    small = SmallAnswers(playbook, model=None, retention_days=Limits().retention_days)
    stop = playbook.text("stop", "anywhere")
    topic = router.find_topic(text)
    if line := small.answer(intent, text, key=text, topic=topic, stop=stop):
        return AskReply(line=line)
    situations = coach.find_asked_situations(text)
    advice = build_advice(
        coach,
        trap,
        situations,
        plays.choose(text, situations),
        asked={},
        now=time.time(),
        key=text,
        intent=intent,
    )
    return AskReply(advice=advice, trap=trap)
