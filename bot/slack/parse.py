"""A Slack payload becomes a value once; after this no code sees Slack's dictionaries.

Shapes follow docs.slack.dev/reference/events/message and its subtypes.
"""

from __future__ import annotations

from html import unescape
from typing import Any

from bot.core.model import Deleted, Edited, Heard, Ignored, Message, Reason

MAX_TEXT = 4_000  # characters; a trap shows long before, and Slack sends up to 40,000

_LONGEST_ENTITY = len("&amp;")
_PEOPLE_SAY = (None, "file_share", "thread_broadcast", "me_message")  # tuples: any JSON compares
_IN_PRIVATE = ("im", "mpim", "app_home")


def heard(body: dict[str, Any], own_team: str) -> Heard:
    """What an ``event_callback`` of type ``message`` says.

    Args:
        body: the whole envelope. own_team: the workspace that the bot lives in.

    Returns:
        A message, an edit, a deletion, or why it is none of them.
    """
    event = body.get("event")
    if not isinstance(event, dict):
        return Ignored(Reason.NOT_A_MESSAGE)
    if body.get("is_ext_shared_channel"):
        return Ignored(Reason.OUTSIDERS_READ)
    channel = event.get("channel")
    if not isinstance(channel, str) or (event.get("hidden") and "subtype" not in event):
        return Ignored(Reason.NOT_A_MESSAGE)
    if event.get("channel_type") in _IN_PRIVATE or channel.startswith("D"):
        return Ignored(Reason.DIRECT_MESSAGE)
    event_id, subtype = str(body.get("event_id") or ""), event.get("subtype")
    if subtype == "message_changed":
        return _edited(event, event_id, own_team, channel)
    if subtype == "message_deleted":
        return _deleted(event, event_id, own_team, channel)
    return _message(event, event_id, own_team, channel)


def direct(body: dict[str, Any], own_team: str) -> Message | None:
    """What a person wrote to the bot itself (docs: events/message.im); None for anything else,
    such as an edit, a deletion, or what the bot itself said there."""
    event = body.get("event")
    if not isinstance(event, dict) or event.get("channel_type") != "im":
        return None
    channel = event.get("channel")
    if not isinstance(channel, str) or event.get("hidden"):
        return None
    said = _message(event, str(body.get("event_id") or ""), own_team, channel)
    return said if isinstance(said, Message) else None


def _message(event: dict[str, Any], event_id: str, team: str, channel: str) -> Message | Ignored:
    if event.get("bot_id") or event.get("bot_profile") or event.get("subtype") == "bot_message":
        return Ignored(Reason.BOT_POST)
    if event.get("subtype") not in _PEOPLE_SAY:
        return Ignored(Reason.NOT_A_MESSAGE)
    author, ts, text = event.get("user"), event.get("ts"), event.get("text")
    if not (isinstance(author, str) and author and _is_ts(ts) and isinstance(text, str) and text):
        return Ignored(Reason.NOT_A_MESSAGE)
    if any(event.get(k) not in (None, "", team) for k in ("user_team", "source_team", "team")):
        return Ignored(Reason.AUTHOR_NOT_COLLEAGUE)
    edited = event.get("edited")
    version = edited.get("ts") if isinstance(edited, dict) else None
    thread = event.get("thread_ts")
    return Message(
        event_id=event_id or f"{channel}-{ts}",
        team=team,
        channel=channel,
        ts=str(ts),
        author=author,
        text=words(text),
        thread_ts=thread if _is_ts(thread) and thread != ts else None,
        version=str(version) if _is_ts(version) else str(ts),
    )


def _edited(
    event: dict[str, Any], event_id: str, team: str, channel: str
) -> Edited | Deleted | Ignored:
    now, before = event.get("message"), event.get("previous_message")
    if not isinstance(now, dict):
        return Ignored(Reason.NOT_A_MESSAGE)
    if now.get("subtype") == "tombstone":  # how a message that has replies is deleted
        return _gone(now.get("ts"), before, event_id, team, channel)
    message = _message(now, event_id, team, channel)
    if isinstance(message, Ignored):
        return message
    if not isinstance(before, dict) or not isinstance(before.get("text"), str):
        return Edited(message, None)
    if before["text"] == now.get("text"):
        return Ignored(Reason.NOT_A_MESSAGE)  # Slack unfurled a link; nobody rewrote anything
    return Edited(message, words(before["text"]))


def _deleted(event: dict[str, Any], event_id: str, team: str, channel: str) -> Deleted | Ignored:
    ts, before = event.get("deleted_ts"), event.get("previous_message")
    return _gone(ts, before, event_id, team, channel)


def _gone(ts: Any, before: Any, event_id: str, team: str, channel: str) -> Deleted | Ignored:
    if not _is_ts(ts):
        return Ignored(Reason.NOT_A_MESSAGE)
    if isinstance(before, dict) and before.get("bot_id"):
        return Ignored(Reason.BOT_POST)
    text = before.get("text") if isinstance(before, dict) else None
    said = words(text) if isinstance(text, str) else None
    return Deleted(event_id or f"{channel}-{ts}-deleted", team, channel, str(ts), said)


def words(text: str) -> str:
    """The text as typed: Slack's three entities undone, cut at ``MAX_TEXT`` characters.

    Slack escapes only ``& < >`` (docs.slack.dev/messaging/formatting-message-text).
    """
    cut = unescape(text[: MAX_TEXT * _LONGEST_ENTITY])[:MAX_TEXT].replace("\x00", " ")
    return cut.encode("utf-8", "replace").decode()  # half an emoji can't be stored


def _is_ts(value: object) -> bool:
    if not isinstance(value, str) or not value.isascii():
        return False
    seconds, dot, rest = value.partition(".")
    return bool(dot) and seconds.isdigit() and rest.isdigit() and len(value) <= 32
