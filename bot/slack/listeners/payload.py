"""Who sent a payload, and from which workspace, wherever Slack puts it.

Events carry ``team_id`` and ``event.user``; commands ``team_id`` and ``user_id``; interactions
``team`` and ``user``. With an org-wide installation ``team`` is null, and the workspace is in
the authorization, the view or ``user.team_id``
(docs.slack.dev/enterprise/developing-for-enterprise-orgs). The view says where the app is; the
user's workspace only where they are at home.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a payload comes from; empty for what Slack doesn't say."""

    workspace_id: str
    user_id: str


def origin_of(body: Json) -> Origin:
    """Return the workspace and the user of any payload."""
    return Origin(
        workspace_id=workspace_of(body),
        user_id=next((u for u in _user_candidates(body) if isinstance(u, str) and u), ""),
    )


def thread_of(body: Json) -> str:
    """Return the ts of the thread in which a button was pressed; empty outside a thread."""
    container, message = body.get("container"), body.get("message")
    thread_ts = _part(container, "thread_ts") or _part(message, "thread_ts")
    own_ts = _part(container, "message_ts") or _part(message, "ts")
    return thread_ts if isinstance(thread_ts, str) and thread_ts != own_ts else ""


def shared_channel(channel_id: Any) -> str:
    """Return the id of a channel; empty for a direct conversation, and for anything else."""
    is_channel = isinstance(channel_id, str) and channel_id.startswith(("C", "G"))
    return channel_id if is_channel else ""


def direct_channel_of(body: Json) -> str:
    """Return the direct conversation that holds the message whose button was pressed.

    Returns:
        Empty for a message elsewhere, or one that only one person sees: nothing can be posted
        beside that but through its response URL.
    """
    container, message = body.get("container"), body.get("message")
    if _part(container, "is_ephemeral") or _part(message, "is_ephemeral"):
        return ""
    found = _part(container, "channel_id") or _part(body.get("channel"), "id")
    return found if isinstance(found, str) and found.startswith("D") else ""


def workspace_of(body: Json) -> str:
    """Return the workspace of any payload; empty if Slack doesn't say."""
    team_id = body.get("team_id")
    if "team" not in body and _is_workspace(team_id):  # an event or a command, as nearly all are
        return str(team_id)
    return next(filter(_is_workspace, _workspace_candidates(body)), "")


def _workspace_candidates(body: Json) -> Iterator[Any]:
    """Yield where the workspace may stand, the most reliable place first."""
    team = body.get("team")
    yield team.get("id") if isinstance(team, dict) else team
    yield body.get("team_id")
    authorizations = body.get("authorizations")
    if isinstance(authorizations, list) and authorizations:
        yield _part(authorizations[0], "team_id")
    view = body.get("view")
    yield _part(view, "app_installed_team_id")
    yield _part(body.get("user"), "team_id")
    yield _part(view, "team_id")


def _user_candidates(body: Json) -> Iterator[Any]:
    for holder in (body, body.get("event")):
        user = _part(holder, "user")
        yield _part(user, "id") if isinstance(user, dict) else user
        yield _part(holder, "user_id")


def _is_workspace(found: Any) -> bool:
    """Return whether an id names a workspace; an organization's begins with E."""
    return isinstance(found, str) and bool(found) and not found.startswith("E")


def _part(holder: Any, key: str) -> Any:
    return holder.get(key) if isinstance(holder, dict) else None
