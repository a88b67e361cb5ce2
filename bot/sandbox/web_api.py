"""Slack's Web API methods against an in-memory workspace. No network access in here."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

from bot.sandbox import validation
from bot.sandbox.validation import WebApiError
from bot.sandbox.workspace import Channel, Json, ResponseTarget, User, Workspace

Arguments = dict[str, Any]
_DEFAULT_PAGE_SIZE = 100
_CONVERSATION_TYPES = {"channel": "public_channel", "group": "private_channel", "im": "im"}


class WebApi:
    """Implements Slack's Web API methods against an in-memory workspace.

    Each method responds as docs.slack.dev/reference/methods describes. A call that a bot token may
    not make, or that lacks an argument, is rejected with Slack's error code.

    Args:
        workspace: the state.
        on_bot_message: called with the channel id and each message that the bot posts.
        base_url: returns the server's URL, for Socket Mode and upload URLs.
    """

    def __init__(
        self,
        workspace: Workspace,
        on_bot_message: Callable[[str, Json], None],
        base_url: Callable[[], str],
    ) -> None:
        self._workspace = workspace
        self._on_bot_message = on_bot_message
        self._base_url = base_url
        self._tickets = itertools.count(1)
        self._methods: dict[str, Callable[[Arguments], Json]] = {
            "api.test": lambda _: {},
            "auth.test": self._auth_test,
            "apps.connections.open": self._apps_connections_open,
            "bots.info": self._bots_info,
            "chat.delete": self._chat_delete,
            "chat.postEphemeral": self._chat_post_ephemeral,
            "chat.postMessage": self._chat_post_message,
            "chat.update": self._chat_update,
            "conversations.history": self._conversations_history,
            "conversations.info": self._conversations_info,
            "conversations.members": self._conversations_members,
            "conversations.open": self._conversations_open,
            "conversations.replies": self._conversations_replies,
            "files.completeUploadExternal": self._files_complete,
            "files.getUploadURLExternal": self._files_get_upload_url,
            "users.conversations": self._users_conversations,
            "users.info": self._users_info,
            "users.list": self._users_list,
            "views.open": self._views_open,
            "views.publish": self._views_publish,
            "views.update": self._views_update,
        }

    def call(self, method: str, token: str, arguments: Arguments) -> Json:
        """Process one call and return Slack's response, including ``ok``."""
        try:
            self._authorize(method, token)
            handler = self._methods.get(method)
            if handler is None:
                raise WebApiError("unknown_method")
            return {"ok": True, **handler(arguments)}
        except WebApiError as error:
            response: Json = {"ok": False, "error": error.code}
            if error.messages:
                response["response_metadata"] = {"messages": list(error.messages)}
            return response

    def headers(self, method: str) -> dict[str, str]:
        """Return the headers of a response that are about the token."""
        scopes = self._workspace.granted_scopes
        return {"x-oauth-scopes": scopes} if scopes and method == "auth.test" else {}

    def respond(self, target: ResponseTarget, body: Json) -> None:
        """Apply a body posted to a response URL (docs: handling-user-interaction)."""
        channel = self._workspace.channels[target.channel_id]
        replaces = body.get("delete_original") or body.get("replace_original")
        place = None
        if replaces and target.ts:
            shown = [m["ts"] for m in channel.ephemerals]
            place = shown.index(target.ts) if target.ts in shown else None
            for messages in (channel.ephemerals, channel.messages):
                messages[:] = [m for m in messages if m["ts"] != target.ts]
        if not body.get("delete_original"):
            message = self._message(body)
            if body.get("thread_ts"):
                message["thread_ts"] = str(body["thread_ts"])
            stored = self._workspace.add_ephemeral(channel.id, target.user_id, message)
            if place is not None:  # it stays the same message, which can be replaced again
                channel.ephemerals.remove(stored)
                channel.ephemerals.insert(place, {**stored, "ts": target.ts})

    def _authorize(self, method: str, token: str) -> None:
        is_app_level = method == "apps.connections.open"
        w = self._workspace
        accepted = {w.app_token} if is_app_level else {w.bot_token, *w.older_tokens}
        if not token and method != "api.test":
            raise WebApiError("not_authed")
        if token not in accepted and method != "api.test":
            raise WebApiError("invalid_auth")
        if not w.is_installed and not is_app_level and method != "api.test":
            raise WebApiError("account_inactive")

    def _apps_connections_open(self, _: Arguments) -> Json:
        host = self._base_url().removeprefix("http://")
        return {"url": f"ws://{host}/link?ticket={next(self._tickets)}"}

    def _auth_test(self, _: Arguments) -> Json:
        w = self._workspace
        return {
            "url": "https://fake.example/",
            "team": "Fake",
            "user": "reframe",
            "team_id": w.team_id,
            "user_id": w.bot_user_id,
            "bot_id": w.bot_id,
            "is_enterprise_install": False,
        }

    def _bots_info(self, arguments: Arguments) -> Json:
        w = self._workspace
        if arguments.get("bot") != w.bot_id:
            raise WebApiError("bot_not_found")
        return {"bot": {"id": w.bot_id, "app_id": w.app_id, "user_id": w.bot_user_id}}

    def _chat_post_message(self, arguments: Arguments) -> Json:
        channel_id = str(_required(arguments, "channel"))
        if channel_id in self._workspace.users:
            channel_id = self._workspace.dm_channel(channel_id)
        channel = self._writable(channel_id)
        message = self._message(arguments)
        thread_ts = arguments.get("thread_ts")
        if thread_ts:
            if channel.find(str(thread_ts)) is None:
                raise WebApiError("thread_not_found")
            message["thread_ts"] = str(thread_ts)
        stored = self._workspace.add_message(channel.id, message)
        self._on_bot_message(channel.id, stored)
        return {"channel": channel.id, "ts": stored["ts"], "message": stored}

    def _chat_update(self, arguments: Arguments) -> Json:
        channel = self._writable(str(_required(arguments, "channel")))
        message = self._bot_message(channel, str(_required(arguments, "ts")), "cant_update_message")
        message.update(self._message(arguments))
        return {"channel": channel.id, "ts": message["ts"], "text": message["text"]}

    def _chat_delete(self, arguments: Arguments) -> Json:
        channel = self._channel(str(_required(arguments, "channel")))
        message = self._bot_message(channel, str(_required(arguments, "ts")), "cant_delete_message")
        channel.messages.remove(message)
        return {"channel": channel.id, "ts": message["ts"]}

    def _chat_post_ephemeral(self, arguments: Arguments) -> Json:
        channel = self._writable(str(_required(arguments, "channel")))
        reader_id = str(_required(arguments, "user"))
        if reader_id not in channel.members:
            raise WebApiError("user_not_in_channel")
        message = self._message(arguments)
        if arguments.get("thread_ts"):
            message["thread_ts"] = str(arguments["thread_ts"])
        stored = self._workspace.add_ephemeral(channel.id, reader_id, message)
        return {"message_ts": stored["ts"]}

    def _files_get_upload_url(self, arguments: Arguments) -> Json:
        _required(arguments, "filename")
        _required(arguments, "length")
        file_id = f"F{len(self._workspace.files) + 1:04}"
        self._workspace.files.append({"id": file_id, "name": arguments["filename"]})
        return {"upload_url": f"{self._base_url()}/upload/{file_id}", "file_id": file_id}

    def _files_complete(self, arguments: Arguments) -> Json:
        channel = self._writable(str(_required(arguments, "channel_id")))
        sent = validation.parse_json(_required(arguments, "files"), "invalid_arguments")
        known = {f["id"]: f for f in self._workspace.files}
        if any(f.get("id") not in known for f in sent):
            raise WebApiError("file_not_found")
        message = self._message({"text": arguments.get("initial_comment") or sent[0]["id"]})
        message["files"] = [known[f["id"]] for f in sent]
        self._workspace.add_message(channel.id, message)
        return {"files": message["files"]}

    def _conversations_info(self, arguments: Arguments) -> Json:
        channel = self._channel(str(_required(arguments, "channel")))
        return {"channel": channel.as_json(self._workspace.bot_user_id)}

    def _conversations_history(self, arguments: Arguments) -> Json:
        channel = self._readable(str(_required(arguments, "channel")))
        roots = [m for m in channel.messages if m.get("thread_ts") in (None, m["ts"])]
        newest_first = sorted(_in_range(roots, arguments), key=_ts, reverse=True)
        return self._message_page(newest_first, arguments)

    def _conversations_replies(self, arguments: Arguments) -> Json:
        channel = self._readable(str(_required(arguments, "channel")))
        root_ts = str(_required(arguments, "ts"))
        if channel.find(root_ts) is None:
            raise WebApiError("thread_not_found")
        thread = [m for m in channel.messages if root_ts in (m["ts"], m.get("thread_ts"))]
        return self._message_page(sorted(_in_range(thread, arguments), key=_ts), arguments)

    def _conversations_members(self, arguments: Arguments) -> Json:
        channel = self._channel(str(_required(arguments, "channel")))
        page, next_cursor = _paginate(channel.members, arguments)
        return {"members": page, "response_metadata": {"next_cursor": next_cursor}}

    def _conversations_open(self, arguments: Arguments) -> Json:
        user_ids = str(_required(arguments, "users")).split(",")
        user = self._user(user_ids[0])
        if user.deleted:
            raise WebApiError("user_disabled")
        return {"channel": {"id": self._workspace.dm_channel(user.id)}}

    def _users_conversations(self, arguments: Arguments) -> Json:
        w = self._workspace
        wanted = str(arguments.get("types") or "public_channel").split(",")
        shown = w.conversations_of(str(arguments.get("user") or w.bot_user_id))
        found = [c.as_json(w.bot_user_id) for c in shown if _CONVERSATION_TYPES[c.kind] in wanted]
        page, next_cursor = _paginate(found, arguments)
        return {"channels": page, "response_metadata": {"next_cursor": next_cursor}}

    def _users_info(self, arguments: Arguments) -> Json:
        user = self._user(str(_required(arguments, "user")))
        profile = user.as_json(self._workspace.clock())
        if _is_true(arguments.get("include_locale")):
            profile["locale"] = user.locale
        return {"user": profile}

    def _users_list(self, arguments: Arguments) -> Json:
        now = self._workspace.clock()
        users = [u.as_json(now) for u in self._workspace.users.values()]
        page, next_cursor = _paginate(users, arguments)
        return {"members": page, "response_metadata": {"next_cursor": next_cursor}}

    def _views_open(self, arguments: Arguments) -> Json:
        trigger_id = str(_required(arguments, "trigger_id"))
        response = self._store_view(arguments, f"V{len(self._workspace.views) + 1:04}")
        if user_id := self._workspace.trigger_users.get(trigger_id):
            self._workspace.open_modals[user_id] = response["view"]["id"]
        return response

    def _views_update(self, arguments: Arguments) -> Json:
        view_id = str(_required(arguments, "view_id"))
        if view_id not in self._workspace.views:
            raise WebApiError("not_found")
        return self._store_view(arguments, view_id)

    def _views_publish(self, arguments: Arguments) -> Json:
        user_id = str(_required(arguments, "user_id"))
        response = self._store_view(arguments, f"H{user_id}")
        self._workspace.home_tabs[user_id] = response["view"]
        return response

    def _store_view(self, arguments: Arguments, view_id: str) -> Json:
        view = validation.validate_view(_required(arguments, "view"))
        self._workspace.views[view_id] = {**view, "id": view_id}
        return {"view": self._workspace.views[view_id]}

    def _message(self, arguments: Arguments) -> Json:
        """Validate what the bot wants to post and return it as a message without a ts."""
        text = str(arguments.get("text") or "")
        blocks = validation.validate_blocks(arguments["blocks"]) if arguments.get("blocks") else []
        if not text and not blocks:
            raise WebApiError("no_text")
        if len(text) > validation.MAX_TEXT:
            raise WebApiError("msg_too_long")
        w = self._workspace
        message: Json = {
            "user": w.bot_user_id,
            "bot_id": w.bot_id,
            "app_id": w.app_id,
            "text": text,
            "blocks": blocks,
        }
        metadata = validation.validate_metadata(arguments.get("metadata"))
        return message | ({"metadata": metadata} if metadata else {})

    def _user(self, user_id: str) -> User:
        user = self._workspace.users.get(user_id)
        if user is None:
            raise WebApiError("user_not_found")
        return user

    def _channel(self, channel_id: str) -> Channel:
        channel = self._workspace.channels.get(channel_id)
        if channel is None:
            raise WebApiError("channel_not_found")
        return channel

    def _readable(self, channel_id: str) -> Channel:
        channel = self._channel(channel_id)
        if self._workspace.bot_user_id not in channel.members:
            raise WebApiError("not_in_channel")
        return channel

    def _writable(self, channel_id: str) -> Channel:
        channel = self._readable(channel_id)
        if channel.is_archived:
            raise WebApiError("is_archived")
        return channel

    def _bot_message(self, channel: Channel, ts: str, code: str) -> Json:
        """Return one of the bot's messages; reject other people's with ``code``."""
        message = channel.find(ts)
        if message is None:
            raise WebApiError("message_not_found")
        if message.get("bot_id") != self._workspace.bot_id:
            raise WebApiError(code)
        return message

    def _message_page(self, messages: list[Json], arguments: Arguments) -> Json:
        page, next_cursor = _paginate(messages, arguments)
        if not _is_true(arguments.get("include_all_metadata")):
            page = [{k: v for k, v in m.items() if k != "metadata"} for m in page]
        metadata = {"response_metadata": {"next_cursor": next_cursor}} if next_cursor else {}
        return {"messages": page, "has_more": bool(next_cursor), **metadata}


def _required(arguments: Arguments, name: str) -> Any:
    value = arguments.get(name)
    if value in (None, ""):
        raise WebApiError("invalid_arguments", f"[ERROR] missing required field: {name}")
    return value


def _is_true(value: Any) -> bool:
    return value in (True, 1, "1", "true", "True")


def _ts(message: Json) -> float:
    return float(message["ts"])


def _in_range(messages: list[Json], arguments: Arguments) -> list[Json]:
    """Filter messages by ``oldest`` and ``latest``, both exclusive unless ``inclusive``."""
    oldest, latest = float(arguments.get("oldest") or 0), float(arguments.get("latest") or "inf")
    if _is_true(arguments.get("inclusive")):
        return [m for m in messages if oldest <= _ts(m) <= latest]
    return [m for m in messages if oldest < _ts(m) < latest]


def _paginate(items: list[Any], arguments: Arguments) -> tuple[list[Any], str]:
    """Return one page and the next page's cursor (docs.slack.dev/apis/web-api/pagination)."""
    try:
        start = int(str(arguments.get("cursor") or "at:0").removeprefix("at:"))
        limit = max(1, min(999, int(arguments.get("limit") or _DEFAULT_PAGE_SIZE)))
    except ValueError:
        raise WebApiError("invalid_cursor") from None
    end = start + limit
    return items[start:end], f"at:{end}" if end < len(items) else ""
