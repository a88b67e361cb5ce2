"""Renders what the stories send: implements ``bot.flows.ports.rendering.Renderer``."""

from __future__ import annotations

from bot.core.model import Delivery, Trap
from bot.core.playbook_model import Playbook
from bot.flows.ports.rendering import AskReply, Content, DigestContent, ReflectionContent
from bot.flows.ports.sales_teams import SalesTeam
from bot.slack.views import ask_reply, block_kit, channels, teams, weekly
from bot.slack.views.block_kit import Strings
from bot.slack.views.digest import DigestView


class SlackRenderer:
    """Renders messages with Block Kit.

    Args:
        strings: the UI strings.
        playbook: titles, questions and credits.
    """

    def __init__(self, strings: Strings, playbook: Playbook) -> None:
        self._strings = strings
        self._playbook = playbook
        self._digests = DigestView(strings, playbook)

    def line(self, text: str) -> Content:
        return block_kit.line(text).content

    def ask_reply(self, reply: AskReply) -> Content:
        return ask_reply.ask_reply(reply, self._strings).content

    def hello(
        self, channel_id: str, *, may_speak: bool, may_choose: bool, delivery: Delivery
    ) -> Content:
        hello = channels.hello(
            channel_id,
            self._strings,
            may_speak=may_speak,
            may_choose=may_choose,
            delivery=delivery,
        )
        return hello.content

    def channel_notice(self) -> Content:
        return block_kit.line(self._strings["channel"]["notice"]).content

    def probation(self, trap: Trap, *, not_useful: int, rated: int) -> Content:
        title = self._playbook.traps[trap].title
        return channels.probation(
            trap, title, self._strings, not_useful=not_useful, rated=rated
        ).content

    def reflection(self, content: ReflectionContent) -> Content:
        return weekly.reflection(content, self._strings).content

    def follow_up(self, key: str, question: str) -> Content:
        return weekly.follow_up(key, question, self._strings).content

    def invitation(self, team: SalesTeam) -> Content:
        return teams.invitation(team, self._strings).content

    def manager_gone(self, team: SalesTeam) -> Content:
        return teams.manager_gone(team, self._strings).content

    def team_offer(self, team: SalesTeam) -> Content:
        return teams.offer(team, self._strings).content

    def team_taken_over(self, team: SalesTeam) -> Content:
        return teams.taken_over(team, self._strings).content

    def digest(self, content: DigestContent) -> Content:
        return self._digests.render(content)
