"""Puts the weekly stories on their ports. Used by ``bot.flow_wiring``, and by the previews."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from random import SystemRandom

from bot.core.playbook_model import Playbook
from bot.flows.digest import TeamDigests
from bot.flows.digest_figures import DigestFiguresOnce
from bot.flows.house_rules import HouseRules
from bot.flows.past_digests import PastDigests
from bot.flows.ports.chat import Chat
from bot.flows.ports.clock import Clock
from bot.flows.ports.rendering import Renderer
from bot.flows.weekly_reflection import WeeklyReflections
from bot.store.unit_of_work import SqlStore
from bot.workers.loop import WakeUps


@dataclass(frozen=True, kw_only=True)
class WeeklyWiring:
    """Builds the weekly stories on the same ports, each when it is asked for.

    Attributes:
        rules, playbook, store, chat, renderer, clock: what they stand on.
        owner: under which name this process claims work.
        wake_ups: wakes delivery once something is queued.
    """

    rules: HouseRules
    playbook: Playbook
    store: SqlStore
    chat: Chat
    renderer: Renderer
    clock: Clock
    owner: str
    wake_ups: WakeUps

    def reflections(self) -> WeeklyReflections:
        """Build what sends the weekly reflections."""
        return WeeklyReflections(
            store=self.store,
            chat=self.chat,
            clock=self.clock,
            rules=self.rules,
            owner=self.owner,
            playbook=self.playbook,
            renderer=self.renderer,
            wake_delivery=partial(self.wake_ups.wake, "delivery"),
        )

    def digests(self) -> TeamDigests:
        """Build what sends the digests."""
        return TeamDigests(
            store=self.store,
            chat=self.chat,
            clock=self.clock,
            rules=self.rules,
            owner=self.owner,
            renderer=self.renderer,
            figures=self._digest_figures(),
            wake_delivery=partial(self.wake_ups.wake, "delivery"),
        )

    def past_digests(self) -> PastDigests:
        """Build what shows digests again, and previews them."""
        return PastDigests(
            store=self.store,
            clock=self.clock,
            rules=self.rules,
            renderer=self.renderer,
            figures=self._digest_figures(),
        )

    def _digest_figures(self) -> DigestFiguresOnce:
        """Build the figures, blurred by chance that nobody can guess."""
        return DigestFiguresOnce(SystemRandom().randrange, self.rules.limits.teams)
