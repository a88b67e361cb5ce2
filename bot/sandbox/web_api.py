"""The Web API of the pretend Slack: methods, arguments, refusals."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from bot.sandbox import checks
from bot.sandbox.checks import Refused
from bot.sandbox.workspace import Address, Channel, Json, Workspace

Arguments = dict[str, Any]
_PAGE = 100


class WebApi:
    """Carries out the methods on a workspace.

    ``call`` answers as docs.slack.dev/reference/methods says for each method; what a bot token may
    not do, or what lacks an argument, is refused with Slack's own error codes.

    Args:
        workspace: the state.
        posted: told about each message of the bot, so that it can come back as an event.
        socket_address: gives the address for apps.connections.open.
    """

    def __init__(
        self,
        workspace: Workspace,
        posted: Callable[[str, Json], None],
        socket_address: Callable[[], str],
    ) -> None:
        self._workspace = workspace
        self._posted = posted
        self._socket_address = socket_address
        self._methods: dict[str, Callable[[Arguments], Json]] = {
            "api.test": lambda _: {},
            "auth.test": self._auth_test,
            "apps.connections.open": lambda _: {"url": self._socket_address()},
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
            "users.info": self._users_info,
            "users.list": self._users_list,
            "views.open": self._views_open,
            "views.publish": self._views_publish,
            "views.update": self._views_update,
        }

    def call(self, method: str, token: str, arguments: Arguments) -> Json:
        """The answer to one call, ``ok`` included."""
        try:
            self._authorise(method, token)
            work = self._methods.get(method)
            if work is None:
                raise Refused("unknown_method")
            return {"ok": True, **work(arguments)}
        except Refused as refused:
            answer: Json = {"ok": False, "error": refused.code}
            if refused.messages:
                answer["response_metadata"] = {"messages": list(refused.messages)}
            return answer

    def _authorise(self, method: str, token: str) -> None:
        app_level = method == "apps.connections.open"
        wanted = self._workspace.app_token if app_level else self._workspace.bot_token
        if not token:
            raise Refused("not_authed")
        if token != wanted and method != "api.test":
            raise Refused("invalid_auth")

    def _auth_test(self, _: Arguments) -> Json:
        w = self._workspace
        return {
            "url": "https://pretend.example/",
            "team": "Pretend",
            "user": "reframe",
            "team_id": w.team_id,
            "user_id": w.bot_user_id,
            "bot_id": w.bot_id,
            "is_enterprise_install": False,
        }

    def _bots_info(self, given: Arguments) -> Json:
        w = self._workspace
        if given.get("bot") != w.bot_id:
            raise Refused("bot_not_found")
        return {"bot": {"id": w.bot_id, "app_id": w.app_id, "user_id": w.bot_user_id}}

    def _chat_post_message(self, given: Arguments) -> Json:
        target = str(_needed(given, "channel"))
        if target in self._workspace.users:
            target = self._workspace.direct_channel(target)
        channel = self._writable(target)
        message = self._message(given)
        thread = given.get("thread_ts")
        if thread:
            if channel.find(str(thread)) is None:
                raise Refused("thread_not_found")
            message["thread_ts"] = str(thread)
        stored = self._workspace.add_message(channel.id, message)
        self._posted(channel.id, stored)
        return {"channel": channel.id, "ts": stored["ts"], "message": stored}

    def _chat_update(self, given: Arguments) -> Json:
        channel = self._writable(str(_needed(given, "channel")))
        message = self._own(channel, str(_needed(given, "ts")), "cant_update_message")
        message.update(self._message(given))
        return {"channel": channel.id, "ts": message["ts"], "text": message["text"]}

    def _chat_delete(self, given: Arguments) -> Json:
        channel = self._channel(str(_needed(given, "channel")))
        message = self._own(channel, str(_needed(given, "ts")), "cant_delete_message")
        channel.messages.remove(message)
        return {"channel": channel.id, "ts": message["ts"]}

    def _chat_post_ephemeral(self, given: Arguments) -> Json:
        channel = self._writable(str(_needed(given, "channel")))
        user = str(_needed(given, "user"))
        if user not in channel.members:
            raise Refused("user_not_in_channel")
        message = self._message(given)
        if given.get("thread_ts"):
            message["thread_ts"] = str(given["thread_ts"])
        return {"message_ts": self._workspace.show(channel.id, user, message)["ts"]}

    def respond(self, address: Address, said: Json) -> None:
        """What an answer at a response address does (docs: handling-user-interaction)."""
        channel = self._workspace.channels[address.channel]
        for shown in (channel.ephemerals, channel.messages):
            gone = said.get("delete_original") or said.get("replace_original")
            if gone and address.ts:
                shown[:] = [m for m in shown if m["ts"] != address.ts]
        if not said.get("delete_original"):
            self._workspace.show(channel.id, address.user, self._message(said))

    def _files_get_upload_url(self, given: Arguments) -> Json:
        _needed(given, "filename")
        _needed(given, "length")
        name = f"F{len(self._workspace.files) + 1:04}"
        self._workspace.files.append({"id": name, "name": given["filename"]})
        base = self._socket_address().replace("ws://", "http://").split("/link")[0]
        return {"upload_url": f"{base}/upload/{name}", "file_id": name}

    def _files_complete(self, given: Arguments) -> Json:
        channel = self._writable(str(_needed(given, "channel_id")))
        sent = checks.decoded(_needed(given, "files"), "invalid_arguments")
        known = {f["id"]: f for f in self._workspace.files}
        if any(f.get("id") not in known for f in sent):
            raise Refused("file_not_found")
        message = self._message({"text": given.get("initial_comment") or sent[0]["id"]})
        message["files"] = [known[f["id"]] for f in sent]
        self._workspace.add_message(channel.id, message)
        return {"files": message["files"]}

    def _conversations_info(self, given: Arguments) -> Json:
        channel = self._channel(str(_needed(given, "channel")))
        return {"channel": channel.as_json(self._workspace.bot_user_id)}

    def _conversations_history(self, given: Arguments) -> Json:
        channel = self._readable(str(_needed(given, "channel")))
        said = [m for m in channel.messages if m.get("thread_ts") in (None, m["ts"])]
        return self._page(sorted(_between(said, given), key=_ts, reverse=True), given)

    def _conversations_replies(self, given: Arguments) -> Json:
        channel = self._readable(str(_needed(given, "channel")))
        root = str(_needed(given, "ts"))
        if channel.find(root) is None:
            raise Refused("thread_not_found")
        said = [m for m in channel.messages if m["ts"] == root or m.get("thread_ts") == root]
        return self._page(sorted(_between(said, given), key=_ts), given)

    def _conversations_members(self, given: Arguments) -> Json:
        channel = self._channel(str(_needed(given, "channel")))
        page, more = _slice(channel.members, given)
        return {"members": page, "response_metadata": {"next_cursor": more}}

    def _conversations_open(self, given: Arguments) -> Json:
        users = str(_needed(given, "users")).split(",")
        user = self._workspace.users.get(users[0])
        if user is None:
            raise Refused("user_not_found")
        if user.deleted:
            raise Refused("user_disabled")
        return {"channel": {"id": self._workspace.direct_channel(user.id)}}

    def _users_info(self, given: Arguments) -> Json:
        user = self._workspace.users.get(str(_needed(given, "user")))
        if user is None:
            raise Refused("user_not_found")
        shown = user.as_json(self._workspace.clock())
        if _true(given.get("include_locale")):
            shown["locale"] = user.locale
        return {"user": shown}

    def _users_list(self, given: Arguments) -> Json:
        now = self._workspace.clock()
        page, more = _slice([u.as_json(now) for u in self._workspace.users.values()], given)
        return {"members": page, "response_metadata": {"next_cursor": more}}

    def _views_open(self, given: Arguments) -> Json:
        _needed(given, "trigger_id")
        return self._view(given, f"V{len(self._workspace.views) + 1:04}")

    def _views_update(self, given: Arguments) -> Json:
        name = str(_needed(given, "view_id"))
        if name not in self._workspace.views:
            raise Refused("not_found")
        return self._view(given, name)

    def _views_publish(self, given: Arguments) -> Json:
        user = str(_needed(given, "user_id"))
        answer = self._view(given, f"H{user}")
        self._workspace.homes[user] = answer["view"]
        return answer

    def _view(self, given: Arguments, name: str) -> Json:
        view = checks.view(_needed(given, "view"))
        self._workspace.views[name] = {**view, "id": name}
        return {"view": self._workspace.views[name]}

    def _message(self, given: Arguments) -> Json:
        text = str(given.get("text") or "")
        found = checks.blocks(given["blocks"]) if given.get("blocks") else []
        if not text and not found:
            raise Refused("no_text")
        if len(text) > checks.MAX_TEXT:
            raise Refused("msg_too_long")
        w = self._workspace
        message: Json = {
            "user": w.bot_user_id,
            "bot_id": w.bot_id,
            "app_id": w.app_id,
            "text": text,
            "blocks": found,
        }
        data = checks.metadata(given.get("metadata"))
        return message | ({"metadata": data} if data else {})

    def _channel(self, name: str) -> Channel:
        channel = self._workspace.channels.get(name)
        if channel is None:
            raise Refused("channel_not_found")
        return channel

    def _readable(self, name: str) -> Channel:
        channel = self._channel(name)
        if self._workspace.bot_user_id not in channel.members:
            raise Refused("not_in_channel")
        return channel

    def _writable(self, name: str) -> Channel:
        channel = self._readable(name)
        if channel.is_archived:
            raise Refused("is_archived")
        return channel

    def _own(self, channel: Channel, ts: str, code: str) -> Json:
        message = channel.find(ts)
        if message is None:
            raise Refused("message_not_found")
        if message.get("bot_id") != self._workspace.bot_id:
            raise Refused(code)
        return message

    def _page(self, said: list[Json], given: Arguments) -> Json:
        page, more = _slice(said, given)
        if not _true(given.get("include_all_metadata")):
            page = [{k: v for k, v in m.items() if k != "metadata"} for m in page]
        metadata = {"response_metadata": {"next_cursor": more}} if more else {}
        return {"messages": page, "has_more": bool(more), **metadata}


def _needed(given: Arguments, name: str) -> Any:
    value = given.get(name)
    if value in (None, ""):
        raise Refused("invalid_arguments", f"[ERROR] missing required field: {name}")
    return value


def _true(value: Any) -> bool:
    return value in (True, 1, "1", "true", "True")


def _ts(message: Json) -> float:
    return float(message["ts"])


def _between(said: list[Json], given: Arguments) -> list[Json]:
    """``oldest`` and ``latest``, both outside unless ``inclusive``."""
    oldest, latest = float(given.get("oldest") or 0), float(given.get("latest") or "inf")
    if _true(given.get("inclusive")):
        return [m for m in said if oldest <= _ts(m) <= latest]
    return [m for m in said if oldest < _ts(m) < latest]


def _slice(items: list[Any], given: Arguments) -> tuple[list[Any], str]:
    """One page and the cursor of the next (docs.slack.dev/apis/web-api/pagination)."""
    try:
        start = int(str(given.get("cursor") or "at:0").removeprefix("at:"))
        limit = max(1, min(999, int(given.get("limit") or _PAGE)))
    except ValueError:
        raise Refused("invalid_cursor") from None
    end = start + limit
    return items[start:end], f"at:{end}" if end < len(items) else ""
