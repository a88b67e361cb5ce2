"""``reframe practice``: the small Slack with no bot in it, to which somebody connects their own."""

from __future__ import annotations

import time
from collections.abc import Mapping
from datetime import UTC, datetime
from string import Template
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from bot.playground.company import Company
from bot.playground.office import Office
from bot.sandbox.delivery import DeliveryAttempt
from bot.sandbox.workspace import Json, Workspace
from bot.slack.identity import SCOPES

SIGNING_SECRET = "70726163746963652d6f6e6c792d3031"  # noqa: S105 - valid only here
_ZONES = (
    *("Pacific/Honolulu", "America/Los_Angeles", "America/New_York", "America/Sao_Paulo"),
    *("Europe/London", "Europe/Berlin", "Asia/Dubai", "Asia/Kolkata", "Asia/Bangkok"),
    *("Asia/Tokyo", "Australia/Sydney", "Pacific/Auckland"),
)
_MORNING = 11  # the hour around which a long practice stays within working hours


class Practice(Office):
    """An office whose bot is somebody else's process, with the real clock.

    Args:
        company: who works there. request_url: where the bot takes requests over HTTP; Socket Mode
            takes precedence while it is connected. words: ``[practice]`` of ``strings.toml``.
    """

    def __init__(self, company: Company, request_url: str, words: Mapping[str, str]) -> None:
        workspace = Workspace(time.time, signing_secret=SIGNING_SECRET)
        workspace.granted_scopes = ",".join(sorted(SCOPES))
        super().__init__(company, zone_at_work(time.time()), workspace)
        self.request_url = request_url
        self.slack.set_request_url(request_url)
        self._words = words

    def state(self) -> Json:
        """Return the real clock, whether an app answers, and what this page can't show."""
        return {
            "phase": "ready",
            "clock": {"offset": 0, "zone": self.zone.key, "jumps": []},
            "caps_lifted": False,
            "detector": {"now": "offline", "model": "", "why_not": ""},
            "own_bot": {"connection": self.connection(), "panel": self._words["panel"]},
        }

    def connection(self) -> str:
        """Return how the app can be reached now, as far as that is known."""
        if self.slack.socket_mode.connected:
            return self._words["by_socket"]
        attempts = self.slack.attempts
        if not attempts or attempts[-1].by_socket:  # whoever was there is gone
            return self._text("nobody")
        last = attempts[-1]
        return self._text("by_http") if last.status == 200 else self.why_no_answer(last)

    def why_no_answer(self, attempt: DeliveryAttempt) -> str:
        """Return what went wrong on the way to the app."""
        if attempt.status == 401:
            return self._text("turned_away")
        if attempt.status:
            return self._text("odd_answer", status=str(attempt.status))
        if attempt.by_socket or attempt.body == "http_timeout":
            return self._words["too_late"]
        return self._text("nobody")

    def _text(self, key: str, **values: str) -> str:
        return Template(self._words[key]).substitute(url=self.request_url, **values)


def zone_at_work(now: float) -> ZoneInfo:
    """Return a time zone in which it is a workday morning, or as near to one as there is now: a bot
    with its usual quiet hours asks nothing at night.

    Args:
        now: Unix seconds.
    """

    def distance(name: str) -> tuple[bool, int]:
        local = datetime.fromtimestamp(now, UTC).astimezone(ZoneInfo(name))
        return local.weekday() >= 5, abs(local.hour - _MORNING)

    return ZoneInfo(min(_ZONES, key=distance))


def is_request_url(address: str) -> bool:
    """Return whether requests can be sent to an address."""
    parts = urlsplit(address)
    return parts.scheme in ("http", "https") and bool(parts.hostname)


class NothingKnown:
    """Stands for the traces of a bot whose database is none of ours.
    Implements ``MessageTraces``."""

    async def refresh(self) -> None:
        """Do nothing: there is nothing to look at."""

    def summary(self, channel_id: str, message: Json) -> Json:
        """Return that nothing is known."""
        return {"state": "unknown", "words": ""}

    def rows(self, channel_id: str, message: Json) -> list[Json]:
        """Return none."""
        return []
