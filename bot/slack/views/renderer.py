"""Renders what the stories send: implements ``bot.flows.ports.rendering.Renderer``."""

from __future__ import annotations

from bot.core.languages import UiStrings
from bot.core.model import Delivery, Trap
from bot.core.playbook_model import Playbook
from bot.flows.ports.rendering import AskReply, Content, DigestContent, ReflectionContent
from bot.flows.ports.sales_teams import SalesTeam
from bot.slack.views import ask_reply, block_kit, channels, erasure, teams, weekly
from bot.slack.views.digest import DigestView


class SlackRenderer:
    """Renders messages with Block Kit.

    Args:
        playbook: titles, questions and credits.
    """

    def __init__(self, playbook: Playbook) -> None:
        self._playbook = playbook

    def line(self, text: str) -> Content:
        return block_kit.line(text).content

    def erasure_prompt(self, strings: UiStrings) -> Content:
        """Render the button that erases everything about its reader, who is asked once more."""
        return erasure.erasure_prompt(strings).content

    def ask_reply(self, strings: UiStrings, reply: AskReply) -> Content:
        return ask_reply.ask_reply(reply, strings).content

    def hello(
        self,
        strings: UiStrings,
        channel_id: str,
        *,
        may_speak: bool,
        may_choose: bool,
        delivery: Delivery,
        is_off: bool = False,
    ) -> Content:
        hello = channels.hello(
            channel_id,
            strings,
            may_speak=may_speak,
            may_choose=may_choose,
            delivery=delivery,
            is_off=is_off,
        )
        return hello.content

    def channel_notice(self, strings: UiStrings) -> Content:
        return block_kit.line(strings["channel"]["notice"]).content

    def probation(self, strings: UiStrings, trap: Trap, *, not_useful: int, rated: int) -> Content:
        title = self._playbook.traps[trap].title
        return channels.probation(trap, title, strings, not_useful=not_useful, rated=rated).content

    def reflection(self, strings: UiStrings, content: ReflectionContent) -> Content:
        return weekly.reflection(content, strings).content

    def follow_up(self, strings: UiStrings, key: str, question: str) -> Content:
        return weekly.follow_up(key, question, strings).content

    def invitation(self, strings: UiStrings, team: SalesTeam) -> Content:
        return teams.invitation(team, strings).content

    def manager_gone(self, strings: UiStrings, team: SalesTeam) -> Content:
        return teams.manager_gone(team, strings).content

    def team_offer(self, strings: UiStrings, team: SalesTeam) -> Content:
        return teams.offer(team, strings).content

    def team_taken_over(self, strings: UiStrings, team: SalesTeam) -> Content:
        return teams.taken_over(team, strings).content

    def digest(self, strings: UiStrings, content: DigestContent) -> Content:
        return DigestView(strings, self._playbook).render(content)
