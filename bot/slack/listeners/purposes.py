"""What each interaction is for, which decides who may do it."""

from __future__ import annotations

from bot.core.admission import Purpose
from bot.slack.listeners.payload import Json
from bot.slack.parse import plain_text
from bot.slack.views import (
    channels,
    digest,
    erasure,
    home,
    nudge,
    teams,
    weekly_modals,
    workspace_settings,
)

_OWN_DATA = frozenset({erasure.FORGET, home.DATA})
_STARTS_SOMETHING = frozenset(
    {
        channels.CLEAR_PROBATION,
        digest.SHARE,
        nudge.REFLECT_ON,
        teams.ACCEPT,
        teams.HAND_OVER,
        teams.TAKE_OVER,
        weekly_modals.TEAM,
        workspace_settings.CHANGE,
        workspace_settings.FORM,
        workspace_settings.USE_DEFAULTS,
    }
)
_SUBCOMMANDS = {
    "digest": Purpose.STARTS_SOMETHING,
    "forget me": Purpose.OWN_DATA,
    "my data": Purpose.OWN_DATA,
    "team": Purpose.STARTS_SOMETHING,
    "team manage": Purpose.STARTS_SOMETHING,
}


def purpose_of(body: Json) -> Purpose | None:
    """Return what an interaction or a command is for; None for anything else, such as an event.

    What isn't listed is ORDINARY: if Slack can't say who somebody is, a button that was forgotten
    here must not keep them from being left alone.

    Args:
        body: the payload.
    """
    if "event" in body or not ("user" in body or "user_id" in body):
        return None
    if "command" in body:
        text = " ".join(plain_text(str(body.get("text") or "")).split()).lower()
        return _SUBCOMMANDS.get(text, Purpose.ORDINARY)
    names = {name for name in _names(body) if isinstance(name, str)}
    if names & _STARTS_SOMETHING:
        return Purpose.STARTS_SOMETHING
    return Purpose.OWN_DATA if names and names <= _OWN_DATA else Purpose.ORDINARY


def _names(body: Json) -> list[object]:
    """Return the ids of what was pressed, or of the form that was sent."""
    actions, view = body.get("actions"), body.get("view")
    if isinstance(actions, list):
        return [action.get("action_id") for action in actions if isinstance(action, dict)]
    return [view.get("callback_id")] if isinstance(view, dict) else []
