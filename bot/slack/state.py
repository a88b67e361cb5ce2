"""What Slack's answers say about this bot: whether its token is good, and what time it is there."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable

from bot.flows.errors import SlackCallError
from bot.flows.ports.clock import Clock
from bot.slack.http import MAX_AGE_SECONDS

log = logging.getLogger(__name__)

TOKEN_REFUSED = frozenset(
    {
        "account_inactive",
        "invalid_auth",
        "not_authed",
        "org_login_required",
        "team_access_not_granted",
        "token_expired",
        "token_revoked",
    }
)
"""How Slack refuses a token (docs.slack.dev/reference/methods/auth.test)."""

_ASK_SECONDS = 60.0
_ASK_AGAIN_SECONDS = 15.0


class SlackState:
    """Remembers what Slack answered last.

    Args:
        clock: this machine's, Unix seconds.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._answered_at = time.monotonic()
        self._newest = 0.0
        self.refusal = ""
        self.clock_error = 0.0

    @property
    def clock_is_off(self) -> bool:
        """Whether requests are refused because this machine's clock differs from Slack's."""
        return abs(self.clock_error) > MAX_AGE_SECONDS

    def note_answer(self, code: str) -> None:
        """Note the error code of an answer, empty for a good one."""
        self._answered_at = time.monotonic()
        before, self.refusal = self.refusal, code if code in TOKEN_REFUSED else ""
        if self.refusal and self.refusal != before:
            log.warning("slack refuses the bot token: %s", self.refusal)

    def note_time(self, slack_time: float) -> None:
        """Note what time it is at Slack, Unix seconds; an old request that is replayed says
        nothing."""
        if slack_time < self._newest - MAX_AGE_SECONDS:
            return
        self._newest = max(self._newest, slack_time)
        was_off, self.clock_error = self.clock_is_off, self._clock() - slack_time
        if self.clock_is_off and not was_off:
            log.error(
                "the clock of this machine is %+.0f s off, so Slack's requests are refused",
                self.clock_error,
            )

    async def watch(self, ask: Callable[[], Awaitable[object]]) -> None:
        """Ask Slack once in a while if nothing else does, until canceled.

        Args:
            ask: makes any call with the bot token.
        """
        while True:
            seconds = _ASK_AGAIN_SECONDS if self.refusal else _ASK_SECONDS
            await asyncio.sleep(seconds)
            if time.monotonic() - self._answered_at < seconds:
                continue
            try:
                await ask()
            except SlackCallError as failure:
                log.debug("slack was asked in vain: %s", failure)
