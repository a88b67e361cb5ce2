"""Turns a Slack message event into a value, once; after this no code sees Slack's dictionaries.

Shapes follow docs.slack.dev/reference/events/message and its subtypes.
"""

from __future__ import annotations

from typing import Any

from bot.core.model import (
    Deleted,
    DirectMessage,
    Edited,
    Ignored,
    IncomingEvent,
    Message,
    Reason,
)
from bot.slack.rich_text import rich_text

MAX_TEXT = 4_000  # characters; a trap shows long before, and Slack sends up to 40,000

SLACKBOT = "USLACKBOT"  # Slack's own helper, which users.info doesn't call a bot

# html.unescape knows more, and fails on the number of a character with 5,000 digits
_ENTITIES = (("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&"))
_LONGEST_ENTITY = len("&amp;")
_WRITTEN_BY_PEOPLE = (None, "file_share", "thread_broadcast", "me_message")
_DIRECT = "im"
_PRIVATE_TYPES = (_DIRECT, "mpim", "app_home")  # tuples, since any JSON value is compared
_WORKSPACE_FIELDS = ("user_team", "source_team", "team")


def parse_event(body: dict[str, Any], workspace_id: str) -> IncomingEvent:
    """Return what a ``message`` event says.

    Args:
        body: the whole envelope.
        workspace_id: the workspace that it was delivered for.

    Returns:
        A message, an edit, a deletion, a direct message, or why it is none of them.
    """
    event = body.get("event")
    if not isinstance(event, dict):
        return Ignored(Reason.NOT_A_MESSAGE)
    if body.get("is_ext_shared_channel"):
        return Ignored(Reason.OUTSIDERS_READ)
    channel_id, subtype = event.get("channel"), event.get("subtype")
    if not isinstance(channel_id, str) or (event.get("hidden") and "subtype" not in event):
        return Ignored(Reason.NOT_A_MESSAGE)
    event_id = str(body.get("event_id") or "")
    if event.get("channel_type") in _PRIVATE_TYPES or channel_id.startswith("D"):
        return _direct(event, event_id, workspace_id, channel_id)
    if subtype == "message_changed":
        return _edited(event, event_id, workspace_id, channel_id)
    if subtype == "message_deleted":
        ts, before = event.get("deleted_ts"), event.get("previous_message")
        return _deleted(ts, before, event_id, workspace_id, channel_id)
    return _message(event, event_id, workspace_id, channel_id)


def messages_of(page: Any, workspace_id: str, channel_id: str) -> list[Message]:
    """Return what people wrote, of a page of a channel's history or of a thread."""
    listed = page.get("messages")
    found = (
        _message(each, "", workspace_id, channel_id)
        for each in (listed if isinstance(listed, list) else ())
        if isinstance(each, dict)
    )
    return [message for message in found if isinstance(message, Message)]


def plain_text(text: str) -> str:
    """Return a text as it was typed: entities undone, cut at ``MAX_TEXT`` characters.

    Slack escapes only ``& < >`` (docs.slack.dev/messaging/formatting-message-text).
    """
    cut = text[: MAX_TEXT * _LONGEST_ENTITY]
    if "&" in cut:
        for entity, character in _ENTITIES:
            cut = cut.replace(entity, character)
    cut = cut[:MAX_TEXT].replace("\x00", " ")
    if cut.isascii():
        return cut
    return cut.encode("utf-8", "replace").decode()  # half an emoji can't be stored


def _direct(
    event: dict[str, Any], event_id: str, workspace_id: str, channel_id: str
) -> DirectMessage | Ignored:
    """Return what a person wrote to the bot itself. Edits, deletions, the bot's own posts and
    group conversations are ignored (docs: events/message.im)."""
    if event.get("channel_type") == _DIRECT and not event.get("hidden"):
        message = _message(event, event_id, workspace_id, channel_id)
        if isinstance(message, Message):
            return DirectMessage(message)
    return Ignored(Reason.DIRECT_MESSAGE)


def _message(
    event: dict[str, Any], event_id: str, workspace_id: str, channel_id: str
) -> Message | Ignored:
    subtype = event.get("subtype")
    if event.get("bot_id") or event.get("bot_profile") or subtype == "bot_message":
        return Ignored(Reason.BOT_POST)
    if event.get("user") == SLACKBOT or _holds_mail(event.get("files")):
        return Ignored(Reason.BOT_POST)
    if subtype not in _WRITTEN_BY_PEOPLE:
        return Ignored(Reason.NOT_A_MESSAGE)
    author_id, ts, text = event.get("user"), event.get("ts"), _text_of(event)
    if not (isinstance(author_id, str) and author_id and _is_ts(ts) and text):
        return Ignored(Reason.NOT_A_MESSAGE)
    if any(event.get(field) not in (None, "", workspace_id) for field in _WORKSPACE_FIELDS):
        return Ignored(Reason.AUTHOR_NOT_COLLEAGUE)
    edited = event.get("edited")
    version = edited.get("ts") if isinstance(edited, dict) else None
    thread_ts = event.get("thread_ts")
    return Message(
        event_id=event_id or f"{channel_id}-{ts}",
        workspace_id=workspace_id,
        channel_id=channel_id,
        ts=str(ts),
        author_id=author_id,
        text=plain_text(text),
        thread_ts=thread_ts if _is_ts(thread_ts) and thread_ts != ts else None,
        version=str(version) if _is_ts(version) else str(ts),
    )


def _edited(
    event: dict[str, Any], event_id: str, workspace_id: str, channel_id: str
) -> Edited | Deleted | Ignored:
    now, before = event.get("message"), event.get("previous_message")
    if not isinstance(now, dict):
        return Ignored(Reason.NOT_A_MESSAGE)
    if now.get("subtype") == "tombstone":  # how a message that has replies is deleted
        return _deleted(now.get("ts"), before, event_id, workspace_id, channel_id)
    message = _message(now, event_id, workspace_id, channel_id)
    if isinstance(message, Ignored):
        return message
    text = _text_of(before)
    if text is None:
        return Edited(message, None)
    if text == _text_of(now):
        return Ignored(Reason.NOT_A_MESSAGE)  # Slack unfurled a link; nobody rewrote anything
    return Edited(message, plain_text(text))


def _deleted(
    ts: Any, before: Any, event_id: str, workspace_id: str, channel_id: str
) -> Deleted | Ignored:
    if not _is_ts(ts):
        return Ignored(Reason.NOT_A_MESSAGE)
    if isinstance(before, dict) and (before.get("bot_id") or before.get("user") == SLACKBOT):
        return Ignored(Reason.BOT_POST)
    text = _text_of(before)
    author_id = before.get("user") if isinstance(before, dict) else None
    return Deleted(
        event_id=event_id or f"{channel_id}-{ts}-deleted",
        workspace_id=workspace_id,
        channel_id=channel_id,
        ts=str(ts),
        before=None if text is None else plain_text(text),
        author_id=author_id if isinstance(author_id, str) else "",
    )


def _text_of(message: object) -> str | None:
    """Return the text of a message, or else of its rich text; None if it has neither."""
    if not isinstance(message, dict):
        return None
    text = message.get("text")
    if isinstance(text, str) and text:
        return text
    return rich_text(message.get("blocks")) or (text if isinstance(text, str) else None)


def _holds_mail(files: object) -> bool:
    """Return whether a mail was sent to the channel; its words are its sender's
    (docs.slack.dev/reference/objects/file-object, ``mode``)."""
    return isinstance(files, list) and any(
        isinstance(file, dict) and "email" in (file.get("mode"), file.get("filetype"))
        for file in files
    )


def _is_ts(value: object) -> bool:
    if not isinstance(value, str) or not value.isascii():
        return False
    seconds, dot, fraction = value.partition(".")
    return bool(dot) and seconds.isdecimal() and fraction.isdecimal() and len(value) <= 32
