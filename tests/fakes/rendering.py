"""Renders and shows as plain data; implements ``ports.rendering.Renderer`` and ``Presenter``."""

from __future__ import annotations

from bot.core.languages import UiStrings
from bot.core.model import Delivery, Trap
from bot.flows.ports.asks import Ask
from bot.flows.ports.rendering import AskReply, Content, DigestContent, ReflectionContent
from bot.flows.ports.sales_teams import SalesTeam


class FakeRenderer:
    """Returns what it was given, under the name of what was rendered."""

    def line(self, text: str) -> Content:
        return {"line": text}

    def erasure_prompt(self, strings: UiStrings) -> Content:
        return {"erasure_prompt": strings["record"]["forget"]}

    def ask_reply(self, strings: UiStrings, reply: AskReply) -> Content:
        shown = reply.line or (reply.question.text if reply.question else "advice")
        return {"ask_reply": shown}

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
        return {
            "hello": channel_id,
            "may_speak": may_speak,
            "may_choose": may_choose,
            "delivery": delivery,
            "is_off": is_off,
        }

    def channel_notice(self, strings: UiStrings) -> Content:
        return {"notice": True}

    def probation(self, strings: UiStrings, trap: Trap, *, not_useful: int, rated: int) -> Content:
        return {"probation": trap, "not_useful": not_useful, "rated": rated}

    def reflection(self, strings: UiStrings, content: ReflectionContent) -> Content:
        return {"reflection": content.week, "plan": content.plan, "moments": len(content.moments)}

    def follow_up(self, strings: UiStrings, key: str, question: str) -> Content:
        return {"follow_up": key, "question": question}

    def invitation(self, strings: UiStrings, team: SalesTeam) -> Content:
        return {"invitation": team.name}

    def manager_gone(self, strings: UiStrings, team: SalesTeam) -> Content:
        return {"manager_gone": team.name}

    def team_offer(self, strings: UiStrings, team: SalesTeam) -> Content:
        return {"team_offer": team.name, "manager": team.manager_id}

    def team_taken_over(self, strings: UiStrings, team: SalesTeam) -> Content:
        return {"team_taken_over": team.name, "manager": team.manager_id}

    def digest(self, strings: UiStrings, content: DigestContent) -> Content:
        figures = content.figures
        return {
            "digest": content.week,
            "theme": [content.theme.trap, content.theme.from_calendar],
            "themes": [[t.trap, t.band, t.trend] for t in figures.themes],
            "found_helpful": figures.found_helpful,
            "for_manager": content.for_manager,
        }


class FakePresenter:
    """Keeps what it was asked to show.

    Attributes:
        replies: what was shown where it was asked for, oldest first.
        files: what was sent: (workspace, user, content).
        failures: what the next calls raise, in order.
    """

    def __init__(self) -> None:
        self.replies: list[tuple[Ask, AskReply]] = []
        self.files: list[tuple[str, str, str]] = []
        self.failures: list[Exception] = []

    async def show_reply(
        self, ask: Ask, reply: AskReply, strings: UiStrings, *, replaces: bool = False
    ) -> None:
        self._fail_if_told()
        if replaces:
            self.replies.pop()
        self.replies.append((ask, reply))

    async def send_file(
        self, workspace_id: str, user_id: str, *, name: str, content: str, comment: str
    ) -> None:
        self._fail_if_told()
        self.files.append((workspace_id, user_id, content))

    def _fail_if_told(self) -> None:
        if self.failures:
            raise self.failures.pop(0)
