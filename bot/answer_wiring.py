"""Puts what answers asks and grants wishes on its ports. Used by ``bot.flow_wiring``, and by the
command that measures recorded answers."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlsplit

from bot.core.answer_guard import AnswerGuard
from bot.core.answer_review import AnswerReview
from bot.core.coach import Coach
from bot.core.intents import IntentRouter
from bot.core.playbook_model import Playbook
from bot.core.policy import Limits
from bot.detect.language import language_of
from bot.flows.answering import ModelAnswers
from bot.flows.channel_switch import ChannelSwitch
from bot.flows.house_rules import HouseRules
from bot.flows.pause import Pauses
from bot.flows.ports.chat import Chat
from bot.flows.ports.clock import Clock
from bot.flows.ports.detection import Answerer, InventionReader
from bot.flows.ports.unit_of_work import Store
from bot.flows.small_answers import ModelInUse
from bot.flows.wishes import Wishes
from bot.settings import Settings

_USUAL_HOST = "api.openai.com"  # where requests go if no address is set


def build_model_answers(
    model: Answerer | None,
    reader: InventionReader | None,
    playbook: Playbook,
    coach: Coach,
    *,
    clock: Clock,
    limits: Limits,
) -> ModelAnswers | None:
    """Build what lets a model answer asks; None if none may. Args: see ``ModelAnswers``."""
    if model is None:
        return None
    return ModelAnswers(
        model=model,
        reader=reader,
        review=build_answer_review(playbook, limits),
        coach=coach,
        clock=clock,
        limits=limits,
    )


def model_in_use(settings: Settings) -> ModelInUse | None:
    """Return what is true of the language model; None if none is set up, or it may do nothing."""
    gets_messages = settings.has_judge or settings.llm_writes == "all"
    gets_asks = settings.has_judge or settings.llm_writes != "nothing"
    if not settings.openai_model or not (gets_asks or gets_messages):
        return None
    host = urlsplit(settings.openai_base_url).hostname or _USUAL_HOST
    return ModelInUse(settings.openai_model, host, gets_asks, gets_messages)


def build_answer_review(playbook: Playbook, limits: Limits) -> AnswerReview:
    """Build what checks a model's answers to asks."""
    guard = AnswerGuard(playbook.rubric, playbook.free_words, limits.answer, language_of)
    return AnswerReview(guard)


def build_wishes(
    store: Store,
    chat: Chat,
    clock: Clock,
    rules: HouseRules,
    pauses: Pauses,
    router: IntentRouter,
    watches: Callable[[str, str], bool],
) -> Wishes:
    """Build what grants wishes.

    Args:
        store, chat, clock: the ports. rules: of each workspace.
        pauses: pauses and resumes. router: hears wishes in words of somebody's own.
        watches: whether a channel of a workspace is to be watched; given both ids.
    """
    return Wishes(
        store=store,
        chat=chat,
        clock=clock,
        rules=rules,
        pauses=pauses,
        switch=ChannelSwitch(store=store, clock=clock, rules=rules, watches=watches),
        router=router,
    )
