"""A fake Slack with a company in it: with our bot behind it, or one that somebody connects."""

from __future__ import annotations

from abc import ABC, abstractmethod
from contextlib import AsyncExitStack
from types import TracebackType
from typing import Literal, Self
from zoneinfo import ZoneInfo

from bot.playground.company import Company
from bot.playground.time_jumps import Jump
from bot.sandbox.delivery import DeliveryAttempt
from bot.sandbox.slack import FakeSlack
from bot.sandbox.workspace import Json, Workspace

Detector = Literal["offline", "model"]
_NOT_OURS = "The bot here runs with its own settings and the real clock; change it where it runs."

_STAYS = "The bot of this page stays. To practice an uninstall with one of yours: reframe practice"


class Office(ABC):
    """A running fake Slack. Use it as a context manager.

    Args:
        company: who works there. zone: everybody's time zone.
        workspace: an empty one; the company moves in.

    Attributes:
        slack: the fake Slack. user_ids, channel_ids: by name.
    """

    def __init__(self, company: Company, zone: ZoneInfo, workspace: Workspace) -> None:
        self.company = company
        self.zone = zone
        self.workspace = workspace
        self.slack = FakeSlack(workspace)
        self.user_ids = {p.name: workspace.add_user(p.name, tz=zone.key) for p in company.people}
        everybody = list(self.user_ids.values())
        self.channel_ids = {
            each.name: workspace.add_channel(each.name, everybody, with_bot=False)
            for each in company.channels
        }
        self._running = AsyncExitStack()

    async def __aenter__(self) -> Self:
        await self._running.enter_async_context(self.slack)
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self._running.aclose()

    @property
    def admin_ids(self) -> list[str]:
        """The ids of those who may configure the bot."""
        return [self.user_ids[p.name] for p in self.company.people if p.role == "Admin"]

    @abstractmethod
    def state(self) -> Json:
        """Return what the page shows of the bot and its clock, and which of it can be changed."""

    @abstractmethod
    def why_no_answer(self, attempt: DeliveryAttempt) -> str:
        """Return why the app didn't take what somebody did, as a sentence for the page."""

    async def uninstall(self) -> DeliveryAttempt:
        """Uninstall the app, and return how it took that.

        Raises:
            ValueError: it stays here; says so.
        """
        raise ValueError(_STAYS)

    async def install_again(self) -> None:
        """Install the app again. Raises as ``uninstall`` does."""
        raise ValueError(_STAYS)

    async def until_settled(self) -> None:
        """Wait while the bot can't be reached because of a change that the page made."""
        return  # whoever can make none need not wait

    async def move_clock(self, jump: Jump) -> None:
        """Move the clock forward.

        Raises:
            ValueError: it isn't the page's to change; says so.
        """
        raise ValueError(_NOT_OURS)

    async def lift_caps(self, *, lifted: bool) -> None:
        """Let the bot ask any number of questions, or not. Raises as ``move_clock`` does."""
        raise ValueError(_NOT_OURS)

    async def switch_detector(self, detector: Detector) -> None:
        """Let something else judge messages. Raises as ``move_clock`` does."""
        raise ValueError(_NOT_OURS)
