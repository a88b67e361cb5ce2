"""The ports to what people see: rendering (no I/O), and showing a reply where it was asked for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from bot.core.advice import Advice
from bot.core.digest_stats import DigestFigures
from bot.core.languages import UiStrings
from bot.core.model import Delivery, Trap
from bot.core.playbook_model import Question
from bot.core.weekly_theme import WeeklyTheme
from bot.flows.ports.asks import Ask
from bot.flows.ports.sales_teams import SalesTeam

Content = Mapping[str, Any]
"""A rendered message, ready for JSON: ``text``, ``blocks``, perhaps ``plain_blocks``."""


@dataclass(frozen=True, slots=True)
class AskReply:
    """What is replied to an ask. One of ``advice``, ``question`` and ``line`` is set.

    ``is_markup``: the line holds mentions, and nothing that we didn't write.
    ``is_small_talk``: the ask needed no coaching, so it counts toward no limit.
    """

    advice: Advice | None = None
    question: Question | None = None
    line: str = ""
    trap: Trap | None = None
    situations: tuple[str, ...] = ()
    is_markup: bool = False
    is_small_talk: bool = False


@dataclass(frozen=True, slots=True)
class Moment:
    """A question that the seller got.

    Attributes:
        when: a day, or a day and a time. situation: what it was about; empty if that isn't known.
        question: what was asked.
    """

    when: str
    situation: str
    question: str


@dataclass(frozen=True, slots=True)
class ReflectionContent:
    """What a weekly reflection shows.

    Attributes:
        week: its ISO name. moments: what the seller was asked.
        idea, question: for the coming week, if there were no moments.
        credits: of the articles behind what is shown.
        plan: of last time; empty if there was none.
        keeps_answers: whether what is written can be kept.
    """

    week: str
    moments: tuple[Moment, ...]
    idea: str
    question: str
    credits: tuple[str, ...]
    plan: str
    keeps_answers: bool


@dataclass(frozen=True, slots=True)
class DigestContent:
    """What a digest shows.

    Attributes:
        team: whose. week: the ISO week that was over when it came. theme: of the week after.
        figures: what may be told. figures_until: when their four weeks were over, Unix seconds.
        for_manager: whether its reader manages the team, so may share, end or hand it over.
    """

    team: SalesTeam
    week: str
    theme: WeeklyTheme
    figures: DigestFigures
    figures_until: float
    for_manager: bool = False


class Renderer(Protocol):
    """Turns values into messages: the words and the places of buttons. No I/O.

    ``strings``, wherever it is asked for: the UI strings, in the language of who reads them.
    """

    def line(self, text: str) -> Content:
        """Render one plain line."""

    def erasure_prompt(self, strings: UiStrings) -> Content:
        """Render the button that erases everything about its reader, who is asked once more."""

    def ask_reply(self, strings: UiStrings, reply: AskReply) -> Content:
        """Render the reply to an ask."""

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
        """Render what the person who invited the bot is told.

        Args:
            channel_id: the channel.
            may_speak: whether no outsider reads it.
            may_choose: whether whoever reads this chooses for the channel; else an admin does.
            delivery: where questions go until somebody chooses.
            is_off: whether the bot stays turned off there.
        """

    def channel_notice(self, strings: UiStrings) -> Content:
        """Render the one line that tells a channel about the bot."""

    def probation(self, strings: UiStrings, trap: Trap, *, not_useful: int, rated: int) -> Content:
        """Render what an admin is told if a trap's questions are stopped."""

    def reflection(self, strings: UiStrings, content: ReflectionContent) -> Content:
        """Render a weekly reflection."""

    def follow_up(self, strings: UiStrings, key: str, question: str) -> Content:
        """Render the line that asks what came of a question."""

    def invitation(self, strings: UiStrings, team: SalesTeam) -> Content:
        """Render what a member of a sales team is asked."""

    def manager_gone(self, strings: UiStrings, team: SalesTeam) -> Content:
        """Render what an admin is told if a team has lost its manager."""

    def team_offer(self, strings: UiStrings, team: SalesTeam) -> Content:
        """Render what the person is asked who may take a team over."""

    def team_taken_over(self, strings: UiStrings, team: SalesTeam) -> Content:
        """Render what a member is told if somebody else manages the team."""

    def digest(self, strings: UiStrings, content: DigestContent) -> Content:
        """Render a digest."""


class Presenter(Protocol):
    """Shows a reply to one person.

    Every method may raise a ``SlackCallError``, if nothing was shown, and a
    ``DeliveryUnconfirmedError`` if that is not known.
    """

    async def show_reply(
        self, ask: Ask, reply: AskReply, strings: UiStrings, *, replaces: bool = False
    ) -> None:
        """Show a reply at a response URL or in an open modal.

        Args:
            ask, reply: what was asked, and the reply. strings: the UI strings.
            replaces: whether it takes the place of what was shown at this response URL before, as
                far as Slack allows it.
        """

    async def send_file(
        self, workspace_id: str, user_id: str, *, name: str, content: str, comment: str
    ) -> None:
        """Send a file to the bot's direct conversation with a user."""
