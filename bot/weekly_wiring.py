"""Puts the weekly stories on their ports. Used by ``bot.flow_wiring``, and by the previews."""

from __future__ import annotations

from functools import partial
from random import SystemRandom

from bot.core.gate import Gate
from bot.core.phrases import Phrases
from bot.core.playbook_model import Playbook
from bot.flows.digest import TeamDigests
from bot.flows.digest_figures import DigestFiguresOnce
from bot.flows.past_digests import PastDigests
from bot.flows.ports.chat import Chat
from bot.flows.ports.clock import Clock
from bot.flows.ports.rendering import Renderer
from bot.flows.weekly_reflection import WeeklyReflections
from bot.settings import Settings
from bot.store.unit_of_work import SqlStore
from bot.workers.loop import WakeUps


def build_gate(settings: Settings, playbook: Playbook) -> Gate:
    """Build the gate that everything unprompted passes."""
    return Gate(settings.limits, settings.holidays, Phrases(playbook.cues["away"]))


def build_reflections(
    settings: Settings,
    playbook: Playbook,
    store: SqlStore,
    chat: Chat,
    renderer: Renderer,
    clock: Clock,
    owner: str,
    wake_ups: WakeUps,
) -> WeeklyReflections:
    """Build the weekly reflections; ``reframe reflect --preview`` needs nothing else."""
    return WeeklyReflections(
        store=store,
        chat=chat,
        clock=clock,
        gate=build_gate(settings, playbook),
        owner=owner,
        playbook=playbook,
        renderer=renderer,
        wake_delivery=partial(wake_ups.wake, "delivery"),
    )


def build_digests(
    settings: Settings,
    playbook: Playbook,
    store: SqlStore,
    chat: Chat,
    renderer: Renderer,
    clock: Clock,
    owner: str,
    wake_ups: WakeUps,
) -> TeamDigests:
    """Build what sends the digests."""
    return TeamDigests(
        store=store,
        chat=chat,
        clock=clock,
        limits=settings.limits,
        owner=owner,
        playbook=playbook,
        renderer=renderer,
        figures=_build_digest_figures(settings),
        holidays=settings.holidays,
        admins=settings.admins,
        wake_delivery=partial(wake_ups.wake, "delivery"),
    )


def build_past_digests(
    settings: Settings, store: SqlStore, renderer: Renderer, clock: Clock
) -> PastDigests:
    """Build what shows digests; ``reframe digest --preview`` needs nothing else."""
    return PastDigests(
        store=store, clock=clock, renderer=renderer, figures=_build_digest_figures(settings)
    )


def _build_digest_figures(settings: Settings) -> DigestFiguresOnce:
    """Build the figures, blurred by chance that nobody can guess."""
    return DigestFiguresOnce(SystemRandom().randrange, settings.limits.teams)
