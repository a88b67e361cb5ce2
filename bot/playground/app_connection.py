"""What the page of ``reframe practice`` says of the app: is it there, and if not, why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from string import Template

from bot.sandbox.delivery import DeliveryAttempt
from bot.sandbox.http_server import ApiCall

_REFUSED_TOKENS = frozenset({"invalid_auth", "not_authed"})
_APP_LEVEL = "apps.connections.open"


class ConnectionState(StrEnum):
    """How the banner of the page looks: ``PROBLEM`` is somebody's mistake, ``LOST`` is an app that
    was there before."""

    WAITING = "waiting"
    CONNECTED = "connected"
    LOST = "lost"
    PROBLEM = "problem"
    UNINSTALLED = "uninstalled"


@dataclass(frozen=True, slots=True)
class Connection:
    """A state, and the sentence that explains it."""

    state: ConnectionState
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What the fake Slack knows of the app.

    Attributes:
        is_installed: whether its token holds. has_socket: whether it is connected by Socket Mode.
        last_by_socket, last_by_http: how the last request to it ended; None for none.
        last_call: its last call to the Web API; None for none.
        was_connected: whether it was connected before.
    """

    is_installed: bool
    has_socket: bool
    last_by_socket: DeliveryAttempt | None
    last_by_http: DeliveryAttempt
    last_call: ApiCall | None
    was_connected: bool


class AppConnection:
    """Puts into words what is known of the app.

    Args:
        words: ``[practice]`` of ``strings.toml``. url: where the app takes requests over HTTP.
    """

    def __init__(self, words: Mapping[str, str], url: str) -> None:
        self._words = words
        self._url = url

    def describe(self, seen: Seen) -> Connection:
        """Return the state of the app, the plainest reason first."""
        if not seen.is_installed:
            return self._connection(ConnectionState.UNINSTALLED, "taken_out")
        if seen.has_socket:
            last = seen.last_by_socket
            is_silent = last is not None and last.status != 200
            state = ConnectionState.PROBLEM if is_silent else ConnectionState.CONNECTED
            return self._connection(state, "too_late" if is_silent else "by_socket")
        if seen.last_by_http.status == 200:
            return self._connection(ConnectionState.CONNECTED, "by_http")
        if not is_nobody(seen.last_by_http):
            return Connection(ConnectionState.PROBLEM, self.why_no_answer(seen.last_by_http))
        error = _error_of(seen.last_call)
        if seen.last_call is not None and error in _REFUSED_TOKENS:
            is_app_level = seen.last_call.method == _APP_LEVEL
            name = "SLACK_APP_TOKEN" if is_app_level else "SLACK_BOT_TOKEN"
            return self._connection(ConnectionState.PROBLEM, "wrong_token", name=name, what=error)
        if seen.was_connected:
            return self._connection(ConnectionState.LOST, "lost")
        return self._connection(ConnectionState.WAITING, "nobody")

    def why_no_answer(self, attempt: DeliveryAttempt) -> str:
        """Return what went wrong on the way to the app."""
        if attempt.status == 401:
            return self._text("turned_away")
        if attempt.status:
            return self._text("odd_answer", status=str(attempt.status))
        if attempt.body == "challenge_failed":
            return self._text("other_program")
        if attempt.by_socket or attempt.body == "http_timeout":
            return self._text("too_late")
        return self._text("nobody")

    def _connection(self, state: ConnectionState, key: str, **values: str) -> Connection:
        return Connection(state, self._text(key, **values))

    def _text(self, key: str, **values: str) -> str:
        return Template(self._words[key]).substitute(url=self._url, **values)


def last_where(attempts: Sequence[DeliveryAttempt], *, by_socket: bool) -> DeliveryAttempt | None:
    """Return how the last request by one of the two ways ended; None for none."""
    return next((a for a in reversed(attempts) if a.by_socket is by_socket), None)


def is_nobody(attempt: DeliveryAttempt) -> bool:
    """Return whether nothing was there to take a request."""
    is_answer = attempt.body in ("challenge_failed", "http_timeout")
    return not attempt.status and not attempt.by_socket and not is_answer


def _error_of(call: ApiCall | None) -> str:
    return str(call.response.get("error", "")) if call is not None else ""
