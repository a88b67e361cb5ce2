"""How long Slack asks to wait."""

from __future__ import annotations

from math import isnan

from slack_sdk.errors import SlackApiError

from bot.core.policy import (
    LONGEST_RETRY_AFTER_SECONDS,
    RETRY_AFTER_SECONDS,
    SHORTEST_RETRY_AFTER_SECONDS,
)


def retry_after(error: SlackApiError) -> float | None:
    """Return for how many seconds Slack asks to wait; None if its error says something else.

    The header may be missing, a fraction or nonsense.
    """
    response = error.response
    status = getattr(response, "status_code", 0) or getattr(response, "status", 0)
    is_object = isinstance(getattr(response, "data", None), dict)
    code = str(response.get("error", "")) if is_object else ""
    if status != 429 and code not in ("ratelimited", "rate_limited"):
        return None
    return seconds_of(response.headers.get("Retry-After") or response.headers.get("retry-after"))


def seconds_of(header: str | None) -> float:
    """Return the seconds of a Retry-After header, within what is believed; the usual wait if it
    says nothing that makes sense."""
    try:
        seconds = float(header or "")
    except ValueError:
        seconds = RETRY_AFTER_SECONDS
    if isnan(seconds):
        seconds = RETRY_AFTER_SECONDS
    return min(max(seconds, SHORTEST_RETRY_AFTER_SECONDS), LONGEST_RETRY_AFTER_SECONDS)
